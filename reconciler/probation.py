"""Starts that were never answered and may still arrive: for how long, and what they could do.

A request is served until its signature expires, five minutes after it was made (reference
errors, "AuthFailure.SignatureExpire"). A start that arrives that late ends the task of the same
robot that was started in its place, or starts one beside nothing at all (reliability §4).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.kinds import managed
from reconciler.kinds.base import CanFence, CanStart, Managed
from reconciler.model import Address, Resource, Status
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
    """The suspects of an entry at a moment in unix seconds; a start that was never answered is one."""
    if entry is None:
        return Probation()
    found = (*entry.suspects, *_unanswered(kind, entry))
    waiting = tuple(one for one in found if datetime.fromisoformat(one.until).timestamp() > now)
    return Probation(waiting, tuple(one for one in found if one not in waiting))


def _unanswered(kind: Managed, entry: Entry) -> Iterable[Suspect]:
    """The start that an uncertain entry stands for, if it is one and not a stop."""
    pending = entry.pending
    if entry.status is not Status.UNCERTAIN or pending is None or not isinstance(kind, CanStart):
        return
    if pending.action in {action.name for action in kind.starters}:
        yield Suspect(late_until(pending.at), entry.spec)


def is_harmless(kind: Managed, entry: Entry, suspect: Suspect) -> bool:
    """Whether a start that arrived late was refused, as the task of its robot was there already.

    Only where a kind knows that answer (reference semantics §10, StartStreamIngest).
    """
    running = entry.status in (Status.RUNNING, Status.PAUSED)
    return running and isinstance(kind, CanFence) and same_task(kind, suspect.spec, entry.spec)


def handed_over(
    entries: Mapping[Address, Entry], resources: Iterable[Resource], now: float
) -> dict[Address, Entry]:
    """The entries, each suspect with the one whose robot it has by now, as after a resource was renamed.

    Only one task of a robot can run, so it is that one's task which has to be made sure of.
    """
    found = dict(entries)
    if not any(entry.suspects for entry in found.values()):
        return found
    holders = dict(_holders(found, resources))
    for address, entry in entries.items():
        kind = managed(address, entry)
        if not isinstance(kind, CanStart):
            continue
        for suspect in probation_of(kind, entry, now).over:
            holder = holders.get(kind.identity(kind.spec.model_validate(suspect.spec)), address)
            if suspect in entry.suspects and holder != address:
                left = tuple(one for one in found[address].suspects if one != suspect)
                found[address] = replace(found[address], suspects=left)
                if holder in found:
                    found[holder] = replace(found[holder], suspects=(*found[holder].suspects, suspect))
    return found


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
