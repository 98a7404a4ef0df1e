"""Records under the names that resources have by now: what `metadata.renamedFrom` says, followed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.errors import StateError
from reconciler.model import Address, Resource
from reconciler.planning.choice import Choice
from reconciler.state.model import State
from reconciler.words import listed

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Renames:
    """The state as it is once renames are followed: `former` has what each was recorded under.

    `notes` tell of former names that are recorded, and not followed.
    """

    state: State
    former: Mapping[Address, Address] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def left_out(self, choice: Choice) -> Iterable[str]:
        """What is told of a choice of former names alone: nothing is recorded under them any more."""
        for address, former in self.former.items():
            labels = self.state.entries[address].labels
            if choice.includes(former, labels) and not choice.includes(address, labels):
                yield f"{former} was renamed to {address} (metadata.renamedFrom): select {address}"


def follow_renames(resources: Iterable[Resource], state: State) -> Renames:
    """The state with each record under its new name; raises StateError where that could be of two.

    A former name that nothing is recorded under means nothing, and does no harm for ever.
    """
    entries, former, notes = dict(state.entries), dict[Address, Address](), []
    for resource in resources:
        names = (Address(resource.address.kind, name) for name in resource.renamed_from)
        found = [one for one in dict.fromkeys(names) if one in state.entries]
        if not found:
            continue
        if resource.address in state.entries:
            notes.append(_both(resource.address, found))
            continue
        if len(found) > 1:
            raise _several(resource.address, found)
        former[resource.address] = found[0]
        entries[resource.address] = entries.pop(found[0])
    return Renames(replace(state, entries=entries) if former else state, former, tuple(notes))


def _both(address: Address, found: list[Address]) -> str:
    names = listed(list(map(str, found)), _SHOWN)
    return (
        f"{address} and {names} are both in the state: metadata.renamedFrom of {address} is ignored, and "
        f"{names} {'counts' if len(found) == 1 else 'count'} as removed from the manifests"
    )


def _several(address: Address, found: list[Address]) -> StateError:
    names = " and ".join(map(str, found))
    return StateError(
        f"{names} are both in the state, and metadata.renamedFrom of {address} names both",
        "keep only the name that has its task; the other then counts as removed from the manifests",
    )
