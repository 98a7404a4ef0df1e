"""What a mix may not be beyond its single fields (mixes §2 and §3)."""

from collections.abc import Iterable
from typing import Any

from ..errors import ApiError
from ..mixes import NEW_STREAM, streams_of
from .mix_fields import LAYER, TEMPLATES

Params = dict[str, Any]
SEEN = (0, 2, 3, 5)
OUTPUT_TYPE = "InvalidParameter.InvalidOutputType"
SPELLINGS = ("InnerErrCode : [ {} ]", "InnerErrCode:[{}]", "err_code [ {} ]")


def other_error(number: int) -> ApiError:
    """The one code that tells by a number in its message what was meant, in one of three ways."""
    told = SPELLINGS[number % len(SPELLINGS)].format(number)
    return ApiError("InvalidParameter.OtherError", f"invalid parameter, {told}")


def check_mix(params: Params) -> None:
    """Raise for the first rule that a request breaks by itself."""
    inputs = params["InputStreamList"]
    layers = [one["LayoutParams"]["ImageLayer"] for one in inputs]
    if len(set(layers)) < len(layers):
        raise ApiError(LAYER, "The parameter `ImageLayer` is used more than once.")
    _check_sides(one["LayoutParams"] for one in inputs)
    _check_number(params)
    _check_output(params)
    _check_template(params)
    _check_places(params)


def _check_sides(layouts: Iterable[Params]) -> None:
    for layout in layouts:
        for name in ("ImageWidth", "ImageHeight", "LocationX", "LocationY"):
            side = layout.get(name, 0)
            if 0 < side < 0.01 or 0.99 < side < 1:
                raise ApiError(LAYER, f"The parameter `{name}` must be pixels, or a share from 0.01 to 0.99.")


def is_lone(params: Params) -> bool:
    """Whether there is but one input, and nobody allows to copy it."""
    return len(params["InputStreamList"]) == 1 and not params.get("ControlParams", {}).get("AllowCopy")


def makes_new(params: Params) -> bool:
    """Whether the output is a stream of its own."""
    return bool(params["OutputParams"].get("OutputStreamType", 0) == NEW_STREAM)


def _check_number(params: Params) -> None:
    if is_lone(params) and not makes_new(params):
        raise other_error(-21)


def _check_output(params: Params) -> None:
    among = params["OutputParams"]["OutputStreamName"] in streams_of(params)
    if makes_new(params) == among:
        where = "must not be" if among else "must be"
        raise ApiError(OUTPUT_TYPE, f"The parameter `OutputStreamName` {where} one of the inputs.")


def _check_template(params: Params) -> None:
    wanted = TEMPLATES.get(params.get("MixStreamTemplateId", 0))
    seen = sum(one["LayoutParams"].get("InputType", 0) in SEEN for one in params["InputStreamList"])
    if wanted is not None and seen != wanted:
        raise ApiError("InvalidParameter.TemplateNotMatchInputNum", f"The template takes {wanted} inputs.")


def _check_places(params: Params) -> None:
    """A picture beyond a background whose size is told is refused (mixes §2)."""
    layouts = [one["LayoutParams"] for one in params["InputStreamList"]]
    background: Params = next((one for one in layouts if one["ImageLayer"] == 1), {})
    for start, side in (("LocationX", "ImageWidth"), ("LocationY", "ImageHeight")):
        whole = background.get(side, 0)
        for layout in layouts if whole >= 1 else ():
            if _pixels(layout.get(start, 0), whole) + _pixels(layout.get(side, 0), whole) > whole:
                raise other_error(-2)


def _pixels(side: float, whole: float) -> float:
    return side * whole if 0 < side < 1 else side
