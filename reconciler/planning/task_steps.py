"""The steps of a task: start, update, pause, resume, stop, replace.

One rule for what nobody knows: a task whose start or stop was never answered is fenced before
anything else happens to its room, by starting it once more with the same robot, which ends the
first, so that the new TaskId is known (reference semantics §10, client §1).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from reconciler.calls import Call, LaterRequest, TaskIdOf
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.registration import Registered
from reconciler.model import Address, Status, Verb
from reconciler.planning.earlier_starts import NO_EARLIER_STARTS, EarlierStarts, earlier_starts
from reconciler.planning.endings import EndingSteps
from reconciler.planning.found_tasks import FoundTask
from reconciler.state.model import Entry
from reconciler.state.sequence import next_number


def _start_of(
    kind: Registered,
    address: Address,
    settings: Settings,
    spec: Mapping[str, Any],
    made: Mapping[str, str],
    share: Callable[[Any], Any],
) -> dict[str, Any]:
    """The request of a start, from a resource as it was declared."""
    starts = kind.starts
    if starts is None:
        raise ValueError(f"{kind.name} starts no task")
    call = starts.start(Subject(address, kind.read(spec), settings, made=made))
    return cast(dict[str, Any], share({**call.request}))


class TaskSteps(EndingSteps):
    """The steps of one change of a task.

    A verb is only asked of a kind that has the capability; ValueError says that a table is wrong.
    """

    def builders(self) -> Mapping[Verb, Callable[[], None]]:
        """See StepBuilder.builders."""
        return {
            Verb.START: self._start,
            Verb.UPDATE: self._update,
            Verb.RESUME: self._resume,
            Verb.PAUSE: self._pause,
            Verb.STOP: self._stop,
            Verb.REPLACE: self._replace,
        }

    def _start(self, lost: EarlierStarts | None = None, pause: float = 0.0) -> None:
        """`lost` are starts that the record does not tell of any more, and whose task may answer this one.

        An update follows then that makes of that task what is declared; until it is answered, either is
        recorded.
        """
        spec = self.desired.spec
        lost = self._earlier_starts() if lost is None else lost
        if self.entry is not None:
            self.end_late_calls(spec)
            if self.entry.status is Status.UNCERTAIN:
                self.clear_the_way(spec)
            pause = self._seconds_until_again() if self.steps else pause
        told = TaskIdOf(self.next_id())
        subject = self.about(spec, made=lost.made)
        call = self._starting(subject)
        running = self.record(
            Status.RUNNING,
            made=subject.made,
            task_id=told if call.action.tells_id else None,
            late_calls=self.outlasting(),
        )
        if self.end_of_task is not None:
            running = self.end_of_task.restarted(running)
        by_name = self.kind.stops_by_name
        other = by_name.stop_by_name(subject) if by_name and not self.kind.sets_by_id else None
        others = lost.otherwise(self.kind, spec) if lost.specs and call.repeatable else ()
        subject = self.about(spec, made=lost.made, task_id=told)
        setting = self._setting(subject, others, running) if others else None
        attempting = running if setting is None else replace(running, attempted=others)
        self.add(call, attempting, if_task_exists=other, pause=pause)
        # Beside it stays what an earlier step has made by then.
        if setting is not None:
            self.add(setting, replace(running, made={}))
        if self.desired.resource.wanted is Status.PAUSED and self.kind.pauses is not None:
            self.add(self.kind.pauses.pause(subject), replace(running, made={}, status=Status.PAUSED))

    def _starting(self, subject: Subject) -> Call:
        """The start; where a kind has but one, its request is made when it is asked for.

        Until then the resource as it was declared is kept for it, which is a part of the record anyway, and
        not its validated spec, which is several times as large.
        """
        starts = self.starts
        if len(starts.starters) > 1:
            return starts.start(subject)
        (action,) = starts.starters
        region = subject.spec.region or "" if action.regional else ""
        declared = (self.kind, self.address, self.settings, self.desired.resource.spec)
        return Call(action, region, LaterRequest(partial(_start_of, *declared, subject.made, self.share)))

    def _earlier_starts(self) -> EarlierStarts:
        """What the next start may be taken for; what another start ends is ended by it."""
        if self.entry is None or not self.unfenced:
            return NO_EARLIER_STARTS
        return earlier_starts(self.entry, self.probation)

    def _setting(self, subject: Subject, others: Iterable[Mapping[str, Any]], running: Entry) -> Call | None:
        """What says after a start all that the task of a lost one may have otherwise, its end among it."""
        updates, renews = self.kind.updates, self.kind.renews
        if updates is None:
            return None
        subject = replace(subject, bases=tuple(map(self.kind.read, others)))
        if renews is not None and renews.renew_at(running) is not None:
            return renews.renew(subject)
        return updates.update(subject)

    def _stop(self) -> None:
        recorded = self.recorded
        if recorded.entry.status.is_over:
            self.end_late_calls()
            return
        self.end_late_calls(recorded.spec)
        if recorded.entry.status is Status.UNCERTAIN:
            self.end_uncertain()
        elif self.may_be_replaced() and self.kind.stops_by_name is None:
            # A stop by its TaskId alone would then end nothing.
            during = replace(recorded.entry, task_id=None, started_at=None)
            self.end_by_name(recorded.spec, during, self.ended())
        else:
            self._stop_what_took_its_place()
            self.end(replace(self.about(recorded.spec), task_id=recorded.entry.task_id))

    def _stop_what_took_its_place(self) -> None:
        """Ends what may have taken the place of a task, which is then stopped by its TaskId besides."""
        recorded = self.recorded
        if self.kind.stops_by_name is None or recorded.entry.task_id is None:
            return
        if any(self.is_start_of(one, recorded.spec) for one in self.probation.over):
            stop = self.kind.stops_by_name.stop_by_name(self.about(recorded.spec))
            self.add(stop, recorded.entry, gone_is_done=True)

    def _replace(self) -> None:
        if self.entry is not None and self.entry.status is Status.UNCERTAIN:
            self._start()
            return
        lost, pause = self._earlier_starts(), self._seconds_until_again()
        self._stop()
        self.forget_recorded()
        self._start(lost, pause)

    def _seconds_until_again(self) -> float:
        """How long after its end what is recorded can be started again, if it is by the same name."""
        same = self.recorded.identity == self.starts.identity(self.desired.spec)
        return self.kind.rests.seconds_until_again if self.kind.rests is not None and same else 0.0

    def _update(self) -> None:
        if self.end_of_task is not None:
            return  # what has ended takes no call: that it has is recorded
        if self.found is not None:
            self._take_in(self.found)
            return
        verifies, call = self.kind.verifies, self._updating()
        spec = self.recorded.spec
        self.end_late_calls(spec)
        if verifies is not None and any(self.touches(one, spec) for one in self.probation.over):
            call = call or verifies.verify(self.about_recorded())
        if call is not None:
            starts = call.action in self.starts.starters and not self.kind.sets_by_id
            sure = self.kind.stops_by_name is not None and starts
            self.add_in_place(call, None, if_task_gone=self._start_if_gone(), exists_is_done=sure)

    def _updating(self) -> Call | None:
        """The call that says what differs, or that puts off the end and says it by the way."""
        updates, renews = self.kind.updates, self.kind.renews
        if self.renewing and renews is not None:
            return renews.renew(self.about_recorded())
        return updates.update(self.about_recorded()) if updates else None

    def _take_in(self, found: FoundTask) -> None:
        """Asks a task that was found whether it runs; one that can be asked otherwise is recorded alone."""
        imports, entry = self.kind.imports, self.taken_in(found)
        sequence = next_number(None, self.now)
        about = replace(self.about(self.recorded.spec), task_id=found.task_id, sequence=sequence)
        call = None if imports is None else imports.probe(about)
        if call is not None:
            self.add(call, replace(entry, sequence_number=sequence))

    def _start_if_gone(self) -> Call | None:
        """The start that takes the place of a task which a start that arrived late has ended."""
        recorded = self.recorded
        touched = any(self.touches(one, recorded.spec) for one in recorded.entry.late_calls)
        if self.kind.stops_by_name is not None or not touched:
            return None
        return self.starts.start(self.about(self.desired.spec))

    def _resume(self) -> None:
        if self.kind.resumes is None:
            raise ValueError(f"{self.kind.name} cannot be resumed")
        self.end_late_calls(self.recorded.spec)
        self.add_in_place(self.kind.resumes.resume(self.about_recorded()), Status.RUNNING)

    def _pause(self) -> None:
        if self.kind.pauses is None:
            raise ValueError(f"{self.kind.name} cannot be paused")
        self.end_late_calls(self.recorded.spec)
        self.add_in_place(self.kind.pauses.pause(self.about_recorded()), Status.PAUSED)
