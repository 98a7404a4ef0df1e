"""The state of the simulated cloud in one piece: tasks, rooms and live streams belong together."""

from .errors import ApiError
from .rooms import Rooms
from .store import Store
from .streams import Streams
from .tasks import Robot, Tasks
from .variants import Variants


class World:
    """What actions read and change; every method that depends on time is told the time."""

    def __init__(self, store: Store) -> None:
        """Give each part the same store."""
        self.variants = Variants(store)
        self.tasks = Tasks(store)
        self.rooms = Rooms(store)
        self.streams = Streams(store)

    @property
    def forbid_by_name(self) -> bool:
        """Whether a forbid hits by stream name only (semantics §14)."""
        return self.variants["forbid-match"] == "name-only"

    def settle(self, now: float) -> None:
        """End the tasks of rooms that have been empty for too long, each at its own time (semantics §1)."""
        idle = self.rooms.idle(now, self.variants["idle-from-start"] == "counted")
        for task in idle:
            self.tasks.end(task.task_id, "idle", task.due)

    def clear_way(self, robots: list[Robot], task_id: str, now: float) -> None:
        """Settle what happens when a robot enters a room where another task has it (semantics §1, §10)."""
        behaviour = self.variants["same-robot"]
        if behaviour == "both":
            return
        holders = [(robot, holder) for robot in robots for holder in self.tasks.holders(robot, task_id)]
        if holders and behaviour == "refuse":
            user, room = holders[0][0].user_id, holders[0][0].room_id
            raise ApiError("FailedOperation", f"The robot {user} is already in room {room}.")
        for _, holder in holders:
            self.tasks.end(holder, "robot-kicked", now)
