"""What the wall and the probes show: the last round that saw anything, and what there is to say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from reconciler.moments import rfc3339
from reconciler.plan.status import StatusReport
from reconciler.state.runs import RunRecord
from reconciler.watching.model import Round, Seen

STUCK = 900.0
"""Seconds after which a round that has not ended counts as stuck, beside the interval."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown: `version` rises with each difference, `at` (RFC 3339 UTC) is when it was last seen."""

    version: int
    at: str
    seen: Seen | None
    told: tuple[str, ...]
    runs: tuple[RunRecord, ...]
    leader: str


class Board:
    """Kept by the loop, read by the threads of the server."""

    def __init__(self, interval: float) -> None:
        self._lock = Lock()
        self._interval = interval
        self._shown = Shown(0, "", None, (), (), "")
        self._begun: float | None = None
        self._last: Round | None = None

    @property
    def shown(self) -> Shown:
        """What is shown now."""
        with self._lock:
            return self._shown

    def begins(self, now: float) -> None:
        """That a round begins; unix seconds."""
        with self._lock:
            self._begun = now

    def leads(self, leader: str) -> None:
        """Who leads; "" is this process."""
        with self._lock:
            if leader != self._shown.leader:
                self._shown = _with(self._shown, leader=leader)

    def hears(self, made: Round, runs: Sequence[RunRecord]) -> None:
        """A round that has ended, and the last runs."""
        with self._lock:
            self._begun, self._last = None, made
            told = (*made.problems, *made.troubles, *made.waits, *((made.busy,) if made.busy else ()))
            seen = made.seen or self._shown.seen
            same = _same(self._shown, seen, told, runs)
            at = rfc3339(made.at) if made.seen is not None else self._shown.at
            before = self._shown
            version = before.version if same else before.version + 1
            self._shown = Shown(version, at, seen, told, tuple(runs), before.leader)

    def stuck(self, now: float) -> str:
        """Why the loop counts as stuck, for /healthz; "" while it does not."""
        with self._lock:
            if self._begun is not None and now - self._begun > STUCK + self._interval:
                return f"a round has been running for {now - self._begun:.0f} s"
            return ""

    def unready(self) -> str:
        """Why there is nothing to rely on yet, for /readyz; "" once a round has seen how all stands."""
        with self._lock:
            if self._last is None:
                return "the first round is not over"
            if self._shown.seen is None:
                return "; ".join((*self._last.problems, *self._last.troubles)) or "nothing was seen yet"
            return ""


def _with(shown: Shown, *, leader: str) -> Shown:
    return Shown(shown.version + 1, shown.at, shown.seen, shown.told, shown.runs, leader)


def _same(shown: Shown, seen: Seen | None, told: tuple[str, ...], runs: Sequence[RunRecord]) -> bool:
    if (shown.told, shown.runs) != (told, tuple(runs)) or (shown.seen is None) != (seen is None):
        return False
    if shown.seen is None or seen is None:
        return True
    return _essence(shown.seen.report) == _essence(seen.report) and shown.seen.frozen == seen.frozen


def _essence(report: StatusReport) -> tuple[object, ...]:
    """A report without when it was made."""
    return report.serial, report.resources, report.warnings
