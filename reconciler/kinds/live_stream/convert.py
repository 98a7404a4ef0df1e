"""ForbidLiveStream and ResumeLiveStream read back: a live stream that is forbidden, or allowed."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.converting.parts import read_part
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.marks import Model

_ASKS = "it only queries, which plan and drift do themselves: convert the stream's ForbidLiveStream or "
_ASKS += "ResumeLiveStream request"
DECLINED = {
    "DropLiveStream": "a drop happens once, and the stream may push again immediately: convert a "
    "ForbidLiveStream request, or set state: forbidden in a manifest, with drop: true if "
    "the forbidden state alone does not interrupt the push",
    "DescribeLiveStreamState": _ASKS,
    "DescribeLiveStreamOnlineList": _ASKS,
}


def title(request: Mapping[str, Any]) -> str:
    """The stream's name."""
    return str(request.get("StreamName") or "")


def read_live(
    model: type[Model], request: Mapping[str, Any], reading: Reading, *, forbidden: bool
) -> dict[str, Any]:
    """The spec of a LiveStream, whose model is given; only a forbidden one has an end and a reason."""
    apart = ("state", "drop") if forbidden else ("state", "drop", "resume_time", "reason")
    state = "forbidden" if forbidden else "allowed"
    return {"state": state, **read_part(model, request, reading, apart=apart)}
