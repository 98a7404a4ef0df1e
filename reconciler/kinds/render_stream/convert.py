"""StartPublishStream and StartPublishStreamWithURL read back: the second names where it is pushed to."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.converting.addresses import read_push
from reconciler.kinds.converting.parts import read_part
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.marks import Model

DECLINED = {
    "StopPublishStream": "a stop does not say what is pushed: convert the session's StartPublishStream or "
    "StartPublishStreamWithURL request, and set state: stopped in the manifest",
}
_URL = "PublishStreamURL"


def title(request: Mapping[str, Any]) -> str:
    """The session's user ID."""
    return str(request.get("UserId") or "")


def read_render(
    model: type[Model], request: Mapping[str, Any], reading: Reading, *, to_url: bool
) -> dict[str, Any]:
    """The spec of a RenderStream, whose model is given; `to_url` if the action is the one with an address."""
    if not to_url:
        return read_part(model, request, reading, apart=("state", "publish"))
    apart = ("state", "publish", "publish_stream_args")
    spec, here = read_part(model, request, reading, apart=apart, beside=(_URL,)), reading.at(_URL)
    if request.get(_URL) is None:
        here.problem("is required")
    return {**spec, "publish": read_push(request.get(_URL), reading.at(_URL, to=("publish",)))}
