"""Overrides: what each merge comes to, that each is as good as an edit, and where faults are told."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any
from unittest.mock import Mock, patch

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ManifestError, Problem
from reconciler.kinds import KINDS
from reconciler.kinds.mix_stream.spec import MixStreamSpec
from reconciler.manifests.loading import merging
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.layers import plain, tree
from reconciler.manifests.loading.loader import Workspace, load
from reconciler.manifests.loading.merging import Merge
from reconciler.manifests.loading.provenance import overridden
from reconciler.manifests.reading.reader import Document, read_documents
from reconciler.model import Address, Resource
from reconciler.schema.survey import all_fields
from reconciler.words import path_text

from ...support import WORKSPACE, examples

HALL = Address("MixStream", "hall")


def document(text: str, file: str) -> Document:
    return next(read_documents(text.encode(), file))


# Merge decisions: the base's spec, what is set, and what comes of it or what is wrong

SLOTS = "{layout: {slots: [{name: a, zOrder: 1}, {name: b, zOrder: 2}]}}"
USERS = "{audio: {subscribeAudioList: [{userId: anna}, {userId: anna, room: 5}]}}"
BOTH = '{publish: [{url: "rtmp://p/live/a"}, {domain: main, stream: a}]}'
MERGES: dict[str, tuple[str, str, str]] = {
    "a value replaces": ("{room: 1}", "{room: 2}", "{room: 2}"),
    "a value is added": ("{room: 1}", "{region: x}", "{room: 1, region: x}"),
    "a value of another type replaces": ("{room: 1}", '{room: "1"}', '{room: "1"}'),
    "mappings merge": (
        "{video: {encode: {fps: 15, gop: 2}}}",
        "{video: {encode: {fps: 30, bitRate: 800}}}",
        "{video: {encode: {fps: 30, gop: 2, bitRate: 800}}}",
    ),
    "a mapping is added": (
        "{room: 1}",
        "{video: {encode: {fps: 30}}}",
        "{room: 1, video: {encode: {fps: 30}}}",
    ),
    "an empty mapping is added": ("{room: 1}", "{stop: {}}", "{room: 1, stop: {}}"),
    "a mapping replaces a value": ("{video: 1}", "{video: {encode: 2}}", "{video: {encode: 2}}"),
    "a value replaces a mapping": ("{video: {encode: 2}}", "{video: 1}", "{video: 1}"),
    "null removes a value": ("{room: 1, region: x}", "{region: null}", "{room: 1}"),
    "null removes a mapping": ("{room: 1, video: {encode: {fps: 1}}}", "{video: null}", "{room: 1}"),
    "null removes a list": ("{publish: [{url: a}], room: 1}", "{publish: null}", "{room: 1}"),
    "null removes null": ("{room: 1, video: null}", "{video: null}", "{room: 1}"),
    "null removes one key of many": (
        "{layout: {users: {a: {userId: x}, b: {userId: y}}}}",
        "{layout: {users: {a: null}}}",
        "{layout: {users: {b: {userId: y}}}}",
    ),
    "keys of many are merged": (
        "{layout: {users: {a: {userId: x}}}}",
        "{layout: {users: {b: {userId: y}}}}",
        "{layout: {users: {a: {userId: x}, b: {userId: y}}}}",
    ),
    "a list without keys replaces": (
        "{layout: {watermarks: [{text: {text: a}}]}}",
        "{layout: {watermarks: [{text: {text: b}}, {text: {text: c}}]}}",
        "{layout: {watermarks: [{text: {text: b}}, {text: {text: c}}]}}",
    ),
    "an entry is merged by its key": (
        SLOTS,
        "{layout: {slots: [{name: b, zOrder: 9}]}}",
        "{layout: {slots: [{name: a, zOrder: 1}, {name: b, zOrder: 9}]}}",
    ),
    "an entry is added at the end": (
        SLOTS,
        "{layout: {slots: [{name: c}, {name: a, zOrder: null}]}}",
        "{layout: {slots: [{name: a}, {name: b, zOrder: 2}, {name: c}]}}",
    ),
    "an entry is removed": (
        SLOTS,
        "{layout: {slots: [{name: a, $patch: delete}, {name: b, zOrder: 3}]}}",
        "{layout: {slots: [{name: b, zOrder: 3}]}}",
    ),
    "an entry that is its key alone is merged": (
        "{layout: {slots: [a, b]}}",
        "{layout: {slots: [{name: b, zOrder: 9}, c]}}",
        "{layout: {slots: [a, {name: b, zOrder: 9}, c]}}",
    ),
    "an entry that is its key alone is removed": (
        "{layout: {slots: [a, b]}}",
        "{layout: {slots: [{name: a, $patch: delete}]}}",
        "{layout: {slots: [b]}}",
    ),
    "a key alone that is there sets nothing": (
        "{layout: {slots: [a, {name: b, zOrder: 1}]}}",
        "{layout: {slots: [b]}}",
        "spec.set.layout.slots[0]: sets nothing",
    ),
    "a list with keys replaces what is no list": (
        "{layout: {slots: null}}",
        "{layout: {slots: [{name: c}]}}",
        "{layout: {slots: [{name: c}]}}",
    ),
    "a list with keys is added": (
        "{layout: {}}",
        "{layout: {slots: [{name: c}]}}",
        "{layout: {slots: [{name: c}]}}",
    ),
    "a key has several properties": (
        USERS,
        "{audio: {subscribeAudioList: [{userId: anna, room: 5, soundLevel: 7}]}}",
        "{audio: {subscribeAudioList: [{userId: anna}, {userId: anna, room: 5, soundLevel: 7}]}}",
    ),
    "a part of a key is another one": (
        USERS,
        '{audio: {subscribeAudioList: [{userId: anna, room: "5"}]}}',
        '{audio: {subscribeAudioList: [{userId: anna}, {userId: anna, room: 5}, {userId: anna, room: "5"}]}}',
    ),
    "a push by its address": (
        BOTH,
        '{publish: [{url: "rtmp://p/live/a", isTencentCdn: false}]}',
        '{publish: [{url: "rtmp://p/live/a", isTencentCdn: false}, {domain: main, stream: a}]}',
    ),
    "a push by its domain and stream": (
        BOTH,
        "{publish: [{domain: main, stream: a, $patch: delete}, {domain: main, stream: b}]}",
        '{publish: [{url: "rtmp://p/live/a"}, {domain: main, stream: b}]}',
    ),
    "a push by the secret that holds it": (
        "{publish: [{url: {env: STREAM_A}}]}",
        "{publish: [{url: {env: STREAM_A}, isTencentCdn: true}, {url: {env: STREAM_B}}]}",
        "{publish: [{url: {env: STREAM_A}, isTencentCdn: true}, {url: {env: STREAM_B}}]}",
    ),
    "a reference to a secret replaces": (
        "{publish: [{url: u, auth: {key: {env: STREAM_A}}}]}",
        "{publish: [{url: u, auth: {key: {file: a}}}]}",
        "{publish: [{url: u, auth: {key: {file: a}}}]}",
    ),
    "what is no entry is left to the kind": (
        "{publish: [{url: u}]}",
        "{publish: [7]}",
        "{publish: [{url: u}, 7]}",
    ),
    "nothing is set": ("{room: 1}", "{}", "spec.set: sets nothing"),
    "an empty mapping over another": ("{video: {encode: 1}}", "{video: {}}", "spec.set.video: sets nothing"),
    "an entry's key alone": (
        SLOTS,
        "{layout: {slots: [{name: a}]}}",
        "spec.set.layout.slots[0]: sets nothing",
    ),
    "null where nothing is": ("{room: 1}", "{video: null}", "spec.set.video: null removes nothing"),
    "null inside of what is not there": (
        "{room: 1}",
        "{video: {encode: null}}",
        "spec.set.video.encode: null removes",
    ),
    "an entry that is not there": (
        SLOTS,
        "{layout: {slots: [{name: c, $patch: delete}]}}",
        "spec.set.layout.slots[0]: removes nothing",
    ),
    "an entry without its key": (
        SLOTS,
        "{layout: {slots: [{zOrder: 1}]}}",
        "spec.set.layout.slots[0]: requires name",
    ),
    "an entry twice": (
        SLOTS,
        "{layout: {slots: [{name: a, zOrder: 3}, {name: a, zOrder: 3}]}}",
        "spec.set.layout.slots[1].zOrder: already set",
    ),
}


@pytest.mark.parametrize(("base", "value", "result"), MERGES.values(), ids=MERGES)
def test_merge(base: str, value: str, result: str) -> None:
    below, override = document(f"spec: {base}", "base.yaml"), document(f"spec: {{set: {value}}}", "o.yaml")
    root = tree(below.value["spec"], below, ("spec",))
    merge = Merge(HALL, MixStreamSpec, override)
    merge.lay(root, override.value["spec"]["set"], ("spec", "set"))
    if result.startswith("spec."):
        ((path, message),) = merge.faults
        assert f"{path_text(path)}: {message}".startswith(result)
    else:
        assert merge.faults == []
        assert json.dumps(plain(root)) == json.dumps(yaml.safe_load(result))


# An override is as good as an edit

SETTINGS = {
    "region": "ap-guangzhou",
    "endpoint": "simulator",
    "trtc": {"sdkAppId": 1400188366, "secretKey": {"env": "TRTC_SECRET_KEY"}},
    "pushDomains": {
        "main": {"domain": "push.example", "key": {"env": "STREAM_KEY"}},
        "other": {"domain": "other.example", "appName": "studio", "isTencentCdn": False},
    },
    "defaults": {"MixStream": {"video": {"encode": {"gop": 3}}, "agent": {"maxIdleTime": 60}}},
}
MARK = {"url": "https://m.example/a.png", "locationX": 0, "locationY": 0, "width": 64, "height": 64}
SPECS: dict[Address, dict[str, Any]] = {
    HALL: {
        "room": 7,
        "agent": {"userId": "robot_hall", "maxIdleTime": 30},
        "audio": {
            "encode": {"sampleRate": 48000, "channel": 2, "bitRate": 64},
            "subscribeAudioList": [{"userId": "anna", "soundLevel": 50}, {"userId": "dora", "room": "9"}],
        },
        "video": {"encode": {"width": 1280, "height": 720, "fps": 15, "bitRate": 1500, "gop": 2}},
        "layout": {
            "mode": "custom",
            "slots": [
                {"name": "left", "locationX": 0, "locationY": 0, "imageWidth": 640, "imageHeight": 720},
                {"name": "right", "locationX": 640, "imageWidth": "50%", "imageHeight": 720, "zOrder": 2},
            ],
            "users": {"left": {"userId": "anna"}, "right": {"userId": "ben", "streamType": "screen"}},
            "watermarks": [{"image": MARK}],
        },
        "publish": [
            {"domain": "main", "stream": "hall"},
            {
                "url": "rtmp://push.example/live/hall-2",
                "auth": {"key": {"env": "STREAM_KEY"}, "validFor": "2h"},
            },
        ],
        "feedBackRooms": [{"room": 8, "userId": "robot_back"}],
    },
    Address("MixLayout", "stage"): {
        "canvas": {"width": 1280, "height": 720},
        "mode": "custom",
        "slots": [{"name": "one", "imageWidth": 640, "imageHeight": 720}, {"name": "two", "imageWidth": 64}],
        "background": {"color": "0x1F2933"},
    },
    Address("MixStream", "shown"): {
        "room": 70,
        "publish": [{"domain": "main", "stream": "shown"}],
        "video": {"encode": {"fps": 15, "bitRate": 1500}},
        "layout": {"ref": "stage", "users": {"one": {"userId": "carl"}}},
    },
    Address("RelayStream", "relay"): {
        "room": 71,
        "user": {"userId": "anna", "streamType": "camera"},
        "publish": [{"url": "rtmp://push.example/live/relay"}, {"domain": "other", "stream": "relay"}],
    },
    Address("IngestStream", "film"): {
        "room": 72,
        "userId": "film",
        "streamUrl": "https://films.example/a.mp4",
        "repeatNum": -1,
    },
    Address("PullStream", "feed"): {
        "sourceUrls": ["rtmp://a.example/live/a"],
        "publish": {"domain": "main", "stream": "feed"},
        "endsAfter": "3d",
    },
    Address("RenderStream", "game"): {"userId": "player-1", "publish": {"domain": "main", "stream": "game"}},
    Address("LiveMix", "mix"): {
        "inputs": [{"stream": "one", "layer": 1}, {"stream": "two", "imageWidth": 320, "imageHeight": 180}],
        "output": {"stream": "mix", "type": "new", "bitRate": 1500},
    },
    Address("Recording", "hall"): {
        "room": 9,
        "record": {"recordMode": "single", "maxIdleTime": 60},
        "storage": {"cloudVod": {"tencentVod": {"expireTime": 0}}},
    },
    Address("LiveStream", "live"): {"pushDomain": "main", "streamName": "live"},
}
KEYS: Mapping[str, Sequence[tuple[str, ...]]] = {
    "publish": [("url",), ("domain", "stream")],
    "slots": [("name",)],
    "inputs": [("stream",)],
    "feedBackRooms": [("room", "userId")],
    "subscribeAudioList": [("userId", "room")],
}
"""Written here once more, as docs/environments.md has them."""
REMOVE = object()
VALUES = [
    *(0, 1, 25, 640, -1, "7", "anna", "main", "other", "left", "crop", "custom", "screen", True, "forbidden"),
    {"env": "STREAM_OTHER"},
    ["0x000000"],
]
FITTING = {
    "fps": 30,
    "bitRate": 96,
    "gop": 1,
    "maxIdleTime": 20,
    "soundLevel": 10,
    "zOrder": 4,
    "room": 90,
    "locationX": 10,
    "locationY": 2,
    "imageWidth": 100,
    "imageHeight": 90,
    "repeatNum": 2,
    "validFor": "3h",
    "streamName": "other",
    "channel": 1,
    "sampleRate": 44100,
    "color": "0x000000",
    "streamType": "camera",
}
"""Values that make another sound document, by the name of the field."""

Path = tuple[Any, ...]
Edit = tuple[Path, Any]


def key_of(name: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    return next(one for one in KEYS[name] if one[0] in entry)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """What can be edited each for itself: no key of an entry, nothing inside of a list without keys."""
    if isinstance(value, dict) and not value.keys() & {"env", "file"}:
        for name, inner in value.items():
            yield (*path, name)
            yield from places(inner, (*path, name))
    elif isinstance(value, list) and path[-1] in KEYS:
        for index, entry in enumerate(value):
            yield (*path, index)
            own = key_of(path[-1], entry)
            rest = {name: inner for name, inner in entry.items() if name not in own}
            yield from places(rest, (*path, index))


@st.composite
def edits(draw: st.DrawFn) -> tuple[Address, list[Edit]]:
    address = draw(st.sampled_from(sorted(SPECS)))
    every = list(places(SPECS[address]))
    fitting_places = [path for path in every if path[-1] in FITTING] or every
    chosen = st.one_of(
        st.sampled_from(fitting_places), st.sampled_from(fitting_places), st.sampled_from(every)
    )
    found: list[Edit] = []
    for path in draw(st.lists(chosen, min_size=1, max_size=4, unique=True)):
        if any(path[: len(one)] == one[: len(path)] for one, _ in found):
            continue
        at = value_at(SPECS[address], path)
        can_be_set = not isinstance(path[-1], int) and not (isinstance(at, dict) and "env" not in at)
        can_be_set = can_be_set and path[-1] not in KEYS
        fitting = FITTING.get(path[-1], REMOVE)
        anything = draw(st.sampled_from(VALUES)) if can_be_set else REMOVE
        found.append((path, draw(st.sampled_from([fitting, fitting, fitting, anything, REMOVE]))))
    return address, found


def value_at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def by_hand(spec: dict[str, Any], found: Sequence[Edit]) -> dict[str, Any]:
    """The document as somebody would edit it: values first, and what is removed from its end."""
    new = deepcopy(spec)
    for path, value in sorted(found, key=lambda one: [str(part) for part in one[0]], reverse=True):
        around = value_at(new, path[:-1])
        if value is REMOVE:
            del around[path[-1]]
        else:
            around[path[-1]] = value
    return new


def as_override(spec: dict[str, Any], found: Sequence[Edit]) -> dict[str, Any]:
    """What an override sets for the same."""
    patch: dict[str, Any] = {}
    for path, value in found:
        put(patch, spec, path, value)
    return patch


def put(patch: dict[str, Any], spec: Any, path: Path, value: Any) -> None:
    name, *rest = path
    if not rest:
        patch[name] = None if value is REMOVE else value
    elif isinstance(spec[name], list):
        index, *below = rest
        entry = spec[name][index]
        own = {one: entry[one] for one in key_of(name, entry) if one in entry}
        entries = patch.setdefault(name, [])
        mine = next((one for one in entries if own.items() <= one.items()), None)
        if mine is None:
            mine = dict(own)
            entries.append(mine)
        if below:
            put(mine, entry, tuple(below), value)
        else:
            mine["$patch"] = "delete"
    else:
        put(patch.setdefault(name, {}), spec[name], tuple(rest), value)


def said(specs: Mapping[Address, Any], overrides: Sequence[tuple[Address, dict[str, Any]]] = ()) -> str:
    head = [("Workspace", "demo", SETTINGS)]
    declared = [(address.kind, address.name, spec) for address, spec in specs.items()]
    over = [("Override", f"o{n}", {"of": str(of), "set": value}) for n, (of, value) in enumerate(overrides)]
    documents = (
        {"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        for kind, name, spec in [*over, *head, *declared]
    )
    return "\n---\n".join(json.dumps(one) for one in documents)


def outcome(text: str) -> tuple[list[Resource], list[str]]:
    """The resources without what tells documents apart, and what is told without its places."""
    try:
        workspace = load(["-"], text.encode, LoadContext())
    except ManifestError as error:
        return [], told(error.problems)
    resources = [replace(one, digest="", uses={}, location=None) for one in workspace.resources]
    return resources, told(workspace.warnings)


def told(problems: Sequence[Problem]) -> list[str]:
    found = (
        re.sub(r" \(together with the override at [^)]*\)| at -:\d+", "", one.message) for one in problems
    )
    return sorted(found)


@examples(300)
@given(edits(), st.integers(0, 3))
def test_an_override_is_as_good_as_an_edit(drawn: tuple[Address, list[Edit]], cut: int) -> None:
    address, found = drawn
    spec = SPECS[address]
    edited = outcome(said({**SPECS, address: by_hand(spec, found)}))
    parts = [part for part in (found[:cut], found[cut:]) if part]
    assert outcome(said(SPECS, [(address, as_override(spec, part)) for part in parts])) == edited


def test_the_base_of_the_property_is_sound() -> None:
    """Otherwise each edit of it would come to nothing."""
    resources, _ = outcome(said(SPECS))
    assert len(resources) == len(SPECS) - 1  # a layout is only referred to
    assert {kind for kind, _ in SPECS} == KINDS.keys() - {"Workspace", "Override"}


def test_the_lists_with_keys_are_those_of_the_page() -> None:
    listed = {
        path.removesuffix("[]").rpartition(".")[2]
        for kind in KINDS.values()
        for path, one in all_fields(kind)
        if one.own and one.around.mark is not None and one.around.mark.key
    }
    assert listed == {*KEYS, "unSubscribeAudioList"}


# Where things are told

LOW = """\
---
apiVersion: reconciler/v1
kind: Override
metadata: {name: low}
spec:
  of: MixStream/hall
  set:
"""
STREAM = """\
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall}
spec:
  room: 7
  publish: [{url: rtmp://push.example/live/hall}]
  audio: {encode: {channel: 1}}
"""


def problems_of(text: str) -> list[Problem]:
    try:
        return list(load(["-"], text.encode, LoadContext()).warnings)
    except ManifestError as error:
        return list(error.problems)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_warning_of_an_overridden_field_is_told_at_the_override() -> None:
    text = (
        WORKSPACE
        + STREAM
        + LOW
        + "    video: {encode: {width: 0, height: 0, fps: 15, bitRate: 800, gop: 2}}\n"
    )
    found = problems_of(text)
    line = line_of(text, "video:")
    assert {(one.line, one.path) for one in found} == {
        (line, "spec.set.video.encode.width"),
        (line, "spec.set.video.encode.height"),
    }


def test_what_is_wrong_beside_an_override_names_both() -> None:
    text = WORKSPACE + STREAM + LOW + "    audio: {encode: {codec: HE-AACv2}}\n"
    (one,) = problems_of(text)
    assert (one.line, one.path) == (line_of(text, "audio: {encode: {channel"), "spec.audio.encode.channel")
    assert one.message.endswith(f"(together with the override at -:{line_of(text, LOW[4:])})")


def test_a_secret_in_clear_is_told_at_the_override_and_not_shown() -> None:
    url = "rtmp://push.example/live/hall?token=9f8e7d6c5b4a39281706"
    text = WORKSPACE + STREAM + LOW + f'    publish: [{{url: "{url}"}}]\n'
    (one,) = problems_of(text)
    assert one.path == "spec.set.publish[0].url" and "9f8e7d6c" not in str(one)


def test_a_placeholder_in_an_override_is_told_once() -> None:
    text = WORKSPACE + STREAM + LOW + '    room: "${ROOM}"\n'
    (one,) = problems_of(text)
    assert one.path == "spec.set.room" and "placeholder" in one.message


def test_an_override_changes_the_digest_of_its_resource_alone() -> None:
    other = STREAM.replace("hall", "side").replace("room: 7", "room: 9")
    before = load(["-"], (WORKSPACE + STREAM + other).encode, LoadContext())
    after = load(["-"], (WORKSPACE + STREAM + other + LOW + "    room: 8\n").encode, LoadContext())
    assert {one.address.name for one in changed(before, after)} == {"hall"}


def test_an_override_of_a_layout_changes_the_streams_that_refer_to_it() -> None:
    text = said(SPECS)
    patched = said(SPECS, [(Address("MixLayout", "stage"), {"background": {"color": "0x000000"}})])
    before, after = (load(["-"], one.encode, LoadContext()) for one in (text, patched))
    assert {one.address.name for one in changed(before, after)} == {"shown"}
    (shown,) = (one for one in after.resources if one.address.name == "shown")
    assert shown.spec["layout"]["background"] == {"color": "0x000000"}


def changed(before: Workspace, after: Workspace) -> list[Resource]:
    digests = {one.address: (one.digest, one.uses) for one in before.resources}
    return [one for one in after.resources if digests[one.address] != (one.digest, one.uses)]


def test_what_is_overridden_is_known_with_both_places() -> None:
    text = WORKSPACE + STREAM + LOW + "    audio: {encode: {channel: 2, bitRate: 96}}\n    publish: null\n"
    workspace = load(
        ["-"], (text + "    feedBackRooms: [{room: 8, userId: r}]\n").encode, LoadContext(keep=True)
    )
    settings, one = workspace.declared
    assert one.address == HALL
    found = [
        (path_text(it.path), it.before, it.value, it.removed, it.added) for it in overridden(one, settings)
    ]
    push = [{"url": "rtmp://push.example/live/hall"}]
    assert found == [
        ("publish", push, None, True, False),
        ("audio.encode.channel", 1, 2, False, False),
        ("audio.encode.bitRate", None, 96, False, True),
        ("feedBackRooms", None, [{"room": 8, "userId": "r"}], False, True),
    ]
    places = {place for it in overridden(one, settings) for place in (it.place, it.former_place)}
    assert f"-:{line_of(text, 'publish: null')}:14" in places


def test_a_document_with_a_wrong_header_may_name_a_push_domain() -> None:
    text = WORKSPACE + STREAM.replace("{name: hall}", "{name: Hall}").replace(
        "{url: rtmp://push.example/live/hall}", "{domain: main, stream: hall}"
    )
    assert [one.path for one in problems_of(text)] == ["metadata.name"]


def test_an_override_of_what_has_a_wrong_header_is_not_told_of() -> None:
    """Nor of what has a name of its own but cannot be used: the header is what to mend."""
    text = WORKSPACE + STREAM.replace("metadata: {name: hall}", "metadata: {name: hall, label: {}}")
    assert [one.path for one in problems_of(text + LOW + "    room: 8\n")] == ["metadata.label"]


# Whatever is set, something is told of it where it stands

NAMES = [
    "room",
    "publish",
    "layout",
    "slots",
    "name",
    "users",
    "video",
    "encode",
    "fps",
    "url",
    "auth",
    "key",
    "env",
    "domain",
    "stream",
    "audio",
    "subscribeAudioList",
    "userId",
    "watermarks",
    "$patch",
    "other",
    "left",
]
names = st.sampled_from(NAMES)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3000), st.sampled_from(["main", "delete", "left", ""])
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=12,
)


@examples(200)
@given(
    st.sampled_from(sorted(SPECS)),
    st.lists(st.dictionaries(names, anything, max_size=4), min_size=1, max_size=2),
)
def test_whatever_is_set_is_told_with_its_place(address: Address, values: list[dict[str, Any]]) -> None:
    text = said(SPECS, [(address, value) for value in values])
    for one in problems_of(text):
        assert one.line > 0 and one.column > 0, one
        assert "[key]" not in one.path
    if {} in values:
        assert any("sets nothing" in one.message for one in problems_of(text))


def test_long_lists_are_merged_in_one_go() -> None:
    """Each entry finds its own by its key, and not by a look at every other."""
    count = 3000
    slots = [{"name": f"s{number}"} for number in range(count)]
    layers = tree({"layout": {"slots": slots}}, document("spec: {}", "base.yaml"), ("spec",))
    merge = Merge(HALL, MixStreamSpec, document("spec: {}", "o.yaml"))
    with patch.object(merging, "plain", Mock(wraps=plain)) as looked_at:
        merge.lay(layers, {"layout": {"slots": [{**one, "zOrder": 1} for one in slots]}}, ())
    assert merge.faults == [] and looked_at.call_count <= 2 * count
    assert plain(layers)["layout"]["slots"] == [{**one, "zOrder": 1} for one in slots]
