"""What is kept of the runs that one hold ends: its own, and one that died before it; pure.

What a run did is in the journal already. Only what it was still waiting for, and an edit by hand, is told
by records that its end brings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.backends.protocol import Holder
from reconciler.model import Address
from reconciler.state.ending import SIMPLY_DONE, End, Ended, Ending
from reconciler.state.journal import Begin, Outcome, Record
from reconciler.state.model import Entry, Owner, State
from reconciler.state.runs import UNANSWERED, edit_counts, edits, kept_records, results_of, starts_of

DIFFERENCE = "state"
"""The step of outcomes that only bring what is recorded to what it is to be: no run did anything by them."""


@dataclass(frozen=True, slots=True)
class Closing:
    """What ends runs: the outcomes that tell what is not told yet, and how it is kept.

    The first `unanswered` outcomes are those of the run that has begun, the others an edit's.
    """

    outcomes: Sequence[Outcome] = ()
    unanswered: int = 0
    first: Begin | None = None
    endings: tuple[End | None, End | None] = (None, None)
    starts: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))


class RunsOfHold:
    """The runs that one hold ends: `dead` is what one has journalled that did not end itself."""

    def __init__(self, holder: Holder, dead: Sequence[Record]) -> None:
        self._holder: Mapping[str, Any] = dict(holder)
        self._dead = list(dead)
        self._own: list[Record] | None = None

    def begin(self) -> None:
        """Its own run has begun."""
        self._own = []

    def add(self, records: Sequence[Record]) -> None:
        """Its own run has recorded this."""
        if self._own is not None:
            self._own += records

    def end(self) -> None:
        """All that there was has ended."""
        self._dead, self._own = [], None

    def closing(self, known: State, written: State, owner: Owner, ended: Ended) -> Closing:
        """How it ends with a state that is to be written over the one that is known."""
        if self._own is not None:
            kept = kept_records(self._own, {}, written.entries)
            open_calls = _unanswered(kept)
            end = End("", ended, written.serial)
            return Closing(open_calls, len(open_calls), None, (end, None), (starts_of(kept), set()))
        edit = self._edit(known, written, owner)
        if not self._dead:
            return edit
        kept = kept_records(self._dead[1:], {}, known.entries)
        open_calls = _unanswered(kept)
        over = Ended(Ending.UNFINISHED, results_of(kept))
        end = End("", over, written.serial, str(self._holder.get("run", "")))
        return replace(
            edit,
            outcomes=[*open_calls, *edit.outcomes],
            unanswered=len(open_calls),
            first=edit.first and replace(edit.first, serial=written.serial),
            endings=(end, edit.endings[1]),
            starts=(starts_of(kept), edit.starts[1]),
        )

    def _edit(self, known: State, written: State, owner: Owner) -> Closing:
        """What wrote the state without a journal, as an edit by hand does; of nobody it is not kept."""
        found = [one for one in edits(known.entries, written.entries) if isinstance(one, Outcome)]
        run = str(self._holder.get("run", ""))
        if not run:
            return Closing(found)
        since = str(self._holder.get("since", ""))
        first = Begin(written.lineage, known.serial, run, since, owner=owner, holder=self._holder)
        end = End("", replace(SIMPLY_DONE, results=edit_counts(found)), written.serial)
        return Closing(found, 0, first, (None, end), (set(), starts_of(found)))


def _unanswered(kept: Sequence[Record]) -> list[Outcome]:
    return [one for one in kept if isinstance(one, Outcome) and one.result == UNANSWERED]


def differences(
    stored: Mapping[Address, Entry | None], entries: Mapping[Address, Entry], told: Sequence[Outcome]
) -> list[Outcome]:
    """What a store has otherwise than it is to have it, as outcomes behind those that are told.

    An entry that is stored as None cannot be read.
    """
    had = {**stored, **{one.address: one.entry for one in told}}
    gone = {one.address for one in told if one.entry is None}
    return [
        Outcome(address, DIFFERENCE, "recorded", entries.get(address))
        for address in sorted({*had, *entries})
        if had.get(address) != entries.get(address)
        or (address not in entries and address in had and address not in gone)
    ]
