"""Push addresses from the manifest to the cloud: one split, keys of other networks, addresses in secrets."""

import json

import pytest

from .kit import Kit
from .test_secrets import written

START = "StartPublishCdnStream"
STREAM = """
    apiVersion: reconciler/v1
    kind: RelayStream
    metadata: {name: camera}
    spec:
      room: 295066
      user: {userId: host}
      publish: [ENTRY]
"""
DEEP = "rtmp://3891.livepush.myqcloud.com/live/room1/x"
KEY = "?streamname=live_77&key=bili-canary-key&schedule=rtmp"
BILIBILI = f"rtmp://live-push.bilivideo.com/live-bvc/{KEY}"
GOOD, NO_STREAM = "rtmp://3891.livepush.myqcloud.com/live/hall", "rtmp://3891.livepush.myqcloud.com/live/"


def stream(kit: Kit, entry: str) -> None:
    kit.write("camera.yaml", STREAM.replace("ENTRY", entry))


def test_a_push_to_a_deep_path_runs_and_is_seen_to_run(kit: Kit) -> None:
    stream(kit, f'{{url: "{DEEP}", auth: {{key: {{env: STREAM_PUSH_KEY}}}}}}')
    assert kit.run("apply", "--auto-approve").code == 0
    live = {"domainName": "3891.livepush.myqcloud.com", "appName": "live/room1", "streamName": "x"}
    assert kit.get("live")["streams"] == [live | {"state": "active"}]
    drift = kit.run("drift", "--format", "json", "--detailed-exitcode")
    assert (drift.code, json.loads(drift.out)["changes"]) == (0, [])


def test_a_key_of_another_network_is_sent_and_written_nowhere(kit: Kit) -> None:
    stream(kit, f'{{url: "{BILIBILI}", isTencentCdn: false}}')
    told = kit.run("validate")
    assert "use {env: STREAM_CAMERA_PUBLISH_0_URL} instead" in told.out + told.err
    plan = kit.run("plan")
    refused = kit.run("plan", "--out", "saved.json")
    assert refused.code == 1 and "{env: STREAM_CAMERA_PUBLISH_0_URL}" in refused.err
    applied = kit.run("apply", "--auto-approve")
    assert applied.code == 0
    (sent,) = [call["request"] for call in kit.get("calls")["calls"] if call["action"] == START]
    assert sent["PublishCdnParams"] == [{"PublishCdnUrl": BILIBILI, "IsTencentCdn": 0}]
    shown = [plan, refused, applied, kit.run("plan"), kit.run("state", "show", "RelayStream/camera")]
    texts = [one.out + one.err for one in (told, *shown)]
    files = [text for name, text in written(kit.root).items() if not name.endswith("camera.yaml")]
    assert not any("bili-canary-key" in text or "live_77" in text for text in (*texts, *files))
    assert kit.run("plan", "--detailed-exitcode").code == 0


def test_another_key_of_another_network_is_another_push(kit: Kit) -> None:
    stream(kit, f'{{url: "{BILIBILI}", isTencentCdn: false}}')
    assert kit.run("apply", "--auto-approve").code == 0
    stream(kit, f'{{url: "{BILIBILI}2", isTencentCdn: false}}')
    (change,) = json.loads(kit.run("plan", "--format", "json").out)["changes"]
    assert (change["verb"], change["impact"]) == ("update", "reconnect")


WRONG = {
    "no stream": (NO_STREAM, "", "no stream"),
    "a line break": (f"{GOOD}\n", "", "line break"),
    "rtmps": ("rtmps://live.example/app/canary", ", isTencentCdn: false", "rtmps is not supported"),
    "another network's": (BILIBILI, "", "isTencentCdn: false"),
}


@pytest.mark.parametrize(("value", "beside", "told"), WRONG.values(), ids=WRONG)
def test_an_address_in_a_secret_is_checked_before_the_first_call(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, value: str, beside: str, told: str
) -> None:
    monkeypatch.setenv("STREAM_URL", value)
    stream(kit, f"{{url: {{env: STREAM_URL}}{beside}}}")
    refused = kit.run("apply", "--auto-approve")
    assert refused.code == 1 and "STREAM_URL" in refused.err and told in refused.err
    assert "canary" not in refused.err and "live_77" not in refused.err
    assert kit.get("calls")["calls"] == []
    monkeypatch.setenv("STREAM_URL", GOOD)
    stream(kit, "{url: {env: STREAM_URL}}")
    assert kit.run("apply", "--auto-approve").code == 0


def test_another_networks_address_may_be_looser_in_a_secret_too(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAM_URL", BILIBILI)
    stream(kit, "{url: {env: STREAM_URL}, isTencentCdn: false}")
    assert kit.run("apply", "--auto-approve").code == 0


DIRT = {"a line break": "{}\n", "a blank": " {}", "a mark": "\ufeff{}", "blanks alone": " "}


@pytest.mark.parametrize("form", DIRT.values(), ids=DIRT)
def test_a_key_that_is_not_clean_is_refused_before_the_first_call(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("STREAM_PUSH_KEY", form.format("canary-of-the-key"))
    stream(kit, f"{{url: {GOOD}, auth: {{key: {{env: STREAM_PUSH_KEY}}}}}}")
    refused = kit.run("apply", "--auto-approve")
    assert refused.code == 1 and "'STREAM_PUSH_KEY'" in refused.err
    assert "canary-of-the-key" not in refused.err + refused.out
    assert kit.get("calls")["calls"] == []
