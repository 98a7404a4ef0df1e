"""Carries out a plan as a command does: shows it, asks, applies it under the lock, tells the truth."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Event

import click

from reconciler.applying.results import NOT_BEGUN, ChangeResult, Result
from reconciler.backends.protocol import Session
from reconciler.backends.snapshots import Snapshot
from reconciler.cli.connection import WORKERS, Cloud, connect, unconnected
from reconciler.cli.environment import current_environment
from reconciler.cli.holding import held_state, say
from reconciler.cli.json_log import raw
from reconciler.cli.main import DONE, ERROR, INTERRUPTED, show_error
from reconciler.cli.outages import outage_summary
from reconciler.cli.progress import progress
from reconciler.cli.receipts import check_receipt, keep_receipt
from reconciler.cli.showing import Shown, show
from reconciler.cli.workers import Reserve
from reconciler.cli.world import Target, now_text
from reconciler.errors import Outage, PlanRefused, ReconcilerError
from reconciler.manifests.revisions.standing import Revision
from reconciler.model import Address
from reconciler.plan.model import Plan
from reconciler.reports.formats import ReportContext
from reconciler.reports.view import View, view_of
from reconciler.running.apply import ApplyRequest, Connection, Operator, run_apply
from reconciler.running.run import Run, RunResult
from reconciler.state.model import Entry, Owner, State

DESCRIPTORS = 2 * WORKERS
"""A connection for each call at a time, at both ends where the simulator is in the same process."""

MANY = 10
"""From how many interruptions on their number has to be typed before they are made."""

LEAST_MEMORY, MEMORY_EACH = 8 * 1024 * 1024, 16 * 1024
"""Bytes that are kept for the end of a run: in any case, and for each resource."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What is to be carried out: where, for which workspace, by which command, asked for or not.

    `patience` is how many seconds to wait for another run's lock, `outage` how many for a cloud that no
    longer answers, `nonce` that of a saved plan. `begins` tells that a first state is meant, `revision` is
    that of the manifests, `receipt` the file that has the last one.
    """

    target: Target
    workspace: str
    command: str
    auto_approve: bool
    patience: float = 0.0
    nonce: str | None = None
    outage: float = 60.0
    begins: bool = False
    revision: Revision | None = None
    receipt: str | None = None

    @property
    def owner(self) -> Owner:
        """Whose the state has to be."""
        return self.target.owner(self.workspace)


def _nothing(result: RunResult) -> None:
    """Nothing is kept of it."""


def apply_plan(
    options: ApplyOptions,
    planned: Callable[[Snapshot], Plan],
    after: Callable[[RunResult], None] = _nothing,
) -> int:
    """Everything from the plan to the written state, with the state held by this run alone.

    `planned` makes the plan for the state as it is found, `after` gets what became of a run whose state could
    be written. Returns the exit code.
    """
    if not options.auto_approve and not current_environment().is_terminal("stdin"):
        raise PlanRefused(
            "cannot ask for confirmation: standard input is not a terminal",
            f"review the plan, then run {options.command} with --auto-approve",
        )
    with carried_out(options, planned, _Terminal(options)) as (result, interrupted):
        if result is None:
            return ERROR
        if result.error is None:
            after(result)
        if result.idle and result.serial:
            say(f"{options.target.state}: created, with nothing recorded yet; state serial {result.serial}")
        return DONE if result.idle else _report(result, interrupted=interrupted())


@contextmanager
def carried_out(
    options: ApplyOptions, planned: Callable[[Snapshot], Plan], operator: Operator, stop: Event | None = None
) -> Iterator[tuple[RunResult | None, Callable[[], bool]]]:
    """(what became of the run, whether it was interrupted), with the state still held by it.

    Signals interrupt it, or `stop`, whose owner heeds them. Raises what run_apply does, and LockedError.
    """
    target = options.target
    check_receipt(target.state, options.receipt)
    run = Run(str(uuid.uuid4()), now_text(), str(uuid.uuid4()), options.nonce)
    with (
        held_state(
            target.state,
            options.owner,
            options.command,
            run.id,
            options.patience,
            options.revision,
            lambda receipt: keep_receipt(receipt, options.receipt),
        ) as held,
        ExitStack() as stack,
    ):
        interrupted = stop or Event()

        def connected(plan: Plan, session: Session) -> Connection:
            if stop is None:
                stack.enter_context(_interrupts(interrupted))
            # Before the threads, as they take what memory they can get.
            reserve = stack.enter_context(Reserve(_memory(plan, session.state), DESCRIPTORS))
            calls = any(change.steps for change in plan.changes)
            cloud = stack.enter_context(
                connect(target, interrupted, lambda: not session.alive(), options.outage)
                if calls
                else unconnected()
            )
            return _connection(cloud, interrupted, reserve)

        request = ApplyRequest(run, planned, connected, current_environment().clock, options.begins)
        yield run_apply(request, held, operator), interrupted.is_set


def _connection(cloud: Cloud, interrupted: Event, reserve: Reserve) -> Connection:
    ways = (cloud.send, cloud.resolver, cloud.executor)
    return Connection(*ways, interrupted.is_set, interrupted.wait, reserve.release)


@dataclass(frozen=True, slots=True)
class _Terminal:
    """Whoever runs the command, at standard input, output and error."""

    options: ApplyOptions

    def show(self, plan: Plan) -> None:
        """The plan on standard output."""
        target = self.options.target
        show(plan, Shown(), ReportContext(str(target.state), cloud=target.cloud))

    def approve(self, plan: Plan) -> bool:
        """Asks, unless that was said not to be needed."""
        return self.options.auto_approve or approved(view_of(plan))

    def follow(self, total: int) -> AbstractContextManager[Callable[[ChangeResult], None]]:
        """Each change on standard error."""
        return progress(total)


def approved(view: View) -> bool:
    """Asks at the terminal; says what is interrupted, and wants its number typed where that is much."""
    count = view.interrupted
    if view.risks:
        click.echo(f"This interrupts {view.risks}.", err=True)
    elif not view.is_calm:
        click.echo(f"{view.interruptions}.", err=True)
    if count < MANY:
        agreed = click.confirm("Apply these changes?", default=False, err=True)
    else:
        question = f"To apply, type the number of streams that this interrupts ({count})"
        answer = click.prompt(question, default="", show_default=False, err=True)
        agreed = answer.strip() == str(count)
    if not agreed:
        click.echo("Cancelled; nothing was done.", err=True)
    return agreed


def _memory(plan: Plan, state: State) -> int:
    """Bytes that it takes to write down what runs after a plan, several times over."""
    return LEAST_MEMORY + MEMORY_EACH * (len(plan.changes) + len(state.entries))


def _report(run: RunResult, *, interrupted: bool) -> int:
    """What became of it: the truth in one line on standard output, each failure on standard error."""
    for one in run.results:
        if one.error is not None:
            _tell(one, one.error)
    if run.disk_failed:
        tell_running(run.entries)
    if run.error is not None:
        raise run.error
    for line in outage_summary(run.results):
        say(line)
    counts = {result: sum(one.result is result for one in run.results) for result in Result}
    words = ", ".join(f"{count} {result}" for result, count in counts.items() if count)
    say(f"Apply: {words}; state serial {run.serial}.", err=False)
    if interrupted:
        return INTERRUPTED
    return DONE if all(one.result is Result.DONE for one in run.results) else ERROR


def _tell(result: ChangeResult, error: ReconcilerError) -> None:
    """Why a change is not done; in a line where it was not begun for an outage, as many are then."""
    what = f"{result.change.address}: {result.change.verb} {result.result}:"
    if isinstance(error, Outage) and result.result in NOT_BEGUN:
        say(f"{what} {error.message}")
        return
    say(what)
    with suppress(OSError):  # whoever reads standard error has gone
        show_error(error)


def tell_running(entries: Mapping[Address, Entry]) -> None:
    """Every task that is believed to run, for somebody to write down: the disk may not have it."""
    tasks = [(address, entry.task_id) for address, entry in sorted(entries.items()) if entry.task_id]
    doubts = [
        (address, entry.pending.task_id)
        for address, entry in sorted(entries.items())
        if entry.pending is not None and entry.pending.task_id and not entry.task_id
    ]
    say(f"the state could not be written completely; keep this list of running tasks ({len(tasks)}):")
    for address, task_id in tasks:
        say(f"  {address} is running as TaskId {task_id}")
    for address, task_id in doubts:
        say(f"  {address} may be running as TaskId {task_id}")


@contextmanager
def _interrupts(event: Event) -> Iterator[None]:
    """The first SIGINT, SIGTERM or SIGHUP sets the event; a second one ends the process at once.

    A signal that is ignored, as under nohup, stays ignored.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heeded = [number for number, handler in before.items() if handler is not signal.SIG_IGN]

    def stop(number: int, frame: object) -> None:
        event.set()
        for one in heeded:
            signal.signal(one, signal.SIG_DFL)
        with suppress(OSError):  # a terminal or a pipe that has gone is no reason to stop otherwise
            os.write(2, raw("interrupted: waiting for the calls in flight; a second signal stops at once"))

    try:
        for number in heeded:
            signal.signal(number, stop)
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])
