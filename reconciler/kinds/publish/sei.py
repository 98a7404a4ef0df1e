"""Supplemental information in the video stream (reference fields, "SeiParams"; semantics §7)."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from reconciler.kinds.api import Api, Part, switch
from reconciler.kinds.base import Fault
from reconciler.kinds.forms import JsonSchemaHint, pattern_validator
from reconciler.kinds.marks import ChangeEffect
from reconciler.model import Impact

RESERVED = 244
USER_DATA = 5
"""The payload type that carries a UUID before its content."""

_UNCONFIRMED = ChangeEffect(removed=Impact.RESTART, why="it is unconfirmed whether an update can remove it")


def _payload_type(value: int) -> int:
    if 100 <= value <= 254 and value != RESERVED:
        return value
    raise ValueError(f"not a valid payload type: use 100 to 254, except {RESERVED}, which is reserved")


def _any_payload_type(value: int) -> int:
    if value == USER_DATA or (100 <= value <= 254 and value != RESERVED):
        return value
    raise ValueError(f"not a valid payload type: use 5, or 100 to 254, except {RESERVED}, which is reserved")


_RANGE = {"minimum": 100, "maximum": 254}
_LAYOUT_TYPE = JsonSchemaHint({**_RANGE, "not": {"const": RESERVED}})
_ANY_TYPE = JsonSchemaHint({"anyOf": [{"const": USER_DATA}, _RANGE], "not": {"const": RESERVED}})
Milliseconds = Annotated[int, Field(ge=1)]


class LayoutVolume(Part):
    """SEI with the layout and each user's volume; `{}` has it as the API does by itself."""

    app_data: Annotated[str, Field(max_length=4095)] | None = None
    """Custom text in the JSON, shorter than 4096 characters."""
    payload_type: Annotated[
        Annotated[int, AfterValidator(_payload_type), _LAYOUT_TYPE] | None, Api(default=100)
    ] = None
    """The SEI payload type: 100 to 254, except 244."""
    interval: Annotated[Milliseconds | None, Api(default=1000)] = None
    """The sending interval, in milliseconds."""
    follow_idr: Annotated[bool | None, switch(default=False)] = None
    """Whether it is also sent with each key frame."""


class PassThrough(Part):
    """SEI with custom content."""

    payload_content: str
    """The content."""
    payload_type: Annotated[int, AfterValidator(_any_payload_type), _ANY_TYPE]
    """The SEI payload type: 5 (needs a UUID), or 100 to 254, except 244."""
    payload_uuid: (
        Annotated[str, pattern_validator(r"[0-9A-Fa-f]{32}", "not a valid UUID: use 32 hexadecimal digits")]
        | None
    ) = None
    """The UUID of `payloadType: 5`: 32 hexadecimal digits."""
    interval: Annotated[Milliseconds | None, Api(default=1000)] = None
    """The sending interval, in milliseconds."""
    follow_idr: Annotated[bool | None, switch(default=False)] = None
    """Whether it is also sent with each key frame."""


class Sei(Part):
    """Supplemental information in the video stream."""

    layout_volume: Annotated[LayoutVolume | None, _UNCONFIRMED] = None
    """SEI with the layout and each user's volume."""
    pass_through: Annotated[PassThrough | None, _UNCONFIRMED] = None
    """SEI with custom content."""

    def faults(self) -> Iterator[Fault]:
        """The rules between the fields."""
        if self.layout_volume is None and self.pass_through is None:
            yield Fault((), "is empty: set layoutVolume or passThrough, or remove it")
        through = self.pass_through
        if through is None:
            return
        if through.payload_type == USER_DATA and through.payload_uuid is None:
            text = "payloadType 5 requires payloadUuid, 32 hexadecimal digits"
            yield Fault(("passThrough", "payloadType"), text)
        if through.payload_type != USER_DATA and through.payload_uuid is not None:
            text = f"ignored unless payloadType is 5 (it is {through.payload_type})"
            yield Fault(("passThrough", "payloadUuid"), text, warns=True)
