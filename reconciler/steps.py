"""The calls that each verb is made of, complete, with what to record after each.

One rule for what nobody knows: a task whose start or stop was never answered is fenced before
anything else happens to its room, by starting it once more with the same robot, which ends the
first, so that the new TaskId is known (reference semantics §10, reliability §4).
"""

from dataclasses import replace
from typing import Any

from reconciler.kinds.base import (
    CanPause,
    CanResume,
    CanStart,
    CanStop,
    CanUpdate,
    Managed,
    Settings,
    Subject,
)
from reconciler.model import Address, Call, PushUrl, Resource, Status, TaskIdOf, Verb, secrets_in
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

    def _add(self, call: Call, entry: Entry | None, *, gone_is_done: bool = False) -> None:
        self.steps.append(Step(self._next_id(), call, entry, gone_is_done))

    def _next_id(self) -> str:
        return f"{self.address}#{len(self.steps)}"

    def _start(self) -> None:
        assert isinstance(self.kind, CanStart)
        resource, spec = self._desired()
        if self.entry is not None and self.entry.status is Status.UNCERTAIN:
            self._fence(spec)
        told = TaskIdOf(self._next_id())
        call = self.kind.start(Subject(self.address, spec, self.settings))
        running = replace(self._record(Status.RUNNING), task_id=told if call.action.starts else None)
        self._add(call, running)
        if resource.wanted is Status.PAUSED and isinstance(self.kind, CanPause):
            pause = self.kind.pause(Subject(self.address, spec, self.settings, told))
            self._add(pause, replace(running, status=Status.PAUSED))

    def _fence(self, new: Any) -> None:
        """Ends a task that may still be there, unless the coming start ends it by itself."""
        assert isinstance(self.kind, CanStart)
        entry, old = self._recorded()
        known = entry.pending.task_id if entry.pending else None
        if known is not None or self.kind.identity(old) != self.kind.identity(new):
            self._end_uncertain()

    def _end_uncertain(self) -> None:
        assert isinstance(self.kind, CanStart) and isinstance(self.kind, CanStop)
        entry, spec = self._recorded()
        task_id: str | TaskIdOf | None = entry.pending.task_id if entry.pending else None
        if task_id is None:
            task_id = TaskIdOf(self._next_id())
            fenced = replace(entry, status=Status.RUNNING, task_id=task_id, pending=None)
            self._add(self.kind.start(Subject(self.address, spec, self.settings)), fenced)
        stop = self.kind.stop(Subject(self.address, spec, self.settings, task_id))
        self._add(stop, None, gone_is_done=True)

    def _stop(self) -> None:
        assert isinstance(self.kind, CanStop)
        if not isinstance(self.kind, CanStart):
            _, wanted = self._desired()
            call = self.kind.stop(Subject(self.address, wanted, self.settings))
            self._add(call, self._record(Status.FORBIDDEN))
            return
        entry, spec = self._recorded()
        if entry.status is Status.UNCERTAIN:
            self._end_uncertain()
            return
        stop = self.kind.stop(Subject(self.address, spec, self.settings, entry.task_id))
        self._add(stop, None, gone_is_done=True)

    def _replace(self) -> None:
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
            signed=self._signed(),
        )
        self._add(call, record)

    def _signed(self) -> dict[str, str]:
        """The signatures that stay in force: those of push addresses that are still wanted."""
        if not isinstance(self.kind, CanStart):
            return {}
        request = self.kind.start(self._subject()).request
        kept = (ref for ref in secrets_in(request) if isinstance(ref, PushUrl))
        return {ref.url: ref.tx_time for ref in kept if ref.tx_time is not None}

    def _subject(self) -> Subject:
        """What a call on the recorded task is about."""
        entry, recorded = self._recorded()
        _, spec = self._desired()
        attempted = () if entry.attempted is None else (self.kind.spec.model_validate(entry.attempted),)
        return Subject(
            self.address,
            spec,
            self.settings,
            task_id=entry.task_id,
            sequence=(entry.sequence_number or 0) + 1,
            bases=(recorded, *attempted),
            signed=entry.signed,
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
