"""One step of one change, from its intent to its outcome.

Before each call its intent is on the disk, after each its outcome; so whatever dies in between,
the next run knows what is in doubt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.applying.advice import names_new_task
from reconciler.applying.tools import Tools
from reconciler.calls import Before, TaskIdOf
from reconciler.cloud.resolve import ResolvedRequest
from reconciler.errors import (
    AccountRefused,
    CloudError,
    CredentialsRefused,
    ExhaustedError,
    Exists,
    Gone,
    NotSent,
    OutcomeUnknown,
    ReconcilerError,
    Refused,
    StateError,
    Superseded,
    UnknownTask,
)
from reconciler.kinds import managed
from reconciler.meanings import ErrorMeaning
from reconciler.model import Address, Effect, Status
from reconciler.moments import rfc3339, unix_seconds
from reconciler.plan.model import Step
from reconciler.planning.task_ends import end_seen
from reconciler.state.journal import Intent, Outcome
from reconciler.state.model import Entry, LateCall, Pending
from reconciler.state.sequence import after_overtaken
from reconciler.state.unanswered import after_unknown, late_until

StepResult = tuple[ReconcilerError | None, Entry | None]
"""(why it failed, or None; what is recorded from now on)."""


@dataclass(frozen=True, slots=True)
class StepExecution:
    """One step of one change; `before` is what is recorded so far.

    `task_ids` are those that earlier steps of the change were told, by step; this one adds its own.
    """

    address: Address
    step: Step
    before: Entry | None
    task_ids: dict[str, str]
    tools: Tools

    def execute(self) -> StepResult:
        """Sends the step's call and records what became of it.

        Raises SecretError, or StateError if the first intent cannot be written: then nothing was sent.
        So it does whatever is raised where something has run out before.
        """
        resolved = self.tools.resolve(self.step.call.request, self.task_ids)
        tries: list[Intent] = []
        try:
            return self._attempted(resolved, tries)
        except (ExhaustedError, MemoryError, RuntimeError, OSError) as failure:
            if not tries:
                raise
            return self.broken_off(self.tools.relieved(failure), tries[-1], resolved)

    def _attempted(self, resolved: ResolvedRequest, tries: list[Intent]) -> StepResult:
        """The same; `tries` gets the intents that were journalled."""
        lost: list[Intent] = []

        def before(failures: Sequence[CloudError] = ()) -> float:
            if failures and isinstance(failures[-1], OutcomeUnknown):
                lost.append(tries[-1])
            moment = self.tools.clock()
            intent = self._intent(resolved, rfc3339(moment))
            self.tools.append(intent)
            tries.append(intent)
            return moment

        try:
            self._learn(self._sent(resolved.body, before))
        except CloudError as error:
            return self.failed(error, tries[-1]) if tries else (error, self.before)
        except StateError as unwritten:
            if not tries:
                raise
            # An earlier attempt may have done what it was sent for.
            return unwritten, self._unknown(tries[-1])
        return self.note("done", self._repeated(self.recorded(tries[-1].pending.at, resolved), lost))

    def _repeated(self, entry: Entry | None, lost: list[Intent]) -> Entry | None:
        """The entry, with the last attempt that was never answered before one was: it may still arrive.

        By an ID of ours it sets, or begins again, what is changed or ended meanwhile. One that was refused
        is over.
        """
        if entry is None or not lost or not self.step.call.action.token:
            return entry
        earlier = LateCall(late_until(lost[-1].pending.at), entry.spec)
        return replace(entry, late_calls=(*entry.late_calls, earlier))

    def broken_off(self, error: ExhaustedError, intent: Intent, resolved: ResolvedRequest) -> StepResult:
        """Something ran out while a call was under way: it may have done what it was sent for."""
        if self.step.id in self.task_ids:
            return self.note("done", self.recorded(intent.pending.at, resolved), error)
        return self.note("unknown", self._unknown(intent), error)

    def _intent(self, resolved: ResolvedRequest, at: str) -> Intent:
        """What is journalled before an attempt: each is signed with its own moment, and may arrive later."""
        action = self.step.call.action
        runs = self.before is not None and self.before.status is Status.RUNNING
        effect = Effect.UPDATE if runs and action.sets_by_id else action.effect
        pending = Pending(action.name, at, resolved.body.get("TaskId"), effect=effect)
        return Intent(self.address, self.step.id, pending, action.tells_id, self.recorded(at, resolved))

    def _unknown(self, intent: Intent) -> Entry:
        return after_unknown(self.before, intent.entry, intent.pending, intent.starts)

    def _overtaken(self, intent: Intent) -> Entry:
        """What is in doubt after somebody else's update; the next number is one of those that follow time."""
        entry, at = self._unknown(intent), unix_seconds(intent.pending.at)
        return replace(entry, sequence_number=after_overtaken(entry.sequence_number, at))

    def _sent(self, body: dict[str, Any], before: Before) -> dict[str, Any]:
        """The answer; where a task is there already, that of the second try once it was ended."""
        try:
            return self.tools.send(self.step.call, body, before)
        except Exists as there:
            if self.step.if_task_exists is None:
                raise
            stop, found = self.step.if_task_exists, there
        try:
            self.tools.send(stop, self.tools.resolve(stop.request, self.task_ids).body, before)
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
                hint=ErrorMeaning.ENDED.value.hint,
            )
        if not action.tells_id:
            return
        task_id = response.get("TaskId")
        if not isinstance(task_id, str) or not task_id:
            raise OutcomeUnknown(
                f"{self.step.call.action.name} succeeded without returning a TaskId",
                code="no-task-id",
                request_id=str(response.get("RequestId", "")),
                hint=ErrorMeaning.FAULT.value.hint,
            )
        self.task_ids[self.step.id] = task_id

    def recorded(self, at: str, resolved: ResolvedRequest) -> Entry | None:
        """The step's entry with what is known by now: TaskId, moment of the start, signatures."""
        entry = self.step.entry
        if entry is None:
            return None
        task_id, begun = entry.task_id, None
        if isinstance(task_id, TaskIdOf):
            # What an earlier step of the change has started keeps what that has made.
            begun = self.before if task_id.step != self.step.id else None
            task_id = self.task_ids.get(task_id.step)
        started_at = entry.started_at
        if started_at is None:
            same = self.before is not None and self.before.task_id == task_id is not None
            started_at = self.before.started_at if same and self.before is not None else at
        return replace(
            entry,
            task_id=task_id,
            started_at=started_at,
            signed={**(begun.signed if begun else {}), **entry.signed, **resolved.tx_times},
            signed_by={**(begun.signed_by if begun else {}), **entry.signed_by, **resolved.signed_by},
            paused_at=self._paused_at(entry.status, at),
            made={**(begun.made if begun else {}), **entry.made, **resolved.made},
            late_calls=(*entry.late_calls, *_lost_since(begun, entry, at)),
            answered_at=at if self._tells_that_it_runs(entry) else entry.answered_at,
        )

    def _tells_that_it_runs(self, entry: Entry) -> bool:
        """Whether an answer to the call says that the recorded task runs."""
        return self.step.call.action.effect is Effect.UPDATE and isinstance(entry.task_id, str)

    def _paused_at(self, status: Status, at: str) -> str | None:
        """Since when the task is paused: from before, or from now on."""
        if status is not Status.PAUSED:
            return None
        before = self.before
        return before.paused_at or at if before is not None and before.status is status else at

    def failed(self, error: CloudError, intent: Intent) -> StepResult:
        """What an error says of the task, and what the step says that such an error means."""
        intended = intent.entry
        if self._takes_in and not isinstance(error, OutcomeUnknown):
            return self.note("refused", self.before, error)
        if isinstance(error, Gone) and self.step.gone_is_done:
            return self.note("gone", intended, answer=error)
        if isinstance(error, Exists) and self.step.exists_is_done and intended and self.before:
            known = replace(
                intended,
                started_at=self.before.started_at,
                signed=self.before.signed,
                signed_by=self.before.signed_by,
            )
            return self.note("done", known, answer=error)
        if isinstance(error, OutcomeUnknown | Exists):
            return self.note("unknown", self._unknown(intent), error)
        if isinstance(error, Superseded):
            return self.note("unknown", self._overtaken(intent), error)
        if isinstance(error, UnknownTask) and self.before is not None and not names_new_task(self.step):
            # By that TaskId nothing can be ended: what runs is ended by its robot.
            doubt = replace(intent.pending, task_id=None)
            uncertain = replace(self.before, status=Status.UNCERTAIN, task_id=None, pending=doubt)
            return self.note("unknown", uncertain, error)
        if isinstance(error, Gone) and self.before is not None and self.before.task_id is not None:
            at = unix_seconds(intent.pending.at)
            words = f"{intent.pending.action} was answered that it has ended"
            end = end_seen(managed(self.address), self.before, at, words)
            ended = replace(self.before, status=Status.ENDED, task_id=None, attempted=(), end=end)
            return self.note("gone", ended, error)
        if isinstance(error, NotSent) or self.before is None or intended is None:
            return self.note("refused", self.before, error)
        used = max(self.before.sequence_number or 0, intended.sequence_number or 0) or None
        return self.note("refused", replace(self.before, sequence_number=used), error)

    @property
    def _takes_in(self) -> bool:
        """Whether the call is about a task that is not recorded yet, and is to be if this one finds it."""
        known = self.before is not None and self.before.task_id is not None
        return not known and self.step.entry is not None and isinstance(self.step.entry.task_id, str)

    def note(
        self,
        result: str,
        entry: Entry | None,
        error: ReconcilerError | None = None,
        answer: CloudError | None = None,
    ) -> StepResult:
        """Journals an outcome. If that fails the entry is still what is so, and is kept in memory.

        `answer` is an error of the cloud's that is as good as success here.
        """
        told = answer or error
        code, request_id = (told.code, told.request_id) if isinstance(told, CloudError) else ("", "")
        at = rfc3339(self.tools.clock())
        outcome = Outcome(self.address, self.step.id, result, entry, at, code, request_id)
        try:
            self.tools.append(outcome)
        except StateError as unwritten:
            return unwritten, entry
        except MemoryError as failure:
            return self.tools.relieved(failure), entry
        return error, entry


def _lost_since(begun: Entry | None, planned: Entry, at: str) -> tuple[LateCall, ...]:
    """The attempts at an earlier step of the change that may still arrive, of which its plan knew nothing."""
    late = () if begun is None else begun.late_calls
    return tuple(one for one in late if one.until > at and one not in planned.late_calls)
