"""`reconciler apply`: shows the plan, asks, carries it out, writes the state."""

import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import click

from reconciler import __version__
from reconciler.applier import Ending, Result, Tools, apply_plan
from reconciler.backends.local import Held
from reconciler.cli.main import DONE, ERROR, INTERRUPTED, show_error
from reconciler.cli.options import Selection, paths_argument, selection_options, state_option
from reconciler.cli.planning import Request, plan_for, show_plan, wants_color
from reconciler.cli.progress import progress
from reconciler.cli.world import (
    Cloud,
    Target,
    backend_for,
    connect,
    holder,
    now_text,
    read_workspace,
    target_of,
)
from reconciler.errors import PlanRefused, UsageError
from reconciler.kinds import actions
from reconciler.kinds.workspace import checked_endpoint
from reconciler.model import secrets_in
from reconciler.plan import Plan, SavedPlan, saved_from_json
from reconciler.state import State


@click.command("apply")
@paths_argument
@state_option
@selection_options
@click.option("--replace", "replaced", multiple=True, metavar="ADDRESS", help="Stop and start this one anew.")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
def command(
    paths: tuple[str, ...],
    state_file: Path | None,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    selects: tuple[str, ...],
    replaced: tuple[str, ...],
    auto_approve: bool,
) -> int:
    """Make the cloud what the manifests below each PATH say, or carry out a saved plan.

    Shows the plan and asks before the first call. What was done is recorded whatever happens.
    """
    plan_file = _saved_plan(paths)
    selection = Selection(targets, excludes, selects)
    if plan_file is not None:
        if targets or excludes or selects or replaced:
            raise UsageError(
                "a saved plan is carried out as it is", "leave out the options that choose resources"
            )
        target = _target_of_saved(plan_file, state_file)
        return _locked(
            target, plan_file.plan.workspace, lambda state: _fitting(plan_file, state), auto_approve
        )
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    request = Request(workspace, selection, replaced)
    return _locked(
        target, workspace.name, lambda state: plan_for(request, state, lambda: connect(target)), auto_approve
    )


def _saved_plan(paths: tuple[str, ...]) -> SavedPlan | None:
    """The saved plan that the only path is; None if it is manifests."""
    if len(paths) != 1 or not Path(paths[0]).is_file() or paths[0].endswith((".yaml", ".yml")):
        return None
    try:
        data = json.loads(Path(paths[0]).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or "stateFingerprint" not in data:
        return None
    return saved_from_json(data, actions())


def _target_of_saved(saved: SavedPlan, state_file: Path | None) -> Target:
    if saved.tool_version != __version__:
        raise PlanRefused(
            f"the plan was made by reconciler {saved.tool_version}; this is {__version__}",
            "make a new plan with this version",
        )
    try:
        return Target(
            checked_endpoint(str(saved.context["endpoint"])), state_file or Path(saved.context["state"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PlanRefused(f"the plan's context is not usable: {error}", "make a new plan") from error


def _fitting(saved: SavedPlan, state: State) -> Plan:
    plan = saved.plan
    if (state.lineage, state.serial) != (
        plan.lineage,
        plan.serial,
    ) or state.fingerprint() != plan.fingerprint:
        raise PlanRefused(
            f"the plan was made for serial {plan.serial} of lineage {plan.lineage or '(none)'}; "
            f"the state is at serial {state.serial} of lineage {state.lineage or '(none)'}",
            "the state has moved since: make a new plan",
        )
    return plan


def _locked(target: Target, workspace: str, planned: Callable[[State], Plan], auto_approve: bool) -> int:
    """Everything from the plan to the written state, with the state held by this run alone."""
    with backend_for(target.state).hold(workspace, holder("apply")) as held:
        plan = planned(held.state)
        show_plan(plan, color=wants_color(os.environ.get("NO_COLOR")))
        if not plan.changes:
            held.recover()
            return DONE
        if not auto_approve and not _approved():
            return ERROR
        with connect(target) as cloud, _interrupts() as interrupted:
            return _carry_out(plan, held, cloud, interrupted)


def _approved() -> bool:
    if not sys.stdin.isatty():
        raise UsageErrorWithoutTerminal()
    if click.confirm("Carry this out?", default=False, err=True):
        return True
    click.echo("Nothing was done.", err=True)
    return False


class UsageErrorWithoutTerminal(PlanRefused):
    """Nobody can be asked: not a wrong use of the command, but nothing may be done either."""

    def __init__(self) -> None:
        super().__init__(
            "nobody can be asked whether to carry this out: standard input is not a terminal",
            "look at the plan, then run apply with --auto-approve",
        )


def _carry_out(plan: Plan, held: Held, cloud: Cloud, interrupted: Event) -> int:
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
