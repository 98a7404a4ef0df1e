"""What is kept of a run once it is over: its first record, how it ended, its calls; pure.

An edit by hand has no journal: what is kept of it are the entries that it changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from reconciler.model import Address, Effect, Status, digest
from reconciler.state.ending import End
from reconciler.state.journal import Begin, Intent, Moved, Outcome, Record
from reconciler.state.model import Entry, State

SHORT = 8
"""Characters by which a run is called in a list."""

UNANSWERED = "unanswered"
"""The result of a call that a run was still waiting for when it was killed."""

DROPPED, RECORDED, CHANGED, RENAMED = "dropped", "recorded", "changed", "renamed"
"""What an edit does to a record, as the result of its outcome."""

_IN_DOUBT = frozenset({"unknown", UNANSWERED})
_REFUSED = "refused"
_ALIVE = frozenset({Status.RUNNING, Status.PAUSED, Status.UNCERTAIN})

Entries = Mapping[Address, Entry]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run: who did what, when, from which revision and plan; without an `end` it is not over.

    `held` tells of such a one whether it still holds the state; None where nobody can tell.
    """

    begin: Begin
    end: End | None = None
    held: bool | None = None

    @property
    def run(self) -> str:
        """Its ID."""
        return self.begin.run

    @property
    def holder(self) -> Mapping[str, Any]:
        """Who it was; empty of a run of an earlier version."""
        return self.begin.holder

    @property
    def command(self) -> str:
        """The command that it carried out; "" of a run of an earlier version."""
        return str(self.holder.get("command", ""))

    @property
    def serial(self) -> int | None:
        """Of the state which has what it did; None while there is none."""
        return None if self.end is None else self.end.serial


KeptRun = tuple[RunRecord, Sequence[Record]]
"""A run and its intents and outcomes, in order."""


def kept_begin(begin: Begin) -> Begin:
    """The first record as it is kept: without the key of the state's digests."""
    return replace(begin, digest_key="")


def kept_record(record: Record) -> Record:
    """A record as it is kept: an intent without what would be recorded if it succeeds."""
    return replace(record, entry=None) if isinstance(record, Intent) else record


def kept_records(records: Iterable[Record], before: Entries, after: Entries) -> list[Record]:
    """What is kept of a journal's records behind the first: each call, and what was recorded after it.

    `before` and `after` are the entries that the run set out from, and those with all that it did: what
    it was waiting for when it was killed is among them.
    """
    kept: list[Record] = []
    waiting: dict[Address, Intent] = {}
    renamed: dict[Address, int] = {}
    for record in records:
        if isinstance(record, Intent):
            waiting[record.address] = record
            kept.append(kept_record(record))
        elif isinstance(record, Outcome):
            called = waiting.pop(record.address, None) is not None
            if called or record.address not in renamed:
                kept.append(record)
            else:  # what a rename comes with, without a call of its own
                kept[renamed[record.address]] = _renamed(record, kept[renamed[record.address]])
        elif isinstance(record, Moved):
            renamed[record.address] = len(kept)
            kept += _moved(record)
    kept += [Outcome(one, intent.step, UNANSWERED, after.get(one)) for one, intent in waiting.items()]
    return list(_with_renames(kept, before))


def _moved(moved: Moved) -> list[Record]:
    """A rename as an edit has it: what is recorded under the new address, and nothing under the former."""
    address, former = moved.address, moved.former
    return [
        Outcome(address, str(address), RENAMED, moved.entry, renamed_from=former),
        Outcome(former, str(former), DROPPED, None),
    ]


def _renamed(outcome: Outcome, told: Record) -> Record:
    """An outcome as that of the rename which was told before."""
    former = told.renamed_from if isinstance(told, Outcome) else None
    return replace(outcome, result=RENAMED, renamed_from=former)


def edits(before: Entries, after: Entries) -> list[Record]:
    """What an edit by hand did: an outcome for each entry that it changed."""
    changed = [one for one in sorted({*before, *after}) if before.get(one) != after.get(one)]
    found = [Outcome(one, str(one), _edit(one, before, after), after.get(one)) for one in changed]
    renamed = _with_renames(found, before)
    return [
        replace(one, result=RENAMED) if isinstance(one, Outcome) and one.renamed_from else one
        for one in renamed
    ]


def edit_counts(records: Iterable[Record]) -> dict[str, int]:
    """How many entries an edit changed, by what it did; one that was renamed counts once."""
    found = [one for one in records if isinstance(one, Outcome)]
    former = {one.renamed_from for one in found}
    words = [one.result for one in found if one.address not in former]
    return {word: words.count(word) for word in sorted(set(words))}


def _edit(address: Address, before: Entries, after: Entries) -> str:
    if address not in after:
        return DROPPED
    return CHANGED if address in before else RECORDED


def _with_renames(records: Iterable[Record], before: Entries) -> Iterator[Record]:
    """The records, with the former address of each entry that was recorded under another one before."""
    listed = list(records)
    last = {one.address: one.entry for one in listed if isinstance(one, Outcome)}
    said = {one.address for one in listed if isinstance(one, Outcome) and one.renamed_from is not None}
    former = {_identity(before[one]): one for one, entry in last.items() if entry is None and one in before}
    for record in listed:
        if not isinstance(record, Outcome) or record.entry is None or record.address in {*before, *said}:
            yield record
        else:
            yield replace(record, renamed_from=former.get(_identity(record.entry)))


def _identity(entry: Entry) -> tuple[str, str, str]:
    """What stays the same of an entry that is only called otherwise: its task, or else its spec."""
    if isinstance(entry.task_id, str):
        return entry.kind, "task", entry.task_id
    return entry.kind, entry.digest, entry.started_at or ""


def results_of(records: Iterable[Record]) -> dict[str, int]:
    """How many resources ended how, as far as their last records say."""
    found = [one for one in records if isinstance(one, Outcome)]
    former = {one.renamed_from for one in found}
    last = {one.address: one.result for one in found if one.address not in former}
    words = [_word(result) for result in last.values()]
    return {word: words.count(word) for word in sorted(set(words))}


def _word(result: str) -> str:
    if result in _IN_DOUBT:
        return "uncertain"
    return "failed" if result == _REFUSED else "done"


def life(address: Address, runs: Iterable[KeptRun]) -> Iterator[tuple[RunRecord, Record]]:
    """All that is kept of one resource, the newest first, under former names as well.

    The runs come newest first.
    """
    name = address
    for run, records in runs:
        for record in reversed(records):
            if isinstance(record, Intent | Outcome) and record.address == name:
                yield run, record
                if isinstance(record, Outcome) and record.renamed_from is not None:
                    name = record.renamed_from


def former_name(address: Address, told: Sequence[tuple[RunRecord, Record]]) -> Address:
    """What a resource was called before all that is told of its life, the newest first."""
    names = [one.renamed_from for _, one in told if isinstance(one, Outcome) and one.renamed_from is not None]
    return names[-1] if names else address


def still_needed(records: Sequence[Record], state: State) -> bool:
    """Whether a run has started, or taken over by hand, a task that the state records as running."""
    return not starts_of(records).isdisjoint(running_starts(state))


def starts_of(records: Sequence[Record]) -> set[str]:
    """What tells each start apart that a run has made, or taken over by hand."""
    starts = {one.step for one in records if isinstance(one, Intent) and one.pending.effect is Effect.START}
    return {
        _start(one.entry)
        for one in records
        if isinstance(one, Outcome) and one.entry is not None
        if one.step in starts or one.result == RECORDED
    }


def running_starts(state: State) -> set[str]:
    """The same of the starts of all that the state records as running."""
    return {_start(entry) for entry in state.entries.values() if entry.status in _ALIVE}


def _start(entry: Entry) -> str:
    """What tells one start of a kind from all others: a digest, so that any store can keep it."""
    return digest(entry.kind, str(entry.task_id or entry.started_at))


class Unknown:
    """That what was recorded then is not kept any more."""


def entry_at(address: Address, run: str, runs: Sequence[KeptRun], state: State) -> Entry | Unknown | None:
    """What was recorded of a resource once a run had ended; None where nothing was.

    The runs come newest first, and `state` is what is recorded now. What runs that are not kept did
    is not guessed.
    """
    place = next(number for number, (one, _) in enumerate(runs) if one.run == run)
    for number, (_, records) in enumerate(runs[place:], place):
        said = [one for one in records if isinstance(one, Outcome) and one.address == address]
        if said:
            return said[-1].entry
        if number + 1 < len(runs) and not _follows(runs[number][0], runs[number + 1][0]):
            break
    else:
        if runs[-1][0].begin.serial == 0:
            return None
    later = runs[: place + 1]
    unbroken = all(_follows(one[0], other[0]) for one, other in pairwise(later))
    if unbroken and runs[0][0].serial == state.serial and not _touched(address, later):
        return state.entries.get(address)
    return Unknown()


def _follows(later: RunRecord, earlier: RunRecord) -> bool:
    """Whether no run between the two has changed the state."""
    return earlier.serial == later.begin.serial


def _touched(address: Address, runs: Iterable[KeptRun]) -> bool:
    return any(
        isinstance(one, Outcome) and address in (one.address, one.renamed_from)
        for _, records in runs
        for one in records
    )
