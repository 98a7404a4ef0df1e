"""The rules of a recording (reference fields, "CreateCloudRecording"; recordings §1 to §3)."""

from collections.abc import Iterator

from reconciler.kinds.base import Fault
from reconciler.kinds.recording.encoding import USUAL
from reconciler.kinds.recording.mixed import Mark, MixedLayout
from reconciler.kinds.recording.spec import RecordingSpec
from reconciler.kinds.recording.subscribing import LISTS
from reconciler.layout import Size
from reconciler.model import Path

AUDIO_TYPES = ("aac", "hls+aac")


def size_of(spec: RecordingSpec) -> Size:
    """How large the picture of a mixed recording is, also where that is left out."""
    video = spec.mix_transcode.video if spec.mix_transcode is not None else None
    return (video.size() if video is not None else None) or USUAL


def spec_faults(spec: RecordingSpec) -> Iterator[Fault]:
    """The rules that a spec breaks by itself."""
    yield from (Fault(("storage", *f.path), f.message, f.warns) for f in spec.storage.faults())
    if spec.mix_transcode is not None and spec.mix_transcode.video is not None:
        at = ("mixTranscode", "video")
        yield from (Fault((*at, *f.path), f.message, f.warns) for f in spec.mix_transcode.video.faults())
    yield from _mode_faults(spec)
    yield from _file_faults(spec)
    yield from _list_faults(spec)
    if spec.layout is not None:
        yield from spec.layout.reference_faults()
        if spec.mix_layout is not None:
            text = "the picture is made up by layout or by mixLayout, not by both: remove one of them"
            yield Fault(("mixLayout",), text)
    if spec.mix_layout is not None:
        yield from _layout_faults(spec.mix_layout)


def _mode_faults(spec: RecordingSpec) -> Iterator[Fault]:
    """What one of the two modes alone has."""
    if spec.record.record_mode == "mix":
        if spec.record.av_merge is not None:
            text = "ignored with recordMode mix, whose file always has both: remove it"
            yield Fault(("record", "avMerge"), text, warns=True)
        return
    given = {
        "mixTranscode": spec.mix_transcode,
        "layout": spec.layout,
        "mixLayout": spec.mix_layout,
    }
    for name, value in given.items():
        if value is not None:
            text = "only valid with recordMode mix; it is single, which records each user as they are"
            yield Fault((name,), text)


def _file_faults(spec: RecordingSpec) -> Iterator[Fault]:
    record, vod = spec.record, spec.storage.vod
    if vod is not None and record.output_format is not None:
        text = "ignored with video on demand: set storage.cloudVod.tencentVod.mediaType instead"
        yield Fault(("record", "outputFormat"), text, warns=True)
    if vod is not None and vod.media_type in AUDIO_TYPES and record.stream_type != "audio":
        text = f"{vod.media_type} takes a recording of sound alone: set record.streamType: audio"
        yield Fault(("storage", "cloudVod", "tencentVod", "mediaType"), text, warns=True)
    formats = (record.output_format or "hls") if vod is None else (vod.media_type or "mp4")
    if record.max_media_file_duration is not None and formats == "hls":
        text = "only used for mp4 and aac; the files are hls only"
        yield Fault(("record", "maxMediaFileDuration"), text, warns=True)


def _list_faults(spec: RecordingSpec) -> Iterator[Fault]:
    """Users in an allowlist and in the blocklist of the same."""
    lists = spec.record.subscribe_stream_user_ids
    for what, allow, block in (("Audio", *LISTS[:2]), ("Video", *LISTS[2:])):
        allowed = set(getattr(lists, allow, None) or ())
        for index, user in enumerate(getattr(lists, block, None) or ()):
            if user in allowed:
                at: Path = ("record", "subscribeStreamUserIds", f"unSubscribe{what}UserIds", index)
                text = (
                    f"{user!r} is in subscribe{what}UserIds, too: it is unconfirmed which of the two counts"
                )
                yield Fault(at, text, warns=True)


def _layout_faults(layout: MixedLayout) -> Iterator[Fault]:
    mode, places = layout.mode, layout.mix_layout_list or ()
    if mode == "custom" and not places:
        yield Fault(("mixLayout", "mode"), "mode custom needs at least one place")
    if mode != "custom" and places:
        yield Fault(
            ("mixLayout", "mixLayoutList"), f"places are only valid with mode custom; the mode is {mode}"
        )
    if layout.max_resolution_user_id is not None and mode not in ("floating", "screen-share"):
        text = f"only used with mode floating or screen-share; the mode is {mode}"
        yield Fault(("mixLayout", "maxResolutionUserId"), text, warns=True)
    if layout.max_resolution_user_align is not None and mode != "screen-share":
        text = f"only used with mode screen-share; the mode is {mode}"
        yield Fault(("mixLayout", "maxResolutionUserAlign"), text, warns=True)
    given = {"renderMode": layout.render_mode, "pureAudioDisableLayout": layout.pure_audio_disable_layout}
    for name, value in given.items():
        if mode == "custom" and value is not None:
            text = "only used with the modes floating, screen-share and grid; the mode is custom"
            yield Fault(("mixLayout", name), text, warns=True)
    yield from _holder_faults(layout)
    for index, mark in enumerate(layout.water_mark_list or ()):
        yield from _mark_faults(mark, ("mixLayout", "waterMarkList", index))


def _holder_faults(layout: MixedLayout) -> Iterator[Fault]:
    if layout.place_holder_mode:
        return
    text = "only shown with placeHolderMode: true"
    if layout.default_sub_background_image is not None:
        yield Fault(("mixLayout", "defaultSubBackgroundImage"), text, warns=True)
    for index, place in enumerate(layout.mix_layout_list or ()):
        if place.sub_background_image is not None:
            yield Fault(("mixLayout", "mixLayoutList", index, "subBackgroundImage"), text, warns=True)


def _mark_faults(mark: Mark, at: Path) -> Iterator[Fault]:
    if getattr(mark, mark.kind) is None:
        text = f"waterMarkType {mark.kind} requires the field {mark.kind}"
        yield Fault((*at, "waterMarkType"), text)


def resolved_faults(spec: RecordingSpec) -> Iterator[Fault]:
    """The rules of a recording whose robot has a name and whose picture has a size."""
    size, layout = size_of(spec), spec.mix_layout
    for index, place in enumerate((layout.mix_layout_list or ()) if layout is not None else ()):
        for name, ends, most in (
            ("width", place.left + place.width, size.width),
            ("height", place.top + place.height, size.height),
        ):
            if ends > most:
                text = f"ends at {ends}, past the edge of the picture at {most}"
                yield Fault(("mixLayout", "mixLayoutList", index, name), text)
    for path, user in named_users(spec):
        if user == spec.user_id:
            text = f"{user!r} is the recording's own robot, which nobody sees or hears"
            yield Fault(path, text)


def named_users(spec: RecordingSpec) -> Iterator[tuple[Path, str]]:
    """Who is recorded by name, each with the path, below the resolved spec."""
    lists, layout = spec.record.subscribe_stream_user_ids, spec.mix_layout
    if lists is not None:
        for name, users in (
            ("subscribeAudioUserIds", lists.subscribe_audio_user_ids),
            ("subscribeVideoUserIds", lists.subscribe_video_user_ids),
        ):
            for index, user in enumerate(users or ()):
                if not user.endswith(".*$"):
                    yield ("record", "subscribeStreamUserIds", name, index), user
    for user in layout.users() if layout is not None else ():
        yield ("mixLayout",), user
