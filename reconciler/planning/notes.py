"""What a plan tells beside its changes: what is in probation, what ends by itself, what stays behind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.kinds.records import Recorded
from reconciler.model import Address, Status, Verb
from reconciler.plan.model import Change, Expiry
from reconciler.planning.cases import Case
from reconciler.planning.expiry import expiries_of
from reconciler.planning.expiry_words import SIGNATURE, expired_signatures, warning
from reconciler.planning.ordering import Moves
from reconciler.planning.settled import Settled
from reconciler.planning.task_ends import waiting_words

_ON = (Status.RUNNING, Status.PAUSED)
_CALLS = {Verb.START: "a start", Verb.STOP: "a stop", Verb.UPDATE: "an update"}


@dataclass(slots=True)
class Notes:
    """Collected while the cases are decided, in their order; `signatures` are those that have expired."""

    warnings: list[str] = field(default_factory=list)
    probation: dict[Address, str] = field(default_factory=dict)
    expiries: list[Expiry] = field(default_factory=list)
    signatures: list[Expiry] = field(default_factory=list)

    def add_probation(self, case: Case) -> None:
        """Until when calls of a resource may still arrive, and which of them nobody looks after."""
        for late_call in case.left:
            self.warnings.append(
                f"{case.address}: {_CALLS[late_call.verb]} was never answered; the resource that now has "
                "its robot is not in this plan, so a later apply has to resolve it"
            )
        waiting = [one for one in case.probation.waiting if one not in case.left]
        until = max((one.until for one in waiting), default=None)
        if until is None:
            return
        self.probation[case.address] = until
        if case.actual is Status.UNCERTAIN or _is_looked_for(case):
            return  # there is a change, whose reason tells it, or it is waited for
        last = max(waiting, key=lambda one: one.until)
        self.warnings.append(
            f"{case.address}: {_CALLS[last.verb]} was never answered and may still take effect until "
            f"{until}; the first apply after that checks it"
        )

    def add_wait(self, case: Case) -> None:
        """Until when what has ended again and again is not started once more."""
        ended = case.ended
        if case.actual is Status.ENDED and ended is not None and case.wanted in _ON and ended.waits:
            self.warnings.append(f"{case.address}: {waiting_words(ended)}")

    def add_expiries(self, case: Case, *, only_over: bool = False, lapsed: bool = False) -> None:
        """Puts what ends by itself into the calendar, and warns of what ends soon, or has ended.

        With `only_over` that is all there is to tell; of what has `lapsed` another warning tells already.
        """
        if case.recorded is None or case.is_over:
            return
        found = [one for one in expiries_of(case.recorded, case.now) if one.expired or not only_over]
        if case.resigning:
            found = [one for one in found if one.what != SIGNATURE]
        self.expiries.extend(found)
        self.signatures.extend(expired_signatures(found))
        told = [one for one in found if one.soon and one.what != SIGNATURE and not lapsed]
        self.warnings.extend(map(warning, told))
        if case.due and case.renewal_waits:
            text = "its renewal is due but waits: it needs a restart, and the highest impact allowed is "
            self.warnings.append(f"{case.address}: {text}{case.choice.most}")

    def repeat(self, known: Settled) -> None:
        """What was told before of a resource that is settled."""
        self.warnings.extend(known.warnings)
        self.expiries.extend(known.expiries)
        self.signatures.extend(expired_signatures(known.expiries))

    def add_leftovers(self, case: Case) -> None:
        """What stays behind of something whose record is dropped."""
        recorded, leaves = case.recorded, case.kind.leaves_behind
        if recorded is not None and case.is_left:
            self.warnings.extend(_running_on(recorded))
        if recorded is None or leaves is None:
            return
        attempted = recorded.entry.attempted
        spec = recorded.read(attempted[-1]) if attempted else recorded.spec
        stays = leaves.leftovers(spec, case.actual or recorded.entry.status)
        if stays:
            self.warnings.append(f"{case.address}: {stays}")


def _is_looked_for(case: Case) -> bool:
    """Whether what became of a lost start is looked for, or is the task that runs in any case."""
    starts = all(one.verb is Verb.START for one in case.probation.waiting)
    return case.unfenced and starts


def _running_on(recorded: Recorded) -> Iterable[str]:
    """What is left running of a task whose record is dropped, in words."""
    entry = recorded.entry
    known = entry.task_id or (entry.pending.task_id if entry.pending else None)
    what = f"its task keeps running as TaskId {known}" if known else "what was started for it keeps running"
    if entry.status is Status.UNCERTAIN or entry.late_calls:
        what = (
            f"one of its calls was never answered; "
            f"{what if known else 'what it may have started keeps running'}"
        )
    yield f"{recorded.address}: {what}, untracked (metadata.onRemoval: leave)"


def held_by_others(
    changes: Iterable[Change],
    moves: Mapping[Address, Moves],
    records: Mapping[Address, Recorded],
    considered: set[Address],
) -> Iterable[str]:
    """Warnings of what a change takes that a resource left out of the plan holds."""
    left_out = sorted(records.keys() - considered)
    taken = {
        claim: one.address for one in (changes if left_out else ()) for claim in moves[one.address].takes
    }
    for address in left_out:
        recorded = records[address]
        if recorded.entry.task_id is not None or recorded.alive:
            for claim in sorted(recorded.claims.occupies & taken.keys()):
                yield (
                    f"{taken[claim]} takes over what {address} still uses, and only one of them can have "
                    f"it: {claim}"
                )
