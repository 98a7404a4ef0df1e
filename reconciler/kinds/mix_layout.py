"""A picture layout that many streams can share, and the part of a request that it becomes.

The API's LayoutParams, background and watermarks (reference fields, "LayoutParams", "McuLayout",
"WaterMarkList"). Who is seen where is said by the stream; the layout only has named slots.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler.kinds.base import Fault
from reconciler.kinds.fields import Color, ImageUrl, Name, UserStream, code
from reconciler.kinds.marks import SEEN, Many, Mark, Model, Spec
from reconciler.layout import Rect, Size, overhang
from reconciler.model import Address, Impact, Path

MODES = ("floating", "screen-share", "grid", "custom")
RENDER_MODES = ("crop", "fit", "fit-black")
MAX_SLOTS = 16

Pixels = Annotated[int, Field(ge=0)]
Layer = Annotated[int, Field(ge=0)]
RenderMode = Literal["crop", "fit", "fit-black"]
UNCONFIRMED_CLEAR = Mark(visible=True, removed=Impact.RESTART, emptied=Impact.RESTART)


class Canvas(Model):
    """The size of the mixed picture in pixels."""

    width: Annotated[int, Field(ge=1, le=1920)]
    height: Annotated[int, Field(ge=1, le=1920)]


class Slot(Model):
    """One position of a custom layout, in pixels from the top left corner of the canvas."""

    name: Name
    location_x: Pixels = 0
    location_y: Pixels = 0
    image_width: Pixels
    image_height: Pixels
    z_order: Layer = 0
    render_mode: RenderMode = "crop"
    background_image_url: ImageUrl | None = None

    def to_request(self, user: UserStream | None) -> dict[str, Any]:
        """McuLayout; without a user the position is filled in order of entry."""
        position: dict[str, Any] = {
            "LocationX": self.location_x,
            "LocationY": self.location_y,
            "ImageWidth": self.image_width,
            "ImageHeight": self.image_height,
            "ZOrder": self.z_order,
            "RenderMode": code(self.render_mode, *RENDER_MODES),
        }
        if user is not None:
            position["UserMediaStream"] = user.to_stream_request()
        if self.background_image_url is not None:
            position["BackgroundImageUrl"] = self.background_image_url
        return position


class Background(Model):
    """What shows where no picture is; an image wins over the colour."""

    color: Annotated[Color | None, UNCONFIRMED_CLEAR] = None
    image_url: Annotated[ImageUrl | None, UNCONFIRMED_CLEAR] = None


class WatermarkImage(Model):
    """An image over the picture, in pixels of the canvas."""

    url: ImageUrl
    width: Pixels
    height: Pixels
    location_x: Pixels
    location_y: Pixels
    z_order: Layer = 0

    def to_request(self) -> dict[str, Any]:
        """WaterMarkImage."""
        return {
            "WaterMarkUrl": self.url,
            "WaterMarkWidth": self.width,
            "WaterMarkHeight": self.height,
            "LocationX": self.location_x,
            "LocationY": self.location_y,
            "ZOrder": self.z_order,
        }


class Watermark(Model):
    """One entry of WaterMarkList."""

    image: WatermarkImage

    def to_request(self) -> dict[str, Any]:
        """WaterMarkType 0 with its image."""
        return {"WaterMarkType": 0, "WaterMarkImage": self.image.to_request()}


class LayoutFields(Model):
    """What a layout says wherever it stands: in a document of its own or inside a stream."""

    canvas: Canvas | None = None
    mode: Literal["floating", "screen-share", "grid", "custom"] = "floating"
    slots: Annotated[
        tuple[Slot, ...], Many, Field(max_length=MAX_SLOTS), Mark(visible=True, key=("name",), ordered=True)
    ] = ()
    render_mode: Annotated[RenderMode | None, UNCONFIRMED_CLEAR] = None
    pure_audio_hold_place_mode: bool = False
    background: Annotated[Background, SEEN] = Background()
    watermarks: Annotated[tuple[Watermark, ...], Many, Mark(visible=True, emptied=Impact.RESTART)] = ()

    def faults(self, canvas: Size | None, at: Path = ()) -> list[Fault]:
        """Every rule of layouts that is broken; `at` is where the layout stands below `spec`."""
        found = [*self._mode_faults(at), *self._name_faults(at), *self._empty(at)]
        return found if canvas is None else [*found, *self.overhangs(canvas, at)]

    def _mode_faults(self, at: Path) -> list[Fault]:
        if self.mode == "custom":
            found = [] if self.slots else [Fault((*at, "mode"), "mode custom needs at least one slot")]
            if self.render_mode is not None:
                found.append(Fault((*at, "renderMode"), "mode custom has a renderMode in each slot instead"))
            return found
        if self.slots:
            return [Fault((*at, "slots"), f"slots go with mode custom only; the mode is {self.mode}")]
        return []

    def _name_faults(self, at: Path) -> list[Fault]:
        names = [slot.name for slot in self.slots]
        return [
            Fault((*at, "slots", index, "name"), f"there is a slot {name!r} already")
            for index, name in enumerate(names)
            if name in names[:index]
        ]

    def _empty(self, at: Path) -> list[Fault]:
        return [
            Fault(
                (*at, "slots", index),
                f"slot {slot.name!r} is {slot.image_width}x{slot.image_height} pixels: nobody in it is seen",
                warns=True,
            )
            for index, slot in enumerate(self.slots)
            if not slot.image_width or not slot.image_height
        ]

    def overhangs(self, canvas: Size, at: Path = ()) -> list[Fault]:
        """Every slot that is not wholly on the canvas."""
        return [
            fault
            for index, slot in enumerate(self.slots)
            for fault in _overhang_faults(slot, canvas, (*at, "slots", index))
        ]


def _overhang_faults(slot: Slot, canvas: Size, at: Path) -> list[Fault]:
    out = overhang(Rect(slot.location_x, slot.location_y, slot.image_width, slot.image_height), canvas)
    sides = (
        ("imageWidth", out.width, slot.location_x, slot.image_width, canvas.width),
        ("imageHeight", out.height, slot.location_y, slot.image_height, canvas.height),
    )
    return [
        Fault(
            (*at, name),
            f"slot {slot.name!r} ends at {start} + {length} = {start + length}, "
            f"{amount} pixels outside the canvas of {size}",
        )
        for name, amount, start, length, size in sides
        if amount
    ]


class LayoutSpec(LayoutFields, Spec):
    """The fields of a layout of its own."""


class MixLayoutKind:
    """Referred to by streams; makes no calls of its own."""

    name = "MixLayout"
    version = 1
    spec = LayoutSpec

    def references(self, spec: LayoutSpec) -> tuple[tuple[Path, Address], ...]:
        """A layout refers to nothing."""
        return ()

    def faults(self, spec: LayoutSpec) -> list[Fault]:
        """The rules of a layout that need no stream."""
        canvas = spec.canvas
        return spec.faults(Size(canvas.width, canvas.height) if canvas else None)


KIND = MixLayoutKind()


def layout_address(name: str) -> Address:
    """The address of a layout document."""
    return Address(KIND.name, name)
