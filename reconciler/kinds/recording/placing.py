"""A MixLayout as the API of recordings has it: the same picture by other names (recordings §3)."""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.kinds.marks import read_recorded
from reconciler.kinds.mix_layout.fields import Slot
from reconciler.kinds.mix_layout.watermarks import Watermark
from reconciler.kinds.recording.mixed import MixedLayout
from reconciler.kinds.recording.spec import RecordedLayout
from reconciler.layout import Size

SCALED = {None: None, "crop": "crop", "fit": "fit-black", "fit-black": "fit-black", "stretch": "stretch"}
"""How a picture fills its place; beside one that is shown whole, a recording has its place's own ground."""


def mixed_layout(layout: RecordedLayout, canvas: Size) -> MixedLayout:
    """The layout, whose preset is expanded, with its users; what a recording has nothing of is left out.

    Users who send sound alone are shown as in streams: only if the layout says so.
    """
    mode, back = layout.mode or "floating", layout.background
    slots, marks = layout.slots or (), layout.watermarks
    behind = {
        "backGroundColor": back and back.color,
        "backgroundImageUrl": back and back.image_url,
        "backgroundImageRenderMode": SCALED[back.render_mode] if back is not None else None,
        "placeHolderMode": any(slot.background_image_url is not None for slot in slots) or None,
        "waterMarkList": None if marks is None else [*_marks(marks)],
    }
    shown = {"mixLayoutList": [_place(slot, layout, canvas) for slot in slots]}
    arranged = shown if mode == "custom" else _arranged(layout)
    return read_recorded(MixedLayout, _said({"mode": mode, **arranged, **behind}))


def _arranged(layout: RecordedLayout) -> dict[str, Any]:
    """What the modes say in which the API places the pictures itself."""
    big = layout.max_video_user
    return {
        "renderMode": SCALED[layout.render_mode],
        "pureAudioDisableLayout": not layout.pure_audio_hold_place_mode,
        "maxResolutionUserId": big and big.user_id,
        "mediaId": big and big.stream_type,
    }


def _place(slot: Slot, layout: RecordedLayout, canvas: Size) -> dict[str, Any]:
    rect, user = slot.rect(canvas), layout.users.get(slot.name)
    if rect is None:
        raise ValueError(f"slot {slot.name} has no place on {canvas}")
    return _said(
        {
            **_sides(rect.y, rect.x, rect.width, rect.height),
            "userId": user and user.user_id,
            "mediaId": user and user.stream_type,
            "imageLayer": slot.z_order,
            "renderMode": SCALED[slot.render_mode],
            "subBackgroundImage": slot.background_image_url,
        }
    )


def _marks(marks: tuple[Watermark, ...]) -> Iterator[dict[str, Any]]:
    for mark in marks:
        image, text = mark.image, mark.text
        kind = mark.water_mark_type or ("image" if image is not None else "text")
        if kind == "image" and image is not None:
            sides = _sides(image.location_y, image.location_x, image.width, image.height)
            yield {"image": {"url": image.url, **sides}}
        elif text is not None:
            written = {
                **_sides(text.location_y, text.location_x, text.width, text.height),
                "chars": text.text,
                "fontSize": text.font_size,
                "fontColor": text.font_color,
                "backGroundColor": text.back_ground_color,
                "font": text.font,
            }
            yield {"waterMarkType": "text", "text": _said(written)}


def _sides(top: int, left: int, width: int, height: int) -> dict[str, int]:
    return {"top": top, "left": left, "width": width, "height": height}


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
