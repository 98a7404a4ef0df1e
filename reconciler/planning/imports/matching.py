"""Tasks that callbacks tell of -> the resources of the manifests that they are of; pure.

A task is known by its TaskId where that is recorded, else by its robot in its room, else by what it pushes
to. One that fits none is told, and one that fits several is too: none of them is chosen.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reconciler.claims import Claim
from reconciler.kinds import managed
from reconciler.kinds.callbacks import EventGroup, ReportedTask
from reconciler.kinds.importing import CanImport
from reconciler.kinds.push import Push
from reconciler.model import Address, Resource
from reconciler.moments import rfc3339
from reconciler.planning.imports.said import Outcome, Row, Said, TaskFacts
from reconciler.state.model import State
from reconciler.words import listed

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A resource of the manifests, as far as a callback could tell of it."""

    address: Address
    group: EventGroup
    robot: tuple[int | str, str]
    occupies: frozenset[Claim]


class Matcher:
    """Finds the resource of each task; `place` stands for where the tasks were told, in words."""

    def __init__(self, resources: Mapping[Address, Resource], state: State, place: str) -> None:
        self._state = state
        self._place = place
        self._candidates = [
            _candidate(resource, kind)
            for resource in resources.values()
            if (kind := managed(resource.address).imports) is not None
        ]

    def matched(self, task: ReportedTask) -> Said | Row:
        """What is said of the task, or why there is nothing to be recorded of it."""
        row = Row(self._place, "", task.task_id, Outcome.SKIPPED)
        if task.has_ended:
            return row.told(f"it had ended by {rfc3339(task.newest)}")
        found = self._recorded(task.task_id) or self._fitting(task)
        if len(found) == 1:
            facts = TaskFacts(task.task_id, robot=task.robot, since=task.since, room=task.known_room)
            return Said(self._place, str(found[0]), facts)
        way = f"assign it with `reconciler state import ADDRESS --task-id {task.task_id}`"
        if found:
            names = listed(sorted(found), _MOST_NAMED)
            return row.told(f"it matches several resources: {names}", way, Outcome.REFUSED)
        if task.robot is None:
            return row.told("its events name neither robot nor room, so it could belong to any resource", way)
        targets = listed(sorted(task.targets), _MOST_NAMED)
        return row.told(
            f"no resource has its robot {task.robot} in room {task.room!r} or pushes to {targets}", way
        )

    def _recorded(self, task_id: str) -> list[Address]:
        """The resource that the task is recorded of, or whose call about it was never answered."""
        return [
            address
            for address, entry in self._state.entries.items()
            if task_id in (entry.task_id, entry.pending.task_id if entry.pending else None)
        ]

    def _fitting(self, task: ReportedTask) -> list[Address]:
        """Those with its robot; among several, and where there are none, those with its push address."""
        same = [one for one in self._candidates if one.group is task.group and task.robot is not None]
        claims = frozenset(filter(None, map(_claim, task.targets)))

        def pushes(one: _Candidate) -> bool:
            return bool(claims & one.occupies)

        robots = _of(same, lambda one: task.has_robot(*one.robot))
        if len(robots) == 1:
            return robots
        return _of((one for one in same if not robots or one.address in robots), pushes) or robots


def _of(candidates: Iterable[_Candidate], fits: Callable[[_Candidate], bool]) -> list[Address]:
    return [one.address for one in candidates if fits(one)]


def _candidate(resource: Resource, kind: CanImport) -> _Candidate:
    spec = managed(resource.address).read(resource.spec)
    robot = kind.robots_in(spec)[0]
    return _Candidate(
        resource.address,
        kind.event_group,
        (robot.room, robot.user_id),
        kind.occupies(spec),
    )


def _claim(target: str) -> Claim | None:
    """What a push to an address occupies; None of a text that is no address."""
    try:
        return Push.model_construct(url=target).claim() if target else None
    except ValueError:
        return None
