"""No secret in anything that is written: files, output, errors; on success and on every failure."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from ..support import text_in
from .conftest import SECRETS
from .kit import Kit, wait_until
from .test_mix_stream import LAYOUT, STREAMS

START, UPDATE = "StartPublishCdnStream", "UpdatePublishCdnStream"


def encodings(value: str) -> Iterator[str]:
    yield value
    yield quote(value, safe="")
    yield json.dumps(value)[1:-1]
    yield value.encode().hex()
    yield base64.b64encode(value.encode()).decode().rstrip("=")


def canaries(kit: Kit) -> set[str]:
    """Every secret there is: those given, and those made from them that were sent."""
    found = {form for name, value in SECRETS.items() if name.endswith("KEY") for form in encodings(value)}
    for call in kit.get("calls")["calls"]:
        request = call["request"]
        signatures = [request.get("AgentParams", {}).get("UserSig")]
        signatures += [room.get("UserSig") for room in request.get("FeedBackRoomParams", [])]
        urls = [target["PublishCdnUrl"] for target in request.get("PublishCdnParams", [])]
        found |= {signature for signature in signatures if signature}
        found |= {url.partition("txSecret=")[2].partition("&")[0] for url in urls if "txSecret=" in url}
    return found


def written(root: Path) -> dict[str, str]:
    return {str(path): text_in(path) for path in root.rglob("*") if path.is_file()}


FAULTS = {
    "none": [],
    "refused": [{"action": START, "kind": "error", "code": "InvalidParameter"}],
    "server fault": [{"action": START, "kind": "http-500"}],
    "lost answer": [{"action": START, "kind": "drop-response"}],
    "lost request": [{"action": START, "kind": "drop-request"}],
    "wrong rights": [{"action": START, "kind": "error", "code": "AuthFailure.UnauthorizedOperation"}],
    "update refused": [{"action": UPDATE, "kind": "error", "code": "FailedOperation"}],
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_no_canary_in_anything_written(kit: Kit, faults: list[dict[str, str]]) -> None:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.faults(*faults)
    texts = []
    for arguments in (
        ("validate",),
        ("plan",),
        ("plan", "--format", "json", "--out", "plan.json"),
        ("--debug", "apply", "plan.json", "--auto-approve"),
        ("state", "list", "--format", "json"),
        ("status",),
        ("status", "--format", "json"),
        ("status", "--report", "status.html"),
    ):
        ran = kit.run(*arguments, debug="--debug" in arguments)
        texts += [ran.out, ran.err]
    kit.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    ran = kit.run("apply", "--auto-approve")
    texts += [ran.out, ran.err, *written(kit.root).values()]
    secrets = canaries(kit)
    assert len(secrets) > 9, "what is made from the keys is among them"
    everything = "\n".join(texts)
    assert [secret for secret in secrets if secret in everything] == []


@pytest.mark.slow
def test_no_canary_in_what_a_killed_apply_leaves(kit: Kit) -> None:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.faults({"action": START, "nth": 1, "count": 2, "kind": "delay", "seconds": 30})
    process = kit.spawn("apply", "--auto-approve")
    wait_until(lambda: len(kit.running()) == 2)
    process.kill()
    out, err = process.communicate()
    kit.faults()
    assert (kit.root / "state" / "demo.journal").exists()
    everything = "\n".join([out, err, *written(kit.root).values()])
    secrets = canaries(kit)
    assert len(secrets) > 9, "what is made from the keys is among them"
    assert [secret for secret in secrets if secret in everything] == []


def test_every_file_is_the_owners_alone(kit: Kit) -> None:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.run("plan", "--out", "plan.json")
    kit.run("apply", "plan.json", "--auto-approve")
    made = [kit.root / "plan.json", *(path for path in (kit.root / "state").rglob("*") if path.is_file())]
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in made} == {
        "plan.json": "0o600",
        "demo.json": "0o600",
        "demo.lock": "0o600",
        "1.json.gz": "0o600",
        next((kit.root / "state" / "demo.runs").iterdir()).name: "0o600",
    }
    for folder in (
        kit.root / "state",
        *(kit.root / "state" / f"demo.{name}" for name in ("history", "runs")),
    ):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["TRTC_SECRET_KEY", "TENCENTCLOUD_SECRET_KEY"])
def test_a_secret_that_is_no_text_is_told_and_not_shown(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    monkeypatch.setenv(name, "canary-\udcff-bytes")
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and name in ran.err and "UTF-8" in ran.err and "canary" not in ran.err
    assert kit.calls() == []
