"""Tasks whose start was never answered, and that callbacks tell of: by their robot in its room."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.kinds.callbacks import ReportedTask
from reconciler.kinds.records import Recorded
from reconciler.model import Address, Effect, Status
from reconciler.moments import rfc3339, unix_seconds

SKEW_SECONDS = 60
"""How far the cloud's clock may be behind ours: what began earlier is no task of the start in question."""


@dataclass(frozen=True, slots=True)
class FoundTask:
    """A task that runs, by its callbacks: its TaskId, and since when (unix seconds)."""

    task_id: str
    since: float

    @property
    def words(self) -> str:
        """Who says so."""
        return f"a callback of {rfc3339(self.since)} says that it started task {self.task_id}"


NONE_FOUND: Mapping[Address, FoundTask] = {}


def found_tasks(
    records: Mapping[Address, Recorded], tasks: Iterable[ReportedTask]
) -> dict[Address, FoundTask]:
    """The one task of each start that was never answered; none where several could be it."""
    uncertain = [one for one in records.values() if _is_unanswered_start(one)]
    if not uncertain:
        return {}
    recorded = {one.entry.task_id for one in records.values()}
    running = [one for one in tasks if not one.has_ended and one.task_id not in recorded]
    found: dict[Address, FoundTask] = {}
    for one in uncertain:
        fitting = [task for task in running if _fits(one, task)]
        if len(fitting) == 1:
            found[one.address] = FoundTask(fitting[0].task_id, fitting[0].oldest)
    return found


def _is_unanswered_start(recorded: Recorded) -> bool:
    entry = recorded.entry
    pending = entry.pending
    lost = entry.status is Status.UNCERTAIN and pending is not None and pending.effect is Effect.START
    return lost and recorded.kind.imports is not None


def _fits(recorded: Recorded, task: ReportedTask) -> bool:
    """Whether a task has the robot that was started, in its room, and began no earlier than that."""
    imports, pending = recorded.kind.imports, recorded.entry.pending
    if imports is None or pending is None or task.group is not imports.event_group or task.robot is None:
        return False
    robot = imports.robots_in(recorded.spec)[0]
    return (
        task.has_robot(robot.room, robot.user_id) and task.oldest >= unix_seconds(pending.at) - SKEW_SECONDS
    )
