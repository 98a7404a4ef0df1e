"""Calls that were never answered and may still arrive: for how long, and what they could do.

A request is served until its signature expires, five minutes after it was made (reference
errors, "AuthFailure.SignatureExpire"). A start that arrives that late ends the task of the same
robot that was started in its place, or starts one beside nothing at all (client §1). A stop
that names no TaskId ends what was started after it, and an update without a SequenceNumber undoes
a later one; one with a number is refused as outdated (semantics §3).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.claims import Claim
from reconciler.kinds.records import Desired, Recorded
from reconciler.model import Address, Effect, Status, Verb
from reconciler.moments import unix_seconds
from reconciler.state.model import LateCall
from reconciler.state.unanswered import late_until

_ON = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True, slots=True)
class Probation:
    """The late calls of an entry: those that may still arrive, and those whose time is over."""

    waiting: tuple[LateCall, ...] = ()
    over: tuple[LateCall, ...] = ()

    def without_starts_over(self) -> "Probation":
        """Without the starts whose time is over."""
        return Probation(self.waiting, tuple(one for one in self.over if one.verb is not Verb.START))


def probation_of(recorded: Recorded | None, now: float) -> Probation:
    """The late calls of a record at a moment in unix seconds; the call that it is uncertain of is one."""
    if recorded is None:
        return Probation()
    found = (*recorded.entry.late_calls, *_unanswered(recorded))
    waiting = tuple(one for one in found if unix_seconds(one.until) > now)
    return Probation(waiting, tuple(one for one in found if one not in waiting))


def _unanswered(recorded: Recorded) -> Iterable[LateCall]:
    """What the call that an uncertain entry stands for could do: a stop by a TaskId, nothing."""
    kind, entry = recorded.kind, recorded.entry
    pending = entry.pending
    if entry.status is not Status.UNCERTAIN or pending is None or kind.starts is None:
        return
    until = late_until(pending.at)
    if pending.action in {action.name for action in kind.starts.starters}:
        yield LateCall(until, entry.spec)
    # Beside a start, a stop by its name may be on the way; where a task can be asked after, its end is seen.
    stops = pending.effect is not Effect.START or not kind.sets_by_id
    if kind.runs_by_name is not None and pending.task_id is None and stops:
        yield LateCall(until, entry.spec, Verb.STOP)


def is_harmless(recorded: Recorded, late_call: LateCall, *, runs: bool) -> bool:
    """Whether a call that arrived late changed nothing; `runs` tells whether the entry's task is there.

    A start was refused, as the task of its robot was there already, where a kind knows that answer
    (reference semantics §10, StartStreamIngest); or it has set what runs to what is recorded anyway. A stop
    had nothing to end. An update is not looked after as such: the next one says again what it may have
    undone.
    """
    same = runs and recorded.alive and is_same_task(recorded, late_call)
    if late_call.verb is Verb.START and recorded.kind.sets_by_id:
        return same and late_call.spec == recorded.entry.spec
    if late_call.verb is Verb.START:
        return same and recorded.kind.stops_by_name is not None
    return late_call.verb is Verb.UPDATE or not same


def is_same_task(recorded: Recorded, late_call: LateCall) -> bool:
    """Whether a start of the late call's spec ends what was started with the recorded one."""
    return recorded.identity is not None and recorded.identity_of(late_call.spec) == recorded.identity


@dataclass(frozen=True, slots=True)
class Reassigned:
    """The records with each late call beside what has its robot by now; what became of those that are not.

    `to` has, for each record that gave some away, those that are to look after them. `left` has the
    late calls that nobody can look after in this plan, as what has their robot is not in it.
    """

    records: Mapping[Address, Recorded]
    to: Mapping[Address, frozenset[Address]] = field(default_factory=dict)
    left: Mapping[Address, tuple[LateCall, ...]] = field(default_factory=dict)


def reassign(
    records: Mapping[Address, Recorded],
    desired: Mapping[Address, Desired],
    now: float,
    includes: Callable[[Address], bool],
) -> Reassigned:
    """The records, each late call with the one whose robot it has by now, as after a resource was renamed.

    Only one task of a robot can run, of whatever kind (client §1), so it is that one's task which has to
    be made sure of, where the plan `includes` it.
    """
    found = dict(records)
    if not any(one.entry.late_calls for one in found.values()):
        return Reassigned(found)
    to: dict[Address, frozenset[Address]] = {}
    left: dict[Address, tuple[LateCall, ...]] = {}
    holders = dict(_holders(found, desired))
    for address, recorded in records.items():
        for late_call in _reassignable(recorded, now):
            holder = holders.get(recorded.identity_of(late_call.spec), address)
            if holder == address:
                continue
            if not includes(holder):
                left[address] = (*left.get(address, ()), late_call)
                continue
            kept = tuple(one for one in found[address].entry.late_calls if one != late_call)
            found[address] = _with_late_calls(found[address], kept)
            to[address] = to.get(address, frozenset()) | {holder}
            if holder in found:  # else its start ends whatever a late one has started
                known = found[holder]
                spec = known.entry.spec if known.alive else desired[holder].resource.spec
                taken = late_call if holder.kind == address.kind else replace(late_call, spec=spec)
                more = (*known.entry.late_calls, taken)
                found[holder] = _with_late_calls(found[holder], more)
    return Reassigned(found, to, left)


def _reassignable(recorded: Recorded, now: float) -> Iterator[LateCall]:
    """The late calls that are no updates, and whose time is over."""
    if recorded.kind.starts is not None and recorded.entry.late_calls:
        for one in probation_of(recorded, now).over:
            if one in recorded.entry.late_calls and one.verb is not Verb.UPDATE:
                yield one


def _with_late_calls(recorded: Recorded, late_calls: tuple[LateCall, ...]) -> Recorded:
    return recorded.with_entry(replace(recorded.entry, late_calls=late_calls))


def _holders(
    records: Mapping[Address, Recorded], desired: Mapping[Address, Desired]
) -> Iterator[tuple[Claim | None, Address]]:
    """The resource that each robot is of, by what a second start ends the first by."""
    for address, one in desired.items():
        recorded = records.get(address)
        if one.resource.wanted in _ON and one.kind.starts and not (recorded and recorded.alive):
            identity = one.kind.starts.identity(one.spec)
            yield from [] if identity is None else [(identity, address)]
    for address, known in records.items():
        if known.alive and known.identity is not None:
            yield known.identity, address
