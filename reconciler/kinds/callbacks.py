"""The cloud's event callbacks: what they say of tasks (reference callbacks §3 and §4).

Events come in no sure order, some twice, and some never; one is about one push address of a publish task,
or about an ingest as a whole. That a task has ended is seen as the end of each of its pushes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from reconciler.kinds.live_events import LiveEvent
from reconciler.model import EndReason, Observation, Source, Standing, Status
from reconciler.moments import rfc3339


class EventGroup(IntEnum):
    """The groups that tell of tasks, by their EventGroupId."""

    RECORDING = 3
    PUBLISH = 4
    INGEST = 7


class Phase(Enum):
    """What an event says of a push or an ingest."""

    BEGINS = "begins"
    RUNS = "runs"
    FAILED = "failed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One event of a task; `at` in unix seconds, `target` the push address without its query, "" for none."""

    group: EventGroup
    task_id: str
    at: float
    phase: Phase
    target: str = ""
    room: int | str | None = None
    robot: str | None = None


_ORDER = (Phase.BEGINS, Phase.RUNS, Phase.FAILED, Phase.ENDED)
"""The order of what is said of the same millisecond."""


@dataclass(frozen=True, slots=True)
class RemovedUser:
    """That a user was removed from a room, as text; `at` in unix seconds."""

    room: str
    user_id: str
    at: float


Happening = TaskEvent | RemovedUser | LiveEvent


@dataclass(frozen=True, slots=True)
class Received:
    """What was received, as far as it is known, and the place in its store up to which that is."""

    events: tuple[Happening, ...] = ()
    place: str = ""

    @property
    def named(self) -> frozenset[str]:
        """The TaskIds of which it says anything."""
        return frozenset(one.task_id for one in self.events if isinstance(one, TaskEvent))

    @property
    def in_question(self) -> frozenset[str]:
        """The TaskIds of which it says more than that they run: they, or a push, failed or ended."""
        tasks = (one for one in self.events if isinstance(one, TaskEvent))
        return frozenset(one.task_id for one in tasks if one.phase in (Phase.FAILED, Phase.ENDED))

    @property
    def is_news(self) -> bool:
        """Whether any of it says more than that something runs: what a plan may do something about."""
        others = (one for one in self.events if not isinstance(one, TaskEvent))
        return bool(self.in_question) or any(isinstance(one, RemovedUser) or not one.begins for one in others)


NOTHING_RECEIVED = Received()


@dataclass(slots=True)
class ReportedTask:
    """All that events say of one task; `targets` has, by push address, what was said of it and when."""

    group: EventGroup
    task_id: str
    room: int | str | None = None
    robot: str | None = None
    targets: dict[str, list[tuple[float, Phase]]] = field(default_factory=dict)

    @property
    def known_room(self) -> int | str | None:
        """The room, where its kind is told with it."""
        return None if self.group is EventGroup.RECORDING else self.room

    def has_robot(self, room: int | str, user_id: str) -> bool:
        """Whether a robot in a room is its own; a recording's room is told as a text whatever its kind is."""
        room = str(room) if self.group is EventGroup.RECORDING else room
        return (type(self.room), self.room, self.robot) == (type(room), room, user_id)

    @property
    def newest(self) -> float:
        """When the last event of it was, in unix seconds."""
        return max(at for events in self.targets.values() for at, _ in events)

    @property
    def oldest(self) -> float:
        """When the first event of it was, in unix seconds."""
        return min(at for events in self.targets.values() for at, _ in events)

    @property
    def has_ended(self) -> bool:
        """Whether the last of each push is that it ended, and none gave up before: then a task lives on."""
        return all(_ended(events) for events in self.targets.values())

    @property
    def since(self) -> float | None:
        """When it began, in unix seconds; None where the events do not go back to the start of each push."""
        begins = [min(events, key=lambda event: event[0]) for events in self.targets.values()]
        whole = all(phase is Phase.BEGINS for _, phase in begins)
        return min(at for at, _ in begins) if whole else None

    def seen(self, targets: frozenset[str] = frozenset()) -> Observation:
        """How the task stands by its events, of those of its push addresses that it has now.

        An end that was not told of each push, or that followed a failure, is none of the task: that lives
        on (reference callbacks §3).
        """
        told = {target: _sorted(events) for target, events in self.targets.items()}
        told = {target: events for target, events in told.items() if not targets or target in targets}
        at = max((events[-1][0] for events in told.values()), default=self.newest)
        ups = sum(events[-1][1] is Phase.RUNS for events in told.values())
        if told and all(map(_ended, told.values())) and targets <= told.keys():
            words = f"a callback of {rfc3339(at)} says that it has ended"
            return Observation(Status.ENDED, words, at, Standing.GONE, Source.CALLBACK)
        downs = sum(_is_down(events) for events in told.values())
        if self.group is not EventGroup.PUBLISH and downs:
            words = f"a callback of {rfc3339(at)} says that its start failed"
            reason = EndReason.START_FAILED if self.group is EventGroup.INGEST else None
            return Observation(None, words, at, Standing.FAILED, Source.CALLBACK, reason)
        if self.group is not EventGroup.PUBLISH:
            words = f"a callback of {rfc3339(at)} says that it runs"
            return Observation(None, words, at, Standing.RUNNING, Source.CALLBACK)
        words = f"callbacks until {rfc3339(at)} say that {ups} of {len(told)} pushes run"
        standing = _standing(ups, downs)
        return Observation(None, words, at, standing, Source.CALLBACK)

    def add(self, event: TaskEvent) -> None:
        """Takes in one more event of it."""
        self.room = event.room if self.room is None else self.room
        self.robot = self.robot or event.robot
        self.targets.setdefault(event.target, []).append((event.at, event.phase))


def reported_tasks(events: Iterable[TaskEvent]) -> list[ReportedTask]:
    """The tasks that the events are about, in the order in which they are first named."""
    found: dict[tuple[EventGroup, str], ReportedTask] = {}
    for event in events:
        key = (event.group, event.task_id)
        found.setdefault(key, ReportedTask(*key)).add(event)
    return list(found.values())


def _sorted(events: Iterable[tuple[float, Phase]]) -> list[tuple[float, Phase]]:
    """What is said of a push, in the order in which it happened, each once."""
    return sorted(set(events), key=lambda event: (event[0], _ORDER.index(event[1])))


def _standing(ups: int, downs: int) -> Standing:
    if downs:
        return Standing.DEGRADED if ups else Standing.FAILED
    return Standing.RUNNING if ups else Standing.UNKNOWN


def _is_down(events: Iterable[tuple[float, Phase]]) -> bool:
    """Whether a push has given up, and does not run since."""
    lived = [phase for _, phase in _sorted(events) if phase is not Phase.ENDED]
    return lived[-1:] == [Phase.FAILED]


def _ended(events: Iterable[tuple[float, Phase]]) -> bool:
    """Whether the last that is said of a push is its end, and not after it had given up."""
    ordered = [phase for _, phase in _sorted(events)]
    lived = [phase for phase in ordered if phase is not Phase.ENDED]
    return ordered[-1] is Phase.ENDED and lived[-1:] != [Phase.FAILED]
