"""Images and texts over the mixed picture (reference fields, "WaterMarkList[]")."""

from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler.kinds.addresses import ImageAddress
from reconciler.kinds.api import Api, Part
from reconciler.kinds.forms import JsonSchemaHint

MOTIONS = ("off", "random", "bouncing")
KINDS = ("image", "text")

Pixels = Annotated[int, Field(ge=0)]
_COLOR = JsonSchemaHint({"examples": ["0xFFFFFF"]})
Motion = Annotated[Literal["off", "random", "bouncing"] | None, Api(words=MOTIONS, default="off")]


class WatermarkImage(Part):
    """An image over the picture, in pixels of the canvas."""

    url: Annotated[ImageAddress, Api(name="WaterMarkUrl")]
    """Address of the image, png, jpg or jpeg, or a reference to a secret that holds it."""
    width: Annotated[Pixels, Api(name="WaterMarkWidth")]
    """Width in pixels."""
    height: Annotated[Pixels, Api(name="WaterMarkHeight")]
    """Height in pixels."""
    location_x: int
    """Left edge in pixels; whether a position outside the canvas is accepted is unconfirmed."""
    location_y: int
    """Top edge in pixels; whether a position outside the canvas is accepted is unconfirmed."""
    z_order: Annotated[int | None, Api(default=0)] = None
    """Layer: a higher one is in front."""
    dynamic_pos_type: Motion = None
    """Whether it moves: not at all, to a random position each second, or bouncing."""


class WatermarkText(Part):
    """A text over the picture, in pixels of the canvas."""

    text: Annotated[str, Field(min_length=1)]
    """The text."""
    width: Annotated[Pixels, Api(name="WaterMarkWidth")]
    """Width in pixels."""
    height: Annotated[Pixels, Api(name="WaterMarkHeight")]
    """Height in pixels."""
    location_x: int
    """Left edge in pixels; whether a position outside the canvas is accepted is unconfirmed."""
    location_y: int
    """Top edge in pixels; whether a position outside the canvas is accepted is unconfirmed."""
    font_size: Annotated[int, Field(ge=1)]
    """Font size."""
    font_color: Annotated[str | None, Field(min_length=1), _COLOR] = None
    """Text colour; default: white."""
    back_ground_color: Annotated[str | None, Field(min_length=1), _COLOR] = None
    """Background colour; default: transparent."""
    dynamic_pos_type: Motion = None
    """Whether it moves: not at all, to a random position each second, or bouncing."""
    z_order: Annotated[int | None, Api(default=0)] = None
    """Layer: a higher one is in front."""
    font: Annotated[Literal["Tencent", "SourceHanSans"] | None, Api(default="Tencent")] = None
    """The font."""


class Watermark(Part):
    """One entry of WaterMarkList: an image or a text."""

    water_mark_type: Annotated[Literal["image", "text"] | None, Api(words=KINDS)] = None
    """The type of watermark; default: whichever of the two is given."""
    image: Annotated[WatermarkImage | None, Api(name="WaterMarkImage")] = None
    """An image."""
    text: Annotated[WatermarkText | None, Api(name="WaterMarkText")] = None
    """A text."""

    def to_request(self) -> dict[str, Any]:
        """The entry; a text says that it is one, as the API takes an entry for an image otherwise."""
        implied = {"WaterMarkType": 1} if self.image is None and self.text is not None else {}
        return implied | super().to_request()

    def with_defaults(self) -> "Watermark":
        """The same with its type and the API's defaults said."""
        given = "text" if self.image is None else "image"
        full = super().with_defaults()
        return full if full.water_mark_type else full.model_copy(update={"water_mark_type": given})
