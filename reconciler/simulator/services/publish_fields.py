"""The fields of the publish actions as data (fields, "StartPublishCdnStream" and below)."""

from collections.abc import Mapping

from ..parameters import Field, integer, many, must, one_of, record, text

UINT32 = 4294967295
UINT64 = 18446744073709551615
SWITCH = one_of(0, 1)
SIZE = integer(0)
COLOUR = text(r"0x[0-9A-Fa-f]{6}")
USER_ID = text(r"[A-Za-z0-9_-]{1,32}")
URL = text()
SEI_TYPES = tuple(kind for kind in range(100, 255) if kind != 244)

USER_INFO = record({"UserId": must(USER_ID), "RoomId": text(), "RoomIdType": SWITCH})
MEDIA_STREAM = record({"UserInfo": USER_INFO, "StreamType": SWITCH})

AGENT = record({"UserId": must(USER_ID), "UserSig": must(text(r"(?s).+")), "MaxIdleTime": integer(5, 86400)})

AUDIO_ENCODE = record(
    {
        "SampleRate": must(one_of(48000, 44100, 32000, 24000, 16000, 8000)),
        "Channel": must(one_of(1, 2)),
        "BitRate": must(integer(8, 500)),
        "Codec": one_of(0, 1, 2),
    }
)
AUDIO_LIST = many(record({"UserInfo": must(USER_INFO), "SoundLevel": integer(0, 100)}))
AUDIO = record(
    {
        "AudioEncode": AUDIO_ENCODE,
        "SubscribeAudioList": AUDIO_LIST,
        "UnSubscribeAudioList": AUDIO_LIST,
    }
)

VIDEO_ENCODE = record(
    {
        "Width": must(integer(0, 1920)),
        "Height": must(integer(0, 1920)),
        "Fps": must(integer(0, 60)),
        "BitRate": must(integer(0, 10000)),
        "Gop": must(integer(1, 5)),
    }
)
CROP_SIZE = must(integer(1))
CROP = record(
    {
        "LocationX": must(SIZE),
        "LocationY": must(SIZE),
        "Width": CROP_SIZE,
        "Height": CROP_SIZE,
    }
)
LAYOUT_ENTRY = record(
    {
        "UserMediaStream": MEDIA_STREAM,
        "ImageWidth": SIZE,
        "ImageHeight": SIZE,
        "LocationX": SIZE,
        "LocationY": SIZE,
        "ZOrder": integer(),
        "RenderMode": one_of(0, 1, 2),
        "BackGroundColor": COLOUR,
        "BackgroundImageUrl": URL,
        "CustomCrop": CROP,
        "BackgroundRenderMode": one_of(0, 1, 2, 3, 4),
        "BackgroundCustomRender": record(
            {"Width": must(integer(1)), "Height": must(integer(1)), "Radius": SIZE}
        ),
        "TransparentUrl": URL,
        "BackGroundColorMode": integer(0, 3),
        "EnableStreamSEI": SWITCH,
    }
)
LAYOUT = record(
    {
        "MixLayoutMode": one_of(1, 2, 3, 4),
        "PureAudioHoldPlaceMode": SWITCH,
        "MixLayoutList": many(LAYOUT_ENTRY, 16),
        "MaxVideoUser": record({"UserMediaStream": must(MEDIA_STREAM)}),
        "RenderMode": one_of(0, 1, 2),
        "EnableStreamSEI": SWITCH,
    }
)
MARK_PLACE = {
    "WaterMarkWidth": must(SIZE),
    "WaterMarkHeight": must(SIZE),
    "LocationX": must(SIZE),
    "LocationY": must(SIZE),
    "ZOrder": integer(),
    "DynamicPosType": one_of(0, 1, 2),
}
WATER_MARK = record(
    {
        "WaterMarkType": SWITCH,
        "WaterMarkImage": record({"WaterMarkUrl": must(URL), **MARK_PLACE}),
        "WaterMarkText": record(
            {
                "Text": must(text()),
                "FontSize": must(SIZE),
                "FontColor": text(),
                "BackGroundColor": text(),
                "Font": one_of("Tencent", "SourceHanSans"),
                **MARK_PLACE,
            }
        ),
    }
)
VIDEO = record(
    {
        "VideoEncode": VIDEO_ENCODE,
        "LayoutParams": LAYOUT,
        "BackGroundColor": COLOUR,
        "BackgroundImageUrl": URL,
        "BackgroundRenderMode": one_of(0, 1, 2),
        "WaterMarkList": many(WATER_MARK),
    }
)

CDN = record({"PublishCdnUrl": must(text()), "IsTencentCdn": SWITCH})
FEED_BACK = record(
    {
        "RoomId": must(text()),
        "RoomIdType": must(SWITCH),
        "UserId": must(USER_ID),
        "UserSig": must(text(r"(?s).+")),
    }
)
SEI = record(
    {
        "LayoutVolume": record(
            {
                "AppData": text(most=4095),
                "PayloadType": one_of(*SEI_TYPES),
                "Interval": SIZE,
                "FollowIdr": SWITCH,
            }
        ),
        "PassThrough": record(
            {
                "PayloadContent": must(text()),
                "PayloadType": must(one_of(5, *SEI_TYPES)),
                "PayloadUuid": text(),
                "Interval": SIZE,
                "FollowIdr": SWITCH,
            }
        ),
    }
)

CLOUD_STORAGE = record(
    {
        "Vendor": must(SWITCH),
        "Region": must(text()),
        "Bucket": must(text()),
        "AccessKey": must(text()),
        "SecretKey": must(text()),
        "FileNamePrefix": many(text()),
        "EndpointUrl": text(),
    }
)
TENCENT_VOD = record(
    {
        "Procedure": text(),
        "ExpireTime": SIZE,
        "StorageRegion": text(),
        "ClassId": integer(),
        "SubAppId": SIZE,
        "SessionContext": text(),
        "SourceContext": text(),
    }
)
RECORD_KEY = text(r"[A-Za-z0-9_-]*", most=128)
RECORDING = record(
    {
        "UniRecord": one_of(0, 1, 2, 3),
        "RecordKey": RECORD_KEY,
        "RecordWaitTime": integer(5, 86400),
        "RecordFormat": many(one_of("hls", "mp4", "aac")),
        "MaxMediaFileDuration": integer(1, 1440),
        "StreamType": one_of(0, 1, 2),
        "UserDefineRecordPrefix": text(r"[A-Za-z0-9_-]*", most=64),
        "McuStorageParams": record(
            {"CloudStorage": CLOUD_STORAGE, "McuCloudVod": record({"McuTencentVod": TENCENT_VOD})}
        ),
    }
)

CHANGEABLE: Mapping[str, Field] = {
    "WithTranscoding": must(SWITCH),
    "AudioParams": AUDIO,
    "VideoParams": VIDEO,
    "SingleSubscribeParams": record({"UserMediaStream": must(MEDIA_STREAM)}),
    "PublishCdnParams": many(CDN, 10),
    "SeiParams": SEI,
    "FeedBackRoomParams": many(FEED_BACK, 10),
}
TASK: Mapping[str, Field] = {"SdkAppId": must(integer(1, UINT32)), "TaskId": must(text(r".+"))}

START: Mapping[str, Field] = {
    "SdkAppId": must(integer(1, UINT32, code="InvalidParameter.SdkAppId")),
    "RoomId": must(text()),
    "RoomIdType": must(SWITCH),
    "AgentParams": must(AGENT),
    **CHANGEABLE,
    "RecordParams": RECORDING,
}
UPDATE: Mapping[str, Field] = {**TASK, "SequenceNumber": must(integer(0, UINT64)), **CHANGEABLE}
STOP: Mapping[str, Field] = {**TASK, "RecordKey": RECORD_KEY}
