"""When a watch tries again what has failed; what did not fail is not kept waiting for it."""

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.applying.results import ChangeResult, Result
from reconciler.errors import CloudError, ReconcilerError
from reconciler.model import Address

LONGEST_PAUSE = 600.0
"""Seconds between two attempts at what fails again and again."""


class Retries:
    """What failed last; `now` is unix seconds throughout, and `pause` how many pass between two rounds."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._failing: dict[Address, str] = {}
        self._failures, self._again_at = 0, 0.0
        self._is_whole = False

    @property
    def failing(self) -> Mapping[Address, str]:
        """Why the last attempt at a change failed."""
        return dict(self._failing)

    def to_json(self) -> dict[str, Any]:
        """All of it, for whoever makes the next round; as `recall` reads it."""
        return {
            "failures": self._failures,
            "againAt": self._again_at,
            "whole": self._is_whole,
            "failing": {str(address): why for address, why in self._failing.items()},
        }

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Goes on from what whoever made the round before kept."""
        self._failures, self._again_at = int(kept.get("failures", 0)), float(kept.get("againAt", 0.0))
        self._is_whole = bool(kept.get("whole", False))
        failing = kept.get("failing", {})
        self._failing = {Address.parse(text): str(why) for text, why in failing.items()}

    def try_at_once(self) -> None:
        """What was wrong may be mended."""
        self._failures, self._again_at = 0, 0.0

    def follow(self, changed: Iterable[Address]) -> None:
        """Forgets what failed at changes that are not planned any more."""
        left = frozenset(changed)
        self._failing = {address: why for address, why in self._failing.items() if address in left}

    def waits(self, now: float) -> bool:
        """Whether nothing at all is to be tried yet, since the last run failed as a whole."""
        return self._is_whole and now < self._again_at

    def held_back(self, now: float) -> frozenset[Address]:
        """What is not to be tried yet, while everything else is."""
        return frozenset(self._failing) if now < self._again_at else frozenset()

    def run_failed(self, now: float) -> None:
        """That a run failed as a whole."""
        self._is_whole = True
        self._later(now)

    def note(self, results: Iterable[ChangeResult], now: float, *, whole: bool) -> None:
        """What came of a run that left out what was held back, and whether it failed as a `whole` as well."""
        found = {
            one.change.address: words_of(one.error)
            for one in results
            if one.result is not Result.DONE and one.error is not None
        }
        held = self._failing if now < self._again_at else {}
        self._failing, self._is_whole = {**held, **found}, whole
        if found or whole:
            self._later(now)
        elif not held:
            self._failures = 0

    def _later(self, now: float) -> None:
        self._failures += 1
        self._again_at = now + min(self._pause * 2 ** min(self._failures, 10), LONGEST_PAUSE)


def words_of(error: ReconcilerError) -> str:
    """An error in one line, with what to do, and without what is another one each time.

    So it is told once; the history has the requests' IDs.
    """
    number = error.request_id if isinstance(error, CloudError) else ""
    message = error.message.replace(f" (RequestId {number})", "") if number else error.message
    return f"{message}; {error.hint}" if error.hint else message
