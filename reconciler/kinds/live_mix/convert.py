"""CreateCommonMixStream read back: the inputs as they stand in the request, without a layout."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.converting.parts import list_of, object_of, read_part
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.live_mix.spec import Crop, LiveMixSpec, MixInput, PortraitSegment
from reconciler.kinds.marks import Model

DECLINED = {
    "CancelCommonMixStream": "a cancel does not say what is mixed: convert the session's "
    "CreateCommonMixStream request, and set state: stopped in the manifest",
}
_BESIDE: Mapping[str, tuple[str, type[Model]]] = {
    "CropParams": ("crop", Crop),
    "PortraitSegmentParams": ("portraitSegment", PortraitSegment),
}


def title(request: Mapping[str, Any]) -> str:
    """The session's ID."""
    return str(request.get("MixStreamSessionId") or "")


def read_live_mix(request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The spec of a LiveMix."""
    spec = read_part(LiveMixSpec, request, reading, apart=("inputs",), beside=("InputStreamList",))
    here = reading.at("InputStreamList", to=("inputs",))
    if request.get("InputStreamList") is None:
        return spec
    items = enumerate(list_of(request["InputStreamList"], here))
    return {**spec, "inputs": [_read_input(item, here.at(index, to=(index,))) for index, item in items]}


def _read_input(value: Any, reading: Reading) -> dict[str, Any]:
    given = object_of(value, ("InputStreamName", "LayoutParams", *_BESIDE), reading)
    name = reading.at("InputStreamName", to=("stream",))
    if "InputStreamName" not in given:
        name.problem("is required")
    stream = {"stream": given["InputStreamName"]} if "InputStreamName" in given else {}
    # In a manifest its fields stand beside the name.
    layout = read_part(MixInput, given.get("LayoutParams", {}), reading.at("LayoutParams"))
    beside = {
        alias: read_part(model, given[name], reading.at(name, to=(alias,)))
        for name, (alias, model) in _BESIDE.items()
        if name in given
    }
    return {**stream, **layout, **beside}
