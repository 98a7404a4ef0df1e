"""What has to fit together in a publish task, beyond each single field (fields.md; semantics §2, §4)."""

import re
from collections.abc import Iterator
from typing import Any

from ..errors import ApiError
from ..push_addresses import can_be_pushed_to
from .room_ids import MOST_ROOM, is_integer_room, is_string_room

Params = dict[str, Any]

SCREEN_SHARING, CUSTOM = 2, 4
MOST_CROP = 10000


def refuse(message: str) -> ApiError:
    """The one code that the publish actions have for a bad combination (errors.md)."""
    return ApiError("InvalidParameter", message)


def missing(name: str, why: str) -> ApiError:
    """Ask for a parameter that the schema leaves optional and the prose demands."""
    return ApiError("MissingParameter", f"The parameter `{name}` is missing: {why}.")


def check_task(task: Params) -> None:
    """Check a task as a whole, whether a Start or what an Update leads to."""
    if not task.get("PublishCdnParams") and not task.get("FeedBackRoomParams"):
        raise missing("PublishCdnParams", "a task needs it or FeedBackRoomParams")
    for check in (_pushes, _audio, _video, _transcoding, _sei, _recording, _robots):
        check(task)
    for path, place in _places(task, ""):
        check_room(path, place["RoomId"], place.get("RoomIdType"))


def check_room(path: str, room_id: str, room_id_type: int | None) -> None:
    """An integer room as decimal text, or a string room; without a type either will do."""
    fits = is_integer_room if room_id_type == 0 else is_string_room
    if not fits(room_id):
        wanted = f"an integer from 1 to {MOST_ROOM} as text" if room_id_type == 0 else "a string room ID"
        raise refuse(f"The parameter `{path}RoomId` must be {wanted}.")


def _places(value: Any, path: str) -> Iterator[tuple[str, Params]]:
    if isinstance(value, dict):
        if "RoomId" in value:
            yield path, value
        for name, inner in value.items():
            yield from _places(inner, f"{path}{name}.")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, f"{path}{index}.")


def _pushes(task: Params) -> None:
    for index, cdn in enumerate(task.get("PublishCdnParams", [])):
        if not can_be_pushed_to(cdn["PublishCdnUrl"], cdn.get("IsTencentCdn", 1) == 1):
            path = f"PublishCdnParams.{index}.PublishCdnUrl"
            raise refuse(f"The parameter `{path}` must be rtmp://DOMAIN/APP/STREAM.")


def _audio(task: Params) -> None:
    encode = task.get("AudioParams", {}).get("AudioEncode")
    if encode is None:
        raise missing("AudioParams.AudioEncode", "audio is always encoded")
    codec = encode.get("Codec", 0)
    if codec == 2 and encode["Channel"] != 2:
        raise refuse("The parameter `AudioParams.AudioEncode.Channel` must be 2 with Codec 2.")
    if codec in (1, 2) and encode["SampleRate"] == 8000:
        raise refuse("The parameter `AudioParams.AudioEncode.SampleRate` must not be 8000 with Codec 1 or 2.")


def _video(task: Params) -> None:
    video = task.get("VideoParams")
    if video is None:
        return
    if "VideoEncode" not in video:
        raise missing("VideoParams.VideoEncode", "a task with video must set its encoding")
    _layout(video.get("LayoutParams", {}))
    for index, mark in enumerate(video.get("WaterMarkList", [])):
        wanted = "WaterMarkText" if mark.get("WaterMarkType", 0) == 1 else "WaterMarkImage"
        if wanted not in mark:
            raise missing(f"VideoParams.WaterMarkList.{index}.{wanted}", "its WaterMarkType requires it")


def _layout(layout: Params) -> None:
    mode = layout.get("MixLayoutMode", 1)
    path = "VideoParams.LayoutParams."
    if mode == SCREEN_SHARING and "MaxVideoUser" not in layout:
        raise missing(f"{path}MaxVideoUser", "the screen-sharing layout needs it")
    if mode == CUSTOM and not layout.get("MixLayoutList"):
        raise missing(f"{path}MixLayoutList", "the custom layout needs it")
    for index, entry in enumerate(layout.get("MixLayoutList", [])):
        _entry(f"{path}MixLayoutList.{index}.", entry)


def _entry(path: str, entry: Params) -> None:
    crop = entry.get("CustomCrop")
    if crop and max(crop["LocationX"] + crop["Width"], crop["LocationY"] + crop["Height"]) > MOST_CROP:
        raise refuse(f"The parameter `{path}CustomCrop` reaches beyond {MOST_CROP}.")
    if entry.get("TransparentUrl") and entry.get("RenderMode", 0) != 0:
        raise refuse(f"The parameter `{path}TransparentUrl` needs RenderMode 0.")
    custom = entry.get("BackgroundCustomRender")
    if entry.get("BackgroundRenderMode") == 4 and custom is None:
        raise missing(f"{path}BackgroundCustomRender", "BackgroundRenderMode 4 needs it")
    if custom is not None:
        _custom_render(f"{path}BackgroundCustomRender", custom, entry)


def _custom_render(path: str, custom: Params, entry: Params) -> None:
    if custom["Width"] > entry.get("ImageWidth", 0) or custom["Height"] > entry.get("ImageHeight", 0):
        raise refuse(
            f"The parameter `{path}` must not be larger than its entry's ImageWidth and ImageHeight."
        )
    if 2 * custom.get("Radius", 0) > min(custom["Width"], custom["Height"]):
        raise refuse(f"The parameter `{path}.Radius` must be at most half the smaller side.")


def _transcoding(task: Params) -> None:
    single = "SingleSubscribeParams" in task
    if task["WithTranscoding"] == 1:
        if single:
            raise refuse("The parameter `SingleSubscribeParams` needs WithTranscoding 0.")
        return
    if not single:
        raise missing("SingleSubscribeParams", "WithTranscoding 0 relays a single stream")
    if "LayoutParams" in task.get("VideoParams", {}):
        raise refuse("The parameter `VideoParams.LayoutParams` needs WithTranscoding 1.")


def _sei(task: Params) -> None:
    through = task.get("SeiParams", {}).get("PassThrough")
    if through is None or through["PayloadType"] != 5:
        return
    if re.fullmatch(r"[0-9A-Fa-f]{32}", through.get("PayloadUuid", "")) is None:
        raise refuse("The parameter `SeiParams.PassThrough.PayloadUuid` must be 32 hex digits for type 5.")


def _recording(task: Params) -> None:
    recording = task.get("RecordParams", {})
    if {"mp4", "aac"} <= set(recording.get("RecordFormat", [])):
        raise refuse("The parameter `RecordParams.RecordFormat` cannot hold both mp4 and aac.")
    if {"CloudStorage", "McuCloudVod"} <= recording.get("McuStorageParams", {}).keys():
        raise refuse(
            "The parameter `RecordParams.McuStorageParams` has two kinds of storage; one is allowed."
        )


def _robots(task: Params) -> None:
    agent = (task["RoomId"], task["RoomIdType"], task["AgentParams"]["UserId"])
    feedback = [
        (entry["RoomId"], entry["RoomIdType"], entry["UserId"])
        for entry in task.get("FeedBackRoomParams", [])
    ]
    if len({agent, *feedback}) != 1 + len(feedback):
        raise refuse("The parameter `FeedBackRoomParams` brings the same robot into a room twice.")
