"""What a RenderStream's document has."""

from typing import Annotated, Literal

from reconciler.kinds.address_parts import StreamName
from reconciler.kinds.addresses import AnyAddress
from reconciler.kinds.api import NOWHERE, Api, Spec
from reconciler.kinds.ending import Ending
from reconciler.kinds.marks import RESTART
from reconciler.kinds.prevent import Preventable
from reconciler.kinds.push import Push
from reconciler.kinds.timing import Timed


class RenderStreamSpec(Preventable, Ending, Timed, Spec):
    """The fields of the document; without `publish`, the platform pushes to its bound domain."""

    state: Annotated[Literal["running", "stopped"], NOWHERE] = "running"
    """The desired state."""
    user_id: Annotated[StreamName, RESTART]
    """The user of the cloud-rendering session; without `publish`, also the live stream's name."""
    publish: Annotated[Push | None, RESTART, Api(at=("PublishStreamURL",))] = None
    """The address to push to; default: the domain bound in the console."""
    publish_stream_args: Annotated[AnyAddress | None, RESTART] = None
    """Arguments for the push to the domain bound in the console, or a reference to a secret that holds them;
    only valid without `publish`.
    """
