"""Which tasks a command line means: one by its address, those of a log, or those that callbacks tell of."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import click

from reconciler.backends.protocol import StateLocation
from reconciler.cli.environment import current_environment
from reconciler.cli.events import received_events
from reconciler.cli.given_moment import moment
from reconciler.cli.import_sources import callback_tasks, log_lines, sequence_number, tx_time
from reconciler.errors import UsageError
from reconciler.kinds.callbacks import ReportedTask, TaskEvent, reported_tasks
from reconciler.kinds.importing import Fact
from reconciler.model import Address, Resource
from reconciler.planning.imports.matching import Matcher
from reconciler.planning.imports.said import Row, Said, TaskFacts
from reconciler.running.importing import Told
from reconciler.state.model import State

_PLACE = "the command line"
_RECEIVING = "receive them with `reconciler callbacks`, or pass a file with --from-callbacks"


def _read(read: Callable[[Any], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """The callback of an option that is read so where it is given."""
    return lambda context, parameter, value: None if value is None else read(value)


_FACTS = ("robot", "since", "sequence_number", "paused_since", "tx_time")
_OPTIONS = (
    click.argument("arguments", nargs=-1, metavar="[ADDRESS [TASKID]] [PATH]..."),
    click.option("--task-id", metavar="TASKID", help="The TaskId that the start request returned."),
    click.option(
        "--robot", metavar="USERID", help="The user ID of the task's robot, if not in the manifest."
    ),
    click.option(
        "--since",
        metavar="MOMENT",
        callback=_read(moment),
        help="When the task started, or the earliest possible time.",
    ),
    click.option(
        "--sequence-number",
        type=int,
        callback=_read(sequence_number),
        help="The highest SequenceNumber sent to the task, or any higher number; 0 if none.",
    ),
    click.option(
        "--paused-since", metavar="MOMENT", callback=_read(moment), help="When the task was paused."
    ),
    click.option(
        "--tx-time", metavar="HEX", callback=_read(tx_time), help="The txTime of its signed push addresses."
    ),
    click.option(
        "--from-log",
        "log",
        metavar="FILE",
        help="Import many tasks from a file with one JSON object per line; - for standard input.",
    ),
    click.option(
        "--from-callbacks",
        "callbacks",
        metavar="FILE",
        help="Import many tasks from a file of the cloud's callbacks, as received.",
    ),
    click.option(
        "--from-received",
        "received",
        is_flag=True,
        help="Import many tasks from the callbacks that `reconciler callbacks` keeps beside the state.",
    ),
)


def asked_options(command: Callable[..., int]) -> Callable[..., int]:
    """The arguments and options that say which tasks are meant; the command gets them as `asked`."""

    @wraps(command)
    def called(
        *,
        arguments: tuple[str, ...],
        task_id: str | None,
        log: str | None,
        callbacks: str | None,
        received: bool,
        **rest: Any,
    ) -> int:
        said = {name: rest.pop(name) for name in _FACTS}
        facts = TaskFacts("", **said)
        asked = _asked_for(arguments, task_id, facts, log=log, callbacks=callbacks, received=received)
        return command(asked=asked, **rest)

    for option in reversed(_OPTIONS):
        called = option(called)
    return called


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Which tasks are meant, and the paths of the manifests; `many` tells that a file has them.

    `bounds` are taken for each task of which the same is not said.
    """

    paths: tuple[str, ...]
    tell: Callable[[Mapping[Address, Resource], State], Told]
    many: bool
    bounds: Mapping[Fact, Any]
    received: bool = False

    def told(self, location: StateLocation) -> Callable[[Mapping[Address, Resource], State], Told]:
        """What tells of the tasks, of which the store at a location may keep the callbacks."""
        if not self.received:
            return self.tell
        events = received_events(location)
        tasks = reported_tasks(one for one in events if isinstance(one, TaskEvent))
        if not tasks:
            raise UsageError(f"no callback of a task was received beside {location}", _RECEIVING)
        return _matched(tasks, (), "received")


def _asked_for(
    arguments: tuple[str, ...],
    task_id: str | None,
    facts: TaskFacts,
    *,
    log: str | None,
    callbacks: str | None,
    received: bool,
) -> AskedFor:
    """What the arguments and options mean together; raises UsageError for what does not go together."""
    bounds = {Fact.SINCE: facts.since, Fact.SEQUENCE_NUMBER: facts.sequence_number}
    if log is None and callbacks is None and not received:
        said, paths = _single(arguments, task_id, facts)
        return AskedFor(paths, lambda resources, state: [said], False, bounds)
    if (log is not None) + (callbacks is not None) + received > 1:
        text = "--from-log, --from-callbacks and --from-received cannot be combined"
        raise UsageError(text, "use one of them")
    if task_id or facts.robot or facts.paused_since is not None or facts.tx_time:
        raise UsageError(
            "--task-id, --robot, --paused-since and --tx-time apply to a single task",
            "put them in the lines of the file, or import the task by its ADDRESS",
        )
    if log is not None:
        lines = log_lines(log)
        return AskedFor(arguments, lambda resources, state: lines, True, bounds)
    if received:
        return AskedFor(arguments, lambda resources, state: (), True, bounds, received=True)
    source = callbacks or "-"
    tasks, rows = callback_tasks(source)
    return AskedFor(arguments, _matched(tasks, rows, source), True, bounds)


def _matched(
    tasks: Sequence[ReportedTask], rows: Sequence[Row], source: str
) -> Callable[[Mapping[Address, Resource], State], Told]:
    """What finds the resource of each task that callbacks tell of."""

    def told(resources: Mapping[Address, Resource], state: State) -> Told:
        matcher = Matcher(resources, state, source)
        return [*rows, *map(matcher.matched, tasks)]

    return told


def _single(
    arguments: tuple[str, ...], task_id: str | None, facts: TaskFacts
) -> tuple[Said, tuple[str, ...]]:
    """(what is said of one task, paths); the TaskId stands behind the address unless an option has it."""
    if not arguments:
        raise click.UsageError(
            "Missing argument 'ADDRESS', or --from-log, --from-callbacks or --from-received."
        )
    address, *rest = arguments
    if task_id is None and rest and not (rest[0] and os.path.exists(rest[0])):
        task_id, rest = rest[0], rest[1:]
    if task_id is None:
        task_id = _asked_task_id(address)
    return Said(_PLACE, address, replace(facts, task_id=task_id)), tuple(rest)


def _asked_task_id(address: str) -> str:
    """The TaskId that is asked for; raises UsageError where nobody can be asked."""
    if not current_environment().is_terminal("stdin"):
        raise UsageError(f"{address}: no TaskId given", "add --task-id, as returned by the start request")
    return str(click.prompt(f"{address}: the TaskId that its start request returned", err=True))
