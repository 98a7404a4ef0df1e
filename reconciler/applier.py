"""Carries out a plan, step by step: intent, call, outcome, record. It decides nothing about content.

Before each call its intent is on the disk, after each its outcome; so whatever dies in between,
the next run knows what is in doubt. Changes run side by side as far as the plan's order allows,
and one that fails stops only those that wait for it.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Event
from typing import Any, Protocol

from reconciler.cloud.resolve import ResolvedRequest
from reconciler.cloud.retry import STOPPED
from reconciler.errors import (
    AccountRefused,
    CloudError,
    CredentialsRefused,
    ExhaustedError,
    Exists,
    Gone,
    NotSent,
    Outage,
    OutcomeUnknown,
    ReconcilerError,
    Refused,
    StateError,
    Superseded,
    exhausted,
)
from reconciler.journal import Intent, Outcome, Record, put
from reconciler.model import Address, Attempts, Request, Status, TaskIdOf
from reconciler.moments import rfc3339
from reconciler.plan import Change, Plan, Step
from reconciler.state import Entry, Pending, Suspect, after_unknown, taken_over

Append = Callable[[Record], None]
"""Puts a record on the disk before it returns; raises StateError where it cannot."""


class Resolve(Protocol):
    """Puts secrets and the TaskIds told so far into a request; raises SecretError."""

    def __call__(self, request: Request, task_ids: Mapping[str, str]) -> ResolvedRequest:
        """The body to send."""
        ...


class Result(StrEnum):
    """How a change ended; `skipped` and `interrupted` ones were never begun."""

    DONE = "done"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


MOST_BREAKS = 10
"""So often something may run out in one run, after all that was kept for that is given back."""

NOT_BEGUN = (Result.SKIPPED, Result.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one change; `error` tells why it is not done."""

    change: Change
    result: Result
    error: ReconcilerError | None = None
    task_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything an apply touches the world through; `clock` gives unix seconds.

    `append` returns once a record is on the disk. `interrupted` tells whether to begin nothing
    new. `tell` is called with each ending as it comes, and `relieve` once something has run out, such
    as memory: it gives back what was kept for that.
    """

    send: Attempts
    resolve: Resolve
    append: Append
    clock: Callable[[], float]
    executor: Executor
    interrupted: Callable[[], bool] = lambda: False
    tell: Callable[[Ending], None] = lambda ending: None
    relieve: Callable[[], None] = lambda: None


def apply_plan(
    plan: Plan, entries: Mapping[Address, Entry], tools: Tools
) -> tuple[dict[Address, Entry], list[Ending]]:
    """(what is recorded afterwards, the endings in the plan's order).

    No failure of a call is raised: each is an ending. A StateError, refused credentials, or memory,
    threads or files that have run out end the run for whatever has not begun.
    """
    run = _Run(plan, dict(entries), tools)
    run.carry_out()
    return run.entries, [run.endings[change.address] for change in plan.changes]


class _Run:
    """One apply: which changes wait for which, and what has come of them so far."""

    def __init__(self, plan: Plan, entries: dict[Address, Entry], tools: Tools) -> None:
        self.entries = entries
        self.endings: dict[Address, Ending] = {}
        self._tools = tools
        self._halted = Event()
        self._doubts: dict[Address, dict[Address, Suspect]] = {}
        self._taken: dict[Address, dict[Address, tuple[Entry, Entry]]] = {}
        self._changes = {change.address: change for change in plan.changes}
        self._blocked_by = {change.address: set(change.after) for change in plan.changes}
        self._blocks: dict[Address, list[Address]] = {}
        for change in plan.changes:
            for earlier in change.after:
                self._blocks.setdefault(earlier, []).append(change.address)
        self._ready = [address for address, earlier in self._blocked_by.items() if not earlier]
        self._running: list[Future[tuple[Ending, Entry | None]]] = []
        self._broken_off = 0

    def carry_out(self) -> None:
        """Returns when every change has ended; what is in flight is waited for whatever has run out."""
        while self._ready or self._running:
            try:
                self._go_on()
            except (MemoryError, RuntimeError, OSError) as failure:
                self._break_off(failure)

    def _go_on(self) -> None:
        """One round: whatever may begin does, and what has ended is recorded."""
        while self._ready:
            self._running.append(self._begin(self._ready[0]))
            del self._ready[0]
        finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
        for future in [one for one in self._running if one in finished]:
            ending, entry = future.result()
            free = self._end(ending, entry)
            self._running.remove(future)
            self._ready += free
            self._tools.tell(ending)

    def _break_off(self, failure: Exception) -> None:
        """Begins nothing new; raises what is no want of memory, threads or files, or does not pass."""
        self._broken_off += 1
        if exhausted(failure) is None or self._broken_off > MOST_BREAKS:
            raise failure
        self._halted.set()
        self._tools.relieve()

    def _begin(self, address: Address) -> "Future[tuple[Ending, Entry | None]]":
        change, before = self._changes[address], self.entries.get(address)
        failed = [earlier for earlier in change.after if self.endings[earlier].result is not Result.DONE]
        if self._halted.is_set():
            ended: Future[tuple[Ending, Entry | None]] = Future()
            ended.set_result(self._attempt(change, before, failed, None))
            return ended
        unwritten = None if failed else self._take_over(change)
        return self._tools.executor.submit(self._attempt, change, before, failed, unwritten)

    def _take_over(self, change: Change) -> StateError | None:
        """Puts in doubt what the change is about to end of others; why that could not be written, if so."""
        if self._halted.is_set() or self._tools.interrupted():
            return None
        at = rfc3339(self._tools.clock())
        taken = {address: self.entries[address] for address in change.takes_over if address in self.entries}
        doubtful = {address: taken_over(entry, at) for address, entry in taken.items()}
        self._doubts[change.address] = {address: entry.suspects[-1] for address, entry in doubtful.items()}
        self._taken[change.address] = {
            address: (entry, doubtful[address]) for address, entry in taken.items()
        }
        return self._record_all(doubtful, change)

    def _has_taken_over(self, change: Change) -> None:
        """Takes that doubt away again, as its start has ended whatever they had."""
        sure = {}
        for address, doubt in self._doubts.get(change.address, {}).items():
            entry = self.entries.get(address)
            if entry is not None and doubt in entry.suspects:
                left = tuple(one for one in entry.suspects if one != doubt)
                sure[address] = replace(entry, suspects=left)
        if self._record_all(sure, change) is not None:
            self._halted.set()

    def _has_not_begun(self, change: Change) -> None:
        """Records again, as it was, what the change would have ended of others."""
        taken = self._taken.get(change.address, {})
        back = {
            address: before
            for address, (before, doubtful) in taken.items()
            if self.entries.get(address) == doubtful
        }
        if self._record_all(back, change) is not None:
            self._halted.set()

    def _record_all(self, entries: Mapping[Address, Entry], change: Change) -> StateError | None:
        for address, entry in entries.items():
            self.entries[address] = entry
            try:
                self._tools.append(Outcome(address, str(change.address), "taken over", entry))
            except StateError as error:
                return error
        return None

    def _attempt(
        self,
        change: Change,
        before: Entry | None,
        failed: list[Address],
        unwritten: StateError | None,
    ) -> tuple[Ending, Entry | None]:
        if unwritten is not None:
            self._halted.set()
            return Ending(change, Result.FAILED, unwritten), before
        if failed:
            reason = f"not begun, as it waits for {', '.join(map(str, failed))}"
            return Ending(change, Result.SKIPPED, ReconcilerError(reason)), before
        if self._halted.is_set():
            return Ending(change, Result.SKIPPED, ReconcilerError("not begun, as the run had to end")), before
        if self._tools.interrupted():
            reason = "not begun, as the run was interrupted"
            return Ending(change, Result.INTERRUPTED, ReconcilerError(reason)), before
        ending, entry = _carry_out(change, before, self._tools)
        if isinstance(ending.error, StateError | CredentialsRefused | ExhaustedError):
            self._halted.set()
        return ending, entry

    def _end(self, ending: Ending, entry: Entry | None) -> list[Address]:
        """Records an ending; the changes that wait for nothing any more."""
        address = ending.change.address
        self.endings[address] = ending
        put(self.entries, address, entry)
        if ending.result is Result.DONE:
            self._has_taken_over(ending.change)
        elif ending.result in NOT_BEGUN:
            self._has_not_begun(ending.change)
        free = []
        for later in self._blocks.get(address, ()):
            self._blocked_by[later].discard(address)
            if not self._blocked_by[later]:
                free.append(later)
        return free


def _carry_out(change: Change, before: Entry | None, tools: Tools) -> tuple[Ending, Entry | None]:
    """(the ending, what is recorded of the resource) after as many steps as succeed."""
    entry, told = before, dict[str, str]()
    try:
        if not change.steps:
            tools.append(Outcome(change.address, str(change.address), "recorded", change.entry))
            return Ending(change, Result.DONE), change.entry
        for step in change.steps:
            if step is not change.steps[0] and tools.interrupted() and not _ends_what_began(step):
                reason = ReconcilerError(f"{step.call.action.name} was not sent, as the run was interrupted")
                return Ending(change, Result.FAILED, reason), entry
            error, entry = _Walk(change.address, step, entry, told, tools).take()
            if isinstance(error, Gone) and step.anew is not None and not tools.interrupted():
                error, entry = _Walk(change.address, step.renewed(), entry, told, tools).take()
            if error is not None:
                return Ending(change, _result(error, begun=entry != before or bool(told)), error), entry
        return Ending(change, Result.DONE, task_id=_task_id(entry)), entry
    except ReconcilerError as error:
        return Ending(change, Result.FAILED, error, next(iter(told.values()), None)), entry
    except (MemoryError, RuntimeError, OSError) as failure:
        spent = _words(failure, tools)
        return Ending(change, Result.FAILED, spent, next(iter(told.values()), None)), entry


def _words(failure: Exception, tools: Tools) -> ExhaustedError:
    """What has run out, once what was kept for that is given back; raises a failure that is another."""
    error = failure if isinstance(failure, ExhaustedError) else exhausted(failure)
    if error is None:
        raise failure
    tools.relieve()
    return error


def _result(error: ReconcilerError, *, begun: bool) -> Result:
    """How a change ends by an error; `begun` tells whether anything of it has taken effect before."""
    if isinstance(error, OutcomeUnknown):
        return Result.UNCERTAIN
    if begun or not isinstance(error, NotSent):
        return Result.FAILED
    if error.code == STOPPED:
        return Result.INTERRUPTED
    return Result.SKIPPED if isinstance(error, Outage) else Result.FAILED


def _ends_what_began(step: Step) -> bool:
    """Whether it is about a task that an earlier step of the change has started: that is seen through."""
    return any(isinstance(value, TaskIdOf) for value in step.call.request.values())


def _task_id(entry: Entry | None) -> str | None:
    return entry.task_id if entry is not None and isinstance(entry.task_id, str) else None


@dataclass(frozen=True, slots=True)
class _Walk:
    """One step of one change, from its intent to its outcome."""

    address: Address
    step: Step
    before: Entry | None
    told: dict[str, str]
    tools: Tools

    def take(self) -> tuple[ReconcilerError | None, Entry | None]:
        """(why it failed, or None; what is recorded from now on).

        Raises SecretError, or StateError if the first intent cannot be written: then nothing was sent.
        So it does whatever is raised where something has run out before.
        """
        resolved = self.tools.resolve(self.step.call.request, self.told)
        tries: list[Intent] = []
        try:
            return self._attempted(resolved, tries)
        except (ExhaustedError, MemoryError, RuntimeError, OSError) as failure:
            if not tries:
                raise
            return self._broken_off(_words(failure, self.tools), tries[-1], resolved)

    def _attempted(
        self, resolved: ResolvedRequest, tries: list[Intent]
    ) -> tuple[ReconcilerError | None, Entry | None]:
        """The same; `tries` gets the intents that were journalled."""

        def before() -> None:
            intent = self._intent(resolved)
            self.tools.append(intent)
            tries.append(intent)

        try:
            self._learn(self._sent(resolved.body, before))
        except CloudError as error:
            return self._failed(error, tries[-1]) if tries else (error, self.before)
        except StateError as unwritten:
            if not tries:
                raise
            # An earlier attempt may have done what it was sent for.
            return unwritten, self._unknown(tries[-1])
        return self._note("done", self._recorded(tries[-1].pending.at, resolved))

    def _broken_off(
        self, error: ExhaustedError, intent: Intent, resolved: ResolvedRequest
    ) -> tuple[ReconcilerError | None, Entry | None]:
        """Something ran out while a call was under way: it may have done what it was sent for."""
        if self.step.id in self.told:
            return self._note("done", self._recorded(intent.pending.at, resolved), error)
        return self._note("unknown", self._unknown(intent), error)

    def _intent(self, resolved: ResolvedRequest) -> Intent:
        """What is journalled before an attempt: each is signed afresh, and may arrive that much later."""
        action, at = self.step.call.action, rfc3339(self.tools.clock())
        pending = Pending(action.name, at, resolved.body.get("TaskId"))
        return Intent(self.address, self.step.id, pending, action.starts, self._recorded(at, resolved))

    def _unknown(self, intent: Intent) -> Entry:
        return after_unknown(self.before, intent.entry, intent.pending, intent.starts)

    def _sent(self, body: dict[str, Any], before: Callable[[], None]) -> dict[str, Any]:
        """The answer; where a task is there already, that of the second try after the fence."""
        try:
            return self.tools.send(self.step.call, body, before)
        except Exists as there:
            if self.step.fence is None:
                raise
            fence, found = self.step.fence, there
        try:
            self.tools.send(fence, self.tools.resolve(fence.request, self.told).body, before)
        except Gone:
            pass
        except (Refused, NotSent) as error:
            if isinstance(error, CredentialsRefused | AccountRefused):
                raise
            raise found from error
        return self.tools.send(self.step.call, body, before)

    def _learn(self, response: Mapping[str, Any]) -> None:
        action = self.step.call.action
        if action.gone_when is not None and response.get(action.gone_when[0]) == action.gone_when[1]:
            raise Gone(
                f"{action.name}: {action.gone_when[0]} is {action.gone_when[1]}: the task has ended",
                code=action.gone_when[1],
                request_id=str(response.get("RequestId", "")),
                hint="run apply again: it is recorded as ended, and starts again if it is still wanted",
            )
        if not action.starts:
            return
        task_id = response.get("TaskId")
        if not isinstance(task_id, str) or not task_id:
            raise OutcomeUnknown(
                f"{self.step.call.action.name} succeeded without telling a TaskId",
                code="no-task-id",
                request_id=str(response.get("RequestId", "")),
            )
        self.told[self.step.id] = task_id

    def _recorded(self, at: str, resolved: ResolvedRequest) -> Entry | None:
        """The step's entry with what is known by now: TaskId, moment of the start, signatures."""
        entry = self.step.entry
        if entry is None:
            return None
        task_id = entry.task_id
        if isinstance(task_id, TaskIdOf):
            task_id = self.told.get(task_id.step)
        started_at = entry.started_at
        if started_at is None:
            same = self.before is not None and self.before.task_id == task_id is not None
            started_at = self.before.started_at if same and self.before is not None else at
        return replace(
            entry,
            task_id=task_id,
            started_at=started_at,
            signed={**entry.signed, **resolved.tx_times},
            paused_at=self._paused_at(entry.status, at),
        )

    def _paused_at(self, status: Status, at: str) -> str | None:
        """Since when the task is paused: from before, or from now on."""
        if status is not Status.PAUSED:
            return None
        before = self.before
        return before.paused_at or at if before is not None and before.status is status else at

    def _failed(self, error: CloudError, intent: Intent) -> tuple[ReconcilerError | None, Entry | None]:
        intended = intent.entry
        if isinstance(error, Gone) and self.step.gone_is_done:
            return self._note("gone", intended)
        if isinstance(error, Exists) and self.step.exists_is_done and intended and self.before:
            known = replace(intended, started_at=self.before.started_at, signed=self.before.signed)
            return self._note("done", known)
        if isinstance(error, OutcomeUnknown | Exists | Superseded):
            return self._note("unknown", self._unknown(intent), error)
        if isinstance(error, Gone) and self.before is not None and self.before.task_id is not None:
            ended = replace(self.before, status=Status.ENDED, task_id=None, attempted=())
            return self._note("gone", ended, error)
        if isinstance(error, NotSent) or self.before is None or intended is None:
            return self._note("refused", self.before, error)
        used = max(self.before.sequence_number or 0, intended.sequence_number or 0) or None
        return self._note("refused", replace(self.before, sequence_number=used), error)

    def _note(
        self, result: str, entry: Entry | None, error: ReconcilerError | None = None
    ) -> tuple[ReconcilerError | None, Entry | None]:
        """Journals an outcome. If that fails the entry is still what is so, and is kept in memory."""
        try:
            self.tools.append(Outcome(self.address, self.step.id, result, entry))
        except StateError as unwritten:
            return unwritten, entry
        except MemoryError as failure:
            return _words(failure, self.tools), entry
        return error, entry
