"""What a request was sent with beside its body: where to, in which region, as which version."""

from collections.abc import Mapping
from typing import Any

from reconciler.calls import Action
from reconciler.kinds.api import Spec
from reconciler.kinds.capabilities import CanConvert
from reconciler.kinds.converting.reading import Reading, found
from reconciler.kinds.workspace.endpoint import service_of, site_of
from reconciler.manifests.converting.requests import Envelope


def action_of(kind: CanConvert, name: str) -> Action:
    """The kind's action of that name, which has to be one of its own."""
    return next(one for one in kind.actions if one.name == name)


def read_envelope(
    envelope: Envelope, action: Action, spec: type[Spec], reading: Reading
) -> Mapping[str, Any]:
    """What a manifest says for it; notes what is sent otherwise."""
    host = envelope.host
    if host and site_of(host) is None:
        reading.warn(
            f"host {found(host)} is not a host of the API, so it does not determine the workspace's endpoint"
        )
    elif host and service_of(host) != action.service:
        reading.warn(
            f"host {found(host)} does not serve {action.name}, which is an action of {action.service}"
        )
    if envelope.version not in ("", action.version):
        reading.warn(
            f"version {found(envelope.version)} is replaced by {action.version}, the supported version"
        )
    if not envelope.region:
        return {}
    if "region" in spec.model_fields:
        return {"region": envelope.region}
    reading.warn(f"region {found(envelope.region)} is left out: {action.name} takes no region")
    return {}
