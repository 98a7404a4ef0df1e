"""What keeps a task from being recorded: each reason has its sentence and its way out."""

from collections.abc import Mapping, Sequence

from reconciler.errors import UsageError
from reconciler.kinds import managed
from reconciler.kinds.importing import CanImport, Fact, TaskRobot
from reconciler.kinds.registration import Registered
from reconciler.kinds.robots import robot_id
from reconciler.model import Address, Resource, Status
from reconciler.moments import rfc3339
from reconciler.planning.imports.said import OPTIONS, Said, TaskFacts
from reconciler.state.model import State
from reconciler.words import path_text

LONGEST_TASK_ID = 512
SKEW = 300
"""Seconds by which the clock of whoever noted a moment may be ahead of ours."""


def importable(address: Address) -> CanImport:
    """The kind of an address as one with tasks that can be imported; raises UsageError for any other."""
    kind: Registered = managed(address)
    if kind.imports is None:
        if kind.starts is not None and any(one.tells_id for one in kind.starts.starters):
            hint = "end the task where it was started; `reconciler apply` then starts it as declared"
            raise UsageError(f"a running {kind.name} cannot be imported", hint)
        hint = "`reconciler apply` sets it as declared"
        raise UsageError(f"{kind.name} has no TaskId to import", hint)
    return kind.imports


def check_task_id(task_id: str) -> None:
    """Raises UsageError for what the API never tells as one."""
    if not task_id.isprintable() or " " in task_id or not 0 < len(task_id) <= LONGEST_TASK_ID:
        raise UsageError(f"{task_id!r} is not a TaskId", "pass it as the API returned it, with --task-id")


def check_once(before: dict[str, Said], said: Said) -> None:
    """Raises UsageError for a resource or a task that was said before; `before` has what was."""
    for name, what in ((said.address, said.address), (f"={said.facts.task_id}", "this TaskId")):
        first = before.setdefault(name, said)
        if first is not said:
            raise UsageError(
                f"{what} was already given at {first.place} ({first.address} with TaskId "
                f"{first.facts.task_id}): a resource has one task, and a task belongs to one resource",
                "remove the one that no longer runs, or import the other one separately by its address",
            )


def check_free(state: State, address: Address, task_id: str) -> None:
    """Raises UsageError if the resource has a task already, or the task a resource."""
    known = state.entries.get(address)
    if known is not None and known.task_id is not None:
        raise UsageError(
            f"{address} is already recorded with TaskId {known.task_id}",
            f"if that is wrong, remove it with `reconciler state rm {address}`",
        )
    for other, entry in state.entries.items():
        if entry.task_id == task_id:
            raise UsageError(
                f"TaskId {task_id} is already recorded as {other}",
                f"if that is its former name, run `reconciler state mv {other} {address}`; if the entry is "
                f"wrong, remove it with `reconciler state rm {other}`",
            )


def check_wanted(resource: Resource) -> None:
    """Raises UsageError for a resource whose manifest does not want it to run."""
    if resource.wanted not in (Status.RUNNING, Status.PAUSED):
        raise UsageError(
            f"the manifest declares {resource.address} {resource.wanted}, but an imported task is running",
            "declare it running, import the task, then change the manifest back; `reconciler apply` then "
            "stops it",
        )


def check_facts(facts: TaskFacts, workspace: str, resource: Resource, kind: CanImport, now: float) -> None:
    """Raises UsageError for what is not said, and for what is said and cannot be; `now` in unix seconds."""
    address, needed = resource.address, needed_of(workspace, resource, kind)
    robots = _robots(resource, kind)
    _check_robots(facts, workspace, address, robots)
    if facts.sequence_number is not None and Fact.SEQUENCE_NUMBER not in needed:
        hint = "remove --sequence-number, or sequenceNumber from the task's line"
        raise UsageError(f"{kind.name} does not use a SequenceNumber", hint)
    for moment in (facts.since, facts.paused_since):
        if moment is not None and moment > now + SKEW:
            raise UsageError(f"{address}: {rfc3339(moment)} is in the future", "give the time when it began")
    missing = facts.missing(needed)
    if missing:
        what = "; ".join(f"{fact} ({needed[fact]})" for fact in missing)
        made = f" ({robots[0].user_id} if apply started it)" if Fact.ROBOT in missing else ""
        options = ", ".join(OPTIONS[fact] for fact in missing)
        raise UsageError(f"{address}: missing: {what}", f"add {options}{made}, or add it to the task's line")


def needed_of(workspace: str, resource: Resource, kind: CanImport) -> Mapping[Fact, str]:
    """What has to be said of its task, each with why; a robot that the manifest names is said there."""
    needed = kind.needed(managed(resource.address).read(resource.spec))
    if _is_made(_robots(resource, kind)[0], workspace, resource.address):
        return needed
    return {fact: why for fact, why in needed.items() if fact is not Fact.ROBOT}


def _robots(resource: Resource, kind: CanImport) -> tuple[TaskRobot, ...]:
    return kind.robots_in(managed(resource.address).read(resource.spec))


def _is_made(robot: TaskRobot, workspace: str, address: Address) -> bool:
    """Whether a robot has the name that it is given where its manifest gives it none."""
    return robot.user_id == robot_id(workspace, address, robot.room, robot.role)


def _check_robots(facts: TaskFacts, workspace: str, address: Address, robots: Sequence[TaskRobot]) -> None:
    """Raises UsageError for a robot or room that is not the manifest's, as a restart would not end it."""
    own, *others = robots
    if facts.room is not None and (type(facts.room), facts.room) != (type(own.room), own.room):
        raise UsageError(
            f"the task is in room {facts.room!r}, but {address} is in room {own.room!r}",
            f"set room: {facts.room if isinstance(facts.room, int) else repr(facts.room)} in its manifest",
        )
    if facts.robot is not None and facts.robot != own.user_id:
        raise UsageError(
            f"the task's robot is {facts.robot}, but {address} has {own.user_id}, so a restart would not "
            "end the task",
            f"set {path_text(own.path)}: {facts.robot} below spec in its manifest",
        )
    unnamed = [one for one in others if _is_made(one, workspace, address)]
    if unnamed and not _is_made(own, workspace, address):
        raise UsageError(
            f"{address}: the manifest does not name the robot for room {unnamed[0].room!r}",
            f"set its user ID in {path_text(unnamed[0].path)} below spec; otherwise apply would use "
            f"{unnamed[0].user_id}",
        )
