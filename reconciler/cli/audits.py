"""What is kept of the runs of a state, for the commands that tell of them."""

import sys

from reconciler.backends.parts import Audit
from reconciler.backends.protocol import Backend, StateLocation
from reconciler.cli.world import backend_for
from reconciler.errors import StateError, UsageError
from reconciler.model import Address
from reconciler.state.model import Entry
from reconciler.state.runs import SHORT, RunRecord, Unknown, entry_at

ALL = sys.maxsize
_SHORTEST = 4


def audit_of(backend: Backend) -> Audit:
    """What the store keeps of runs; raises StateError for one that keeps none."""
    audit = backend.parts.audit
    if audit is None:
        raise StateError("this store keeps no history of runs", "choose another state with --state")
    return audit


def run_named(audit: Audit, text: str) -> RunRecord:
    """The run whose ID is the text, or alone begins with it; raises UsageError."""
    found = [run for run in audit.runs(ALL) if run.run.startswith(text)]
    exact = [run for run in found if run.run == text]
    if exact or (len(found) == 1 and len(text) >= _SHORTEST):
        return (exact or found)[0]
    if len(found) > 1:
        raise UsageError(
            f"the run ID {text!r} is ambiguous: {len(found)} runs match",
            "use more characters of the ID; `reconciler history --format json` has it in full",
        )
    raise UsageError(
        f"no run {text!r} in the history",
        f"`reconciler history` lists the runs; an ID can be shortened to {_SHORTEST} characters",
    )


def entry_after(location: StateLocation, address: Address, text: str) -> Entry:
    """What was recorded of a resource once a run had ended.

    Raises UsageError where nothing was, or the run is not kept; StateError where it is not known any more.
    """
    backend = backend_for(location)
    audit, history = audit_of(backend), backend.parts.history
    run = run_named(audit, text)
    if run.end is None:
        raise UsageError(f"run {run.run} has not ended", "`reconciler state show` shows the current record")
    kept_state = history and run.end.serial in history.generations() and history.generation(run.end.serial)
    found: Entry | Unknown | None
    if kept_state and kept_state.lineage == run.begin.lineage:
        found = kept_state.entries.get(address)
    else:
        kept = [(one, audit.records(one.run)) for one in audit.runs(ALL)]
        found = entry_at(address, run.run, kept, backend.snapshot(None).state)
    if isinstance(found, Unknown):
        raise StateError(
            f"{address}: its record as of run {run.run[:SHORT]} is no longer kept",
            f"`reconciler history --address {address}` shows what is kept",
        )
    if found is None:
        raise UsageError(
            f"{address} was not in the state after run {run.run[:SHORT]}",
            f"`reconciler history --run {run.run[:SHORT]}` shows what it did",
        )
    return found
