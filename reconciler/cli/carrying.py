"""One run from the recovered journal to the written state: the order that every guarantee rests on.

First a rehearsal of all that the run's end will need, then what an earlier run left, then the record
that this one begins, then the calls, then the state. Whatever the disk does in between, nothing more is
begun after it has failed, and the caller gets to know what runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.applier import Append, Ending, Result, Tools, apply_plan
from reconciler.backends.held import Held
from reconciler.backends.preflight import Growth
from reconciler.errors import ReconcilerError, StateError, exhausted
from reconciler.model import Address, canonical_json
from reconciler.plan import Change, Plan
from reconciler.state import Entry, entry_to_json

_ATTEMPTS = 4
"""Attempts of one call that there is room for in the journal; each has a record, as its outcome has."""

_SPECS, _MORE = 4, 1024
"""How often a record may hold its spec, what is attempted and in doubt among it, and bytes for the rest."""


@dataclass(frozen=True, slots=True)
class Run:
    """Which run this is, when it began (RFC 3339 UTC), and the nonce of its saved plan, if it has one.

    `lineage` is for a state that has none yet.
    """

    id: str
    at: str
    lineage: str
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a run; `entries` is what is known now, whether it could be written or not.

    `serial` is that of the written state. `error` says why it could not be written, or why nothing
    more was sent.
    """

    entries: Mapping[Address, Entry]
    endings: Sequence[Ending] = field(default_factory=list)
    serial: int = 0
    error: ReconcilerError | None = None

    @property
    def disk_failed(self) -> bool:
        """Whether anything that was to be recorded could not be, even if it was later."""
        return self.error is not None or any(isinstance(one.error, StateError) for one in self.endings)


def carry(plan: Plan, held: Held, run: Run, tools: Callable[[Append], Tools]) -> Carried:
    """Carries out the plan and writes the state; a disk that fails is told in what is returned.

    Raises StateError, with nothing sent or changed, where the state could not be written at the end.
    """
    held.preflight(growth_of(plan))
    try:
        held.recover()
        held.begin(run.id, run.at, run.lineage, run.nonce)
    except StateError as error:
        return Carried(held.state.entries, error=error)
    made = tools(held.append)
    entries, endings = apply_plan(plan, held.state.entries, made)
    made.relieve()
    try:
        written = held.commit(replace(held.state, entries=entries))
    except StateError as error:
        return Carried(entries, endings, error=error)
    except MemoryError as error:
        return Carried(entries, endings, error=exhausted(error))
    kept_back = held.overtaken if any(one.result is not Result.DONE for one in endings) else None
    return Carried(entries, endings, written.serial, kept_back)


def growth_of(plan: Plan) -> Growth:
    """How much room a run of the plan may need: a bound for what is recorded of each change."""
    sizes = [(_size(change), len(change.steps) or 1) for change in plan.changes]
    return Growth(
        state=sum(_SPECS * size + _MORE for size, _ in sizes),
        journal=_MORE + sum((_ATTEMPTS + 1) * steps * (size + _MORE) for size, steps in sizes),
    )


def _size(change: Change) -> int:
    """Bytes of the largest record that there is of a change, before or after any of its steps."""
    entries = (change.before, change.entry, *(step.entry for step in change.steps))
    return max((len(canonical_json(entry_to_json(entry))) for entry in entries if entry), default=0)
