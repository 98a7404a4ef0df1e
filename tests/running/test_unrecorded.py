"""Pull tasks that run and that no record tells of: when they are looked for, and when they are told of."""

from dataclasses import replace

import pytest

from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError
from reconciler.model import Address, Verb
from reconciler.observing.observer import Observations
from reconciler.plan.model import Plan
from reconciler.planning.planner import make_plan
from reconciler.running.standing import NOWHERE, Place
from reconciler.running.unrecorded import Unrecorded, told_of_unrecorded, unrecorded
from reconciler.state.model import State

from ..support import LINEAGE, loaded

NOW = 1_800_000_000.0
FEED = Address("PullStream", "feed")
MANIFESTS = loaded("""
apiVersion: reconciler/v1
kind: PullStream
metadata: {name: feed}
spec:
  sourceUrls: [rtmp://feeds.example/live/main]
  publish: {url: rtmp://push.example/live/feed}
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall}
spec:
  room: 1
  publish: [{url: rtmp://push.example/live/hall}]
  video: {encode: {width: 1280, height: 720, fps: 15, bitRate: 1500, gop: 2}}
""")
REAL = Place(real=True)
APPLY = Place(real=True, sends=True)
EMPTIED = State(LINEAGE, 3)
CLEARED = replace(EMPTIED, cleared="run")
GONE = StateError("it is missing", "restore it")


def planned(state: State) -> Plan:
    return make_plan(MANIFESTS.settings, MANIFESTS.resources, state, {}, now=NOW)


def recorded() -> State:
    """Both run."""
    entries = {
        one.address: replace(one.entry, task_id=f"task of {one.address}")
        for one in planned(CLEARED).changes
        if one.entry is not None
    }
    return State(LINEAGE, 1, entries)


def found(snapshot: Snapshot, place: Place = NOWHERE) -> list[Unrecorded]:
    return unrecorded(MANIFESTS.resources, MANIFESTS.settings, snapshot, place)


@pytest.mark.parametrize(
    ("snapshot", "place", "looks"),
    [
        (Snapshot(), NOWHERE, False),
        (Snapshot(), REAL, False),
        (Snapshot(), APPLY, True),
        (Snapshot(missing=GONE), NOWHERE, True),
        (Snapshot(EMPTIED), NOWHERE, True),
        (Snapshot(CLEARED), APPLY, False),
        (Snapshot(replace(CLEARED, untracked=(FEED,))), NOWHERE, True),
        (Snapshot(replace(CLEARED, untracked=(Address("MixStream", "hall"),))), NOWHERE, False),
        (Snapshot(recorded()), APPLY, False),
    ],
)
def test_what_is_not_recorded_is_looked_for_where_it_may_run(
    snapshot: Snapshot, place: Place, looks: bool
) -> None:
    assert [one.about.address for one in found(snapshot, place)] == [FEED] * looks


def test_one_that_runs_is_told_of_where_a_start_makes_a_second_one() -> None:
    (one,) = found(Snapshot(EMPTIED))
    task = {"TaskId": "7", "Status": "enable", "EndTime": "2027-02-01T00:00:00Z"}
    seen = Observations(answers={one.questions[-1].key: task})
    plan, state = planned(EMPTIED), EMPTIED
    assert [change.verb for change in plan.changes] == [Verb.START] * 2
    (told,) = told_of_unrecorded([one], seen, plan, state, NOW)
    assert told.startswith("PullStream/feed: task 7 runs already and is not in the state")
    of_another = replace(state, entries={FEED: replace(recorded().entries[FEED], task_id="7")})
    assert not [*told_of_unrecorded([one], seen, plan, of_another, NOW)]
    assert not [*told_of_unrecorded([one], Observations(), plan, state, NOW)]
    assert not [*told_of_unrecorded([one], seen, replace(plan, changes=()), state, NOW)]
    assert not [*told_of_unrecorded([one], seen, plan, state, NOW + 30 * 86400)]
