"""`reconciler state import`: tasks that run, and that nothing has recorded, become resources' own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import click

from reconciler.applying.results import ChangeResult
from reconciler.backends.protocol import StateLocation
from reconciler.backends.snapshots import Snapshot
from reconciler.cli.applying import ApplyOptions, carried_out, tell_running
from reconciler.cli.connection import connect
from reconciler.cli.environment import current_environment
from reconciler.cli.holding import say
from reconciler.cli.import_arguments import AskedFor, asked_options
from reconciler.cli.import_questions import Completion
from reconciler.cli.import_reports import GOOD, show_rows
from reconciler.cli.main import DONE, ERROR, INTERRUPTED
from reconciler.cli.options import kept_option, new_state_option, plain_http_option
from reconciler.cli.outages import outage_timeout_option
from reconciler.cli.state_shared import holding_options
from reconciler.cli.world import check_target, neighbours_of, read_workspace, target_of
from reconciler.errors import PlanRefused, UsageError
from reconciler.plan.model import Plan
from reconciler.planning.imports.said import Outcome, Row
from reconciler.running.importing import ImportRequest, plan_import, with_results
from reconciler.running.run import RunResult

# A TaskId can begin with a dash, and would be read as an option where there are short ones.
_DASHES = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.command("import", context_settings=_DASHES)
@asked_options
@click.option("--no-verify", is_flag=True, help="Do not check in the cloud that the tasks are running.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@new_state_option
@kept_option
@plain_http_option
@outage_timeout_option
@holding_options
def record(
    asked: AskedFor,
    no_verify: bool,
    form: str,
    new_state: bool,
    kept: bool,
    plain_http: bool,
    outage: float,
    state_file: StateLocation | None,
    patience: float,
) -> int:
    """Record running tasks for resources in the manifests below each PATH. Facts that are not in the manifest
    are given as options, in the lines of --from-log, or at a prompt. Each task is verified first, by a query
    or by an update that changes nothing. With several tasks, every one is reported; if any is refused, none
    is recorded. --since and --sequence-number then apply to each task that has no value of its own. A log
    line has address and taskId and, where needed, robot, since, sequenceNumber, pausedSince and txTime.
    """
    workspace = read_workspace(asked.paths)
    target = target_of(workspace, state_file)
    check_target(target, kept=kept, plain_http=plain_http)
    request = ImportRequest(
        workspace,
        target.place(workspace.name, sends=True, new_state=new_state),
        partial(neighbours_of, target, workspace),
        asked.told(target.state),
        Completion(asked.bounds).complete,
        lambda: connect(target),
        current_environment().clock,
        not no_verify,
    )
    options = ApplyOptions(target, workspace.name, "state import", True, patience, outage=outage)
    importing = _Importing(request)
    with carried_out(options, importing.planned, importing) as (result, interrupted):
        code = _finish(importing, result, workspace.name, form, many=asked.many)
        return INTERRUPTED if interrupted() else code


class _Importing:
    """Whoever imports: `rows` has what becomes of each task; nothing is asked once all are judged."""

    def __init__(self, request: ImportRequest) -> None:
        self.rows: list[Row] = []
        self.serial = 0
        self._request = request

    def planned(self, snapshot: Snapshot) -> Plan:
        """The plan, and the rows."""
        plan, self.rows = plan_import(self._request, snapshot)
        self.serial = snapshot.state.serial
        return plan

    def show(self, plan: Plan) -> None:
        """Nothing: the rows are shown once it is known what became of them."""

    def approve(self, plan: Plan) -> bool:
        """Yes: nothing that runs is changed."""
        return True

    @contextmanager
    def follow(self, total: int) -> Iterator[Callable[[ChangeResult], None]]:
        """Nothing is told before the end."""
        yield lambda result: None


def _finish(importing: _Importing, result: RunResult | None, workspace: str, form: str, *, many: bool) -> int:
    """Tells what became of each; of a single task in a line, what is wrong as an error."""
    results: Sequence[ChangeResult] = () if result is None else result.results
    serial = importing.serial if result is None else result.serial or importing.serial
    rows = with_results(importing.rows, results)
    if result is not None and result.disk_failed:
        tell_running(result.entries)
    if many or form == "json":
        show_rows(rows, workspace, serial, form)
    else:
        _show_single(rows[0], serial)
    if result is not None and result.error is not None:
        raise result.error
    return DONE if all(row.outcome in GOOD for row in rows) else ERROR


def _show_single(row: Row, serial: int) -> None:
    """One line of what was done; raises what keeps it from being done."""
    if row.outcome is Outcome.REFUSED and row.change is None:
        raise UsageError(row.message, row.hint)
    if row.outcome is Outcome.RECORDED:
        say(f"{row.message}; state serial {serial}", err=False)
        return
    entry = row.change.entry if row.change is not None else None
    if row.outcome not in (Outcome.IMPORTED, Outcome.UNVERIFIED) or entry is None:
        raise PlanRefused(f"{row.address}: {row.message}", row.hint)
    say(
        f"{row.address} is recorded as {entry.status} with TaskId {row.task_id}; state serial {serial}",
        err=False,
    )
    for note in filter(None, (row.message, row.hint, *row.notes)):
        say(f"note: {note}")
