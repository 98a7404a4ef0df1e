"""The calls that each verb is made of, complete, with what to record after each.

One rule for what nobody knows: a task whose start or stop was never answered is fenced before
anything else happens to its room, by starting it once more with the same robot, which ends the
first, so that the new TaskId is known (reference semantics §10, reliability §4).
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
    Managed,
    Settings,
    Signs,
    Subject,
)
from reconciler.model import Address, Call, Resource, Status, TaskIdOf, Verb
from reconciler.plan import Step
from reconciler.state import Entry


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
    ) -> None:
        self.kind = kind
        self.address = address
        self.settings = settings
        self.resource = resource
        self.entry = entry
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

    def _add(
        self, call: Call, entry: Entry | None, *, gone_is_done: bool = False, fence: Call | None = None
    ) -> None:
        self.steps.append(Step(self._next_id(), call, entry, gone_is_done, fence))

    def _next_id(self) -> str:
        return f"{self.address}#{len(self.steps)}"

    def _start(self) -> None:
        assert isinstance(self.kind, CanStart)
        resource, spec = self._desired()
        if self.entry is not None and self.entry.status is Status.UNCERTAIN:
            self._clear_the_way(spec)
        told = TaskIdOf(self._next_id())
        subject = Subject(self.address, spec, self.settings)
        call = self.kind.start(subject)
        running = replace(self._record(Status.RUNNING), task_id=told if call.action.starts else None)
        fence = self.kind.fence(subject) if isinstance(self.kind, CanFence) else None
        self._add(call, running, fence=fence if call.action.starts else None)
        if resource.wanted is Status.PAUSED and isinstance(self.kind, CanPause):
            pause = self.kind.pause(Subject(self.address, spec, self.settings, told))
            self._add(pause, replace(running, status=Status.PAUSED))

    def _clear_the_way(self, new: Any) -> None:
        """Ends a task that may still be there, unless the coming start ends it by itself."""
        assert isinstance(self.kind, CanStart)
        entry, old = self._recorded()
        known = entry.pending.task_id if entry.pending else None
        same = self.kind.identity(old) == self.kind.identity(new)
        if known is not None or isinstance(self.kind, CanFence) or not same:
            self._end_uncertain()

    def _end_uncertain(self) -> None:
        """Ends what may be running: by its TaskId, by its name, or by starting over it first."""
        assert isinstance(self.kind, CanStart) and isinstance(self.kind, CanStop)
        entry, spec = self._recorded()
        task_id: str | TaskIdOf | None = entry.pending.task_id if entry.pending else None
        subject = Subject(self.address, spec, self.settings)
        if task_id is None and isinstance(self.kind, CanFence):
            self._add(self.kind.fence(subject), None, gone_is_done=True)
            return
        if task_id is None:
            task_id = TaskIdOf(self._next_id())
            fenced = replace(entry, status=Status.RUNNING, task_id=task_id, pending=None, started_at=None)
            self._add(self.kind.start(subject), fenced)
        self._end(replace(subject, task_id=task_id))

    def _end(self, subject: Subject) -> None:
        assert isinstance(self.kind, CanStop)
        for call in self.kind.stop(subject):
            self._add(call, None, gone_is_done=True)

    def _stop(self) -> None:
        assert isinstance(self.kind, CanStop)
        if not isinstance(self.kind, CanStart):
            _, wanted = self._desired()
            for call in self.kind.stop(Subject(self.address, wanted, self.settings)):
                self._add(call, self._record(Status.FORBIDDEN))
            return
        entry, spec = self._recorded()
        if entry.status is Status.UNCERTAIN:
            self._end_uncertain()
            return
        self._end(Subject(self.address, spec, self.settings, entry.task_id))

    def _replace(self) -> None:
        if self.entry is not None and self.entry.status is Status.UNCERTAIN:
            self._start()
            return
        self._stop()
        self.entry = None
        self._start()

    def _update(self) -> None:
        assert isinstance(self.kind, CanUpdate)
        call = self.kind.update(self._subject())
        if call is not None:
            self._on_running(call, None)

    def _resume(self) -> None:
        assert isinstance(self.kind, CanResume)
        if isinstance(self.kind, CanStart):
            self._on_running(self.kind.resume(self._subject()), Status.RUNNING)
            return
        _, spec = self._desired()
        call = self.kind.resume(Subject(self.address, spec, self.settings))
        self._add(call, self._record(Status.ALLOWED))

    def _pause(self) -> None:
        assert isinstance(self.kind, CanPause)
        self._on_running(self.kind.pause(self._subject()), Status.PAUSED)

    def _on_running(self, call: Call, status: Status | None) -> None:
        """A call on the recorded task, which stays the same task."""
        entry, _ = self._recorded()
        record = replace(
            self._record(status or entry.status),
            task_id=entry.task_id,
            sequence_number=call.request.get("SequenceNumber", entry.sequence_number),
            started_at=entry.started_at,
            signed=self._subject().signed,
        )
        self._add(call, record)

    def _subject(self) -> Subject:
        """What a call on the recorded task is about."""
        entry, recorded = self._recorded()
        _, spec = self._desired()
        attempted = () if entry.attempted is None else (self.kind.spec.model_validate(entry.attempted),)
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
        )
