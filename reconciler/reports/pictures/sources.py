"""From what a plan or a set of manifests holds to the scenes of it: kinds that show something are asked."""

from typing import Any, Protocol, runtime_checkable

from reconciler.kinds import KINDS, managed
from reconciler.kinds.base import Kind
from reconciler.layout.scene import Scene
from reconciler.model import Address, Status
from reconciler.plan import Change
from reconciler.reports.pictures.change import svg_change
from reconciler.reports.pictures.compare import compared
from reconciler.state import Entry

_SHOWING = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)


@runtime_checkable
class Shows(Kind, Protocol):
    """A kind whose resources have a picture."""

    def scene(self, spec: Any, inputs: int = ...) -> Scene | None:
        """What a validated spec shows; None if it is nothing, as of sound only.

        `inputs` is how many pictures, 1 to 16, an illustration has where the spec does not say who is
        where; ValueError for any other number.
        """
        ...


def pictures_of(change: Change) -> tuple[Scene | None, Scene | None]:
    """(the picture before a change, the one after it); None where nothing is shown, or the kind shows none.

    Needs `before` and `entry` of the change, as a plan in memory and a saved one have them. Raises
    StateError for an entry of a schema version that the kind does not know, as planning does.
    """
    return _shown(change.address, change.before), _shown(change.address, change.entry)


def svg_of(change: Change) -> str | None:
    """A change as an SVG to be put into a report; None where the picture stays as it is, or there is none."""
    before, after = pictures_of(change)
    if (before is None and after is None) or compared(before, after).same:
        return None
    return svg_change(before, after, str(change.address))


def _shown(address: Address, entry: Entry | None) -> Scene | None:
    kind = KINDS.get(address.kind)
    if entry is None or entry.status not in _SHOWING or not isinstance(kind, Shows):
        return None
    return kind.scene(managed(address, entry).spec.model_validate(entry.spec))
