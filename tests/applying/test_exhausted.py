"""Memory that ends at any moment of an apply: what runs is known, nothing new begins, a re-run converges."""

import errno
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from reconciler.applying import scheduler
from reconciler.applying.results import ChangeResult, Result
from reconciler.applying.step_execution import StepExecution
from reconciler.applying.tools import Append, Tools
from reconciler.backends.local import session
from reconciler.cloud.resolve import SecretResolver
from reconciler.errors import CloudError, ExhaustedError, exhausted

from ..disk import Disk
from ..fake_host import AFTER, FIRST, FakeHost, Inline, everything_is_known, settled

THREADS = RuntimeError("can't start new thread")


class Failing:
    """Raises an error at the call of a number, and with `lasting` at all later ones."""

    def __init__(self, at: int, error: Exception, lasting: bool) -> None:
        self.at = at
        self.error = error
        self.lasting = lasting
        self.count = 0
        self.failed = False

    def before(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            self.strike()
            return real(*given, **named)

        return called

    def after(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            result = real(*given, **named)
            self.strike()
            return result

        return called

    def strike(self) -> None:
        self.count += 1
        if self.count == self.at or (self.failed and self.lasting):
            self.failed = True
            raise self.error


PLACES: dict[str, tuple[Any, str, str]] = {
    "a request is resolved": (SecretResolver, "resolve_request", "before"),
    "a record is encoded": (session, "encode", "before"),
    "a record is written": (Disk, "write", "before"),
    "a call is sent": (FakeHost, "send", "before"),
    "an answer has come": (FakeHost, "send", "after"),
    "what is recorded is made": (StepExecution, "recorded", "before"),
    "a change is submitted": (Inline, "submit", "before"),
    "the end of one is waited for": (scheduler, "wait", "before"),
    "an ending is recorded": (scheduler.Scheduler, "end", "after"),
}


def failing_at(
    place: str, error: Exception, lasting: bool, patch: pytest.MonkeyPatch
) -> Iterator[tuple[FakeHost, list[ChangeResult]]]:
    """An apply for every call of what is named, in which that call fails."""
    owner, name, when = PLACES[place]
    for number in count(1):
        host, failing = FIRST.copy(), Failing(number, error, lasting)
        endings: list[ChangeResult] = []
        with patch.context() as patched:
            patched.setattr(owner, name, getattr(failing, when)(getattr(owner, name)))
            try:
                endings = host.apply(AFTER)
            except ExhaustedError:
                assert host.carried is None or host.carried.error is not None
            except CloudError:
                raise
            except Exception as raised:
                assert exhausted(raised) is not None or "cannot write" in str(raised)
        if not failing.failed:
            return
        yield host, endings


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_memory_that_ends_once_is_told_and_the_next_run_converges(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0
    for host, endings in failing_at(place, MemoryError(), False, monkeypatch):
        tried += 1
        everything_is_known(host)
        results = {ending.result for ending in endings}
        is_told = any("not in the history" in notice for notice in host.notices)
        undone = results & {Result.FAILED, Result.UNCERTAIN, Result.SKIPPED}
        assert not endings or undone or "end" in place or is_told
        host.apply(AFTER)
        settled(host)
    assert tried >= (1 if "waited for" in place else 3)


@pytest.mark.parametrize("place", ["a call is sent", "an answer has come", "a request is resolved"])
def test_after_it_nothing_new_is_begun(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (host, _) in enumerate(failing_at(place, MemoryError(), False, monkeypatch), 1):
        assert len(host.cloud.calls) <= number


def test_no_memory_for_the_state_leaves_the_journal_and_tells_what_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = FIRST.copy()
    with monkeypatch.context() as patched:
        patched.setattr(session, "write_document", Failing(1, MemoryError(), True).before(lambda: None))
        with pytest.raises(ExhaustedError):
            host.apply(AFTER)
    assert host.carried is not None and host.carried.disk_failed
    told = {entry.task_id for entry in host.carried.entries.values() if entry.task_id}
    assert told == host.cloud.task_ids()
    host.apply(AFTER)
    settled(host)


def test_a_task_id_that_was_told_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is there, and the memory ends while it is written down."""
    host = FIRST.copy()
    real, left = StepExecution.recorded, [0]

    def failing(execution: Any, *given: Any) -> Any:
        if execution.task_ids and left[0] == 0:
            left[0] = 1
            raise MemoryError
        return real(execution, *given)

    monkeypatch.setattr(StepExecution, "recorded", failing)
    endings = host.apply(AFTER)
    (failed,) = [ending for ending in endings if isinstance(ending.error, ExhaustedError)]
    assert failed.result is Result.FAILED
    entry = host.state().entries[failed.change.address]
    assert entry.task_id in host.cloud.task_ids()


def test_what_was_kept_is_given_back_when_something_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    host, relieved = FIRST.copy(), list[int]()
    real = FakeHost.tools

    def tools(self: FakeHost, append: Append) -> Tools:
        return replace(real(self, append), relieve=lambda: relieved.append(len(self.sent())))

    monkeypatch.setattr(FakeHost, "tools", tools)
    monkeypatch.setattr(FakeHost, "send", Failing(2, MemoryError(), False).before(FakeHost.send))
    host.apply(AFTER)
    assert relieved[0] == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "out of memory"),
        (OSError(errno.ENOMEM, "m"), "out of memory"),
        (OSError(errno.EMFILE, "m"), "this process has too many open files"),
        (OSError(errno.ENFILE, "m"), "this machine has too many open files"),
        (THREADS, "cannot start more threads"),
        (ImportError("libffi.so.8: failed to map segment from shared object"), "out of memory"),
        (ImportError("No module named 'x'"), None),
        (RuntimeError("dictionary changed size during iteration"), None),
        (OSError(errno.ENOSPC, "m"), None),
        (ValueError("can't start new thread"), None),
    ],
)
def test_what_has_run_out(error: Exception, words: str | None) -> None:
    found = exhausted(error)
    assert (found is None) == (words is None)
    if found is not None and words is not None:
        assert words in found.message and "run the command again" in found.hint
