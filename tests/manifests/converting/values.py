"""Random valid values for each field of the SDK's classes (reference fields.md)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from . import mixes, recordings

NASTY = (
    *(
        "yes",
        "No",
        "on",
        "null",
        "~",
        "1e3",
        "0x1F2933",
        "012",
        "089",
        "0o17",
        "12:30",
        "1_000",
        ".5",
        "-",
        "=",
        "<<",
    ),
    *(
        "2018-11-24",
        "a: b",
        "a #b",
        "- a",
        "@a",
        "`a`",
        "%a",
        "&a *b",
        "!a",
        "{a}",
        "[a]",
        '"a"',
        "'a'",
        "\\",
        " a ",
    ),
    *(
        "true",
        "y",
        "N",
        "+1",
        "-0",
        "1.",
        "?",
        "? a",
        "|",
        ">",
        ",",
        "---",
        "...",
        "a\nb\n",
        "a\tb",
        "é",
        "直播",
        "😀",
    ),
)
ROOM_LETTERS = "abcXYZ019 !#$%&()+-:;<=.>?@[]^_{}|~,"
NASTY_ROOMS = tuple(
    text for text in NASTY if text and all(letter in f"{ROOM_LETTERS}{NASTY[0]}" for letter in text)
)
USER_LETTERS = "abcdefgXYZ0123456789_-"
NASTY_USERS = ("57906", "true", "No", "1e3", "0x1F", "_", "-", "089", "y", "null")
APPS = (1400188366, 1400188366, 1400000000, 1600001234, 20000001, 40012345)
PUSH_DOMAINS = ("3891.livepush.myqcloud.com", "push.example.com", "push-2.example.com", "Push.Example.com")


@dataclass(frozen=True)
class Place:
    """What values are drawn with: `number` is the request's own, for what must not be there twice."""

    random: Random
    number: int
    now: datetime

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def letters(self, of: str, least: int, most: int) -> str:
        return "".join(self.random.choices(of, k=self.random.randint(least, most)))

    def made(self, model: str) -> Any:
        """An object of one of the SDK's classes, drawn like the rest of the request."""
        raise NotImplementedError


Draw = Callable[[Place], Any]


def between(low: int, high: int) -> Draw:
    """Both ends come more often than chance would have it."""
    return lambda at: at.random.choice(
        (low, high, at.random.randint(low, high), at.random.randint(low, high))
    )


def of(*choices: Any) -> Draw:
    return lambda at: at.random.choice(choices)


def text(at: Place) -> str:
    return at.random.choice((at.random.choice(NASTY), at.letters("abc XYZ019.,:;#-_é直😀", 1, 40)))


def nonempty_words(at: Place) -> str:
    return at.letters("abcxyz0189-", 1, 20)


def user(at: Place) -> str:
    return at.random.choice((at.random.choice(NASTY_USERS), f"u{at.letters(USER_LETTERS, 1, 31)}"))


def string_room(at: Place) -> str:
    """Whatever a room can be called, but for what a manifest refuses as a placeholder (TXT-01)."""
    plain = re.sub(r"[%${](?=.*[%${])|\$(?=\()", "-", at.letters(ROOM_LETTERS, 1, 64))
    return str(at.random.choice((at.random.choice(NASTY_ROOMS), str(at.random.randint(1, 9999999)), plain)))


def integer_room(at: Place) -> str:
    return str(at.random.choice((1, 295066, 4294967294, at.random.randint(1, 4294967294))))


def color(at: Place) -> str:
    return f"0x{at.random.randrange(1 << 24):06{at.random.choice('xX')}}"


def image(at: Place) -> str:
    rest = at.random.choice(("", "?v=2", "#a"))
    return f"https://img.example.com/{at.letters('abcxyz019-_.~', 1, 20)}.png{rest}"


def stream_name(at: Place) -> str:
    return f"s{at.number}_{at.letters('abcXYZ0189_-', 0, 12)}{at.random.randrange(10**9)}"


def push_url(at: Place) -> str:
    """With a push credential, with another, with a password, or with none."""
    name = f"{at.random.choice(PUSH_DOMAINS)}/live/{stream_name(at)}"
    signature = f"txSecret={at.random.randrange(1 << 128):032x}&txTime={at.random.randrange(1 << 32):X}"
    secret = f"{at.random.randrange(1 << 64):x}"
    return "rtmp://" + at.random.choice(
        (
            *(name, f"{name}?bizid=3891", f"{name}?{signature}", f"{name}?bizid=3891&{signature}"),
            *(f"{name}?{signature}&a=b", f"{name}?wsSecret={secret}&wsTime=1", f"{name}?Token={secret}"),
        )
    )


def source_url(at: Place) -> str:
    where = f"media.example.com/{at.letters('abcxyz019/', 1, 20)}a.mp4"
    secret = f"{at.random.randrange(1 << 64):x}"
    return str(
        at.random.choice(
            (
                *(f"https://{where}", f"http://{where}?t=1", "rtmp://media.example.com/live/a"),
                *(f"https://name:{secret}@{where}", f"https://{where}?q-signature={secret}&t=1"),
            )
        )
    )


def moment(at: Place) -> str:
    return f"{at.now + timedelta(seconds=at.random.randint(3600, 89 * 86400)):%Y-%m-%dT%H:%M:%SZ}"


def soon(at: Place) -> str:
    return f"{at.now + timedelta(seconds=at.random.randint(3600, 14 * 86400)):%Y-%m-%dT%H:%M:%SZ}"


def push_args(at: Place) -> str:
    """With a push signature, with another, or with none."""
    signature = f"txSecret={at.random.randrange(1 << 128):032x}&txTime={at.random.randrange(1 << 32):X}"
    secret = f"{at.random.randrange(1 << 64):x}"
    return str(
        at.random.choice(("bak=1&test=2", signature, f"bak=1&{signature}", f"wsSecret={secret}", "a b"))
    )


def outside(at: Place) -> str:
    """An address of another network, with a key or without."""
    key = f"{at.random.randrange(1 << 64):x}"
    return str(
        at.random.choice(
            (
                *(f"rtmp://live.example.com/app/{key}", f"rtmps://live.example.com:443/rtmp/{key}"),
                *(
                    f"srt://live.example.com:9000?streamid={key}",
                    f"rtp://live.example.com:{1024 + at.number % 9999}",
                ),
            )
        )
    )


def formats(at: Place) -> list[str]:
    return list(at.random.choice(((), ("hls",), ("mp4",), ("aac",), ("hls", "mp4"), ("aac", "hls"))))


def sei_type(at: Place) -> int:
    return int(at.random.choice([kind for kind in range(100, 255) if kind != 244]))


SWITCH = of(0, 1)
SIZE = between(0, 1920)
OFFSET = between(0, 500)
ORDER = between(-5, 20)


def secret(at: Place) -> str:
    """Now and then the same in several requests, as keys of one storage are."""
    return f"secret-{at.random.choice((at.random.randrange(8), at.random.randrange(1 << 64))):x}"


def robot(at: Place) -> str:
    """A user ID that no other robot has; never one of those of users."""
    return f"r{at.number}_{at.letters('abcXYZ0189_-', 8, 16)}"


_AUDIO, _VIDEO, _VOD = "AudioEncode.", "VideoEncode.", "McuTencentVod."
_SLOT, _CROP, _CUSTOM = "McuLayout.", "McuCustomCrop.", "McuBackgroundCustomRender."
_IMAGE, _TEXT = "McuWaterMarkImage.", "McuWaterMarkText."
_PUBLISH, _INGEST = "StartPublishCdnStreamRequest.", "StartStreamIngestRequest."
_FORBID, _RESUME = "ForbidLiveStreamRequest.", "ResumeLiveStreamRequest."
_PULL, _MARK = "CreateLivePullStreamTaskRequest.", "PullPushWatermarkInfo."
EVENTS = (
    "TaskStart",
    "TaskExit",
    "VodSourceFileStart",
    "VodSourceFileFinish",
    "ResetTaskConfig",
    "TaskAlarm",
)
_RECORD, _LAYOUT, _THROUGH, _VOLUME = (
    "McuRecordParams.",
    "McuLayoutParams.",
    "McuPassThrough.",
    "McuLayoutVolume.",
)

VALUES: dict[str, Draw] = {
    **mixes.VALUES,
    **recordings.VALUES,
    f"{_PUBLISH}SdkAppId": of(*APPS),
    f"{_PUBLISH}RoomId": string_room,
    f"{_PUBLISH}RoomIdType": SWITCH,
    f"{_PUBLISH}WithTranscoding": of(0, 1, 1),
    "AgentParams.UserId": robot,
    "AgentParams.UserSig": secret,
    "AgentParams.MaxIdleTime": between(5, 86400),
    f"{_AUDIO}SampleRate": of(48000, 44100, 32000, 24000, 16000, 8000),
    f"{_AUDIO}Channel": of(1, 2),
    f"{_AUDIO}BitRate": between(8, 500),
    f"{_AUDIO}Codec": of(0, 1, 2),
    "McuUserInfoParams.SoundLevel": between(0, 100),
    "MixUserInfo.UserId": user,
    "MixUserInfo.RoomId": string_room,
    "MixUserInfo.RoomIdType": SWITCH,
    "UserMediaStream.StreamType": SWITCH,
    f"{_VIDEO}Width": SIZE,
    f"{_VIDEO}Height": SIZE,
    f"{_VIDEO}Fps": between(1, 60),
    f"{_VIDEO}BitRate": between(1, 10000),
    f"{_VIDEO}Gop": between(1, 5),
    f"{_LAYOUT}MixLayoutMode": of(1, 2, 3, 4, 4),
    f"{_LAYOUT}PureAudioHoldPlaceMode": SWITCH,
    f"{_LAYOUT}RenderMode": of(0, 1, 2),
    f"{_LAYOUT}EnableStreamSEI": SWITCH,
    f"{_SLOT}ImageWidth": SIZE,
    f"{_SLOT}ImageHeight": SIZE,
    f"{_SLOT}LocationX": SIZE,
    f"{_SLOT}LocationY": SIZE,
    f"{_SLOT}ZOrder": ORDER,
    f"{_SLOT}RenderMode": of(0, 1, 2),
    f"{_SLOT}BackGroundColor": color,
    f"{_SLOT}BackgroundImageUrl": image,
    f"{_SLOT}BackgroundRenderMode": of(0, 1, 2, 3, 4),
    f"{_SLOT}TransparentUrl": image,
    f"{_SLOT}BackGroundColorMode": of(0, 1, 2, 3),
    f"{_SLOT}EnableStreamSEI": SWITCH,
    f"{_CROP}LocationX": between(0, 5000),
    f"{_CROP}LocationY": between(0, 5000),
    f"{_CROP}Width": between(1, 5000),
    f"{_CROP}Height": between(1, 5000),
    f"{_CUSTOM}Width": between(1, 1920),
    f"{_CUSTOM}Height": between(1, 1920),
    f"{_CUSTOM}Radius": between(0, 960),
    "McuVideoParams.BackGroundColor": color,
    "McuVideoParams.BackgroundImageUrl": image,
    "McuVideoParams.BackgroundRenderMode": of(0, 1, 2),
    "McuWaterMarkParams.WaterMarkType": SWITCH,
    f"{_IMAGE}WaterMarkUrl": image,
    f"{_IMAGE}WaterMarkWidth": OFFSET,
    f"{_IMAGE}WaterMarkHeight": OFFSET,
    f"{_IMAGE}LocationX": OFFSET,
    f"{_IMAGE}LocationY": OFFSET,
    f"{_IMAGE}ZOrder": ORDER,
    f"{_IMAGE}DynamicPosType": of(0, 1, 2),
    f"{_TEXT}Text": text,
    f"{_TEXT}WaterMarkWidth": OFFSET,
    f"{_TEXT}WaterMarkHeight": OFFSET,
    f"{_TEXT}LocationX": OFFSET,
    f"{_TEXT}LocationY": OFFSET,
    f"{_TEXT}FontSize": between(1, 200),
    f"{_TEXT}FontColor": color,
    f"{_TEXT}BackGroundColor": color,
    f"{_TEXT}DynamicPosType": of(0, 1, 2),
    f"{_TEXT}ZOrder": ORDER,
    f"{_TEXT}Font": of("Tencent", "SourceHanSans"),
    "McuPublishCdnParam.PublishCdnUrl": push_url,
    "McuPublishCdnParam.IsTencentCdn": SWITCH,
    f"{_VOLUME}AppData": text,
    f"{_VOLUME}PayloadType": sei_type,
    f"{_VOLUME}Interval": between(1, 60000),
    f"{_VOLUME}FollowIdr": SWITCH,
    f"{_THROUGH}PayloadContent": text,
    f"{_THROUGH}PayloadType": lambda at: at.random.choice((5, sei_type(at))),
    f"{_THROUGH}PayloadUuid": lambda at: at.letters("0123456789abcdefABCDEF", 32, 32),
    f"{_THROUGH}Interval": between(1, 60000),
    f"{_THROUGH}FollowIdr": SWITCH,
    "McuFeedBackRoomParams.RoomId": string_room,
    "McuFeedBackRoomParams.RoomIdType": SWITCH,
    "McuFeedBackRoomParams.UserId": robot,
    "McuFeedBackRoomParams.UserSig": secret,
    f"{_RECORD}UniRecord": of(0, 1, 2, 3),
    f"{_RECORD}RecordKey": nonempty_words,
    f"{_RECORD}RecordWaitTime": between(5, 86400),
    f"{_RECORD}RecordFormat": formats,
    f"{_RECORD}MaxMediaFileDuration": between(1, 1440),
    f"{_RECORD}StreamType": of(0, 1, 2),
    f"{_RECORD}UserDefineRecordPrefix": nonempty_words,
    "CloudStorage.Vendor": SWITCH,
    "CloudStorage.Region": nonempty_words,
    "CloudStorage.Bucket": nonempty_words,
    "CloudStorage.AccessKey": secret,
    "CloudStorage.SecretKey": secret,
    "CloudStorage.FileNamePrefix": lambda at: [nonempty_words(at) for _ in range(at.random.randint(0, 3))],
    f"{_VOD}Procedure": text,
    f"{_VOD}ExpireTime": between(0, 10**9),
    f"{_VOD}StorageRegion": nonempty_words,
    f"{_VOD}ClassId": between(0, 10**6),
    f"{_VOD}SubAppId": between(0, 10**10),
    f"{_VOD}SessionContext": text,
    f"{_VOD}SourceContext": text,
    f"{_INGEST}SdkAppId": of(*APPS),
    f"{_INGEST}RoomId": string_room,
    f"{_INGEST}RoomIdType": SWITCH,
    f"{_INGEST}UserId": robot,
    f"{_INGEST}UserSig": secret,
    f"{_INGEST}StreamUrl": source_url,
    f"{_INGEST}PrivateMapKey": secret,
    f"{_INGEST}SeekSecond": between(0, 3000),
    f"{_INGEST}AutoPush": of(False, True),
    f"{_INGEST}RepeatNum": of(-1, -1, 1, 2, 1000),
    f"{_INGEST}MaxDuration": between(1, 10080),
    f"{_INGEST}Volume": between(0, 200),
    f"{_INGEST}EnableProgress": of(False, True),
    f"{_INGEST}Tempo": of(0.5, 0.75, 1.0, 1, 1.25, 1.5, 1.75, 2.0, 2),
    f"{_INGEST}IdleTimeout": between(0, 600),
    "StartPublishStreamRequest.UserId": robot,
    "StartPublishStreamRequest.PublishStreamArgs": text,
    "StartPublishStreamWithURLRequest.UserId": robot,
    "StartPublishStreamWithURLRequest.PublishStreamURL": push_url,
    **dict.fromkeys((f"{_FORBID}AppName", f"{_RESUME}AppName"), of("live", "app-2", "No", "089")),
    **dict.fromkeys((f"{_FORBID}DomainName", f"{_RESUME}DomainName"), of(*PUSH_DOMAINS)),
    **dict.fromkeys((f"{_FORBID}StreamName", f"{_RESUME}StreamName"), stream_name),
    f"{_FORBID}ResumeTime": moment,
    f"{_FORBID}Reason": text,
}

VALUES |= {
    "CreateCloudRecordingRequest.RoomId": string_room,
    f"{_PULL}SourceType": of("PullLivePushLive", "PullVodPushLive", "PullPicPushLive"),
    f"{_PULL}SourceUrls": lambda at: [source_url(at) for _ in range(at.random.choice((1, 1, 2, 30)))],
    f"{_PULL}DomainName": of(*PUSH_DOMAINS),
    f"{_PULL}AppName": of("live", "app-2", "No", "089", "a/b"),
    f"{_PULL}StreamName": stream_name,
    f"{_PULL}StartTime": soon,
    f"{_PULL}EndTime": soon,
    f"{_PULL}Operator": lambda at: f"o{at.number}_{at.letters('abcXYZ0189_-', 0, 12)}",
    f"{_PULL}PushArgs": push_args,
    f"{_PULL}CallbackEvents": lambda at: at.random.sample(EVENTS, at.random.randint(1, 6)),
    f"{_PULL}VodLoopTimes": of("-1", "0", "7"),
    f"{_PULL}VodRefreshType": of("ImmediateNewSource", "ContinueBreakPoint"),
    f"{_PULL}CallbackUrl": lambda at: f"https://hook.example.com/{at.letters('abcxyz019', 1, 12)}",
    f"{_PULL}ExtraCmd": of("ignore_region"),
    f"{_PULL}SpecifyTaskId": lambda at: f"own-{at.number}",
    f"{_PULL}Comment": lambda at: at.letters("abc XYZ019.,:;#-_", 1, 40),
    f"{_PULL}ToUrl": outside,
    f"{_PULL}FileIndex": between(1, 30),
    f"{_PULL}OffsetTime": between(0, 3600),
    f"{_PULL}BackupSourceType": of("PullLivePushLive", "PullVodPushLive"),
    f"{_PULL}BackupSourceUrl": source_url,
    f"{_PULL}VodLocalMode": SWITCH,
    f"{_PULL}RecordTemplateId": lambda at: str(at.random.randrange(10**6)),
    f"{_PULL}BackupToUrl": outside,
    f"{_PULL}TranscodeTemplateName": nonempty_words,
    f"{_MARK}PictureUrl": lambda at: image(at).partition("#")[0],
    f"{_MARK}XPosition": between(0, 100),
    f"{_MARK}YPosition": between(0, 100),
    f"{_MARK}Width": between(0, 100),
    f"{_MARK}Height": between(1, 100),
    f"{_MARK}Location": of(0, 1, 2, 3),
}

REQUIRED = {
    *mixes.REQUIRED,
    *recordings.REQUIRED,
    *(f"{_PUBLISH}{name}" for name in ("SdkAppId", "RoomId", "RoomIdType", "AgentParams", "WithTranscoding")),
    # The schema has them as optional; the prose and the semantics demand them at a start.
    *(f"{_PUBLISH}AudioParams", "McuAudioParams.AudioEncode", "McuVideoParams.VideoEncode"),
    *("AgentParams.UserId", "AgentParams.UserSig"),
    *(f"{_AUDIO}{name}" for name in ("SampleRate", "Channel", "BitRate")),
    *("McuUserInfoParams.UserInfo", "UserMediaStream.UserInfo", "MixUserInfo.UserId"),
    *(f"{_VIDEO}{name}" for name in ("Width", "Height", "Fps", "BitRate", "Gop")),
    *("MaxVideoUser.UserMediaStream", "SingleSubscribeParams.UserMediaStream"),
    *(f"{_CROP}{name}" for name in ("LocationX", "LocationY", "Width", "Height")),
    *(f"{_CUSTOM}Width", f"{_CUSTOM}Height"),
    *(
        f"{_IMAGE}{name}"
        for name in ("WaterMarkUrl", "WaterMarkWidth", "WaterMarkHeight", "LocationX", "LocationY")
    ),
    *(
        f"{_TEXT}{name}"
        for name in ("Text", "WaterMarkWidth", "WaterMarkHeight", "LocationX", "LocationY", "FontSize")
    ),
    *("McuPublishCdnParam.PublishCdnUrl", f"{_THROUGH}PayloadContent", f"{_THROUGH}PayloadType"),
    *(f"McuFeedBackRoomParams.{name}" for name in ("RoomId", "RoomIdType", "UserId", "UserSig")),
    *(f"CloudStorage.{name}" for name in ("Vendor", "Region", "Bucket", "AccessKey", "SecretKey")),
    *(f"{_INGEST}{name}" for name in ("SdkAppId", "RoomId", "RoomIdType", "UserId", "UserSig", "StreamUrl")),
    *("StartPublishStreamRequest.UserId", "StartPublishStreamWithURLRequest.UserId"),
    "StartPublishStreamWithURLRequest.PublishStreamURL",
    *(f"{_PULL}{name}" for name in ("SourceType", "SourceUrls", "DomainName", "AppName", "StreamName")),
    *(f"{_PULL}{name}" for name in ("StartTime", "EndTime", "Operator")),
    *(f"{_MARK}{name}" for name in ("PictureUrl", "XPosition", "YPosition", "Width", "Height", "Location")),
    *(f"{owner}{name}" for owner in (_FORBID, _RESUME) for name in ("AppName", "DomainName", "StreamName")),
}

# The vendor has given them up; what becomes of them is tested by itself.
DEPRECATED = {f"{_INGEST}{name}" for name in ("VideoEncodeParams", "AudioEncodeParams", "SourceUrl")}
