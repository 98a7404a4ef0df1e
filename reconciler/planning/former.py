"""Another workspace's records that are of the same resources: how a renamed workspace is known again."""

from collections.abc import Iterable, Mapping

from reconciler.kinds import managed
from reconciler.kinds.records import Desired, Recorded
from reconciler.kinds.robots import is_generated_robot
from reconciler.model import Address, Claim, Resource, Status
from reconciler.planning.fields import compare_specs

_ALIVE = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)


def same_resources(resources: Iterable[Resource], records: Mapping[Address, Recorded]) -> tuple[Address, ...]:
    """The resources whose start would end or double what the records say runs, or may run.

    They have a robot, a session or a push address in common, or are the same but for the names of robots,
    which are made from the workspace's.
    """
    alive = {
        address: one
        for address, one in records.items()
        if one.entry.status in _ALIVE and not one.kind.is_switch
    }
    held: frozenset[Claim] = frozenset().union(*(one.claims.occupies for one in alive.values()))
    if not alive:
        return ()
    found = []
    for desired in (Desired(managed(one.address), one) for one in resources):
        if desired.kind.is_switch:
            continue
        twin = alive.get(desired.address)
        if desired.claims.occupies & held or (twin is not None and _is_same(twin, desired)):
            found.append(desired.address)
    return tuple(sorted(found))


def _is_same(recorded: Recorded, desired: Desired) -> bool:
    return all(
        is_generated_robot(field.before) and is_generated_robot(field.after)
        for field in compare_specs(recorded.spec, desired.spec)
    )
