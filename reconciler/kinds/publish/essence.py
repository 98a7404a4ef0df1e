"""What a publish task comes down to: its room, where it goes, its picture and sound, its recording."""

from collections.abc import Iterator

from reconciler.kinds.essence import Essential, Role, room_essential, room_words, text_words
from reconciler.kinds.publish.fields import AudioEncode, Publish
from reconciler.kinds.publish.record import Record
from reconciler.kinds.publish.spec import PublishSpec, VideoEncode

_CHANNELS = {1: "mono", 2: "stereo"}


def task_places(spec: PublishSpec) -> Iterator[Essential]:
    """The room, and each address and room that the stream goes to."""
    yield room_essential(spec.room)
    for index, push in enumerate(spec.publish):
        yield Essential(("publish", index), "to", _push(push), push, Role.PLACE)
    for index, room in enumerate(spec.feed_back_rooms):
        at = ("feedBackRooms", index)
        yield Essential(at, "back to", room_words(room.room), {"room": room.room}, Role.PLACE)


def task_destinations(spec: PublishSpec) -> tuple[str, ...]:
    """Each address and room that the stream goes to."""
    rooms = (room_words(room.room) for room in spec.feed_back_rooms)
    return (*(text_words(push.url) for push in spec.publish), *rooms)


def task_settings(spec: PublishSpec) -> Iterator[Essential]:
    """How picture and sound are encoded, and how they are recorded."""
    video, audio = spec.encoded(), spec.sound()
    if video is not None:
        yield Essential(("video", "encode"), "picture", _picture(video), video)
    silent = "" if video is not None else "; no picture"
    yield Essential(("audio", "encode"), "audio", f"{_sound(audio)}{silent}", audio)
    if spec.record is not None:
        yield Essential(("record",), "recording", _recording(spec.record), spec.record)


def _push(push: Publish) -> str:
    signed = f", signed for {push.auth.valid_for}" if push.auth is not None else ""
    elsewhere = ", another CDN" if push.is_tencent_cdn is False else ""
    return f"{text_words(push.url)}{signed}{elsewhere}"


def _picture(video: VideoEncode) -> str:
    size = f"{video.width}x{video.height}, " if video.width is not None and video.height is not None else ""
    return f"{size}{video.fps} fps, {video.bit_rate} kbit/s"


def _sound(audio: AudioEncode) -> str:
    codec = f" {audio.codec}" if audio.codec is not None else ""
    return f"{audio.sample_rate / 1000:g} kHz {_CHANNELS[audio.channel]}, {audio.bit_rate} kbit/s{codec}"


def _recording(record: Record) -> str:
    if record.uni_record != "api":
        words = {None: "unspecified", "undefined": "unspecified", "off": "off"}
        return words.get(record.uni_record, "by the console's template")
    streams = record.stream_type or "audio-video"
    return f"{'+'.join(record.record_format or ('mp4',))} of {streams}{_storage(record)}"


def _storage(record: Record) -> str:
    params = record.mcu_storage_params
    if params is not None and params.cloud_storage is not None:
        return f" to {params.cloud_storage.vendor} bucket {params.cloud_storage.bucket}"
    return " to Tencent VOD" if params is not None and params.mcu_cloud_vod is not None else ""
