"""One run from the recovered journal to the written state: the order that every guarantee rests on.

First a rehearsal of all that the run's end will need, then what an earlier run left, then the record
that this one begins, then the calls, then the state. Whatever the disk does in between, nothing more is
begun after it has failed, and the caller gets to know what runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.applying.halt import kept_from_starting
from reconciler.applying.results import ChangeResult, Result
from reconciler.applying.scheduler import apply_plan
from reconciler.applying.tools import Append, Tools
from reconciler.backends.protocol import Growth, Session
from reconciler.errors import ReconcilerError, StateError, exhausted
from reconciler.kinds import registered
from reconciler.model import Address, Status, Verb, canonical_json, digest
from reconciler.plan.codec import plan_to_json
from reconciler.plan.model import Change, Plan
from reconciler.state.codec import entry_to_json
from reconciler.state.ending import Ended, Ending, Intended
from reconciler.state.model import Entry

_ATTEMPTS = 4
"""Attempts of one call that there is room for in the journal; each has a record, as its outcome has."""

_SPECS, _MORE = 4, 1024
"""How often a record may hold its spec, what is attempted and in doubt among it, and bytes for the rest."""

_BEGINNING = 16 * 1024
"""Bytes of the journal's first record, which says who carries out what."""

_ALIVE = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)


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
class RunResult:
    """What became of a run; `entries` is what is known now, whether it could be written or not.

    `serial` and `lineage` are those of the written state. `error` says why it could not be written, or why
    nothing more was sent.
    """

    entries: Mapping[Address, Entry]
    results: Sequence[ChangeResult] = field(default_factory=list)
    serial: int = 0
    error: ReconcilerError | None = None
    lineage: str = ""

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return self.error is None and not self.results

    @property
    def disk_failed(self) -> bool:
        """Whether anything that was to be recorded could not be, even if it was later."""
        return self.error is not None or any(isinstance(one.error, StateError) for one in self.results)


def execute_plan(plan: Plan, session: Session, run: Run, tools: Callable[[Append], Tools]) -> RunResult:
    """Carries out the plan and writes the state; a disk that fails is told in what is returned.

    Raises StateError, with nothing sent or changed, where the state could not be written at the end.
    """
    session.preflight(growth_of(plan))
    try:
        session.recover()
        session.begin(run.id, run.at, run.lineage, run.nonce, intended_by(plan))
    except StateError as error:
        kept = [ChangeResult(change, Result.SKIPPED, kept_from_starting(error)) for change in plan.changes]
        return RunResult(session.state.entries, kept, error=error)
    made = tools(session.append)
    entries, results = apply_plan(plan, session.state.entries, made)
    made.relieve()
    try:
        cleared = run.id if not entries and _ends_all(plan) and not session.state.was_emptied else ""
        left = (change.address for change in plan.changes if _is_left_running(change))
        known = session.state.without_tracking(left, entries).forgetting(_forgotten(results))
        result = replace(known, cleared=cleared)
        written = session.finish(result, ended_with(results, interrupted=made.interrupted()))
    except StateError as error:
        return RunResult(entries, results, error=error)
    except MemoryError as error:
        return RunResult(entries, results, error=exhausted(error))
    kept_back = session.lost if any(one.result is not Result.DONE for one in results) else None
    return RunResult(entries, results, written.serial, kept_back, written.lineage)


def intended_by(plan: Plan) -> Intended:
    """What a plan is to change, and the digest of its changes as its json has them."""
    counts = {str(verb): sum(change.verb is verb for change in plan.changes) for verb in Verb}
    changes = canonical_json(plan_to_json(plan)["changes"])
    return Intended({verb: count for verb, count in counts.items() if count}, digest(changes))


def ended_with(results: Sequence[ChangeResult], *, interrupted: bool) -> Ended:
    """How a run ended whose changes ended so."""
    counts = {str(result): sum(one.result is result for one in results) for result in Result}
    found = {result: count for result, count in counts.items() if count}
    if interrupted or Result.INTERRUPTED in found:
        return Ended(Ending.INTERRUPTED, found)
    is_done = set(found) <= {Result.DONE}
    return Ended(Ending.DONE if is_done else Ending.FAILED, found)


def _ends_all(plan: Plan) -> bool:
    """Whether nothing of what a plan drops from the record runs on, or was to be recorded as it runs."""
    return not any(_leaves_running(change) for change in plan.changes)


def _forgotten(results: Sequence[ChangeResult]) -> dict[Address, str]:
    """What was declared, by its digest, of each record that was dropped as its task had ended."""
    done = (one.change for one in results if one.result is Result.DONE)
    return {change.address: change.forgets for change in done if change.forgets}


def _is_left_running(change: Change) -> bool:
    """Whether its record is dropped while its task runs on; a switch has none."""
    kind = registered(change.address.kind)
    return _leaves_running(change) and change.verb is Verb.FORGET and kind is not None and not kind.is_switch


def _leaves_running(change: Change) -> bool:
    if change.before is None:
        return change.verb is Verb.UPDATE
    return change.verb is Verb.FORGET and not change.forgets and change.before.status in _ALIVE


def growth_of(plan: Plan) -> Growth:
    """How much room a run of the plan may need: a bound for what is recorded of each change."""
    sizes = [(_size(change), len(change.steps) or 1) for change in plan.changes]
    return Growth(
        state=sum(_SPECS * size + _MORE for size, _ in sizes),
        journal=_BEGINNING + sum((_ATTEMPTS + 1) * steps * (size + _MORE) for size, steps in sizes),
    )


def _size(change: Change) -> int:
    """Bytes of the largest record that there is of a change, before or after any of its steps."""
    entries = (change.before, change.entry, *(step.entry for step in change.steps))
    each = {id(entry): entry for entry in entries if entry}.values()  # the last is the change's own
    return max((len(canonical_json(entry_to_json(entry))) for entry in each), default=0)
