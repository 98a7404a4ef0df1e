"""`reconciler simulator` as a process of its own, and workspaces that name it by its address."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from ..vendor_cli import tls_simulator
from .kit import Kit
from .test_live_stream import STREAM

Server = tuple[subprocess.Popen[str], str]


@pytest.fixture
def server(kit: Kit) -> Iterator[Server]:
    arguments = ["simulator", "--port", "0", "--data", "world.sqlite", "--latency", "5ms"]
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=kit.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
    assert match is not None, line
    yield process, match[1]
    process.terminate()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0 and err == ""


def test_a_workspace_that_names_the_address(
    kit: Kit, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, url = server
    monkeypatch.delenv("RECONCILER_ENDPOINT")
    kit.edit("workspace.yaml", "spec:\n", f"spec:\n  endpoint: {url}\n")
    kit.write("live.yaml", STREAM)
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    streams = requests.get(f"{url}/_admin/live", timeout=10).json()["streams"]
    assert [stream["streamName"] for stream in streams] == ["hall"]
    assert (kit.root / "world.sqlite").exists()


def test_the_environment_wins_over_the_workspace(
    kit: Kit, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, url = server
    monkeypatch.setenv("RECONCILER_ENDPOINT", url)
    kit.edit("workspace.yaml", "spec:\n", "spec:\n  endpoint: tencentcloud\n")
    kit.write("live.yaml", STREAM)
    assert kit.run("apply", "--auto-approve").code == 0
    assert requests.get(f"{url}/_admin/live", timeout=10).json()["streams"]


def test_demo_credentials_are_for_the_simulator_alone(
    kit: Kit, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, url = server
    monkeypatch.setenv("RECONCILER_ENDPOINT", url)
    monkeypatch.delenv("TENCENTCLOUD_SECRET_ID")
    monkeypatch.delenv("TENCENTCLOUD_SECRET_KEY")
    kit.write("live.yaml", STREAM)
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and "TENCENTCLOUD_SECRET_ID" in ran.err


@pytest.mark.parametrize(
    "endpoint", ["https://evil.example", "http://10.0.0.1:80", "ftp://127.0.0.1", "other"]
)
def test_a_manifest_names_no_other_host(kit: Kit, endpoint: str) -> None:
    kit.edit("workspace.yaml", "spec:\n", f"spec:\n  endpoint: {endpoint}\n")
    ran = kit.run("validate")
    assert ran.code == 1 and "spec.endpoint" in ran.err and "RECONCILER_ENDPOINT" in ran.err


@pytest.mark.parametrize("name", ["manifests", "manifests/workspace.yaml", "manifests/workspace.yaml/x"])
def test_data_that_is_no_database_is_told(kit: Kit, name: str) -> None:
    before = (kit.root / "manifests/workspace.yaml").read_bytes()
    ran = kit.run("simulator", "--port", "0", "--data", name)
    assert ran.code == 1 and name in ran.err and "choose another file" in ran.err and ran.out == ""
    assert (kit.root / "manifests/workspace.yaml").read_bytes() == before


@pytest.mark.parametrize("name", ["https://cloud.local", "cloud.local:80", "", "a b"])
def test_a_host_name_that_is_none_is_told(kit: Kit, name: str) -> None:
    ran = kit.run("simulator", "--port", "0", "--host-name", name)
    assert ran.code == 64 and "without scheme or port" in ran.err


def test_a_world_inside_the_command_that_is_no_database_is_told(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECONCILER_ENDPOINT")
    kit.edit("workspace.yaml", "spec:\n", "spec:\n  endpoint: simulator\n")
    kit.write("live.yaml", STREAM)
    world = kit.root / "state/demo.simulator.sqlite"
    world.parent.mkdir(exist_ok=True)
    world.write_text("no database")
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and str(world.relative_to(kit.root)) in ran.err and "remove that file" in ran.err
    assert world.read_text() == "no database"


def test_over_tls(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is for this machine's names, and only who trusts its authority comes in."""
    with tls_simulator(kit.root, sys.executable, "-m", "reconciler") as (url, authority):
        for host in ("127.0.0.1", "localhost"):
            tasks = requests.get(
                f"{url.replace('127.0.0.1', host)}/_admin/tasks", verify=str(authority), timeout=30
            )
            assert tasks.json() == {"tasks": []}
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{url}/_admin/tasks", timeout=30)
        monkeypatch.setenv("RECONCILER_ENDPOINT", url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        kit.write("live.yaml", STREAM)
        ran = kit.run("apply", "--auto-approve")
        assert ran.code == 0, ran.err
    assert not authority.exists()


def test_data_that_cannot_be_written_is_told(kit: Kit) -> None:
    (kit.root / "file").touch()
    ran = subprocess.run(
        [sys.executable, "-m", "reconciler", "simulator", "--port", "0", "--data", "file/world.sqlite"],
        cwd=kit.root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 1 and "--data: file/world.sqlite cannot be written" in ran.stderr
