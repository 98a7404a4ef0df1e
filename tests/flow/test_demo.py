"""The demo: the embedded simulator, no account and no variables; and what a terminal shows."""

import os
import pty
import select
import shutil
import sys
import time
from pathlib import Path

import pytest
import yaml

from reconciler.kinds import KINDS, OVERRIDE

from .kit import Kit

DEMO = Path(__file__).parents[2] / "manifests" / "demo"


@pytest.fixture
def demo(bare: Kit) -> Kit:
    shutil.rmtree(bare.root / "manifests")
    shutil.copytree(DEMO, bare.root / "manifests")
    return bare


def test_the_demo_needs_nothing_and_settles(demo: Kit) -> None:
    assert demo.run("apply", "--auto-approve").code == 0
    assert demo.run("plan", "--detailed-exitcode").code == 0
    assert (demo.root / "state" / "demo.simulator.sqlite").exists()
    assert {entry["status"] for entry in demo.state()["resources"].values()} == {"running", "allowed"}


def test_the_demo_shows_every_kind_of_one_environment(demo: Kit) -> None:
    documents = [
        document
        for file in (demo.root / "manifests").iterdir()
        for document in yaml.safe_load_all(file.read_text())
    ]
    assert {document["kind"] for document in documents} == KINDS.keys() - {OVERRIDE}


@pytest.mark.slow
def test_the_ingest_of_the_demo_is_shown_in_the_town_hall(demo: Kit) -> None:
    changes = {change["address"]: change for change in demo.changes()}
    assert "IngestStream/opening-film" in changes["MixStream/town-hall"]["after"]
    demo.run("apply", "--auto-approve")
    tiles = demo.entry("MixStream/town-hall")["spec"]["layout"]["users"]
    robot = demo.entry("IngestStream/opening-film")["spec"]["userId"]
    assert robot in {tile["userId"] for tile in tiles.values()}


@pytest.mark.slow
def test_moving_a_tile_of_the_demo(demo: Kit) -> None:
    demo.run("apply", "--auto-approve")
    demo.edit(
        "layouts.yaml",
        "{name: guest-1, locationX: 960, locationY: 0,",
        "{name: guest-1, locationX: 950, locationY: 0,",
    )
    assert demo.run("plan", "--detailed-exitcode").code == 2
    changes = demo.changes()
    shown = ["MixStream/town-hall", "MixStream/town-hall-french", "Recording/town-hall"]
    assert [change["address"] for change in changes] == shown
    assert {(change["verb"], change["impact"], change["visible"]) for change in changes} == {
        ("update", "none", True)
    }
    assert demo.run("apply", "--auto-approve").code == 0
    demo.assert_settled()


def test_the_demo_without_the_extra_says_what_to_install(demo: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "reconciler.simulator", None)
    ran = demo.run("apply", "--auto-approve")
    assert ran.code == 64 and "tencent-live-reconciler[simulator]" in ran.err


def on_a_terminal(root: Path, arguments: list[str], answer: str) -> tuple[int, str]:
    """(exit code, what was shown) of the command line on a pseudo-terminal, one question answered."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(root)
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
        os.execve(sys.executable, [sys.executable, "-m", "reconciler", *arguments], environment)
    shown, answered, end = b"", False, time.monotonic() + 120
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:  # the child has closed its end
                break
        if not answered and b"[y/N]" in shown:
            os.write(terminal, answer.encode())
            answered = True
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


@pytest.mark.slow
def test_a_terminal_is_asked_and_shown_a_bar(demo: Kit) -> None:
    code, shown = on_a_terminal(demo.root, ["apply"], "y\n")
    assert code == 0, shown
    assert "\x1b[32mstart" in shown and "Apply these changes?" in shown
    assert "applying" in shown and "9/9" in shown
    demo.assert_settled()


@pytest.mark.slow
def test_a_no_does_nothing(demo: Kit) -> None:
    code, shown = on_a_terminal(demo.root, ["apply"], "n\n")
    assert code == 1 and "nothing was done" in shown
    assert not demo.state_path.exists()


@pytest.mark.slow
def test_no_color_is_honoured(demo: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    _, shown = on_a_terminal(demo.root, ["plan"], "")
    assert "\x1b[3" not in shown


@pytest.mark.slow
def test_the_demo_takes_the_keys_that_somebody_has(demo: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "AKIDsomebodys")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "somebodys-key")
    assert demo.run("apply", "--auto-approve").code == 0
    demo.assert_settled()
