"""A disk that fails under a command: nothing is begun after it, what runs is told, a re-run converges."""

import os
import re
import shutil
import traceback
from collections.abc import Callable
from errno import EDQUOT, EIO, ENOSPC, EROFS
from itertools import cycle
from typing import Any

import pytest

from reconciler.backends.local.files import PosixFiles
from reconciler.cli import connection

from ..flow.kit import Kit, Ran
from ..flow.test_mix_stream import LAYOUT, STREAMS

OPERATIONS = (
    *("lock", "create", "write", "sync", "close", "rename", "remove", "truncate"),
    *("make_directory", "sync_directory", "listing", "read", "holds", "aliases"),
)
MOST = 160


class Failing:
    """The system's files, of which the operation of this number fails, and with `lasting` all later ones."""

    def __init__(self, kit: Kit, at: int, error: int, lasting: bool) -> None:
        self.kit = kit
        self.at = at
        self.error = error
        self.lasting = lasting
        self.count = 0
        self.what = ""
        self.within: list[traceback.FrameSummary] = []
        self.calls_before = 0

    @property
    def within_the_audit(self) -> bool:
        """Whether it was asked for by who only looks at runs that are over."""
        return any(one.filename.endswith("backends/local/audit.py") for one in self.within)

    @property
    def within_the_index(self) -> bool:
        """Whether it was asked for by who keeps an index once the state is written."""
        return any(one.name == "keep_applied" for one in self.within)

    def operation(self, name: str) -> Callable[..., Any]:
        real = getattr(PosixFiles, name)

        def attempt(files: PosixFiles, *given: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                self.what, self.calls_before = f"{name} {given[0]}", len(self.kit.calls())
                self.within = [*traceback.extract_stack()]
            if self.count == self.at or (self.what and self.lasting):
                if name == "close":
                    real(files, *given)  # a descriptor is gone even where closing it fails
                raise OSError(self.error, os.strerror(self.error))
            return real(files, *given)

        return attempt


def applied(kit: Kit, patch: pytest.MonkeyPatch, failing: Failing) -> Ran:
    """An apply from nothing while the disk fails."""
    kit.post("reset")
    shutil.rmtree(kit.state_path.parent, ignore_errors=True)
    kit.state_path.parent.mkdir()
    with patch.context() as disk:
        disk.setattr(connection, "WORKERS", 1)
        for name in OPERATIONS:
            disk.setattr(PosixFiles, name, failing.operation(name))
        return kit.run("apply", "--auto-approve")


def told(ran: Ran) -> tuple[str, str]:
    """What it said, whatever the TaskIds."""
    out, err = (re.sub(r"TaskId [^\s)]+", "TaskId", text) for text in (ran.out, ran.err))
    return out, err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lasting", "first"),
    [
        *((False, 1), (True, 2)),
        *(pytest.param(*other, marks=pytest.mark.long) for other in ((False, 2), (True, 1))),
    ],
    ids=["once", "from then on", "once, the others", "from then on, the others"],
)
def test_whichever_operation_fails(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, lasting: bool, first: int
) -> None:
    """Every second one, from the first or the second on."""
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    untroubled = told(applied(kit, monkeypatch, Failing(kit, 0, EIO, lasting)))
    listed = indexes = 0
    for at, error in zip(range(first, MOST, 2), cycle((ENOSPC, EIO, EDQUOT, EROFS)), strict=False):
        failing = Failing(kit, at, error, lasting)
        ran = applied(kit, monkeypatch, failing)
        code, err = ran.code, ran.err
        if not failing.what:
            assert code == 0 and at > 40
            break
        # Who looks for older manifests among the runs that are kept says nothing where it cannot.
        harmless = code == 0 and not lasting and failing.within_the_audit
        begun = len(kit.calls()) - failing.calls_before
        assert harmless or not begun, f"{failing.what}: something was begun after it"
        running = {task["taskId"] for task in kit.running()}
        if code == 1:
            assert os.strerror(error) in err and "hint: " in err, failing.what
            assert running <= set(re.findall(r"is running as TaskId (\S+)", err)), failing.what
            listed += bool(running)
        else:
            # Nothing but a copy, the history or the closing of the lock: the state is written.
            unkept = (
                "copies of the state" in err or "are recorded in the state, but not in the history" in err
            )
            told_of = unkept or "close" in failing.what
            # An index is kept for the speed of the next plan alone: that it cannot be changes no word.
            unindexed = failing.within_the_index and told(ran) == untroubled
            indexes += unindexed
            assert code == 0 and (told_of or harmless or unindexed), failing.what
        again = kit.run("apply", "--auto-approve")
        assert again.code == 0, f"{failing.what}: {again.err}"
        recorded = {entry["taskId"] for entry in kit.state()["resources"].values()}
        assert recorded == {task["taskId"] for task in kit.running()} and len(recorded) == 2
        kit.assert_settled()
    else:
        raise AssertionError(f"there are more than {MOST} operations")
    assert listed > 5 and indexes
