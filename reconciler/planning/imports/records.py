"""What is recorded of a task that something else has started, and the call that makes sure of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconciler.calls import PushUrl
from reconciler.kinds import managed
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.importing import CanImport
from reconciler.late_values import secrets_in
from reconciler.model import Impact, Resource, Status, Verb
from reconciler.moments import rfc3339
from reconciler.plan.model import Change, Step
from reconciler.planning.imports.said import TaskFacts
from reconciler.planning.noted import noted_of
from reconciler.planning.steps import uses_text
from reconciler.state.model import Entry


@dataclass(frozen=True, slots=True)
class ImportedTask:
    """A task that runs, of which all that is needed was said; `now` in unix seconds."""

    resource: Resource
    kind: CanImport
    facts: TaskFacts
    settings: Settings
    now: float

    def change(self, before: Entry | None, *, verifies: bool) -> Change:
        """What records it in the place of an entry without a task, with the call that makes sure of it."""
        address, sequence = self.resource.address, (self.facts.sequence_number or 0) + 1
        entry = self._entry(before)
        call = self.kind.probe(self._subject(sequence)) if verifies and not self._is_too_old else None
        if call is not None:
            entry = replace(entry, sequence_number=sequence)
        return Change(
            address=address,
            verb=Verb.UPDATE,
            impact=Impact.NONE,
            visible=False,
            reason="import of a running task",
            steps=() if call is None else (Step(f"{address}#0", call, entry),),
            entry=entry,
            before=before,
        )

    def notes(self) -> Iterator[str]:
        """What is not known of it, and what follows from that."""
        yield "the API does not report the task's settings; they are assumed to match the manifest"
        if self._is_too_old:
            yield ("its TaskId has expired, so its status is unknown; changes and stops use its robot")
        if self.facts.tx_time is None and self._signed_urls():
            yield (
                "--tx-time was not given for its push addresses: an update that sends them signs them again "
                "and reconnects the pushes"
            )

    @property
    def _is_too_old(self) -> bool:
        """Whether the API no longer knows the TaskId, so that it says nothing of the task (semantics §1)."""
        expires = managed(self.resource.address).handle_expires
        since = self.facts.since
        if expires is None or since is None:
            return False
        return self.now - since >= expires.handle_seconds(self.resource.spec)

    def _entry(self, before: Entry | None) -> Entry:
        resource, facts = self.resource, self.facts
        tx_time = facts.tx_time
        return Entry(
            kind=self.kind.name,
            schema_version=self.kind.version,
            digest=resource.digest,
            status=resource.wanted,
            spec=resource.spec,
            **noted_of(resource),
            task_id=facts.task_id,
            sequence_number=facts.sequence_number or None,
            started_at=_text(facts.since),
            paused_at=_text(facts.paused_since) if resource.wanted is Status.PAUSED else None,
            signed={} if tx_time is None else dict.fromkeys(self._signed_urls(), tx_time),
            uses=uses_text(resource),
            late_calls=() if before is None else before.late_calls,
        )

    def _signed_urls(self) -> tuple[str, ...]:
        """The push addresses that a start would sign."""
        starts = managed(self.resource.address).starts
        request = {} if starts is None else starts.start(self._subject()).request
        return tuple(ref.url for ref in secrets_in(request) if isinstance(ref, PushUrl))

    def _subject(self, sequence: int = 0) -> Subject:
        spec = managed(self.resource.address).read(self.resource.spec)
        return Subject(
            self.resource.address, spec, self.settings, task_id=self.facts.task_id, sequence=sequence
        )


def _text(moment: float | None) -> str | None:
    return None if moment is None else rfc3339(moment)
