"""Bugs on purpose of rooms and users: each is switched on for a block, and a check must fail of it.

python -m tests.kinds.mutants
"""

import contextlib
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path as Directory
from typing import Any
from unittest.mock import patch

from reconciler.errors import ManifestError
from reconciler.kinds import placing
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import User
from reconciler.kinds.ingest_stream import kind as ingest
from reconciler.kinds.ingest_stream.spec import IngestStreamSpec
from reconciler.kinds.live_stream import kind as live
from reconciler.kinds.publish import record, rules
from reconciler.kinds.publish.base import PublishKind
from reconciler.kinds.publish.record import Record
from reconciler.kinds.regions import region_fault
from reconciler.kinds.sites import Site
from reconciler.manifests.loading.notes import Notes
from reconciler.manifests.reading import builder
from reconciler.manifests.reading.reader import Document, read_documents
from reconciler.model import Path
from reconciler.planning import checks

from ..manifests.loading import test_of_workspace as settings
from ..mutants import Mutant, report
from ..support import loaded
from . import test_by_the_letter as letter
from . import test_rooms as rooms
from .rules import test_rules as table


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a class or a module, replaced."""

    def switched() -> AbstractContextManager[Any]:
        return patch.multiple(owner, **attributes)

    return switched


def at_the_resource(path: Path, message: str, of_workspace: bool = False) -> Fault:
    """A fault that is never the workspace's."""
    return Fault(path, message)


def every_user_has_a_room() -> None:
    """Of each stream that shows users."""
    loaded.cache_clear()  # what was loaded without the bug, or with another one
    for stream in rooms.STREAMS.values():
        rooms.test_every_user_that_is_sent_has_a_room(stream, "295066", 0)


def twins_are_told() -> None:
    """In one stream, and between two resources."""
    loaded.cache_clear()
    twice = rooms.RELAY.replace("ROOM", "7").replace("anna}", 'anna, room: "7"}')
    assert any("two rooms" in one.message for one in rooms.warned(twice))
    rooms.test_a_user_who_is_shown_and_one_who_is_brought(7, "7")


def numbers_are_asked_about() -> None:
    """Of a text that looks like one."""
    try:
        list(read_documents(b"spec: {room: 012}", "rooms.yaml"))
    except ManifestError:
        return
    raise AssertionError("012 is read")


def regions_are_those_of_the_site() -> None:
    """Of every region and kind."""
    for kind in settings.FAMILIES:
        for site in (*Site, None):
            settings.test_a_region_is_allowed_where_every_action_is_served(kind, site)


def settings_are_told_once() -> None:
    """And what resources say for themselves, at each."""
    for case in settings.ONCE.values():
        settings.test_what_the_workspace_says_is_told_once(*case)
    for each in settings.EACH.values():
        settings.test_what_a_resource_says_is_told_there(*each)


def rules_hold() -> None:
    """The cases of the rules that the pages state to the letter."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for rule in ("ING-07", "REC-10", "REC-21", "REC-22", "REN-05", "XMF-10"):
            for case in table.CASES_OF[rule]:
                table.assert_case(case, Directory(folder))


def what_follows_holds() -> None:
    """Of recorded specs, and of moments."""
    loaded.cache_clear()
    for case in letter.YOUNGER.values():
        letter.test_a_rule_that_is_younger_than_a_record_is_not_held_against_it(*case)
    letter.test_a_longest_time_ends_an_endless_ingest_alone(1, None)
    letter.test_how_far_ahead_a_forbid_can_end(90 * letter.DAY + 1, True)


CHECKS = (
    rules_hold,
    what_follows_holds,
    every_user_has_a_room,
    twins_are_told,
    numbers_are_asked_about,
    regions_are_those_of_the_site,
    settings_are_told_once,
)
MUTANTS: dict[str, Mutant] = {
    "a user is sent without a room": changed(User, in_room=lambda self, room: self),
    "two rooms of one stream are not told": changed(rules, twin_faults=lambda places: ()),
    "nor are those of two resources": changed(checks, twin_of=lambda claim: None),
    "what looks like a number is a text": changed(builder, looks_like_a_number=lambda text: False),
    "a longest time counts for every ingest": changed(
        IngestStreamSpec, longest=property(lambda self: self.max_duration and 60 * self.max_duration)
    ),
    "what counts with api only is not told": changed(Record, _unread=lambda self: ()),
    "a folder is any text": changed(record, _FOLDER=".*"),
    "what is recorded is held to younger rules": changed(record, is_recorded=lambda info: False),
    "a feedback robot is like any user": changed(PublishKind, brought_back=lambda self, spec: frozenset()),
    "a forbid can end at any time": changed(live, LONGEST_FORBID=10**12),
    "an ingest's stop is served where its start is": changed(ingest, ABOUT_A_TASK=ingest.ABOUT_A_TASK[:1]),
    "regions are those of either site": changed(
        placing, region_fault=lambda region, actions, site: region_fault(region, actions, None)
    ),
    "the workspace's region is told at each stream": changed(placing, Fault=at_the_resource),
    "the workspace's defaults are told at each stream": changed(
        Notes, _of_defaults=lambda self, fault, document, kind: fault
    ),
    "what a stream says over the defaults is told there": changed(Document, has=lambda self, path: False),
}


def main() -> int:
    """Prints what catches each."""
    return report(MUTANTS, CHECKS)


if __name__ == "__main__":
    sys.exit(main())
