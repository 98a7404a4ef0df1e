"""Whole applies in one thread on a virtual clock: what is sent and recorded, and when, whatever fails."""

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from reconciler.applying.results import Result
from reconciler.applying.scheduler import apply_plan
from reconciler.applying.tools import Tools
from reconciler.errors import (
    AccountRefused,
    CloudError,
    CredentialsRefused,
    Gone,
    LockedError,
    NoCapacity,
    OutcomeUnknown,
    Refused,
    StateError,
)
from reconciler.model import Address, Call, Status
from reconciler.state.model import Owner

from .disk import Disk, Killed
from .machine import (
    AFTER,
    BEFORE,
    FIRST,
    FORBID,
    GONE,
    HALL,
    JOURNAL,
    LIVE,
    NEW,
    PATH,
    SIDE,
    START,
    STOP,
    UPDATE,
    Machine,
    dying,
    everything_is_known,
    failing,
    fresh,
    repaired,
    settled,
    stream,
)
from .support import LINEAGE, edited


@pytest.fixture
def machine() -> Machine:
    return fresh()


# What an apply does when nothing goes wrong


def test_everything_is_done_and_the_next_plan_is_empty(machine: Machine) -> None:
    assert set(machine.results(AFTER).values()) == {Result.DONE}
    assert sorted(machine.sent()) == sorted([UPDATE, STOP, START, STOP, START, FORBID])
    assert machine.plan(AFTER).changes == ()
    settled(machine)


def test_intent_before_and_outcome_after_each_call(machine: Machine) -> None:
    machine.disk.log.clear()
    machine.tokens = count(7)
    machine.apply(edited(BEFORE, {"room: 2": "room: 22"}))
    begun, record = [("holds", "demo.lock")], [("write", JOURNAL), ("sync", JOURNAL)]
    probe, other = ".demo.json.token9.tmp", ".demo.json.token10.tmp"
    new, copy = ".demo.json.token15.tmp", ".2.json.token16.tmp"
    assert machine.disk.log == [
        ("is_directory", "state"),
        ("lock", "demo.lock"),
        ("truncate", "demo.lock"),
        ("write", "demo.lock"),
        ("aliases", "demo.json"),  # no other name leads to it
        ("read", "demo.json"),
        ("read", JOURNAL),
        ("listing", "demo.history"),
        ("read", "demo.json"),  # unchanged while the others were read
        ("read", "1.json"),
        *begun,
        ("read", "demo.json"),
        *rehearsed(probe, other, "state"),
        ("is_directory", "demo.history"),
        *rehearsed(".0.json.token11.tmp", ".0.json.token12.tmp", "demo.history"),
        *replaced(".demo.json.token13.tmp", "demo.json", "state"),  # by what it is
        *begun,
        ("create", ".demo.json.token14.tmp"),
        ("write", ".demo.json.token14.tmp"),  # which state it belongs to
        ("sync", ".demo.json.token14.tmp"),
        ("rename", JOURNAL),
        ("sync_directory", "state"),
        *begun,
        *record,
        ("send", STOP),
        *record,
        *begun,
        *record,
        ("send", START),
        *record,
        *begun,
        ("read", "demo.json"),  # nobody else wrote it
        ("aliases", "demo.json"),
        *replaced(new, "demo.json", "state"),
        ("is_directory", "demo.history"),
        *replaced(copy, "2.json", "demo.history"),
        ("listing", "demo.history"),
        ("listing", "state"),  # for what a run that died left half written
        ("close", JOURNAL),
        ("remove", JOURNAL),
        ("sync_directory", "state"),
        ("close", "demo.lock"),
    ]


def replaced(new: str, name: str, directory: str) -> list[tuple[str, str]]:
    written = [(operation, new) for operation in ("create", "write", "sync", "close")]
    return [*written, ("rename", name), ("sync_directory", directory)]


def rehearsed(one: str, other: str, directory: str) -> list[tuple[str, str]]:
    empty = [(operation, other) for operation in ("create", "sync", "close")]
    return [*empty, *replaced(one, other, directory), ("remove", other)]


def test_the_state_is_for_the_owner_only_and_the_journal_is_gone(machine: Machine) -> None:
    machine.apply(AFTER)
    assert machine.disk.modes[PATH] == 0o600
    assert {path.name for path in machine.disk.names} == {"demo.json", "demo.lock", "1.json", "2.json"}


def test_no_secret_reaches_the_disk(machine: Machine) -> None:
    seen: list[bytes] = []
    send = machine.cloud.send

    def look(call: Call, body: dict[str, Any]) -> dict[str, Any]:
        seen.extend(bytes(content.data) for content in machine.disk.names.values())
        return send(call, body)

    machine.cloud.send = look
    machine.apply(AFTER)
    seen.extend(bytes(content.data) for content in machine.disk.names.values())
    bodies = json.dumps([body for _, body in machine.cloud.calls])
    assert "txSecret=" in bodies
    for text in seen:
        assert b"canary" not in text and b"txSecret" not in text and b'UserSig":"' not in text


def test_serial_rises_by_one_and_the_lineage_stays(machine: Machine) -> None:
    before = machine.state()
    machine.apply(AFTER)
    after = machine.state()
    assert (after.serial, after.lineage) == (before.serial + 1, before.lineage) == (2, LINEAGE)


def test_nothing_to_do_writes_nothing(machine: Machine) -> None:
    text = machine.disk.text(PATH)
    assert machine.apply(BEFORE) == []
    assert machine.disk.text(PATH) == text and machine.sent() == []


def test_what_is_recorded_of_a_start(machine: Machine) -> None:
    machine.apply(AFTER)
    data = json.loads(machine.disk.text(PATH))["resources"]["MixStream/new"]
    assert data["taskId"] in machine.cloud.tasks
    assert data["startedAt"].startswith("2027-01-15T")
    assert {"pending", "attempted", "sequenceNumber", "signed"} & data.keys() == set()


def test_the_state_is_locked_while_it_is_held(machine: Machine) -> None:
    with (
        machine.backend().hold(Owner("demo"), {"pid": 7, "host": "h", "command": "apply", "since": "then"}),
        pytest.raises(LockedError, match=r"process 7 on h \(apply, since then\)"),
        machine.backend().hold(Owner("demo"), {}),
    ):
        raise AssertionError("held twice")


# Calls that fail

NEW_ONE = BEFORE + "---" + stream("new", 4)
FAILURES: dict[str, tuple[CloudError, Result]] = {
    "refused": (Refused("no", code="InvalidParameter"), Result.FAILED),
    "the account": (AccountRefused("no", code="UnauthorizedOperation"), Result.FAILED),
    "not sent": (NoCapacity("full", code="LimitExceeded"), Result.FAILED),
    "no answer": (OutcomeUnknown("silence", code="no-answer"), Result.UNCERTAIN),
}


@pytest.mark.parametrize(("error", "result"), FAILURES.values(), ids=FAILURES)
def test_a_call_that_fails_stops_nothing_else(machine: Machine, error: CloudError, result: Result) -> None:
    machine.cloud.script[FORBID] = [error]
    results = machine.results(AFTER)
    assert results.pop(LIVE) is result
    assert set(results.values()) == {Result.DONE}
    assert machine.results(AFTER) == {LIVE: Result.DONE}
    settled(machine)


@pytest.mark.parametrize("action", [START, UPDATE, STOP, FORBID])
@pytest.mark.parametrize(
    "ends_in", [*(error for error, _ in FAILURES.values()), "lost"], ids=[*FAILURES, "lost"]
)
def test_whatever_a_call_ends_in_the_next_applies_settle_it(
    machine: Machine, action: str, ends_in: CloudError | str
) -> None:
    machine.cloud.script[action] = [ends_in]
    machine.apply(AFTER)
    everything_is_known(machine)
    machine.apply(AFTER)
    settled(machine)


def test_a_start_that_tells_no_task_id_is_uncertain(machine: Machine) -> None:
    machine.cloud._start = lambda body: {"RequestId": "r"}
    (ending,) = machine.apply(NEW_ONE)
    assert ending.result is Result.UNCERTAIN
    assert machine.state().entries[NEW].status is Status.UNCERTAIN


def test_an_update_of_what_has_ended_records_that(machine: Machine) -> None:
    machine.cloud.tasks.clear()
    (ending,) = machine.apply(edited(BEFORE, {"live/side": "live/side-2"}))
    assert (ending.result, type(ending.error)) == (Result.FAILED, Gone)
    entry = machine.state().entries[SIDE]
    assert (entry.status, entry.task_id) == (Status.ENDED, None)


def test_stopping_what_has_ended_is_done(machine: Machine) -> None:
    machine.cloud.tasks.clear()
    results = machine.results(
        edited(BEFORE, {"kind: LiveStream": "kind: LiveStream", "room: 2": "room: 2\n  state: stopped"})
    )
    assert results == {SIDE: Result.DONE}
    assert SIDE not in machine.state().entries


def test_a_refused_update_uses_its_number_up(machine: Machine) -> None:
    text = edited(BEFORE, {"live/side": "live/side-2"})
    machine.cloud.script[UPDATE] = [Refused("no", code="InvalidParameter"), NoCapacity("full", code="x")]
    for number in (1, 2, 2):
        machine.apply(text)
        assert machine.cloud.calls[-1][1]["SequenceNumber"] == number


def test_the_number_is_on_the_disk_before_the_call(machine: Machine) -> None:
    seen: list[Any] = []

    def look(call: Call, body: dict[str, Any]) -> dict[str, Any]:
        seen.append(machine.disk.after_power_cut().text(PATH.with_suffix(".journal")).splitlines()[-1])
        return {}

    machine.cloud.send = look
    machine.apply(edited(BEFORE, {"live/side": "live/side-2"}))
    (line,) = map(json.loads, seen)
    assert (line["type"], line["action"], line["entry"]["sequenceNumber"]) == ("intent", UPDATE, 1)


def test_a_missing_secret_fails_before_anything_is_sent(machine: Machine) -> None:
    (ending,) = machine.apply(edited(BEFORE, {"live/side": "live/side, auth: {key: {env: STREAM_NONE}}"}))
    assert ending.result is Result.FAILED and "STREAM_NONE" in str(ending.error)
    assert machine.sent() == [] and machine.plan(BEFORE).changes == ()


# Order, and what ends a run

CHAIN = edited(
    BEFORE, {"live/hall, auth": "live/x, auth", "live/side": "live/hall", "live/gone": "live/side"}
)


def test_what_must_come_first_does(machine: Machine) -> None:
    assert [change.address for change in machine.plan(CHAIN).changes] == [HALL, SIDE, GONE]
    machine.apply(CHAIN)
    pushes = [body["PublishCdnParams"][0]["PublishCdnUrl"].split("?")[0] for _, body in machine.cloud.calls]
    assert pushes == [f"rtmp://push.example/live/{name}" for name in ("x", "hall", "side")]


def test_a_failure_skips_only_what_waits_for_it(machine: Machine) -> None:
    machine.cloud.script[UPDATE] = [Refused("no", code="InvalidParameter")]
    text = edited(CHAIN, {"state: allowed": "state: forbidden"})
    endings = {ending.change.address: ending for ending in machine.apply(text)}
    assert {address: ending.result for address, ending in endings.items()} == {
        HALL: Result.FAILED,
        SIDE: Result.SKIPPED,
        GONE: Result.SKIPPED,
        LIVE: Result.DONE,
    }
    assert "waits for MixStream/hall" in str(endings[SIDE].error)
    assert sorted(machine.sent()) == [FORBID, UPDATE]


@pytest.mark.parametrize("number", range(1, 4))
def test_refused_credentials_end_the_run(machine: Machine, number: int) -> None:
    machine.cloud.script[UPDATE] = [None] * (number - 1) + [CredentialsRefused("no", code="AuthFailure")]
    results = list(machine.results(CHAIN).values())
    assert results == [Result.DONE] * (number - 1) + [Result.FAILED] + [Result.SKIPPED] * (3 - number)
    assert len(machine.sent()) == number


def test_refused_credentials_end_the_run_for_what_waits_for_nothing(machine: Machine) -> None:
    machine.cloud.script[FORBID] = [CredentialsRefused("no", code="AuthFailure")]
    results = machine.results(AFTER)
    assert machine.sent() == [FORBID]
    assert results.pop(LIVE) is Result.FAILED and set(results.values()) == {Result.SKIPPED}


@pytest.mark.parametrize("calls", range(6))
def test_an_interruption_begins_nothing_new(machine: Machine, calls: int) -> None:
    machine.stop_after = calls
    results = machine.results(AFTER)
    assert len(machine.sent()) == calls
    done = sum(result is Result.DONE for result in results.values())
    assert calls - 1 <= done + (Result.FAILED in results.values()) <= calls
    everything_is_known(machine)
    machine.stop_after = None
    machine.apply(AFTER)
    settled(machine)


def test_every_ending_is_told_as_it_comes(machine: Machine) -> None:
    told: list[Address] = []
    plan = machine.plan(AFTER)
    tools = machine.tools(lambda record: None)
    told_tools = Tools(
        tools.send,
        tools.resolve,
        tools.append,
        tools.clock,
        tools.executor,
        tools.interrupted,
        lambda ending: told.append(ending.change.address),
    )
    _, endings = apply_plan(plan, machine.state().entries, told_tools)
    assert sorted(told) == sorted(ending.change.address for ending in endings)
    assert [ending.change.address for ending in endings] == [change.address for change in plan.changes]


# Disks that fail

DISKS: dict[str, dict[str, bool | int]] = {
    "once": {},
    "once, half written": {"half": True},
    "from then on": {"lasting": True},
    "from then on, half written": {"lasting": True, "half": True},
}
DISK_CASES = [
    pytest.param(how, id=name, marks=[pytest.mark.slow] if how else []) for name, how in DISKS.items()
]


def _housekeeping() -> range:
    """Where, in the log of an apply, copies are kept and leftovers removed: the state is written by then."""
    machine = FIRST.copy()
    machine.apply(AFTER)
    renamed = machine.disk.log.index(("rename", "demo.json"), machine.disk.log.index(("send", START)))
    first = machine.disk.log.index(("is_directory", "demo.history"), renamed)
    return range(first, machine.disk.log.index(("close", JOURNAL)))


HOUSEKEEPING = _housekeeping()


@pytest.mark.parametrize("how", DISK_CASES)
def test_a_failed_write_is_a_state_error_and_sends_nothing_more(how: Mapping[str, bool | int]) -> None:
    for number, machine, error in failing(**how):
        log = machine.disk.log
        failed = [operation for operation, _ in log].index("failed")
        assert "send" not in [operation for operation, _ in log[failed:]], number
        if log[failed - 1] == ("close", "demo.lock"):
            assert error is None  # everything is done, and the lock goes with the process
            settled(machine)
        elif failed - 1 in HOUSEKEEPING and not how.get("lasting"):
            assert error is None and "copies of the state" in "".join(machine.notices)
            settled(machine)
        else:
            assert isinstance(error, StateError), number


@pytest.mark.parametrize("how", DISK_CASES)
def test_a_failed_write_tells_every_task_that_runs(how: Mapping[str, bool | int]) -> None:
    for number, machine, error in failing(**how):
        if error is not None and machine.carried is not None:
            assert machine.carried.disk_failed
            told = {entry.task_id for entry in machine.carried.entries.values()}
            assert told >= set(machine.cloud.tasks), number


@pytest.mark.parametrize("operation", ["write", "sync"])
def test_nothing_more_goes_to_a_file_after_a_failed_write(operation: str) -> None:
    for _, machine, _ in failing():
        log = machine.disk.log
        failed = [name for name, _ in log].index("failed")
        if log[failed - 1][0] in ("write", "sync"):
            again = [(operation, log[failed][1])]
            assert [one for one in log[failed:] if one in again] == []


def test_every_failed_file_operation_says_what_to_do_next() -> None:
    silent = [machine.disk.log for _, machine, error in failing() if error is not None and not error.hint]
    assert [log[[name for name, _ in log].index("failed") - 1] for log in silent] == []


@pytest.mark.parametrize("how", DISK_CASES)
def test_after_a_failed_write_the_next_apply_settles_it(how: Mapping[str, bool | int]) -> None:
    for number, machine, _ in failing(**how):
        again = repaired(machine, machine.disk.copy())
        everything_is_known(again)
        assert {ending.error for ending in again.apply(AFTER)} <= {None}, number
        settled(again)


@pytest.mark.parametrize(
    "cut",
    [pytest.param(Disk.after_kill, marks=pytest.mark.slow), Disk.after_power_cut],
    ids=["killed", "power cut"],
)
@pytest.mark.parametrize(
    "half", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["before", "half way"]
)
def test_a_process_that_dies_at_any_operation_loses_no_start(cut: Callable[[Disk], Disk], half: bool) -> None:
    for machine in dying(FIRST, half):
        again = repaired(machine, cut(machine.disk))
        everything_is_known(again)
        assert {ending.error for ending in again.apply(AFTER)} <= {None}
        settled(again)


# Several attempts of one call


def attempts(machine: Machine, number: int, error: BaseException) -> Callable[..., dict[str, Any]]:
    """A sender that tries so often, ten seconds apart, and then fails."""

    def send(call: Call, body: dict[str, Any], before: Callable[[], None]) -> dict[str, Any]:
        for _ in range(number):
            machine.now += 10
            before()
        raise error

    return send


def test_a_doubt_counts_from_the_last_attempt(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    began = machine.now
    monkeypatch.setattr(machine, "send", attempts(machine, 3, OutcomeUnknown("lost", code="no-answer")))
    machine.apply(BEFORE + "---" + stream("new", 9))
    pending = machine.state().entries[NEW].pending
    assert pending is not None
    assert datetime.fromisoformat(pending.at).timestamp() == began + 30


def test_a_run_that_dies_between_attempts_doubts_the_last(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = machine.now
    monkeypatch.setattr(machine, "send", attempts(machine, 3, Killed()))
    with pytest.raises(Killed):
        machine.apply(BEFORE + "---" + stream("new", 9))
    pending = machine.state().entries[NEW].pending
    assert pending is not None
    assert datetime.fromisoformat(pending.at).timestamp() == began + 30


def test_an_attempt_that_cannot_be_journalled_leaves_the_one_before_it_in_doubt(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(call: Call, body: dict[str, Any], before: Callable[[], None]) -> dict[str, Any]:
        before()
        raise StateError("the disk is full")

    monkeypatch.setattr(machine, "send", send)
    with contextlib.suppress(StateError):
        machine.apply(BEFORE + "---" + stream("new", 9))
    assert machine.state().entries[NEW].status is Status.UNCERTAIN
