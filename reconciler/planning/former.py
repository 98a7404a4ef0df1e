"""Another workspace's records that are of the same resources: how a renamed workspace is known again."""

from collections.abc import Iterable, Mapping

from reconciler.claims import Claim
from reconciler.kinds import managed
from reconciler.kinds.records import Desired, Recorded, recorded
from reconciler.kinds.robots import is_generated_robot
from reconciler.model import Address, Resource, Status
from reconciler.planning.fields import compare_specs
from reconciler.state.lines import glance
from reconciler.state.model import Entry

_ALIVE = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)


def same_resources(resources: Iterable[Resource], entries: Mapping[Address, Entry]) -> tuple[Address, ...]:
    """The resources whose start would end or double what the entries say runs, or may run.

    They have a robot, a session or a push address in common, or are the same but for the names of robots,
    which are made from the workspace's. Raises StateError for what this version cannot plan.
    """
    alive, held = set[Address](), set[Claim]()
    for address in entries:
        one = recorded(address, glance(entries, address))
        if one.entry.status in _ALIVE and not one.kind.is_switch:
            alive.add(address)
            held |= one.claims.occupies
    if not alive:
        return ()
    found = []
    for desired in (Desired(managed(one.address), one) for one in resources):
        address = desired.address
        if desired.kind.is_switch:
            continue
        if desired.claims.occupies & held or (
            address in alive and _is_same(recorded(address, glance(entries, address)), desired)
        ):
            found.append(address)
    return tuple(sorted(found))


def _is_same(one: Recorded, desired: Desired) -> bool:
    return all(
        is_generated_robot(field.before) and is_generated_robot(field.after)
        for field in compare_specs(one.spec, desired.spec)
    )
