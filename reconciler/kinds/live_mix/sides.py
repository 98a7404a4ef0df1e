"""Places and sizes of a mix's inputs: whole pixels, or shares of the background (mixes §2)."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ValidationInfo

from reconciler.kinds.api import Part
from reconciler.kinds.forms import JsonSchemaHint
from reconciler.kinds.marks import is_recorded

MOST_SIDE = 2000
"""Pixels (mixes §2)."""
LEAST_SHARE, MOST_SHARE = 0.01, 0.99
_WORDS = "use 0 to 2000 pixels, or a share of the background from 0.01 to 0.99"


class Measured(Part):
    """A part with lengths, which mean the same however they are written: 640.0 is 640."""

    def with_defaults(self) -> Self:
        """The same with the API's defaults where it says nothing, and whole lengths as whole numbers."""
        full = super().with_defaults()
        whole = {
            name: int(value)
            for name in type(full).model_fields
            if isinstance(value := getattr(full, name), float) and value.is_integer()
        }
        return full.model_copy(update=whole) if whole else full


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"not a number: {_WORDS}")
    return value


def _side(value: Any, info: ValidationInfo) -> int | float:
    number = _number(value)
    if is_recorded(info) or number == 0 or LEAST_SHARE <= number <= MOST_SHARE or 1 <= number <= MOST_SIDE:
        return number
    raise ValueError(f"not a length: {_WORDS}")


def _cut(value: Any, info: ValidationInfo) -> int | float:
    number = _number(value)
    if is_recorded(info) or 0 <= number <= MOST_SIDE:
        return number
    raise ValueError(f"not a length of a picture: use 0 to {MOST_SIDE} pixels")


_SIDE_HINT = JsonSchemaHint(
    {
        "anyOf": [
            {"const": 0},
            {"type": "number", "minimum": LEAST_SHARE, "maximum": MOST_SHARE},
            {"type": "number", "minimum": 1, "maximum": MOST_SIDE},
        ],
        "examples": [640, 0.25],
    }
)
Side = Annotated[int | float, BeforeValidator(_side), _SIDE_HINT]
"""A length on the output: pixels, or a share of the background's width or height."""
Cut = Annotated[
    int | float,
    BeforeValidator(_cut),
    JsonSchemaHint({"type": "number", "minimum": 0, "maximum": MOST_SIDE}),
]
"""A length on an input's own picture, in pixels."""


def in_pixels(side: int | float, whole: int | float) -> int | float:
    """A length as pixels of a background whose side is given in pixels."""
    return side * whole if 0 < side < 1 else side
