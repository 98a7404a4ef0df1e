"""What a workspace allows a plan to do, and what of it can be allowed by name."""

from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model import Impact


class Gate(StrEnum):
    """What refuses; those that count can be passed by `--allow`."""

    STOPS = "stops"
    REPLACES = "replaces"
    PREVENT = "prevent"
    IMPACT = "max-impact"
    STATE = "state"
    NEW_STATE = "new-state"
    CLAIMED = "claimed"
    ON_AIR = "on-air"


COUNTED = (Gate.STOPS, Gate.REPLACES)


@dataclass(frozen=True, slots=True)
class Most:
    """How many running tasks a plan may touch, as a share in per cent and as a number; None is no limit."""

    percent: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workspace allows; the shares are octoDNS's idea, as a safeguard against an emptied directory."""

    stops: Most = field(default_factory=lambda: Most(percent=30))
    replaces: Most = field(default_factory=lambda: Most(percent=30))
    max_impact: Impact | None = None
    on_air: bool = False
