"""Generated names of robots: one stays as it was recorded while the record lives, and none is used twice.

A name is made from the workspace, the address and the room when a task is first started. None of them
may change the robot of what is recorded: a task that is known by its robot would be cut for a word.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import count
from typing import Any, NamedTuple

from reconciler.kinds import managed
from reconciler.kinds.base import Settings
from reconciler.kinds.marks import Model, models_in
from reconciler.kinds.records import Recorded
from reconciler.kinds.robots import ROLES, Robot, is_generated_robot, robot_id
from reconciler.model import Address, Resource

Place = tuple[str, ...]
Rename = Callable[["Named"], str]


class Named(NamedTuple):
    """A robot of a spec: the fields that lead to it, the room that it is in, its name."""

    place: Place
    room: int | str
    name: str

    def is_same(self, other: "Named") -> bool:
        """Whether it is the same robot of another spec.

        In another room it is another one: the API wants a name of its own for each task, and the task in
        the room that is left may run on for a while.
        """
        return (self.place, self.room) == (other.place, other.room)


EACH = "*"
"""In a Place, each element of a list."""


def with_recorded_robots(
    resources: Iterable[Resource], records: Mapping[Address, Recorded], settings: Settings
) -> list[Resource]:
    """The resources with the robots that they are recorded with, wherever the name is of our making.

    One that is not recorded yet gets a name that no other record has, as after its address was another's.
    """
    names = _Names(records, settings)
    return [names.settled(resource) for resource in resources]


class _Names:
    def __init__(self, records: Mapping[Address, Recorded], settings: Settings) -> None:
        self._records = records
        self._settings = settings
        self._taken: Mapping[str, Address] | None = None

    def settled(self, resource: Resource) -> Resource:
        """The resource with the names that its robots have, or are to have."""
        model, record = managed(resource.address).kind.spec, self._records.get(resource.address)
        is_as_recorded = record is not None and record.entry.spec == resource.spec
        if is_as_recorded or not robot_places(model):
            return resource
        known = (
            [] if record is None else [one for one in robots_in(model, record.entry.spec) if _is_made(one)]
        )
        spec = _renamed(model, resource.spec, partial(self._name, resource.address, known))
        return resource if spec is resource.spec else resource.with_spec(spec)

    def _name(self, address: Address, known: list[Named], wanted: Named) -> str:
        role = "" if wanted in known else self._role(address, wanted)
        if not role:
            return wanted.name
        kept = next((one.name for one in known if one.is_same(wanted)), "")
        return kept or self._free(address, wanted, role)

    def _role(self, address: Address, wanted: Named) -> str:
        """The role of a robot that we have named; "" where the manifest has."""
        if not _is_made(wanted):
            return ""
        made = partial(robot_id, self._settings.workspace, address, wanted.room)
        return next((role for role in ROLES if made(role) == wanted.name), "")

    def _free(self, address: Address, wanted: Named, role: str) -> str:
        """The first of the names for it that is no other record's."""
        if self._taken is None:
            self._taken = dict(_made_names(self._records.values()))
        made = (robot_id(self._settings.workspace, address, wanted.room, role, number) for number in count(1))
        return next(name for name in made if self._taken.get(name, address) == address)


def _made_names(records: Iterable[Recorded]) -> Iterator[tuple[str, Address]]:
    """Every name of our making that a record has, also of what may still be started by it."""
    for one in records:
        entry = one.entry
        specs = (entry.spec, *entry.attempted, *(late.spec for late in entry.late_calls))
        for spec in specs:
            for robot in robots_in(one.kind.kind.spec, spec):
                if _is_made(robot):
                    yield robot.name, one.address


def _is_made(robot: Named) -> bool:
    return is_generated_robot(robot.name)


@cache
def robot_places(spec: type[Model]) -> tuple[Place, ...]:
    """Where robots stand below a model, as names of fields; EACH after one is each element of its list."""
    found: list[Place] = [()] if issubclass(spec, Robot) else []
    for info in spec.model_fields.values():
        alone = {*models_in(info.annotation, deep=False)}
        for model in models_in(info.annotation):
            if issubclass(model, Model) and not model.holds_secret:
                each = () if model in alone else (EACH,)
                found += ((str(info.alias), *each, *place) for place in robot_places(model))
    return tuple(dict.fromkeys(found))


def robots_in(model: type[Model], spec: Mapping[str, Any]) -> list[Named]:
    """The robots of a resolved spec, in the order of its fields."""
    found: list[Named] = []

    def note(robot: Named) -> str:
        found.append(robot)
        return robot.name

    _renamed(model, spec, note)
    return found


def _renamed(model: type[Model], spec: Mapping[str, Any], rename: Rename) -> Mapping[str, Any]:
    """The spec with its robots renamed; the very same one where none is."""
    for place in robot_places(model):
        spec = _renamed_at(spec, place, spec.get("room", ""), rename, place)
    return spec


def _renamed_at(value: Any, rest: Place, room: int | str, rename: Rename, place: Place) -> Any:
    if value is None:
        return value
    if not rest:
        name = value.get("userId")
        new = name if name is None else rename(Named(place, value.get("room", room), name))
        return value if new == name else {**value, "userId": new}
    if rest[0] == EACH:
        listed = [_renamed_at(one, rest[1:], room, rename, place) for one in value]
        return value if all(one is old for one, old in zip(listed, value, strict=True)) else listed
    old = value.get(rest[0])
    new = _renamed_at(old, rest[1:], room, rename, place)
    return value if new is old else {**value, rest[0]: new}
