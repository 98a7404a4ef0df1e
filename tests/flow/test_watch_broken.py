"""A watch below which something is spoiled: it keeps what runs, tells it, and goes on once mended."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import reconciler

from .kit import Kit
from .test_watch import put, runs
from .watch_kit import Starter, eventually

pytestmark = pytest.mark.slow

GARBAGE = b"\x00 nothing that anybody wrote"
Spoil = Callable[[Kit], None]


def spoil_state(kit: Kit) -> None:
    kit.state_path.write_bytes(GARBAGE)


def cut_state(kit: Kit) -> None:
    text = kit.state_path.read_bytes()
    kit.state_path.write_bytes(text[: len(text) // 2])


def remove_state(kit: Kit) -> None:
    kit.state_path.unlink()


def spoil_journal(kit: Kit) -> None:
    kit.state_path.with_name("demo.journal").write_bytes(GARBAGE)


def spoil_callbacks(kit: Kit) -> None:
    kit.state_path.with_name("demo.events").write_bytes(GARBAGE)


def spoil_history(kit: Kit) -> None:
    for file in kit.state_path.with_name("demo.history").iterdir():
        file.write_bytes(GARBAGE)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (spoil_state, "trouble: "),
        (cut_state, "trouble: "),
        (remove_state, "waiting: "),
        (spoil_journal, "trouble: "),
        (spoil_callbacks, "trouble: "),
    ],
)
def test_a_spoiled_state_is_told_and_nothing_is_touched_until_it_is_mended(
    kit: Kit, watch: Starter, spoil: Spoil, told: str
) -> None:
    put(kit, "one")
    started = watch("--interval", "5s", "--new-state")
    eventually(lambda: runs(kit) == {"one"} and kit.state_path.exists(), started.said)
    eventually(lambda: started.get("/readyz").status_code == 200, started.said)
    kept = kit.root / "kept"
    shutil.copytree(kit.state_path.parent, kept)
    spoil(kit)
    before = len(kit.calls())
    put(kit, "one", "two")
    started.hears(told)
    assert runs(kit) == {"one"} and started.process.poll() is None
    assert len([one for one in kit.calls()[before:] if not one["action"].startswith("Describe")]) == 0
    for file in kit.state_path.parent.iterdir():
        if file.is_file() and not (kept / file.name).exists():
            file.unlink()
    for file in kept.iterdir():
        if file.is_file() and not file.name.endswith(".lock"):
            shutil.copy(file, kit.state_path.parent / file.name)
    eventually(lambda: runs(kit) == {"one", "two"}, started.said)
    assert started.end() == 0
    kit.assert_settled()


def test_spoiled_copies_of_the_state_keep_nothing_from_being_done(kit: Kit, watch: Starter) -> None:
    put(kit, "one")
    started = watch("--interval", "5s", "--new-state")
    eventually(lambda: runs(kit) == {"one"}, started.said)
    put(kit, "one", "two")
    eventually(lambda: runs(kit) == {"one", "two"}, started.said)
    spoil_history(kit)
    put(kit, "two")
    eventually(lambda: runs(kit) == {"two"}, started.said)
    assert started.end() == 0


def test_an_installation_that_is_replaced_below_it_changes_nothing_of_what_it_does(
    kit: Kit, watch: Starter
) -> None:
    """It has all that it needs in memory; whoever starts the new one finds out whether that is whole."""
    home = kit.root / "installed"
    shutil.copytree(Path(reconciler.__file__).parent, home / "reconciler")
    put(kit, "one")
    started = watch("--interval", "5s", "--new-state", PYTHONPATH=str(home))
    eventually(lambda: runs(kit) == {"one"}, started.said)
    for file in (home / "reconciler").rglob("*.py"):
        file.write_text("raise SystemError('spoiled')\n")
    for folder in [*(home / "reconciler").rglob("__pycache__")]:
        shutil.rmtree(folder)
    kit.write("broken.yaml", "kind: Nothing\n")  # an error, and its words, are imported late as well
    started.hears("the last good manifests stay in force")
    (kit.root / "manifests" / "broken.yaml").unlink()
    put(kit, "one", "two")
    eventually(lambda: runs(kit) == {"one", "two"}, started.said)
    assert "one" in started.get("/").text and started.get("/metrics").status_code == 200
    put(kit, "two")
    eventually(lambda: runs(kit) == {"two"}, started.said)
    assert "bug in reconciler" not in started.said() and "broken" not in started.said().replace(
        "broken.yaml", ""
    )
    assert started.end() == 0
