"""Generated robots: kept as recorded, whatever the names that they were made from; and none is used twice."""

from dataclasses import replace

import pytest

from reconciler.kinds import managed
from reconciler.kinds.records import records_of
from reconciler.kinds.robots import is_generated_robot
from reconciler.model import Address, Impact, Status, Verb
from reconciler.plan.model import Plan
from reconciler.planning.planner import make_plan
from reconciler.planning.robots import robots_in, with_recorded_robots
from reconciler.state.model import LateCall, State

from ..support import WORKSPACE, applied, loaded

MIX = """\
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall}
spec:
  room: 1
  publish: [{url: "rtmp://3891.livepush.myqcloud.com/live/hall"}]
  feedBackRooms: [{room: 5}, {room: "5"}, {room: 6, userId: spelt}]
"""
RELAY = """\
---
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: relayed}
spec: {room: 2, user: {userId: speaker}, publish: [{url: "rtmp://3891.livepush.myqcloud.com/live/relayed"}]}
"""
INGEST = """\
---
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: 3, streamUrl: "https://example.com/film.mp4"}
"""
TEXT = WORKSPACE + MIX + RELAY + INGEST
HALL, STAGE = Address("MixStream", "hall"), Address("MixStream", "stage")
RENAMED = TEXT.replace("name: hall", "name: stage")


def names(state: State) -> dict[str, list[str]]:
    return {
        str(address): [one.name for one in robots_in(managed(address).kind.spec, entry.spec)]
        for address, entry in state.entries.items()
    }


def moved(state: State, old: Address = HALL, new: Address = STAGE) -> State:
    entries = {new if address == old else address: entry for address, entry in state.entries.items()}
    return replace(state, entries=entries)


def planned(text: str, state: State) -> Plan:
    workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, state, {}, now=0)


def after(text: str, state: State) -> State:
    """The state once the plan is carried out."""
    entries = dict(state.entries)
    for change in planned(text, state).changes:
        entries.pop(change.address, None)
        if change.entry is not None:
            entries[change.address] = replace(change.entry, task_id="told")
    return replace(state, entries=entries)


def test_every_kind_with_robots_names_them() -> None:
    found = names(applied(loaded(TEXT)))
    assert [len(found[one]) for one in ("MixStream/hall", "RelayStream/relayed", "IngestStream/film")] == [
        4,
        1,
        1,
    ]
    generated = [name for listed in found.values() for name in listed if is_generated_robot(name)]
    assert len(set(generated)) == len(generated) == 5 and "spelt" in found["MixStream/hall"]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (RENAMED, moved(applied(loaded(TEXT)))),
        (TEXT.replace("name: demo", "name: later"), applied(loaded(TEXT))),
        (RENAMED.replace("name: demo", "name: later"), moved(applied(loaded(TEXT)))),
    ],
    ids=["another name", "another workspace", "both"],
)
def test_a_recorded_robot_stays(text: str, state: State) -> None:
    plan = planned(text, state)
    assert plan.changes == () and plan.unchanged == 3


def test_it_stays_through_an_update_a_replace_and_an_end() -> None:
    state = moved(applied(loaded(TEXT)))
    before = names(state)["MixStream/stage"]
    changed = after(RENAMED.replace("live/hall", "live/other"), state)
    assert names(changed)["MixStream/stage"] == before and planned(RENAMED, changed).changes != ()
    audio = RENAMED.replace("room: 1\n", "room: 1\n  audio: {encode: {channel: 1}}\n", 1)
    plan = planned(audio, state)
    assert [(one.address, one.verb) for one in plan.changes] == [(STAGE, Verb.REPLACE)]
    assert names(after(audio, state))["MixStream/stage"] == before
    ended = replace(state.entries[STAGE], status=Status.ENDED, task_id=None)
    again = after(RENAMED, replace(state, entries={**state.entries, STAGE: ended}))
    assert again.entries[STAGE].task_id == "told" and names(again)["MixStream/stage"] == before


def test_in_another_room_it_is_another_robot() -> None:
    state = applied(loaded(TEXT))
    plan = planned(TEXT.replace("room: 1\n", "room: 9\n"), state)
    assert [(one.address, one.verb) for one in plan.changes] == [(HALL, Verb.REPLACE)]
    paths = {field.path: field.impact for field in plan.changes[0].fields}
    assert paths == {"spec.room": Impact.RESTART, "spec.agent.userId": Impact.RESTART}


def test_a_feedback_room_that_is_added_disturbs_no_other() -> None:
    state = moved(applied(loaded(TEXT)))
    plan = planned(RENAMED.replace("[{room: 5}", "[{room: 4}, {room: 5}"), state)
    assert [(one.verb, one.impact) for one in plan.changes] == [(Verb.UPDATE, Impact.NONE)]


def test_what_a_manifest_spells_out_is_what_counts() -> None:
    state = moved(applied(loaded(TEXT)))
    kept = names(state)["MixStream/stage"][0]
    other = names(state)["IngestStream/film"][0]
    for name, count in ((kept, 0), (other, 1), ("mine", 1)):
        plan = planned(RENAMED.replace("  room: 1\n", f"  room: 1\n  agent: {{userId: {name}}}\n"), state)
        assert len(plan.changes) == count, name
        for change in plan.changes:
            assert [field.path for field in change.fields] == ["spec.agent.userId"]


def test_a_name_that_another_record_has_is_not_given_again() -> None:
    state = moved(applied(loaded(TEXT)))
    both = RENAMED + MIX.replace("live/hall", "live/new").replace("{room: 6, userId: spelt}", "{room: 7}")
    plan = planned(both, state)
    assert [(one.address, one.verb) for one in plan.changes] == [(HALL, Verb.START)]
    whole = after(both, state)
    found = names(whole)
    assert not {*found["MixStream/hall"]} & {*found["MixStream/stage"]}
    assert all(map(is_generated_robot, found["MixStream/hall"]))
    assert planned(both, whole).changes == ()


@pytest.mark.parametrize("where", ["attempted", "late_calls"])
def test_nor_is_one_that_a_call_in_doubt_has(where: str) -> None:
    state = applied(loaded(TEXT))
    entry = state.entries[HALL]
    doubt = (entry.spec,) if where == "attempted" else (LateCall("2999-01-01T00:00:00Z", entry.spec),)
    mine = {**entry.spec, "agent": {"userId": "mine"}, "feedBackRooms": []}
    doubtful = replace(entry, spec=mine, **{where: doubt})
    resources = loaded(WORKSPACE + MIX).resources
    settled = with_recorded_robots(
        resources, records_of(State(entries={STAGE: doubtful})), loaded(TEXT).settings
    )
    assert settled[0].spec["agent"] != resources[0].spec["agent"]
