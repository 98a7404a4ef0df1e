"""The fleet's queue in memory, on a clock of the test's: what the database's owes, said a second time."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.backends.work import PREFERRED, Assignment, Beat, RoundEnd, WorkerStanding, WorkStanding
from reconciler.errors import LockedError

APART = 5.0
"""Seconds from the beginning of a round to that of one that was brought forward."""


@dataclass
class Worker:
    name: str
    who: Mapping[str, Any]
    began: float
    beat: float
    draining: bool = False
    gone: bool = False


@dataclass
class Row:
    key: int
    name: str
    due: float
    why: str = ""
    account: str = ""
    woken: bool = False
    fence: int = 0
    worker: str = ""
    began: float | None = None
    ended: float | None = None
    last: str = ""
    lost: bool = False
    outcome: str = ""
    kept: str = "{}"


@dataclass
class MemoryWork:
    """A queue (a work.Work) by this clock."""

    clock: Callable[[], float]
    ttl: float = 20.0
    known: dict[str, Worker] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    def enlist(self, worker: str, name: str, who: Mapping[str, Any]) -> None:
        self._bury()
        if any(one.name == name and not one.gone for one in self.known.values()):
            raise LockedError(f"a worker named {name} is in the fleet already")
        self.known[worker] = Worker(name, who, self.clock(), self.clock())

    def beat(self, worker: str) -> Beat:
        one = self.known.get(worker)
        if one is None or one.gone or one.beat + self.ttl <= self.clock():
            return Beat.LOST
        one.beat = self.clock()
        return Beat.DRAINING if one.draining else Beat.DONE

    def discharge(self, worker: str) -> None:
        self.known[worker].gone = True
        for row in self._of(worker):
            row.worker = ""

    def drain(self, name: str) -> bool:
        self._bury()
        found = [one for one in self.known.values() if one.name == name and not one.gone]
        for one in found:
            one.draining = True
        return bool(found)

    def schedule(self, workspaces: Sequence[str]) -> None:
        for name in workspaces:
            self.rows.setdefault(name, Row(len(self.rows), name, self.clock(), "it came to the fleet"))

    def unschedule(self, workspace: str) -> None:
        self.rows.pop(workspace, None)

    def wake(self, workspace: str, why: str) -> None:
        row = self.rows.get(workspace)
        if row is None:
            return
        due = self.clock() if row.began is None else max(self.clock(), row.began + APART)
        if not row.woken or row.due > due:
            row.woken, row.why, row.due = True, why, due

    def claim(self, worker: str, most: int, skips: Sequence[str]) -> Sequence[Assignment]:
        self._bury()
        me, now = self.known[worker], self.clock()
        if me.gone or me.draining:
            return []
        places = Counter(row.account for row in self.rows.values() if row.worker)
        due = [one for one in self.rows.values() if not one.worker and one.due <= now and self._free(one, me)]
        ranked = []
        for row in sorted(due, key=lambda one: one.due):
            if row.name not in skips:
                places[row.account] += 1
                ranked.append((places[row.account], row.due, row.key, row))
        return [self._given(row, worker, me) for *_, row in sorted(ranked, key=lambda one: one[:3])[:most]]

    def end(self, worker: str, assignment: Assignment, how: RoundEnd) -> bool:
        row = self.rows.get(assignment.workspace)
        if row is None or row.worker != worker or row.fence != assignment.fence:
            return False
        next_due = self.clock() + how.next
        row.due = min(row.due, next_due) if row.woken else next_due
        row.why = row.why if row.woken else ""
        row.worker, row.ended, row.outcome = "", self.clock(), how.outcome or row.outcome
        row.account = row.account if how.account is None else how.account
        row.kept = row.kept if how.kept is None else json.dumps(dict(how.kept))
        return True

    def workers(self) -> Sequence[WorkerStanding]:
        now = self.clock()
        return [
            WorkerStanding(
                one.name, one.who, now - one.began, now - one.beat, len(self._of(key)), one.draining
            )
            for key, one in sorted(self.known.items(), key=lambda item: item[1].name)
            if not one.gone and one.beat + self.ttl > now
        ]

    def standing(self, workspace: str = "") -> Sequence[WorkStanding]:
        return [
            self._shown(row, json.loads(row.kept) if workspace else {})
            for name, row in sorted(self.rows.items())
            if workspace in ("", name)
        ]

    def _free(self, row: Row, me: Worker) -> bool:
        """Whether it need not wait for the worker that had the last round."""
        if row.woken or row.last in ("", me.name) or row.due <= self.clock() - PREFERRED:
            return True
        return not any(
            one.name == row.last and not one.gone and not one.draining for one in self.known.values()
        )

    def _shown(self, row: Row, kept: Mapping[str, Any]) -> WorkStanding:
        now = self.clock()
        one = self.known.get(row.worker)
        has = one.name if one is not None and not one.gone and one.beat + self.ttl > now else ""
        ended = None if row.ended is None else now - row.ended
        due = row.due - now
        return WorkStanding(
            row.name, row.account, due, row.why, has, row.fence, row.last, ended, row.outcome, kept
        )

    def _given(self, row: Row, worker: str, me: Worker) -> Assignment:
        lost = row.last if row.lost else ""
        row.worker, row.fence, row.began, row.woken = worker, row.fence + 1, self.clock(), False
        row.last, row.lost = me.name, False
        return Assignment(row.key, row.name, row.fence, row.why, json.loads(row.kept), lost)

    def _bury(self) -> None:
        for key, one in self.known.items():
            if not one.gone and one.beat + self.ttl <= self.clock():
                one.gone = True
                for row in self._of(key):
                    row.worker, row.lost = "", True

    def _of(self, worker: str) -> list[Row]:
        return [row for row in self.rows.values() if row.worker == worker]
