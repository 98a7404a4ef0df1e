"""What a resource's manifest forbids to be done to it."""

from typing import Annotated, Literal

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.marks import Many, Model


class Preventable(Model):
    """A resource that can be kept from being stopped or restarted."""

    prevent: Annotated[Annotated[tuple[Literal["stop", "restart"], ...], Many] | None, NOWHERE] = None
    """What apply must not do to this resource: `stop` it (or pause or forbid it), `restart` it."""
