"""The fields of the ingest actions as data (fields, "StartStreamIngest" and below)."""

from collections.abc import Mapping

from ..parameters import Field, boolean, integer, many, must, number, one_of, record, text
from .publish_fields import SWITCH, UINT32, USER_ID

SDK_APP_ID = integer(1, UINT32)
OWN_SDK_APP_ID = integer(1, UINT32, code="InvalidParameter.SdkAppId")
TASK_ID = text(r"[A-Za-z0-9+\-.*_]+", code="InvalidParameter.TaskId")
NO_SDK_APP_ID, NO_TASK_ID = "MissingParameter.SdkAppId", "MissingParameter.TaskId"
STREAM_URL = text(r"(?i:https?|rtmp)://[^\s/?#]+/\S+", code="InvalidParameter.StreamUrl")
NO_STREAM_URL = "InvalidParameter.StreamUrl"

CHANGEABLE: Mapping[str, Field] = {
    "Volume": integer(0, 200),
    "EnableProgress": boolean(),
    "Tempo": number(0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0),
}
DEPRECATED: Mapping[str, Field] = {
    "VideoEncodeParams": record(
        {
            "Width": integer(0, 1920),
            "Height": integer(0, 1080),
            "Fps": integer(1, 60),
            "BitRate": integer(1, 10000),
            "Gop": integer(1, 2),
        }
    ),
    "AudioEncodeParams": record(
        {
            "SampleRate": one_of(48000, 44100),
            "Channel": one_of(1, 2),
            "BitRate": integer(8, 500),
            "Volume": integer(0, 300),
        }
    ),
    "SourceUrl": many(text(), 1),
}

START: Mapping[str, Field] = {
    "SdkAppId": must(OWN_SDK_APP_ID, NO_SDK_APP_ID),
    "RoomId": must(text(), "MissingParameter.RoomId"),
    "RoomIdType": SWITCH,
    "UserId": must(USER_ID),
    "UserSig": must(text(r"(?s).+", code="InvalidParameter.UserSig")),
    "StreamUrl": must(STREAM_URL, NO_STREAM_URL),
    "PrivateMapKey": text(),
    "SeekSecond": integer(0),
    "AutoPush": boolean(),
    "RepeatNum": integer(-1, 1000),
    "MaxDuration": integer(1, 10080),
    "IdleTimeout": integer(0, 600),
    **CHANGEABLE,
    **DEPRECATED,
}
UPDATE: Mapping[str, Field] = {
    "SdkAppId": must(SDK_APP_ID, NO_SDK_APP_ID),
    "TaskId": must(TASK_ID, NO_TASK_ID),
    "StreamUrl": STREAM_URL,
    "IsPause": boolean(),
    **CHANGEABLE,
}
STOP: Mapping[str, Field] = {"SdkAppId": must(OWN_SDK_APP_ID), "TaskId": must(TASK_ID)}
DESCRIBE: Mapping[str, Field] = {
    "SdkAppId": must(SDK_APP_ID, NO_SDK_APP_ID),
    "TaskId": must(TASK_ID, NO_TASK_ID),
}
