"""What is recorded -> what is so by what the cloud tells of a task: its TaskId, and what it is made of.

A task whose start was never answered is found again by its TaskId or by an ID of ours, and is the record's
from then on. What was changed by something else is what an update begins with.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.kinds.api import Spec
from reconciler.kinds.records import Recorded
from reconciler.model import Address, Effect, Observation, Status, Verb
from reconciler.moments import unix_seconds
from reconciler.plan.model import PlannedField
from reconciler.planning.fields import compare_specs, shown_value
from reconciler.state.model import Entry, LateCall
from reconciler.state.unanswered import late_until

_ON = (Status.RUNNING, Status.PAUSED)
OUTSIDE = "changed outside of the manifests"


def with_seen(
    records: Mapping[Address, Recorded], observed: Mapping[Address, Observation], now: float
) -> dict[Address, Recorded]:
    """The records as they were seen; the very same one where nothing of it was seen otherwise."""
    return {address: _as_seen(one, observed.get(address), now) for address, one in records.items()}


def _as_seen(recorded: Recorded, seen: Observation | None, now: float) -> Recorded:
    if seen is None or not seen.specs:
        return recorded
    entry = _adopted(recorded.entry, seen)
    spec, *more = [_as_recorded(recorded, told) for told in seen.specs]
    others = [one for one in more if one is not spec]
    late = tuple(one for one in entry.late_calls if not _is_over(one, now))
    made = {**entry.made, **seen.made}
    known = replace(entry, spec=spec, attempted=tuple(others), late_calls=late, made=made)
    if spec is not entry.spec:
        known = replace(known, digest="")
    return recorded if known == recorded.entry else recorded.with_entry(known)


def _is_over(late_call: LateCall, now: float) -> bool:
    """Whether it is an update that can no longer arrive: what it has done is seen."""
    return late_call.verb is Verb.UPDATE and unix_seconds(late_call.until) <= now


def _as_recorded(recorded: Recorded, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A spec that was told; the recorded one where it means the same."""
    return told if compare_specs(recorded.spec, recorded.read(told)) else recorded.entry.spec


def _adopted(entry: Entry, seen: Observation) -> Entry:
    """An entry with the task that was found, where none of it is known; and as it stands, where it is.

    One that is found in the place of the recorded one was begun by a late start, by the same ID of ours.
    """
    if seen.status is None:
        return entry
    if entry.status in _ON and seen.status in _ON and entry.status is not seen.status:
        entry = replace(entry, status=seen.status, paused_at=None)
    if seen.task_id is None or seen.task_id == entry.task_id:
        return entry
    since = entry.started_at or (entry.pending.at if entry.pending else None)
    late_calls = (*entry.late_calls, *_may_still_arrive(entry))
    return replace(
        entry,
        status=seen.status,
        task_id=seen.task_id,
        pending=None,
        started_at=since,
        late_calls=late_calls,
    )


def _may_still_arrive(entry: Entry) -> Iterator[LateCall]:
    """The start by which a task was found that was never answered: twice sent, it can begin another one."""
    pending = entry.pending
    if pending is not None and pending.effect is Effect.START:
        yield LateCall(late_until(pending.at), entry.spec)


def told_of(planned: Iterable[PlannedField], original: Spec, seen: Spec) -> Iterator[PlannedField]:
    """The fields, each that was changed outside of the manifests with what is recorded of it."""
    outside = {one.path: one.before for one in compare_specs(original, seen)}
    for field in planned:
        if field.path not in outside:
            yield field
            continue
        known = outside[field.path]
        why = f"{OUTSIDE}, recorded as {_words(known)}"
        yield replace(field, why=f"{field.why}; {why}" if field.why else why, recorded=known)


def drifted_paths(recorded: Recorded, seen: Observation) -> list[str]:
    """The fields of a record that the cloud has otherwise, as people write them."""
    if not seen.specs or recorded.entry.attempted:
        return []  # what differs may be what an update of ours has done
    return [one.path for one in compare_specs(recorded.spec, recorded.read(seen.specs[0]))]


def _words(value: Any) -> str:
    return "absent" if value is None else repr(shown_value(value))
