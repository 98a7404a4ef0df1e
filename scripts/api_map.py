"""Writes docs/api-map.md: which kind and field stands for which request field of the API, and back.

Run from the repository's root: python scripts/api_map.py
The API's fields are those that the simulator checks, which is written from the API reference alone;
what stands for them is read off the kinds' models (`Api`). Tests hold the models against the calls
that the kinds make. Written by hand is only what neither knows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from reconciler.kinds import KINDS, actions
from reconciler.kinds.base import Kind, Managed
from reconciler.kinds.capabilities import ObservedInBulk
from reconciler.kinds.live import LARGE_PAGE_SIZE, ONLINE_LIST, PAGE_SIZE, STATE
from reconciler.schema.meanings import meaning
from reconciler.schema.remarks import SITES
from reconciler.schema.survey import Field, all_fields
from reconciler.simulator.parameters import Field as Parameter
from reconciler.simulator.services import ACTIONS

PAGE = Path("docs") / "api-map.md"
HEADER = "X-TC-Region"

# Written by hand

PUBLISHING = ("StartPublishCdnStream", "UpdatePublishCdnStream", "StopPublishCdnStream")
INGESTING = ("StartStreamIngest", "UpdateStreamIngest", "StopStreamIngest", "DescribeStreamIngest")
REMOVING = ("RemoveUser", "RemoveUserByStrRoomId")
RENDERING = ("StartPublishStream", "StartPublishStreamWithURL", "StopPublishStream")
SWITCHING = ("ResumeLiveStream", "ForbidLiveStream", "DropLiveStream")
MIXING = ("CreateCommonMixStream", "CancelCommonMixStream")
PULLING = (
    "CreateLivePullStreamTask",
    "ModifyLivePullStreamTask",
    "DeleteLivePullStreamTask",
    "DescribeLivePullStreamTasks",
)
RECORDING = (
    "CreateCloudRecording",
    "ModifyCloudRecording",
    "DeleteCloudRecording",
    "DescribeCloudRecording",
)
ASKED = (STATE.name, ONLINE_LIST.name)

CALLED: Mapping[str, str] = {
    "StartPublishCdnStream": "MixStream, RelayStream: start",
    "UpdatePublishCdnStream": "MixStream, RelayStream: update",
    "StopPublishCdnStream": "MixStream, RelayStream: stop",
    "StartStreamIngest": "IngestStream: start",
    "UpdateStreamIngest": "IngestStream: update, pause, resume",
    "StopStreamIngest": "IngestStream: stop",
    "DescribeStreamIngest": "IngestStream: asked by plan, apply, status and drift",
    "RemoveUser": "IngestStream in an integer room: where a start meets a robot of the same name, or "
    "an earlier start was never answered",
    "RemoveUserByStrRoomId": "IngestStream in a string room: the same",
    "StartPublishStream": "RenderStream without `publish`: start",
    "StartPublishStreamWithURL": "RenderStream with `publish`: start",
    "StopPublishStream": "RenderStream: stop",
    "ResumeLiveStream": "LiveStream with `state: allowed`: resume",
    "ForbidLiveStream": "LiveStream with `state: forbidden`: stop, and update to renew it",
    "DropLiveStream": "LiveStream with `drop: true`: after it is forbidden",
    "CreateCommonMixStream": "LiveMix: start, and every update",
    "CancelCommonMixStream": "LiveMix: stop",
    "DescribeLiveStreamState": "LiveStream, new streams of LiveMixes, and streams that push to Tencent's "
    "CDN: asked by plan, apply, status and drift",
    "CreateLivePullStreamTask": "PullStream: start",
    "ModifyLivePullStreamTask": "PullStream: update, renew, pause, resume",
    "DeleteLivePullStreamTask": "PullStream: stop",
    "DescribeLivePullStreamTasks": "PullStream: asked by plan, apply, status and drift",
    "CreateCloudRecording": "Recording: start",
    "ModifyCloudRecording": "Recording: update",
    "DeleteCloudRecording": "Recording: stop",
    "DescribeCloudRecording": "Recording: asked by plan, apply, status and drift",
    "DescribeLiveStreamOnlineList": "the same, where there are many of one domain",
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

TOOL: Mapping[tuple[str, str], str] = {
    ("*", "TaskId"): "as the start was told it, from the state",
    ("UpdatePublishCdnStream", "SequenceNumber"): "one more with each update, from the state",
    ("*", "WithTranscoding"): "by the kind: 1 MixStream, 0 RelayStream",
    ("ModifyLivePullStreamTask", "SpecifyTaskId"): "left out, as the TaskId names the task",
    ("ModifyLivePullStreamTask", "BackupVodUrl"): "left out, as no start can say it",
    ("DeleteLivePullStreamTask", "SpecifyTaskId"): "left out, as the TaskId names the task",
    ("DescribeLivePullStreamTasks", "SpecifyTaskId"): "where the TaskId is not known: what the start sent",
    ("DescribeLivePullStreamTasks", "PageNum"): "page by page",
    ("DescribeLivePullStreamTasks", "PageSize"): "20",
    ("DescribeCloudRecording", "RecorderKey"): "left out, as it is a relay's recording that has one",
    (ONLINE_LIST.name, "AppName"): "left out, as a domain is asked for as a whole",
    (ONLINE_LIST.name, "StreamName"): "left out, as a domain is asked for as a whole",
    (ONLINE_LIST.name, "PageNum"): "page by page",
    (
        ONLINE_LIST.name,
        "PageSize",
    ): f"{LARGE_PAGE_SIZE}, or {PAGE_SIZE} where that is refused, and on the international site",
}
"""What no manifest says, by action and field."""

SIGNED = "made from the key when the call is sent, unless it is given"
NAMED = "made unless it is given"
PLACED = "of an input in a slot, by the layout"
PUSHED = "with `auth`, txSecret and txTime are made when the call is sent"


@dataclass(frozen=True, slots=True)
class Family:
    """Actions that share their fields; `notes` are remarks on fields, the first that fits."""

    title: str
    actions: tuple[str, ...]
    notes: Mapping[str, str]


FAMILIES = (
    Family(
        "Publish tasks (trtc, 2019-07-22)",
        PUBLISHING,
        {
            HEADER: "a header",
            "*RoomIdType": "by how `room` is written: 0 a number, 1 a text",
            "*UserInfo.RoomId": "the stream's own room unless it is given",
            "AgentParams.UserId": NAMED,
            "FeedBackRoomParams*UserId": NAMED,
            "*UserSig": SIGNED,
            "AudioParams.AudioEncode.*": "an update leaves it out, as it cannot be changed",
            "VideoParams.VideoEncode.*": "an update of a relayed stream leaves it out",
            "*MixLayoutList*BackGroundColor": "documented as without effect",
            "*WaterMarkType": "by which of the two is given, unless it is given",
            "*PublishCdnUrl": PUSHED,
        },
    ),
    Family(
        "Ingests (trtc, 2019-07-22)",
        INGESTING,
        {
            HEADER: "a header",
            "RoomIdType": "the other way round than in publish tasks; by how `room` is written unless "
            "`roomIdType` is given",
            "UserId": NAMED,
            "UserSig": SIGNED,
            "IsPause": "true for `state: paused`; said in every update",
        },
    ),
    Family(
        "Robots that are in the way (trtc, 2019-07-22)",
        REMOVING,
        {
            HEADER: "a header; a region that serves these actions, the ingest's own if it is one",
            "RoomId": "an integer room's as a number",
            "UserIds*": "the one robot",
        },
    ),
    Family(
        "Pull tasks (live, 2018-08-01)",
        PULLING,
        {
            HEADER: "a header",
            "PushArgs": PUSHED,
            "StartTime": "the moment of the start, unless it is given; an update leaves it out",
            "EndTime": "a moment ahead, put off before it comes, unless it is given",
            "SpecifyTaskId": "one of ours for each start, unless it is given; international site: in Comment",
            "ToUrl": "an update leaves it out",
            "FileIndex": "an update leaves it out, as it would seek",
            "OffsetTime": "an update leaves it out, as it would seek",
            "Status": "`pause` for `state: paused`, `enable` when it is resumed",
        },
    ),
    Family(
        "Recordings (trtc, 2019-07-22)",
        RECORDING,
        {
            HEADER: "a header",
            "RoomIdType": "the other way round than in publish tasks; by how `room` is written",
            "UserId": NAMED,
            "UserSig": SIGNED,
            "*SubscribeStreamUserIds*": "an update says all four lists",
            "MixLayoutParams*": "made from `layout`, if there is one; an update says all of it",
            "*VideoParams.Width": "with `layout`, by its canvas unless it is given",
            "*VideoParams.Height": "with `layout`, by its canvas unless it is given",
        },
    ),
    Family("Cloud rendering (car, 2022-01-10)", RENDERING, {"PublishStreamURL": PUSHED}),
    Family(
        "Live streams (live, 2018-08-01)",
        (*SWITCHING, *ASKED),
        dict.fromkeys(("DomainName", "AppName", "StreamName"), "also of what streams push to"),
    ),
    Family(
        "Mixes of live streams (live, 2018-08-01)",
        MIXING,
        {
            "MixStreamSessionId": NAMED,
            "*InputStreamName": "what `from` publishes, unless it is given",
            "*ImageLayer": "by the slots' zOrder, or the next that is free, unless it is given",
            "*ImageWidth": PLACED,
            "*ImageHeight": PLACED,
            "*LocationX": PLACED,
            "*LocationY": PLACED,
            "*CropParams*": "of an input in a slot, also the slot's customCrop",
            "ControlParams.UseMixCropCenter": "with a layout, by the slots' renderMode, unless it is given",
        },
    ),
)

# The rows


@dataclass(frozen=True, slots=True)
class Row:
    """One request field: the fields of manifests that it is made from, by kind, or what is so instead.

    `tool` is what the tool sends by itself, `refused` what is said of a field that the vendor has
    given up. `codes` are the API's numbers for the manifests' words.
    """

    path: str
    actions: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tool: str = ""
    refused: str = ""
    codes: Mapping[str | int, int] = field(default_factory=dict)
    note: str = ""


def rows(family: Family) -> list[Row]:
    """Every request field of the family's actions, in the simulator's order; alike in several, once."""
    found: dict[str, list[Row]] = {}
    for name in family.actions:
        for path in request_paths(name):
            one = _row(family, name, path)
            alike = found.setdefault(path, [])
            same = next((row for row in alike if _said(row) == _said(one)), None)
            if same is None:
                alike.append(one)
            else:
                alike[alike.index(same)] = _joined(same, one)
    return [row for alike in found.values() for row in alike]


def _said(row: Row) -> tuple[object, ...]:
    return (row.tool, row.refused, not row.fields)


def _joined(row: Row, other: Row) -> Row:
    kinds = dict.fromkeys((*row.fields, *other.fields))
    fields = {kind: row.fields.get(kind) or other.fields[kind] for kind in kinds}
    return Row(row.path, (*row.actions, *other.actions), fields, row.tool, row.refused, row.codes, row.note)


def _row(family: Family, action: str, path: str) -> Row:
    note = next((text for pattern, text in family.notes.items() if fnmatchcase(path, pattern)), "")
    for (name, at), text in TOOL.items():
        if name in (action, "*") and at == path:
            return Row(path, (action,), tool=text)
    taking = [kind for kind in KINDS.values() if takes_part(kind, action)]
    refused = next((text for kind in taking for text in [_withdrawn(kind, path)] if text), "")
    made = {kind.name: found for kind in taking if (found := _made_from(kind, path))}
    parts = [one for kind in made for at, one in leaves(KINDS[kind]) if at in made[kind]]
    codes = next((_codes(one) for one in parts if one.facts.api.words), {})
    sites = [f"{SITES[one.facts.api.only]} site only" for one in parts if one.facts.api.only]
    return Row(
        path, (action,), made, "", refused, codes, "; ".join([*dict.fromkeys(sites), *filter(None, [note])])
    )


def _codes(one: Field) -> Mapping[str | int, int]:
    return {word: one.facts.api.code(word) for word in one.facts.api.words if word != ""}


def _withdrawn(kind: Kind, path: str) -> str:
    """What the kind says of a request field that the vendor has given up."""
    name = path.split(".")[0].removesuffix("[]")
    return kind.spec.withdrawn.get(name[:1].lower() + name[1:], "")


def _made_from(kind: Kind, path: str) -> tuple[str, ...]:
    return tuple(at for at, one in leaves(kind) if path in one.around.at)


def takes_part(kind: Kind, action: str) -> bool:
    """Whether a kind's fields stand in an action's requests; those of settings do wherever they fit."""
    if not isinstance(kind, Managed):
        return True
    return action in [one.name for one in kind.actions] or (
        action in ASKED and isinstance(kind, ObservedInBulk)
    )


def leaves(kind: Kind) -> tuple[tuple[str, Field], ...]:
    """Every field of a kind that holds a value, with its path."""
    return _leaves(kind.name)


@lru_cache
def _leaves(name: str) -> tuple[tuple[str, Field], ...]:
    return tuple((path, one) for path, one in all_fields(KINDS[name]) if not one.inner)


def request_paths(action: str) -> Iterator[str]:
    """The fields of an action's requests as the simulator knows them, and the region's header."""
    if next(one for one in (*actions().values(), STATE, ONLINE_LIST) if one.name == action).regional:
        yield HEADER
    yield from _paths(next(one for one in ACTIONS if one.name == action).fields)


def _paths(parameters: Mapping[str, Parameter], prefix: str = "") -> Iterator[str]:
    for name, one in parameters.items():
        path, inner = f"{prefix}{name}", one
        if one.kind == "list" and one.item is not None:
            path, inner = f"{path}[]", one.item
        if inner.fields:
            yield from _paths(inner.fields, f"{path}.")
        else:
            yield path


# The page


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_actions(), *_families(), *_uncalled(), *_kinds()]) + "\n"


def _head() -> list[str]:
    return [
        "# The API and the manifests",
        "",
        "Which kind and field stands for which request field of Tencent Cloud's API, and the other way",
        "round. Written by `python scripts/api_map.py`; do not edit it by hand. What the fields mean is in",
        "[manifests.md](manifests.md).",
        "",
        "Fields of manifests are those below `spec`. `[]` is each element of a list, `*` each value of a",
        "mapping. *By the tool* is what no manifest says; *refused* is what the vendor has given up.",
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
            for row in rows(family)
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
    if row.refused:
        return f"*refused:* {row.refused}"
    return "; ".join(f"{', '.join(kinds)} `{path}`" for path, kinds in _by_path(row).items())


def _by_path(row: Row) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, paths in row.fields.items():
        for path in paths:
            found.setdefault(path, []).append(kind)
    return found


def _remark(row: Row) -> str:
    codes = ", ".join(f"{number} `{_word(word)}`" for word, number in row.codes.items())
    return "; ".join(part for part in (codes, row.note) if part)


def _word(word: str | int) -> str:
    return word if isinstance(word, str) else str(word).lower()


def _uncalled() -> list[str]:
    lines = ["### Actions that nothing is called for", "", "| action | fields |", "| --- | --- |"]
    lines += [f"| {name} | {', '.join(f'`{one}`' for one in fields)} |" for name, fields in UNCALLED.items()]
    return [*lines, ""]


def _kinds() -> list[str]:
    lines = ["## From manifests to the API"]
    for kind in KINDS.values():
        lines += ["", f"### {kind.name}", "", "| field | in the API |", "| --- | --- |"]
        lines += [f"| `{path}` | {_targets(one)} |" for path, one in leaves(kind)]
        lines += [f"| `{name}` | *refused:* {text} |" for name, text in kind.spec.withdrawn.items()]
    return lines


def _targets(one: Field) -> str:
    if one.around.at:
        return ", ".join(f"`{path}`" for path in one.around.at)
    meant = "Which action is called." if one.is_wanted else meaning(one.model, one.facts.attribute)
    return f"nothing. {meant}"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
