"""Every request of the vendor's documents, as a manifest: what is sent is what the document shows."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from .kit import Kit

EXAMPLES = sorted((Path(__file__).parents[2] / "manifests" / "examples").iterdir())
SEEDS = json.loads((Path(__file__).parent / "data" / "seeds.json").read_text())

# The documents print signatures and keys; ours are made or read when the call is sent.
SECRETS = ("UserSig", "PrivateMapKey")

# Those whose documents contradict the API's own rules, leave a part of the canvas empty, or declare a
# push to Tencent's own CDN as one to another.
WARNED = {
    "02-ingest-mp4": "spec.roomIdType",
    "11-mix-four-tiles": "spec.publish[0].isTencentCdn",
    "12-relay-camera-other-cdn": "spec.publish[0].isTencentCdn",
    "13-relay-sound-only-other-cdn": "spec.publish[0].isTencentCdn",
    "14-mix-empty-tile": "spec.layout.slots[0]",
    "15-mix-one-in-the-picture": "spec.layout.slots",
}

DOCUMENTS = {
    ("StartPublishStream", "car.tencentcloudapi.com"): "CAR StartPublishStream",
    ("StartStreamIngest", "trtc.tencentcloudapi.com"): "TRTC StartStreamIngest",
    (
        "StartPublishCdnStream",
        "trtc.intl.tencentcloudapi.com",
    ): "TRTC StartPublishCdnStream (international site)",
    (
        "StartPublishCdnStream",
        "trtc.tencentcloudapi.com",
    ): "TRTC StartPublishCdnStream (Chinese mainland site)",
    ("ResumeLiveStream", "live.tencentcloudapi.com"): "CSS ResumeLiveStream",
}

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
each_seed = pytest.mark.parametrize(
    ("example", "seed"), list(zip(EXAMPLES, SEEDS, strict=True)), ids=[path.name for path in EXAMPLES]
)


def put(kit: Kit, example: Path) -> None:
    shutil.rmtree(kit.root / "manifests")
    shutil.copytree(example, kit.root / "manifests")


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a request with its path, `PublishCdnParams[0].PublishCdnUrl`."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{at}.{name}" if at else name)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{at}[{index}]")
    else:
        yield at, value


def added(shown: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent beyond what a document shows; fails if the two differ in anything else."""
    here, there = dict(leaves(shown)), dict(leaves(sent))
    for path, value in here.items():
        assert path in there, f"{path} is not sent"
        if path.rpartition(".")[2] in SECRETS:
            assert isinstance(there[path], str) and there[path] not in ("", value)
        else:
            assert (there[path], type(there[path])) == (value, type(value)), path
    return {path: value for path, value in there.items() if path not in here}


def test_every_seed_has_one_example() -> None:
    assert [path.name[:3] for path in EXAMPLES] == [f"{number:02}-" for number in range(1, 16)]
    assert len(SEEDS) == 15
    assert len({seed["name"] for seed in SEEDS}) == 15


@each_seed
def test_an_example_names_its_document(example: Path, seed: dict[str, Any]) -> None:
    document = DOCUMENTS[seed["action"], seed["host"]]
    for file in example.iterdir():
        first = file.read_text().splitlines()[0].rstrip(".:")
        assert first == f"# Vendor document: {document}, example {seed['example']}"


@each_seed
def test_an_example_sends_the_request_of_its_document(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, example: Path, seed: dict[str, Any]
) -> None:
    monkeypatch.setenv("TRTC_PRIVATE_MAP_KEY", "canary-map-key-0005")
    put(kit, example)
    kit.apply()
    (call,) = kit.calls()
    assert (call["action"], call["errorCode"]) == (seed["action"], None)
    assert added(seed["request"], call["request"]) == {}
    assert len(kit.running()) == (0 if seed["action"] == "ResumeLiveStream" else 1)


@each_example
def test_an_example_needs_nothing_and_settles(bare: Kit, example: Path) -> None:
    put(bare, example)
    ran = bare.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    bare.assert_settled()
    assert (bare.root / "state" / f"{example.name}.simulator.sqlite").exists()
    (entry,) = json.loads((bare.root / "state" / f"{example.name}.json").read_text())["resources"].values()
    assert entry["status"] in ("running", "allowed")


@each_example
def test_an_example_is_warned_of_where_its_document_contradicts_the_rules(bare: Kit, example: Path) -> None:
    put(bare, example)
    ran = bare.run("validate")
    assert ran.code == 0
    warnings = [line for line in ran.err.splitlines() if "warning" in line]
    wanted = WARNED.get(example.name)
    assert len(warnings) == (0 if wanted is None else 2 if example.name == "11-mix-four-tiles" else 1)
    assert wanted is None or f" {wanted}: " in warnings[0]


def test_the_comparison_sees_every_difference() -> None:
    shown = {"RoomId": "1", "AgentParams": {"UserSig": "x"}, "PublishCdnParams": [{"PublishCdnUrl": "a"}]}
    sent = {
        "RoomId": "1",
        "AgentParams": {"UserSig": "y"},
        "PublishCdnParams": [{"PublishCdnUrl": "a", "IsTencentCdn": 1}],
    }
    assert added(shown, sent) == {"PublishCdnParams[0].IsTencentCdn": 1}
    for other in (
        {**sent, "RoomId": "2"},
        {**sent, "RoomId": 1},
        {**sent, "AgentParams": {"UserSig": ""}},
        {**sent, "PublishCdnParams": []},
    ):
        with pytest.raises(AssertionError):
            added(shown, other)
