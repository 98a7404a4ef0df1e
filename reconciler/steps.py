"""The calls that each verb is made of, complete, with what to record after each.

One rule for what nobody knows: a task whose start or stop was never answered is fenced before
anything else happens to its room, by starting it once more with the same robot, which ends the
first, so that the new TaskId is known (reference semantics §10, client §1).
"""

from dataclasses import replace
from typing import Any

from reconciler.kinds.base import (
    CanFence,
    CanPause,
    CanResume,
    CanStart,
    CanStop,
    CanUpdate,
    CanVerify,
    Managed,
    Renews,
    Settings,
    Signs,
    Subject,
)
from reconciler.kinds.live import PUSH
from reconciler.model import Address, Call, Resource, Status, TaskIdOf, Verb, referred, without_secrets
from reconciler.plan import Step
from reconciler.probation import Probation
from reconciler.state import Entry, Suspect


def uses_text(resource: Resource) -> dict[str, str]:
    """The documents that a resource was resolved from, as they are recorded."""
    return {str(address): found for address, found in sorted(resource.uses.items())}


def _referred(call: Call) -> Call:
    """The call with a reference for each text that holds a secret's digest."""
    return replace(call, request=referred(call.request))


class Stairs:
    """Collects the steps of one change, from an entry (or none) to a resource (or none).

    The planner asks only for verbs that the kind has the capabilities for; the assertions say
    so to the type checker.
    """

    def __init__(
        self,
        kind: Managed,
        address: Address,
        settings: Settings,
        *,
        resource: Resource | None,
        entry: Entry | None,
        probation: Probation,
        renewing: bool = False,
    ) -> None:
        self.kind = kind
        self.address = address
        self.settings = settings
        self.resource = resource
        self.entry = entry
        self.probation = probation
        self.renewing = renewing
        self.steps: list[Step] = []

    def build(self, verb: Verb) -> tuple[Step, ...]:
        """The steps of a verb; a forget has none."""
        builders = {
            Verb.START: self._start,
            Verb.UPDATE: self._update,
            Verb.RESUME: self._resume,
            Verb.PAUSE: self._pause,
            Verb.STOP: self._stop,
            Verb.REPLACE: self._replace,
        }
        if verb in builders:
            builders[verb]()
        return tuple(self.steps)

    def noted(self) -> Entry:
        """What is recorded where something changed that takes no call: it counts from the next start."""
        entry, _ = self._recorded()
        resource, _ = self._desired()
        return replace(
            entry,
            spec=resource.spec,
            digest=resource.digest,
            labels=resource.labels,
            uses=uses_text(resource),
            suspects=self.probation.waiting,
        )

    def _add(
        self,
        call: Call,
        entry: Entry | None,
        *,
        gone_is_done: bool = False,
        fence: Call | None = None,
        anew: Call | None = None,
        exists_is_done: bool = False,
    ) -> None:
        step = Step(self._next_id(), _referred(call), entry, gone_is_done, exists_is_done=exists_is_done)
        self.steps.append(replace(step, fence=fence and _referred(fence), anew=anew and _referred(anew)))

    def _next_id(self) -> str:
        return f"{self.address}#{len(self.steps)}"

    def _start(self) -> None:
        assert isinstance(self.kind, CanStart)
        resource, spec = self._desired()
        if self.entry is not None:
            self._end_suspects(self.entry, spec)
            if self.entry.status is Status.UNCERTAIN:
                self._clear_the_way(spec)
        told = TaskIdOf(self._next_id())
        subject = Subject(self.address, spec, self.settings)
        call = self.kind.start(subject)
        running = replace(
            self._record(Status.RUNNING),
            task_id=told if call.action.starts else None,
            suspects=self._outlasting(),
        )
        fence = self.kind.fence(subject) if isinstance(self.kind, CanFence) else None
        self._add(call, running, fence=fence)
        if resource.wanted is Status.PAUSED and isinstance(self.kind, CanPause):
            pause = self.kind.pause(Subject(self.address, spec, self.settings, told))
            self._add(pause, replace(running, status=Status.PAUSED))

    def _same(self, suspect: Suspect, spec: Any) -> bool:
        """Whether a start of the spec takes the place of the suspect's."""
        assert isinstance(self.kind, CanStart)
        return suspect.verb is Verb.START and self._of_name(suspect, spec)

    def _of_name(self, suspect: Suspect, spec: Any) -> bool:
        assert isinstance(self.kind, CanStart)
        return self.kind.identity(self.kind.spec.model_validate(suspect.spec)) == self.kind.identity(spec)

    def _touches(self, suspect: Suspect, spec: Any) -> bool:
        """Whether a suspect ends a task of the spec: a start by its robot or a feedback room's, or a stop."""
        if suspect.verb is not Verb.START:
            return suspect.verb is Verb.STOP and self._of_name(suspect, spec)
        theirs = self.kind.occupies(self.kind.spec.model_validate(suspect.spec))
        return self._same(suspect, spec) or any(
            not key.startswith(PUSH) for key in theirs & self.kind.occupies(spec)
        )

    def _clear_the_way(self, new: Any) -> None:
        """Ends a task that may still be there, unless the coming start ends it by itself."""
        assert isinstance(self.kind, CanStart)
        entry, old = self._recorded()
        known = entry.pending.task_id if entry.pending else None
        same = self.kind.identity(old) == self.kind.identity(new)
        if known is not None or isinstance(self.kind, CanFence) or not same:
            self._end_uncertain()

    def _end_suspects(self, entry: Entry, new: Any = None) -> None:
        """Ends by their names those whose time is over, unless a start of the spec does it by itself.

        The entry keeps its task meanwhile: what is started over a suspect is stopped at once.
        """
        over = self.probation.over
        left = [one for one in entry.suspects if one not in over or one.verb is Verb.START]
        for suspect in over:
            if suspect not in left or (new is not None and self._same(suspect, new)):
                continue
            left.remove(suspect)
            idle = not left and entry.status in (Status.STOPPED, Status.ENDED)
            after = None if idle else replace(entry, suspects=tuple(left))
            self._end_by_name(self.kind.spec.model_validate(suspect.spec), entry, after)

    def _end_by_name(self, spec: Any, during: Entry, after: Entry | None) -> None:
        """Ends whatever runs by the name of a spec: by that name, or by starting over it first."""
        assert isinstance(self.kind, CanStart) and isinstance(self.kind, CanStop)
        subject = Subject(self.address, spec, self.settings)
        if isinstance(self.kind, CanFence):
            self._add(self.kind.fence(subject), after, gone_is_done=True)
            return
        told = TaskIdOf(self._next_id())
        # It is stopped at once, so it needs no secret that only a manifest of that time had in clear.
        start = self.kind.start(subject)
        start = replace(start, request=without_secrets(start.request))
        self._add(start, during if during.task_id else replace(during, task_id=told))
        for call in self.kind.stop(replace(subject, task_id=told)):
            self._add(call, after, gone_is_done=True)

    def _end_uncertain(self) -> None:
        """Ends what may be running: by its TaskId, or by its name."""
        entry, spec = self._recorded()
        known = entry.pending.task_id if entry.pending else None
        if known is None or self._may_be_replaced(entry, spec):
            left = tuple(one for one in self._suspects() if one not in self.probation.over)
            fenced = replace(entry, status=Status.RUNNING, pending=None, started_at=None, suspects=left)
            self._end_by_name(spec, fenced, self._ended())
        else:
            self._end(Subject(self.address, spec, self.settings, known))

    def _suspects(self) -> tuple[Suspect, ...]:
        return (*self.probation.waiting, *self.probation.over)

    def _outlasting(self) -> tuple[Suspect, ...]:
        """The suspects that could still harm a task started now; an update is of one TaskId."""
        return tuple(one for one in self.probation.waiting if one.verb is not Verb.UPDATE)

    def _may_be_replaced(self, entry: Entry, spec: Any) -> bool:
        """Whether a start that arrived late may have ended the recorded task and taken its place."""
        return any(self._same(suspect, spec) for suspect in entry.suspects)

    def _end(self, subject: Subject) -> None:
        assert isinstance(self.kind, CanStop)
        for call in self.kind.stop(subject):
            self._add(call, self._ended(), gone_is_done=True)

    def _ended(self) -> Entry | None:
        """What is recorded once the task has ended: nothing, unless a start may still arrive."""
        left = self._outlasting()
        if self.entry is None or not left:
            return None
        return Entry(
            kind=self.entry.kind,
            schema_version=self.entry.schema_version,
            digest=self.entry.digest,
            status=Status.STOPPED,
            spec=self.entry.spec,
            labels=self.entry.labels,
            suspects=left,
        )

    def _stop(self) -> None:
        assert isinstance(self.kind, CanStop)
        if not isinstance(self.kind, CanStart):
            _, wanted = self._desired()
            for call in self.kind.stop(Subject(self.address, wanted, self.settings)):
                self._add(call, self._record(Status.FORBIDDEN))
            return
        entry, spec = self._recorded()
        if entry.status in (Status.STOPPED, Status.ENDED):
            self._end_suspects(entry)
            return
        self._end_suspects(entry, spec)
        if entry.status is Status.UNCERTAIN:
            self._end_uncertain()
        elif self._may_be_replaced(entry, spec) and not isinstance(self.kind, CanFence):
            # A stop by its TaskId alone would then end nothing.
            self._end_by_name(spec, replace(entry, task_id=None, started_at=None), self._ended())
        else:
            self._fence_over(entry, spec)
            self._end(Subject(self.address, spec, self.settings, entry.task_id))

    def _fence_over(self, entry: Entry, spec: Any) -> None:
        """Ends what may have taken the place of a task, which is then stopped by its TaskId besides."""
        if not isinstance(self.kind, CanFence) or entry.task_id is None:
            return
        if any(self._same(suspect, spec) for suspect in self.probation.over):
            fence = self.kind.fence(Subject(self.address, spec, self.settings))
            self._add(fence, entry, gone_is_done=True)

    def _replace(self) -> None:
        if self.entry is not None and self.entry.status is Status.UNCERTAIN:
            self._start()
            return
        self._stop()
        self.entry = None
        self._start()

    def _update(self) -> None:
        entry, spec = self._recorded()
        switched_on = self._desired()[0].wanted is Status.ALLOWED
        updates = isinstance(self.kind, CanUpdate) and not switched_on
        call = self.kind.update(self._subject()) if isinstance(self.kind, CanUpdate) and updates else None
        if not isinstance(self.kind, CanStart):
            if call is None and self.renewing and isinstance(self.kind, Renews):
                call = self.kind.renew(self._subject())
            if call is not None:
                self._on_running(call, None)
            return
        self._end_suspects(entry, spec)
        if isinstance(self.kind, CanVerify) and any(self._touches(one, spec) for one in self.probation.over):
            call = call or self.kind.verify(self._subject())
        if call is not None:
            sure = isinstance(self.kind, CanFence) and call.action in self.kind.starters
            self._on_running(call, None, anew=self._anew(entry, spec), exists_is_done=sure)

    def _anew(self, entry: Entry, recorded: Any) -> Call | None:
        """The start that takes the place of a task which a start that arrived late has ended."""
        assert isinstance(self.kind, CanStart)
        touched = any(self._touches(suspect, recorded) for suspect in entry.suspects)
        if isinstance(self.kind, CanFence) or not touched:
            return None
        _, spec = self._desired()
        return self.kind.start(Subject(self.address, spec, self.settings))

    def _resume(self) -> None:
        assert isinstance(self.kind, CanResume)
        if isinstance(self.kind, CanStart):
            self._end_suspects(*self._recorded())
            self._on_running(self.kind.resume(self._subject()), Status.RUNNING)
            return
        _, spec = self._desired()
        call = self.kind.resume(Subject(self.address, spec, self.settings))
        self._add(call, self._record(Status.ALLOWED))

    def _pause(self) -> None:
        assert isinstance(self.kind, CanPause)
        self._end_suspects(*self._recorded())
        self._on_running(self.kind.pause(self._subject()), Status.PAUSED)

    def _on_running(
        self,
        call: Call,
        status: Status | None,
        *,
        anew: Call | None = None,
        exists_is_done: bool = False,
    ) -> None:
        """A call on the recorded task, which stays the same task."""
        entry, _ = self._recorded()
        record = replace(
            self._record(status or entry.status),
            task_id=entry.task_id,
            sequence_number=call.request.get("SequenceNumber", entry.sequence_number),
            started_at=entry.started_at if isinstance(self.kind, CanStart) and not exists_is_done else None,
            signed=self._subject().signed,
            suspects=self.probation.waiting,
        )
        self._add(call, record, anew=anew, exists_is_done=exists_is_done)

    def _subject(self) -> Subject:
        """What a call on the recorded task is about."""
        entry, recorded = self._recorded()
        _, spec = self._desired()
        late = (one.spec for one in self.probation.over if one.verb is Verb.UPDATE)
        attempted = (self.kind.spec.model_validate(spec) for spec in (*entry.attempted, *late))
        bases = (recorded, *attempted)
        signed = self.kind.still_signed(spec, bases, entry.signed) if isinstance(self.kind, Signs) else {}
        return Subject(
            self.address,
            spec,
            self.settings,
            task_id=entry.task_id,
            sequence=(entry.sequence_number or 0) + 1,
            bases=bases,
            signed=signed,
        )

    def _desired(self) -> tuple[Resource, Any]:
        """The resource and its typed spec."""
        if self.resource is None:
            raise ValueError(f"{self.address} is not in the manifests")
        return self.resource, self.kind.spec.model_validate(self.resource.spec)

    def _recorded(self) -> tuple[Entry, Any]:
        """The entry and its typed spec."""
        if self.entry is None:
            raise ValueError(f"{self.address} is not recorded")
        return self.entry, self.kind.spec.model_validate(self.entry.spec)

    def _record(self, status: Status) -> Entry:
        """The desired resource as it will be recorded, still without a task."""
        resource, _ = self._desired()
        return Entry(
            kind=self.kind.name,
            schema_version=self.kind.version,
            digest=resource.digest,
            status=status,
            spec=resource.spec,
            labels=resource.labels,
            uses=uses_text(resource),
        )
