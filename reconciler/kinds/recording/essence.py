"""What a recording comes down to: room, who and what is recorded, where files go, and that it is billed."""

from collections.abc import Iterator

from reconciler.kinds.essence import Essential, Role, room_essential, users_words
from reconciler.kinds.recording.mixed import MixedLayout
from reconciler.kinds.recording.spec import RecordingSpec
from reconciler.kinds.recording.subscribing import Subscriptions

BILLED = "by the minute, also while it waits for anchors"
"""What the vendor says of it (reference recordings §5)."""


def essentials(spec: RecordingSpec) -> Iterator[Essential]:
    """Room and storage first; then who is recorded, and how."""
    yield room_essential(spec.room)
    yield Essential(("storage",), "to", spec.storage.words(), spec.storage, Role.PLACE)
    users = _users(spec.record.subscribe_stream_user_ids or Subscriptions())
    if users:
        yield Essential(
            ("record", "subscribeStreamUserIds"), "users", users_words(users), users, Role.CONTENT
        )
    yield Essential(("record",), "recording", _recording(spec), spec.record)
    if spec.mix_layout is not None:
        words = _layout(spec.mix_layout)
        yield Essential(("mixLayout",), "layout", words, words)
    hours = f"of use for {spec.hours()} h; the recording goes on after that"
    yield Essential(("resourceExpiredHour",), "TaskId", hours, spec.hours())
    yield Essential(("record", "maxIdleTime"), "billed", BILLED, BILLED)


def _users(lists: Subscriptions) -> list[str]:
    return sorted({*(lists.subscribe_audio_user_ids or ()), *(lists.subscribe_video_user_ids or ())})


def _recording(spec: RecordingSpec) -> str:
    record, vod = spec.record, spec.storage.vod
    files = (record.output_format or "hls") if vod is None else (vod.media_type or "mp4")
    each = "one file of all" if record.record_mode == "mix" else "a file for each user"
    video = spec.mix_transcode.video if spec.mix_transcode is not None else None
    size = video.size() if video is not None else None
    picture = f", {size.width}x{size.height}" if size is not None else ""
    return f"{files} of {record.stream_type or 'audio-video'}, {each}{picture}"


def _layout(layout: MixedLayout) -> str:
    places = layout.mix_layout_list or ()
    users = [one.user_id for one in places if one.user_id is not None]
    if not places:
        big = layout.max_resolution_user_id
        return layout.mode if big is None else f"{layout.mode}, {big} large"
    named = f" ({users_words(users)})" if users else ""
    return f"{layout.mode}, {len(places)} place{'s' if len(places) != 1 else ''}{named}"
