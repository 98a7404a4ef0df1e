"""Whatever the system refuses, in whichever command, has words of its own and is nobody's bug.

The interpreter tells of each operation on a file before it is done (audit events). Each in turn is refused,
as far as it is about a file of the workspace.
"""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ..support import one_in
from .kit import Kit

STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: one}
spec:
  room: 1
  agent: {userId: mixer-one}
  audio: {}
  publish: [{url: "rtmp://1.livepush.myqcloud.com/live/one"}]
"""
REQUEST = (
    '{"action": "ForbidLiveStream", "request": {"DomainName": "a.b", "AppName": "live", "StreamName": "x"}}'
)
EVENTS = dict.fromkeys(
    [
        "open",
        "os.scandir",
        "os.listdir",
        "os.mkdir",
        "os.remove",
        "os.chmod",
        "os.truncate",
        "os.utime",
        "os.rmdir",
    ],
    0,
) | {"os.rename": 1, "os.link": 1}
"""The operations, each with the argument that has the file's last name."""
ERRORS = (errno.EACCES, errno.EIO, errno.ENOSPC, errno.EROFS, errno.ELOOP, errno.ENAMETOOLONG)
COMMANDS = (
    ("validate", "manifests"),
    ("plan", "manifests"),
    ("plan", "manifests", "--out", "saved.json"),
    ("apply", "manifests", "--auto-approve"),
    ("apply", "plan.json", "--auto-approve"),
    ("drift", "manifests"),
    ("destroy", "manifests", "--auto-approve"),
    ("diff", "manifests", "manifests"),
    ("render", "manifests", "--out", "pictures"),
    ("convert", "request.json"),
    ("fmt", "manifests"),
    ("init", "fresh"),
    ("state", "list", "manifests"),
    ("state", "show", "MixStream/one", "manifests"),
    ("state", "pull", "manifests"),
    ("state", "push", "copy.json", "manifests"),
    ("state", "mv", "MixStream/one", "MixStream/two", "manifests"),
    ("state", "rm", "MixStream/one", "manifests"),
    ("state", "rebind", "manifests", "--auto-approve"),
    ("state", "unlock", "manifests"),
    ("state", "recover", "copy.json", "manifests"),
    ("state", "import", "MixStream/one", "T-1", "manifests", "--no-verify"),
    ("state", "list", "--state", "state/demo.json"),
    ("state", "show", "MixStream/one", "manifests", "--at", "none"),
    ("history", "manifests"),
    ("history", "manifests", "--address", "MixStream/one"),
    ("fmt", "manifests", "--check"),
)


@dataclass
class Refusals:
    """The operations below a directory that were seen, and which of them is refused, with which error."""

    root: str = ""
    nth: int = -1
    number: int = 0
    seen: list[str] = field(default_factory=list)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.root or event not in EVENTS:
            return
        name = arguments[EVENTS[event]]
        if not isinstance(name, str | bytes | os.PathLike):
            return
        path = os.fsdecode(name)
        if not self._is_ours(path):
            return
        self.seen.append(f"{event} {path}")
        if len(self.seen) - 1 == self.nth:
            raise OSError(self.number, os.strerror(self.number), path)

    def _is_ours(self, path: str) -> bool:
        return os.path.join(self.root, path).startswith(self.root) and not path.startswith("/proc")


REFUSALS = Refusals()
sys.addaudithook(REFUSALS.hook)


@pytest.fixture
def refusals(kit: Kit) -> Iterator[Refusals]:
    try:
        yield REFUSALS
    finally:
        REFUSALS.root = ""


def prepare(kit: Kit) -> None:
    """A stream that runs, a plan that changes it, and a copy of the state."""
    kit.write("one.yaml", STREAM)
    assert kit.run("apply", "--auto-approve").code == 0
    (kit.root / "copy.json").write_text(kit.run("state", "pull").out)
    (kit.root / "request.json").write_text(REQUEST)
    kit.edit("one.yaml", "/live/one", "/live/two")
    assert kit.run("plan", "--out", "plan.json").code == 0


@pytest.mark.share(6)
@pytest.mark.slow
@pytest.mark.parametrize("command", one_in(6, COMMANDS, " ".join))
def test_a_refused_operation_is_no_bug(kit: Kit, refusals: Refusals, command: tuple[str, ...]) -> None:
    nth, met = 0, 0
    while True:
        prepare(kit)
        refusals.root, refusals.nth, refusals.seen = str(kit.root), nth, []
        refusals.number = ERRORS[nth % len(ERRORS)]
        ran = kit.run(*command)
        refusals.root = ""
        if nth >= len(refusals.seen):
            break
        met += 1
        told = f"{refusals.seen[nth]} {errno.errorcode[refusals.number]}: {ran.out}{ran.err}"
        assert "bug in reconciler" not in ran.err, told
        assert ran.code in (0, 1, 64), told
        assert ran.code == 0 or "error: " in ran.err, told
        nth += 1
    assert met


WRITING = (
    ("validate", "manifests"),
    ("plan", "manifests"),
    ("apply", "manifests", "--auto-approve"),
    ("drift", "manifests"),
    ("diff", "manifests", "manifests"),
    ("convert", "request.json"),
    ("explain", "MixStream"),
    ("schema",),
    ("--help",),
    ("state", "pull", "manifests"),
    ("destroy", "manifests", "--auto-approve"),
)


def to_full(kit: Kit, command: tuple[str, ...], *full: str) -> tuple[int, str, str]:
    """Exit code and what arrived of a command, some of whose streams lead to a device that is always full."""
    with open("/dev/full", "w") as device:
        streams = {name: device if name in full else subprocess.PIPE for name in ("stdout", "stderr")}
        ran = subprocess.run(
            [sys.executable, "-m", "reconciler", *command], cwd=kit.root, text=True, timeout=120, **streams
        )
    return ran.returncode, ran.stdout or "", ran.stderr or ""


@pytest.mark.share(4)
@pytest.mark.slow
@pytest.mark.parametrize("command", one_in(4, WRITING, " ".join))
def test_a_full_output_is_no_bug(kit: Kit, command: tuple[str, ...]) -> None:
    prepare(kit)
    code, _, err = to_full(kit, command, "stdout")
    assert code == 1
    assert "error: cannot write to standard output: No space left on device" in err
    assert "hint: send it where there is room" in err
    assert len(kit.running()) == len(kit.state()["resources"]) == 1
    assert to_full(kit, command, "stdout", "stderr")[0] == 1
    assert len(kit.running()) == len(kit.state()["resources"]) == 1


@pytest.mark.share(4)
@pytest.mark.slow
@pytest.mark.parametrize("command", one_in(4, WRITING, " ".join))
def test_messages_that_cannot_be_written_stop_nothing(kit: Kit, command: tuple[str, ...]) -> None:
    prepare(kit)
    code, out, _ = to_full(kit, command, "stderr")
    assert (code, bool(out)) == (0, True)
    left = 0 if command[0] == "destroy" else 1
    assert len(kit.running()) == len(kit.state()["resources"]) == left
    if command[0] == "apply":
        kit.assert_settled()
