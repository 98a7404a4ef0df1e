"""Whole applies in one thread on a virtual clock: what is sent and recorded, and when, whatever fails."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from reconciler.applier import Ending, Result, Tools, apply_plan
from reconciler.backends.local import LocalBackend
from reconciler.cloud.redact import Redactor
from reconciler.cloud.resolve import SecretResolver
from reconciler.cloud.secret_files import SecretDirectory
from reconciler.cloud.secrets import Vault
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
    Superseded,
)
from reconciler.model import Address, Call, Status
from reconciler.plan import Plan
from reconciler.planner import make_plan
from reconciler.state import State

from .disk import Disk, Killed
from .support import LINEAGE, edited, loaded

PATH = Path("/state/demo.json")
JOURNAL = "demo.journal"
HALL, SIDE = Address("MixStream", "hall"), Address("MixStream", "side")
GONE, NEW = Address("MixStream", "gone"), Address("MixStream", "new")
LIVE = Address("LiveStream", "hall")
START, UPDATE, STOP = "StartPublishCdnStream", "UpdatePublishCdnStream", "StopPublishCdnStream"
FORBID, RESUME = "ForbidLiveStream", "ResumeLiveStream"


def stream(name: str, room: int, extra: str = "") -> str:
    return f"""
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: {name}}}
spec:
  room: {room}
  publish: [{{url: rtmp://push.example/live/{name}{extra}}}]
"""


SWITCH = """
apiVersion: reconciler/v1
kind: LiveStream
metadata: {name: hall}
spec: {state: allowed, domainName: live.example, streamName: hall}
"""
BEFORE = "---".join(
    [stream("hall", 1, ", auth: {key: {env: STREAM_KEY}}"), stream("side", 2), stream("gone", 3), SWITCH]
)
# One of each: hall is updated, side replaced, gone stopped, new started, the switch set.
AFTER = edited(
    BEFORE,
    {
        "live/hall, auth": "live/hall-2, auth",
        "room: 2": "room: 22",
        "name: gone": "name: new",
        "room: 3": "room: 4",
        "live/gone": "live/new",
        "state: allowed": "state: forbidden",
    },
)


class Inline(Executor):
    """Runs what is submitted at once, in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@dataclass
class Cloud:
    """Tasks by ID with what is in force; `script` has, for an action, what its next calls end in.

    None lets a call through, "lost" lets it happen without an answer, an error is raised instead.
    """

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)
    script: dict[str, list[CloudError | str | None]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    started: int = 0

    def copy(self) -> "Cloud":
        return Cloud(
            {key: dict(task) for key, task in self.tasks.items()}, dict(self.live), started=self.started
        )

    def send(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        name = call.action.name
        self.calls.append((name, body))
        ends_in = (self.script.get(name) or [None]).pop(0)
        if isinstance(ends_in, CloudError):
            raise ends_in
        answer = self._answer(name, body)
        if ends_in == "lost":
            raise OutcomeUnknown("no answer", code="no-answer")
        return answer

    def _answer(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        if name in (FORBID, RESUME):
            self.live[body["StreamName"]] = name
        elif name == START:
            return self._start(body)
        elif body["TaskId"] not in self.tasks:
            raise Gone("gone", code="ResourceNotFound")
        elif name == STOP:
            del self.tasks[body["TaskId"]]
        else:
            self._update(body)
        return {}

    def _start(self, body: dict[str, Any]) -> dict[str, Any]:
        robot = (body["RoomId"], body["AgentParams"]["UserId"])
        self.tasks = {key: task for key, task in self.tasks.items() if task["robot"] != robot}
        self.started += 1
        task_id = f"task-{self.started}"
        self.tasks[task_id] = {"robot": robot, "sequence": 0, "publish": body["PublishCdnParams"]}
        return {"TaskId": task_id}

    def _update(self, body: dict[str, Any]) -> None:
        task = self.tasks[body["TaskId"]]
        if body["SequenceNumber"] <= task["sequence"]:
            raise Superseded("outdated", code="FailedOperation.RequestOutdated")
        task["sequence"], task["publish"] = body["SequenceNumber"], body["PublishCdnParams"]


@dataclass
class Machine:
    """One computer with its disk, one account with its cloud; `apply` does what the command does."""

    disk: Disk = field(default_factory=Disk)
    cloud: Cloud = field(default_factory=Cloud)
    now: float = 1_800_000_000.0
    stop_after: int | None = None
    tokens: Iterator[int] = field(default_factory=count)

    def copy(self) -> "Machine":
        return Machine(self.disk.copy(), self.cloud.copy(), self.now, tokens=self.tokens)

    def backend(self) -> LocalBackend:
        return LocalBackend(PATH, self.disk, lambda: f"token{next(self.tokens)}")

    def state(self) -> State:
        return self.backend().load("demo")

    def plan(self, text: str) -> Plan:
        workspace = loaded(text)
        return make_plan(workspace.settings, workspace.resources, self.state(), {})

    def apply(self, text: str, plan: Plan | None = None) -> list[Ending]:
        workspace = loaded(text)
        with self.backend().hold("demo", {"pid": 1, "host": "h", "command": "apply", "since": "now"}) as held:
            self.disk.armed = True
            plan = plan or make_plan(workspace.settings, workspace.resources, held.state, {})
            held.recover()
            if not plan.changes:
                self.disk.armed = False
                return []
            held.begin("run", "2026-11-21T10:00:00Z", LINEAGE)
            entries, endings = apply_plan(plan, held.state.entries, self.tools(held.append))
            held.commit(State(held.state.lineage, held.state.serial, entries))
            self.disk.armed = False
        return endings

    def tools(self, append: Callable[[Any], None]) -> Tools:
        environ = {"TRTC_SECRET_KEY": "canary-trtc", "STREAM_KEY": "canary-push"}
        vault = Vault(environ, frozenset(), SecretDirectory(None).read, Redactor(), None)
        return Tools(
            send=self.send,
            resolve=SecretResolver(vault, lambda: self.now).resolve_request,
            append=append,
            clock=lambda: self.now,
            executor=Inline(),
            interrupted=lambda: self.stop_after is not None and len(self.cloud.calls) >= self.stop_after,
        )

    def send(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        self.now += 1
        self.disk.log.append(("send", call.action.name))
        return self.cloud.send(call, body)

    def results(self, text: str) -> dict[Address, Result]:
        return {ending.change.address: ending.result for ending in self.apply(text)}

    def sent(self) -> list[str]:
        return [name for name, _ in self.cloud.calls]


def fresh() -> Machine:
    """A machine on which BEFORE was applied."""
    machine = Machine()
    endings = machine.apply(BEFORE)
    assert {ending.result for ending in endings} == {Result.DONE}
    return machine.copy()


@pytest.fixture
def machine() -> Machine:
    return fresh()


# What an apply does when nothing goes wrong


def test_everything_is_done_and_the_next_plan_is_empty(machine: Machine) -> None:
    assert set(machine.results(AFTER).values()) == {Result.DONE}
    assert sorted(machine.sent()) == sorted([UPDATE, STOP, START, STOP, START, FORBID])
    assert machine.plan(AFTER).changes == ()
    settled(machine)


def settled(machine: Machine, text: str = AFTER) -> None:
    """What runs is what is recorded, once each, and it is what the manifests say."""
    state = machine.state()
    recorded = {entry.task_id for entry in state.entries.values() if entry.task_id is not None}
    assert recorded == set(machine.cloud.tasks)
    wanted = {resource.address: resource for resource in loaded(text).resources}
    assert state.entries.keys() == wanted.keys()
    for address, entry in state.entries.items():
        assert (entry.status, entry.spec) == (wanted[address].wanted, wanted[address].spec)
        assert entry.pending is None and entry.attempted is None
    assert machine.plan(text).changes == ()


def test_intent_before_and_outcome_after_each_call(machine: Machine) -> None:
    machine.disk.log.clear()
    machine.tokens = count(7)
    machine.apply(edited(BEFORE, {"room: 2": "room: 22"}))
    record = [("write", JOURNAL), ("sync", JOURNAL)]
    assert machine.disk.log == [
        ("make_directory", "state"),
        ("lock", "demo.lock"),
        ("truncate", "demo.lock"),
        ("write", "demo.lock"),
        ("read", "demo.json"),
        ("read", JOURNAL),
        ("open_append", JOURNAL),
        ("sync_directory", "state"),
        *record,  # which state it belongs to
        *record,
        ("send", STOP),
        *record,
        *record,
        ("send", START),
        *record,
        ("create", ".demo.json.token7"),
        ("write", ".demo.json.token7"),
        ("sync", ".demo.json.token7"),
        ("close", ".demo.json.token7"),
        ("rename", "demo.json"),
        ("sync_directory", "state"),
        ("close", JOURNAL),
        ("remove", JOURNAL),
        ("sync_directory", "state"),
        ("close", "demo.lock"),
    ]


def test_the_state_is_for_the_owner_only_and_the_journal_is_gone(machine: Machine) -> None:
    machine.apply(AFTER)
    assert machine.disk.modes[PATH] == 0o600
    assert {path.name for path in machine.disk.names} == {"demo.json", "demo.lock"}


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
        machine.backend().hold("demo", {"pid": 7, "host": "h", "command": "apply", "since": "then"}),
        pytest.raises(LockedError, match=r"process 7 on h \(apply, since then\)"),
        machine.backend().hold("demo", {}),
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


def everything_is_known(machine: Machine) -> None:
    """Each task that runs is recorded by its TaskId, or something is recorded as uncertain for its room."""
    known = machine.state().entries.values()
    task_ids = {entry.task_id for entry in known}
    in_doubt = {
        str(entry.spec["room"])
        for entry in known
        if entry.status is Status.UNCERTAIN and "room" in entry.spec
    }
    for task_id, task in machine.cloud.tasks.items():
        assert task_id in task_ids or task["robot"][0] in in_doubt, (task_id, task)


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

FIRST, SECOND = fresh(), AFTER
DISKS: dict[str, dict[str, bool]] = {
    "once": {},
    "once, half written": {"half": True},
    "from then on": {"lasting": True},
    "from then on, half written": {"lasting": True, "half": True},
}


def failing(**how: bool) -> Iterator[tuple[int, Machine, ReconcilerError | None]]:
    """An apply for every operation that can fail, until none does; with the error it ended in."""
    number = 0
    while True:
        number += 1
        machine = FIRST.copy()
        machine.disk.fail_at = number
        for name, value in how.items():
            setattr(machine.disk, name, value)
        error: ReconcilerError | None = None
        try:
            errors = [ending.error for ending in machine.apply(AFTER) if ending.error is not None]
            error = next((one for one in errors if isinstance(one, StateError)), None)
        except StateError as raised:
            error = raised
        if not machine.disk.failed:
            assert number > 30 and error is None
            return
        yield number, machine, error


def repaired(machine: Machine, disk: Disk) -> Machine:
    return Machine(disk, machine.cloud, machine.now, tokens=machine.tokens)


@pytest.mark.parametrize("how", DISKS.values(), ids=DISKS)
def test_a_failed_write_is_a_state_error_and_sends_nothing_more(how: Mapping[str, bool]) -> None:
    for number, machine, error in failing(**how):
        assert isinstance(error, StateError), number
        assert error.hint, number
        log = machine.disk.log
        assert not [name for name, _ in log[log.index(("failed", failed_name(log))) :] if name == "send"], (
            number
        )


def failed_name(log: list[tuple[str, str]]) -> str:
    return next(name for operation, name in log if operation == "failed")


@pytest.mark.parametrize("how", DISKS.values(), ids=DISKS)
def test_after_a_failed_write_the_next_applies_converge(how: Mapping[str, bool]) -> None:
    for _, machine, _ in failing(**how):
        again = repaired(machine, machine.disk.copy())
        while again.plan(AFTER).changes:
            assert len(again.cloud.calls) < 40
            again.apply(AFTER)
        settled(again)


@pytest.mark.parametrize("cut", [Disk.after_kill, Disk.after_power_cut], ids=["killed", "power cut"])
@pytest.mark.parametrize("half", [False, True], ids=["before", "half way"])
def test_a_process_that_dies_at_any_operation_loses_no_start(cut: Callable[[Disk], Disk], half: bool) -> None:
    number = 0
    while True:
        number += 1
        machine = FIRST.copy()
        machine.disk.durable = dict(machine.disk.names)
        machine.disk.fail_at, machine.disk.half, machine.disk.kills = number, half, True
        try:
            machine.apply(AFTER)
            assert number > 30
            return
        except Killed:
            again = repaired(machine, cut(machine.disk))
        everything_is_known(again)
        again.apply(AFTER)
        settled(again)
