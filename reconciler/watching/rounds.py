"""A round: read, observe, plan, apply within the gates. What fails is told and tried again later."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from reconciler.errors import LockedError, ManifestError, ReconcilerError
from reconciler.running.run import RunResult
from reconciler.watching.decisions import decide
from reconciler.watching.model import Desk, Doing, Reading, Round, Seen
from reconciler.watching.restraint import Restraint
from reconciler.watching.retrying import Retries, words_of

Trace = Callable[[str], AbstractContextManager[object]]

_SHOWN_PROBLEMS = 20


Explain = Callable[[Exception], ReconcilerError]


def unexplained(error: Exception) -> ReconcilerError:
    """The sort of an error that nobody foresaw; its text may quote a secret."""
    return ReconcilerError(f"{type(error).__name__}: this is a bug in reconciler")


def untraced(name: str) -> AbstractContextManager[object]:
    """No span."""
    return nullcontext()


class Rounds:
    """Makes rounds; what it keeps between them decides only how often to try.

    `clock` gives unix seconds; `pause` is how many of them pass between two rounds. `confirmed` allows a
    first state where none was ever written. `trace` opens a span of that name; `explain` puts an error that
    nobody foresaw into words.
    """

    def __init__(
        self,
        desk: Desk,
        clock: Callable[[], float],
        pause: float,
        trace: Trace = untraced,
        explain: Explain = unexplained,
        *,
        confirmed: bool,
    ) -> None:
        self._trace = trace
        self._explain = explain
        self._desk = desk
        self._clock = clock
        self._confirmed = confirmed
        self._good: Reading | None = None
        self._version = ""
        self._problems: tuple[str, ...] = ()
        self._restraint = Restraint()
        self._retries = Retries(pause)

    def to_json(self) -> dict[str, Any]:
        """What it keeps, for whoever makes the next round; as `recall` reads it."""
        return {
            "version": self._version,
            "restraint": self._restraint.to_json(),
            "retries": self._retries.to_json(),
        }

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Goes on from what whoever made the round before kept."""
        self._version = str(kept.get("version", ""))
        self._restraint.recall(kept.get("restraint", {}))
        self._retries.recall(kept.get("retries", {}))

    def make(self, *, acts: bool) -> Round:
        """One round; one that does not act only looks."""
        began = self._clock()
        try:
            with self._trace("round"):
                found = self._made(began, acts=acts)
        except ReconcilerError as error:
            found = Round(began, Doing.NOTHING, troubles=(words_of(error),))
        except Exception as error:
            # What this process keeps running is worth more than to end by a bug that one stream may meet.
            self._retries.run_failed(self._clock())
            found = Round(began, Doing.NOTHING, troubles=(words_of(self._explain(error)),))
        return replace(
            found,
            problems=self._problems,
            failing=self._retries.failing,
            restrained=self._restraint.kept,
            seconds=self._clock() - began,
        )

    def _made(self, began: float, *, acts: bool) -> Round:
        with self._trace("read"):
            self._read()
        if self._good is None:
            return Round(began, Doing.NOTHING)
        with self._trace("look"):
            seen = self._desk.look(self._good)
        self._restraint.settle(seen.report.resources, began)
        if not acts:
            return Round(began, Doing.STAND_BY, seen)
        return self._act(began, self._good, seen)

    def _read(self) -> None:
        """The manifests as they are now; those of before where they do not validate."""
        try:
            found = self._desk.read()
        except ManifestError as error:
            self._problems = tuple(map(str, error.problems[:_SHOWN_PROBLEMS]))
            return
        except ReconcilerError:
            raise
        except Exception as error:
            if self._good is None:
                raise
            self._problems = (words_of(self._explain(error)),)
            return
        if found is None:
            return
        self._problems = ()
        if found.version != self._version:
            self._retries.try_at_once()
        self._good, self._version = found, found.version
        self._restraint.follow(found.workspace)

    def _act(self, began: float, reading: Reading, seen: Seen) -> Round:
        self._retries.follow(change.address for change in seen.plan.changes)
        again_later = self._retries.held_back(began)
        decision = decide(seen, self._restraint.kept, again_later, confirmed=self._confirmed)
        if decision.doing is not Doing.APPLY:
            return Round(began, decision.doing, seen, decision.waits)
        if self._retries.waits(began):
            return Round(began, Doing.WAIT, seen, decision.waits)
        try:
            with self._trace("apply"):
                result = self._desk.apply(reading, decision.held_back)
        except LockedError as error:
            return Round(began, Doing.WAIT, seen, decision.waits, busy=error.message)
        except ReconcilerError as error:
            self._retries.run_failed(self._clock())
            return Round(began, Doing.APPLY, seen, decision.waits, troubles=(words_of(error),))
        return self._applied(Round(began, Doing.APPLY, seen, decision.waits), result)

    def _applied(self, made: Round, result: RunResult | None) -> Round:
        if result is None:
            return made
        now = self._clock()
        self._restraint.note(result.results, result.entries, now)
        self._retries.note(result.results, now, whole=result.error is not None)
        troubles = (words_of(result.error),) if result.error is not None else ()
        try:
            # What is shown is how all stands after the run, and what the next round begins with.
            seen = self._seen_after(made)
        except ReconcilerError as error:
            seen, troubles = made.seen, (*troubles, words_of(error))
        return replace(
            made, seen=seen, results=result.results, troubles=troubles, run=str(result.serial or made.at)
        )

    def _seen_after(self, made: Round) -> Seen | None:
        """How all stands after a run; what came due while it was made is still to come."""
        if self._good is None or made.seen is None:
            return made.seen
        seen, before = self._desk.look(self._good), made.seen.due_at
        known = [at for at in (before, seen.due_at) if at is not None]
        return replace(seen, due_at=min(known, default=None))
