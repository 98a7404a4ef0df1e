"""Starts that were never answered, whose robots are another task's by now: none is ended by starting over it.

That would end the other's task. Whichever of the two came last has ended what the other began, of whatever
kind (reference client §1): so the lost start is one that may still arrive, and once it cannot any more
the other's task is made sure of.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciler.kinds.records import Recorded
from reconciler.model import Address, Status
from reconciler.state.model import LateCall, Pending
from reconciler.state.unanswered import late_until


def with_lost_starts(
    records: Mapping[Address, Recorded], found: Collection[Address]
) -> Mapping[Address, Recorded]:
    """The records; of one in doubt whose robot another task has, what may still arrive is all that is left.

    Of those that are `found` the task is known.
    """
    lost = {
        address: (one, pending)
        for address, one in records.items()
        if address not in found and (pending := _lost_start(one)) is not None
    }
    if not lost:
        return records
    held = {one.identity for one in records.values() if one.alive}
    late = {address: _late(one, it) for address, (one, it) in lost.items() if one.identity in held}
    return {**records, **late}


def _lost_start(recorded: Recorded) -> Pending | None:
    """The start that was never answered, where nothing but its robot ends what it may have begun."""
    kind, entry = recorded.kind, recorded.entry
    pending = entry.pending if entry.status is Status.UNCERTAIN else None
    if pending is None or pending.task_id is not None or kind.starts is None or kind.runs_by_name:
        return None
    starts = pending.action in {action.name for action in kind.starts.starters}
    return pending if starts and recorded.identity is not None else None


def _late(recorded: Recorded, pending: Pending) -> Recorded:
    entry = recorded.entry
    late_calls = (*entry.late_calls, LateCall(late_until(pending.at), entry.spec))
    stopped = replace(entry, status=Status.STOPPED, pending=None, attempted=(), late_calls=late_calls)
    return recorded.with_entry(stopped)
