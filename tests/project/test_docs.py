"""The page that maps the API to manifests: as generated, complete on both sides, and true of every call."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from reconciler.calls import Call, EnvSecret
from reconciler.kinds import KINDS, actions
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Managed, Scope, Settings, Subject
from reconciler.kinds.capabilities import CanPause, CanResume, CanStart, CanStop, CanUpdate
from reconciler.kinds.live import ONLINE_LIST, STATE
from reconciler.kinds.marks import fields_along
from reconciler.kinds.workspace.spec import WorkspaceSpec
from reconciler.model import Address
from reconciler.simulator.services import ACTIONS
from scripts.api_map import (
    CALLED,
    FAMILIES,
    HEADER,
    PAGE,
    UNCALLED,
    Row,
    leaves,
    page,
    request_paths,
    rows,
    takes_part,
)

ROOT = Path(__file__).parents[2]
ROWS = [row for family in FAMILIES for row in rows(family)]
WORKSPACE, LAYOUT, MIX, RELAY = "Workspace", "MixLayout", "MixStream", "RelayStream"
INGEST, RENDER, PULL, LIVE = "IngestStream", "RenderStream", "PullStream", "LiveStream"


def test_the_page_is_as_generated() -> None:
    assert (ROOT / PAGE).read_text() == page(), "run python scripts/api_map.py"


# Complete on the manifests' side: what a model says of its places is known to the API


def places(kind: str) -> dict[str, tuple[str, ...]]:
    """Where each field of a kind stands in requests."""
    return {path: one.around.at for path, one in leaves(KINDS[kind]) if one.around.at}


@pytest.mark.parametrize("kind", KINDS)
def test_every_place_that_a_kind_names_is_a_field_of_its_actions(kind: str) -> None:
    taking = [action.name for action in ACTIONS if takes_part(KINDS[kind], action.name)]
    known = {path for name in taking for path in request_paths(name)}
    assert [(path, at) for path, ats in places(kind).items() for at in ats if at not in known] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_kind_is_on_the_page(kind: str) -> None:
    assert {path for row in ROWS for path in row.fields.get(kind, ())} == places(kind).keys()


# Complete on the API's side: the simulator knows every field, from the API reference and from nothing else


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_request_field_of_an_action_is_on_the_page_once(action: Any) -> None:
    listed = [row.path for row in ROWS if action.name in row.actions]
    assert sorted(listed) == sorted(request_paths(action.name))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.actions[0]}-{row.path}")
def test_every_request_field_can_be_declared_or_is_sent_or_is_given_up(row: Row) -> None:
    assert [bool(row.fields), bool(row.tool), bool(row.refused)].count(True) == 1


def test_every_action_is_on_the_page() -> None:
    called = {name for _, name in actions()} | {STATE.name, ONLINE_LIST.name}
    assert CALLED.keys() == called == {name for family in FAMILIES for name in family.actions}
    assert called & UNCALLED.keys() == set()


# True: what a field of a manifest changes in the calls is what the page says


def env(name: str) -> dict[str, str]:
    return {"env": f"TRTC_{name}"}


def user(at: str) -> dict[str, tuple[Any, Any]]:
    return {
        f"{at}.userId": ("one", "two"),
        f"{at}.room": (1, "hall"),
        f"{at}.streamType": ("camera", "screen"),
    }


PUSH = {
    "url": ("rtmp://push.example/live/one", "rtmp://push.example/live/two"),
    "auth.key": (env("A"), env("B")),
    "auth.validFor": ("1h", "2h"),
    "auth.txTimeFormat": ("hex", "decimal"),
}
ENCODE = {
    "video.encode.width": (1280, 1920),
    "video.encode.height": (720, 1080),
    "video.encode.fps": (15, 30),
    "video.encode.bitRate": (1500, 2000),
    "video.encode.gop": (2, 3),
}
COLORS = ("0x000000", "0xFFFFFF")
IMAGES = ("https://a.example/1.png", "https://a.example/2.png")
PLACED = {
    **dict.fromkeys(("width", "height", "locationX", "locationY"), (10, 20)),
    "zOrder": (1, 2),
    "dynamicPosType": ("off", "random"),
}
LAID_OUT = {
    "canvas.width": (1280, 1920),
    "canvas.height": (720, 1080),
    "mode": ("custom", "grid"),
    "slots[].locationX": (1, 2),
    "slots[].locationY": (1, 2),
    "slots[].imageWidth": (100, 200),
    "slots[].imageHeight": (100, 200),
    "slots[].zOrder": (1, 2),
    "slots[].renderMode": ("crop", "fit"),
    "slots[].backGroundColor": COLORS,
    "slots[].backgroundImageUrl": IMAGES,
    **{f"slots[].customCrop.{name}": (1, 2) for name in ("locationX", "locationY", "width", "height")},
    "slots[].backgroundRenderMode": ("crop", "custom"),
    **{f"slots[].backgroundCustomRender.{name}": (1, 2) for name in ("width", "height", "radius")},
    "slots[].transparentUrl": IMAGES,
    "slots[].backGroundColorMode": ("off", "both"),
    "slots[].enableStreamSEI": (True, False),
    "renderMode": ("crop", "fit"),
    "pureAudioHoldPlaceMode": (False, True),
    "enableStreamSEI": (True, False),
    "background.color": COLORS,
    "background.imageUrl": IMAGES,
    "background.renderMode": ("crop", "stretch"),
    "watermarks[].waterMarkType": ("image", "text"),
    "watermarks[].image.url": IMAGES,
    **{f"watermarks[].image.{name}": values for name, values in PLACED.items()},
    "watermarks[].text.text": ("a", "b"),
    **{f"watermarks[].text.{name}": values for name, values in PLACED.items()},
    "watermarks[].text.fontSize": (12, 24),
    "watermarks[].text.fontColor": COLORS,
    "watermarks[].text.backGroundColor": COLORS,
    "watermarks[].text.font": ("Tencent", "SourceHanSans"),
}
RECORD = {
    "uniRecord": ("off", "api"),
    "recordKey": ("a", "b"),
    "recordWaitTime": (30, 60),
    "recordFormat[]": ("mp4", "hls"),
    "maxMediaFileDuration": (60, 120),
    "streamType": ("audio", "video"),
    "userDefineRecordPrefix": ("a", "b"),
    "mcuStorageParams.cloudStorage.vendor": ("cos", "aws"),
    "mcuStorageParams.cloudStorage.region": ("ap-guangzhou", "ap-beijing"),
    "mcuStorageParams.cloudStorage.bucket": ("a", "b"),
    "mcuStorageParams.cloudStorage.accessKey": (env("A"), env("B")),
    "mcuStorageParams.cloudStorage.secretKey": (env("A"), env("B")),
    "mcuStorageParams.cloudStorage.fileNamePrefix[]": ("a", "b"),
    "mcuStorageParams.cloudStorage.endpointUrl": ("https://a.example", "https://b.example"),
    "mcuStorageParams.mcuCloudVod.mcuTencentVod.procedure": ("a", "b"),
    "mcuStorageParams.mcuCloudVod.mcuTencentVod.expireTime": (0, 60),
    "mcuStorageParams.mcuCloudVod.mcuTencentVod.storageRegion": ("ap-guangzhou", "ap-beijing"),
    "mcuStorageParams.mcuCloudVod.mcuTencentVod.classId": (1, 2),
    "mcuStorageParams.mcuCloudVod.mcuTencentVod.subAppId": (1, 2),
    "mcuStorageParams.mcuCloudVod.mcuTencentVod.sessionContext": ("a", "b"),
    "mcuStorageParams.mcuCloudVod.mcuTencentVod.sourceContext": ("a", "b"),
}
PUBLISHING = {
    "sdkAppId": (1400188366, 1400188367),
    "region": ("ap-guangzhou", "ap-beijing"),
    "room": (1, "hall"),
    "agent.userId": ("robot-1", "robot-2"),
    "agent.userSig": (env("A"), env("B")),
    "agent.maxIdleTime": (30, 60),
    "audio.encode.sampleRate": (48000, 44100),
    "audio.encode.channel": (2, 1),
    "audio.encode.bitRate": (64, 128),
    "audio.encode.codec": ("LC-AAC", "HE-AAC"),
    **ENCODE,
    **{f"publish[].{name}": values for name, values in PUSH.items()},
    "publish[].isTencentCdn": (True, False),
    "feedBackRooms[].room": (1, "hall"),
    "feedBackRooms[].userId": ("robot-3", "robot-4"),
    "feedBackRooms[].userSig": (env("A"), env("B")),
    "sei.layoutVolume.appData": ("a", "b"),
    "sei.layoutVolume.payloadType": (100, 101),
    "sei.layoutVolume.interval": (1000, 2000),
    "sei.layoutVolume.followIdr": (False, True),
    "sei.passThrough.payloadContent": ("a", "b"),
    "sei.passThrough.payloadType": (5, 101),
    "sei.passThrough.payloadUuid": ("0" * 32, "1" * 32),
    "sei.passThrough.interval": (1000, 2000),
    "sei.passThrough.followIdr": (False, True),
    **{f"record.{name}": values for name, values in RECORD.items()},
    "stop.recordKey": ("a", "b"),
}
SIDES = dict.fromkeys(("top", "left", "width", "height"), (10, 20))
MIXED = {
    "mode": ("custom", "grid"),
    **{f"mixLayoutList[].{name}": values for name, values in SIDES.items()},
    "mixLayoutList[].userId": ("one", "two"),
    "mixLayoutList[].mediaId": ("camera", "screen"),
    "mixLayoutList[].imageLayer": (1, 2),
    "mixLayoutList[].alpha": (0, 255),
    "mixLayoutList[].renderMode": ("crop", "stretch"),
    "mixLayoutList[].subBackgroundImage": IMAGES,
    "backGroundColor": COLORS,
    "backgroundImageUrl": IMAGES,
    "backgroundImageRenderMode": ("crop", "stretch"),
    "maxResolutionUserId": ("one", "two"),
    "mediaId": ("camera", "screen"),
    "maxResolutionUserAlign": ("left", "right"),
    "renderMode": ("crop", "stretch"),
    "pureAudioDisableLayout": (False, True),
    "placeHolderMode": (False, True),
    "defaultSubBackgroundImage": IMAGES,
    "waterMarkList[].waterMarkType": ("image", "text"),
    "waterMarkList[].image.url": IMAGES,
    **{f"waterMarkList[].{one}.{name}": two for one in ("image", "text") for name, two in SIDES.items()},
    "waterMarkList[].text.chars": ("a", "b"),
    "waterMarkList[].text.fontSize": (12, 24),
    "waterMarkList[].text.fontColor": COLORS,
    "waterMarkList[].text.backGroundColor": COLORS,
    "waterMarkList[].text.font": ("Tencent", "SourceHanSans"),
    "waterMarkList[].timestamp.pos": ("top-left", "bottom-right"),
    "waterMarkList[].timestamp.timeZone": (8, 1),
    "waterMarkList[].timestamp.font": ("Tencent", "SourceHanSans"),
}
AUDIO_USER = {"userId": ("one", "two"), "room": (1, "hall"), "soundLevel": (100, 50)}

# Two values for every field that calls are made from, and what else such documents need.
VALUES: dict[str, dict[str, tuple[Any, Any]]] = {
    WORKSPACE: {
        "region": ("ap-guangzhou", "ap-beijing"),
        "trtc.sdkAppId": (1400188366, 1400188367),
        "trtc.secretKey": (env("A"), env("B")),
    },
    LAYOUT: {"slots[].name": ("left", "left"), **LAID_OUT},
    MIX: {
        **PUBLISHING,
        **{f"audio.subscribeAudioList[].{name}": values for name, values in AUDIO_USER.items()},
        **{f"audio.unSubscribeAudioList[].{name}": values for name, values in AUDIO_USER.items()},
        "layout.slots[].name": ("left", "left"),
        **{f"layout.{name}": values for name, values in LAID_OUT.items()},
        **user("layout.users.left"),
        **user("layout.maxVideoUser"),
    },
    RELAY: {**PUBLISHING, **user("user")},
    INGEST: {
        "sdkAppId": (1400188366, 1400188367),
        "region": ("ap-guangzhou", "ap-beijing"),
        "room": (1, "hall"),
        "roomIdType": ("integer", "string"),
        "userId": ("robot-1", "robot-2"),
        "userSig": (env("A"), env("B")),
        "state": ("running", "paused"),
        "streamUrl": ("https://a.example/1.mp4", "https://a.example/2.mp4"),
        "privateMapKey": (env("A"), env("B")),
        "seekSecond": (1, 2),
        "autoPush": (False, True),
        "repeatNum": (-1, 1),
        "maxDuration": (1, 2),
        "volume": (100, 50),
        "enableProgress": (False, True),
        "tempo": (1.0, 2.0),
        "idleTimeout": (1, 2),
        "videoEncodeParams.width": (640, 1280),
        "videoEncodeParams.height": (360, 720),
        "videoEncodeParams.fps": (15, 30),
        "videoEncodeParams.bitRate": (800, 1500),
        "videoEncodeParams.gop": (1, 2),
        "audioEncodeParams.sampleRate": (44100, 48000),
        "audioEncodeParams.channel": (1, 2),
        "audioEncodeParams.bitRate": (64, 128),
        "audioEncodeParams.volume": (100, 50),
    },
    RENDER: {
        "userId": ("one", "two"),
        **{f"publish.{name}": values for name, values in PUSH.items()},
        "publishStreamArgs": ("a", "b"),
    },
    "LiveMix": {
        "sessionId": ("one", "two"),
        "inputs[].stream": ("one", "two"),
        "inputs[].layer": (1, 2),
        "inputs[].type": ("stream", "video"),
        **{
            f"inputs[].{name}": (100, 200) for name in ("imageWidth", "imageHeight", "locationX", "locationY")
        },
        "inputs[].color": COLORS,
        "inputs[].watermarkId": (1, 2),
        "inputs[].webPageUrl": IMAGES,
        **{f"inputs[].crop.{name}": (1, 2) for name in ("width", "height", "locationX", "locationY")},
        "inputs[].portraitSegment.color": COLORS,
        "templateId": (20, 310),
        "output.stream": ("one", "two"),
        "output.type": ("replace", "new"),
        "output.bitRate": (1500, 2000),
        "output.gop": (2, 3),
        "output.frameRate": (15, 30),
        "output.audioBitRate": (64, 128),
        "output.audioSampleRate": (48000, 44100),
        "output.audioChannels": (1, 2),
        "output.mixSei": ("a", "b"),
        **{
            f"controls.{name}": (False, True)
            for name in ("useMixCropCenter", "allowCopy", "passInputSei", "usePictureTransparent")
        },
    },
    PULL: {
        "state": ("running", "paused"),
        "region": ("ap-guangzhou", "ap-beijing"),
        "sourceType": ("live", "vod"),
        "sourceUrls[]": ("rtmp://a.example/live/one", "rtmp://a.example/live/two"),
        **{f"publish.{name}": values for name, values in PUSH.items()},
        "publish.url": ("rtmp://a.example/live/one", "rtmp://b.example/app/two"),
        "pushArgs": ("a=b", "c=d"),
        "toUrl": ("rtmp://a.example/live/one", "rtmp://a.example/live/two"),
        "backupToUrl": ("rtmp://a.example/live/one", "rtmp://a.example/live/two"),
        "startTime": ("2026-12-31T18:00:00Z", "2026-12-31T19:00:00Z"),
        "endTime": ("2027-01-01T18:00:00Z", "2027-01-01T19:00:00Z"),
        "endsAfter": ("6d", "5d"),
        "operator": ("a", "b"),
        "comment": ("a", "b"),
        "callbackUrl": ("https://a.example/1", "https://a.example/2"),
        "callbackEvents[]": ("TaskStart", "TaskExit"),
        "vodLoopTimes": (1, 2),
        "vodRefreshType": ("ImmediateNewSource", "ContinueBreakPoint"),
        "vodLocalMode": (False, True),
        "fileIndex": (1, 2),
        "offsetTime": (1, 2),
        "backupSourceType": ("live", "vod"),
        "backupSourceUrl": ("rtmp://a.example/live/one", "rtmp://a.example/live/two"),
        "watermarkList[].pictureUrl": IMAGES,
        **{f"watermarkList[].{name}": (1, 2) for name in ("xPosition", "yPosition", "width", "height")},
        "watermarkList[].location": ("top-left", "top-right"),
        "recordTemplateId": ("1", "2"),
        "transcodeTemplateName": ("a", "b"),
        "ignoreRegion": (False, True),
        "specifyTaskId": ("a", "b"),
    },
    "Recording": {
        "sdkAppId": (1400188366, 1400188367),
        "region": ("ap-guangzhou", "ap-beijing"),
        "room": (1, "hall"),
        "userId": ("robot-1", "robot-2"),
        "userSig": (env("A"), env("B")),
        "privateMapKey": (env("A"), env("B")),
        "resourceExpiredHour": (72, 720),
        "record.recordMode": ("mix", "single"),
        "record.streamType": ("audio", "video"),
        "record.mediaId": ("both", "screen"),
        **{
            f"record.subscribeStreamUserIds.{un}ubscribe{what}UserIds[]": ("one", "two")
            for un in ("s", "unS")
            for what in ("Audio", "Video")
        },
        "record.subscribeAbility": (False, True),
        "record.maxIdleTime": (30, 60),
        "record.outputFormat": ("hls", "mp4"),
        "record.avMerge": (False, True),
        "record.maxMediaFileDuration": (60, 120),
        "record.fillType": ("last-frame", "black"),
        **{
            name.replace("mcuStorageParams", "storage").replace("mcuC", "c").replace("mcuT", "t"): values
            for name, values in RECORD.items()
            if name.startswith("mcuStorageParams.")
        },
        "storage.cloudVod.tencentVod.mediaType": ("mp4", "hls"),
        "storage.cloudVod.tencentVod.userDefineRecordId": ("a", "b"),
        "mixTranscode.video.width": (1280, 1920),
        "mixTranscode.video.height": (720, 1080),
        "mixTranscode.video.fps": (15, 30),
        "mixTranscode.video.bitRate": (1500000, 2000000),
        "mixTranscode.video.gop": (2, 3),
        "mixTranscode.audio.sampleRate": (48000, 44100),
        "mixTranscode.audio.channel": (2, 1),
        "mixTranscode.audio.bitRate": (64000, 128000),
        **{f"mixLayout.{name}": values for name, values in MIXED.items()},
    },
    LIVE: {
        "domainName": ("a.example", "b.example"),
        "appName": ("live", "other"),
        "streamName": ("one", "two"),
        "resumeTime": ("2026-12-31T18:00:00Z", "2026-12-31T19:00:00Z"),
        "reason": ("a", "b"),
        "drop": (True, True),
    },
}

# What must not be said for a field to count.
YIELDS = {
    (INGEST, "room"): ("roomIdType",),
    (RENDER, "publishStreamArgs"): ("publish.",),
    **{(PULL, f"publish.{name}"): ("pushArgs",) for name in PUSH},
    (PULL, "endsAfter"): ("endTime",),
    (MIX, "layout.canvas.width"): ("video.encode.width",),
    (MIX, "layout.canvas.height"): ("video.encode.height",),
}
MADE = Settings("demo", "ap-guangzhou", 1400188366, EnvSecret("TRTC_SECRET_KEY"))


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """A spec of fields by their paths, with one element in each list."""
    spec: dict[str, Any] = {}
    for path, value in values.items():
        *way, last = path.split(".")
        here = spec
        for part in way:
            name, bracket, _ = part.partition("[")
            here = here.setdefault(name, [{}])[0] if bracket else here.setdefault(name, {})
        here[last.removesuffix("[]")] = [value] if last.endswith("[]") else value
    return spec


def flat(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from flat(inner, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, f"{at}[]")
    else:
        yield at, value


Sent = dict[tuple[str, str], Any]
"""What calls hold, by action and path."""


def noted(calls: Iterable[Call]) -> Sent:
    found: Sent = {(call.action.name, path): value for call in calls for path, value in flat(call.request)}
    return found | {(call.action.name, HEADER): call.region for call in calls if call.action.regional}


@dataclass(frozen=True)
class Probe:
    """A document, whether its rules would let it through or not, and its settings."""

    kind: str
    spec: Spec
    settings: Settings

    def subject(self, *bases: Spec) -> Subject:
        return Subject(Address(self.kind, "probe"), self.spec, self.settings, "task", 1, bases)

    def calls(self) -> Sent:
        """What starts and stops it."""
        kind, subject = KINDS[self.kind], self.subject()
        calls = [kind.start(subject)] if isinstance(kind, CanStart) else []
        calls += [kind.resume(subject)] if isinstance(kind, CanResume) and not calls else []
        return noted([*calls, *(kind.stop(subject) if isinstance(kind, CanStop) else ())])

    def update_of(self, other: "Probe") -> Sent:
        """What brings another to this."""
        kind = KINDS[self.kind]
        call = kind.update(self.subject(other.spec)) if isinstance(kind, CanUpdate) else None
        return noted([call] if call else [])


def resolved(kind: str, values: Mapping[str, Any], settings: Settings, layout: Any = None) -> Probe:
    found = KINDS[kind]
    assert isinstance(found, Managed)
    shared = {} if layout is None else {Address(LAYOUT, "stage"): layout}
    scope = Scope(Address(kind, "probe"), settings, shared)
    spec, _ = found.resolve(found.spec.model_validate(written(values)), scope)
    return Probe(kind, spec, settings)


def without(values: Mapping[str, Any], *beginnings: str) -> dict[str, Any]:
    return {path: value for path, value in values.items() if not path.startswith(beginnings or ("\0",))}


def firsts(kind: str) -> dict[str, Any]:
    return {path: first for path, (first, _) in VALUES[kind].items()}


def probes(kind: str, field: str, value: Any) -> list[Probe]:
    """The documents that tell what a field does, with that field at that value and all others given."""
    values = without({**firsts(kind), field: value}, *YIELDS.get((kind, field), ()))
    if kind == LAYOUT:
        layout = KINDS[LAYOUT].spec.model_validate(written(values))
        mix = without(firsts(MIX), "layout.", "video.encode.width", "video.encode.height")
        mix |= {"layout.ref": "stage", "layout.users.left.userId": "one"}
        mix |= {"layout.maxVideoUser.userId": "one"} if values["mode"] == "screen-share" else {}
        return [resolved(MIX, mix, MADE, layout)]
    if kind == WORKSPACE:
        settings = WorkspaceSpec.model_validate(written(values)).settings("demo", None)
        return [resolved(name, unsettled(name, field), settings) for name in (MIX, RELAY, INGEST)]
    return [resolved(kind, values, MADE)]


def unsettled(kind: str, field: str) -> dict[str, Any]:
    """A document that leaves to its workspace what the workspace's field says."""
    left = {
        "region": ("region",),
        "trtc.sdkAppId": ("sdkAppId",),
        "trtc.secretKey": ("userSig", "agent.userSig", "feedBackRooms[].userSig"),
    }[field]
    return {path: value for path, value in firsts(kind).items() if path not in left}


def changed(kind: str, field: str) -> tuple[set[tuple[str, str]], set[str]]:
    """(what is sent otherwise if the field has its other value, the actions that were looked at)."""
    found, seen = set(), set()
    before, after = (probes(kind, field, value) for value in VALUES[kind][field])
    for old, new in zip(before, after, strict=True):
        here, there = old.calls(), new.calls()
        found |= {at for at in here.keys() | there.keys() if here.get(at, at) != there.get(at, at)}
        running = {path: value for (_, path), value in here.items()}
        update = new.update_of(old) if kind != WORKSPACE else {}
        back = old.update_of(new) if kind != WORKSPACE else {}
        # What stands elsewhere than in a start is held against the way back.
        was = {at: running.get(at[1], back.get(at)) for at in update}
        found |= {at for at, value in update.items() if (at[1] in running or at in back) and was[at] != value}
        seen |= {action for action, _ in (*there, *update)}
    return found, seen


def on_page(kind: str, field: str) -> set[tuple[str, str]]:
    path = field.replace(".left.", ".*.")
    return {(action, row.path) for row in ROWS for action in row.actions if path in row.fields.get(kind, ())}


PAUSES = {INGEST: ("UpdateStreamIngest", "IsPause", True, False)}
PAUSES[PULL] = ("ModifyLivePullStreamTask", "Status", "pause", "enable")
"""What is sent for a state alone, in no block of an update: see test_a_pause_is_what_the_page_says."""
FIELDS = [(kind, field) for kind in VALUES for field, (one, other) in VALUES[kind].items() if one != other]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_probed(kind: str) -> None:
    probed = {field.replace(".left.", ".*.") for name, field in FIELDS if name == kind}
    assert probed == places(kind).keys()


@pytest.mark.parametrize(
    ("kind", "field"), [one for one in FIELDS if one[0] not in PAUSES or one[1] != "state"]
)
def test_a_field_changes_what_the_page_says(kind: str, field: str) -> None:
    found, actions_seen = changed(kind, field)
    if field in ("mode", "layout.mode"):  # only one of the modes has a list of positions
        found = {at for at in found if "MixLayoutList" not in at[1]}
    assert found == {at for at in on_page(kind, field) if at[0] in actions_seen}
    assert found


@pytest.mark.parametrize("name", PAUSES)
def test_a_pause_is_what_the_page_says(name: str) -> None:
    action, field, paused, resumed = PAUSES[name]
    (probe,), (running,) = probes(name, "state", "paused"), probes(name, "state", "running")
    kind = KINDS[name]
    assert isinstance(kind, CanPause) and isinstance(kind, CanResume)
    assert kind.pause(probe.subject(probe.spec)).request[field] == paused
    assert kind.resume(running.subject(running.spec)).request[field] == resumed
    assert on_page(name, "state") == {(action, field)}


def words_of(kind: str, field: str) -> set[str | int]:
    """The words that the model knows for a field; both of a switch."""
    parts = tuple(
        part for name in field.split(".") for part in (name.removesuffix("[]"), 0)[: 1 + ("[]" in name)]
    )
    *_, (_, info) = fields_along(KINDS[kind].spec, parts)
    return set(_words(info.annotation))


def _words(annotation: Any) -> Iterator[str | int]:
    if annotation is bool:
        yield from (False, True)
    for one in get_args(annotation):
        if get_origin(annotation) is Literal:
            yield one
        else:
            yield from _words(one)


CODED = [
    (kind, field, row.path, dict(row.codes))
    for kind, field in FIELDS
    for row in ROWS
    if row.codes and field.replace(".left.", ".*.") in row.fields.get(kind, ()) and words_of(kind, field)
]


@pytest.mark.parametrize(("kind", "field", "path", "codes"), CODED)
def test_words_have_the_numbers_that_the_page_says(
    kind: str, field: str, path: str, codes: dict[str | int, int]
) -> None:
    assert words_of(kind, field) == codes.keys()
    for word, number in codes.items():
        (probe,) = probes(kind, field, word)
        assert {value for at, value in probe.calls().items() if at[1] == path} == {number}
