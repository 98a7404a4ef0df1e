"""From what a plan or a set of manifests holds to the scenes of it: kinds that show something are asked."""

from reconciler.kinds import managed
from reconciler.layout.scene import Scene
from reconciler.model import Address, Status
from reconciler.plan.model import Change
from reconciler.reports.pictures.change import svg_change
from reconciler.reports.pictures.compare import compared
from reconciler.state.model import Entry

_SHOWING = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)


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
    if entry is None or entry.status not in _SHOWING:
        return None
    kind = managed(address, entry)
    return kind.shows.scene(kind.read(entry.spec)) if kind.shows else None
