"""Carries out a plan: which changes wait for which, and what has come of them. It decides no content.

Changes run side by side as far as the plan's order allows, and one that fails stops only those that
wait for it.
"""

from collections import deque
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait

from reconciler.applying.change_execution import execute_change
from reconciler.applying.claims import ClaimTransfers
from reconciler.applying.halt import Halt, kept_from_starting
from reconciler.applying.results import NOT_BEGUN, ChangeResult, Result
from reconciler.applying.tools import Tools
from reconciler.errors import CredentialsRefused, ExhaustedError, ReconcilerError, StateError, exhausted
from reconciler.model import Address
from reconciler.plan.model import Change, Plan
from reconciler.state.journal import Moved, put
from reconciler.state.model import Entry

MOST_BREAKS = 10
"""So often something may run out in one run, after all that was kept for that is given back."""

SUBMITTED = 32
"""So many changes are handed to the threads at once, and waited for after each answer: twice as many as there
are threads, so that none waits for work, and not all of the run."""

Executed = tuple[ChangeResult, Entry | None]
"""(what became of a change, what is recorded of its resource)."""


def apply_plan(
    plan: Plan, entries: Mapping[Address, Entry], tools: Tools
) -> tuple[dict[Address, Entry], list[ChangeResult]]:
    """(what is recorded afterwards, the results in the plan's order).

    No failure of a call is raised: each is a result. A StateError, refused credentials, or memory,
    threads or files that have run out end the run for whatever has not begun.
    """
    scheduler = Scheduler(plan, dict(entries), tools)
    scheduler.rename()
    scheduler.run()
    return scheduler.entries, [scheduler.results[change.address] for change in plan.changes]


class Scheduler:
    """One apply: which changes wait for which, and what has come of them so far."""

    def __init__(self, plan: Plan, entries: dict[Address, Entry], tools: Tools) -> None:
        self.entries = entries
        self.results: dict[Address, ChangeResult] = {}
        self._tools = tools
        self._halt = Halt()
        self._transfers = ClaimTransfers(entries, tools)
        self._changes = {change.address: change for change in plan.changes}
        self._blocked_by = {change.address: set(change.after) for change in plan.changes}
        self._blocks: dict[Address, list[Address]] = {}
        for change in plan.changes:
            for earlier in change.after:
                self._blocks.setdefault(earlier, []).append(change.address)
        self._ready = deque(address for address, earlier in self._blocked_by.items() if not earlier)
        self._running: list[Future[Executed]] = []
        self._breaks = 0

    def rename(self) -> None:
        """Records what was renamed under its new name, before anything else looks for it there."""
        for change in self._changes.values():
            former = change.renamed_from
            entry = None if former is None else self.entries.get(former)
            if former is None or entry is None:
                continue
            try:
                self._tools.append(Moved(change.address, former, entry))
            except StateError as unwritten:
                self._halt.set(unwritten)
                return
            del self.entries[former]
            self.entries[change.address] = entry

    def run(self) -> None:
        """Returns when every change has ended; what is in flight is waited for whatever has run out."""
        while self._ready or self._running:
            try:
                self._go_on()
            except (MemoryError, RuntimeError, OSError) as failure:
                self._break_off(failure)

    def _go_on(self) -> None:
        """One round: as much as may begin does, and what has ended is recorded."""
        while self._ready and len(self._running) < SUBMITTED:
            self._running.append(self._begin(self._ready[0]))
            self._ready.popleft()
        finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
        for future in [one for one in self._running if one in finished]:
            result, entry = future.result()
            free = self.end(result, entry)
            self._running.remove(future)
            self._ready.extend(free)
            self._tools.tell(result)

    def _break_off(self, failure: Exception) -> None:
        """Begins nothing new; raises what is no want of memory, threads or files, or does not pass."""
        self._breaks += 1
        spent = exhausted(failure)
        if spent is None or self._breaks > MOST_BREAKS:
            raise failure
        self._halt.set(spent)
        self._tools.relieve()

    def _begin(self, address: Address) -> "Future[Executed]":
        change, before = self._changes[address], self.entries.get(address)
        failed = [earlier for earlier in change.after if self.results[earlier].result is not Result.DONE]
        if self._halt.cause is not None:
            ended: Future[Executed] = Future()
            ended.set_result(self._attempt(change, before, failed, None))
            return ended
        takes = not failed and not self._tools.interrupted()
        unwritten = self._transfers.take(change) if takes else None
        return self._tools.executor.submit(self._attempt, change, before, failed, unwritten)

    def _attempt(
        self,
        change: Change,
        before: Entry | None,
        failed: list[Address],
        unwritten: StateError | None,
    ) -> Executed:
        if unwritten is not None:
            self._halt.set(unwritten)
            return ChangeResult(change, Result.FAILED, unwritten), before
        if (skipped := self._not_begun(change, failed)) is not None:
            return skipped, before
        result, entry = execute_change(change, before, self._tools)
        if isinstance(result.error, StateError | CredentialsRefused | ExhaustedError):
            self._halt.set(result.error)
        return result, entry

    def _not_begun(self, change: Change, failed: list[Address]) -> ChangeResult | None:
        """Why a change whose turn it is does not begin; None if it does."""
        if failed:
            reason = f"not started: waiting for {', '.join(map(str, failed))}"
            return ChangeResult(change, Result.SKIPPED, ReconcilerError(reason))
        if self._halt.cause is not None:
            return ChangeResult(change, Result.SKIPPED, kept_from_starting(self._halt.cause))
        if self._tools.interrupted():
            reason = "not started: the run was interrupted"
            return ChangeResult(change, Result.INTERRUPTED, ReconcilerError(reason))
        return None

    def end(self, result: ChangeResult, entry: Entry | None) -> list[Address]:
        """Records what became of a change; the changes that wait for nothing any more."""
        address = result.change.address
        self.results[address] = result
        put(self.entries, address, entry)
        unwritten = None
        if result.result is Result.DONE:
            unwritten = self._transfers.settle(result.change)
        elif result.result in NOT_BEGUN:
            unwritten = self._transfers.give_back(result.change)
        if unwritten is not None:
            self._halt.set(unwritten)
        return self._freed(address)

    def _freed(self, address: Address) -> list[Address]:
        """The changes that have waited for nothing but this one."""
        free = []
        for later in self._blocks.get(address, ()):
            self._blocked_by[later].discard(address)
            if not self._blocked_by[later]:
                free.append(later)
        return free
