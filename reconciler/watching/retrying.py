"""When a watch tries again what has failed; what did not fail is not kept waiting for it."""

from collections.abc import Iterable, Mapping

from reconciler.applying.results import ChangeResult, Result
from reconciler.errors import ReconcilerError
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
    """An error in one line, with what to do."""
    return f"{error.message}; {error.hint}" if error.hint else error.message
