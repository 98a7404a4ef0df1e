"""The picture of a mixed stream once it is known what surrounds it: the layout inline, a preset expanded,
lengths in pixels.
"""

from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.mix_layout.expanding import expanded, is_placeable, with_slots
from reconciler.kinds.mix_layout.fields import Canvas
from reconciler.kinds.mix_layout.lints import binding_lints, layout_lints
from reconciler.kinds.mix_layout.referring import used_layout_faults
from reconciler.kinds.mix_stream.picture import LayoutUse, Video


def resolved_picture(
    video: Video | None, layout: LayoutUse | None, room: int | str, scope: Scope
) -> tuple[Video | None, LayoutUse | None, list[Fault]]:
    """(video with its size, layout inline and in pixels, what is wrong with them).

    Where anything is wrong that does not just warn, also in a layout that is referred to, the layout is
    inline, and its lengths are as they were written.
    """
    if video is None:
        return None, None, []
    use = layout or LayoutUse()
    inline = with_slots(_inline(use, scope))
    sized, faults = _sized(video, inline.canvas)
    faults += inline.user_faults(room)
    canvas = sized.size() if all(fault.warns for fault in faults) else None
    faults += used_layout_faults(use, inline, canvas, scope)
    clean = all(fault.warns for fault in faults)
    if canvas is None or not clean or not is_placeable(inline, canvas):
        return sized, layout and inline, faults
    at = use.place()
    if use.ref is None or inline.canvas is None:
        faults += layout_lints(inline, canvas, at)
    faults += binding_lints(inline, inline.users.keys(), canvas, at)
    inline = expanded(inline, canvas)
    pixels = tuple(slot.in_pixels(canvas) for slot in inline.slots or ())
    update = {"canvas": None, **({"slots": pixels} if inline.slots is not None else {})}
    return sized, layout and inline.model_copy(update=update), faults


def _inline(use: LayoutUse, scope: Scope) -> LayoutUse:
    if use.ref is None:
        return use
    fields = use.shared_fields(scope)
    return LayoutUse.model_construct(**fields, users=use.users, max_video_user=use.max_video_user)


def _sized(video: Video, canvas: Canvas | None) -> tuple[Video, list[Fault]]:
    """The video with its width and height from the canvas; the same one, and why, if that cannot be."""
    encode = video.encode
    width, height = encode.width, encode.height
    if canvas is not None:
        width = canvas.width if width is None else width
        height = canvas.height if height is None else height
        if (width, height) != (canvas.width, canvas.height):
            text = f"{width}x{height} differs from the layout's canvas, {canvas.width}x{canvas.height}"
            return video, [Fault(("video", "encode"), text)]
    if width is None or height is None:
        text = "the size is unknown: set width and height, or use a layout with a canvas"
        return video, [Fault(("video", "encode"), text)]
    sized = encode.model_copy(update={"width": width, "height": height})
    return video.model_copy(update={"encode": sized}), []
