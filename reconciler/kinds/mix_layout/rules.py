"""The rules of a layout (reference fields, "LayoutParams", "McuLayout", "WaterMarkList[]")."""

from collections.abc import Iterator

from reconciler.addresses.media import file_type
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import COLOR, SecretSource
from reconciler.kinds.mix_layout.expanding import preset_faults
from reconciler.kinds.mix_layout.fields import LayoutFields, Slot
from reconciler.kinds.mix_layout.placing import place_faults
from reconciler.kinds.sites import Site
from reconciler.layout import Size
from reconciler.model import Path

MOST_CROP = 10000
"""How far a custom crop may reach, in pixels of the user's picture."""
PICTURES = ("png", "jpg", "jpeg")
PLACEHOLDERS = (*PICTURES, "bmp", "gif", "webm")


def layout_faults(layout: LayoutFields, canvas: Size | None) -> Iterator[Fault]:
    """Every rule that a layout breaks by itself, with paths from where it stands.

    What takes a canvas to tell is passed over without one.
    """
    yield from _canvas_faults(layout)
    yield from _mode_faults(layout)
    yield from preset_faults(layout)
    yield from _name_faults(layout)
    for index, slot in enumerate(layout.slots or ()):
        yield from _slot_faults(slot, ("slots", index))
    yield from place_faults(layout, canvas)
    yield from _picture_faults(layout)
    yield from _watermark_faults(layout)


def site_faults(layout: LayoutFields, site: Site | None) -> Iterator[Fault]:
    """What only one of the vendor's sites wants otherwise (fields, "McuLayout")."""
    for index, slot in enumerate(layout.slots or ()):
        crop = slot.custom_crop
        if site is Site.INTERNATIONAL and crop is not None and not (crop.location_x and crop.location_y):
            text = f"starts at {crop.location_x}, {crop.location_y}; the international site requires "
            text += "both to be above 0, the mainland site 0 or more: use at least 1"
            yield Fault(("slots", index, "customCrop"), text, warns=True)


def _canvas_faults(layout: LayoutFields) -> Iterator[Fault]:
    if layout.canvas is not None and not (layout.canvas.width and layout.canvas.height):
        size = f"{layout.canvas.width}x{layout.canvas.height}"
        yield Fault(("canvas",), f"a canvas of {size} pixels shows nothing", warns=True)


def _mode_faults(layout: LayoutFields) -> Iterator[Fault]:
    mode = layout.mode or "floating"
    if mode != "custom":
        if layout.slots and layout.preset is None:
            yield Fault(("slots",), f"slots are only valid with mode custom; the mode is {mode}")
        return
    if not layout.slots and layout.preset is None:
        yield Fault(("mode",), "mode custom needs at least one slot")
    if layout.render_mode is not None:
        yield Fault(("renderMode",), "with mode custom, set renderMode in each slot instead")
    if layout.pure_audio_hold_place_mode:
        text = "only valid with the modes floating, screen-share and grid; the mode is custom"
        yield Fault(("pureAudioHoldPlaceMode",), text)
    if layout.enable_stream_sei is not None:
        text = (
            "only valid with the modes floating, screen-share and grid; with mode custom, set it in each slot"
        )
        yield Fault(("enableStreamSEI",), text, warns=True)


def _name_faults(layout: LayoutFields) -> Iterator[Fault]:
    names: set[str] = set()
    for index, slot in enumerate(layout.slots or ()):
        if slot.name in names:
            yield Fault(("slots", index, "name"), f"duplicate slot {slot.name!r}")
        names.add(slot.name)


def _slot_faults(slot: Slot, at: Path) -> Iterator[Fault]:
    """What a slot breaks wherever it is placed."""
    if slot.back_ground_color is not None:
        text = (
            "the API documents that a slot's colour has no effect; use backGroundColorMode to fill the "
            "background"
        )
        yield Fault((*at, "backGroundColor"), text, warns=True)
    crop = slot.custom_crop
    if crop is not None:
        for name, start, length in (
            ("width", crop.location_x, crop.width),
            ("height", crop.location_y, crop.height),
        ):
            if start + length > MOST_CROP:
                text = f"the crop ends at {start} + {length} = {start + length}; at most {MOST_CROP}"
                yield Fault((*at, "customCrop", name), text)
    if slot.transparent_url is not None and slot.render_mode not in (None, "crop"):
        text = f"only valid with renderMode crop; the renderMode is {slot.render_mode}"
        yield Fault((*at, "transparentUrl"), text)
    yield from _custom_render_faults(slot, at)
    yield from _type_faults(slot.background_image_url, PLACEHOLDERS, (*at, "backgroundImageUrl"))
    yield from _type_faults(slot.transparent_url, ("png",), (*at, "transparentUrl"))


def _custom_render_faults(slot: Slot, at: Path) -> Iterator[Fault]:
    custom = slot.background_custom_render
    if custom is None:
        if slot.background_render_mode == "custom":
            text = "custom requires backgroundCustomRender, the placeholder's width and height"
            yield Fault((*at, "backgroundRenderMode"), text)
        return
    if slot.background_render_mode != "custom":
        text = "ignored unless backgroundRenderMode is custom; "
        text += f"it is {slot.background_render_mode or 'stretch'}: use custom, or remove the size"
        yield Fault((*at, "backgroundCustomRender"), text, warns=True)
    most = min(custom.width, custom.height) // 2
    if (custom.radius or 0) > most:
        text = f"found {custom.radius}; allowed: at most {most}, half of the placeholder's smaller side"
        yield Fault((*at, "backgroundCustomRender", "radius"), text)


def _picture_faults(layout: LayoutFields) -> Iterator[Fault]:
    if layout.background is not None:
        yield from _type_faults(layout.background.image_url, PICTURES, ("background", "imageUrl"))


def _watermark_faults(layout: LayoutFields) -> Iterator[Fault]:
    for index, mark in enumerate(layout.watermarks or ()):
        place = ("watermarks", index)
        if mark.water_mark_type is not None and getattr(mark, mark.water_mark_type) is None:
            yield Fault(
                (*place, "waterMarkType"),
                f"waterMarkType {mark.water_mark_type} requires the field of the same name",
            )
        elif mark.image is None and mark.text is None:
            yield Fault(place, "a watermark needs an image or a text")
        elif mark.image is not None and mark.text is not None:
            text = "a watermark is an image or a text, not both: use two entries"
            yield Fault(place, text, warns=mark.water_mark_type is not None)
        if mark.image is not None:
            yield from _type_faults(mark.image.url, PICTURES, (*place, "image", "url"))
        if mark.text is not None:
            yield from _color_faults(mark.text.font_color, (*place, "text", "fontColor"))
            yield from _color_faults(mark.text.back_ground_color, (*place, "text", "backGroundColor"))


_SHOWN = 30


def _color_faults(color: str | None, at: Path) -> Iterator[Fault]:
    """The reference does not say how a text's colours are written; everywhere else it is 0xRRGGBB."""
    if color is not None and not COLOR.fullmatch(color):
        found = color if len(color) <= _SHOWN else f"{color[:_SHOWN]}…"
        text = f'found {found!r}; the API uses colours in the form 0xRRGGBB, such as "0x1F2933"'
        yield Fault(at, text, warns=True)


def _type_faults(url: str | SecretSource | None, known: tuple[str, ...], at: Path) -> Iterator[Fault]:
    """A type that the API does not show; it ignores such an image without a word."""
    suffix = file_type(url) if isinstance(url, str) else ""
    if suffix and suffix not in known:
        text = f"found an image of type {suffix}; the API supports {', '.join(known)} and ignores others"
        yield Fault(at, text, warns=True)
