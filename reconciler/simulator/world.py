"""The state of the simulated cloud in one piece: tasks, rooms and live streams belong together."""

from .deadlines import Deadlines, Ending
from .errors import ApiError
from .inputs import Inputs
from .mixes import Mixes
from .playbacks import Playbacks
from .pulls import BEGINS, pushes
from .rooms import Rooms
from .sessions import Sessions
from .store import Store
from .streams import StreamName, Streams
from .tasks import Robot, Task, Tasks
from .variants import Variants

REFUSALS = {"refuse": "FailedOperation", "FailedOperation.TaskExist": "FailedOperation.TaskExist"}


class World:
    """What actions read and change; every method that depends on time is told the time."""

    def __init__(self, store: Store) -> None:
        """Give each part the same store."""
        self.variants = Variants(store)
        self.tasks = Tasks(store)
        self.rooms = Rooms(store)
        self.streams = Streams(store)
        self.deadlines = Deadlines(store)
        self.playbacks = Playbacks(store)
        self.sessions = Sessions(store)
        self.inputs = Inputs(store)
        self.mixes = Mixes(store, self.tasks, self.inputs, self.deadlines)

    @property
    def forbid_by_name(self) -> bool:
        """Whether a forbid hits by stream name only (semantics §14)."""
        return self.variants["forbid-match"] == "name-only"

    def state_of(self, name: StreamName, now: float) -> str:
        """A live stream's state; what a mix makes may be known under every domain and path (mixes §4)."""
        found = self.streams.state(name, now, self.forbid_by_name)
        anywhere = self.variants["mix-output-place"] == "anywhere" and self.mixes.makes(name.stream)
        return "active" if found == "inactive" and anywhere else found

    def reaches(self, region: str, task: Task) -> bool:
        """Whether a call to a region finds a task (semantics §8)."""
        return task.region == region or self.variants["other-region"] == "found"

    def settle(self, now: float) -> None:
        """End every task that is due, each at its own time (semantics §1, §12)."""
        while endings := self._due(now):
            for ending in endings:
                if ending.reason == BEGINS:
                    self.begin(ending.task_id, ending.at)
                else:
                    self.tasks.end(ending.task_id, ending.reason, ending.at)
                self.mind_inputs(ending.at)

    def _due(self, now: float) -> list[Ending]:
        """What is due by now, in order; the end of a stream can be the begin of a mix's end."""
        idle = self.rooms.idle(now, self.variants["idle-from-start"] == "counted")
        return sorted([*self.deadlines.due(now), *idle], key=lambda ending: ending.at)

    def mind_inputs(self, now: float) -> None:
        """Look which mixes all their inputs have left."""
        self.mixes.mind_inputs(now, self.forbid_by_name)

    def begin(self, task_id: str, at: float) -> None:
        """Let a task that was to begin later push by what it waited with."""
        self.deadlines.expect(task_id, BEGINS, None)
        task = self.tasks.find(task_id)
        if task is not None:
            self.streams.push(task_id, pushes(task.request), at)

    def clear_way(self, robots: list[Robot], task: Task, now: float) -> None:
        """Settle what happens when a robot enters a room where another task has it (semantics §1, §10)."""
        kicked = []
        for robot in robots:
            for holder in self.tasks.holders(robot, task.task_id):
                ingests = holder.kind == task.kind == "ingest"
                behaviour = self.variants["second-ingest" if ingests else "same-robot"]
                if behaviour in REFUSALS:
                    where = f"{robot.user_id} is already in room {robot.room_id}"
                    raise ApiError(REFUSALS[behaviour], f"The robot {where}.")
                if behaviour == "kick":
                    kicked.append(holder.task_id)
        for task_id in kicked:
            self.tasks.end(task_id, "robot-kicked", now)

    def end_without_session(self, now: float) -> None:
        """End the pushes of users whose session is gone (semantics §13)."""
        for task in self.tasks.renders():
            if not self.sessions.has(task.request["UserId"]):
                self.tasks.end(task.task_id, "session-ended", now)
