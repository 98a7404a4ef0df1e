"""What a plan may do without being asked for by name."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.marks import Model


class Most(Model):
    """How many running tasks one plan may touch without `--allow`; both may be given."""

    percent: Annotated[Annotated[int, Field(ge=0, le=100)] | None, NOWHERE] = None
    """The most as a share of the running tasks in per cent; counts from ten of them on."""
    count: Annotated[Annotated[int, Field(ge=0)] | None, NOWHERE] = None
    """The most as a number."""


class Safety(Model):
    """What a plan may do without being asked for by name."""

    max_stops: Annotated[Most, NOWHERE] = Most(percent=30)
    """How many running tasks it may stop."""
    max_replaces: Annotated[Most, NOWHERE] = Most(percent=30)
    """How many running tasks it may replace, which ends each and starts another."""
    max_impact: Annotated[Literal["none", "reconnect", "restart"] | None, NOWHERE] = None
    """The gravest impact it may have; `--max-impact` may narrow it further. Starts always pass."""
