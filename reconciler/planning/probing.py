"""Asks running tasks that have no Describe whether they run: by an update that changes nothing of them.

Each is journalled like any update, as it takes a SequenceNumber of its task.
"""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.records import Recorded
from reconciler.model import Impact, Status, Verb
from reconciler.plan.eta import eta
from reconciler.plan.model import Change, Plan, Step
from reconciler.planning.handles import handle_ends
from reconciler.state.codec import fingerprint
from reconciler.state.model import State
from reconciler.state.sequence import next_number


def probing_plan(settings: Settings, state: State, records: Iterable[Recorded], now: float) -> Plan:
    """The plan that asks all of the records that can be asked so; `now` in unix seconds."""
    asked = (_probe(one, settings, now) for one in records)
    changes = tuple(change for change in asked if change is not None)
    return Plan(
        workspace=settings.workspace,
        serial=state.serial,
        lineage=state.lineage,
        fingerprint=fingerprint(state),
        changes=changes,
        eta_seconds=eta(changes),
    )


def _probe(recorded: Recorded, settings: Settings, now: float) -> Change | None:
    """The question; None of what can be asked otherwise, or cannot be asked by its TaskId."""
    kind, entry = recorded.kind, recorded.entry
    ends = handle_ends(kind, entry)
    runs = entry.status is Status.RUNNING and isinstance(entry.task_id, str)
    if kind.imports is None or not runs or entry.departure is not None or (ends is not None and ends <= now):
        return None
    number = next_number(entry.sequence_number, now)
    about = Subject(recorded.address, recorded.spec, settings, entry.task_id, number)
    call = kind.imports.probe(about)
    if call is None:
        return None
    asked = replace(entry, sequence_number=number)
    return Change(
        address=recorded.address,
        verb=Verb.UPDATE,
        impact=Impact.NONE,
        visible=False,
        reason="an update that changes nothing asks whether the task runs",
        steps=(Step(f"{recorded.address}#0", call, asked),),
        entry=asked,
        before=entry,
    )
