"""Whom a watch tells of what happens to streams, and of which events."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.fields import SecretSource
from reconciler.kinds.marks import Many, Model

EventName = Literal[
    "down",
    "doubt",
    "recovered",
    "applied",
    "failed",
    "waiting",
    "restarting",
    "expiring",
    "manifests",
    "trouble",
    "frozen",
]


class Notify(Model):
    """One recipient of a watch's messages."""

    to: Annotated[SecretSource, NOWHERE]
    """The secret that holds the recipient's address as a URL of Apprise, such as `mailtos://…`."""
    events: Annotated[Annotated[tuple[EventName, ...], Many, Field(min_length=1)] | None, NOWHERE] = None
    """The events that are told; default: all."""
