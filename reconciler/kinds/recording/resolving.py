"""A recording once it is known what surrounds it: robot and application named, the layout spent on places."""

from collections.abc import Iterator

from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.mix_layout.expanding import expanded, is_placeable, with_slots
from reconciler.kinds.mix_layout.fields import Canvas
from reconciler.kinds.mix_layout.lints import binding_lints, layout_lints
from reconciler.kinds.mix_layout.referring import used_layout_faults
from reconciler.kinds.recording.encoding import USUAL, VideoEncoding
from reconciler.kinds.recording.layouts import layout_use_faults
from reconciler.kinds.recording.placing import mixed_layout
from reconciler.kinds.recording.rules import size_of
from reconciler.kinds.recording.spec import RecordedLayout, RecordingSpec
from reconciler.layout import Size

_TRANSCODE = ("mixTranscode", "video")


def laid_out(spec: RecordingSpec, scope: Scope) -> tuple[RecordingSpec, list[Fault]]:
    """(the spec with its layout spent on `mixLayout`, what is wrong with it); as it is without a layout."""
    use = spec.layout
    if use is None:
        return spec, list(_size_faults(spec))
    inline = with_slots(
        RecordedLayout.model_construct(
            **use.shared_fields(scope), users=use.users, max_video_user=use.max_video_user
        )
    )
    sized, faults = _sized(spec, inline.canvas)
    faults += layout_use_faults(use, inline)
    canvas = size_of(sized)
    if all(fault.warns for fault in faults):
        faults += used_layout_faults(use, inline, canvas, scope)
    if not all(fault.warns for fault in faults) or not is_placeable(inline, canvas):
        return spec, faults
    faults += _lints(use, inline, canvas)
    mixed = mixed_layout(expanded(inline, canvas), canvas)
    return sized.model_copy(update={"layout": None, "mix_layout": mixed}), faults


def _sized(spec: RecordingSpec, canvas: Canvas | None) -> tuple[RecordingSpec, list[Fault]]:
    """The spec with the size of its picture from the layout's canvas; the same one, and why not."""
    transcode = spec.mix_transcode
    video = transcode.video if transcode is not None else None
    if transcode is None or video is None:
        return spec, [] if canvas is None or canvas.size() == USUAL else [_unsized(canvas.size())]
    if canvas is None:
        return spec, list(_size_faults(spec))
    size = video.size()
    if size is not None and size != canvas.size():
        text = f"{size.width}x{size.height} differs from the layout's canvas, {canvas.width}x{canvas.height}"
        return spec, [Fault(_TRANSCODE, text)]
    sized = video.model_copy(update={"width": canvas.width, "height": canvas.height})
    faults = [Fault((*_TRANSCODE, *fault.path), fault.message) for fault in sized.faults()]
    return _with_video(spec, sized), faults


def _with_video(spec: RecordingSpec, video: VideoEncoding) -> RecordingSpec:
    transcode = spec.mix_transcode
    update = {"mix_transcode": transcode and transcode.model_copy(update={"video": video})}
    return spec.model_copy(update=update)


def _unsized(size: Size) -> Fault:
    text = (
        f"without it the picture is {USUAL.width}x{USUAL.height}, and not the layout's "
        f"{size.width}x{size.height}: set fps, bitRate and gop, such as 15, 1500000 and 2"
    )
    return Fault(_TRANSCODE, text)


def _size_faults(spec: RecordingSpec) -> Iterator[Fault]:
    video = spec.mix_transcode.video if spec.mix_transcode is not None else None
    if video is not None and video.width is None and video.height is None:
        text = "the size is unknown: set width and height, or use a layout with a canvas"
        yield Fault(_TRANSCODE, text)


def _lints(use: RecordedLayout, inline: RecordedLayout, canvas: Size) -> Iterator[Fault]:
    at = use.place()
    if use.ref is None or inline.canvas is None:
        yield from layout_lints(inline, canvas, at)
    yield from binding_lints(inline, inline.users.keys(), canvas, at)
