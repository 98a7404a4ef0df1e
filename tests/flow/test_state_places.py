"""Places that a state cannot be kept in: refused before the first call, with advice that leads out."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.backends.local import files
from reconciler.model import Address
from reconciler.state.codec import state_from_json
from reconciler.state.journal import Begin, Outcome
from reconciler.state.seal import checksum_of

from ..support import LONG_AGO, lines_of
from .kit import Kit, wait_until

START = "StartPublishCdnStream"
STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: {0}}}
spec:
  room: {1}
  publish: [{{url: "rtmp://3891.livepush.myqcloud.com/live/{0}"}}]
"""
APPLY = ("apply", "--auto-approve")


@pytest.fixture
def ready(kit: Kit) -> Kit:
    kit.write("one.yaml", STREAM.format("one", 1))
    return kit


class Mounts:
    """What is mounted for a test; skips it where the kernel forbids that."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def __call__(self, *arguments: str) -> None:
        """`mount(8) ARGUMENTS`, of which the last is the place."""
        ran = subprocess.run(["mount", *arguments], capture_output=True, text=True)
        if ran.returncode:
            pytest.skip(f"mounting is not allowed here: {ran.stderr.strip()}")
        if arguments[-1] not in self.places:
            self.places.append(arguments[-1])

    def undo(self) -> None:
        """Takes the last one away."""
        subprocess.run(["umount", "--lazy", self.places.pop()], check=True)


@pytest.fixture
def mount(kit: Kit) -> Iterator[Mounts]:
    if shutil.which("mount") is None:
        pytest.skip("there is no mount(8) here")
    made = Mounts()
    yield made
    while made.places:
        made.undo()


def refused(kit: Kit, words: str, *arguments: str) -> str:
    """The advice of a command that is refused, and before any call."""
    before = kit.get("calls")["calls"]
    ran = kit.run(*(arguments or APPLY))
    assert ran.code == 1 and words in ran.err, ran.err
    assert kit.get("calls")["calls"] == before
    return ran.err.split("hint: ")[1]


def applied_once(kit: Kit, *arguments: str) -> None:
    ran = kit.run(*APPLY, *arguments)
    assert ran.code == 0, ran.err
    kit.assert_settled(*arguments)


# Where a state cannot be replaced


@pytest.mark.parametrize("seen", [True, False], ids=["as the kernel tells it", "though nothing tells"])
def test_a_state_that_is_mounted_as_a_single_file(
    ready: Kit, mount: Mounts, monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    applied_once(ready, "--state", "elsewhere.json")
    ready.write("two.yaml", STREAM.format("two", 2))
    ready.state_path.parent.mkdir(exist_ok=True)
    ready.state_path.touch()
    mount("--bind", "elsewhere.json", str(ready.state_path))
    if not seen:
        monkeypatch.setattr(files, "is_mount_point", lambda path: False)
    advice = refused(ready, "a bind mount" if seen else "cannot be replaced: Device or resource busy")
    assert advice.startswith("mount the directory of the state")
    assert ready.run("plan").code == 0  # to look harms nothing
    assert not list(ready.state_path.parent.glob("*.journal"))
    mount.undo()
    mount("--bind", str(ready.root), str(ready.state_path.parent))  # the advice
    applied_once(ready, "--state", "state/elsewhere.json")


@pytest.mark.parametrize("length", [100, 228, 229, 240, 250, 253])
def test_the_length_of_a_name(ready: Kit, length: int) -> None:
    name = f"state/{'n' * length}.json"
    if length <= 228:
        applied_once(ready, "--state", name)
        return
    assert "a shorter name" in refused(ready, "File name too long", *APPLY, "--state", name)
    assert ready.tasks() == []
    applied_once(ready, "--state", "state/n.json")


@pytest.mark.parametrize("left", [0, 4, 8, 16, 32, 256], ids=lambda left: f"{left} KiB left")
def test_a_disk_that_is_nearly_full(ready: Kit, mount: Mounts, left: int) -> None:
    ready.state_path.parent.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", "size=1M", "tmpfs", str(ready.state_path.parent))
    filler = ready.state_path.parent / "filler"
    filler.write_bytes(b"x" * 1024 * (1024 - left))
    ran = ready.run(*APPLY)
    if ran.code == 0:
        assert left >= 16 and len(ready.running()) == 1
        ready.assert_settled()
        return
    assert left < 256 and "No space left on device" in ran.err and "free some space" in ran.err
    assert ready.get("calls")["calls"] == []
    filler.unlink()
    applied_once(ready)
    assert not list(ready.state_path.parent.glob(".*.tmp"))


def test_a_file_system_that_is_read_only(ready: Kit, mount: Mounts) -> None:
    folder = str(ready.state_path.parent)
    applied_once(ready)
    ready.write("two.yaml", STREAM.format("two", 2))
    mount("--bind", folder, folder)
    mount("-o", "remount,bind,ro", folder)
    refused(ready, "Read-only file system")
    refused(ready, "Read-only file system", "state", "rm", "MixStream/one")
    mount("-o", "remount,bind,rw", folder)
    applied_once(ready)


def test_a_state_that_is_immutable(ready: Kit) -> None:
    applied_once(ready)
    ready.write("two.yaml", STREAM.format("two", 2))
    if subprocess.run(["chattr", "+i", str(ready.state_path)], capture_output=True).returncode:
        pytest.skip("this file system or user has no immutable files")
    try:
        advice = refused(ready, "cannot be replaced: Operation not permitted")
    finally:
        subprocess.run(["chattr", "-i", str(ready.state_path)], check=True)
    assert "immutable" in advice
    applied_once(ready)


def test_a_history_in_the_way_of_which_a_file_stands(ready: Kit) -> None:
    folder = ready.state_path.with_name("demo.history")
    folder.parent.mkdir(exist_ok=True)
    folder.symlink_to("/proc/self")
    assert "nothing was sent" in refused(ready, "cannot keep copies of the state")
    folder.unlink()
    applied_once(ready)


# One state, one name


def test_a_hard_link_is_refused_and_the_advice_leads_out(ready: Kit) -> None:
    applied_once(ready)
    ready.write("two.yaml", STREAM.format("two", 2))
    other = ready.root / "other.json"
    other.hardlink_to(ready.state_path)
    for state in (str(ready.state_path), "other.json"):
        refused(ready, "the file has 2 names", *APPLY, "--state", state)
        refused(ready, "the file has 2 names", "state", "rm", "MixStream/one", "--state", state)
    advice = refused(ready, "the file has 2 names")
    command = re.search(r"`(cp .*?)`", advice)
    assert command is not None
    subprocess.run(command[1], shell=True, check=True)
    applied_once(ready)


def test_names_with_and_without_an_ending_have_files_of_their_own(ready: Kit) -> None:
    for state in ("s/adv", "s/adv.json"):
        ready.post("reset")
        applied_once(ready, "--state", state)
    beside = sorted(path.name for path in (ready.root / "s").iterdir())
    endings = ("history", "lock", "runs")
    assert beside == sorted(
        ["adv", "adv.json", *(f"adv.state-{one}" for one in endings), *(f"adv.{one}" for one in endings)]
    )


@pytest.mark.parametrize(
    "name", ["demo.journal", "demo.lock", "demo.history", "demo.runs", "demo.state-lock"]
)
def test_a_state_does_not_take_the_name_of_a_file_beside_one(ready: Kit, name: str) -> None:
    ran = ready.run(*APPLY, "--state", f"state/{name}")
    assert ran.code == 64 and "this name is reserved" in ran.err and ready.calls() == []


# What earlier versions left under other names


def interrupted(kit: Kit) -> Path:
    """The state `adv` as an earlier version left it, killed when it had stopped its only task."""
    applied_once(kit, "--state", "adv")
    state = kit.root / "adv"
    (kit.root / "adv.state-history").rename(kit.root / "adv.history")
    (kit.root / "adv.state-lock").rename(kit.root / "adv.lock")
    _, known = state_from_json(json.loads(state.read_bytes()), "adv")
    begin = Begin(known.lineage, known.serial, "run", LONG_AGO, checksum_of(state.read_bytes()))
    stopped = Outcome(Address("MixStream", "one"), "MixStream/one#0", "done", None)
    (kit.root / "adv.journal").write_bytes(b"".join(lines_of([begin, stopped])))
    kit.end_task(kit.running()[0]["taskId"])
    return state


def test_a_journal_under_its_former_name_is_recovered(ready: Kit) -> None:
    interrupted(ready)
    assert ready.run("state", "list", "--state", "adv").out == ""  # it was stopped
    assert (ready.root / "adv.journal").exists()
    applied_once(ready, "--state", "adv")
    assert len(ready.running()) == 1
    beside = {path.name for path in ready.root.iterdir() if path.name.startswith("adv")}
    assert beside == {"adv", "adv.state-history", "adv.state-lock", "adv.state-runs", "adv.lock"}


def test_a_journal_of_the_namesake_is_left_to_it(ready: Kit) -> None:
    interrupted(ready)
    for name in ("adv", "adv.history"):
        (ready.root / name).rename(ready.root / {"adv": "adv.json"}.get(name, name))
    ready.post("reset")
    applied_once(ready, "--state", "adv.json")
    ready.post("reset")
    applied_once(ready, "--state", "adv")
    assert (ready.root / "adv.history").is_dir() and (ready.root / "adv.state-history").is_dir()


def test_a_journal_that_may_be_either_ones_is_refused(ready: Kit) -> None:
    interrupted(ready).unlink()
    for arguments in (APPLY, ("state", "list"), ("plan",)):
        advice = refused(ready, "it is unknown whether it belongs", *arguments, "--state", "adv")
        assert "rename it to" in advice and "--state" in advice


def test_a_run_of_an_earlier_version_is_waited_for(ready: Kit) -> None:
    state = interrupted(ready)
    former = files.PosixFiles().lock(state.with_name("adv.lock"))
    assert former is not None
    refused(ready, "the state is in use", *APPLY, "--state", "adv")
    files.PosixFiles().close(former)
    applied_once(ready, "--state", "adv")


# A journal that was emptied


@pytest.mark.slow
def test_an_emptied_journal_is_refused_and_the_advice_leads_out(ready: Kit) -> None:
    applied_once(ready)
    ready.write("two.yaml", STREAM.format("two", 2))
    ready.faults({"action": START, "count": 1, "kind": "delay", "seconds": 2})
    process = ready.spawn(*APPLY)
    wait_until(lambda: len(ready.running()) == 2)
    process.kill()
    process.communicate()
    ready.faults()
    journal = ready.state_path.with_name("demo.journal")
    journal.write_bytes(b"")
    for arguments in (APPLY, ("plan",), ("state", "list"), ("state", "pull")):
        advice = refused(ready, "its journal was emptied or truncated", *arguments)
        assert "reconciler state push --force FILE" in advice
    pushed = ready.run("state", "push", "--force", str(ready.state_path))
    assert pushed.code == 0 and "the old journal is now" in pushed.err, pushed.err
    applied_once(ready)
