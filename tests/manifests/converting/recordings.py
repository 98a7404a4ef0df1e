"""Random recordings: values of the SDK's fields, and what has to fit together (recordings §1 to §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .values import Draw, Place

CREATE, RECORD, LISTS, VOD, VIDEO, AUDIO, LAYOUT, PLACE, MARK, IMAGE, TEXT, TIME = (
    *("CreateCloudRecordingRequest.", "RecordParams.", "SubscribeStreamUserIds.", "TencentVod."),
    *("VideoParams.", "AudioParams.", "MixLayoutParams.", "MixLayout.", "WaterMark."),
    *("WaterMarkImage.", "WaterMarkChar.", "WaterMarkTimestamp."),
)
LETTERS = "abcdefgXYZ0123456789_-"
APPS = (1400188366, 1400188366, 1400000000, 1600001234, 20000001, 40012345)
SIDES = ("Top", "Left", "Width", "Height")
SIZE = (360, 640)
CUSTOM, MIXED = 4, 2


def _of(*choices: Any) -> Draw:
    return lambda at: at.random.choice(choices)


def _up_to(low: int, high: int) -> Draw:
    return lambda at: at.random.choice((low, high, at.random.randint(low, high)))


def robot(at: Place) -> str:
    return f"rec{at.number}_{at.letters(LETTERS, 4, 16)}"


def user(at: Place) -> str:
    return at.random.choice(("57906", "true", "No", "1e3", "0x1F", "_", "089", at.letters(LETTERS, 1, 32)))


def users(at: Place) -> list[str]:
    """User IDs, and beginnings of some."""
    return [user(at) + at.random.choice(("", "", ".*$")) for _ in range(at.random.choice((0, 1, 3, 32)))]


def color(at: Place) -> str:
    return f"#{at.random.randrange(1 << 24):06X}"


def image(at: Place) -> str:
    rest = at.random.choice(("", "", f"?token={at.random.randrange(1 << 64):x}"))
    return f"https://images.example.com/{at.letters('abcxyz019', 1, 20)}.png{rest}"


def secret(at: Place) -> str:
    return f"secret-{at.random.choice((at.random.randrange(8), at.random.randrange(1 << 64))):x}"


def text(at: Place) -> str:
    return at.letters("abc XYZ019.,:;#-_é", 1, 40)


VALUES: dict[str, Draw] = {
    f"{CREATE}SdkAppId": _of(*APPS),
    f"{CREATE}RoomIdType": _of(0, 1),
    f"{CREATE}UserId": robot,
    f"{CREATE}UserSig": secret,
    f"{CREATE}PrivateMapKey": secret,
    f"{CREATE}ResourceExpiredHour": _up_to(6, 720),
    f"{RECORD}RecordMode": _of(1, 2, 2),
    f"{RECORD}MaxIdleTime": _up_to(5, 86400),
    f"{RECORD}StreamType": _of(0, 1, 2),
    f"{RECORD}OutputFormat": _of(0, 1, 2, 3, 4),
    f"{RECORD}AvMerge": _of(0, 1),
    f"{RECORD}MaxMediaFileDuration": _up_to(1, 1440),
    f"{RECORD}MediaId": _of(0, 1, 2),
    f"{RECORD}FillType": _of(0, 1),
    f"{RECORD}SubscribeAbility": _of(0, 1),
    **{f"{LISTS}{un}Subscribe{what}UserIds": users for un in ("", "Un") for what in ("Audio", "Video")},
    f"{VOD}Procedure": text,
    f"{VOD}ExpireTime": _up_to(0, 10**9),
    f"{VOD}StorageRegion": text,
    f"{VOD}ClassId": _up_to(0, 10**6),
    f"{VOD}SubAppId": _up_to(0, 10**10),
    f"{VOD}SessionContext": text,
    f"{VOD}SourceContext": text,
    f"{VOD}MediaType": _of(0, 1, 2, 3, 4),
    f"{VOD}UserDefineRecordId": lambda at: at.letters(LETTERS, 1, 64),
    f"{VIDEO}Width": _up_to(1, 1920),
    f"{VIDEO}Height": _up_to(1, 1080),
    f"{VIDEO}Fps": _up_to(1, 60),
    f"{VIDEO}BitRate": _up_to(64000, 8192000),
    f"{VIDEO}Gop": _up_to(1, 20),
    f"{AUDIO}SampleRate": _of(1, 2, 3),
    f"{AUDIO}Channel": _of(1, 2),
    f"{AUDIO}BitRate": _up_to(32000, 128000),
    f"{LAYOUT}MixLayoutMode": _of(1, 2, 3, 4, 4),
    f"{LAYOUT}BackGroundColor": color,
    f"{LAYOUT}MaxResolutionUserId": user,
    f"{LAYOUT}MediaId": _of(0, 1),
    f"{LAYOUT}BackgroundImageUrl": image,
    f"{LAYOUT}PlaceHolderMode": _of(0, 1),
    f"{LAYOUT}BackgroundImageRenderMode": _of(0, 1, 2, 3),
    f"{LAYOUT}DefaultSubBackgroundImage": image,
    f"{LAYOUT}RenderMode": _of(0, 1, 2, 3),
    f"{LAYOUT}MaxResolutionUserAlign": _of(0, 1),
    f"{LAYOUT}PureAudioDisableLayout": _of(False, True),
    **{f"{PLACE}{side}": _up_to(0, 1920) for side in SIDES},
    f"{PLACE}UserId": user,
    f"{PLACE}Alpha": _up_to(0, 255),
    f"{PLACE}RenderMode": _of(0, 1, 2, 3),
    f"{PLACE}MediaId": _of(0, 1),
    f"{PLACE}ImageLayer": _up_to(-5, 20),
    f"{PLACE}SubBackgroundImage": image,
    f"{MARK}WaterMarkType": _of(0, 1, 2),
    f"{IMAGE}WaterMarkUrl": image,
    **{f"{one}{side}": _up_to(0, 2560) for one in (IMAGE, TEXT) for side in SIDES},
    f"{TEXT}Chars": text,
    f"{TEXT}FontSize": _up_to(1, 200),
    f"{TEXT}FontColor": color,
    f"{TEXT}BackGroundColor": color,
    f"{TEXT}Font": _of("Tencent", "SourceHanSans"),
    f"{TIME}Pos": _up_to(0, 6),
    f"{TIME}TimeZone": _up_to(-12, 14),
    f"{TIME}Font": _of("Tencent", "SourceHanSans"),
}
REQUIRED = {
    # A room's code is optional; where it is left out, it is sent all the same, and told of.
    *(f"{CREATE}{name}" for name in ("SdkAppId", "RoomId", "RoomIdType", "UserId", "UserSig")),
    *(f"{CREATE}RecordParams", f"{CREATE}StorageParams", f"{RECORD}RecordMode", "CloudVod.TencentVod"),
    *(f"{VIDEO}{name}" for name in ("Width", "Height", "Fps", "BitRate", "Gop")),
    *(f"{AUDIO}{name}" for name in ("SampleRate", "Channel", "BitRate")),
    *(f"{LAYOUT}MixLayoutMode", f"{IMAGE}WaterMarkUrl", f"{TEXT}Chars"),
    *(f"{one}{side}" for one in (PLACE, IMAGE, TEXT) for side in SIDES),
}


def recording(one: Any, at: Place) -> None:
    if one.RoomIdType == 1:
        one.RoomId = str(at.random.choice((1, 4294967294, at.random.randint(1, 10**9))))
    if one.RecordParams.RecordMode != MIXED:
        one.MixTranscodeParams = one.MixLayoutParams = None
    video = one.MixTranscodeParams.VideoParams if one.MixTranscodeParams is not None else None
    width, height = SIZE if video is None else (video.Width, video.Height)
    layout = one.MixLayoutParams
    if layout is None:
        return
    if layout.MixLayoutMode == CUSTOM:
        layout.MixLayoutList = layout.MixLayoutList or [at.made("MixLayout")]
    else:
        layout.MixLayoutList = None
    for place in layout.MixLayoutList or ():
        place.Left, place.Top = at.random.randint(0, width), at.random.randint(0, height)
        place.Width = at.random.randint(0, width - place.Left)
        place.Height = at.random.randint(0, height - place.Top)


def storage(one: Any, at: Place) -> None:
    """One of the two."""
    if one.CloudStorage is not None:
        one.CloudVod = None
    elif one.CloudVod is None:
        one.CloudVod = at.made("CloudVod")


def mark(one: Any, at: Place) -> None:
    """What its type says, and whatever else."""
    kind = one.WaterMarkType or 0
    name = ("WaterMarkImage", "WaterMarkChar", "WaterMarkTimestamp")[kind]
    if getattr(one, name) is None:
        setattr(one, name, at.made(name))


FITS: dict[str, Callable[[Any, Place], None]] = {
    "CreateCloudRecordingRequest": recording,
    "StorageParams": storage,
    "WaterMark": mark,
}
