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
from reconciler.kinds.base import CanFence, CanObserve, CanStart, Managed
from reconciler.model import Address, Resource, Status, Verb
from reconciler.moments import unix_seconds
from reconciler.state import Entry, Suspect, late_until


@dataclass(frozen=True, slots=True)
class Probation:
    """The suspects of an entry: those that may still arrive, and those whose time is over."""

    waiting: tuple[Suspect, ...] = ()
    over: tuple[Suspect, ...] = ()

    @property
    def until(self) -> str | None:
        """When the last of those that may still arrive cannot any more."""
        return max((one.until for one in self.waiting), default=None)


def probation_of(kind: Managed, entry: Entry | None, now: float) -> Probation:
    """The suspects of an entry at a moment in unix seconds; the call that it is uncertain of is one."""
    if entry is None:
        return Probation()
    found = (*entry.suspects, *_unanswered(kind, entry))
    waiting = tuple(one for one in found if unix_seconds(one.until) > now)
    return Probation(waiting, tuple(one for one in found if one not in waiting))


def _unanswered(kind: Managed, entry: Entry) -> Iterable[Suspect]:
    """What the call that an uncertain entry stands for could do: a stop by a TaskId, nothing."""
    pending = entry.pending
    if entry.status is not Status.UNCERTAIN or pending is None or not isinstance(kind, CanStart):
        return
    until = late_until(pending.at)
    starts = pending.action in {action.name for action in kind.starters}
    if starts:
        yield Suspect(until, entry.spec)
    # Beside a start its fence may be on the way; where a task can be asked after, its end is seen.
    if isinstance(kind, CanFence) and not isinstance(kind, CanObserve) and pending.task_id is None:
        yield Suspect(until, entry.spec, Verb.STOP)


def is_harmless(kind: Managed, entry: Entry, suspect: Suspect, *, runs: bool) -> bool:
    """Whether a call that arrived late changed nothing; `runs` tells whether the entry's task is there.

    A start was refused, as the task of its robot was there already, where a kind knows that answer
    (reference semantics §10, StartStreamIngest); a stop had nothing to end. An update is not looked
    after as such: the next one says again what it may have undone.
    """
    running = runs and entry.status in (Status.RUNNING, Status.PAUSED)
    same = running and same_task(kind, suspect.spec, entry.spec)
    if suspect.verb is Verb.START:
        return same and isinstance(kind, CanFence)
    return suspect.verb is Verb.UPDATE or not same


@dataclass(frozen=True, slots=True)
class Handed:
    """The entries with each suspect beside what has its robot by now; what became of those that are not.

    `to` has, for each entry that gave some away, those that are to look after them. `left` has the
    suspects that nobody can look after in this plan, as what has their robot is not in it.
    """

    entries: Mapping[Address, Entry]
    to: Mapping[Address, frozenset[Address]] = field(default_factory=dict)
    left: Mapping[Address, tuple[Suspect, ...]] = field(default_factory=dict)


def handed_over(
    entries: Mapping[Address, Entry],
    resources: Iterable[Resource],
    now: float,
    includes: Callable[[Address], bool],
) -> Handed:
    """The entries, each suspect with the one whose robot it has by now, as after a resource was renamed.

    Only one task of a robot can run, so it is that one's task which has to be made sure of: where the
    plan `includes` it, and where it is of the same kind, as only then a late call is what it can tell.
    """
    found = dict(entries)
    if not any(entry.suspects for entry in found.values()):
        return Handed(found)
    to: dict[Address, frozenset[Address]] = {}
    left: dict[Address, tuple[Suspect, ...]] = {}
    holders = dict(_holders(found, resources))
    for address, entry in entries.items():
        kind = managed(address, entry)
        for suspect in probation_of(kind, entry, now).over if isinstance(kind, CanStart) else ():
            if suspect not in entry.suspects or suspect.verb is Verb.UPDATE:
                continue
            assert isinstance(kind, CanStart)
            holder = holders.get(kind.identity(kind.spec.model_validate(suspect.spec)), address)
            if holder == address:
                continue
            if holder.kind != address.kind or not includes(holder):
                left[address] = (*left.get(address, ()), suspect)
                continue
            kept = tuple(one for one in found[address].suspects if one != suspect)
            found[address] = replace(found[address], suspects=kept)
            if holder in found:  # else its start ends whatever a late one has started
                found[holder] = replace(found[holder], suspects=(*found[holder].suspects, suspect))
                to[address] = to.get(address, frozenset()) | {holder}
    return Handed(found, to, left)


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
