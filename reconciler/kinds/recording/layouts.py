"""What a recording cannot do of a MixLayout, and who is bound to which slot (recordings §3)."""

from collections.abc import Iterator

from reconciler.kinds.base import Fault
from reconciler.kinds.fields import COLOR
from reconciler.kinds.mix_layout.fields import Slot
from reconciler.kinds.mix_layout.watermarks import Watermark
from reconciler.kinds.recording.spec import RecordedLayout
from reconciler.model import Path

UNSHOWN = {
    "custom_crop": "customCrop",
    "transparent_url": "transparentUrl",
    "back_ground_color_mode": "backGroundColorMode",
    "background_render_mode": "backgroundRenderMode",
    "background_custom_render": "backgroundCustomRender",
}
"""What of a slot a recording has no field for, and what is seen all the same in the stream."""
MOST_MARK_PIXELS = 2560
_NO_FIELD = "a recording has nothing of the kind, and leaves it out"


def layout_use_faults(use: RecordedLayout, inline: RecordedLayout) -> Iterator[Fault]:
    """What is wrong between a recording and its layout; `inline` has a preset's slots, and no reference."""
    yield from _user_faults(inline)
    inside = use.ref is None
    for index, slot in enumerate(inline.slots or ()):
        for alias in _unshown(slot):
            at: Path = ("layout", "slots", index, alias) if inside else use.place()
            yield Fault(at, f"slot {slot.name!r}, {alias}: {_NO_FIELD}", warns=True)
    for index, mark in enumerate(inline.watermarks or ()):
        place: Path = ("layout", "watermarks", index) if inside else use.place()
        yield from (Fault(place, text, warns=warns) for text, warns in _mark_faults(mark))


def _user_faults(inline: RecordedLayout) -> Iterator[Fault]:
    slots = [slot.name for slot in inline.slots or ()]
    for name in inline.users:
        if name not in slots:
            text = f"unknown slot {name!r}; the layout has {', '.join(slots) or 'none'}"
            yield Fault(("layout", "users", name), text)
    mode = inline.mode or "floating"
    if inline.max_video_user is not None and mode not in ("floating", "screen-share"):
        text = f"only valid with mode floating or screen-share; the mode is {mode}"
        yield Fault(("layout", "maxVideoUser"), text)


def _unshown(slot: Slot) -> Iterator[str]:
    yield from (alias for name, alias in UNSHOWN.items() if getattr(slot, name) is not None)


def _mark_faults(mark: Watermark) -> Iterator[tuple[str, bool]]:
    """(what is wrong with a watermark, whether that warns)."""
    shown = [one for one in (mark.image, mark.text) if one is not None]
    if any(one.dynamic_pos_type not in (None, "off") for one in shown):
        yield f"dynamicPosType: {_NO_FIELD}: the watermark stands still", True
    for one in shown:
        sides = (one.location_x, one.location_y, one.width, one.height)
        if not all(0 <= side <= MOST_MARK_PIXELS for side in sides):
            yield f"a recording has watermarks at 0 to {MOST_MARK_PIXELS} pixels; found {sides}", False
    for color in (mark.text.font_color, mark.text.back_ground_color) if mark.text is not None else ():
        if color is not None and not COLOR.fullmatch(color):
            yield f'found {color!r}; a recording has colours in the form 0xRRGGBB, such as "0x1F2933"', False
