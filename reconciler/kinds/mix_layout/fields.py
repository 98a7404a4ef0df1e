"""The fields of a layout: canvas, slots, background; in pixels of the canvas, or per cent of it.

See reference fields, "LayoutParams" and "McuLayout"; semantics §4. Who is seen
where is said by the stream; the layout only has named slots.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from reconciler.kinds.addresses import ImageAddress
from reconciler.kinds.api import NOWHERE, Api, Part, switch
from reconciler.kinds.fields import NAME, Color, Name
from reconciler.kinds.forms import JsonSchemaHint, text_keywords
from reconciler.kinds.marks import IN_PLACE, SEEN, ChangeEffect, Many, Model
from reconciler.kinds.mix_layout.watermarks import Watermark
from reconciler.kinds.sites import Site
from reconciler.layout import FIXED_GRID, PRESETS, Rect, Size, checked_length, placed, preset_named
from reconciler.model import Impact
from reconciler.words import guess

MODES = ("floating", "screen-share", "grid", "custom")
RENDER_MODES = ("crop", "fit", "fit-black")
PLACEHOLDER_MODES = ("crop", "fit", "fit-black", "stretch", "custom")
BACKGROUND_MODES = ("crop", "fit-black", "stretch")
COLOR_MODES = ("off", "placeholder", "upstream", "both")
MAX_SLOTS = 16
MOST_CANVAS = 1920
"""Pixels of either side of a canvas (reference fields, "VideoParams")."""

_LENGTH = JsonSchemaHint(
    {
        "anyOf": [
            {"type": "integer", "minimum": 0},
            text_keywords(
                r"(0?[0-9]{1,2}(\.[0-9]{1,2})?|100(\.0{1,2})?)%",
                "not a length: use a percentage of the canvas such as 25%, from 0% to 100% with at most two "
                "decimals",
            ),
        ],
        "examples": [640, "33.33%"],
    }
)
Side = Annotated[int | str, BeforeValidator(checked_length), _LENGTH]
"""A length in whole pixels, or in per cent of the canvas's width or height."""
Pixels = Annotated[int, Field(ge=0)]
Spacing = Annotated[int, Field(ge=0, le=MOST_CANVAS)]
RenderMode = Literal["crop", "fit", "fit-black"]


def _preset(value: Any) -> str:
    if isinstance(value, str) and preset_named(value):
        return value
    meant = guess(value, PRESETS, 0.6) if isinstance(value, str) and not value.startswith("grid") else ""
    raise ValueError(
        f"not a preset; {meant}allowed: {', '.join(PRESETS)}, or grid with its columns and rows, each 1 to "
        "16, such as grid 3x3"
    )


_PRESET_HINT = JsonSchemaHint(
    {
        "anyOf": [
            {"enum": list(PRESETS)},
            text_keywords(FIXED_GRID, "not a grid: use grid COLUMNSxROWS, each 1 to 16, such as grid 3x3"),
        ],
        "examples": ["side-by-side", "grid 3x3"],
    }
)
Preset = Annotated[str, BeforeValidator(_preset), _PRESET_HINT]

UNCONFIRMED_CLEAR = ChangeEffect(
    visible=True,
    removed=Impact.RESTART,
    emptied=Impact.RESTART,
    why="it is unconfirmed whether an update can remove it",
)
STREAM_SEI = switch(default=True, only=Site.MAINLAND)


class Canvas(Model):
    """The size of the mixed picture in pixels."""

    width: Annotated[int, Field(ge=0, le=MOST_CANVAS)]
    """Width of the mixed picture in pixels."""
    height: Annotated[int, Field(ge=0, le=MOST_CANVAS)]
    """Height of the mixed picture in pixels."""

    def size(self) -> Size:
        """The canvas as geometry."""
        return Size(self.width, self.height)


class CustomCrop(Part):
    """The part of the user's picture that is shown, in pixels of that picture."""

    location_x: Pixels
    """Left edge of the part, in pixels of the user's video."""
    location_y: Pixels
    """Top edge of the part, in pixels of the user's video."""
    width: Annotated[int, Field(ge=1)]
    """Width of the part in pixels; `locationX` + `width` is at most 10000."""
    height: Annotated[int, Field(ge=1)]
    """Height of the part in pixels; `locationY` + `height` is at most 10000."""


class BackgroundCustomRender(Part):
    """How large the placeholder is drawn in its slot, with `backgroundRenderMode: custom`."""

    width: Annotated[int, Field(ge=1)]
    """Width of the placeholder in pixels, at most the slot's."""
    height: Annotated[int, Field(ge=1)]
    """Height of the placeholder in pixels, at most the slot's."""
    radius: Annotated[Pixels | None, Api(default=0)] = None
    """Radius of its rounded corners in pixels, at most half of its smaller side."""


class Slot(Part):
    """One position of a custom layout, from the top left corner of the canvas; a text alone is its name."""

    model_config = ConfigDict(json_schema_extra=text_keywords(*NAME) | {"type": ["object", "string"]})

    name: Annotated[Name, NOWHERE]
    """The slot's name, by which a stream assigns a user."""
    location_x: Annotated[Side | None, Api(default=0)] = None
    """Left edge, in pixels or percent of the canvas's width."""
    location_y: Annotated[Side | None, Api(default=0)] = None
    """Top edge, in pixels or percent of the canvas's height."""
    image_width: Annotated[Side | None, Api(default=0)] = None
    """Width, in pixels or percent of the canvas's width."""
    image_height: Annotated[Side | None, Api(default=0)] = None
    """Height, in pixels or percent of the canvas's height."""
    z_order: Annotated[int | None, Api(default=0)] = None
    """Layer: a higher one is in front."""
    render_mode: Annotated[RenderMode | None, Api(words=RENDER_MODES, default="crop")] = None
    """How the video fills the slot: cropped, fitted over the background, or fitted over black."""
    back_ground_color: Color | None = None
    """Colour of the slot; has no effect according to the API's documentation."""
    background_image_url: ImageAddress | None = None
    """Placeholder image while the user is absent or sends audio only: png, jpg, jpeg, bmp, gif or webm."""
    custom_crop: CustomCrop | None = None
    """The part of the user's video that is shown."""
    background_render_mode: Annotated[
        Literal["crop", "fit", "fit-black", "stretch", "custom"] | None,
        Api(words=PLACEHOLDER_MODES, default="stretch"),
    ] = None
    """How the placeholder fills the slot."""
    background_custom_render: BackgroundCustomRender | None = None
    """Size of the placeholder, with `backgroundRenderMode: custom`."""
    transparent_url: ImageAddress | None = None
    """A png template that makes parts of the video transparent; only with `renderMode: crop`."""
    back_ground_color_mode: Annotated[
        Literal["off", "placeholder", "upstream", "both"] | None, Api(words=COLOR_MODES, default="off")
    ] = None
    """Where the background colour fills the space that scaling leaves free: the placeholder, the video, or
    both.
    """
    enable_stream_sei: Annotated[bool | None, Field(alias="enableStreamSEI"), STREAM_SEI, IN_PLACE] = None
    """Whether the SEI of the user's stream is passed through."""

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    def rect(self, canvas: Size | None) -> Rect | None:
        """Where it is, in pixels; None if that takes a canvas and there is none."""
        sides = (self.location_x or 0, self.location_y or 0, self.image_width or 0, self.image_height or 0)
        if canvas is None and any(isinstance(side, str) for side in sides):
            return None
        return placed(canvas or Size(0, 0), *sides)

    def in_pixels(self, canvas: Size) -> Self:
        """The same with every length in pixels; one that has no per cent stays as it is written."""
        sides = ("location_x", "location_y", "image_width", "image_height")
        rect = self.rect(canvas)
        if rect is None or not any(isinstance(getattr(self, side), str) for side in sides):
            return self
        lengths = (rect.x, rect.y, rect.width, rect.height)
        return self.model_copy(update=dict(zip(sides, lengths, strict=True)))


class Background(Part):
    """What fills the canvas where there is no video."""

    color: Annotated[Color | None, Api(name="BackGroundColor"), UNCONFIRMED_CLEAR] = None
    """Colour of the canvas."""
    image_url: Annotated[ImageAddress | None, Api(name="BackgroundImageUrl"), UNCONFIRMED_CLEAR] = None
    """Image for the whole canvas, png, jpg or jpeg; overrides the colour."""
    render_mode: Annotated[
        Literal["crop", "fit-black", "stretch"] | None,
        Api(name="BackgroundRenderMode", words=BACKGROUND_MODES, default="stretch"),
        SEEN,
    ] = None
    """How the image fills the canvas."""


class LayoutFields(Part):
    """What a layout says wherever it stands: in a document of its own or inside a stream."""

    canvas: Annotated[Canvas | None, Api(apart=True, at=("/VideoParams.VideoEncode",))] = None
    """Size of the mixed picture; can also be set in the stream's `video.encode`."""
    mode: Annotated[
        Literal["floating", "screen-share", "grid", "custom"] | None,
        Api(name="MixLayoutMode", words=MODES, first=1, default="floating"),
    ] = None
    """How videos are arranged: in one of the API's three modes, or in your own slots."""
    preset: Annotated[Preset | None, NOWHERE] = None
    """A ready-made arrangement of `mode: custom`, which places the slots itself; see docs/layouts.md."""
    gap: Annotated[Spacing | None, NOWHERE] = None
    """With a preset, the space between two slots in pixels; default: 0."""
    padding: Annotated[Spacing | None, NOWHERE] = None
    """With a preset, the space between the slots and the edges of the canvas in pixels; default: 0."""
    order: Annotated[tuple[Name, ...] | None, Many, Field(max_length=MAX_SLOTS), NOWHERE] = None
    """With a preset, the slots' names from its first place to its last; default: as listed in `slots`."""
    slots: Annotated[
        tuple[Slot, ...] | None,
        Many,
        Field(max_length=MAX_SLOTS),
        ChangeEffect(visible=True, key=("name",), ordered=True),
        Api(name="MixLayoutList", apart=True, default=()),
    ] = None
    """The positions of `mode: custom`; with a preset without places, so that an entry can be just a name."""
    render_mode: Annotated[
        RenderMode | None,
        Api(words=RENDER_MODES),
        ChangeEffect(
            visible=True,
            removed=Impact.RESTART,
            why="it is unconfirmed what the API uses when an update leaves it out",
            ignored_in_modes=("custom",),
        ),
    ] = None
    """How videos fill their tiles in modes other than custom."""
    pure_audio_hold_place_mode: Annotated[bool | None, switch(default=False)] = None
    """Whether audio-only users also get a tile, in modes other than custom."""
    enable_stream_sei: Annotated[bool | None, Field(alias="enableStreamSEI"), STREAM_SEI, IN_PLACE] = None
    """Whether the SEI of the users' streams is passed through, in modes other than custom."""
    background: Annotated[
        Background | None, Api(apart=True, default=Background(), at=("/VideoParams",)), SEEN
    ] = None
    """What fills the canvas where there is no video."""
    watermarks: Annotated[
        tuple[Watermark, ...] | None,
        Many,
        ChangeEffect(
            visible=True,
            emptied=Impact.RESTART,
            why="it is unconfirmed whether an update can remove watermarks",
        ),
        Api(apart=True, default=(), at=("/VideoParams.WaterMarkList[]",)),
    ] = None
    """Images and texts over the video."""

    def rects(self, canvas: Size | None) -> list[Rect | None]:
        """Where each slot is, in pixels; None where that is not known without a canvas."""
        return [slot.rect(canvas) for slot in self.slots or ()]

    def around(self) -> dict[str, Any]:
        """The parts of VideoParams beside LayoutParams and VideoEncode."""
        marks = self.watermarks
        background = self.background.to_request() if self.background else {}
        return background | ({} if marks is None else {"WaterMarkList": [one.to_request() for one in marks]})
