"""IDs of our making: one stays as it was recorded while the record lives, and none is used twice.

An ID is made from the workspace and the address. Neither may change that of what is recorded: a task that is
known by it would be cut for a word.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count

from reconciler.kinds import managed
from reconciler.kinds.base import Settings
from reconciler.kinds.capabilities import MakesIds
from reconciler.kinds.records import Recorded
from reconciler.model import Address, Resource


def with_recorded_ids(
    resources: Iterable[Resource], records: Mapping[Address, Recorded], settings: Settings
) -> list[Resource]:
    """The resources with the IDs that they are recorded with, wherever those are of our making.

    One that is not recorded yet gets an ID that no other record has, as after its address was another's.
    """
    return [_settled(resource, records, settings) for resource in resources]


def _settled(resource: Resource, records: Mapping[Address, Recorded], settings: Settings) -> Resource:
    kind = managed(resource.address).makes_ids
    wanted = kind.made_id(resource.spec) if kind is not None else None
    if kind is None or wanted is None:
        return resource
    record = records.get(resource.address)
    found = kind.made_id(record.entry.spec) if record is not None else None
    if found is None:
        taken = dict(_made(kind, records))
        made = (kind.make_id(settings.workspace, resource.address, number) for number in count(1))
        free = (one for one in made if taken.get(one, resource.address) == resource.address)
        found = next(free)
    return resource if found == wanted else resource.with_spec(kind.with_id(resource.spec, found))


def _made(kind: MakesIds, records: Mapping[Address, Recorded]) -> Iterator[tuple[str, Address]]:
    """Every ID of the kind's making that a record has, also of what may still be started by it."""
    for address, one in records.items():
        if one.kind.makes_ids is kind:
            for spec in (one.entry.spec, *one.entry.attempted, *(late.spec for late in one.entry.late_calls)):
                found = kind.made_id(spec)
                if found is not None:
                    yield found, address
