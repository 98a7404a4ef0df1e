"""How long the calls of a plan take."""

from collections.abc import Iterable

from reconciler.calls import PACE, Call


def eta(calls: Iterable[Call]) -> float:
    """How many seconds the calls take at the API's pace; each action, and region, has its own."""
    counts: dict[tuple[str, str, str], float] = {}
    for call in calls:
        key = (call.action.service, call.action.name, call.region if call.action.regional else "")
        counts[key] = counts.get(key, 0.0) + 1 / (call.action.per_second * PACE)
    return round(max(counts.values(), default=0.0), 1)
