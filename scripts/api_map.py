"""Writes docs/api-map.md: which kind and field stands for which request field of the API, and back.

Run from the repository's root: python scripts/api_map.py
The table below is the only thing that is written by hand; tests hold it against the models, against
the calls that the kinds make, and against the simulator, which is written from the API reference.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_origin

from pydantic import BaseModel

from reconciler.kinds import KINDS
from reconciler.kinds.marks import Model, models_in

PAGE = Path("docs") / "api-map.md"
WORKSPACE, LAYOUT, MIX, RELAY = "Workspace", "MixLayout", "MixStream", "RelayStream"
INGEST, RENDER, LIVE = "IngestStream", "RenderStream", "LiveStream"

Fields = Mapping[str, tuple[str, ...]]
"""Fields below `spec`, by kind; `[]` is each element of a list, `*` each value of a mapping."""


@dataclass(frozen=True, slots=True)
class Row:
    """One request field: the manifests' fields that it is made from, or what the tool sends by itself.

    With neither, no kind has it yet. `codes` are the API's numbers for the manifests' words.
    """

    path: str
    actions: tuple[str, ...]
    fields: Fields = field(default_factory=dict)
    tool: str = ""
    codes: Mapping[str | bool, int] = field(default_factory=dict)
    note: str = ""

    @property
    def supported(self) -> bool:
        """Whether it can be declared, or is sent by the tool."""
        return bool(self.fields or self.tool)


@dataclass(frozen=True, slots=True)
class Family:
    """Actions that share their fields."""

    title: str
    rows: tuple[Row, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions, in the order in which the rows name them."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.actions))


# Where a field comes from


def fields_of(**by_kind: str | tuple[str, ...]) -> Fields:
    """Fields by kind, one or several each."""
    return {kind: (given,) if isinstance(given, str) else given for kind, given in by_kind.items()}


def publishing(name: str) -> Fields:
    """A field that mixed and relayed streams have alike."""
    return fields_of(MixStream=name, RelayStream=name)


def mixing(name: str) -> Fields:
    """A field of mixed streams."""
    return fields_of(MixStream=name)


def laid_out(name: str) -> Fields:
    """A field of a layout, inside a stream or in a document of its own."""
    return fields_of(MixStream=f"layout.{name}", MixLayout=name)


def ingesting(name: str) -> Fields:
    """A field of ingests."""
    return fields_of(IngestStream=name)


# Codes

SWITCH: Mapping[str | bool, int] = {False: 0, True: 1}
STREAMS: Mapping[str | bool, int] = {"camera": 0, "screen": 1}
RENDER_MODES: Mapping[str | bool, int] = {"crop": 0, "fit": 1, "fit-black": 2}

# Publish tasks

START, UPDATE, STOP = "StartPublishCdnStream", "UpdatePublishCdnStream", "StopPublishCdnStream"
HERE, BOTH, EVERY = (START,), (START, UPDATE), (START, UPDATE, STOP)
FIXED = "an update leaves it out, as it cannot be changed"
ROOM_KIND = "by how `room` is written: 0 a number, 1 a text"


def user(path: str, fields: str, actions: tuple[str, ...], by: Fields | None = None) -> tuple[Row, ...]:
    """The rows of a MixUserInfo at `path`; by default of mixed streams."""

    def of(name: str) -> Fields:
        return {kind: tuple(f"{at}.{name}" for at in ats) for kind, ats in (by or mixing(fields)).items()}

    return (
        Row(f"{path}.UserId", actions, of("userId")),
        Row(f"{path}.RoomId", actions, of("room"), note="the stream's own room unless it is given"),
        Row(f"{path}.RoomIdType", actions, of("room"), note=ROOM_KIND),
    )


def audio_list(name: str, fields: str) -> tuple[Row, ...]:
    """The rows of one of the audio lists."""
    return (
        *user(f"AudioParams.{name}[].UserInfo", fields, BOTH),
        Row(f"AudioParams.{name}[].SoundLevel", BOTH, mixing(f"{fields}.soundLevel")),
    )


def none_yet(path: str, *names: str, actions: tuple[str, ...] = BOTH) -> tuple[Row, ...]:
    """Fields that no kind has."""
    return tuple(Row(f"{path}.{name}", actions) for name in names)


def encoded(name: str, fields: str) -> Row:
    """One number of VideoEncode; a relay's states what is sent, and cannot be updated."""
    canvas = {"width": "canvas.width", "height": "canvas.height"}.get(fields)
    by = dict(publishing(f"video.encode.{fields}"))
    if canvas:
        by[MIX] = (*by[MIX], f"layout.{canvas}")
        by[LAYOUT] = (canvas,)
    return Row(
        f"VideoParams.VideoEncode.{name}", BOTH, by, note="an update of a relayed stream leaves it out"
    )


ENTRY = "VideoParams.LayoutParams.MixLayoutList[]"
MARK = "VideoParams.WaterMarkList[]"
SINGLE = "SingleSubscribeParams.UserMediaStream"
BIG = "VideoParams.LayoutParams.MaxVideoUser.UserMediaStream"
STORAGE = "RecordParams.McuStorageParams"

PUBLISH = Family(
    "Publish tasks (trtc, 2019-07-22)",
    (
        Row("X-TC-Region", EVERY, {**publishing("region"), WORKSPACE: ("region",)}, note="a header"),
        Row("SdkAppId", EVERY, {**publishing("sdkAppId"), WORKSPACE: ("trtc.sdkAppId",)}),
        Row("TaskId", (UPDATE, STOP), tool="as the start was told it, from the state"),
        Row("SequenceNumber", (UPDATE,), tool="one more with each update, from the state"),
        Row("RoomId", HERE, publishing("room")),
        Row("RoomIdType", HERE, publishing("room"), note=ROOM_KIND),
        Row("AgentParams.UserId", HERE, publishing("agent.userId"), note="made unless it is given"),
        Row(
            "AgentParams.UserSig",
            HERE,
            {**publishing("agent.userSig"), WORKSPACE: ("trtc.secretKey",)},
            note="made from the key when the call is sent, unless it is given",
        ),
        Row("AgentParams.MaxIdleTime", HERE, publishing("agent.maxIdleTime")),
        Row("WithTranscoding", BOTH, tool="by the kind: 1 MixStream, 0 RelayStream"),
        Row("AudioParams.AudioEncode.SampleRate", BOTH, publishing("audio.encode.sampleRate"), note=FIXED),
        Row("AudioParams.AudioEncode.Channel", BOTH, publishing("audio.encode.channel"), note=FIXED),
        Row("AudioParams.AudioEncode.BitRate", BOTH, publishing("audio.encode.bitRate"), note=FIXED),
        Row(
            "AudioParams.AudioEncode.Codec",
            BOTH,
            publishing("audio.encode.codec"),
            codes={"LC-AAC": 0, "HE-AAC": 1, "HE-AACv2": 2},
            note=FIXED,
        ),
        *audio_list("SubscribeAudioList", "audio.subscribeAudioList[]"),
        *audio_list("UnSubscribeAudioList", "audio.unSubscribeAudioList[]"),
        encoded("Width", "width"),
        encoded("Height", "height"),
        encoded("Fps", "fps"),
        encoded("BitRate", "bitRate"),
        encoded("Gop", "gop"),
        Row(
            "VideoParams.LayoutParams.MixLayoutMode",
            BOTH,
            laid_out("mode"),
            codes={"floating": 1, "screen-share": 2, "grid": 3, "custom": 4},
        ),
        Row(
            "VideoParams.LayoutParams.PureAudioHoldPlaceMode",
            BOTH,
            laid_out("pureAudioHoldPlaceMode"),
            codes=SWITCH,
        ),
        *user(f"{ENTRY}.UserMediaStream.UserInfo", "layout.users.*", BOTH),
        Row(
            f"{ENTRY}.UserMediaStream.StreamType",
            BOTH,
            mixing("layout.users.*.streamType"),
            codes=STREAMS,
        ),
        Row(f"{ENTRY}.ImageWidth", BOTH, laid_out("slots[].imageWidth")),
        Row(f"{ENTRY}.ImageHeight", BOTH, laid_out("slots[].imageHeight")),
        Row(f"{ENTRY}.LocationX", BOTH, laid_out("slots[].locationX")),
        Row(f"{ENTRY}.LocationY", BOTH, laid_out("slots[].locationY")),
        Row(f"{ENTRY}.ZOrder", BOTH, laid_out("slots[].zOrder")),
        Row(f"{ENTRY}.RenderMode", BOTH, laid_out("slots[].renderMode"), codes=RENDER_MODES),
        Row(f"{ENTRY}.BackgroundImageUrl", BOTH, laid_out("slots[].backgroundImageUrl")),
        Row(f"{ENTRY}.BackGroundColor", BOTH, note="documented as without effect"),
        *none_yet(
            ENTRY,
            "CustomCrop.LocationX",
            "CustomCrop.LocationY",
            "CustomCrop.Width",
            "CustomCrop.Height",
            "BackgroundRenderMode",
            "BackgroundCustomRender.Width",
            "BackgroundCustomRender.Height",
            "BackgroundCustomRender.Radius",
            "TransparentUrl",
            "BackGroundColorMode",
            "EnableStreamSEI",
        ),
        *user(f"{BIG}.UserInfo", "layout.maxVideoUser", BOTH),
        Row(f"{BIG}.StreamType", BOTH, mixing("layout.maxVideoUser.streamType"), codes=STREAMS),
        Row("VideoParams.LayoutParams.RenderMode", BOTH, laid_out("renderMode"), codes=RENDER_MODES),
        *none_yet("VideoParams.LayoutParams", "EnableStreamSEI"),
        Row("VideoParams.BackGroundColor", BOTH, laid_out("background.color")),
        Row("VideoParams.BackgroundImageUrl", BOTH, laid_out("background.imageUrl")),
        *none_yet("VideoParams", "BackgroundRenderMode"),
        Row(f"{MARK}.WaterMarkType", BOTH, tool="0, an image", note="1, a text: not yet"),
        Row(f"{MARK}.WaterMarkImage.WaterMarkUrl", BOTH, laid_out("watermarks[].image.url")),
        Row(f"{MARK}.WaterMarkImage.WaterMarkWidth", BOTH, laid_out("watermarks[].image.width")),
        Row(f"{MARK}.WaterMarkImage.WaterMarkHeight", BOTH, laid_out("watermarks[].image.height")),
        Row(f"{MARK}.WaterMarkImage.LocationX", BOTH, laid_out("watermarks[].image.locationX")),
        Row(f"{MARK}.WaterMarkImage.LocationY", BOTH, laid_out("watermarks[].image.locationY")),
        Row(f"{MARK}.WaterMarkImage.ZOrder", BOTH, laid_out("watermarks[].image.zOrder")),
        *none_yet(f"{MARK}.WaterMarkImage", "DynamicPosType"),
        *none_yet(
            f"{MARK}.WaterMarkText",
            "Text",
            "WaterMarkWidth",
            "WaterMarkHeight",
            "LocationX",
            "LocationY",
            "FontSize",
            "FontColor",
            "BackGroundColor",
            "DynamicPosType",
            "ZOrder",
            "Font",
        ),
        *user(f"{SINGLE}.UserInfo", "", BOTH, fields_of(RelayStream="user")),
        Row(f"{SINGLE}.StreamType", BOTH, fields_of(RelayStream="user.streamType"), codes=STREAMS),
        Row(
            "PublishCdnParams[].PublishCdnUrl",
            BOTH,
            fields_of(
                MixStream=("publish[].url", "publish[].auth.key", "publish[].auth.validFor"),
                RelayStream=("publish[].url", "publish[].auth.key", "publish[].auth.validFor"),
            ),
            note="with `auth`, txSecret and txTime are made when the call is sent",
        ),
        Row("PublishCdnParams[].IsTencentCdn", BOTH, publishing("publish[].isTencentCdn"), codes=SWITCH),
        Row("SeiParams.LayoutVolume.AppData", BOTH, publishing("sei.layoutVolume.appData")),
        Row("SeiParams.LayoutVolume.PayloadType", BOTH, publishing("sei.layoutVolume.payloadType")),
        Row("SeiParams.LayoutVolume.Interval", BOTH, publishing("sei.layoutVolume.interval")),
        Row("SeiParams.LayoutVolume.FollowIdr", BOTH, publishing("sei.layoutVolume.followIdr"), codes=SWITCH),
        *none_yet(
            "SeiParams.PassThrough", "PayloadContent", "PayloadType", "PayloadUuid", "Interval", "FollowIdr"
        ),
        Row("FeedBackRoomParams[].RoomId", BOTH, publishing("feedBackRooms[].room")),
        Row("FeedBackRoomParams[].RoomIdType", BOTH, publishing("feedBackRooms[].room"), note=ROOM_KIND),
        Row(
            "FeedBackRoomParams[].UserId",
            BOTH,
            publishing("feedBackRooms[].userId"),
            note="made unless it is given",
        ),
        Row(
            "FeedBackRoomParams[].UserSig",
            BOTH,
            {**publishing("feedBackRooms[].userSig"), WORKSPACE: ("trtc.secretKey",)},
            note="made from the key when the call is sent, unless it is given",
        ),
        *none_yet(
            "RecordParams",
            "UniRecord",
            "RecordKey",
            "RecordWaitTime",
            "RecordFormat[]",
            "MaxMediaFileDuration",
            "StreamType",
            "UserDefineRecordPrefix",
            actions=HERE,
        ),
        *none_yet(
            f"{STORAGE}.CloudStorage",
            "Vendor",
            "Region",
            "Bucket",
            "AccessKey",
            "SecretKey",
            "FileNamePrefix[]",
            "EndpointUrl",
            actions=HERE,
        ),
        *none_yet(
            f"{STORAGE}.McuCloudVod.McuTencentVod",
            "Procedure",
            "ExpireTime",
            "StorageRegion",
            "ClassId",
            "SubAppId",
            "SessionContext",
            "SourceContext",
            actions=HERE,
        ),
        Row("RecordKey", (STOP,), note="Chinese mainland site only"),
    ),
)

# Ingests

BEGIN, CHANGE, END, ASK = (
    "StartStreamIngest",
    "UpdateStreamIngest",
    "StopStreamIngest",
    "DescribeStreamIngest",
)
DEPRECATED = "deprecated by the vendor"
INGESTS = Family(
    "Ingests (trtc, 2019-07-22)",
    (
        Row(
            "X-TC-Region",
            (BEGIN, CHANGE, END, ASK),
            {**ingesting("region"), WORKSPACE: ("region",)},
            note="a header",
        ),
        Row(
            "SdkAppId",
            (BEGIN, CHANGE, END, ASK),
            {**ingesting("sdkAppId"), WORKSPACE: ("trtc.sdkAppId",)},
        ),
        Row("TaskId", (CHANGE, END, ASK), tool="as the start was told it, from the state"),
        Row("RoomId", (BEGIN,), ingesting("room")),
        Row(
            "RoomIdType",
            (BEGIN,),
            fields_of(IngestStream=("room", "roomIdType")),
            codes={"string": 0, "integer": 1},
            note="the other way round than in publish tasks; by how `room` is written unless "
            "`roomIdType` is given",
        ),
        Row("UserId", (BEGIN,), ingesting("userId"), note="made unless it is given"),
        Row(
            "UserSig",
            (BEGIN,),
            {**ingesting("userSig"), WORKSPACE: ("trtc.secretKey",)},
            note="made from the key when the call is sent, unless it is given",
        ),
        Row("StreamUrl", (BEGIN, CHANGE), ingesting("streamUrl")),
        Row("PrivateMapKey", (BEGIN,), ingesting("privateMapKey")),
        Row("SeekSecond", (BEGIN,), ingesting("seekSecond")),
        Row("AutoPush", (BEGIN,), ingesting("autoPush")),
        Row("RepeatNum", (BEGIN,), ingesting("repeatNum")),
        Row("MaxDuration", (BEGIN,), ingesting("maxDuration")),
        Row("Volume", (BEGIN, CHANGE), ingesting("volume")),
        Row("EnableProgress", (BEGIN, CHANGE), ingesting("enableProgress")),
        Row("Tempo", (BEGIN, CHANGE), ingesting("tempo")),
        Row("IdleTimeout", (BEGIN,), ingesting("idleTimeout")),
        Row(
            "IsPause",
            (CHANGE,),
            ingesting("state"),
            note="true for `state: paused`; said in every update",
        ),
        *(
            Row(f"VideoEncodeParams.{name}", (BEGIN,), note=DEPRECATED)
            for name in ("Width", "Height", "Fps", "BitRate", "Gop")
        ),
        *(
            Row(f"AudioEncodeParams.{name}", (BEGIN,), note=DEPRECATED)
            for name in ("SampleRate", "Channel", "BitRate", "Volume")
        ),
        Row("SourceUrl[]", (BEGIN,), note=DEPRECATED),
    ),
)

REMOVES = ("RemoveUser", "RemoveUserByStrRoomId")
ROOMS = Family(
    "Robots that are in the way (trtc, 2019-07-22)",
    (
        Row(
            "X-TC-Region",
            REMOVES,
            {**ingesting("region"), WORKSPACE: ("region",)},
            note="a header; a region that serves these actions, the ingest's own if it is one",
        ),
        Row("SdkAppId", REMOVES, {**ingesting("sdkAppId"), WORKSPACE: ("trtc.sdkAppId",)}),
        Row("RoomId", REMOVES, ingesting("room"), note="an integer room's as a number"),
        Row("UserIds[]", REMOVES, ingesting("userId"), note="the one robot"),
    ),
)

# Cloud rendering

RENDERS = ("StartPublishStream", "StartPublishStreamWithURL", "StopPublishStream")
CAR = Family(
    "Cloud rendering (car, 2022-01-10)",
    (
        Row("UserId", RENDERS, fields_of(RenderStream="userId")),
        Row("PublishStreamArgs", ("StartPublishStream",), fields_of(RenderStream="publishStreamArgs")),
        Row(
            "PublishStreamURL",
            ("StartPublishStreamWithURL",),
            fields_of(RenderStream=("publish.url", "publish.auth.key", "publish.auth.validFor")),
            note="with `auth`, txSecret and txTime are made when the call is sent",
        ),
    ),
)

# Live streams

FORBID, ONE, LIST = "ForbidLiveStream", "DescribeLiveStreamState", "DescribeLiveStreamOnlineList"
SWITCHES = ("ResumeLiveStream", FORBID, "DropLiveStream")
PUSHED = "also of what streams push to"
WHOLE = "left out, as a domain is asked for as a whole"
CSS = Family(
    "Live streams (live, 2018-08-01)",
    (
        Row("DomainName", (*SWITCHES, ONE, LIST), fields_of(LiveStream="domainName"), note=PUSHED),
        Row("AppName", (*SWITCHES, ONE), fields_of(LiveStream="appName"), note=PUSHED),
        Row("StreamName", (*SWITCHES, ONE), fields_of(LiveStream="streamName"), note=PUSHED),
        Row("ResumeTime", (FORBID,), fields_of(LiveStream="resumeTime")),
        Row("Reason", (FORBID,), fields_of(LiveStream="reason")),
        Row("AppName", (LIST,), tool=WHOLE),
        Row("StreamName", (LIST,), tool=WHOLE),
        Row("PageNum", (LIST,), tool="page by page"),
        Row("PageSize", (LIST,), tool="100"),
    ),
)

FAMILIES = (PUBLISH, INGESTS, ROOMS, CAR, CSS)

CALLED: Mapping[str, str] = {
    START: "MixStream, RelayStream: start",
    UPDATE: "MixStream, RelayStream: update",
    STOP: "MixStream, RelayStream: stop",
    BEGIN: "IngestStream: start",
    CHANGE: "IngestStream: update, pause, resume",
    END: "IngestStream: stop",
    ASK: "IngestStream: asked by plan, apply and drift",
    "RemoveUser": "IngestStream in an integer room: where a start meets a robot of the same name, or "
    "an earlier start was never answered",
    "RemoveUserByStrRoomId": "IngestStream in a string room: the same",
    "StartPublishStream": "RenderStream without `publish`: start",
    "StartPublishStreamWithURL": "RenderStream with `publish`: start",
    "StopPublishStream": "RenderStream: stop",
    "ResumeLiveStream": "LiveStream with `state: allowed`: resume",
    FORBID: "LiveStream with `state: forbidden`: stop, and update to renew it",
    "DropLiveStream": "LiveStream with `drop: true`: after the forbid",
    ONE: "LiveStream, and streams that push to Tencent's CDN: asked by plan, apply and drift",
    LIST: "the same, where there are many of one domain",
}

UNCALLED: Mapping[str, tuple[str, ...]] = {
    "DescribeRoomInfo": ("SdkAppId", "StartTime", "EndTime", "RoomId", "PageNumber", "PageSize"),
    "DescribeUserInfo": (
        "CommId",
        "StartTime",
        "EndTime",
        "SdkAppId",
        "UserIds",
        "PageNumber",
        "PageSize",
    ),
    "CreateSession": (
        "UserId",
        "UserIp",
        "ClientSession",
        "RunMode",
        "ApplicationParameters",
        "HostUserId",
        "Role",
    ),
    "DestroySession": ("UserId",),
    "DescribeConcurrentCount": ("ProjectId", "ApplicationCategory"),
    "DescribeLivePushAuthKey": ("DomainName",),
    "DescribeLiveForbidStreamList": ("PageNum", "PageSize", "StreamName"),
}

# Fields of manifests that no request field is made from
OWN: Mapping[str, Mapping[str, str]] = {
    WORKSPACE: {
        "endpoint": "the host that every call goes to",
        "state": "where the state is kept",
        "defaults.*": "what is merged under every spec of a kind",
    },
    LAYOUT: {"slots[].name": "what streams put users into by"},
    MIX: {
        "state": "which action is called",
        "layout.ref": "the MixLayout whose fields stand for those here",
        "layout.slots[].name": "what `users` refers to",
    },
    RELAY: {"state": "which action is called"},
    INGEST: {},
    RENDER: {"state": "which action is called"},
    LIVE: {"state": "which action is called", "drop": "whether DropLiveStream is called too"},
}


# The models


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every field below a spec that holds a value, in the models' order."""
    for info in model.model_fields.values():
        path = f"{prefix}{info.alias}{_many(info.annotation)}"
        inner = [one for one in models_in(info.annotation) if not _is_secret(one)]
        if not inner:
            yield path
        for one in inner:
            yield from leaves(one, f"{path}.")


def _is_secret(model: type[BaseModel]) -> bool:
    return issubclass(model, Model) and model.holds_secret


def _many(annotation: object) -> str:
    origin = get_origin(annotation)
    return "[]" if origin is tuple else ".*" if origin is dict else ""


# The page


def rows_from(kind: str, path: str) -> Iterator[Row]:
    """The rows that a field of a kind takes part in."""
    for family in FAMILIES:
        yield from (row for row in family.rows if path in row.fields.get(kind, ()))


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_actions(), *_families(), *_uncalled(), *_kinds()]) + "\n"


def _head() -> list[str]:
    return [
        "# The API and the manifests",
        "",
        "Which kind and field stands for which request field of Tencent Cloud's API, and the other way",
        "round. Written by `python scripts/api_map.py`; do not edit it by hand.",
        "",
        "Fields of manifests are those below `spec`. `[]` is each element of a list, `*` each value of a",
        "mapping. *By the tool* is what no manifest says; *not yet* is what the API has and no kind does.",
        "",
    ]


def _actions() -> list[str]:
    lines = ["## Actions", "", "| action | called for |", "| --- | --- |"]
    lines += [f"| {name} | {CALLED[name]} |" for family in FAMILIES for name in family.actions]
    lines += [f"| {name} | nothing |" for name in UNCALLED]
    return [*lines, ""]


def _families() -> list[str]:
    lines = ["## From the API to manifests", ""]
    for family in FAMILIES:
        lines += [
            f"### {family.title}",
            "",
            "| field | in | in manifests | remark |",
            "| --- | --- | --- | --- |",
        ]
        lines += [
            f"| `{row.path}` | {_names(row, family)} | {_sources(row)} | {_remark(row)} |".replace(
                "|  |", "| |"
            )
            for row in family.rows
        ]
        lines.append("")
    return lines


def _names(row: Row, family: Family) -> str:
    if len(row.actions) == len(family.actions):
        return "all"
    verbs = {name: re.sub("(?<=[a-z])[A-Z].*", "", name) for name in family.actions}
    alone = len(set(verbs.values())) == len(verbs)
    return ", ".join(verbs[name] if alone else name for name in row.actions)


def _sources(row: Row) -> str:
    if row.tool:
        return f"*by the tool:* {row.tool}"
    named = [f"{kind} `{path}`" for path, kinds in _by_path(row).items() for kind in [", ".join(kinds)]]
    return "; ".join(named) or "*not yet*"


def _by_path(row: Row) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, paths in row.fields.items():
        for path in paths:
            found.setdefault(path, []).append(kind)
    return found


def _remark(row: Row) -> str:
    codes = ", ".join(f"{number} `{_word(word)}`" for word, number in row.codes.items())
    return "; ".join(part for part in (codes, row.note) if part)


def _word(word: str | bool) -> str:
    return str(word).lower() if isinstance(word, bool) else word


def _uncalled() -> list[str]:
    lines = ["### Actions that nothing is called for", "", "| action | fields | in manifests |"]
    lines.append("| --- | --- | --- |")
    for name, fields in UNCALLED.items():
        listed = ", ".join(f"`{one}`" for one in fields)
        lines.append(f"| {name} | {listed} | *not yet* |")
    return [*lines, ""]


def _kinds() -> list[str]:
    lines = ["## From manifests to the API"]
    for kind in KINDS.values():
        lines += ["", f"### {kind.name}", "", "| field | in the API |", "| --- | --- |"]
        lines += [f"| `{path}` | {_targets(kind.name, path)} |" for path in leaves(kind.spec)]
    return lines


def _targets(kind: str, path: str) -> str:
    if path in OWN[kind]:
        return f"nothing: {OWN[kind][path]}"
    return ", ".join(dict.fromkeys(f"`{row.path}`" for row in rows_from(kind, path)))


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
