"""How a task stands by the live streams that its pushes make (reference semantics §11)."""

from collections.abc import Sequence
from typing import Any

from reconciler.kinds.live import ACTIVE, FORBID, PushTarget
from reconciler.model import Observation, Source, Standing


def watched(spec: Any) -> list[PushTarget]:
    """The live streams that its pushes make."""
    return [target for one in spec.publish for target in one.watched()]


def seen_of(states: Sequence[str | None], at: float) -> Observation | None:
    """What the states of all its live streams say, at a moment in unix seconds; None where one is missing."""
    if not states or None in states:
        return None
    active = sum(state == ACTIVE for state in states)
    evidence = f"{active} of {len(states)} pushes to Tencent's CDN are active"
    return Observation(None, evidence, at, _standing(states, active), Source.LIVE)


def _standing(states: Sequence[str | None], active: int) -> Standing:
    """How a task stands whose pushes stand so, of which so many are active."""
    if active:
        return Standing.RUNNING if active == len(states) else Standing.DEGRADED
    return Standing.FORBIDDEN if FORBID in states else Standing.SILENT
