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
from ..fake_host import AFTER, FIRST, HALL, JOURNAL, PATH, SIDE, FakeHost, settled
from ..support import LONG_AGO
from .checks import preflight_operations, refused_before_the_first_call

WORDS = {
    errno.ENOSPC: "free some space on its file system",
    errno.EDQUOT: "quota",
    errno.EROFS: "mount its file system writable",
    errno.EACCES: "give this user write access",
    errno.EPERM: "immutable",
    errno.EBUSY: "mount the directory of the state",
    errno.ENAMETOOLONG: "a shorter name",
    errno.EMFILE: "ulimit -n",
    errno.ENFILE: "stop some of the programs that have them open",
    errno.EIO: "check the disk",
    errno.ESTALE: "check the state's directory",
}


@pytest.mark.parametrize("number", WORDS, ids=lambda number: errno.errorcode[number])
def test_whatever_a_rehearsal_meets_is_refused_before_the_first_call(number: int) -> None:
    for at in preflight_operations():
        host, error = refused_before_the_first_call(at, number)
        assert os.strerror(number) in error.message and WORDS[number] in error.hint, at
        assert re.search("nothing was|done so far is kept|list", error.hint), at
        assert JOURNAL not in {path.name for path in host.disk.names}, at


def test_what_was_refused_can_be_run_again() -> None:
    host, _ = refused_before_the_first_call(preflight_operations()[5], errno.ENOSPC)
    again = FakeHost(host.disk.copy(), host.cloud, host.now, tokens=host.tokens)
    again.apply(AFTER)
    settled(again)
    assert not [path for path in again.disk.names if path.suffix == ".tmp"]


def test_a_rehearsal_leaves_what_was_there() -> None:
    host = FIRST.copy()
    before = {path: bytes(content.data) for path, content in host.disk.names.items()}
    with host.backend().hold(Owner("demo"), {}) as held:
        held.preflight(Growth(5000, 3_000_000))
    after = {path: bytes(content.data) for path, content in host.disk.names.items()}
    assert after.keys() == before.keys()
    assert all(after[path] == data for path, data in before.items() if path.suffix != ".lock")


def test_a_run_whose_files_could_not_be_read_again_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "MAX_BYTES", 20_000)
    host = FIRST.copy()
    with pytest.raises(StateError, match="the limit is 20000") as caught:
        host.apply(AFTER)
    assert "--target" in caught.value.hint and host.cloud.calls == []


def test_the_room_that_is_asked_for_is_enough() -> None:
    host = FIRST.copy()
    growth = growth_of(host.plan(AFTER))
    largest = 0

    def look() -> None:
        nonlocal largest
        largest = max(largest, len(host.disk.names.get(PATH.with_name(JOURNAL), Content()).data))

    host.disk.watch = look
    before = len(host.disk.names[PATH].data)
    host.apply(AFTER)
    assert 0 < largest < growth.journal
    assert len(host.disk.names[PATH].data) - before < growth.state


# Names


def test_a_second_name_is_refused_when_the_state_is_held() -> None:
    for aliases, words in ((Aliases(links=2), "has 2 names"), (Aliases(mounted=True), "a bind mount")):
        host = FIRST.copy()
        host.disk.known_as[PATH] = aliases
        with pytest.raises(StateError, match=words) as caught:
            host.apply(AFTER)
        assert host.cloud.calls == [] and "then run the command again" in caught.value.hint
        assert host.state() == FIRST.state()  # to look at it harms nothing


def test_a_name_that_is_added_meanwhile_is_told_and_loses_nothing() -> None:
    host = FIRST.copy()
    with host.backend().hold(Owner("demo"), {}) as held:
        host.disk.known_as[PATH] = Aliases(links=2)
        held.finish(held.state)
        told = "".join(held.notices)
        assert "each with its own lock; the other names were added during this run" in told


def test_a_task_that_may_run_after_a_lost_stop_is_told_with_those_that_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    entries = FIRST.state().entries
    stop = Pending("StopPublishCdnStream", LONG_AGO, "task-in-doubt", effect=Effect.STOP)
    doubtful = replace(entries[HALL], status=Status.UNCERTAIN, task_id=None, pending=stop)
    applying.tell_running({**entries, HALL: doubtful})
    told = capsys.readouterr().err
    assert f"{HALL} may be running as TaskId task-in-doubt" in told
    assert f"{SIDE} is running as TaskId {entries[SIDE].task_id}" in told
