"""A round: read, observe, plan, apply within the gates. What fails is told and tried again later."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from reconciler.applying.results import Result
from reconciler.errors import CloudError, LockedError, ManifestError, ReconcilerError
from reconciler.model import Address
from reconciler.plan.status import Condition
from reconciler.running.run import RunResult
from reconciler.watching.decisions import decide
from reconciler.watching.model import Desk, Doing, Reading, Round, Seen
from reconciler.watching.restraint import Restraint

Trace = Callable[[str], AbstractContextManager[object]]

LONGEST_PAUSE = 600.0
"""Seconds between two attempts at what fails again and again."""
_SHOWN_PROBLEMS = 20


def untraced(name: str) -> AbstractContextManager[object]:
    """No span."""
    return nullcontext()


class Rounds:
    """Makes rounds; what it keeps between them decides only how often to try.

    `clock` gives unix seconds; `pause` is how many of them pass between two rounds. `confirmed` allows a
    first state where none was ever written. `trace` opens a span of that name.
    """

    def __init__(
        self,
        desk: Desk,
        clock: Callable[[], float],
        pause: float,
        trace: Trace = untraced,
        *,
        confirmed: bool,
    ) -> None:
        self._trace = trace
        self._desk = desk
        self._clock = clock
        self._pause = pause
        self._confirmed = confirmed
        self._good: Reading | None = None
        self._version = ""
        self._problems: tuple[str, ...] = ()
        self._restraint = Restraint()
        self._failures, self._again_at = 0, 0.0
        self._failing: Mapping[Address, str] = {}

    def to_json(self) -> dict[str, Any]:
        """What it keeps, for whoever makes the next round; as `recall` reads it."""
        failing = {str(address): why for address, why in self._failing.items()}
        return {
            "version": self._version,
            "restraint": self._restraint.to_json(),
            "failures": self._failures,
            "againAt": self._again_at,
            "failing": failing,
        }

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Goes on from what whoever made the round before kept."""
        self._version = str(kept.get("version", ""))
        self._restraint.recall(kept.get("restraint", {}))
        self._failures, self._again_at = int(kept.get("failures", 0)), float(kept.get("againAt", 0.0))
        failing = kept.get("failing", {})
        self._failing = {Address.parse(text): str(why) for text, why in failing.items()}

    def make(self, *, acts: bool) -> Round:
        """One round; one that does not act only looks."""
        began = self._clock()
        try:
            with self._trace("round"):
                found = self._made(began, acts=acts)
        except ReconcilerError as error:
            found = Round(began, Doing.NOTHING, troubles=(_words(error),))
        return replace(
            found,
            problems=self._problems,
            failing=self._failing,
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
        self._restraint.settle(_running(seen), began)
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
        if found is None:
            return
        self._problems = ()
        if found.version != self._version:
            self._failures, self._again_at = 0, 0.0
        self._good, self._version = found, found.version
        self._restraint.follow(found.version)

    def _act(self, began: float, reading: Reading, seen: Seen) -> Round:
        decision = decide(seen, self._restraint.kept, confirmed=self._confirmed)
        if decision.doing is not Doing.APPLY:
            self._failing = {} if decision.doing is Doing.NOTHING else self._failing
            return Round(began, decision.doing, seen, decision.waits)
        if began < self._again_at:
            return Round(began, Doing.WAIT, seen, decision.waits)
        try:
            with self._trace("apply"):
                result = self._desk.apply(reading, decision.held_back)
        except LockedError as error:
            return Round(began, Doing.WAIT, seen, decision.waits, busy=error.message)
        except ReconcilerError as error:
            self._failed()
            return Round(began, Doing.APPLY, seen, decision.waits, troubles=(_words(error),))
        return self._applied(Round(began, Doing.APPLY, seen, decision.waits), result)

    def _applied(self, made: Round, result: RunResult | None) -> Round:
        if result is None:
            return made
        now = self._clock()
        self._restraint.note(result.results, now)
        self._failing = {
            one.change.address: _words(one.error)
            for one in result.results
            if one.result is not Result.DONE and one.error is not None
        }
        if self._failing or result.error is not None:
            self._failed()
        else:
            self._failures = 0
        troubles = (_words(result.error),) if result.error is not None else ()
        try:
            # What is shown is how all stands after the run, and what the next round begins with.
            seen = self._desk.look(self._good) if self._good is not None else made.seen
        except ReconcilerError as error:
            seen, troubles = made.seen, (*troubles, _words(error))
        return replace(
            made, seen=seen, results=result.results, troubles=troubles, run=str(result.serial or made.at)
        )

    def _failed(self) -> None:
        self._failures += 1
        pause = min(self._pause * 2 ** min(self._failures, 10), LONGEST_PAUSE)
        self._again_at = self._clock() + pause


def _running(seen: Seen) -> list[Address]:
    return [one.address for one in seen.report.resources if one.status is Condition.RUNNING]


def _words(error: ReconcilerError) -> str:
    """An error without what is another one each time, so that it is told once; the history has that."""
    number = error.request_id if isinstance(error, CloudError) else ""
    message = error.message.replace(f" (RequestId {number})", "") if number else error.message
    return f"{message}; {error.hint}" if error.hint else message
