"""What is left alone after many starts, and what lifts that: at once, and of that resource alone."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address
from reconciler.plan.status import Condition, ResourceStatus
from reconciler.state.model import Entry
from reconciler.watching.restraint import MOST_RESTARTS, WITHIN, Restraint
from tests.support import loaded

from .kit import changes, done, report

STARTED = next(change for change in changes() if change.verb in ("start", "replace") and change.entry)
ADDRESS = STARTED.address
OURS, ANOTHERS = "2026-01-01T00:00:00Z", "2026-01-01T00:00:07Z"
HEAD = """
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: demo}
spec: {region: ap-guangzhou, trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_KEY}}MORE}
"""
FILM = """
---
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: NAME}
spec: {room: 401, streamUrl: "https://media.example/NAME.mp4", userId: NAME}
"""
NAME = ADDRESS.name


def declared(*films: str, more: str = "") -> Workspace:
    return loaded(HEAD.replace("MORE", more) + "".join(FILM.replace("NAME", film) for film in films))


def entries(started_at: str = OURS) -> Mapping[Address, Entry]:
    assert STARTED.entry is not None
    return {ADDRESS: replace(STARTED.entry, started_at=started_at)}


def restrained(starts: int = MOST_RESTARTS, apart: float = 1.0) -> Restraint:
    found = Restraint()
    for number in range(starts):
        found.note([done(STARTED)], entries(), number * apart)
    return found


def stands(status: Condition, started_at: str | None = OURS) -> list[ResourceStatus]:
    return [replace(report().resources[0], address=ADDRESS, status=status, started_at=started_at)]


@pytest.mark.parametrize(
    ("starts", "apart", "kept"),
    [(MOST_RESTARTS, 1.0, True), (MOST_RESTARTS - 1, 1.0, False), (MOST_RESTARTS, WITHIN / 4 + 1, False)],
)
def test_so_many_starts_within_a_time_are_enough(starts: int, apart: float, *, kept: bool) -> None:
    assert bool(restrained(starts, apart).kept) is kept


def test_other_changes_and_restarts_that_the_state_counts_are_none() -> None:
    restraint, other = Restraint(), next(one for one in changes() if one.verb == "update")
    assert STARTED.entry is not None
    counted = replace(STARTED, entry=replace(STARTED.entry, restarts=(OURS,)))
    for number in range(MOST_RESTARTS):
        restraint.note([done(other), done(counted)], entries(), float(number))
    assert not restraint.kept


@pytest.mark.parametrize(
    ("status", "started_at", "now", "kept"),
    [
        (Condition.RUNNING, OURS, WITHIN, True),
        (Condition.RUNNING, OURS, WITHIN + MOST_RESTARTS, False),  # it runs for long enough
        (Condition.ENDED, OURS, WITHIN + MOST_RESTARTS, True),
        (Condition.ABSENT, None, 9.0, True),
        (Condition.RUNNING, ANOTHERS, 9.0, False),  # an apply by hand has started it
        (Condition.ENDED, ANOTHERS, 9.0, False),  # and that has ended again since
    ],
)
def test_what_lifts_it(status: Condition, started_at: str | None, now: float, *, kept: bool) -> None:
    restraint = restrained()
    restraint.settle(stands(status, started_at), now)
    assert bool(restraint.kept) is kept


def test_once_lifted_the_starts_are_counted_anew() -> None:
    restraint = restrained()
    restraint.settle(stands(Condition.RUNNING, ANOTHERS), 9.0)
    for number in range(MOST_RESTARTS):
        assert not restraint.kept
        restraint.note([done(STARTED)], entries(), 10.0 + number)
    assert restraint.kept


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        (declared(NAME), True),
        (declared(NAME, "another"), True),  # what changed is another document
        (
            loaded((HEAD + FILM.replace("NAME", NAME)).replace("MORE", "").replace("room: 401", "room: 7")),
            False,
        ),
        (declared("another"), False),
        (declared(NAME, more=", restarts: {most: 9}"), False),
    ],
)
def test_only_a_change_of_its_own_manifest_lifts_it(after: Workspace, *, kept: bool) -> None:
    restraint = Restraint()
    restraint.follow(declared(NAME))
    film = replace(STARTED, address=Address("IngestStream", NAME))
    for number in range(MOST_RESTARTS):
        restraint.note([done(film)], {}, float(number))
    restraint.follow(after)
    assert bool(restraint.kept) is kept
