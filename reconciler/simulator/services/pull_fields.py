"""The fields of the pull task actions as data (fields, "CreateLivePullStreamTask" and below)."""

from collections.abc import Mapping
from dataclasses import replace

from ..parameters import Field, integer, many, must, one_of, record, text

LIVE, VOD, PICTURE = "PullLivePushLive", "PullVodPushLive", "PullPicPushLive"
EVENTS = (
    "TaskStart",
    "TaskExit",
    "VodSourceFileStart",
    "VodSourceFileFinish",
    "ResetTaskConfig",
    "TaskAlarm",
)
BAD_SOURCE, BAD_TARGET = "InvalidParameter.InvalidSourceUrl", "InvalidParameter.InvalidToUrl"
BAD_BACKUP, BAD_MARK = "InvalidParameter.InvalidBackupToUrl", "InvalidParameter.InvalidWatermark"
MOST_SOURCES, MOST_MARKS, MOST_COMMENT = 30, 4, 512

SOURCE = text(r"(?:https?|rtmps?|rtsp|srt)://[^\s/?#]+\S*", code=BAD_SOURCE)
OUTSIDE = text(r"(?:rtmps?|rtsp|rtp|srt)://[^\s/?#]+\S*", code=BAD_TARGET)
NAME = text(r"\S*", most=512)
WHO = must(text(r"(?s).+"))
MARK = record(
    {
        "PictureUrl": must(text(r"https?://[^;(){}$>#\"'`|\s]+", code=BAD_MARK)),
        "XPosition": must(integer(0, 100, code=BAD_MARK)),
        "YPosition": must(integer(0, 100, code=BAD_MARK)),
        "Width": must(integer(0, 100, code=BAD_MARK)),
        "Height": must(integer(0, 100, code=BAD_MARK)),
        "Location": must(one_of(0, 1, 2, 3)),
    }
)

CHANGEABLE: Mapping[str, Field] = {
    "SourceUrls": many(SOURCE, MOST_SOURCES, least=1, code=BAD_SOURCE),
    "StartTime": text(),
    "EndTime": text(),
    "VodRefreshType": one_of("ImmediateNewSource", "ContinueBreakPoint"),
    "CallbackEvents": many(one_of(*EVENTS)),
    "CallbackUrl": text(r"(?:https?://\S+)?", code="InvalidParameter.InvalidCallbackUrl"),
    "Comment": text(r"(?s)[^\x00-\x1f]*", most=MOST_COMMENT),
    "FileIndex": integer(1),
    "OffsetTime": integer(0),
    "ToUrl": replace(OUTSIDE, pattern=f"(?:{OUTSIDE.pattern})?"),
    "BackupSourceType": one_of("", LIVE, VOD),
    "BackupSourceUrl": replace(SOURCE, pattern=f"(?:{SOURCE.pattern})?"),
    "WatermarkList": many(MARK, MOST_MARKS, code=BAD_MARK),
    "VodLocalMode": one_of(0, 1),
    "BackupToUrl": replace(OUTSIDE, pattern=f"(?:{OUTSIDE.pattern})?", code=BAD_BACKUP),
    "SpecifyTaskId": text(r"(?s).+"),
}
CREATE: Mapping[str, Field] = {
    **CHANGEABLE,
    "SourceType": must(one_of(LIVE, VOD, PICTURE)),
    "SourceUrls": must(CHANGEABLE["SourceUrls"]),
    "DomainName": must(NAME),
    "AppName": must(NAME),
    "StreamName": must(NAME),
    "StartTime": must(text()),
    "EndTime": must(text()),
    "Operator": WHO,
    "PushArgs": text(),
    "VodLoopTimes": text(r"-1|[0-9]{1,10}"),
    "ExtraCmd": text(),
    "RecordTemplateId": text(),
    "TranscodeTemplateName": text(),
}
MODIFY: Mapping[str, Field] = {
    **CHANGEABLE,
    "TaskId": must(text()),
    "Operator": WHO,
    "VodLoopTimes": integer(-1),
    "Status": one_of("enable", "pause"),
    "BackupVodUrl": text(),
}
NAMED: Mapping[str, Field] = {"TaskId": must(text()), "Operator": WHO, "SpecifyTaskId": text()}
DELETE = NAMED
DESCRIBE: Mapping[str, Field] = {
    "TaskId": text(),
    "PageNum": integer(1),
    "PageSize": integer(1, 20),
    "SpecifyTaskId": text(),
}
