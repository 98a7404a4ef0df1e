"""Carries out a plan as a command does: shows it, asks, applies it under the lock, tells the truth."""

import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

import click

from reconciler.applier import Ending, Result, Tools, apply_plan
from reconciler.backends.local import Held
from reconciler.cli.main import DONE, ERROR, INTERRUPTED, show_error
from reconciler.cli.planning import show_plan, wants_color
from reconciler.cli.progress import progress
from reconciler.cli.world import Cloud, Target, backend_for, connect, holder, now_text
from reconciler.errors import PlanRefused
from reconciler.model import secrets_in
from reconciler.plan import Plan
from reconciler.state import State


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be carried out: where, for which workspace, by which command, asked for or not."""

    target: Target
    workspace: str
    command: str
    auto_approve: bool


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
    with backend_for(target.state).hold(errand.workspace, holder(errand.command)) as held:
        plan = planned(held.state)
        show_plan(plan, target.state, color=wants_color(os.environ.get("NO_COLOR")))
        if not plan.changes:
            held.recover()
            return DONE
        if not errand.auto_approve and not _approved():
            return ERROR
        with _interrupts() as interrupted, connect(target, interrupted) as cloud:
            return _apply(plan, held, cloud, interrupted)


def _approved() -> bool:
    if click.confirm("Carry this out?", default=False, err=True):
        return True
    click.echo("Nothing was done.", err=True)
    return False


def _apply(plan: Plan, held: Held, cloud: Cloud, interrupted: Event) -> int:
    cloud.resolver.check(
        ref for change in plan.changes for step in change.steps for ref in secrets_in(step.call.request)
    )
    held.recover()
    held.begin(str(uuid.uuid4()), now_text(), str(uuid.uuid4()))
    with progress(len(plan.changes)) as tell:
        tools = Tools(
            send=cloud.send,
            resolve=cloud.resolver.resolve_request,
            append=held.append,
            clock=time.time,
            executor=cloud.executor,
            interrupted=interrupted.is_set,
            tell=tell,
        )
        entries, endings = apply_plan(plan, held.state.entries, tools)
    written = held.commit(State(held.state.lineage, held.state.serial, entries))
    _report(endings, written.serial)
    if interrupted.is_set():
        return INTERRUPTED
    return DONE if all(ending.result is Result.DONE for ending in endings) else ERROR


def _report(endings: list[Ending], serial: int) -> None:
    """What became of it: the truth in one line on standard output, each failure on standard error."""
    for ending in endings:
        if ending.error is not None:
            click.echo(f"{ending.change.address}: {ending.change.verb} {ending.result}:", err=True)
            show_error(ending.error)
    counts = {result: sum(ending.result is result for ending in endings) for result in Result}
    words = ", ".join(f"{count} {result}" for result, count in counts.items() if count)
    click.echo(f"Apply: {words}; state serial {serial}.")


@contextmanager
def _interrupts() -> Iterator[Event]:
    """An event that the first SIGINT or SIGTERM sets; a second one ends the process at once."""
    event = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, frame: object) -> None:
        event.set()
        for one in before:
            signal.signal(one, signal.SIG_DFL)
        os.write(2, b"interrupted: waiting for the calls in flight; nothing new is begun\n")

    try:
        for number in before:
            signal.signal(number, stop)
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
