"""A status as one HTML page that is looked at rather than read: the wall of all layouts with how they stand.

It loads nothing, and can be searched, filtered and printed; where scripts are forbidden, all of it is there.
"""

from collections.abc import Sequence

from reconciler.plan.status import Condition, Health
from reconciler.reports.html import SCRIPT, STYLE, filled
from reconciler.reports.html_values import Filters, kinds_of, labels_of
from reconciler.reports.status.cards import Card, cards_of
from reconciler.reports.status.live import Live
from reconciler.reports.status.view import StatusRow, StatusView

_TONES = {Health.DOWN: "", Health.DOUBT: " wary", Health.DIFFERS: " wary", Health.OK: " calm"}
Section = tuple[str, Sequence[Card]]


def wall(view: StatusView, interval: int = 0, live: Live | None = None) -> str:
    """The page; with an `interval` in seconds it is loaded anew by itself, as it is written anew.

    A `live` one is kept up to date by the watch that serves it.
    """
    cards = list(cards_of(view.rows))
    return filled(
        "status.html.j2",
        [STYLE, "status.css"],
        [SCRIPT, "status.js"],
        asks=live is not None,
        live=live,
        view=view,
        tone=_TONES[view.worst],
        verdict=f"{view.verdict[0].upper()}{view.verdict[1:]}",
        filters=_filters(view.rows),
        sections=_sections(cards),
        interval=interval,
    )


def _sections(cards: Sequence[Card]) -> list[Section]:
    """What is not as wanted stands first, by itself; of the rest what is on, and first what has a picture."""
    well = [card for card in cards if card.row.is_well]
    parts = (
        ("Not as wanted", [card for card in cards if not card.row.is_well]),
        ("As wanted", sorted(well, key=lambda card: (card.is_off, card.picture is None))),
    )
    return [(title, found) for title, found in parts if found]


def _filters(rows: Sequence[StatusRow]) -> Filters:
    counts = {one: sum(row.resource.status is one for row in rows) for one in Condition}
    statuses = [(str(one), str(one), count) for one, count in counts.items() if count]
    return Filters(statuses, kinds_of(rows), labels_of(rows), facet="status", legend="Status")
