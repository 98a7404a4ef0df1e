"""What has to fit together in a request beyond single fields (reference fields.md; semantics §2 to §6).

A generated object is bent until it obeys: where a rule excludes a field, the field is dropped.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from . import mixes, recordings
from .values import Place, integer_room, string_room

Fit = Callable[[Any, Place], None]


def room(one: Any, at: Place) -> None:
    """The code is the one of what the room is: 0 integer, 1 string; an ID without a code is no request."""
    if one.RoomId is None or one.RoomIdType is None:
        one.RoomId = one.RoomIdType = None
    else:
        one.RoomId = string_room(at) if one.RoomIdType else integer_room(at)


def ingest(one: Any, at: Place) -> None:
    """The code is the other way round; the vendor's own example has an integer code and a text."""
    text = one.RoomIdType == 0 or at.chance(0.1)
    one.RoomId = string_room(at) if text else integer_room(at)
    if one.RoomIdType == 1 and one.RoomId.isdigit():
        one.RoomId = integer_room(at)
    if one.RepeatNum != -1:
        one.MaxDuration = None


def audio_encode(one: Any, at: Place) -> None:
    if one.Codec == 2:
        one.Channel = 2
    if one.Codec in (1, 2) and one.SampleRate == 8000:
        one.SampleRate = 16000


def layout(one: Any, at: Place) -> None:
    mode = one.MixLayoutMode or 1
    if mode == 4:
        one.MixLayoutList = one.MixLayoutList or None
        one.MaxVideoUser = one.RenderMode = None
        one.PureAudioHoldPlaceMode = 0 if one.PureAudioHoldPlaceMode else one.PureAudioHoldPlaceMode
    else:
        one.MixLayoutList = None
    if mode == 3:
        one.MaxVideoUser = None


def position(one: Any, at: Place) -> None:
    if one.TransparentUrl is not None and one.RenderMode:
        one.RenderMode = 0
    custom = one.BackgroundCustomRender
    if custom is not None:
        one.BackgroundRenderMode = 4
        custom.Radius = (
            None if custom.Radius is None else min(custom.Radius, min(custom.Width, custom.Height) // 2)
        )
    elif one.BackgroundRenderMode == 4:
        one.BackgroundRenderMode = 3


def place(one: Any, at: Place, width: int, height: int) -> None:
    """Puts a position on the canvas; what it does not say is 0."""
    for size, start, most in (("ImageWidth", "LocationX", width), ("ImageHeight", "LocationY", height)):
        if getattr(one, start) is not None:
            setattr(one, start, at.random.randint(0, most))
        if getattr(one, size) is not None:
            setattr(one, size, at.random.randint(0, most - (getattr(one, start) or 0)))
    custom = one.BackgroundCustomRender
    if custom is not None and not (one.ImageWidth and one.ImageHeight):
        one.BackgroundCustomRender = one.BackgroundRenderMode = None
    elif custom is not None:
        custom.Width, custom.Height = min(custom.Width, one.ImageWidth), min(custom.Height, one.ImageHeight)
        position(one, at)


def watermark(one: Any, at: Place) -> None:
    """One of the two, or both with a word which; a text needs that word."""
    if one.WaterMarkImage is None and one.WaterMarkText is None:
        one.WaterMarkImage = at.made("McuWaterMarkImage")
    if one.WaterMarkImage is None:
        one.WaterMarkType = 1
    elif one.WaterMarkText is None:
        one.WaterMarkType = 0 if one.WaterMarkType else one.WaterMarkType
    elif one.WaterMarkType is None:
        one.WaterMarkText = None


def pass_through(one: Any, at: Place) -> None:
    if one.PayloadType == 5 and one.PayloadUuid is None:
        one.PayloadType = 100


def sei(one: Any, at: Place) -> None:
    if one.LayoutVolume is None and one.PassThrough is None:
        one.LayoutVolume = at.made("McuLayoutVolume")


def storage(one: Any, at: Place) -> None:
    if one.CloudStorage is not None and one.McuCloudVod is not None:
        one.CloudStorage = None


def video(one: Any, at: Place) -> None:
    around = (one.BackGroundColor, one.BackgroundImageUrl, one.BackgroundRenderMode, one.WaterMarkList)
    layout = one.LayoutParams
    if layout is not None and not layout._serialize() and any(part is not None for part in around):
        one.LayoutParams = None  # no manifest can say that there is an empty one beside these
    for slot in (layout.MixLayoutList if layout is not None else None) or ():
        place(slot, at, one.VideoEncode.Width, one.VideoEncode.Height)


def publish(one: Any, at: Place) -> None:
    room(one, at)
    if one.PublishCdnParams == []:
        one.PublishCdnParams = None
    if one.FeedBackRoomParams == [] or one.FeedBackRoomParams is None:
        one.FeedBackRoomParams = None
        one.PublishCdnParams = one.PublishCdnParams or [at.made("McuPublishCdnParam")]
    (_mix if one.WithTranscoding else _relay)(one, at)


def _relay(one: Any, at: Place) -> None:
    """A single stream: nothing of a mix goes with it."""
    if one.SingleSubscribeParams is None:
        one.SingleSubscribeParams = at.made("SingleSubscribeParams")
    one.AudioParams.SubscribeAudioList = one.AudioParams.UnSubscribeAudioList = None
    if one.VideoParams is not None:
        for name in (
            "LayoutParams",
            "BackGroundColor",
            "BackgroundImageUrl",
            "BackgroundRenderMode",
            "WaterMarkList",
        ):
            setattr(one.VideoParams, name, None)


def _mix(one: Any, at: Place) -> None:
    """The modes other than custom show and hear the task's own room only; an allowlist brings in others."""
    one.SingleSubscribeParams = None
    layout = one.VideoParams.LayoutParams if one.VideoParams is not None else None
    mode = (layout.MixLayoutMode if layout is not None else None) or 1
    if layout is not None and mode == 4 and layout.MixLayoutList is None:
        layout.MixLayoutList = [at.made("McuLayout")]
        place(
            layout.MixLayoutList[0], at, one.VideoParams.VideoEncode.Width, one.VideoParams.VideoEncode.Height
        )
    if layout is not None and mode == 2 and layout.MaxVideoUser is None:
        layout.MaxVideoUser = at.made("MaxVideoUser")
    if layout is not None and layout.MaxVideoUser is not None:
        _bring(layout.MaxVideoUser.UserMediaStream.UserInfo, one)
    audio = one.AudioParams
    listed = [
        heard.UserInfo for heard in (audio.SubscribeAudioList or []) + (audio.UnSubscribeAudioList or [])
    ]
    if one.VideoParams is not None and mode != 4:
        for user in listed:
            _bring(user, one)
    elif layout is not None:
        _custom(layout, listed, one)


def _custom(layout: Any, listed: list[Any], task: Any) -> None:
    """Guests take an allowlist, and whoever is heard and seen is so in one room."""
    streams = [slot.UserMediaStream for slot in layout.MixLayoutList if slot.UserMediaStream is not None]
    seen = {stream.UserInfo.UserId: stream.UserInfo for stream in streams}
    for stream in streams:
        if not task.AudioParams.SubscribeAudioList:
            _bring(stream.UserInfo, task)
    for user in listed:
        there = seen.get(user.UserId, user)
        user.RoomId, user.RoomIdType = there.RoomId, there.RoomIdType


def _bring(user: Any, task: Any) -> None:
    if user.RoomId is not None:
        user.RoomId, user.RoomIdType = task.RoomId, task.RoomIdType


def pull(one: Any, at: Place) -> None:
    """Three names or an address; one source but of files; a start before the end; a backup whole."""
    if one.ToUrl is not None:
        one.DomainName = one.AppName = one.StreamName = ""
    if one.SourceType != "PullVodPushLive":
        one.SourceUrls = one.SourceUrls[:1]
    one.StartTime, one.EndTime = sorted((one.StartTime, one.EndTime))
    if one.StartTime == one.EndTime:
        one.EndTime = f"{at.now + timedelta(days=15):%Y-%m-%dT%H:%M:%SZ}"
    if one.BackupSourceType is None or one.BackupSourceUrl is None:
        one.BackupSourceType = one.BackupSourceUrl = None
    one.FileIndex = None if one.FileIndex is None else min(one.FileIndex, len(one.SourceUrls))
    one.WatermarkList = one.WatermarkList or None


FITS: dict[str, Fit] = {
    **mixes.FITS,
    **recordings.FITS,
    "CreateLivePullStreamTaskRequest": pull,
    "StartPublishCdnStreamRequest": publish,
    "StartStreamIngestRequest": ingest,
    "MixUserInfo": room,
    "McuFeedBackRoomParams": room,
    "AudioEncode": audio_encode,
    "McuLayoutParams": layout,
    "McuLayout": position,
    "McuVideoParams": video,
    "McuWaterMarkParams": watermark,
    "McuPassThrough": pass_through,
    "McuSeiParams": sei,
    "McuStorageParams": storage,
}
