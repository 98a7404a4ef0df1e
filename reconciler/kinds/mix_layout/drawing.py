"""A layout as a scene that can be drawn: exact in slots, a guess where the API places the pictures.

Semantics §4: mode custom is documented to the pixel, the others are not.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.kinds.fields import SecretSource, UserStream
from reconciler.kinds.mix_layout.expanding import expanded, is_placeable
from reconciler.kinds.mix_layout.fields import MOST_CANVAS, LayoutFields, Slot
from reconciler.kinds.mix_layout.watermarks import Watermark, WatermarkImage, WatermarkText
from reconciler.layout import DynamicMode, Rect, Size, dynamic_tiles
from reconciler.layout.scene import USUAL_INPUTS, Scene, SceneMark, SceneTile
from reconciler.plaintext import masked

USUAL_CANVAS = Size(1280, 720)


def layout_scene(
    layout: LayoutFields,
    canvas: Size | None = None,
    *,
    users: Mapping[str, UserStream] | None = None,
    big: UserStream | None = None,
    inputs: int = USUAL_INPUTS,
) -> Scene:
    """The scene of a layout with these users in its slots, or with so many inputs where it has none.

    Without a canvas it is drawn on one that fits. `big` is whose picture is the big one. Raises
    ValueError unless `inputs` is 1 to 16.
    """
    size = canvas or _fitting(layout)
    layout = expanded(layout, size)
    note = "" if canvas is not None else f"The layout has no canvas; {size.width}x{size.height} is assumed. "
    mode = layout.mode or "floating"
    if mode == "custom":
        tiles = tuple(_in_slot(slot, size, (users or {}).get(slot.name)) for slot in layout.slots or ())
    else:
        tiles = _dynamic(mode, layout, size, big, inputs)
        note += _guess(mode, inputs)
    back = layout.background
    return Scene(
        canvas=size,
        mode=mode,
        tiles=tiles,
        marks=tuple(found for mark in layout.watermarks or () for found in _marks(mark)),
        color=(back and back.color) or "",
        image=_told(back.image_url if back else None),
        image_mode=(back and back.render_mode) or "stretch",
        note=note.strip(),
    )


def _fitting(layout: LayoutFields) -> Size:
    """The smallest canvas that holds every slot in pixels; the usual one where that does not tell, or the
    largest, where a preset needs it.
    """
    if layout.preset is not None:
        return USUAL_CANVAS if is_placeable(layout, USUAL_CANVAS) else Size(MOST_CANVAS, MOST_CANVAS)
    rects = [slot.rect(None) for slot in layout.slots or ()]
    known = [rect for rect in rects if rect is not None]
    right = max((rect.right for rect in known), default=0)
    bottom = max((rect.bottom for rect in known), default=0)
    told = len(known) == len(rects) and 0 < right <= MOST_CANVAS and 0 < bottom <= MOST_CANVAS
    return Size(right, bottom) if told else USUAL_CANVAS


def _in_slot(slot: Slot, canvas: Size, user: UserStream | None) -> SceneTile:
    tile = SceneTile(
        rect=slot.rect(canvas) or Rect(0, 0, 0, 0),
        z_order=slot.z_order or 0,
        render_mode=slot.render_mode or "crop",
        slot=slot.name,
        placeholder=_told(slot.background_image_url),
        remarks=tuple(_remarks(slot)),
    )
    return _with_user(tile, user)


def _with_user(tile: SceneTile, user: UserStream | None) -> SceneTile:
    if user is None:
        return tile
    stream = user.stream_type or "camera"
    return replace(tile, user=user.user_id, room=user.room, stream=stream)


def _remarks(slot: Slot) -> list[str]:
    """What is done to the picture beside its render mode."""
    crop, found = slot.custom_crop, []
    if crop is not None:
        place = f"{crop.location_x},{crop.location_y}"
        found.append(f"shows {crop.width}x{crop.height} of it, starting at {place}")
    if slot.transparent_url is not None:
        found.append("made partly transparent by a template")
    if slot.background_image_url is not None and slot.background_render_mode not in (None, "stretch"):
        found.append(f"placeholder {slot.background_render_mode}")
    return found


def _dynamic(
    mode: DynamicMode, layout: LayoutFields, canvas: Size, big: UserStream | None, inputs: int
) -> tuple[SceneTile, ...]:
    """Best guesses; where somebody is named to be the big one, it is the first, and not in order of entry."""
    named = mode == "screen-share" or (big is not None and mode == "floating")
    tiles = [
        SceneTile(
            rect=picture.rect,
            z_order=picture.z_order,
            render_mode=layout.render_mode or _usual_mode(mode, big=not index),
            entry=index + (0 if named else 1),
        )
        for index, picture in enumerate(dynamic_tiles(mode, inputs, canvas))
    ]
    return (_with_user(tiles[0], big if named else None), *tiles[1:])


def _usual_mode(mode: DynamicMode, *, big: bool) -> str:
    """What a dynamic mode does without a renderMode (semantics §4)."""
    return "fit" if mode == "screen-share" and big else "crop"


_PROSE: Mapping[DynamicMode, Callable[[int], str]] = {
    "floating": lambda small: f"one fills the canvas, {small} in front of it from the bottom left corner",
    "screen-share": lambda small: f"a large one on the left, {small} on the right from top to bottom",
    "grid": lambda small: "equal tiles, row by row",
}


def _guess(mode: DynamicMode, inputs: int) -> str:
    count = f"{inputs} input{'s' if inputs != 1 else ''}"
    prose = f": {_PROSE[mode](inputs - 1)}" if inputs > 1 else ""
    return f"Mode {mode} with {count}{prose}. The exact pixels are not documented."


def _told(address: str | SecretSource | None) -> str:
    """An address as a picture names it: one that a secret holds is only told to be one."""
    if isinstance(address, SecretSource):
        return f"the address in {address.env or address.file}"
    return masked(address or "")


def _marks(mark: Watermark) -> list[SceneMark]:
    """What is shown of an entry: its image or its text, whichever its type says if it has both."""
    kinds = {"image": mark.image, "text": mark.text}
    shown = kinds[mark.water_mark_type] if mark.water_mark_type is not None else mark.image or mark.text
    return [] if shown is None else [_mark(shown)]


def _mark(one: WatermarkImage | WatermarkText) -> SceneMark:
    rect = Rect(one.location_x, one.location_y, one.width, one.height)
    z_order, motion = one.z_order or 0, one.dynamic_pos_type or "off"
    if isinstance(one, WatermarkImage):
        return SceneMark(rect, z_order, "image", _told(one.url), motion)
    color, back = one.font_color or "", one.back_ground_color or ""
    return SceneMark(rect, z_order, "text", one.text, motion, one.font_size, color, back)
