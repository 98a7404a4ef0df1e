"""Warnings grouped by cause: one for all places where only the place differs, or a moment by a little.

Most warnings begin with the place that they are about: `Kind/name: …` or `file:line:column: …`. That is
read back here for showing them; nothing else depends on it, and a report has all of them in full too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.words import listed

_PLACE = re.compile(r"(?s)([A-Z][A-Za-z0-9]*/[a-z0-9.-]+|.+?:[0-9]+:[0-9]+): (.+)")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_TO_THE_MINUTE = len("2026-01-01T00:00")
MOST_PLACES = 4


@dataclass(frozen=True, slots=True)
class Notice:
    """One warning, or several of one cause: what is told, and where, in order; no place is of everything."""

    text: str
    places: tuple[str, ...] = ()

    def shown(self, most: int = MOST_PLACES) -> str:
        """`300 places: …: a, b and 298 more`, or the warning as it is."""
        if len(self.places) < 2:
            return ": ".join((*self.places, self.text))
        return f"{len(self.places)} places: {self.text} ({listed(self.places, most)})"


def notices_of(warnings: Iterable[str]) -> tuple[Notice, ...]:
    """The warnings by cause, each at the place of the first of it."""
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for warning in warnings:
        match = _PLACE.fullmatch(warning)
        place, text = match.groups() if match else ("", warning)
        found.setdefault(_cause(place, text), []).append((place, text))
    return tuple(_notice(some) for some in found.values())


def _cause(place: str, text: str) -> tuple[str, ...]:
    moments = (moment[:_TO_THE_MINUTE] for moment in _MOMENT.findall(text))
    return (str(bool(place)), *_MOMENT.split(text), *moments)


def _notice(some: list[tuple[str, str]]) -> Notice:
    """Those of one cause, with the first and last of moments that differ."""
    texts = [text for _, text in some]
    moments = zip(*map(_MOMENT.findall, texts), strict=True)
    ranges = [f"{min(of)} to {max(of)}" if len(set(of)) > 1 else of[0] for of in moments]
    pieces = _MOMENT.split(texts[0])
    told = "".join(piece + moment for piece, moment in zip(pieces, [*ranges, ""], strict=True))
    return Notice(told, tuple(dict.fromkeys(place for place, _ in some if place)))
