"""Work in a second process: its result comes back whole, or not at all, and nothing is left behind."""

import os
import signal
import sys
import threading
import time
from typing import NoReturn

import pytest

from reconciler.cli import second_process
from reconciler.cli.second_process import SecondProcess, can_fork


@pytest.fixture
def _forking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_process, "can_fork", lambda: True)


def children() -> list[str]:
    """The processes that this one has begun and not looked after."""
    with open(f"/proc/self/task/{threading.get_native_id()}/children") as file:
        return file.read().split()


@pytest.mark.usefixtures("_forking")
def test_a_result_comes_back_from_another_process() -> None:
    before = children()
    with SecondProcess().beside(lambda: (os.getpid(), "a" * 10_000_000)) as result:
        pid, text = result()
    assert pid != os.getpid()
    assert len(text) == 10_000_000
    assert children() == before


def _raise() -> NoReturn:
    raise RuntimeError("in the second process")


def _be_killed() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _exit() -> NoReturn:
    sys.exit(0)


@pytest.mark.usefixtures("_forking")
@pytest.mark.parametrize("work", [_raise, _be_killed, _exit, lambda: threading.Lock()])
def test_work_that_fails_has_no_result(work: object, capfd: pytest.CaptureFixture[str]) -> None:
    assert callable(work)
    before = children()
    with SecondProcess().beside(work) as result:
        assert result() is None
    assert children() == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("_forking")
def test_what_fails_here_ends_the_other_process() -> None:
    before, began = children(), time.monotonic()
    with pytest.raises(KeyboardInterrupt), SecondProcess().beside(lambda: time.sleep(600)):
        raise KeyboardInterrupt
    assert children() == before
    assert time.monotonic() - began < 300


@pytest.mark.usefixtures("_forking")
@pytest.mark.parametrize("call", ["fork", "pipe"])
def test_without_processes_or_descriptors_there_is_no_result(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> NoReturn:
        raise BlockingIOError("there are no more")

    monkeypatch.setattr(os, call, failing)
    before = len(os.listdir("/proc/self/fd"))
    with SecondProcess().beside(os.getpid) as result:
        assert result() is None
    assert len(os.listdir("/proc/self/fd")) == before


def test_none_beside_other_threads_or_on_one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert can_fork()
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert not can_fork()
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert not can_fork()
    with SecondProcess().beside(os.getpid) as result:
        assert result() is None
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not can_fork()
