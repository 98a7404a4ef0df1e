"""Who takes over what runs by a name: a start by it ends what another record says of it.

What has a TaskId is stopped by that, so that nothing else can be hit. A rendered push has none: a
stop by its session's name ends whatever runs by it, also what another resource has started since.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.calls import Call
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.records import Recorded
from reconciler.late_values import request_to_json
from reconciler.model import Address, Status, Verb, canonical_json
from reconciler.plan.model import Change
from reconciler.planning.late_calls import is_same_task
from reconciler.state.model import Entry


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What is recorded before the changes, and after each change of what runs by its name."""

    before: Mapping[Address, Recorded]
    after: Mapping[Address, Recorded]


def transfer_claims(
    changes: tuple[Change, ...], outcomes: Outcomes, settings: Settings
) -> tuple[Change, ...]:
    """The changes, each with those whose names it takes though they do not give them up before.

    That is so in a circle, and where a plan leaves somebody out. A start by such a name ends what the
    other has, and a stop of it that the other sends later would end what was started: it is left out.
    """
    names = _names(outcomes.before)
    if not names and not any(one.entry.late_calls for one in outcomes.before.values()):
        return changes
    found = {change.address: change for change in changes}
    stoppers: dict[str, set[Address]] = {}
    known = {**outcomes.before, **outcomes.after}
    by_name = [
        change for change in changes if change.address in known and known[change.address].kind.runs_by_name
    ]
    for change in by_name:
        for step in change.steps:
            stoppers.setdefault(_key(step.call), set()).add(change.address)
    for change in by_name:
        after = outcomes.after.get(change.address)
        name, stop = (_name_of(after), _stop_by_name(after, settings)) if after else (None, None)
        if after is None or name is None or stop is None or not change.steps:
            continue
        own = {change.address}
        others, taken = stoppers.get(_key(stop), set()) - own, names.get(name, set()) - own
        before = _before(change.address, found) if others or taken else set()
        for other in others - before:
            found[other] = _without_stops(found[other], outcomes.before.get(other), after, stop)
        found[change.address] = replace(found[change.address], takes_over=tuple(sorted(taken - before)))
    return tuple(found.values())


def _key(call: Call) -> str:
    return f"{call.action.name} {canonical_json(request_to_json(call.request))}"


def _stop_by_name(after: Recorded, settings: Settings) -> Call | None:
    """What stops whatever runs by the name that something is started by."""
    kind = after.kind.stops_by_name
    return kind.stop_by_name(Subject(after.address, after.spec, settings)) if kind else None


def _before(address: Address, changes: Mapping[Address, Change]) -> set[Address]:
    """All whose changes must have succeeded before that of an address."""
    found: set[Address] = set()
    open_ = [address]
    while open_:
        new = [one for one in changes[open_.pop()].after if one not in found]
        found |= {*new}
        open_ += new
    return found


def _without_stops(change: Change, before: Recorded | None, taker: Recorded, stop: Call) -> Change:
    """A change without stops by the name that another takes; a late call of it stays one until then."""
    kept = tuple(step for step in change.steps if step.call != stop)
    if before is None:
        return change
    late_calls = tuple(
        one for one in before.entry.late_calls if one.verb is Verb.START and is_same_task(taker, one)
    )

    def with_them(entry: Entry | None) -> Entry | None:
        more = tuple(one for one in late_calls if entry is not None and one not in entry.late_calls)
        return replace(entry, late_calls=(*entry.late_calls, *more)) if entry is not None else None

    steps = tuple(replace(step, entry=with_them(step.entry)) for step in kept)
    return replace(change, steps=steps, entry=with_them(change.entry))


def _names(records: Mapping[Address, Recorded]) -> dict[str, set[Address]]:
    """By what a stop names, the records of what runs, or may run, by that name."""
    found: dict[str, set[Address]] = {}
    for address, recorded in records.items():
        name = _name_of(recorded)
        if name is not None:
            found.setdefault(name, set()).add(address)
    return found


def _name_of(recorded: Recorded) -> str | None:
    """What runs by a name and without a TaskId, as a rendered push; None for all else."""
    kind = recorded.kind.runs_by_name
    if kind is None or recorded.entry.status not in (Status.RUNNING, Status.UNCERTAIN):
        return None
    return kind.task_name(recorded.spec)
