"""What is asked about a record, and what is seen of a task that tells what it is made of."""

from dataclasses import replace
from typing import Any

from reconciler.calls import TaskIdOf
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.records import Recorded
from reconciler.model import Observation, Status, Verb

_ON = (Status.RUNNING, Status.PAUSED)


def subject(recorded: Recorded, settings: Settings) -> Subject:
    """The recorded task."""
    task_id = recorded.entry.task_id
    known = None if isinstance(task_id, TaskIdOf) else task_id
    return Subject(recorded.address, recorded.spec, settings, task_id=known, made=recorded.entry.made)


def possible_subject(recorded: Recorded, settings: Settings) -> Subject:
    """What is recorded or in doubt: with the TaskId that a lost call was about, and every spec in doubt."""
    entry = recorded.entry
    pending = entry.pending.task_id if entry.pending else None
    task_id = pending if entry.task_id is None else entry.task_id
    late = (one.spec for one in entry.late_calls if one.verb is Verb.UPDATE)
    return Subject(
        recorded.address,
        recorded.spec,
        settings,
        task_id=None if isinstance(task_id, TaskIdOf) else task_id,
        bases=(recorded.spec, *map(recorded.read, (*entry.attempted, *late))),
        made=entry.made,
    )


def seen_by(recorded: Recorded, about: Subject, answer: Any, at: float) -> Observation | None:
    """What an answer says of a task; of one that is there, with the specs that may be in force."""
    kind = recorded.kind.reads_back
    if kind is None:
        return None
    found = kind.found(about, answer, at)
    if found.status not in _ON:
        return found
    specs: list[Any] = []
    for base in about.bases:
        told = kind.as_told(base, answer).to_json()
        if told not in specs:
            specs.append(told)
    return replace(found, specs=tuple(specs))
