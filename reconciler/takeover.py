"""Who takes over what runs by a name: a start by it ends what another record says of it.

What has a TaskId is stopped by that, so that nothing else can be hit. A rendered push has none: a
stop by its session's name ends whatever runs by it, also what another resource has started since.
"""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.kinds import MANAGED, managed
from reconciler.kinds.base import CanFence, CanObserve, CanStart, Settings, Subject
from reconciler.model import Address, Call, Status, Verb, canonical_json, request_to_json
from reconciler.plan import Change
from reconciler.probation import same_task
from reconciler.state import Entry, State

# What runs by a name and without a TaskId: it is ended by that name, and cannot be asked after.
_BY_NAME = frozenset(
    name for name, kind in MANAGED.items() if isinstance(kind, CanFence) and not isinstance(kind, CanObserve)
)


def taken_over(changes: tuple[Change, ...], state: State, settings: Settings) -> tuple[Change, ...]:
    """The changes, each with those whose names it takes though they do not give them up before.

    That is so in a circle, and where a plan leaves somebody out. A start by such a name ends what the
    other has, and a stop of it that the other sends later would end what was started: it is left out.
    """
    names = _names(state)
    if not names and not any(entry.suspects for entry in state.entries.values()):
        return changes
    found = {change.address: change for change in changes}
    stoppers: dict[str, set[Address]] = {}
    by_name = [change for change in changes if change.address.kind in _BY_NAME]
    for change in by_name:
        for step in change.steps:
            stoppers.setdefault(_key(step.call), set()).add(change.address)
    for change in by_name:
        name, stop = _name_of(change.address, change.entry), _stop_by_name(change, settings)
        if name is None or stop is None or not change.steps:
            continue
        own = {change.address}
        others, taken = stoppers.get(_key(stop), set()) - own, names.get(name, set()) - own
        before = _before(change.address, found) if others or taken else set()
        for other in others - before:
            found[other] = _without_stops(found[other], change, stop)
        found[change.address] = replace(found[change.address], takes_over=tuple(sorted(taken - before)))
    return tuple(found.values())


def _key(call: Call) -> str:
    return f"{call.action.name} {canonical_json(request_to_json(call.request))}"


def _stop_by_name(change: Change, settings: Settings) -> Call | None:
    """What stops whatever runs by the name that a change starts something by."""
    kind, entry = managed(change.address, change.entry), change.entry
    if entry is None or not isinstance(kind, CanFence):
        return None
    return kind.fence(Subject(change.address, kind.spec.model_validate(entry.spec), settings))


def _before(address: Address, changes: Mapping[Address, Change]) -> set[Address]:
    """All whose changes must have succeeded before that of an address."""
    found: set[Address] = set()
    open_ = [address]
    while open_:
        new = [one for one in changes[open_.pop()].after if one not in found]
        found |= {*new}
        open_ += new
    return found


def _without_stops(change: Change, taker: Change, stop: Call) -> Change:
    """A change without stops by the name that another takes; a suspect of it stays one until then."""
    kept = tuple(step for step in change.steps if step.call != stop)
    kind = managed(change.address, change.before)
    if change.before is None or taker.entry is None:
        return change
    wanted = taker.entry.spec
    suspects = tuple(
        one for one in change.before.suspects if one.verb is Verb.START and same_task(kind, one.spec, wanted)
    )

    def with_them(entry: Entry | None) -> Entry | None:
        more = tuple(one for one in suspects if entry is not None and one not in entry.suspects)
        return replace(entry, suspects=(*entry.suspects, *more)) if entry is not None else None

    steps = tuple(replace(step, entry=with_them(step.entry)) for step in kept)
    return replace(change, steps=steps, entry=with_them(change.entry))


def _names(state: State) -> dict[str, set[Address]]:
    """By what a stop names, the records of what runs, or may run, by that name."""
    found: dict[str, set[Address]] = {}
    for address, entry in state.entries.items():
        name = _name_of(address, entry)
        if name is not None:
            found.setdefault(name, set()).add(address)
    return found


def _name_of(address: Address, entry: Entry | None) -> str | None:
    """What runs by a name and without a TaskId, as a rendered push; None for all else."""
    if (
        entry is None
        or address.kind not in _BY_NAME
        or entry.status not in (Status.RUNNING, Status.UNCERTAIN)
    ):
        return None
    kind = managed(address, entry)
    return kind.identity(kind.spec.model_validate(entry.spec)) if isinstance(kind, CanStart) else None
