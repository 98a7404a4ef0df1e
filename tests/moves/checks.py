"""What is promised of renames and of what leaves the manifests: checks of plans, and of applies that die."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from reconciler.applying.results import Result
from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.protocol import Session
from reconciler.errors import StateError, UsageError
from reconciler.kinds import managed
from reconciler.kinds.robots import is_generated_robot
from reconciler.model import Address, Impact, OnRemoval, Status, Verb
from reconciler.plan.model import Plan
from reconciler.planning import robots
from reconciler.planning.choice import Choice
from reconciler.planning.planner import make_plan
from reconciler.running import moving
from reconciler.state.codec import entry_from_json, entry_to_json
from reconciler.state.model import Departure, Entry, LateCall, Owner, State

from ..backends.stores import OF_OBJECTS, STORES, Store
from ..disk import Disk, Killed
from ..fake_host import PATH, FakeHost, repaired
from ..support import WORKSPACE, applied, loaded

Check = Callable[[], None]


def stream(name: str, room: int = 1, push: str = "", metadata: str = "") -> str:
    address = f"rtmp://3891.livepush.myqcloud.com/live/{push or name}"
    return (
        "---\napiVersion: reconciler/v1\nkind: MixStream\n"
        f"metadata: {{name: {name}{metadata}}}\n"
        f'spec: {{room: {room}, publish: [{{url: "{address}"}}]}}\n'
    )


def named(name: str) -> Address:
    return Address("MixStream", name)


A, B, C = named("a"), named("b"), named("c")
RENAMED = WORKSPACE + stream("b", push="a", metadata=", renamedFrom: [a]")
ONE = WORKSPACE + stream("a")


def planned(text: str, state: State, choice: Choice | None = None) -> Plan:
    workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, state, {}, choice, now=0)


def verbs(plan: Plan) -> dict[str, str]:
    return {str(one.address): str(one.verb) for one in plan.changes}


def robot_of(state: State, address: Address) -> str:
    return robots.robots_in(managed(address).kind.spec, state.entries[address].spec)[0].name


# Robots


def a_recorded_robot_stays() -> None:
    state = applied(loaded(ONE))
    moved = replace(state, entries={B: state.entries[A]})
    for text, kept in (
        (WORKSPACE + stream("b", push="a"), moved),
        (ONE.replace("name: demo", "name: other"), state),
        (RENAMED.replace("name: demo", "name: other"), moved),
    ):
        assert planned(text, kept).changes == ()
    other = planned(WORKSPACE + stream("b", push="a", room=2), moved)
    assert {one.path for one in other.changes[0].fields} == {"spec.room", "spec.agent.userId"}


def no_robot_is_given_twice() -> None:
    state = applied(loaded(ONE))
    moved = replace(state, entries={B: state.entries[A]})
    plan = planned(WORKSPACE + stream("b", push="a") + stream("a", push="new"), moved)
    assert verbs(plan) == {"MixStream/a": "start"} and plan.changes[0].entry is not None
    started = State(entries={A: plan.changes[0].entry})
    assert robot_of(started, A) != robot_of(moved, B) and is_generated_robot(robot_of(started, A))


def what_a_manifest_spells_out_counts() -> None:
    state = applied(loaded(ONE))
    spelt = ONE.replace("spec: {", "spec: {agent: {userId: rcn_" + "a" * 26 + "}, ")
    assert [one.path for one in planned(spelt, state).changes[0].fields] == ["spec.agent.userId"]


# renamedFrom


def a_rename_calls_nothing() -> None:
    state = applied(loaded(ONE))
    plan = planned(RENAMED, state)
    (change,) = plan.changes
    told = (change.address, change.verb, change.impact, change.steps, change.renamed_from)
    assert told == (B, Verb.UPDATE, Impact.NONE, (), A)
    assert change.entry == state.entries[A] and plan.likely_renames == ()


def a_rename_and_a_change_are_one_update() -> None:
    state = applied(loaded(ONE))
    (change,) = planned(RENAMED.replace("live/a", "live/else"), state).changes
    assert (change.verb, change.renamed_from) == (Verb.UPDATE, A) and len(change.steps) == 1
    assert change.steps[0].call.request["TaskId"] == state.entries[A].task_id


def however_it_stands_a_rename_takes_the_record_along() -> None:
    entry = applied(loaded(ONE)).entries[A]
    late = LateCall("2999-01-01T00:00:00Z", entry.spec)
    for wanted, status in ((w, s) for w in ("running", "stopped") for s in ("running", "ended", "stopped")):
        there = replace(entry, status=Status(status), late_calls=(late,) if status != "running" else ())
        text = RENAMED.replace("spec: {", f"spec: {{state: {wanted}, ")
        plan = planned(text, State("l", 1, {A: there}))
        assert [(one.address, one.renamed_from) for one in plan.changes] == [(B, A)], (wanted, status)
        assert plan.changes[0].before == there


def a_rename_replaces_nothing_that_has_an_old_handle() -> None:
    state = applied(loaded(ONE))
    workspace = loaded(RENAMED)
    plan = make_plan(workspace.settings, workspace.resources, state, {}, now=4e9)
    assert verbs(plan) == {"MixStream/b": "update"} and plan.changes[0].steps == ()


def a_former_name_that_is_not_recorded_means_nothing() -> None:
    done = applied(loaded(RENAMED))
    assert planned(RENAMED, done).changes == () and planned(RENAMED, done).warnings == ()
    assert verbs(planned(RENAMED, State())) == {"MixStream/b": "start"}
    again = WORKSPACE + stream("c", push="a", metadata=", renamedFrom: [b, a]")
    for state in (done, applied(loaded(ONE))):
        assert verbs(planned(again, state)) == {"MixStream/c": "update"}


def what_could_be_of_two_is_not_guessed() -> None:
    both = applied(loaded(WORKSPACE + stream("a") + stream("b", room=2)))
    plan = planned(RENAMED.replace("room: 1", "room: 2").replace("live/a", "live/b"), both)
    assert verbs(plan) == {"MixStream/a": "stop"}
    assert any("is ignored" in one for one in plan.warnings)
    try:
        planned(WORKSPACE + stream("c", metadata=", renamedFrom: [a, b]"), both)
    except StateError as error:
        assert "MixStream/a and MixStream/b" in error.message and error.hint
    else:
        raise AssertionError("one was taken")


def a_choice_by_the_former_name_stops_nothing() -> None:
    state = applied(loaded(ONE))
    plan = planned(RENAMED, state, Choice(lambda address, labels: address == A))
    assert plan.changes == () and any("was renamed to MixStream/b" in one for one in plan.warnings)


def a_renamed_record_is_in_one_place_wherever_the_process_dies() -> None:
    first = FakeHost()
    assert {one.result for one in first.apply(ONE)} == {Result.DONE}
    (task,) = first.cloud.task_ids()
    first = first.copy()
    for host in _dying(first, RENAMED):
        for disk in (host.disk.after_kill(), host.disk.after_power_cut()):
            again = repaired(host, disk)
            found = again.state().entries
            assert len(found) == 1 and {entry.task_id for entry in found.values()} == {task}
            again.apply(RENAMED)
            entries = again.state().entries
            assert {address: entry.task_id for address, entry in entries.items()} == {B: task}
            assert again.cloud.task_ids() == {task} and again.plan(RENAMED).changes == ()
    assert first.sent() == []


def _dying(first: FakeHost, text: str) -> Iterator[FakeHost]:
    """An apply for every other operation at which the process can die, until it lives to the end."""
    for number in count(1, 2):
        host = first.copy()
        host.disk.fail_at, host.disk.kills = number, True
        try:
            host.apply(text)
        except Killed:
            yield host
        else:
            assert number > 30 and host.state().entries.keys() == {B}
            return


def a_failing_disk_loses_no_renamed_record() -> None:
    first = FakeHost()
    first.apply(ONE)
    first = first.copy()
    (task,) = first.cloud.task_ids()
    for number in count(1):
        host = first.copy()
        host.disk.fail_at, host.disk.lasting = number, bool(number % 2)
        try:
            host.apply(RENAMED)
        except StateError:
            assert host.carried is None or [one.task_id for one in host.carried.entries.values()] == [task]
        if not host.disk.failed:
            return
        again = repaired(host, host.disk.after_kill())
        again.apply(RENAMED)
        assert {address: one.task_id for address, one in again.state().entries.items()} == {B: task}


# From one state to another

OTHER = PATH.with_name("other.json")
HOLDER = {"pid": 1, "host": "h", "command": "state mv", "since": "now", "run": "r"}


def two_states() -> tuple[Disk, Entry]:
    """A disk with two states of one cloud, and what the first records, in all its detail."""
    host = FakeHost()
    host.apply(ONE)
    late = LateCall("2999-01-01T00:00:00Z", {"room": 7})
    for path, workspace in ((PATH, "demo"), (OTHER, "other")):
        with LocalBackend(path, host.disk, _token).hold(Owner(workspace), HOLDER) as session:
            entries = dict(session.state.entries)
            if path == PATH:
                entry = replace(entries[A], sequence_number=7, late_calls=(late,), labels={"event": "x"})
                entries[A] = entry = replace(entry, on_removal=OnRemoval.LEAVE, signed={"x": "1"})
            lineage = f"lineage of {workspace}"
            others = {"lineage of a third:1": C} if path == OTHER else {}
            session.finish(replace(session.state, entries=entries, lineage=lineage, arrivals=others))
    return host.disk.copy(), entry


_TOKENS = count()


def _token() -> str:
    return f"t{next(_TOKENS)}"


def read(disk: Disk, path: Path) -> State:
    return LocalBackend(path, disk, _token).snapshot(None).state


def run_move(disk: Disk) -> None:
    """What `state mv A --to OTHER` writes; begun anew it goes on where it was."""
    with (
        LocalBackend(PATH, disk, _token).hold(None, HOLDER) as source,
        LocalBackend(OTHER, disk, _token).hold(None, HOLDER) as target,
    ):
        if A not in source.state.entries:
            moving.clear_arrivals(source, target)
            return
        moving.mark(source, A, Departure("lineage of demo:move", str(OTHER), target.state.lineage, B))
        moving.deliver(source, target, A)


def next_command(disk: Disk) -> None:
    """What any command that holds the first state does before all else."""
    with LocalBackend(PATH, disk, _token).hold(None, HOLDER) as source:
        for address in moving.departures(source.state):
            with LocalBackend(OTHER, disk, _token).hold(None, HOLDER) as target:
                moving.deliver(source, target, address)


def is_in_one_and_known(disk: Disk, entry: Entry) -> bool:
    """Whether the move has begun; the record is in one state, or marked where it is leaving."""
    here, there = read(disk, PATH).entries.get(A), read(disk, OTHER).entries.get(B)
    assert here is not None or there is not None, "it is in none"
    assert here is None or replace(here, departure=None) == entry
    assert there is None or there == entry
    begun = here is None or here.departure is not None
    assert there is None or begun, "it is in both, and nobody knows"
    return begun


def has_moved(disk: Disk, entry: Entry) -> None:
    here, there = read(disk, PATH), read(disk, OTHER)
    assert here.entries == {} and not here.was_emptied and there.entries == {B: entry}


def a_record_that_moves_is_in_one_state_wherever_the_process_dies() -> None:
    first, entry = two_states()
    _unharmed(first, entry, kills=True)


def a_record_that_moves_is_in_one_state_whatever_the_disk_fails() -> None:
    first, entry = two_states()
    _unharmed(first, entry, kills=False)


def _unharmed(first: Disk, entry: Entry, *, kills: bool) -> None:
    for number in count(1):
        disk = first.copy()
        disk.armed, disk.fail_at, disk.kills, disk.half = True, number, kills, True
        with suppress(Killed, StateError):
            run_move(disk)
        disk.armed = False
        if not disk.failed:
            assert number > 60
            has_moved(disk, entry)
            assert [*read(disk, OTHER).arrivals] == ["lineage of a third:1"]
            return
        for left in (disk.after_kill(), disk.after_power_cut()):
            again, later = left.copy(), left.copy()
            begun = is_in_one_and_known(left, entry)
            run_move(again)
            has_moved(again, entry)
            assert [*read(again, OTHER).arrivals] == ["lineage of a third:1"]
            next_command(later)
            assert read(later, OTHER).entries == ({B: entry} if begun else {})
            assert read(later, PATH).entries == ({} if begun else {A: entry})


@contextmanager
def both(here: Store, there: Store) -> Iterator[tuple[Session, Session]]:
    with here.backend().hold(None, HOLDER) as source, there.backend().hold(None, HOLDER) as target:
        yield source, target


def a_move_dies_between_any_two_writes_on_every_store() -> None:
    for make in (make for name, make in STORES.items() if name not in OF_OBJECTS):
        for dies in range(8):
            here, there = make(), make()
            entry = applied(loaded(ONE)).entries[A]
            for store, workspace, entries in ((here, "demo", {A: entry}), (there, "other", {})):
                with store.backend().hold(Owner(workspace), HOLDER) as session:
                    state = State(f"lineage of {workspace}", entries=entries)
                    session.finish(state)
            with suppress(Killed), both(here, there) as (source, target):
                left = iter(range(dies))
                one, other = (_Dying(session, left) for session in (source, target))
                moving.mark(one, A, Departure("lineage of demo:move", "there", "lineage of other", A))
                moving.deliver(one, other, A)
            begun = dies > 0
            for _ in range(2):
                with both(here, there) as (source, target):
                    for address in moving.departures(source.state):
                        moving.deliver(source, target, address)
            states = [store.backend().snapshot(None).state.entries for store in (here, there)]
            assert states == ([{}, {A: entry}] if begun else [{A: entry}, {}]), (make, dies)


class _Dying:
    """A session whose process dies once so many states were written."""

    def __init__(self, session: Session, left: Iterator[int]) -> None:
        self._session, self._left = session, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def finish(self, result: State) -> State:
        if next(self._left, None) is None:
            raise Killed
        return self._session.finish(result)


def what_another_did_there_meanwhile_is_not_undone() -> None:
    """Between the writes, the other workspace updates, drops or takes the address."""
    first, entry = two_states()
    for happened, here, there in (
        (lambda known: {B: replace(entry, task_id="new")}, None, "new"),
        (lambda known: {}, None, None),
    ):
        disk = first.copy()
        with (
            LocalBackend(PATH, disk, _token).hold(None, HOLDER) as source,
            LocalBackend(OTHER, disk, _token).hold(None, HOLDER) as target,
        ):
            with suppress(Killed):
                writes = iter(range(2))
                one, other = _Dying(source, writes), _Dying(target, writes)
                moving.mark(one, A, Departure("lineage of demo:move", str(OTHER), target.state.lineage, B))
                moving.deliver(one, other, A)
            target.finish(replace(target.state, entries=happened(target.state.entries)))
        next_command(disk)
        found = read(disk, OTHER).entries.get(B)
        assert read(disk, PATH).entries.get(A) is here and (found.task_id if found else None) == there
    disk = first.copy()
    with LocalBackend(PATH, disk, _token).hold(None, HOLDER) as source:
        moving.mark(source, A, Departure("lineage of demo:move", str(OTHER), "lineage of other", B))
    own = replace(entry, task_id="its own")
    with LocalBackend(OTHER, disk, _token).hold(None, HOLDER) as target:
        target.finish(replace(target.state, entries={B: own}))
    next_command(disk)
    assert read(disk, PATH).entries == {A: entry} and read(disk, OTHER).entries == {B: own}


def only_the_state_that_was_meant_is_moved_to() -> None:
    disk, entry = two_states()
    with LocalBackend(PATH, disk, _token).hold(None, HOLDER) as source:
        moving.mark(source, A, Departure("lineage of demo:move", str(OTHER), "another lineage", B))
    try:
        next_command(disk)
    except StateError as error:
        assert "another lineage" in error.message
    else:
        raise AssertionError("it went somewhere else")
    assert is_in_one_and_known(disk, entry) and read(disk, OTHER).entries == {}


def what_cannot_be_the_others_is_refused() -> None:
    entry = applied(loaded(ONE)).entries[A]
    hidden = "rtmp://push.example/live/a?txSecret=*hmac-sha256-" + "0" * 64 + "*"
    clear = replace(entry, spec={**entry.spec, "publish": [{"url": hidden}]})
    state = State("one", 1, {A: entry}, cloud="x", digest_key="k")
    other = State("two", 1, cloud="x", digest_key="other")
    moving.check_moves(A, state, other, B, "there")
    moving.check_moves(A, replace(state, entries={A: clear}), other, B, "there")
    for source, target, new in (
        (state, replace(other, lineage="one"), B),
        (state, replace(other, cloud="y"), B),
        (state, replace(other, cloud=""), B),
        (state, replace(other, entries={B: entry}), B),
        (state, other, Address("RelayStream", "a")),
        (replace(state, entries={A: clear}), replace(other, entries={C: clear}), B),
    ):
        try:
            moving.check_moves(A, source, target, new, "there")
        except (StateError, UsageError) as error:
            assert error.message and error.hint
        else:
            raise AssertionError("it is moved")


# What is likely a rename


def _renames(before: str, after: str) -> Mapping[str, str]:
    plan = planned(WORKSPACE + after, applied(loaded(WORKSPACE + before)))
    return {f"{one.former.name}>{one.address.name}": one.shared for one in plan.likely_renames}


def a_stop_and_a_start_of_the_same_are_recognised() -> None:
    push = {"a>b": "push address 3891.livepush.myqcloud.com/live/a"}
    found = _renames(stream("a"), stream("b", push="a", room=2))
    assert found.keys() == push.keys() and "push address" in found["a>b"]
    assert "room 1" in _renames(stream("a"), stream("b"))["a>b"]
    agent = stream("a").replace("spec: {", "spec: {agent: {userId: mixer}, ")
    assert "robot" in _renames(agent, agent.replace("name: a", "name: b").replace("live/a", "live/b"))["a>b"]


def what_has_nothing_in_common_or_too_much_is_not() -> None:
    assert _renames(stream("a"), stream("b", room=2)) == {}
    assert _renames(stream("a"), stream("a", room=2)) == {}
    assert _renames(stream("a") + stream("c"), stream("b") + stream("d")) == {}
    assert _renames(stream("a"), stream("b").replace("room: 1", 'room: "1"')) == {}
    pairs = _renames(stream("a") + stream("c"), stream("b", push="a") + stream("d"))
    assert [*pairs] == ["a>b", "c>d"]
    stopped = stream("a").replace("spec: {", "spec: {state: stopped, ")
    assert _renames(stream("a"), stopped + stream("b")) == {}


def each_pair_is_told_once_with_both_ways() -> None:
    for number in (1, 3, 4, 40):
        before = "".join(stream(f"a{one}", room=one) for one in range(1, number + 1))
        after = "".join(stream(f"b{one}", room=one, push=f"a{one}") for one in range(1, number + 1))
        plan = planned(WORKSPACE + after, applied(loaded(WORKSPACE + before)))
        told = [one for one in plan.warnings if "renamedFrom" in one and "reconciler state mv" in one]
        assert len(plan.likely_renames) == number and len(told) == (number if number <= 3 else 1)


# onRemoval


LEFT = WORKSPACE + stream("a", metadata=", onRemoval: leave")


def what_is_to_be_left_is_forgotten() -> None:
    state = applied(loaded(LEFT))
    assert state.entries[A].on_removal is OnRemoval.LEAVE
    plan = planned(WORKSPACE, state)
    assert verbs(plan) == {"MixStream/a": "forget"} and "leave" in plan.changes[0].reason
    assert any(str(state.entries[A].task_id) in one for one in plan.warnings)
    assert verbs(planned(WORKSPACE, applied(loaded(ONE)))) == {"MixStream/a": "stop"}


def only_what_runs_is_left() -> None:
    entry = applied(loaded(LEFT)).entries[A]
    for status, verb in (("uncertain", "forget"), ("ended", "forget"), ("stopped", "forget")):
        there = replace(entry, status=Status(status), task_id=None)
        plan = planned(WORKSPACE, State("l", 1, {A: there}))
        assert verbs(plan) == {"MixStream/a": verb}
        assert any("keeps running, untracked" in one for one in plan.warnings) is (status == "uncertain"), (
            status
        )
    stopped = LEFT.replace("spec: {", "spec: {state: stopped, ")
    assert verbs(planned(stopped, applied(loaded(LEFT)))) == {"MixStream/a": "stop"}


def a_changed_value_alone_is_recorded() -> None:
    for before, after in ((ONE, LEFT), (LEFT, ONE)):
        (change,) = planned(after, applied(loaded(before))).changes
        assert (change.verb, change.impact, change.steps) == (Verb.UPDATE, Impact.NONE, ())
        assert [one.path for one in change.fields] == ["metadata.onRemoval"]
        assert change.entry is not None and change.entry.on_removal is loaded(after).resources[0].on_removal
        assert planned(after, State("l", 1, {A: change.entry})).changes == ()
    (change,) = planned(LEFT.replace("live/a", "live/b"), applied(loaded(ONE))).changes
    assert [one.path for one in change.fields][-1] == "metadata.onRemoval" and len(change.steps) == 1
    assert change.entry is not None and change.entry.on_removal is OnRemoval.LEAVE


def it_outlives_what_else_is_recorded() -> None:
    entry = applied(loaded(LEFT)).entries[A]
    assert entry_from_json(entry_to_json(entry)) == entry and "onRemoval" in entry_to_json(entry)
    assert "onRemoval" not in entry_to_json(replace(entry, on_removal=OnRemoval.STOP))


def what_a_plan_is_asked_for_wins() -> None:
    state, left = applied(loaded(LEFT)), applied(loaded(ONE))
    for there, says, verb in ((state, OnRemoval.STOP, "stop"), (left, OnRemoval.LEAVE, "forget")):
        assert verbs(planned(WORKSPACE, there, Choice(on_removal={A: says}))) == {"MixStream/a": verb}


# The quick ones first, as mutants are tried on them in this order.
CHECKS: tuple[Check, ...] = (
    a_recorded_robot_stays,
    no_robot_is_given_twice,
    what_a_manifest_spells_out_counts,
    a_rename_calls_nothing,
    a_rename_and_a_change_are_one_update,
    however_it_stands_a_rename_takes_the_record_along,
    a_rename_replaces_nothing_that_has_an_old_handle,
    a_former_name_that_is_not_recorded_means_nothing,
    what_could_be_of_two_is_not_guessed,
    a_choice_by_the_former_name_stops_nothing,
    a_move_dies_between_any_two_writes_on_every_store,
    what_another_did_there_meanwhile_is_not_undone,
    only_the_state_that_was_meant_is_moved_to,
    what_cannot_be_the_others_is_refused,
    a_stop_and_a_start_of_the_same_are_recognised,
    what_has_nothing_in_common_or_too_much_is_not,
    each_pair_is_told_once_with_both_ways,
    what_is_to_be_left_is_forgotten,
    only_what_runs_is_left,
    a_changed_value_alone_is_recorded,
    it_outlives_what_else_is_recorded,
    what_a_plan_is_asked_for_wins,
    a_renamed_record_is_in_one_place_wherever_the_process_dies,
    a_failing_disk_loses_no_renamed_record,
    a_record_that_moves_is_in_one_state_wherever_the_process_dies,
    a_record_that_moves_is_in_one_state_whatever_the_disk_fails,
)
