"""A computer whose disk is in memory and whose cloud is at the end of a wire: one process at a time.

Everything that an apply of the command does is done here by the same parts: the planner with what
is observed, the held state, the applier, the caller with its retries, the client. Time is virtual.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

from reconciler.applying.tools import Append, Tools
from reconciler.calls import Action
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.redact import Redactor
from reconciler.cloud.retry import Caller, OpenGate, Timing
from reconciler.cloud.signing import Credentials
from reconciler.kinds.records import records_of
from reconciler.manifests.loading.loader import Workspace
from reconciler.observing.asking import Connection
from reconciler.observing.observer import observe
from reconciler.pacing.slots import Limit, Ticket
from reconciler.plan.model import Plan
from reconciler.planning.planner import make_plan
from reconciler.running.run import RunResult
from reconciler.state.model import State

from ..disk import Disk
from ..fake_host import Computer, Inline
from .crew import Crew
from .gate import OneThreadGate
from .wire import Wire

CREDENTIALS = Credentials("AKIDexample", "secretexample")
ENDPOINT = Endpoint("https://{service}.example")
LIMIT = Limit("", 20)


class Free:
    """A pace that holds nobody back: how calls are paced is tested elsewhere."""

    def take(self, action: Action, region: str) -> Ticket | None:
        return Ticket(LIMIT, 0.0, 0.0)

    def ready(self, ticket: Ticket) -> None:
        """It may go at once."""

    def give_back(self, ticket: Ticket, *, trip: float | None, throttled: bool) -> None:
        """Nothing is kept."""


@dataclass
class World(Computer):
    """`apply_all` is a process: what it has in memory is gone when it has ended, or has died.

    `stop_after` is the number of requests after which the user interrupts it. `shown` is the plan
    that was made last.
    """

    disk: Disk
    wire: Wire
    random: Random
    share: float = 0.5
    stop_after: int | None = None
    tokens: Iterator[int] = field(default_factory=count)
    carried: RunResult | None = None
    notices: list[str] = field(default_factory=list)
    shown: Plan | None = None
    caller: Caller = field(init=False)

    def __post_init__(self) -> None:
        self.caller = self._connected(gated=False)

    def _connected(self, gated: bool) -> Caller:
        client = Client(self.wire, CREDENTIALS, ENDPOINT, self.wire.clock, Redactor())
        timing = Timing(self.wire.clock, self.wire.clock.sleep, self.random.uniform)
        gate = OneThreadGate(client, Free(), self.wire, self._interrupted) if gated else OpenGate()
        return Caller(client, Free(), timing, gate=gate)

    def planned(self, workspace: Workspace, state: State) -> Plan:
        """The plan of a new process, which looks at the cloud as far as that can change the plan."""
        self.wire.overlap = lambda: None
        self.caller = self._connected(gated=False)
        connection = Connection(self.caller.call, Inline(), self.wire.clock)
        seen = observe(records_of(state).values(), workspace.settings, connection, only_authoritative=True)
        self.shown = make_plan(
            workspace.settings, workspace.resources, state, seen.observed, now=self.wire.clock.now
        )
        return self.shown

    def tools(self, append: Append) -> Tools:
        crew = Crew(self.random, self.share)
        self.caller = self._connected(gated=True)
        self.wire.overlap = crew.overlap
        return Tools(
            send=self.caller.call,
            resolve=self.resolver(self.wire.clock).resolve_request,
            append=append,
            clock=self.wire.clock,
            executor=crew,
            interrupted=self._interrupted,
            wait=self.wire.clock.sleep,
        )

    def _interrupted(self) -> bool:
        return self.stop_after is not None and len(self.wire.log) >= self.stop_after
