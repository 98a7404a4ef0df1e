"""From raw requests to what is sent: a start of what was converted sends the same request again."""

import json
from pathlib import Path
from typing import Any

import pytest

from ..manifests.converting.property import check, drawn
from ..manifests.converting.sdk import ACTIONS
from ..support import one_in
from .kit import Kit

SEEDS = json.loads((Path(__file__).parent / "data" / "seeds.json").read_text())
OTHERS = json.loads(
    (Path(__file__).parents[1] / "golden" / "convert" / "other-examples" / "requests.json").read_text()
)
# The fourth, a forbid, was to end in 2018: there is nothing left of it to do.
STARTS = [*SEEDS, *(one for one in OTHERS if "ResumeTime" not in one["request"])]
COUNT, BATCH, SEED = 60, 30, 20261121


def without_signatures(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_signatures(one) for name, one in value.items() if name != "UserSig"}
    return [without_signatures(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("workspace", [False, True])
@pytest.mark.parametrize("start", one_in(3, STARTS, lambda one: str(one.get("name", one["action"]))))
def test_an_example_of_the_vendor_sends_the_same_again(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, start: dict[str, Any], workspace: bool
) -> None:
    (kit.root / "request.json").write_text(json.dumps(start))
    ran = kit.run("convert", "request.json", *(["--workspace"] if workspace else []))
    assert ran.code == 0, ran.err
    kit.write("workspace.yaml" if workspace else "converted.yaml", ran.out)
    request = start["request"]
    for line in ran.err.splitlines():
        if "PrivateMapKey" in line:
            monkeypatch.setenv("STREAM_ROBOT123_PRIVATE_MAP_KEY", request["PrivateMapKey"])
    kit.apply()
    (call,) = kit.calls()
    assert (call["action"], call["errorCode"]) == (start["action"], None)
    assert without_signatures(call["request"]) == without_signatures(request)


@pytest.mark.slow
def test_any_request_sends_the_same_again(tmp_path: Path) -> None:
    """The small form of `python -m tests.manifests.converting.property`."""
    figures = check(drawn(SEED, COUNT, BATCH), tmp_path)
    assert figures.differences == []
    assert figures.requests == dict.fromkeys(ACTIONS, COUNT)
    assert figures.references > COUNT


def test_a_variable_of_a_secret_is_all_that_is_missing(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"UserId": "stage", "PublishStreamURL": "rtmp://cdn.example.com/live/a?wsSecret=canary-url-0006"}
    (kit.root / "body.json").write_text(json.dumps(body))
    ran = kit.run("convert", "body.json", "--action", "StartPublishStreamWithURL")
    kit.write("converted.yaml", ran.out)
    refused = kit.run("apply", "--auto-approve")
    assert refused.code == 1
    assert "STREAM_STAGE_PUSH_URL" in refused.err
    assert "STREAM_STAGE_PUSH_URL" in ran.err
    monkeypatch.setenv("STREAM_STAGE_PUSH_URL", body["PublishStreamURL"])
    kit.apply()
    assert kit.calls()[0]["request"] == body
