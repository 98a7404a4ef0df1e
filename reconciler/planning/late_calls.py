"""Calls that were never answered and may still arrive: for how long, and what they could do.

A request is served until its signature expires, five minutes after it was made (reference
errors, "AuthFailure.SignatureExpire"). A start that arrives that late ends the task of the same
robot that was started in its place, or starts one beside nothing at all (client §1). A stop
that names no TaskId ends what was started after it, and an update without a SequenceNumber undoes
a later one; one with a number is refused as outdated (semantics §3).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.kinds import managed
from reconciler.kinds.base import Managed
from reconciler.kinds.capabilities import CanFence, CanObserve, CanStart
from reconciler.model import Address, Resource, Status, Verb
from reconciler.moments import unix_seconds
from reconciler.state.model import Entry, LateCall, late_until


@dataclass(frozen=True, slots=True)
class Probation:
    """The late calls of an entry: those that may still arrive, and those whose time is over."""

    waiting: tuple[LateCall, ...] = ()
    over: tuple[LateCall, ...] = ()

    @property
    def until(self) -> str | None:
        """When the last of those that may still arrive cannot any more."""
        return max((one.until for one in self.waiting), default=None)


def probation_of(kind: Managed, entry: Entry | None, now: float) -> Probation:
    """The late calls of an entry at a moment in unix seconds; the call that it is uncertain of is one."""
    if entry is None:
        return Probation()
    found = (*entry.late_calls, *_unanswered(kind, entry))
    waiting = tuple(one for one in found if unix_seconds(one.until) > now)
    return Probation(waiting, tuple(one for one in found if one not in waiting))


def _unanswered(kind: Managed, entry: Entry) -> Iterable[LateCall]:
    """What the call that an uncertain entry stands for could do: a stop by a TaskId, nothing."""
    pending = entry.pending
    if entry.status is not Status.UNCERTAIN or pending is None or not isinstance(kind, CanStart):
        return
    until = late_until(pending.at)
    starts = pending.action in {action.name for action in kind.starters}
    if starts:
        yield LateCall(until, entry.spec)
    # Beside a start its fence may be on the way; where a task can be asked after, its end is seen.
    if isinstance(kind, CanFence) and not isinstance(kind, CanObserve) and pending.task_id is None:
        yield LateCall(until, entry.spec, Verb.STOP)


def is_harmless(kind: Managed, entry: Entry, late_call: LateCall, *, runs: bool) -> bool:
    """Whether a call that arrived late changed nothing; `runs` tells whether the entry's task is there.

    A start was refused, as the task of its robot was there already, where a kind knows that answer
    (reference semantics §10, StartStreamIngest); a stop had nothing to end. An update is not looked
    after as such: the next one says again what it may have undone.
    """
    running = runs and entry.status in (Status.RUNNING, Status.PAUSED)
    same = running and same_task(kind, late_call.spec, entry.spec)
    if late_call.verb is Verb.START:
        return same and isinstance(kind, CanFence)
    return late_call.verb is Verb.UPDATE or not same


@dataclass(frozen=True, slots=True)
class Reassigned:
    """The entries with each late call beside what has its robot by now; what became of those that are not.

    `to` has, for each entry that gave some away, those that are to look after them. `left` has the
    late calls that nobody can look after in this plan, as what has their robot is not in it.
    """

    entries: Mapping[Address, Entry]
    to: Mapping[Address, frozenset[Address]] = field(default_factory=dict)
    left: Mapping[Address, tuple[LateCall, ...]] = field(default_factory=dict)


def reassign(
    entries: Mapping[Address, Entry],
    resources: Iterable[Resource],
    now: float,
    includes: Callable[[Address], bool],
) -> Reassigned:
    """The entries, each late call with the one whose robot it has by now, as after a resource was renamed.

    Only one task of a robot can run, so it is that one's task which has to be made sure of: where the
    plan `includes` it, and where it is of the same kind, as only then a late call is what it can tell.
    """
    found = dict(entries)
    if not any(entry.late_calls for entry in found.values()):
        return Reassigned(found)
    to: dict[Address, frozenset[Address]] = {}
    left: dict[Address, tuple[LateCall, ...]] = {}
    holders = dict(_holders(found, resources))
    for address, entry in entries.items():
        kind = managed(address, entry)
        for late_call in probation_of(kind, entry, now).over if isinstance(kind, CanStart) else ():
            if late_call not in entry.late_calls or late_call.verb is Verb.UPDATE:
                continue
            assert isinstance(kind, CanStart)
            holder = holders.get(kind.identity(kind.spec.model_validate(late_call.spec)), address)
            if holder == address:
                continue
            if holder.kind != address.kind or not includes(holder):
                left[address] = (*left.get(address, ()), late_call)
                continue
            kept = tuple(one for one in found[address].late_calls if one != late_call)
            found[address] = replace(found[address], late_calls=kept)
            if holder in found:  # else its start ends whatever a late one has started
                found[holder] = replace(found[holder], late_calls=(*found[holder].late_calls, late_call))
                to[address] = to.get(address, frozenset()) | {holder}
    return Reassigned(found, to, left)


def _holders(
    entries: Mapping[Address, Entry], resources: Iterable[Resource]
) -> Iterator[tuple[str, Address]]:
    """The resource that each robot is of, by what a second start ends the first by."""
    specs = {one.address: one.spec for one in resources if one.wanted in (Status.RUNNING, Status.PAUSED)}
    specs |= {
        address: entry.spec
        for address, entry in entries.items()
        if entry.status in (Status.RUNNING, Status.PAUSED)
    }
    for address, spec in specs.items():
        kind = managed(address, entries.get(address))
        if isinstance(kind, CanStart):
            yield kind.identity(kind.spec.model_validate(spec)), address


def same_task(kind: Managed, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a start with one spec ends what was started with the other."""
    if not isinstance(kind, CanStart):
        return False
    first, second = (kind.identity(kind.spec.model_validate(spec)) for spec in (one, other))
    return first == second
