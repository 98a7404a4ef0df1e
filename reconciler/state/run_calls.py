"""The calls of a run: what became of each, and what settled a doubt; pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.model import Address, Status
from reconciler.state.journal import Intent, Outcome, Record
from reconciler.state.model import Entry
from reconciler.state.runs import UNANSWERED, RunRecord

REPEATED = "repeated"
"""The result of a call that was sent once more, whatever became of the first one."""

NOT_SENT = "not sent"
"""The result of a call that was journalled and then kept back, as by an interrupt."""

_IN_DOUBT = frozenset({"unknown", UNANSWERED})
_REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RunCall:
    """One call, or one change of the record without a call (`action` is "" then).

    `at` is when it was sent and `ended` when it was answered or given up, RFC 3339 UTC, "" where that is
    not known. `code` and `request_id` are those of an error; `entry` is what was recorded then.
    """

    address: Address
    action: str
    at: str
    result: str
    ended: str = ""
    code: str = ""
    request_id: str = ""
    entry: Entry | None = None
    renamed_from: Address | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether nobody knows what it did."""
        return self.result in _IN_DOUBT


@dataclass(frozen=True, slots=True)
class Settlement:
    """What settled a doubt: the later call, and its run."""

    run: str
    call: RunCall


def calls_of(records: Iterable[Record]) -> list[RunCall]:
    """The calls in the order in which they were sent."""
    found: list[RunCall] = []
    waiting: dict[Address, int] = {}
    for record in records:
        if isinstance(record, Intent):
            pending = record.pending
            waiting[record.address] = len(found)
            found.append(RunCall(record.address, pending.action, pending.at, REPEATED))
        elif isinstance(record, Outcome):
            place = waiting.pop(record.address, None)
            if place is None:
                found.append(_ended(RunCall(record.address, "", record.at, record.result), record))
            else:
                found[place] = _ended(found[place], record)
    return found


def _ended(call: RunCall, outcome: Outcome) -> RunCall:
    return replace(
        call,
        result=NOT_SENT if _was_kept_back(outcome) else outcome.result,
        ended=outcome.at,
        code=outcome.code,
        request_id=outcome.request_id,
        entry=outcome.entry,
        renamed_from=outcome.renamed_from,
    )


def _was_kept_back(outcome: Outcome) -> bool:
    """Whether it never reached the cloud: a code in lower case is a word of ours."""
    return outcome.result == _REFUSED and outcome.code.islower()


def calls_by_run(life: Sequence[tuple[RunRecord, Record]]) -> Iterator[tuple[RunRecord, list[RunCall]]]:
    """One resource's calls, run by run, the newest run first and its calls in order."""
    runs: dict[str, tuple[RunRecord, list[Record]]] = {}
    for run, record in life:
        runs.setdefault(run.run, (run, []))[1].insert(0, record)
    for run, records in runs.values():
        yield run, calls_of(records)


def settled(run: str, call: RunCall, life: Sequence[tuple[RunRecord, Record]]) -> Settlement | None:
    """What settled a call of a run that nobody knows the effect of; None if nothing has yet.

    `life` is that of its resource, the newest first.
    """
    later = [(one.run, found) for one, calls in reversed([*calls_by_run(life)]) for found in calls]
    place = next((number for number, (one, found) in enumerate(later) if (one, found) == (run, call)), None)
    if place is None:
        return None
    after = (Settlement(*one) for one in later[place + 1 :])
    return next((one for one in after if _settles(one.call)), None)


def _settles(call: RunCall) -> bool:
    """Whether what is recorded after a call is in no doubt any more."""
    if call.in_doubt or call.result in (REPEATED, NOT_SENT, _REFUSED):
        return False
    return call.entry is None or (call.entry.status is not Status.UNCERTAIN and not call.entry.attempted)
