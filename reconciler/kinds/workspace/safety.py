"""What a plan may do without --allow."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.marks import Model


class Most(Model):
    """How many running tasks one plan may touch without `--allow`; both may be given."""

    percent: Annotated[Annotated[int, Field(ge=0, le=100)] | None, NOWHERE] = None
    """Maximum share of the running tasks, in percent; applies from ten running tasks."""
    count: Annotated[Annotated[int, Field(ge=0)] | None, NOWHERE] = None
    """Maximum number."""


class Safety(Model):
    """What a plan may do without --allow."""

    max_stops: Annotated[Most, NOWHERE] = Most(percent=30)
    """How many running tasks a plan may stop."""
    max_replaces: Annotated[Most, NOWHERE] = Most(percent=30)
    """How many running tasks a plan may replace (end and start again)."""
    max_impact: Annotated[Literal["none", "reconnect", "restart"] | None, NOWHERE] = None
    """The highest impact a plan may have; `--max-impact` can lower it further. Starts are always allowed."""
