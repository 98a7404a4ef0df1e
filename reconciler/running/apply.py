"""One apply as a service: plan, show, gate, ask, connect, carry out. It prints nothing itself."""

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from reconciler.applying.results import ChangeResult
from reconciler.applying.tools import Append, Tools
from reconciler.backends.protocol import Session
from reconciler.backends.snapshots import Snapshot, Standing
from reconciler.calls import Attempts
from reconciler.cloud.resolve import SecretResolver
from reconciler.errors import PlanRefused
from reconciler.plan.model import Plan
from reconciler.planning.limits import COUNTED
from reconciler.running.run import Run, RunResult, execute_plan


class Operator(Protocol):
    """Whom a run is for: is shown the plan and asked, and follows what becomes of its changes."""

    def show(self, plan: Plan) -> None:
        """Shows the plan, whether it is refused or not."""
        ...

    def approve(self, plan: Plan) -> bool:
        """Whether the plan that was shown may be carried out."""
        ...

    def follow(self, total: int) -> AbstractContextManager[Callable[[ChangeResult], None]]:
        """What is to be called with each of so many results."""
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """What calls go through; `interrupted` tells whether to begin nothing new, `wait` takes some seconds.

    `relieve` gives back what was kept for the end of the run; see Tools.
    """

    send: Attempts
    resolver: SecretResolver
    executor: Executor
    interrupted: Callable[[], bool]
    wait: Callable[[float], object]
    relieve: Callable[[], None]


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """Which run it is, how its plan is made of the state as it is found, and how the cloud is reached.

    `connect` is called once the plan is approved; whoever hands it in closes what it opens. `clock` gives
    unix seconds. `begins` tells that a first state is written even if it records nothing.
    """

    run: Run
    planned: Callable[[Snapshot], Plan]
    connect: Callable[[Plan, Session], Connection]
    clock: Callable[[], float]
    begins: bool = False


def run_apply(request: ApplyRequest, session: Session, operator: Operator) -> RunResult | None:
    """What became of the run; None if it was not approved, and then nothing was done.

    Raises PlanRefused for a plan that a gate refuses, SecretError where a secret is missing, and StateError
    where the state could not be written at the end; nothing was sent then.
    """
    plan = request.planned(session.snapshot)
    operator.show(plan)
    if plan.refusals:
        raise _refused(plan)
    if not plan.changes:
        session.recover()
        if request.begins and session.snapshot.standing is Standing.NEW:
            return _begun(session, request.run)
        return RunResult(session.state.entries)
    if not operator.approve(plan):
        return None
    connection = request.connect(plan, session)
    connection.resolver.know(plan.texts)
    connection.resolver.digest_by(session.snapshot.state.digest_key)
    calls = [call for change in plan.changes for step in change.steps for call in step.every_call()]
    connection.resolver.check(calls)
    with operator.follow(len(plan.changes)) as tell:

        def tools(append: Append) -> Tools:
            return Tools(
                send=connection.send,
                resolve=connection.resolver.resolve_request,
                append=append,
                clock=request.clock,
                executor=connection.executor,
                interrupted=connection.interrupted,
                wait=connection.wait,
                tell=tell,
                relieve=connection.relieve,
            )

        return execute_plan(plan, session, request.run, tools)


def _begun(session: Session, run: Run) -> RunResult:
    """The first state of a workspace that has nothing to record yet, so that records can be moved there."""
    session.begin(run.id, run.at, run.lineage)
    written = session.finish(replace(session.state, cleared=run.id))
    return RunResult(written.entries, serial=written.serial)


def _refused(plan: Plan) -> PlanRefused:
    """What the gates say of a plan, and what lets it pass."""
    told = "; ".join(refusal.message for refusal in plan.refusals)
    counted = all(refusal.gate in COUNTED for refusal in plan.refusals)
    hint = "add --allow if this is intended" if counted else "nothing was done; see the plan above"
    return PlanRefused(f"the plan is refused: {told}", hint)
