"""One computer with its disk and one account with its cloud: whole applies in one thread, whatever fails."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from reconciler.applying.results import ChangeResult, Result
from reconciler.applying.tools import Append, Tools
from reconciler.backends.local.backend import LocalBackend
from reconciler.calls import Before, Call, nothing_before
from reconciler.cloud.redact import Redactor
from reconciler.cloud.resolve import SecretResolver
from reconciler.cloud.secret_files import SecretDirectory
from reconciler.cloud.secrets import Vault
from reconciler.cloud.translate import ApiError, translate
from reconciler.errors import CloudError, OutcomeUnknown, ReconcilerError, StateError
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address, Status
from reconciler.plan.model import Plan
from reconciler.planning.planner import make_plan
from reconciler.running.run import Run, RunResult, execute_plan
from reconciler.state.model import Owner, State

from .disk import Disk, Killed
from .fake_cloud import Cloud as Account
from .fake_cloud import Denied
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
    """Runs what is submitted at once, in the caller's thread; a refusal is found in its future."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except CloudError as error:
            future.set_exception(error)
        return future


@dataclass
class Cloud(Account):
    """The fake cloud where the applier sends; `script` has, for an action, what its next calls end in.

    None lets a call through, "lost" lets it happen without an answer, an error is raised instead.
    """

    script: dict[str, list[CloudError | str | None]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def copy(self, numbers: Iterator[int] | None = None) -> "Cloud":
        account = super().copy(numbers or self.numbers)
        return Cloud(account.tasks, account.forbidden, account.numbers)

    def send(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        name = call.action.name
        self.calls.append((name, body))
        ends_in = (self.script.get(name) or [None]).pop(0)
        if isinstance(ends_in, CloudError):
            raise ends_in
        answer = self._answer(call, body)
        if ends_in == "lost":
            raise OutcomeUnknown("no answer", code="no-answer")
        return answer

    def _answer(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.serve(call.action.name, call.region, body)
        except Denied as refusal:
            raise translate(call.action, ApiError(str(refusal), "told by the cloud", "r"), str) from refusal


class Computer:
    """One computer with its disk; `apply` does what the command does, with the tools that it is given."""

    disk: Disk
    tokens: Iterator[int]
    carried: RunResult | None
    notices: list[str]

    def backend(self) -> LocalBackend:
        return LocalBackend(PATH, self.disk, lambda: f"token{next(self.tokens)}")

    def state(self) -> State:
        return self.backend().snapshot(Owner("demo")).state

    def plan(self, text: str) -> Plan:
        return self.planned(loaded(text), self.state())

    def planned(self, workspace: Workspace, state: State) -> Plan:
        """The plan for a state; a computer that has eyes looks at its cloud before."""
        return make_plan(workspace.settings, workspace.resources, state, {}, now=0)

    def apply(self, text: str, plan: Plan | None = None, nonce: str | None = None) -> list[ChangeResult]:
        return self.apply_all(loaded(text), plan, nonce)

    def apply_all(
        self, workspace: Workspace, plan: Plan | None = None, nonce: str | None = None
    ) -> list[ChangeResult]:
        self.disk.armed = True
        try:
            return self._apply(workspace, plan, nonce)
        finally:
            self.disk.armed = False

    def _apply(self, workspace: Workspace, plan: Plan | None, nonce: str | None) -> list[ChangeResult]:
        holder = {"pid": 1, "host": "h", "command": "apply", "since": "now"}
        with self.backend().hold(Owner("demo"), holder) as held:
            plan = plan or self.planned(workspace, held.state)
            if not plan.changes:
                held.recover()
                return []
            run = Run(f"run{next(self.tokens)}", "2026-11-21T10:00:00Z", LINEAGE, nonce)
            self.carried = execute_plan(plan, held, run, self.tools)
            self.notices = held.notices
        if self.carried.error is not None:
            raise self.carried.error
        return list(self.carried.results)

    def tools(self, append: Append) -> Tools:
        raise NotImplementedError

    def resolver(self, clock: Callable[[], float]) -> SecretResolver:
        environ = {"TRTC_SECRET_KEY": "canary-trtc", "STREAM_KEY": "canary-push"}
        vault = Vault(environ, frozenset(), SecretDirectory(None).read, Redactor(), None)
        return SecretResolver(vault, clock)


@dataclass
class FakeHost(Computer):
    """A computer and one account with its cloud."""

    disk: Disk = field(default_factory=Disk)
    cloud: Cloud = field(default_factory=Cloud)
    now: float = 1_800_000_000.0
    stop_after: int | None = None
    tokens: Iterator[int] = field(default_factory=count)
    carried: RunResult | None = None
    notices: list[str] = field(default_factory=list)

    def copy(self) -> "FakeHost":
        return FakeHost(self.disk.copy(), self.cloud.copy(), self.now, tokens=self.tokens)

    def tools(self, append: Append) -> Tools:
        return Tools(
            send=self.send,
            resolve=self.resolver(lambda: self.now).resolve_request,
            append=append,
            clock=lambda: self.now,
            executor=Inline(),
            interrupted=lambda: self.stop_after is not None and len(self.cloud.calls) >= self.stop_after,
        )

    def send(self, call: Call, body: dict[str, Any], before: Before = nothing_before) -> dict[str, Any]:
        self.now += 1
        before()
        self.disk.log.append(("send", call.action.name))
        return self.cloud.send(call, body)

    def results(self, text: str) -> dict[Address, Result]:
        return {ending.change.address: ending.result for ending in self.apply(text)}

    def sent(self) -> list[str]:
        return [name for name, _ in self.cloud.calls]


def fresh() -> FakeHost:
    """A machine on which BEFORE was applied."""
    host = FakeHost()
    endings = host.apply(BEFORE)
    assert {ending.result for ending in endings} == {Result.DONE}
    return host.copy()


def settled(host: FakeHost, text: str = AFTER) -> None:
    """What runs is what is recorded, once each, and it is what the manifests say."""
    state = host.state()
    recorded = {entry.task_id for entry in state.entries.values() if entry.task_id is not None}
    assert recorded == host.cloud.task_ids()
    wanted = {resource.address: resource for resource in loaded(text).resources}
    assert state.entries.keys() == wanted.keys()
    for address, entry in state.entries.items():
        assert (entry.status, entry.spec) == (wanted[address].wanted, wanted[address].spec)
        assert entry.pending is None and not entry.attempted
    assert host.plan(text).changes == ()


def everything_is_known(host: FakeHost, state: State | None = None) -> None:
    """Each task that runs is recorded by its TaskId, or something is recorded as uncertain for its room."""
    known = (state or host.state()).entries.values()
    task_ids = {entry.task_id for entry in known}
    in_doubt = {
        str(entry.spec["room"])
        for entry in known
        if entry.status is Status.UNCERTAIN and "room" in entry.spec
    }
    for task in host.cloud.running():
        assert task.id in task_ids or task.robots[0][1] in in_doubt, task


FIRST = fresh()


def failing(step: int = 1, **how: bool | int) -> Iterator[tuple[int, FakeHost, ReconcilerError | None]]:
    """An apply for every operation that can fail, until none does; with the error it ended in.

    With a step, for each so manieth operation.
    """
    for number in count(1, step):
        host = FIRST.copy()
        host.disk.fail_at = number
        for name, value in how.items():
            setattr(host.disk, name, value)
        error: ReconcilerError | None = None
        try:
            errors = [ending.error for ending in host.apply(AFTER) if ending.error is not None]
            error = next((one for one in errors if isinstance(one, StateError)), None)
        except StateError as raised:
            error = raised
        if not host.disk.failed:
            assert number > 30 and error is None
            return
        yield number, host, error


def dying(first: FakeHost, half: bool = False) -> Iterator[FakeHost]:
    """An apply for every operation at which the process can die, until it lives to the end."""
    for number in count(1):
        host = first.copy()
        host.disk.fail_at, host.disk.half, host.disk.kills = number, half, True
        try:
            host.apply(AFTER)
        except Killed:
            yield host
        else:
            assert number > 30
            settled(host)
            return


def repaired(host: FakeHost, disk: Disk) -> FakeHost:
    """The same account, seen from a computer with another disk."""
    return FakeHost(disk, host.cloud, host.now, tokens=host.tokens)
