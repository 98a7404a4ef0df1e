"""Carries out a plan as a command does: shows it, asks, applies it under the lock, tells the truth."""

import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event

import click

from reconciler.applier import NOT_BEGUN, Append, Ending, Result, Tools
from reconciler.backends.held import Held
from reconciler.cli.carrying import Carried, Run, carry
from reconciler.cli.holding import held_state, say
from reconciler.cli.main import DONE, ERROR, INTERRUPTED, show_error
from reconciler.cli.outages import outage_summary
from reconciler.cli.planning import Shown, show
from reconciler.cli.progress import progress
from reconciler.cli.workers import Reserve
from reconciler.cli.world import WORKERS, Cloud, Target, connect, now_text
from reconciler.errors import Outage, PlanRefused, ReconcilerError
from reconciler.gates import COUNTED
from reconciler.model import Address, secrets_in
from reconciler.plan import Plan
from reconciler.reports.formats import Aside
from reconciler.state import Entry, State

DESCRIPTORS = 2 * WORKERS
"""A connection for each call at a time, at both ends where the simulator is in the same process."""

LEAST_MEMORY, MEMORY_EACH = 8 * 1024 * 1024, 16 * 1024
"""Bytes that are kept for the end of a run: in any case, and for each resource."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be carried out: where, for which workspace, by which command, asked for or not.

    `patience` is how many seconds to wait for another run's lock, `outage` how many for a cloud that no
    longer answers, `nonce` that of a saved plan.
    """

    target: Target
    workspace: str
    command: str
    auto_approve: bool
    patience: float = 0.0
    nonce: str | None = None
    outage: float = 60.0


def carry_out(errand: Errand, planned: Callable[[State], Plan]) -> int:
    """Everything from the plan to the written state, with the state held by this run alone.

    `planned` makes the plan for the state as it is found. Returns the exit code.
    """
    target = errand.target
    if not errand.auto_approve and not sys.stdin.isatty():
        raise PlanRefused(
            "nobody can be asked whether to carry this out: standard input is not a terminal",
            f"look at the plan, then run {errand.command} with --auto-approve",
        )
    run = Run(str(uuid.uuid4()), now_text(), str(uuid.uuid4()), errand.nonce)
    with held_state(target.state, errand.workspace, errand.command, run.id, errand.patience) as held:
        plan = planned(held.state)
        show(plan, Shown(), Aside(str(target.state), cloud=target.cloud))
        if plan.refusals:
            raise _refused(plan)
        if not plan.changes:
            held.recover()
            return DONE
        if not errand.auto_approve and not _approved():
            return ERROR
        with (
            _interrupts() as interrupted,
            # First, as the threads take what memory they can get.
            Reserve(_memory(plan, held.state), DESCRIPTORS) as reserve,
            connect(target, interrupted, held.lost, errand.outage) as cloud,
        ):
            return _apply(plan, held, run, cloud, interrupted, reserve)


def _refused(plan: Plan) -> PlanRefused:
    """What the gates say of a plan, and what lets it pass."""
    told = "; ".join(refusal.message for refusal in plan.refusals)
    counted = all(refusal.gate in COUNTED for refusal in plan.refusals)
    hint = "add --allow if all of it is meant" if counted else "nothing was done; see the plan above"
    return PlanRefused(f"the plan is refused: {told}", hint)


def _approved() -> bool:
    if click.confirm("Carry this out?", default=False, err=True):
        return True
    click.echo("Nothing was done.", err=True)
    return False


def _memory(plan: Plan, state: State) -> int:
    """Bytes that it takes to write down what runs after a plan, several times over."""
    return LEAST_MEMORY + MEMORY_EACH * (len(plan.changes) + len(state.entries))


def _apply(plan: Plan, held: Held, run: Run, cloud: Cloud, interrupted: Event, reserve: Reserve) -> int:
    cloud.resolver.know(plan.texts)
    cloud.resolver.check(
        ref for change in plan.changes for step in change.steps for ref in secrets_in(step.call.request)
    )
    with progress(len(plan.changes)) as tell:

        def tools(append: Append) -> Tools:
            return Tools(
                send=cloud.send,
                resolve=cloud.resolver.resolve_request,
                append=append,
                clock=time.time,
                executor=cloud.executor,
                interrupted=interrupted.is_set,
                tell=tell,
                relieve=reserve.release,
            )

        carried = carry(plan, held, run, tools)
    return _report(carried, interrupted=interrupted.is_set())


def _report(carried: Carried, *, interrupted: bool) -> int:
    """What became of it: the truth in one line on standard output, each failure on standard error."""
    for ending in carried.endings:
        if ending.error is not None:
            _tell(ending, ending.error)
    if carried.disk_failed:
        _tell_running(carried.entries)
    if carried.error is not None:
        raise carried.error
    for line in outage_summary(carried.endings):
        say(line)
    counts = {result: sum(ending.result is result for ending in carried.endings) for result in Result}
    words = ", ".join(f"{count} {result}" for result, count in counts.items() if count)
    say(f"Apply: {words}; state serial {carried.serial}.", err=False)
    if interrupted:
        return INTERRUPTED
    return DONE if all(ending.result is Result.DONE for ending in carried.endings) else ERROR


def _tell(ending: Ending, error: ReconcilerError) -> None:
    """Why a change is not done; in a line where it was not begun for an outage, as many are then."""
    what = f"{ending.change.address}: {ending.change.verb} {ending.result}:"
    if isinstance(error, Outage) and ending.result in NOT_BEGUN:
        say(f"{what} {error.message}")
        return
    say(what)
    with suppress(OSError):  # whoever reads standard error has gone
        show_error(error)


def _tell_running(entries: Mapping[Address, Entry]) -> None:
    """Every task that is believed to run, for somebody to write down: the disk may not have it."""
    tasks = [(address, entry.task_id) for address, entry in sorted(entries.items()) if entry.task_id]
    doubts = [
        (address, entry.pending.task_id)
        for address, entry in sorted(entries.items())
        if entry.pending is not None and entry.pending.task_id and not entry.task_id
    ]
    say(f"the state could not be written as it should be; {len(tasks)} tasks run, keep this list:")
    for address, task_id in tasks:
        say(f"  {address} runs as TaskId {task_id}")
    for address, task_id in doubts:
        say(f"  {address} may run as TaskId {task_id}")


@contextmanager
def _interrupts() -> Iterator[Event]:
    """An event that the first SIGINT, SIGTERM or SIGHUP sets; a second one ends the process at once.

    A signal that is ignored, as under nohup, stays ignored.
    """
    event = Event()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heeded = [number for number, handler in before.items() if handler is not signal.SIG_IGN]

    def stop(number: int, frame: object) -> None:
        event.set()
        for one in heeded:
            signal.signal(one, signal.SIG_DFL)
        with suppress(OSError):  # a terminal or a pipe that has gone is no reason to stop otherwise
            os.write(2, b"interrupted: waiting for the calls in flight; a second signal ends it at once\n")

    try:
        for number in heeded:
            signal.signal(number, stop)
        yield event
    finally:
        for number in heeded:
            signal.signal(number, before[number])
