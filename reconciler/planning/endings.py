"""Steps that end what may be running: by its TaskId, by its name, or by starting over it first."""

from abc import ABC
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reconciler.calls import TaskIdOf
from reconciler.claims import ClaimKind
from reconciler.kinds.base import Subject
from reconciler.kinds.capabilities import CanStart, CanStop
from reconciler.late_values import without_secrets
from reconciler.model import Impact, Status, Verb
from reconciler.moments import unix_seconds
from reconciler.planning.fields import compare_specs
from reconciler.planning.steps import StepBuilder
from reconciler.state.model import Entry, LateCall


class EndingSteps(StepBuilder, ABC):
    """What the steps of a task end, and which late calls could have to do with it."""

    @property
    def starts(self) -> CanStart:
        """The kind as one that starts tasks; raises ValueError for a switch."""
        if self.kind.starts is None:
            raise ValueError(f"{self.kind.name} starts no task")
        return self.kind.starts

    @property
    def stops(self) -> CanStop:
        """The kind as one that stops tasks; raises ValueError if it cannot."""
        if self.kind.stops is None:
            raise ValueError(f"{self.kind.name} cannot be stopped")
        return self.kind.stops

    @property
    def stays_recorded(self) -> bool:
        """Whether what has ended is recorded on, as its end is what its manifest accepts."""
        return (
            self.end_of_task is not None
            and self._desired is not None
            and not self._desired.resource.wanted.is_over
        )

    def is_start_of(self, late_call: LateCall, spec: Any) -> bool:
        """Whether it is a start whose place a start of the spec takes."""
        return late_call.verb is Verb.START and self._has_name(late_call, spec)

    def _has_name(self, late_call: LateCall, spec: Any) -> bool:
        identity = self.starts.identity(spec)
        return identity is not None and self.recorded.identity_of(late_call.spec) == identity

    @property
    def unfenced(self) -> bool:
        """Whether a second start ends nothing of the first, which is looked for instead."""
        one = self._desired or self._recorded
        return one is not None and self.kind.unfenced(one.spec)

    def touches(self, late_call: LateCall, spec: Any) -> bool:
        """Whether it ends a task of the spec: a start by its robot or a feedback room's, or a stop."""
        if late_call.verb is not Verb.START:
            return late_call.verb is Verb.STOP and self._has_name(late_call, spec)
        if self.is_start_of(late_call, spec):
            return True
        kind = self.kind.kind
        shared = kind.occupies(self.recorded.read(late_call.spec)) & kind.occupies(spec)
        return any(claim.kind is not ClaimKind.PUSH for claim in shared)

    def clear_the_way(self, new: Any) -> None:
        """Ends a task that may still be there, unless the coming start ends it by itself."""
        entry = self.recorded.entry
        known = entry.pending.task_id if entry.pending else None
        same = self.recorded.identity == self.starts.identity(new)
        if (same and self.kind.sets_by_id and not self.restarting) or (self.unfenced and known is None):
            return
        if known is not None or self.kind.stops_by_name is not None or not same:
            self.end_uncertain()

    def end_late_calls(self, new: Any = None) -> None:
        """Ends by their names those whose time is over, unless a start of the spec does it by itself.

        The entry keeps its task meanwhile: what is started over a late call is stopped at once.
        """
        entry, over = self.recorded.entry, self.probation.over
        if self.unfenced:
            return  # what a lost start has made is found, and then stopped by its TaskId
        left = [one for one in entry.late_calls if one not in over or one.verb is Verb.START]
        for late_call in over:
            if late_call not in left or (new is not None and self._takes_place(new, late_call)):
                continue
            left.remove(late_call)
            idle = not left and entry.status.is_over
            after = None if idle and not self.stays_recorded else replace(entry, late_calls=tuple(left))
            self.end_by_name(self.recorded.read(late_call.spec), entry, after)

    def _takes_place(self, new: Any, late_call: LateCall) -> bool:
        """Whether a start of the spec ends what a late one began, or sets it to what it says itself.

        What began with another output, as a mix has, can only be ended first; while the record's own task
        runs, the API has refused such a late start.
        """
        if not self.is_start_of(late_call, new):
            return False
        if not self.kind.sets_by_id or self.recorded.entry.status not in (Status.STOPPED, Status.ENDED):
            return True
        differing = compare_specs(self.recorded.read(late_call.spec), new)
        return not any(planned.impact is Impact.RESTART for planned in differing)

    def end_by_name(self, spec: Any, during: Entry, after: Entry | None) -> None:
        """Ends whatever runs by the name of a spec: by that name, or by starting over it first."""
        subject = self.about(spec)
        if self.kind.stops_by_name is not None:
            self.add(self.kind.stops_by_name.stop_by_name(subject), after, gone_is_done=True)
            return
        told = TaskIdOf(self.next_id())
        # It is stopped at once, so it needs no secret that only a manifest of that time had in clear.
        start = self.starts.start(subject)
        start = replace(start, request=without_secrets(start.request))
        self.add(start, during if during.task_id else replace(during, task_id=told))
        for call in self.stops.stop(replace(subject, task_id=told)):
            self.add(call, after, gone_is_done=True)

    def end_uncertain(self) -> None:
        """Ends what may be running: by its TaskId, or by its name."""
        entry, spec = self.recorded.entry, self.recorded.spec
        known = entry.pending.task_id if entry.pending else None
        if known is None or self.may_be_replaced():
            every = (*self.probation.waiting, *self.probation.over)
            left = tuple(one for one in every if one not in self.probation.over)
            during = replace(entry, status=Status.RUNNING, pending=None, started_at=None, late_calls=left)
            self.end_by_name(spec, during, self.ended())
        else:
            self.end(replace(self.about(spec), task_id=known))

    def outlasting(self) -> tuple[LateCall, ...]:
        """The late calls that could still harm a task started now; an update is of one TaskId.

        Where an update starts what does not run, it is as good as a start.
        """
        kept = self.probation.waiting
        if self.kind.sets_by_id:
            return tuple(replace(one, verb=Verb.START) if one.verb is Verb.UPDATE else one for one in kept)
        return tuple(one for one in kept if one.verb is not Verb.UPDATE)

    def _never_looked_for(self) -> Iterator[LateCall]:
        """The starts whose time is over, and that may have made a task which only a look would tell of."""
        if self.unfenced:
            yield from (one for one in self.probation.over if one.verb is Verb.START)

    def may_be_replaced(self) -> bool:
        """Whether a start that arrived late may have ended the recorded task and taken its place."""
        recorded = self.recorded
        return any(self.is_start_of(one, recorded.spec) for one in recorded.entry.late_calls)

    def end(self, subject: Subject) -> None:
        """Stops a task by its TaskId."""
        pause = self.seconds_until_end()
        for call in self.stops.stop(subject):
            self.add(call, self.ended(), gone_is_done=True, pause=pause)

    def seconds_until_end(self) -> float:
        """How long what is recorded cannot be ended yet, as it was started a moment ago."""
        rests, started = self.kind.rests, self.entry.started_at if self.entry else None
        if rests is None or started is None:
            return 0.0
        most = rests.seconds_until_end + 1.0  # a moment is recorded to the second
        return min(most, max(0.0, round(unix_seconds(started) + most - self.now, 1)))

    def ended(self) -> Entry | None:
        """What is recorded once the task has ended: nothing, unless a start may still arrive."""
        left = (*self.outlasting(), *self._never_looked_for())
        if self.entry is None or not left:
            return None
        return Entry(
            kind=self.entry.kind,
            schema_version=self.entry.schema_version,
            digest=self.entry.digest,
            status=Status.STOPPED,
            spec=self.entry.spec,
            labels=self.entry.labels,
            annotations=self.entry.annotations,
            on_removal=self.entry.on_removal,
            late_calls=left,
            made=self.entry.made if self.unfenced else {},
        )
