"""What the HTML report's templates show besides the view's own words: hints, labels, what is filtered by."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reconciler.model import Address, Impact, Verb
from reconciler.reports.rows import Labels, Line, Row, brief
from reconciler.reports.view import View
from reconciler.words import listed

_HINTS = 3
_LABELS = 500
_IMPACTS = {
    Impact.STOP: "stop",
    Impact.PAUSE: "pause",
    Impact.RESTART: "restart",
    Impact.RECONNECT: "reconnect",
    Impact.START: "start",
    Impact.NONE: "no interruption",
}

Choice = tuple[str, str, int]
"""What is chosen, what it is called, and how many changes it shows."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is filtered by; where no script runs, only the numbers of `impacts` are shown.

    These are of a status what it says of each. `facet` is the name of their attribute, `legend` what they are
    called. `labels` are the most frequent ones, sorted, each with how many changes have it.
    """

    impacts: Sequence[Choice]
    kinds: Sequence[Choice]
    labels: Sequence[tuple[str, int]]
    facet: str = "impact"
    legend: str = "Impact"


def filters_of(view: View) -> Filters:
    """The choices that narrow a view."""
    impacts = [(str(one), word, view.impacts[one]) for one, word in _IMPACTS.items() if view.impacts.get(one)]
    return Filters(impacts, kinds_of(view.rows), labels_of(view.rows))


class Listed(Protocol):
    """What a list is filtered by of one of its items."""

    @property
    def address(self) -> Address:
        """Of which resource it is."""
        ...

    @property
    def labels(self) -> Labels:
        """Its labels."""
        ...


def kinds_of(items: Sequence[Listed]) -> list[Choice]:
    """The kinds of the items, each with how many there are."""
    kinds = Counter(item.address.kind for item in items)
    return [(kind, kind, count) for kind, count in sorted(kinds.items())]


def labels_of(items: Sequence[Listed]) -> list[tuple[str, int]]:
    """The most frequent labels of the items, sorted, each with how many have it."""
    labels = Counter(label for item in items for label in label_texts(item))
    most = sorted(label for label, _ in labels.most_common(_LABELS))
    return [(label, labels[label]) for label in most]


def label_texts(item: Listed) -> list[str]:
    """`key=value` of each label, sorted by key."""
    return [f"{key}={value}" for key, value in sorted(item.labels.items())]


def verb_words(row: Row) -> str:
    """The verb where the impact does not say it; of drift, what an apply would do."""
    if row.seen is not None:
        return f"apply would {'do nothing' if row.verb is Verb.UNCHANGED else row.verb}"
    return "" if str(row.verb) == str(row.impact) else str(row.verb)


def hint(row: Row) -> str:
    """What one sees without unfolding: the first fields, or the reason."""
    if row.seen is not None:
        return row.seen.evidence
    if not row.told_by_fields:
        return row.places or row.reason if row.is_whole and row.impact is not Impact.STOP else row.reason
    if len(row.lines) == 1 and not row.parts and len(row.lines[0].before + row.lines[0].after) < 60:
        return f"{row.lines[0].path}: {_plainly(row.lines[0])}"
    return listed([*(line.path for line in row.lines), *row.parts], _HINTS)


def _plainly(line: Line) -> str:
    if line.before and line.after:
        return f"{brief(line.before)} → {brief(line.after)}"
    return f"added {brief(line.after)}" if line.after else f"removed {brief(line.before)}"
