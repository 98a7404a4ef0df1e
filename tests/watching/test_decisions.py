"""What a round does about what it saw, as a table."""

from dataclasses import replace

import pytest

from reconciler.backends.snapshots import Standing
from reconciler.planning.gates import Gate
from reconciler.watching.decisions import decide
from reconciler.watching.model import Doing, Seen

from .kit import changes, plan, refused, seen, settled

FIRST, SECOND, *_ = (change.address for change in changes())
EVERY = tuple(change.address for change in changes())

# What was seen, whether a first state is confirmed: what is done, held back, and how many reasons are told.
CASES: dict[str, tuple[Seen, bool, Doing, set[object], int]] = {
    "nothing to do": (settled(), False, Doing.NOTHING, set(), 0),
    "changes": (seen(), False, Doing.APPLY, set(), 0),
    "an interrupted run": (replace(settled(), interrupted=True), False, Doing.APPLY, set(), 0),
    "frozen": (seen(frozen="somebody"), False, Doing.FROZEN, set(), 1),
    "frozen, interrupted": (seen(frozen="somebody", interrupted=True), False, Doing.FROZEN, set(), 1),
    "a new state": (seen(standing=Standing.NEW), False, Doing.WAIT, set(), 1),
    "a new state, confirmed": (seen(standing=Standing.NEW), True, Doing.APPLY, set(), 0),
    "too many stops": (seen(plan=refused(Gate.STOPS, FIRST)), False, Doing.WAIT, set(), 1),
    "too many replaces": (seen(plan=refused(Gate.REPLACES, FIRST)), False, Doing.WAIT, set(), 1),
    "a missing state": (seen(plan=refused(Gate.STATE)), False, Doing.WAIT, set(), 1),
    "a missing state, confirmed": (seen(plan=refused(Gate.STATE)), True, Doing.WAIT, set(), 1),
    "one too grave": (seen(plan=refused(Gate.IMPACT, FIRST)), False, Doing.APPLY, {FIRST}, 1),
    "one prevented": (seen(plan=refused(Gate.PREVENT, SECOND)), False, Doing.APPLY, {SECOND}, 1),
    "one claimed": (seen(plan=refused(Gate.CLAIMED, SECOND)), False, Doing.APPLY, {SECOND}, 1),
    "all too grave": (seen(plan=refused(Gate.IMPACT, *EVERY)), False, Doing.WAIT, {*EVERY}, 1),
    "nobody knows which": (seen(plan=refused(Gate.IMPACT)), False, Doing.WAIT, set(), 1),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_done(name: str) -> None:
    what, confirmed, doing, held_back, reasons = CASES[name]
    found = decide(what, {}, confirmed=confirmed)
    assert (found.doing, set(found.held_back), len(found.waits)) == (doing, held_back, reasons)


def test_what_waits_says_what_to_do() -> None:
    assert "apply it by hand" in decide(seen(plan=refused(Gate.STOPS)), {}, confirmed=False).waits[0]
    assert "--new-state" in decide(seen(standing=Standing.NEW), {}, confirmed=False).waits[0]


def test_what_ends_again_and_again_is_left_alone_and_the_rest_is_not() -> None:
    found = decide(seen(), {FIRST: "five starts", EVERY[-1]: "too"}, confirmed=False)
    assert (found.doing, found.held_back) == (Doing.APPLY, {FIRST, EVERY[-1]})
    others = replace(plan(), changes=changes()[1:2])
    assert decide(seen(plan=others), {FIRST: "five starts"}, confirmed=False).waits == ()


def test_what_has_failed_waits_for_its_time_and_the_rest_does_not() -> None:
    found = decide(seen(), {}, frozenset({FIRST}), confirmed=False)
    assert (found.doing, found.held_back, found.waits) == (Doing.APPLY, {FIRST}, ())
    found = decide(seen(), {}, frozenset(EVERY), confirmed=False)
    assert (found.doing, found.held_back) == (Doing.WAIT, {*EVERY})
    assert decide(settled(), {}, frozenset({FIRST}), confirmed=False).doing is Doing.NOTHING
