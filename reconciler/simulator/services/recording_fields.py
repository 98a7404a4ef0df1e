"""The fields of the recording actions as data (fields, "CreateCloudRecording" and below)."""

from collections.abc import Mapping

from ..parameters import Field, boolean, integer, many, must, one_of, record, text
from .publish_fields import CLOUD_STORAGE, SWITCH, TENCENT_VOD, UINT32, URL, USER_ID

OUT_OF_RANGE = "InvalidParameter.OutOfRange"
COLOUR = text(r"#[0-9A-Fa-f]{6}")
PIXELS, MARK_PIXELS = integer(0, 1920), integer(0, 2560)
SCALED = one_of(0, 1, 2, 3)
FONT = one_of("Tencent", "SourceHanSans")
USERS = many(text(r".+"), 32)
SUBSCRIBE = record(
    {
        "SubscribeAudioUserIds": USERS,
        "UnSubscribeAudioUserIds": USERS,
        "SubscribeVideoUserIds": USERS,
        "UnSubscribeVideoUserIds": USERS,
    }
)
RECORD = record(
    {
        "RecordMode": must(one_of(1, 2), "MissingParameter.RecordMode"),
        "MaxIdleTime": integer(5, 86400),
        "StreamType": one_of(0, 1, 2),
        "SubscribeStreamUserIds": SUBSCRIBE,
        "OutputFormat": one_of(0, 1, 2, 3, 4),
        "AvMerge": SWITCH,
        "MaxMediaFileDuration": integer(1, 1440),
        "MediaId": one_of(0, 1, 2),
        "FillType": SWITCH,
        "SubscribeAbility": SWITCH,
    }
)
VOD = record(
    {
        **TENCENT_VOD.fields,
        "MediaType": one_of(0, 1, 2, 3, 4),
        "UserDefineRecordId": text(r"[A-Za-z0-9_-]*", most=64),
    }
)
STORAGE = record({"CloudStorage": CLOUD_STORAGE, "CloudVod": record({"TencentVod": must(VOD)})})
TRANSCODE = record(
    {
        "VideoParams": record(
            {
                "Width": must(integer(1, 1920)),
                "Height": must(integer(1, 1920)),
                "Fps": must(integer(1, 60)),
                "BitRate": must(integer(64000, 8192000)),
                "Gop": must(integer(1)),
            }
        ),
        "AudioParams": record(
            {
                "SampleRate": must(one_of(1, 2, 3)),
                "Channel": must(one_of(1, 2)),
                "BitRate": must(integer(32000, 128000)),
            }
        ),
    }
)
PLACE = {"Top": must(PIXELS), "Left": must(PIXELS), "Width": must(PIXELS), "Height": must(PIXELS)}
MARK_PLACE = {name: must(MARK_PIXELS) for name in PLACE}
WATER_MARK = record(
    {
        "WaterMarkType": one_of(0, 1, 2),
        "WaterMarkImage": record({"WaterMarkUrl": must(URL), **MARK_PLACE}),
        "WaterMarkChar": record(
            {
                **MARK_PLACE,
                "Chars": must(text()),
                "FontSize": integer(1),
                "FontColor": text(),
                "BackGroundColor": text(),
                "Font": FONT,
            }
        ),
        "WaterMarkTimestamp": record({"Pos": integer(0, 6), "TimeZone": integer(-12, 14), "Font": FONT}),
    }
)
LAYOUT = record(
    {
        "MixLayoutMode": must(one_of(1, 2, 3, 4)),
        "MixLayoutList": many(
            record(
                {
                    **PLACE,
                    "UserId": USER_ID,
                    "Alpha": integer(0, 255),
                    "RenderMode": SCALED,
                    "MediaId": SWITCH,
                    "ImageLayer": integer(),
                    "SubBackgroundImage": URL,
                }
            ),
            25,
        ),
        "BackGroundColor": COLOUR,
        "MaxResolutionUserId": USER_ID,
        "MediaId": SWITCH,
        "BackgroundImageUrl": URL,
        "PlaceHolderMode": SWITCH,
        "BackgroundImageRenderMode": SCALED,
        "DefaultSubBackgroundImage": URL,
        "WaterMarkList": many(WATER_MARK, 25),
        "RenderMode": SCALED,
        "MaxResolutionUserAlign": SWITCH,
        "PureAudioDisableLayout": boolean(),
    }
)
SDK_APP_ID = must(integer(1, UINT32, code="InvalidParameter.SdkAppId"), "MissingParameter.SdkAppId")
TASK: Mapping[str, Field] = {"SdkAppId": SDK_APP_ID, "TaskId": must(text(r".+"), "MissingParameter.TaskId")}

CREATE: Mapping[str, Field] = {
    "SdkAppId": SDK_APP_ID,
    "RoomId": must(text(), "MissingParameter.RoomId"),
    "RoomIdType": SWITCH,
    "UserId": must(USER_ID, "MissingParameter.UserId"),
    "UserSig": must(text(r"(?s).+"), "MissingParameter.UserSig"),
    "PrivateMapKey": text(),
    "ResourceExpiredHour": integer(6, 720),
    "RecordParams": must(RECORD, "MissingParameter.RecordParams"),
    "StorageParams": must(STORAGE, "MissingParameter.StorageParams"),
    "MixTranscodeParams": TRANSCODE,
    "MixLayoutParams": LAYOUT,
}
MODIFY: Mapping[str, Field] = {**TASK, "MixLayoutParams": LAYOUT, "SubscribeStreamUserIds": SUBSCRIBE}
DELETE: Mapping[str, Field] = TASK
DESCRIBE: Mapping[str, Field] = {**TASK, "RecorderKey": text()}
