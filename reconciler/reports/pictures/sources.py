"""From what a plan or a set of manifests holds to the scenes of it: kinds that show something are asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.kinds import managed
from reconciler.layout.scene import Scene, SceneTile
from reconciler.model import Address, Status, Verb
from reconciler.plan.model import Change
from reconciler.reports.pictures.change import svg_change
from reconciler.reports.pictures.compare import compared
from reconciler.reports.pictures.single import svg_of_scene
from reconciler.state.model import Entry

_SHOWING = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Pictures:
    """SVG documents by the address of the change, for wide and `narrow` pages.

    What is laid out like another is not drawn: `like` says which.
    """

    drawn: Mapping[Address, str] = field(default_factory=dict)
    narrow: Mapping[Address, str] = field(default_factory=dict)
    like: Mapping[Address, Address] = field(default_factory=dict)


def pictures_of(change: Change) -> tuple[Scene | None, Scene | None]:
    """(the picture before a change, the one after it); None where nothing is shown, or the kind shows none.

    Needs `before` and `entry` of the change, as a plan in memory and a saved one have them. Raises
    StateError for an entry of a schema version that the kind does not know, as planning does.
    """
    return _shown(change.address, change.before), _shown(change.address, change.entry)


def svg_of(change: Change, *, narrow: bool = False) -> str | None:
    """A change as an SVG to be put into a report; None where the picture stays as it is, or there is none.

    Of what starts it is the picture by itself. For a `narrow` page, before stands above after.
    """
    before, after = pictures_of(change)
    title = str(change.address)
    if change.verb is Verb.START:
        return svg_of_scene(after, title, narrow=narrow) if after is not None else None
    if (before is None and after is None) or compared(before, after).same:
        return None
    return svg_change(before, after, title, narrow=narrow)


def layout_of(change: Change) -> Scene | None:
    """The layout of what a start shows, whoever is in it; None of anything else, and of no picture."""
    if change.verb is not Verb.START:
        return None
    scene = _shown(change.address, change.entry)
    return scene and replace(scene, tiles=tuple(map(_unnamed, scene.tiles)))


def _unnamed(tile: SceneTile) -> SceneTile:
    return replace(tile, room=None, user="somebody" if tile.user else "")


def _shown(address: Address, entry: Entry | None) -> Scene | None:
    if entry is None or entry.status not in _SHOWING:
        return None
    kind = managed(address, entry)
    return kind.shows.scene(kind.read(entry.spec)) if kind.shows else None
