"""How the cloud's callbacks are received."""

from typing import Annotated

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.fields import Duration, SecretSource
from reconciler.kinds.marks import Model


class Callbacks(Model):
    """How `reconciler callbacks` receives the cloud's events."""

    key: Annotated[SecretSource | None, NOWHERE] = None
    """The key that the TRTC console signs callbacks with."""
    live_key: Annotated[SecretSource | None, NOWHERE] = None
    """The key of the live callback templates; without it, callbacks of live streams are refused."""
    keep: Annotated[Duration, NOWHERE] = "45d"
    """How long events are kept: longer than the 30 days for which a TaskId is of use."""
