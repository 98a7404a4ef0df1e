"""What a run's end will need is done before its first call: whatever is refused then, nothing was sent."""

import errno
import os
import re
from dataclasses import replace

import pytest

from reconciler.backends.local import preflight
from reconciler.backends.local.files import Aliases
from reconciler.backends.protocol import Growth
from reconciler.cli import applying
from reconciler.errors import StateError
from reconciler.model import Effect, Status
from reconciler.running.run import growth_of
from reconciler.state.model import Owner, Pending

from ..disk import Content
from ..machine import AFTER, FIRST, HALL, JOURNAL, PATH, SIDE, Machine, settled
from ..support import LONG_AGO
from .checks import preflight_operations, refused_before_the_first_call

WORDS = {
    errno.ENOSPC: "free space on its file system",
    errno.EDQUOT: "quota",
    errno.EROFS: "so that it can be written",
    errno.EACCES: "let this user write",
    errno.EPERM: "immutable",
    errno.EBUSY: "mount the directory that holds the state",
    errno.ENAMETOOLONG: "a shorter name",
    errno.EMFILE: "ulimit -n",
    errno.ENFILE: "end what has them open",
    errno.EIO: "see to the disk",
    errno.ESTALE: "see to the state's directory",
}


@pytest.mark.parametrize("number", WORDS, ids=lambda number: errno.errorcode[number])
def test_whatever_a_rehearsal_meets_is_refused_before_the_first_call(number: int) -> None:
    for at in preflight_operations():
        machine, error = refused_before_the_first_call(at, number)
        assert os.strerror(number) in error.message and WORDS[number] in error.hint, at
        assert re.search("nothing (that )?was|list", error.hint), at
        assert JOURNAL not in {path.name for path in machine.disk.names}, at


def test_what_was_refused_can_be_run_again() -> None:
    machine, _ = refused_before_the_first_call(preflight_operations()[5], errno.ENOSPC)
    again = Machine(machine.disk.copy(), machine.cloud, machine.now, tokens=machine.tokens)
    again.apply(AFTER)
    settled(again)
    assert not [path for path in again.disk.names if path.suffix == ".tmp"]


def test_a_rehearsal_leaves_what_was_there() -> None:
    machine = FIRST.copy()
    before = {path: bytes(content.data) for path, content in machine.disk.names.items()}
    with machine.backend().hold(Owner("demo"), {}) as held:
        held.preflight(Growth(5000, 3_000_000))
    after = {path: bytes(content.data) for path, content in machine.disk.names.items()}
    assert after.keys() == before.keys()
    assert all(after[path] == data for path, data in before.items() if path.suffix != ".lock")


def test_a_run_whose_files_could_not_be_read_again_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "MAX_BYTES", 20_000)
    machine = FIRST.copy()
    with pytest.raises(StateError, match="20000 are the most") as caught:
        machine.apply(AFTER)
    assert "--target" in caught.value.hint and machine.cloud.calls == []


def test_the_room_that_is_asked_for_is_enough() -> None:
    machine = FIRST.copy()
    growth = growth_of(machine.plan(AFTER))
    largest = 0

    def look() -> None:
        nonlocal largest
        largest = max(largest, len(machine.disk.names.get(PATH.with_name(JOURNAL), Content()).data))

    machine.disk.watch = look
    before = len(machine.disk.names[PATH].data)
    machine.apply(AFTER)
    assert 0 < largest < growth.journal
    assert len(machine.disk.names[PATH].data) - before < growth.state


# Names


def test_a_second_name_is_refused_when_the_state_is_held() -> None:
    for aliases, words in ((Aliases(links=2), "2 names lead"), (Aliases(mounted=True), "mounted by itself")):
        machine = FIRST.copy()
        machine.disk.known_as[PATH] = aliases
        with pytest.raises(StateError, match=words) as caught:
            machine.apply(AFTER)
        assert machine.cloud.calls == [] and "then run again" in caught.value.hint
        assert machine.state() == FIRST.state()  # to look at it harms nothing


def test_a_name_that_is_added_meanwhile_is_told_and_loses_nothing() -> None:
    machine = FIRST.copy()
    with machine.backend().hold(Owner("demo"), {}) as held:
        machine.disk.known_as[PATH] = Aliases(links=2)
        held.finish(held.state)
        assert "2 names lead" in "".join(held.notices)


def test_a_task_that_may_run_after_a_lost_stop_is_told_with_those_that_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    entries = FIRST.state().entries
    stop = Pending("StopPublishCdnStream", LONG_AGO, "task-in-doubt", effect=Effect.STOP)
    doubtful = replace(entries[HALL], status=Status.UNCERTAIN, task_id=None, pending=stop)
    applying._tell_running({**entries, HALL: doubtful})
    told = capsys.readouterr().err
    assert f"{HALL} may run as TaskId task-in-doubt" in told
    assert f"{SIDE} runs as TaskId {entries[SIDE].task_id}" in told
