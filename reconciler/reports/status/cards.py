"""What a wall shows of each resource: its layout as a picture, or what it carries in words."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reconciler.kinds import managed
from reconciler.kinds.essence import Essential, Role
from reconciler.plan.status import Condition, Health, ResourceStatus
from reconciler.reports.markup import svg_of_ours
from reconciler.reports.pictures import thumbnail
from reconciler.reports.pictures.words import image_name
from reconciler.reports.status.view import StatusRow

HUES = 5
"""Colours of what has no picture, by kind."""
_SHOWN_OFF = (
    *(Condition.ENDED, Condition.FINISHED, Condition.FAILED),
    *(Condition.STOPPED, Condition.ABSENT, Condition.FORBIDDEN, Condition.PAUSED),
)


@dataclass(frozen=True, slots=True)
class Card:
    """One resource on the wall: a picture, or `what` it carries and how that is called.

    `tone` is good, quiet, wary or bad; those of one kind have one `hue`.
    """

    row: StatusRow
    tone: str
    picture: Markup | None = None
    label: str = ""
    what: str = ""
    hue: int = 0

    @property
    def one(self) -> ResourceStatus:
        """How the resource stands."""
        return self.row.resource

    @property
    def is_off(self) -> bool:
        """Whether nothing of it is on air."""
        return self.one.status in _SHOWN_OFF

    @property
    def is_told(self) -> bool:
        """Whether the picture says in letters how it stands, since that is not what a picture looks like."""
        return self.one.status not in (Condition.RUNNING, Condition.ALLOWED)

    @property
    def route(self) -> list[str]:
        """The first place it goes to, without the scheme, and how many more; in parts that end with a `/`."""
        places = self.one.goes_to
        if not places:
            return []
        more = f" +{len(places) - 1}" if len(places) > 1 else ""
        return re.split(r"(?<=/)", f"{places[0].partition('://')[2] or places[0]}{more}")


def cards_of(rows: Iterable[StatusRow]) -> Iterator[Card]:
    """The cards, in order. Raises StateError for a kind that this version does not know."""
    hues: dict[str, int] = {}
    for row in rows:
        hue = hues.setdefault(row.address.kind, len(hues) % HUES)
        yield _card(row, hue)


def _card(row: StatusRow, hue: int) -> Card:
    one = row.resource
    kind = managed(one.address)
    scene = kind.shows.scene(one.spec) if kind.shows is not None else None
    if scene is not None:
        return Card(row, tone_of(one), svg_of_ours(thumbnail(scene, f"The layout of {one.address}")))
    label, what = _carried(kind.kind.essence(one.spec), one)
    return Card(row, tone_of(one), label=label, what=what, hue=hue)


def _carried(parts: Sequence[Essential], one: ResourceStatus) -> tuple[str, str]:
    """What is in it, else where it comes from: the first part that is not where it goes; else its name."""
    by_content = sorted(parts, key=lambda part: part.role is not Role.CONTENT)
    places = {text for place in one.goes_to for text in (place, place.removeprefix("room "))}
    found = [_short(part) for part in by_content if part.words not in places]
    return found[0] if found else ("", one.address.name)


def _short(part: Essential) -> tuple[str, str]:
    """What it is called and is; of an address its last name alone, and its host with what it is called."""
    if "://" not in part.words:
        return part.label, part.words
    name, _, host = image_name(part.words).rstrip(")").rpartition(" (")
    return f"{part.label} {host}".strip(), name or host


def tone_of(one: ResourceStatus) -> str:
    """How a card is coloured: by whether it is as wanted, and whether anything is on."""
    if one.health is Health.DOWN:
        return "bad"
    if one.health is not Health.OK:
        return "wary"
    return "good" if one.status in (Condition.RUNNING, Condition.ALLOWED) else "quiet"
