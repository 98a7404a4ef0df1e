"""Bugs on purpose of rooms and users: each is switched on for a block, and a check must fail of it.

python -m tests.kinds.mutants
"""

import sys
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from reconciler.errors import ManifestError
from reconciler.kinds.fields import User
from reconciler.kinds.publish import rules
from reconciler.manifests.reading import builder
from reconciler.manifests.reading.reader import read_documents
from reconciler.planning import checks

from ..mutants import Mutant, report
from ..support import loaded
from . import test_rooms as rooms


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a class or a module, replaced."""

    def switched() -> AbstractContextManager[Any]:
        return patch.multiple(owner, **attributes)

    return switched


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


CHECKS = (every_user_has_a_room, twins_are_told, numbers_are_asked_about)
MUTANTS: dict[str, Mutant] = {
    "a user is sent without a room": changed(User, in_room=lambda self, room: self),
    "two rooms of one stream are not told": changed(rules, twin_faults=lambda places: ()),
    "nor are those of two resources": changed(checks, twin_of=lambda claim: None),
    "what looks like a number is a text": changed(builder, looks_like_a_number=lambda text: False),
}


def main() -> int:
    """Prints what catches each."""
    return report(MUTANTS, CHECKS)


if __name__ == "__main__":
    sys.exit(main())
