"""Which resources a plan is about, and what was asked of it beyond the manifests."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.model import Address, Impact, OnRemoval, Resource
from reconciler.plan.model import Selection
from reconciler.state.model import State


@dataclass(frozen=True, slots=True)
class Choice:
    """Which resources a plan is about, and which of them are replaced whatever their specs say.

    The pushes of those to `resign` are signed anew, though nothing else is wanted of them. A renewal that
    is graver than `most` waits. `why_removed` is the reason told for what is recorded and not in the
    manifests given, `why_new` the one for what is in them and not recorded. `on_removal` has what is to
    be done of what is not in them, where that is not what was recorded. `selection` tells how resources
    were chosen, without counts; None where everything is. With `unaccounted`, what is not recorded may
    run all the same.
    """

    includes: Callable[[Address, Mapping[str, str]], bool] = lambda address, labels: True
    replace: frozenset[Address] = frozenset()
    resign: frozenset[Address] = frozenset()
    most: Impact | None = None
    why_removed: str = "no longer in the manifests"
    why_new: str = "new: not in the state"
    on_removal: Mapping[Address, OnRemoval] = field(default_factory=dict)
    selection: Selection | None = None
    unaccounted: bool = False


def labels_of(resources: Iterable[Resource], state: State) -> dict[Address, Mapping[str, str]]:
    """The labels of everything there is: what a manifest says wins over what was recorded."""
    recorded = {address: entry.labels for address, entry in state.entries.items()}
    return {**recorded, **{resource.address: resource.labels for resource in resources}}
