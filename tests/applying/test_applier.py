"""Whole applies in one thread on a virtual clock: what is sent and recorded, and when, whatever fails."""

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

import pytest

from reconciler.applying.results import Result
from reconciler.applying.scheduler import apply_plan
from reconciler.applying.tools import Tools
from reconciler.calls import Before, Call
from reconciler.errors import (
    AccountRefused,
    CloudError,
    CredentialsRefused,
    Gone,
    LockedError,
    NoCapacity,
    OutcomeUnknown,
    ReconcilerError,
    Refused,
    StateError,
)
from reconciler.model import Address, Status
from reconciler.state.model import Owner

from ..disk import Disk, Killed
from ..fake_host import (
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
    FakeHost,
    dying,
    everything_is_known,
    failing,
    fresh,
    repaired,
    settled,
    stream,
)
from ..support import LINEAGE, edited


@pytest.fixture
def host() -> FakeHost:
    return fresh()


# What an apply does when nothing goes wrong


def test_everything_is_done_and_the_next_plan_is_empty(host: FakeHost) -> None:
    assert set(host.results(AFTER).values()) == {Result.DONE}
    assert sorted(host.sent()) == sorted([UPDATE, STOP, START, STOP, START, FORBID])
    assert host.plan(AFTER).changes == ()
    settled(host)


def test_intent_before_and_outcome_after_each_call(host: FakeHost) -> None:
    host.disk.log.clear()
    host.tokens = count(7)
    host.apply(edited(BEFORE, {"room: 2": "room: 22"}))
    begun, record = [("holds", "demo.lock")], [("write", JOURNAL), ("sync", JOURNAL)]
    probe, other = ".demo.json.token9.tmp", ".demo.json.token10.tmp"
    new, copy = ".demo.json.token15.tmp", ".2.json.gz.token16.tmp"
    assert host.disk.log == [
        ("is_directory", "state"),
        ("lock", "demo.lock"),
        ("truncate", "demo.lock"),
        ("write", "demo.lock"),
        ("aliases", "demo.json"),  # no other name leads to it
        ("read", "demo.json"),
        ("read", JOURNAL),
        ("listing", "demo.history"),
        ("read", "demo.json"),  # unchanged while the others were read
        ("read", "1.json.gz"),
        *begun,
        ("read", "demo.json"),
        *rehearsed(probe, other, "state"),
        ("is_directory", "demo.history"),
        *rehearsed(".0.json.gz.token11.tmp", ".0.json.gz.token12.tmp", "demo.history"),
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
        *replaced(copy, "2.json.gz", "demo.history"),
        ("listing", "demo.history"),
        ("listing", "state"),  # for what a run that died left half written
        ("is_directory", "demo.runs"),  # what is kept of the run
        *replaced(".0-1-2-run7.jsonl.token17.tmp", "0-1-2-run7.jsonl", "demo.runs"),
        ("listing", "demo.runs"),  # for those that are too many or too old,
        ("listing", "demo.runs"),  # and what a run that died left half written
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


def test_the_state_is_for_the_owner_only_and_the_journal_is_gone(host: FakeHost) -> None:
    host.apply(AFTER)
    assert host.disk.modes[PATH] == 0o600
    names = {path.name for path in host.disk.names if path.parent.name != "demo.runs"}
    assert names == {"demo.json", "demo.lock", "1.json.gz", "2.json.gz"}
    kept = [path for path in host.disk.names if path.parent.name == "demo.runs"]
    assert len(kept) == 2 and {host.disk.modes[path] for path in kept[1:]} == {0o600}


def test_no_secret_reaches_the_disk(host: FakeHost) -> None:
    seen: list[bytes] = []
    send = host.cloud.send

    def look(call: Call, body: dict[str, Any]) -> dict[str, Any]:
        seen.extend(bytes(content.data) for content in host.disk.names.values())
        return send(call, body)

    host.cloud.send = look
    host.apply(AFTER)
    seen.extend(bytes(content.data) for content in host.disk.names.values())
    bodies = json.dumps([body for _, body in host.cloud.calls])
    assert "txSecret=" in bodies
    for text in seen:
        assert b"canary" not in text and b"txSecret" not in text and b'UserSig":"' not in text


def test_serial_rises_by_one_and_the_lineage_stays(host: FakeHost) -> None:
    before = host.state()
    host.apply(AFTER)
    after = host.state()
    assert (after.serial, after.lineage) == (before.serial + 1, before.lineage) == (2, LINEAGE)


def test_nothing_to_do_writes_nothing(host: FakeHost) -> None:
    text = host.disk.text(PATH)
    assert host.apply(BEFORE) == []
    assert host.disk.text(PATH) == text and host.sent() == []


def test_what_is_recorded_of_a_start(host: FakeHost) -> None:
    host.apply(AFTER)
    data = json.loads(host.disk.text(PATH))["resources"]["MixStream/new"]
    assert data["taskId"] in host.cloud.task_ids()
    assert data["startedAt"].startswith("2027-01-15T")
    assert {"pending", "attempted", "sequenceNumber", "signed"} & data.keys() == set()


def test_the_state_is_locked_while_it_is_held(host: FakeHost) -> None:
    with (
        host.backend().hold(Owner("demo"), {"pid": 7, "host": "h", "command": "apply", "since": "then"}),
        pytest.raises(LockedError, match=r"process 7 on h \(apply, since then\)"),
        host.backend().hold(Owner("demo"), {}),
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
def test_a_call_that_fails_stops_nothing_else(host: FakeHost, error: CloudError, result: Result) -> None:
    host.cloud.script[FORBID] = [error]
    results = host.results(AFTER)
    assert results.pop(LIVE) is result
    assert set(results.values()) == {Result.DONE}
    assert host.results(AFTER) == {LIVE: Result.DONE}
    settled(host)


@pytest.mark.parametrize("action", [START, UPDATE, STOP, FORBID])
@pytest.mark.parametrize(
    "ends_in", [*(error for error, _ in FAILURES.values()), "lost"], ids=[*FAILURES, "lost"]
)
def test_whatever_a_call_ends_in_the_next_applies_settle_it(
    host: FakeHost, action: str, ends_in: CloudError | str
) -> None:
    host.cloud.script[action] = [ends_in]
    host.apply(AFTER)
    everything_is_known(host)
    host.apply(AFTER)
    settled(host)


def test_a_start_that_tells_no_task_id_is_uncertain(host: FakeHost) -> None:
    host.cloud.serve = lambda action, region, params: {"RequestId": "r"}
    (ending,) = host.apply(NEW_ONE)
    assert ending.result is Result.UNCERTAIN
    assert host.state().entries[NEW].status is Status.UNCERTAIN


def test_an_update_of_what_has_ended_records_that(host: FakeHost) -> None:
    host.cloud.tasks.clear()
    (ending,) = host.apply(edited(BEFORE, {"live/side": "live/side-2"}))
    assert (ending.result, type(ending.error)) == (Result.FAILED, Gone)
    entry = host.state().entries[SIDE]
    assert (entry.status, entry.task_id) == (Status.ENDED, None)


def test_stopping_what_has_ended_is_done(host: FakeHost) -> None:
    host.cloud.tasks.clear()
    results = host.results(
        edited(BEFORE, {"kind: LiveStream": "kind: LiveStream", "room: 2": "room: 2\n  state: stopped"})
    )
    assert results == {SIDE: Result.DONE}
    assert SIDE not in host.state().entries


def test_a_refused_update_uses_its_number_up(host: FakeHost) -> None:
    text = edited(BEFORE, {"live/side": "live/side-2"})
    host.cloud.script[UPDATE] = [Refused("no", code="InvalidParameter"), NoCapacity("full", code="x")]
    for number in (1, 2, 2):
        host.apply(text)
        assert host.cloud.calls[-1][1]["SequenceNumber"] == number


def test_the_number_is_on_the_disk_before_the_call(host: FakeHost) -> None:
    seen: list[Any] = []

    def look(call: Call, body: dict[str, Any]) -> dict[str, Any]:
        seen.append(host.disk.after_power_cut().text(PATH.with_suffix(".journal")).splitlines()[-1])
        return {}

    host.cloud.send = look
    host.apply(edited(BEFORE, {"live/side": "live/side-2"}))
    (line,) = map(json.loads, seen)
    assert (line["type"], line["action"], line["entry"]["sequenceNumber"]) == ("intent", UPDATE, 1)


def test_a_missing_secret_fails_before_anything_is_sent(host: FakeHost) -> None:
    (ending,) = host.apply(edited(BEFORE, {"live/side": "live/side, auth: {key: {env: STREAM_NONE}}"}))
    assert ending.result is Result.FAILED and "STREAM_NONE" in str(ending.error)
    assert host.sent() == [] and host.plan(BEFORE).changes == ()


# Order, and what ends a run

CHAIN = edited(
    BEFORE, {"live/hall, auth": "live/x, auth", "live/side": "live/hall", "live/gone": "live/side"}
)


def test_what_must_come_first_does(host: FakeHost) -> None:
    assert [change.address for change in host.plan(CHAIN).changes] == [HALL, SIDE, GONE]
    host.apply(CHAIN)
    pushes = [body["PublishCdnParams"][0]["PublishCdnUrl"].split("?")[0] for _, body in host.cloud.calls]
    assert pushes == [f"rtmp://push.example/live/{name}" for name in ("x", "hall", "side")]


def test_a_failure_skips_only_what_waits_for_it(host: FakeHost) -> None:
    host.cloud.script[UPDATE] = [Refused("no", code="InvalidParameter")]
    text = edited(CHAIN, {"state: allowed": "state: forbidden"})
    endings = {ending.change.address: ending for ending in host.apply(text)}
    assert {address: ending.result for address, ending in endings.items()} == {
        HALL: Result.FAILED,
        SIDE: Result.SKIPPED,
        GONE: Result.SKIPPED,
        LIVE: Result.DONE,
    }
    assert "waiting for MixStream/hall" in str(endings[SIDE].error)
    assert sorted(host.sent()) == [FORBID, UPDATE]


@pytest.mark.parametrize("number", range(1, 4))
def test_refused_credentials_end_the_run(host: FakeHost, number: int) -> None:
    host.cloud.script[UPDATE] = [None] * (number - 1) + [CredentialsRefused("no", code="AuthFailure")]
    results = list(host.results(CHAIN).values())
    assert results == [Result.DONE] * (number - 1) + [Result.FAILED] + [Result.SKIPPED] * (3 - number)
    assert len(host.sent()) == number


def test_refused_credentials_end_the_run_for_what_waits_for_nothing(host: FakeHost) -> None:
    host.cloud.script[FORBID] = [CredentialsRefused("no", code="AuthFailure")]
    results = host.results(AFTER)
    assert host.sent() == [FORBID]
    assert results.pop(LIVE) is Result.FAILED and set(results.values()) == {Result.SKIPPED}


@pytest.mark.parametrize("calls", range(6))
def test_an_interruption_begins_nothing_new(host: FakeHost, calls: int) -> None:
    host.stop_after = calls
    results = host.results(AFTER)
    assert len(host.sent()) == calls
    done = sum(result is Result.DONE for result in results.values())
    assert calls - 1 <= done + (Result.FAILED in results.values()) <= calls
    everything_is_known(host)
    host.stop_after = None
    host.apply(AFTER)
    settled(host)


def test_every_ending_is_told_as_it_comes(host: FakeHost) -> None:
    told: list[Address] = []
    plan = host.plan(AFTER)
    tools = host.tools(lambda record: None)
    told_tools = Tools(
        tools.send,
        tools.resolve,
        tools.append,
        tools.clock,
        tools.executor,
        tools.interrupted,
        lambda ending: told.append(ending.change.address),
    )
    _, endings = apply_plan(plan, host.state().entries, told_tools)
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


def failures(how: Mapping[str, bool | int]) -> list[tuple[int, FakeHost, ReconcilerError | None]]:
    """What came of an apply for every operation that can fail in this way; only to be looked at."""
    return _failures(tuple(how.items()))


@cache
def _failures(
    how: tuple[tuple[str, bool | int], ...],
) -> list[tuple[int, FakeHost, ReconcilerError | None]]:
    return list(failing(**dict(how)))


def _housekeeping() -> range:
    """Where, in the log of an apply, copies are kept and leftovers removed: the state is written by then."""
    host = FIRST.copy()
    host.apply(AFTER)
    renamed = host.disk.log.index(("rename", "demo.json"), host.disk.log.index(("send", START)))
    first = host.disk.log.index(("is_directory", "demo.history"), renamed)
    return range(first, host.disk.log.index(("close", JOURNAL)))


HOUSEKEEPING = _housekeeping()


@pytest.mark.slow
@pytest.mark.parametrize("how", DISK_CASES)
def test_a_failed_write_is_a_state_error_and_sends_nothing_more(how: Mapping[str, bool | int]) -> None:
    for number, host, error in failures(how):
        log = host.disk.log
        failed = [operation for operation, _ in log].index("failed")
        assert "send" not in [operation for operation, _ in log[failed:]], number
        if log[failed - 1] == ("close", "demo.lock"):
            assert error is None  # everything is done, and the lock goes with the process
            settled(host)
        elif failed - 1 in HOUSEKEEPING and not how.get("lasting"):
            told = "".join(host.notices)
            assert error is None and ("copies of the state" in told or "not in the history" in told)
            settled(host)
        else:
            assert isinstance(error, StateError), number


@pytest.mark.slow
@pytest.mark.parametrize("how", DISK_CASES)
def test_a_failed_write_tells_every_task_that_runs(how: Mapping[str, bool | int]) -> None:
    for number, host, error in failures(how):
        if error is not None and host.carried is not None:
            assert host.carried.disk_failed
            told = {entry.task_id for entry in host.carried.entries.values()}
            assert told >= host.cloud.task_ids(), number


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["write", "sync"])
def test_nothing_more_goes_to_a_file_after_a_failed_write(operation: str) -> None:
    for _, host, _ in failures({}):
        log = host.disk.log
        failed = [name for name, _ in log].index("failed")
        if log[failed - 1][0] in ("write", "sync"):
            again = [(operation, log[failed][1])]
            assert [one for one in log[failed:] if one in again] == []


def test_every_failed_file_operation_says_what_to_do_next() -> None:
    silent = [host.disk.log for _, host, error in failures({}) if error is not None and not error.hint]
    assert [log[[name for name, _ in log].index("failed") - 1] for log in silent] == []


@pytest.mark.slow
@pytest.mark.parametrize("how", DISK_CASES)
def test_after_a_failed_write_the_next_apply_settles_it(how: Mapping[str, bool | int]) -> None:
    for number, host, _ in failing(**how):
        again = repaired(host, host.disk.copy())
        everything_is_known(again)
        assert {ending.error for ending in again.apply(AFTER)} <= {None}, number
        settled(again)


@pytest.mark.slow
@pytest.mark.parametrize(
    "cut",
    [pytest.param(Disk.after_kill, marks=pytest.mark.slow), Disk.after_power_cut],
    ids=["killed", "power cut"],
)
@pytest.mark.parametrize(
    "half", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["before", "half way"]
)
def test_a_process_that_dies_at_any_operation_loses_no_start(cut: Callable[[Disk], Disk], half: bool) -> None:
    for host in dying(FIRST, half):
        again = repaired(host, cut(host.disk))
        everything_is_known(again)
        assert {ending.error for ending in again.apply(AFTER)} <= {None}
        settled(again)


# Several attempts of one call


def attempts(host: FakeHost, number: int, error: BaseException) -> Callable[..., dict[str, Any]]:
    """A sender that tries so often, ten seconds apart, and then fails."""

    def send(call: Call, body: dict[str, Any], before: Before) -> dict[str, Any]:
        for _ in range(number):
            host.now += 10
            before()
        raise error

    return send


def test_a_doubt_counts_from_the_last_attempt(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    began = host.now
    monkeypatch.setattr(host, "send", attempts(host, 3, OutcomeUnknown("lost", code="no-answer")))
    host.apply(BEFORE + "---" + stream("new", 9))
    pending = host.state().entries[NEW].pending
    assert pending is not None
    assert datetime.fromisoformat(pending.at).timestamp() == began + 30


def test_a_run_that_dies_between_attempts_doubts_the_last(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = host.now
    monkeypatch.setattr(host, "send", attempts(host, 3, Killed()))
    with pytest.raises(Killed):
        host.apply(BEFORE + "---" + stream("new", 9))
    pending = host.state().entries[NEW].pending
    assert pending is not None
    assert datetime.fromisoformat(pending.at).timestamp() == began + 30


def test_an_attempt_that_cannot_be_journalled_leaves_the_one_before_it_in_doubt(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(call: Call, body: dict[str, Any], before: Before) -> dict[str, Any]:
        before()
        raise StateError("the disk is full")

    monkeypatch.setattr(host, "send", send)
    with contextlib.suppress(StateError):
        host.apply(BEFORE + "---" + stream("new", 9))
    assert host.state().entries[NEW].status is Status.UNCERTAIN
