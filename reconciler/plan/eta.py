"""How long the calls of a plan take."""

from collections.abc import Iterable

from reconciler.calls import PACE
from reconciler.plan.model import Change


def eta(changes: Iterable[Change]) -> float:
    """How many seconds the calls take at the API's pace, and with the pauses between those of a change.

    Each action, and region, has a pace of its own.
    """
    counts: dict[tuple[str, str, str], float] = {}
    every = tuple(changes)
    for call in (step.call for change in every for step in change.steps):
        key = (call.action.service, call.action.name, call.region if call.action.regional else "")
        counts[key] = counts.get(key, 0.0) + 1 / (call.action.per_second * PACE)
    pauses = (sum(step.pause_seconds for step in change.steps) for change in every)
    return round(max(counts.values(), default=0.0) + max(pauses, default=0.0), 1)
