"""Secrets that manifests have in clear, in every field of an address: told, sent, and written nowhere."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reconciler.plaintext import digest_of
from reconciler.state.seal import seal

from .kit import Kit, Later, wait_until
from .test_secrets import encodings, written

START, UPDATE, INGEST = "StartPublishCdnStream", "UpdatePublishCdnStream", "StartStreamIngest"
VALUES = {
    "TOKEN_OF_FILM": "film-t0ken/ab+c=",
    "USER_OF_IMAGE": "userin:pa55word",
    "SIGV4": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "STS_TOKEN": "FwoGZXIvYXdzEJr-sts-canary",
    "COS_AK": "AKIDcosCanary0123456789",
    "COS_SIGN": "c0ffee1234c0ffee1234c0ffee1234c0ffee1234",
    "OSS_SIGN": "oSsSiGn4tUrE%2BcAn4ry%3D",
    "AZURE_SIG": "aZuRe%2FsIg%2Bcan4ry%3D",
    "PUSH_TOKEN": "push-canary-token-77",
    "TX_SECRET": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "STORE_KEY": "endpoint-canary-key",
}
LAYOUT = """
    apiVersion: reconciler/v1
    kind: MixLayout
    metadata: {name: stage}
    spec:
      canvas: {width: 1280, height: 720}
      mode: custom
      slots:
        - {name: left, imageWidth: 640, imageHeight: 720, 
           backgroundImageUrl: 'https://USER_OF_IMAGE@img.example/left.png'}
        - {name: right, locationX: 640, imageWidth: 640, imageHeight: 720,
           transparentUrl: 'https://b.s3.amazonaws.com/t.png?X-Amz-Signature=SIGV4&X-Amz-Security-Token=STS_TOKEN'}
      background:
        imageUrl: 'https://b.cos.ap-beijing.myqcloud.com/back.png?q-ak=COS_AK&q-signature=COS_SIGN'
      watermarks:
        - image: {url: 'https://b.oss-cn-beijing.aliyuncs.com/logo.png?Signature=OSS_SIGN',
                  width: 90, height: 40, locationX: 20, locationY: 20}
"""
STREAMS = """
    apiVersion: reconciler/v1
    kind: MixStream
    metadata: {name: hall}
    spec:
      room: 295066
      publish:
        - {url: 'rtmp://cdn.example/live/hall?token=PUSH_TOKEN', isTencentCdn: false}
        - {url: 'rtmp://3891.livepush.myqcloud.com/live/hall?key=PUSH_TOKEN',
           auth: {key: {env: STREAM_PUSH_KEY}}}
      video: {encode: {fps: 15, bitRate: 1500, gop: 2}}
      layout: {ref: stage, users: {left: {userId: moderator}, right: {userId: guest}}}
      record:
        uniRecord: api
        mcuStorageParams:
          cloudStorage: {vendor: aws, region: eu, bucket: b, accessKey: {env: STREAM_PUSH_KEY},
                         secretKey: {env: STREAM_PUSH_KEY}, endpointUrl: 'https://store.example/?api_key=STORE_KEY'}
    ---
    apiVersion: reconciler/v1
    kind: IngestStream
    metadata: {name: film}
    spec:
      room: 295067
      streamUrl: 'https://media.example/film.mp4?token=TOKEN_OF_FILM&sig=AZURE_SIG'
      repeatNum: -1
    ---
    apiVersion: reconciler/v1
    kind: RenderStream
    metadata: {name: game}
    spec:
      userId: player-1
      publishStreamArgs: 'txSecret=TX_SECRET&txTime=5F000000'
"""
FIELDS = {  # every field that holds an address, by hand: as the document has it, and where it is sent
    "MixLayout/stage: spec.slots[0].backgroundImageUrl",
    "MixLayout/stage: spec.slots[1].transparentUrl",
    "MixLayout/stage: spec.background.imageUrl",
    "MixLayout/stage: spec.watermarks[0].image.url",
    "MixStream/hall: spec.publish[0].url",
    "MixStream/hall: spec.publish[1].url",
    "MixStream/hall: spec.record.mcuStorageParams.cloudStorage.endpointUrl",
    "IngestStream/film: spec.streamUrl",
    "RenderStream/game: spec.publishStreamArgs",
}


def filled(text: str) -> str:
    for name, value in VALUES.items():
        text = text.replace(name, value)
    return text


@pytest.fixture
def clear(kit: Kit) -> Kit:
    kit.write("layouts.yaml", filled(LAYOUT))
    kit.write("streams.yaml", filled(STREAMS))
    kit.edit(
        "workspace.yaml",
        "region:",
        "endpoint: http://127.0.0.1:9527  # takes what either site knows\n  region:",
    )
    return kit


def canaries() -> set[str]:
    return {form for value in VALUES.values() for form in encodings(value) if len(form) > 7}


def leaks(*texts: str) -> list[str]:
    return [form for form in canaries() if any(form in text for text in texts)]


def files(kit: Kit) -> list[str]:
    """All that was written below the workspace, but the manifests themselves."""
    return [text for name, text in written(kit.root).items() if "/manifests/" not in name]


def sent(kit: Kit, action: str) -> str:
    return json.dumps([call["request"] for call in kit.calls() if call["action"] == action])


COMMANDS: list[tuple[str, ...]] = [
    ("validate",),
    ("validate", "--format", "json"),
    ("validate", "--format", "sarif"),
    ("plan",),
    ("plan", "--concise"),
    ("plan", "--format", "json"),
    ("plan", "--format", "markdown"),
    ("plan", "--format", "html"),
    ("plan", "--no-refresh"),
    ("plan", "--untrusted", "--state", "state/demo.json"),
    ("drift", "--format", "json"),
    ("drift",),
    ("render",),
    ("diff", "manifests", "manifests"),
    ("diff", "manifests", "other", "--format", "html"),
    ("diff", "other", "manifests", "--format", "json"),
    ("state", "list"),
    ("state", "list", "--format", "json"),
    ("state", "show", "MixStream/hall"),
    ("state", "show", "IngestStream/film"),
    ("state", "pull"),
    ("plan", "--out", "plan.json"),
]


@pytest.mark.slow
def test_no_secret_in_clear_reaches_any_sink_and_each_arrives(clear: Kit) -> None:
    other = clear.root / "other"
    other.mkdir()
    for path in (clear.root / "manifests").iterdir():
        (other / path.name).write_text(path.read_text().replace("token=", "token=another-"))
    told = [clear.run(*command) for command in COMMANDS[:16]]
    applied = clear.run("apply", "--auto-approve")
    assert applied.code == 0
    told += [applied, *(clear.run(*command) for command in COMMANDS)]
    clear.edit("streams.yaml", VALUES["TOKEN_OF_FILM"], VALUES["TOKEN_OF_FILM"] + "2")
    clear.edit("layouts.yaml", VALUES["SIGV4"], VALUES["SIGV4"] + "2")
    told += [clear.run(*command) for command in COMMANDS]
    told.append(clear.run("--debug", "apply", "--auto-approve", debug=True))
    (clear.root / "other").rename(clear.root / "manifests" / "other")
    assert leaks(*(one.out + one.err for one in told), *files(clear)) == []
    start, ingest = sent(clear, START), sent(clear, INGEST)
    elsewhere = ("TOKEN_OF_FILM", "AZURE_SIG", "TX_SECRET")
    assert [name for name, value in VALUES.items() if name not in elsewhere and value not in start] == []
    assert VALUES["TOKEN_OF_FILM"] in ingest and VALUES["AZURE_SIG"] in ingest
    assert VALUES["TX_SECRET"] in sent(clear, "StartPublishStream")


def test_validate_names_each_place_once_with_what_to_write(clear: Kit) -> None:
    told = [line for line in clear.run("validate").err.splitlines() if "contains a plain-text secret" in line]
    assert len(told) == len(FIELDS)
    for field in FIELDS:
        address, path = field.split(": ")
        name = address.partition("/")[2].upper()
        [line] = [one for one in told if f" {path}: " in one and f"STREAM_{name}_" in one]
        assert re.search(r"use \{env: STREAM_[A-Z0-9_]+\} instead", line)


def test_what_is_told_to_write_leads_out(clear: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "use {env: STREAM_FILM_STREAM_URL} instead" in clear.run("validate").err
    text = filled(STREAMS)
    url = f"https://media.example/film.mp4?token={VALUES['TOKEN_OF_FILM']}&sig={VALUES['AZURE_SIG']}"
    monkeypatch.setenv("STREAM_FILM_STREAM_URL", url)
    clear.write("streams.yaml", text.replace(f"'{url}'", "{env: STREAM_FILM_STREAM_URL}"))
    saved = clear.run("plan", "--out", "plan.json", "--target", "IngestStream/film")
    assert saved.code == 0, saved.err
    assert clear.run("apply", "plan.json", "--auto-approve").code == 0
    assert url in sent(clear, INGEST).replace("\\/", "/")


def test_a_plan_with_a_secret_in_clear_is_not_saved(clear: Kit) -> None:
    ran = clear.run("plan", "--out", "plan.json")
    assert ran.code == 1 and not (clear.root / "plan.json").exists()
    assert "STREAM_FILM_STREAM_URL" in ran.err and "IngestStream/film" in ran.err
    assert leaks(ran.out, ran.err) == []


def test_what_does_not_take_the_secret_is_saved(clear: Kit) -> None:
    clear.run("apply", "--auto-approve")
    clear.edit("streams.yaml", "repeatNum: -1", "repeatNum: -1\n  state: stopped", 1)
    ran = clear.run("plan", "--out", "plan.json")
    assert ran.code == 0, ran.err
    assert leaks((clear.root / "plan.json").read_text()) == []
    assert clear.run("apply", "plan.json", "--auto-approve").code == 0


def test_a_changed_secret_is_an_update_and_shows_no_value(clear: Kit) -> None:
    assert clear.run("apply", "--auto-approve").code == 0
    clear.assert_settled()
    clear.edit("streams.yaml", VALUES["TOKEN_OF_FILM"], "quite-another")
    [change] = clear.changes()
    [field] = change["fields"]
    assert (change["verb"], field["path"]) == ("update", "spec.streamUrl")
    assert field["before"] == "https://media.example/film.mp4?token=***&sig=***"
    assert field["after"] == field["before"] + " (its secret changed)"
    assert clear.run("apply", "--auto-approve").code == 0
    assert "quite-another" in json.dumps(clear.running())
    clear.assert_settled()


def test_a_moved_state_still_compares(clear: Kit, tmp_path: Path) -> None:
    assert clear.run("apply", "--auto-approve").code == 0
    pulled = tmp_path / "pulled.json"
    pulled.write_text(clear.run("state", "pull").out)
    assert clear.run("state", "push", str(pulled), "--state", "elsewhere.json").code == 0
    clear.assert_settled("--state", "elsewhere.json")
    clear.run("state", "mv", "IngestStream/film", "IngestStream/feature")
    clear.edit("streams.yaml", "name: film", "name: feature")
    clear.assert_settled()


def test_two_states_share_no_digest(clear: Kit) -> None:
    for name in ("one.json", "two.json"):
        clear.run("apply", "--auto-approve", "--state", name)
        clear.post("reset")
    texts = ((clear.root / name).read_text() for name in ("one.json", "two.json"))
    one, two = ({*re.findall(r"hmac-sha256-[0-9a-f]{64}", text)} for text in texts)
    assert len(one) == len(two) == len(VALUES) + 1 and not one & two


def digest(value: str, data: dict[str, Any]) -> str:
    return f"*hmac-sha256-{digest_of(value, data['digestKey'])}*"


def old_format(kit: Kit) -> None:
    """The state as it was written before: no key, and the values in clear."""
    data = kit.state()
    values = {digest(value, data): value for value in VALUES.values()}
    inner = (
        f"hall?token={digest(VALUES['PUSH_TOKEN'], data)}"  # a key of another network, with a secret in it
    )
    digests = {digest(inner, data): inner, **values}
    del data["digestKey"], data["checksum"]
    text = json.dumps(data)
    for hidden, value in digests.items():
        text = text.replace(hidden, value)
    for folder in (kit.root / "state").glob("*.history"):
        for copy in folder.iterdir():
            copy.unlink()
    kit.state_path.write_bytes(seal(json.loads(text)))


def test_a_state_of_before_is_compared_and_mended_by_the_next_write(clear: Kit) -> None:
    assert clear.run("apply", "--auto-approve").code == 0
    old_format(clear)
    assert leaks(clear.state_path.read_text()) != []
    clear.assert_settled()
    assert leaks(clear.run("state", "pull").out, clear.run("state", "show", "MixStream/hall").out) == []
    clear.edit("streams.yaml", "fps: 15", "fps: 20")
    assert [one["fields"][0]["path"] for one in clear.changes()] == ["spec.video.encode.fps"]
    assert clear.run("apply", "--auto-approve").code == 0
    assert leaks(clear.state_path.read_text()) == []
    clear.assert_settled()


FAULTS = {
    "refused": [{"action": "*", "kind": "error", "code": "InvalidParameter"}],
    "server fault": [{"action": "*", "kind": "http-500", "count": 3}],
    "lost answers": [{"action": START, "kind": "drop-response"}, {"action": INGEST, "kind": "drop-response"}],
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_no_failure_shows_a_secret_in_clear(clear: Kit, faults: list[dict[str, Any]]) -> None:
    clear.faults(*faults)
    first = clear.run("--debug", "apply", "--auto-approve", debug=True)
    assert first.code == 1
    clear.faults()
    texts = [first.out, first.err, *files(clear)]
    second = clear.run("apply", "--auto-approve")
    assert second.code == 0, second.err
    assert leaks(*texts, second.out, second.err, *files(clear)) == []
    clear.assert_settled()


def test_what_nobody_answered_is_ended_though_its_secret_is_gone(clear: Kit) -> None:
    clear.faults({"action": START, "kind": "drop-response"})
    assert clear.run("apply", "--auto-approve", "--target", "MixStream/hall").code == 1
    clear.faults()
    assert len(clear.running()) == 1
    (clear.root / "manifests" / "streams.yaml").unlink()
    ran = clear.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert clear.running() == []
    assert leaks(ran.out, ran.err, *files(clear)) == []


@pytest.mark.slow
def test_a_killed_apply_leaves_no_secret_in_clear_and_is_recovered(clear: Kit) -> None:
    clear.faults({"action": "*", "nth": 1, "count": 3, "kind": "delay", "seconds": 30})
    process = clear.spawn("apply", "--auto-approve")
    wait_until(lambda: len(clear.running()) >= 2)
    process.kill()
    out, err = process.communicate()
    clear.faults()
    assert (clear.root / "state" / "demo.journal").exists()
    assert leaks(out, err, *files(clear)) == []
    ran = clear.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    clear.assert_settled()
    assert leaks(ran.out, ran.err, *files(clear)) == []


def test_defaults_of_the_workspace_are_told_once_and_hidden(kit: Kit) -> None:
    text = (kit.root / "manifests" / "workspace.yaml").read_text()
    url = f"https://media.example/film.mp4?token={VALUES['TOKEN_OF_FILM']}"
    kit.write("workspace.yaml", f"{text}  defaults: {{IngestStream: {{streamUrl: '{url}'}}}}\n")
    for name in ("a", "b"):
        kit.write(
            f"{name}.yaml",
            f"""
            apiVersion: reconciler/v1
            kind: IngestStream
            metadata: {{name: {name}}}
            spec: {{room: 295066}}
        """,
        )
    told = kit.run("validate").err
    assert told.count("contains a plain-text secret") == 1 and "spec.defaults.IngestStream.streamUrl" in told
    assert kit.run("apply", "--auto-approve").code == 0
    assert leaks(*files(kit)) == []
    other = kit.root / "other"
    other.mkdir()
    for path in (kit.root / "manifests").iterdir():
        (other / path.name).write_text(path.read_text().replace("film-t0ken", "other-t0ken"))
    ran = kit.run("diff", "manifests", "other")
    assert "its secret changed" in ran.out + ran.err and leaks(ran.out, ran.err) == []


def test_a_digest_is_not_taken_for_an_address(clear: Kit) -> None:
    clear.run("apply", "--auto-approve")
    found = json.loads(clear.run("state", "show", "IngestStream/film").out)["spec"]["streamUrl"]
    clear.write(
        "streams.yaml",
        f"""
        apiVersion: reconciler/v1
        kind: IngestStream
        metadata: {{name: film}}
        spec: {{room: 295067, streamUrl: '{found}'}}
    """,
    )
    ran = clear.run("validate")
    assert ran.code == 1 and "use a reference" in ran.err


def test_import_records_no_secret_in_clear(clear: Kit) -> None:
    arguments = ("state", "import", "IngestStream/film", "some-task", "manifests", "--no-verify")
    robot = re.search("rcn_[a-z2-7]+", clear.run(*arguments).err)
    assert robot is not None
    ran = clear.run(*arguments, "--robot", robot[0])
    assert ran.code == 0, ran.err
    assert leaks(ran.out, ran.err, *files(clear)) == []
    assert "IngestStream/film" not in {one["address"] for one in clear.changes("--no-refresh")}


def test_fmt_shows_no_secret_in_clear_and_writes_what_was_there(clear: Kit) -> None:
    ran = clear.run("fmt", "--diff")
    assert "***" in ran.out and leaks(ran.out, ran.err) == []
    assert clear.run("fmt").code == 0
    texts = [path.read_text() for path in (clear.root / "manifests").iterdir()]
    assert all(any(value in text for text in texts) for value in VALUES.values())


def test_convert_makes_references_of_secrets_in_clear(clear: Kit) -> None:
    clear.run("apply", "--auto-approve")
    starts = [call for call in clear.calls() if call["action"].startswith("Start")]
    raw = [{"action": one["action"], "request": one["request"]} for one in starts]
    (clear.root / "raw.json").write_text(json.dumps(raw))
    ran = clear.run("convert", "raw.json")
    assert ran.code == 0, ran.err
    assert leaks(ran.out, ran.err) == [] and "env: STREAM_" in ran.out


def test_calls_in_doubt_are_looked_after_with_what_the_manifest_has(clear: Kit, later: Later) -> None:
    assert clear.run("apply", "--auto-approve").code == 0
    clear.edit("streams.yaml", VALUES["TOKEN_OF_FILM"], "canary-of-the-second-night")
    clear.edit("streams.yaml", VALUES["PUSH_TOKEN"], "canary-of-another-push")
    clear.faults(*({"action": action, "kind": "drop-response"} for action in (UPDATE, "UpdateStreamIngest")))
    assert clear.run("apply", "--auto-approve").code == 1
    clear.faults()
    texts = files(clear)
    for _ in range(2):
        ran = clear.run("apply", "--auto-approve")
        assert ran.code == 0, ran.err
        texts += [ran.out, ran.err, *files(clear)]
        later(400)
    clear.assert_settled()
    running = json.dumps(clear.running())
    assert "canary-of-the-second-night" in running and "canary-of-another-push" in running
    assert [text for text in texts if "canary-of" in text] == [] and leaks(*texts) == []


def test_destroy_ends_what_has_secrets_in_clear(clear: Kit) -> None:
    clear.faults({"action": START, "kind": "drop-response"})
    clear.run("apply", "--auto-approve")
    clear.faults()
    ran = clear.run("destroy", "--auto-approve")
    assert ran.code == 0, ran.err
    assert clear.running() == [] and leaks(ran.out, ran.err, *files(clear)) == []
