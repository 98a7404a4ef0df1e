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
    entry, task_id = recorded.entry, _known_task(recorded)
    late = (one.spec for one in entry.late_calls if one.verb is Verb.UPDATE)
    return Subject(
        recorded.address,
        recorded.spec,
        settings,
        task_id=None if isinstance(task_id, TaskIdOf) else task_id,
        bases=(recorded.spec, *map(recorded.read, (*entry.attempted, *late))),
        made=entry.made,
        doubled=any(one.verb is Verb.START for one in entry.late_calls),
    )


def _known_task(recorded: Recorded) -> str | TaskIdOf | None:
    """The TaskId that is recorded, or else that of a call whose outcome is unknown."""
    entry = recorded.entry
    pending = entry.pending.task_id if entry.pending else None
    return pending if entry.task_id is None else entry.task_id


def seen_by(recorded: Recorded, about: Subject, answer: Any, at: float) -> Observation | None:
    """What an answer says of a task; of one that is there, with the specs that may be in force.

    Another task than that which is known was begun by a start that was never answered.
    """
    kind = recorded.kind.reads_back
    if kind is None:
        return None
    found = kind.found(about, answer, at)
    if found.status not in _ON:
        return found
    specs: list[Any] = []
    for base in _bases(recorded, about, found):
        told = kind.as_told(base, answer).to_json()
        if told not in specs:
            specs.append(told)
    return replace(found, specs=tuple(specs))


def _bases(recorded: Recorded, about: Subject, found: Observation) -> tuple[Any, ...]:
    if found.task_id == _known_task(recorded):
        return about.bases
    late = (one.spec for one in recorded.entry.late_calls if one.verb is Verb.START)
    return (*about.bases, *map(recorded.read, late))
