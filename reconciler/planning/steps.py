"""What the steps of tasks and switches share: complete calls, each with what to record after it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.calls import Call
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.records import Desired, Recorded
from reconciler.kinds.registration import Registered
from reconciler.model import Address, Resource, Status, Verb
from reconciler.moments import rfc3339
from reconciler.plan.model import Step
from reconciler.planning.found_tasks import FoundTask
from reconciler.planning.late_calls import Probation
from reconciler.planning.noted import noted_of
from reconciler.planning.signing import Signing, with_signers
from reconciler.planning.task_ends import EndedTask
from reconciler.state.model import Entry
from reconciler.state.sequence import next_number


def uses_text(resource: Resource) -> dict[str, str]:
    """The documents that a resource was resolved from, as they are recorded."""
    return {str(address): found for address, found in sorted(resource.uses.items())}


class StepBuilder(ABC):
    """Collects the steps of one change, from what is recorded to what is desired, either of them or both."""

    def __init__(
        self,
        kind: Registered,
        address: Address,
        settings: Settings,
        *,
        desired: Desired | None,
        recorded: Recorded | None,
        probation: Probation,
        now: float,
        renewing: bool = False,
        signing: Signing = Signing.KEPT,
        restarting: bool = False,
        end: EndedTask | None = None,
        found: FoundTask | None = None,
        share: Callable[[Any], Any] = lambda request: request,
    ) -> None:
        self.kind = kind
        self.address = address
        self.settings = settings
        self.probation = probation
        self.now = now
        self.renewing = renewing
        self.signing = signing
        self.restarting = restarting
        self.end_of_task = end
        self.found = found
        self.share = share
        self.steps: list[Step] = []
        self._desired = desired
        self._recorded = recorded

    @abstractmethod
    def builders(self) -> Mapping[Verb, Callable[[], None]]:
        """What builds the steps of each verb; a forget has none."""

    def build(self, verb: Verb) -> tuple[Step, ...]:
        """The steps of a verb; raises ValueError for one that a kind without the capability is asked for."""
        builder = self.builders().get(verb)
        if builder is not None:
            builder()
        return tuple(self.steps)

    def noted(self) -> Entry:
        """What is recorded where something changed that takes no call: it counts from the next start."""
        resource = self.desired.resource
        noted = replace(
            self.recorded.entry,
            spec=resource.spec,
            digest=resource.digest,
            **noted_of(resource),
            uses=uses_text(resource),
            late_calls=self.probation.waiting,
        )
        if self.found is not None:
            return self.taken_in(self.found)
        return noted if self.end_of_task is None else self.end_of_task.recorded(noted)

    def taken_in(self, found: FoundTask) -> Entry:
        """What is recorded of a task that was found: it runs as it was started."""
        return replace(
            self.recorded.entry,
            status=Status.RUNNING,
            task_id=found.task_id,
            started_at=rfc3339(found.since),
            pending=None,
            sequence_number=None,
        )

    @property
    def desired(self) -> Desired:
        """What is desired; raises ValueError if that is nothing."""
        if self._desired is None:
            raise ValueError(f"{self.address} is not in the manifests")
        return self._desired

    @property
    def recorded(self) -> Recorded:
        """What is recorded; raises ValueError if that is nothing."""
        if self._recorded is None:
            raise ValueError(f"{self.address} is not recorded")
        return self._recorded

    @property
    def entry(self) -> Entry | None:
        """The entry that the steps begin with, if there is one."""
        return None if self._recorded is None else self._recorded.entry

    def forget_recorded(self) -> None:
        """From here on the steps are those of something that is not recorded."""
        self._recorded = None

    def next_id(self) -> str:
        """The id of the step that is added next."""
        return f"{self.address}#{len(self.steps)}"

    def add(
        self,
        call: Call,
        entry: Entry | None,
        *,
        gone_is_done: bool = False,
        exists_is_done: bool = False,
        if_task_exists: Call | None = None,
        if_task_gone: Call | None = None,
        pause: float = 0.0,
    ) -> None:
        """Adds a step; see Step."""
        for one in filter(None, (call, if_task_exists, if_task_gone)):
            if isinstance(one.request, dict):  # else it is shared when it is made
                self.share(one.request)
        step = Step(
            self.next_id(),
            call,
            entry,
            gone_is_done=gone_is_done,
            exists_is_done=exists_is_done,
            if_task_exists=if_task_exists,
            if_task_gone=if_task_gone,
            pause_seconds=pause,
        )
        self.steps.append(step)

    def about(self, spec: Any, **more: Any) -> Subject:
        """What a call is about that names no recorded task; `more` is what else is known of it."""
        return Subject(self.address, spec, self.settings, **more)

    def about_recorded(self) -> Subject:
        """What a call is about that brings what runs to what is desired."""
        recorded, spec = self.recorded, self.desired.spec
        entry = recorded.entry
        late = (one.spec for one in self.probation.over if one.verb is Verb.UPDATE)
        bases = (recorded.spec, *map(recorded.read, (*entry.attempted, *late)))
        return Subject(
            self.address,
            spec,
            self.settings,
            task_id=entry.task_id,
            sequence=next_number(entry.sequence_number, self.now),
            bases=bases,
            signed=self._still_signed(spec, bases),
            resends=self.signing is not Signing.KEPT,
            made=entry.made,
        )

    def _still_signed(self, spec: Any, bases: tuple[Any, ...]) -> Mapping[str, str]:
        """The signatures that stay: all that no update says, and none of what is signed anew."""
        if self.kind.signs is None:
            return self.recorded.entry.signed
        if self.signing is Signing.ANEW:
            return {}
        return self.kind.signs.still_signed(spec, bases, self.recorded.entry.signed)

    def record(self, status: Status, **more: Any) -> Entry:
        """The desired resource as it will be recorded, still without a task, unless it has `more` to say."""
        resource = self.desired.resource
        return Entry(
            kind=self.kind.name,
            schema_version=self.kind.kind.version,
            digest=resource.digest,
            status=status,
            spec=resource.spec,
            **noted_of(resource),
            uses=uses_text(resource),
            **more,
        )

    def add_in_place(
        self,
        call: Call,
        status: Status | None,
        *,
        if_task_gone: Call | None = None,
        exists_is_done: bool = False,
    ) -> None:
        """Adds a call on what is recorded, which stays the same task; `status` None leaves that as it is."""
        entry = self.recorded.entry
        signed = self.about_recorded().signed
        keeps_start = not self.kind.is_switch and not exists_is_done
        record = self.record(
            status or entry.status,
            task_id=entry.task_id,
            sequence_number=call.request.get("SequenceNumber", entry.sequence_number),
            started_at=entry.started_at if keeps_start else None,
            signed=signed,
            signed_by={url: by for url, by in entry.signed_by.items() if url in signed},
            late_calls=self.probation.waiting,
            made=entry.made,
            end=entry.end,
            restarts=entry.restarts,
        )
        if entry.signed_by:
            call = replace(call, request=with_signers(call.request, entry.signed_by))
        self.add(call, record, if_task_gone=if_task_gone, exists_is_done=exists_is_done)
