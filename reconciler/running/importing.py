"""Tasks that something else has started, recorded as one run: judged, asked after, written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.applying.results import NOT_BEGUN, ChangeResult, Result
from reconciler.backends.parts import Neighbour
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import CloudError, CredentialsRefused, Gone, PlanRefused, Superseded, UnknownTask
from reconciler.kinds import managed
from reconciler.kinds.concealing import conceal
from reconciler.kinds.records import Recorded
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address, Resource, Status
from reconciler.observing.asking import Connection
from reconciler.observing.observer import observe
from reconciler.plan.eta import eta
from reconciler.plan.model import Change, Plan
from reconciler.planning.imports.judging import Judge
from reconciler.planning.imports.said import Outcome, Row, Said
from reconciler.running.planning import Connect, former_states
from reconciler.running.standing import Place, with_standing
from reconciler.state.model import State

Told = Sequence[Said | Row]
_UNVERIFIED = "--no-verify records the task without checking it"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is to be recorded: of which manifests, how tasks are told, and how the cloud is reached.

    `tell` gives the tasks that are said to run, by the manifests and the state; `complete` asks for what they
    lack. Without `verifies` no task is asked after. `clock` gives unix seconds.
    """

    workspace: Workspace
    place: Place
    neighbours: Callable[[], Iterable[Neighbour]]
    tell: Callable[[Mapping[Address, Resource], State], Told]
    complete: Callable[[Judge, Told], Told]
    connect: Connect
    clock: Callable[[], float]
    verifies: bool = True


def plan_import(request: ImportRequest, snapshot: Snapshot) -> tuple[Plan, list[Row]]:
    """(the plan that records all the tasks, a row for each).

    Where one of them is refused the plan is empty: a mistake is mended before anything is sent. Raises
    StateError and PlanRefused for a state in which nothing can be recorded, CredentialsRefused.
    """
    _check_standing(request, snapshot)
    workspace, state, now = request.workspace, snapshot.state, request.clock()
    hidden = conceal(workspace.resources, state.digest_key)
    resources = {one.address: one for one in hidden.resources}
    judge = Judge(resources, workspace.settings, state, now, request.verifies)
    told = request.complete(judge, request.tell(resources, state))
    rows = [one if isinstance(one, Row) else judge.row(one) for one in told]
    if request.verifies and not _refused(rows):
        rows = _asked_after(rows, request)
    if _refused(rows):
        kept = "not recorded: other tasks were refused"
        rows = [row.told(kept, outcome=Outcome.NOT_BEGUN) if row.outcome is None else row for row in rows]
    return _plan(request, state, rows, hidden.texts), rows


def with_results(rows: Iterable[Row], results: Iterable[ChangeResult]) -> list[Row]:
    """The rows with what became of their changes."""
    found = {one.change.address: one for one in results}
    return [
        _with_result(row, found.get(row.change.address))
        if row.outcome is None and row.change is not None
        else row
        for row in rows
    ]


def _check_standing(request: ImportRequest, snapshot: Snapshot) -> None:
    """Raises what apply is refused for, where the state is missing, kept elsewhere or never written."""
    if snapshot.missing is not None:
        raise snapshot.missing
    former = former_states(request.workspace, request.place, request.neighbours, snapshot)
    plan = with_standing(_plan(request, snapshot.state, (), {}), snapshot, request.place, former)
    if plan.refusals:
        raise PlanRefused(
            f"nothing was imported: {'; '.join(one.message for one in plan.refusals)}",
            "nothing was sent or written; see above",
        )


def _plan(request: ImportRequest, state: State, rows: Iterable[Row], texts: Mapping[str, str]) -> Plan:
    changes = tuple(row.change for row in rows if row.outcome is None and row.change is not None)
    return Plan(
        workspace=request.workspace.name,
        serial=state.serial,
        lineage=state.lineage,
        changes=changes,
        eta_seconds=eta(changes),
        texts=texts,
    )


def _refused(rows: Iterable[Row]) -> bool:
    return any(row.outcome is Outcome.REFUSED for row in rows)


def _asked_after(rows: Sequence[Row], request: ImportRequest) -> list[Row]:
    """The rows, those refused whose task can be asked after and is not known, or of which nothing is said."""
    asked = {row.change.address: _record(row.change) for row in rows if row.change is not None}
    records = [one for one in asked.values() if one is not None]
    if not records:
        return list(rows)
    silence = "the cloud reported nothing about it"
    try:
        with request.connect() as cloud:
            connection = Connection(cloud.send, cloud.executor, request.clock)
            found = observe(records, request.workspace.settings, connection)
            statuses = {address: seen.status for address, seen in found.observed.items()}
            silence = "; ".join(found.warnings) or silence
    except CredentialsRefused:
        raise
    except CloudError as error:
        statuses, silence = {}, error.message
    addresses = {one.address for one in records}
    return [
        _seen(row, statuses.get(row.change.address), silence)
        if row.change is not None and row.change.address in addresses
        else row
        for row in rows
    ]


def _record(change: Change) -> Recorded | None:
    """What a change without a call would record, where the cloud can be asked after that."""
    kind = managed(change.address)
    if change.steps or change.entry is None or kind.observes is None:
        return None
    return Recorded(change.address, kind, change.entry)


def _seen(row: Row, status: Status | None, silence: str) -> Row:
    if status is None:
        return row.told(f"cannot be verified: {silence}", _UNVERIFIED, Outcome.REFUSED)
    if status is Status.ENDED:
        return _unknown(row, "the API reports that the task does not exist")
    return replace(row, verified=True)


def _with_result(row: Row, result: ChangeResult | None) -> Row:
    if result is None or result.result in NOT_BEGUN:
        why = result.error.message if result is not None and result.error is not None else "not begun"
        hint = f"run the command again (recorded tasks are skipped); or {_UNVERIFIED}"
        return row.told(why, hint, Outcome.NOT_BEGUN)
    if result.result is Result.DONE:
        asked = row.verified or bool(row.change and row.change.steps)
        return replace(row, outcome=Outcome.IMPORTED, verified=asked)
    error = result.error
    if isinstance(error, Gone | UnknownTask):
        return _unknown(row, error.message)
    if result.result is Result.UNCERTAIN:
        message = "recorded, but the call to verify it was never answered"
        return row.told(message, "the next apply checks whether it is running", Outcome.UNVERIFIED)
    if isinstance(error, Superseded):
        hint = "use a higher one: at least the highest that any update of the task has sent"
        return row.told(
            f"the SequenceNumber is lower than one the task was already updated with: {error.message}",
            hint,
            Outcome.REFUSED,
        )
    message, hint = (error.message, error.hint) if error is not None else ("it failed", "")
    return row.told(
        f"cannot be verified: {message}", "; or ".join(filter(None, (hint, _UNVERIFIED))), Outcome.REFUSED
    )


def _unknown(row: Row, words: str) -> Row:
    hint = (
        "if it has ended, leave it out of the import, and apply starts it; if not, check the TaskId and "
        "region"
    )
    return row.told(f"no such task is running: {words}", hint, Outcome.REFUSED)
