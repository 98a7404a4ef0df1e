"""The picture of a mixed recording as the API has it (reference fields, "MixLayoutParams"; recordings §3)."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.addresses import ImageAddress
from reconciler.kinds.api import Api, Part, switch
from reconciler.kinds.fields import Color, UserId
from reconciler.kinds.marks import Many
from reconciler.layout import Rect

MODES = ("floating", "screen-share", "grid", "custom")
RENDER_MODES = ("stretch", "crop", "fit-black", "smart-stretch")
STREAMS = ("camera", "screen")
MARKS = ("image", "text", "timestamp")
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right", "top", "bottom", "center")
MOST_PLACES = 25
MOST_MARKS = 25
Pixels = Annotated[int, Field(ge=0, le=1920)]
MarkPixels = Annotated[int, Field(ge=0, le=2560)]
RenderMode = Literal["stretch", "crop", "fit-black", "smart-stretch"]
_RENDER = Api(words=RENDER_MODES, default="crop")
Scaled = Annotated[RenderMode | None, _RENDER]
"""A picture is stretched, cropped, shown whole over black, or stretched with at most a fifth cropped."""
Stream = Annotated[Literal["camera", "screen"] | None, Api(words=STREAMS, default="camera")]
Font = Annotated[Literal["Tencent", "SourceHanSans"] | None, Api(default="Tencent")]


class Place(Part):
    """One place of mode custom, in pixels from the top left corner."""

    top: Pixels
    """Top edge in pixels."""
    left: Pixels
    """Left edge in pixels."""
    width: Pixels
    """Width in pixels."""
    height: Pixels
    """Height in pixels."""
    user_id: UserId | None = None
    """Who is shown; default: the next who enters."""
    media_id: Stream = None
    """Which video of the user: camera or shared screen."""
    image_layer: Annotated[int | None, Api(default=0)] = None
    """Layer: a higher one is in front."""
    alpha: Annotated[Annotated[int, Field(ge=0, le=255)] | None, Api(default=0)] = None
    """How transparent it is: 0 not at all, 255 wholly."""
    render_mode: Scaled = None
    """How the video fills its place."""
    sub_background_image: ImageAddress | None = None
    """What is shown while the user sends no picture, with `placeHolderMode: true`."""

    @property
    def rect(self) -> Rect:
        """Where it is."""
        return Rect(self.left, self.top, self.width, self.height)


class MarkImage(Part):
    """An image over the picture, in pixels of it."""

    url: Annotated[ImageAddress, Api(name="WaterMarkUrl")]
    """Address of the image, png, jpg or jpeg, or a reference to a secret that holds it."""
    top: MarkPixels
    """Top edge in pixels."""
    left: MarkPixels
    """Left edge in pixels."""
    width: MarkPixels
    """Width in pixels."""
    height: MarkPixels
    """Height in pixels."""


class MarkText(Part):
    """A text over the picture, in pixels of it."""

    chars: Annotated[str, Field(min_length=1)]
    """The text."""
    top: MarkPixels
    """Top edge in pixels."""
    left: MarkPixels
    """Left edge in pixels."""
    width: MarkPixels
    """Width in pixels."""
    height: MarkPixels
    """Height in pixels."""
    font_size: Annotated[Annotated[int, Field(ge=1)] | None, Api(default=14)] = None
    """Font size in pixels."""
    font_color: Annotated[Color | None, Api(hashed=True)] = None
    """Text colour; default: white."""
    back_ground_color: Annotated[Color | None, Api(hashed=True)] = None
    """Background colour; default: transparent."""
    font: Font = None
    """The font."""


class MarkTimestamp(Part):
    """The time of day over the picture."""

    pos: Annotated[
        Literal["top-left", "top-right", "bottom-left", "bottom-right", "top", "bottom", "center"] | None,
        Api(words=CORNERS),
    ] = None
    """Where it stands."""
    time_zone: Annotated[Annotated[int, Field(ge=-12, le=14)] | None, Api(default=8)] = None
    """Hours from UTC."""
    font: Font = None
    """The font."""


class Mark(Part):
    """One watermark: an image, a text, or the time of day."""

    water_mark_type: Annotated[
        Literal["image", "text", "timestamp"] | None, Api(words=MARKS, default="image")
    ] = None
    """The type of watermark."""
    image: Annotated[MarkImage | None, Api(name="WaterMarkImage")] = None
    """An image."""
    text: Annotated[MarkText | None, Api(name="WaterMarkChar")] = None
    """A text."""
    timestamp: Annotated[MarkTimestamp | None, Api(name="WaterMarkTimestamp")] = None
    """The time of day."""

    @property
    def kind(self) -> str:
        """The type, also where that is left out."""
        return self.water_mark_type or "image"


class MixedLayout(Part):
    """How the picture of a mixed recording is made up, by the API's own fields."""

    mode: Annotated[
        Literal["floating", "screen-share", "grid", "custom"],
        Api(name="MixLayoutMode", words=MODES, first=1),
    ]
    """How videos are arranged: in one of the API's three modes, or in places of your own."""
    mix_layout_list: Annotated[
        Annotated[tuple[Place, ...], Many, Field(max_length=MOST_PLACES)] | None, Api(default=())
    ] = None
    """The places of mode custom, at most 25."""
    back_ground_color: Annotated[Color | None, Api(hashed=True, default="0x000000")] = None
    """Colour of the canvas."""
    background_image_url: ImageAddress | None = None
    """Image for the whole canvas: png, jpg or jpeg, of 2K and 5 MB at most."""
    background_image_render_mode: Scaled = None
    """How that image fills the canvas."""
    max_resolution_user_id: UserId | None = None
    """The user shown large, in the modes floating and screen-share."""
    media_id: Stream = None
    """Which video of that user: camera or shared screen."""
    max_resolution_user_align: Annotated[
        Literal["left", "right"] | None, Api(words=("left", "right"), default="left")
    ] = None
    """On which side that user is shown, in mode screen-share."""
    render_mode: Scaled = None
    """How videos fill their tiles in modes other than custom."""
    pure_audio_disable_layout: Annotated[bool | None, Api(default=False)] = None
    """Whether audio-only users get no tile, in modes other than custom."""
    place_holder_mode: Annotated[bool | None, switch(default=False)] = None
    """Whether a place shows its placeholder while its user sends nothing."""
    default_sub_background_image: ImageAddress | None = None
    """The placeholder of places that have none of their own."""
    water_mark_list: Annotated[
        Annotated[tuple[Mark, ...], Many, Field(max_length=MOST_MARKS)] | None, Api(default=())
    ] = None
    """Up to 25 images, texts and times of day over the picture."""

    def users(self) -> Iterator[str]:
        """Who is shown by name."""
        yield from (one.user_id for one in self.mix_layout_list or () if one.user_id is not None)
        if self.max_resolution_user_id is not None:
            yield self.max_resolution_user_id
