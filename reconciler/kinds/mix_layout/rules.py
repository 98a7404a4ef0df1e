"""The rules of a layout (reference fields, "LayoutParams", "McuLayout", "WaterMarkList[]")."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from reconciler.kinds.base import Fault
from reconciler.kinds.fields import COLOR
from reconciler.kinds.mix_layout.fields import LayoutFields, Slot
from reconciler.layout import Rect, Size, overhang
from reconciler.model import Path

MOST_CROP = 10000
"""How far a custom crop may reach, in pixels of the user's picture."""
PICTURES = ("png", "jpg", "jpeg")
PLACEHOLDERS = (*PICTURES, "bmp", "gif", "webm")


def layout_faults(layout: LayoutFields, canvas: Size | None, at: Path = ()) -> Iterator[Fault]:
    """Every rule that a layout breaks by itself; `at` is where it stands below `spec`.

    What takes a canvas to tell is passed over without one.
    """
    yield from _canvas_faults(layout, at)
    yield from _mode_faults(layout, at)
    yield from _name_faults(layout, at)
    for index, slot in enumerate(layout.slots or ()):
        yield from _slot_faults(slot, (*at, "slots", index))
        rect = slot.rect(canvas)
        if rect is not None:
            yield from _place_faults(slot, rect, (*at, "slots", index))
    yield from _picture_faults(layout, at)
    yield from _watermark_faults(layout, at)
    if canvas is not None:
        yield from overhangs(layout, canvas, at)


def _canvas_faults(layout: LayoutFields, at: Path) -> Iterator[Fault]:
    if layout.canvas is not None and not (layout.canvas.width and layout.canvas.height):
        size = f"{layout.canvas.width}x{layout.canvas.height}"
        yield Fault((*at, "canvas"), f"a canvas of {size} pixels shows nothing", warns=True)


def _mode_faults(layout: LayoutFields, at: Path) -> Iterator[Fault]:
    mode = layout.mode or "floating"
    if mode != "custom":
        if layout.slots:
            yield Fault((*at, "slots"), f"slots go with mode custom only; the mode is {mode}")
        return
    if not layout.slots:
        yield Fault((*at, "mode"), "mode custom needs at least one slot")
    if layout.render_mode is not None:
        yield Fault((*at, "renderMode"), "mode custom has a renderMode in each slot instead")
    if layout.pure_audio_hold_place_mode:
        text = "goes with the modes floating, screen-share and grid only; the mode is custom"
        yield Fault((*at, "pureAudioHoldPlaceMode"), text)
    if layout.enable_stream_sei is not None:
        text = "goes with the modes floating, screen-share and grid; mode custom has it in each slot"
        yield Fault((*at, "enableStreamSEI"), text, warns=True)


def _name_faults(layout: LayoutFields, at: Path) -> Iterator[Fault]:
    names: set[str] = set()
    for index, slot in enumerate(layout.slots or ()):
        if slot.name in names:
            yield Fault((*at, "slots", index, "name"), f"there is a slot {slot.name!r} already")
        names.add(slot.name)


def _slot_faults(slot: Slot, at: Path) -> Iterator[Fault]:
    """What a slot breaks wherever it is placed."""
    if slot.back_ground_color is not None:
        text = "the API documents a slot's colour as without effect; backGroundColorMode is what fills"
        yield Fault((*at, "backGroundColor"), text, warns=True)
    crop = slot.custom_crop
    if crop is not None and not (crop.location_x and crop.location_y):
        text = "the international site's page wants the location of a crop to be more than 0"
        yield Fault((*at, "customCrop"), text, warns=True)
    if crop is not None:
        for name, start, length in (
            ("width", crop.location_x, crop.width),
            ("height", crop.location_y, crop.height),
        ):
            if start + length > MOST_CROP:
                text = f"the crop ends at {start} + {length} = {start + length}; at most {MOST_CROP}"
                yield Fault((*at, "customCrop", name), text)
    if slot.transparent_url is not None and slot.render_mode not in (None, "crop"):
        text = f"goes with renderMode crop only; the renderMode is {slot.render_mode}"
        yield Fault((*at, "transparentUrl"), text)
    yield from _custom_render_faults(slot, at)
    yield from _type_faults(slot.background_image_url, PLACEHOLDERS, (*at, "backgroundImageUrl"))
    yield from _type_faults(slot.transparent_url, ("png",), (*at, "transparentUrl"))


def _custom_render_faults(slot: Slot, at: Path) -> Iterator[Fault]:
    custom = slot.background_custom_render
    if custom is None:
        if slot.background_render_mode == "custom":
            text = "custom needs backgroundCustomRender, the placeholder's width and height"
            yield Fault((*at, "backgroundRenderMode"), text)
        return
    if slot.background_render_mode != "custom":
        text = "goes with backgroundRenderMode custom only; "
        text += f"the backgroundRenderMode is {slot.background_render_mode or 'stretch'}"
        yield Fault((*at, "backgroundCustomRender"), text)
    most = min(custom.width, custom.height) // 2
    if (custom.radius or 0) > most:
        text = f"found {custom.radius}; allowed: at most {most}, half of the placeholder's smaller side"
        yield Fault((*at, "backgroundCustomRender", "radius"), text)


def _place_faults(slot: Slot, rect: Rect, at: Path) -> Iterator[Fault]:
    """What a slot breaks by how large it is."""
    if not rect.width or not rect.height:
        text = f"slot {slot.name!r} is {rect.width}x{rect.height} pixels: nobody in it is seen"
        yield Fault(at, text, warns=True)
    custom = slot.background_custom_render
    sides = (("width", rect.width), ("height", rect.height)) if custom is not None else ()
    for name, most in sides:
        found = getattr(custom, name)
        if found > most:
            text = f"found {found}; allowed: at most the slot's {name}, {most} pixels"
            yield Fault((*at, "backgroundCustomRender", name), text)


def _picture_faults(layout: LayoutFields, at: Path) -> Iterator[Fault]:
    if layout.background is not None:
        yield from _type_faults(layout.background.image_url, PICTURES, (*at, "background", "imageUrl"))


def _watermark_faults(layout: LayoutFields, at: Path) -> Iterator[Fault]:
    for index, mark in enumerate(layout.watermarks or ()):
        place = (*at, "watermarks", index)
        if mark.water_mark_type is not None and getattr(mark, mark.water_mark_type) is None:
            yield Fault((*place, "waterMarkType"), f"{mark.water_mark_type} needs the field of that name")
        elif mark.image is None and mark.text is None:
            yield Fault(place, "a watermark is an image or a text: give one of them")
        elif mark.image is not None and mark.text is not None:
            text = "a watermark is an image or a text, not both: make two entries of it"
            yield Fault(place, text, warns=mark.water_mark_type is not None)
        if mark.image is not None:
            yield from _type_faults(mark.image.url, PICTURES, (*place, "image", "url"))
        if mark.text is not None:
            yield from _color_faults(mark.text.font_color, (*place, "text", "fontColor"))
            yield from _color_faults(mark.text.back_ground_color, (*place, "text", "backGroundColor"))


def _color_faults(color: str | None, at: Path) -> Iterator[Fault]:
    """The reference does not say how a text's colours are written; everywhere else it is 0xRRGGBB."""
    if color is not None and not COLOR.fullmatch(color):
        text = f'found {color!r}; the API writes colours as 0xRRGGBB, as in "0x1F2933"'
        yield Fault(at, text, warns=True)


def _type_faults(url: str | None, known: tuple[str, ...], at: Path) -> Iterator[Fault]:
    """A type that the API does not show; it ignores such an image without a word."""
    name = urlsplit(url or "").path.rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix and suffix not in known:
        text = f"found an image of type {suffix}; the API shows {', '.join(known)} and ignores others"
        yield Fault(at, text, warns=True)


def overhangs(layout: LayoutFields, canvas: Size, at: Path = ()) -> Iterator[Fault]:
    """Every slot, and every watermark, that is not wholly on the canvas."""
    for index, slot in enumerate(layout.slots or ()):
        rect = slot.rect(canvas)
        if rect is not None:
            yield from _overhang_faults(slot, rect, canvas, (*at, "slots", index))
    for index, mark in enumerate(layout.watermarks or ()):
        for name, one in (("image", mark.image), ("text", mark.text)):
            if one is None:
                continue
            out = overhang(Rect(one.location_x, one.location_y, one.width, one.height), canvas)
            if out.width or out.height:
                text = f"reaches {max(out.width, out.height)} pixels outside the canvas of "
                text += f"{canvas.width}x{canvas.height}; whether the API refuses that is unconfirmed"
                yield Fault((*at, "watermarks", index, name), text, warns=True)


def _overhang_faults(slot: Slot, rect: Rect, canvas: Size, at: Path) -> Iterator[Fault]:
    out = overhang(rect, canvas)
    sides = (
        ("imageWidth", out.width, rect.x, rect.width, canvas.width),
        ("imageHeight", out.height, rect.y, rect.height, canvas.height),
    )
    for name, amount, start, length, side in sides:
        if amount:
            yield Fault(
                (*at, name),
                f"slot {slot.name!r} ends at {start} + {length} = {start + length}, "
                f"{amount} pixels outside the canvas of {side}",
            )
