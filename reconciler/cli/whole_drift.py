"""Drift where something may have changed: in the manifests, the state, or what the cloud tells."""

from reconciler.cli.announcing import say_calls
from reconciler.cli.asking_ahead import Ahead, asking_ahead
from reconciler.cli.connecting import Connected, connect
from reconciler.cli.holding import look_ahead
from reconciler.cli.indexed import indexed
from reconciler.cli.manifest_files import ManifestFiles
from reconciler.cli.options import EVERYTHING
from reconciler.cli.planning import Request, drift_of
from reconciler.cli.probing import Probing
from reconciler.cli.unchanged_drift import DriftOptions, FoundDrift
from reconciler.cli.world import check_target, target_of
from reconciler.observing.observer import Round
from reconciler.reports.formats import ReportContext
from reconciler.running.known import labels_in


def whole_drift(files: ManifestFiles, options: DriftOptions, since: Round) -> FoundDrift:
    """The drift; nothing is asked that was asked since the round began.

    Raises what keeps it from being found.
    """
    if options.probe or options.selection != EVERYTHING:
        return _found(files, options, since, None)
    ahead = Ahead(files, options.state_file, since, options.kept, options.plain_http, say_calls)
    with asking_ahead(ahead) as connected:
        return _found(files, options, since, connected)


def _found(
    files: ManifestFiles, options: DriftOptions, since: Round, connected: Connected | None
) -> FoundDrift:
    manifests = indexed(files, options.state_file)
    workspace = manifests.workspace
    target = target_of(workspace, options.state_file)
    check_target(target, kept=options.kept, plain_http=options.plain_http)
    if options.probe:
        workspace = manifests.read_all()
        Probing(workspace, target, options.selection, "drift --probe").run()
    snapshot = look_ahead(target.state, target.owner(workspace.name))
    place = target.place(workspace.name)
    request = Request(
        workspace, target, place, options.selection, manifests=manifests, tell=say_calls, since=since
    )
    drift = drift_of(request, snapshot, connected or (lambda: connect(target)))
    labels = labels_in(manifests.workspace, snapshot.state) if drift.rows else {}
    return FoundDrift(drift, ReportContext(str(target.state), labels, cloud=target.cloud))
