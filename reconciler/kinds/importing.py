"""What has to be told of a task that something else has started before it can be recorded, and why.

A manifest says how a task runs, and not which one it is: each kind knows what else its calls and its
expirations are made of. A robot that a manifest does not name would get a name of ours, which says
nothing of a task that is there already.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, runtime_checkable

from reconciler.calls import Call
from reconciler.kinds.base import Managed, Subject
from reconciler.kinds.callbacks import EventGroup
from reconciler.model import Path


class Fact(StrEnum):
    """What can be told of a task, by its key in a log."""

    ROBOT = "robot"
    SINCE = "since"
    SEQUENCE_NUMBER = "sequenceNumber"
    PAUSED_SINCE = "pausedSince"


class TaskRobot(NamedTuple):
    """A robot of a task: the field of its user ID below `spec`, its room, its user ID, and its role there."""

    path: Path
    room: int | str
    user_id: str
    role: str


@runtime_checkable
class CanImport(Managed, Protocol):
    """Has tasks that can be recorded without having been started by us."""

    @property
    def event_group(self) -> EventGroup:
        """The callbacks that tell of its tasks."""
        ...

    def robots_in(self, spec: Any) -> tuple[TaskRobot, ...]:
        """The robots of a resolved spec; the first is the one that a task is known by."""
        ...

    def needed(self, spec: Any) -> Mapping[Fact, str]:
        """What has to be told beside the TaskId, each with what it is needed for."""
        ...

    def probe(self, subject: Subject) -> Call | None:
        """The call that changes nothing and is answered only for a task that runs; None where there is none.

        Unlike a verification it says nothing of what the task is to be, as that is not known for sure.
        """
        ...
