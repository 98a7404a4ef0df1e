"""A plan of manifests in which something may have changed: they are read and compared, it is saved."""

import secrets
from functools import cache
from pathlib import Path

from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.regular import MAX_PLAN_BYTES
from reconciler.backends.local.streamed import TooLong, replace_sealed
from reconciler.cli.announcing import say_calls
from reconciler.cli.asking_ahead import Ahead, asking_ahead
from reconciler.cli.connecting import Connected, connect
from reconciler.cli.holding import look_ahead, look_at, say
from reconciler.cli.indexed import indexed
from reconciler.cli.manifest_files import ManifestFiles
from reconciler.cli.options import Again
from reconciler.cli.plan_options import Made, PlanOptions
from reconciler.cli.planning import Request, plan_for, saved
from reconciler.cli.world import DEFAULT_PATHS, check_kept, check_network, target_of
from reconciler.errors import PlanRefused
from reconciler.kinds.workspace.endpoint import cloud_of
from reconciler.manifests.revisions.standing import revision_of
from reconciler.observing.observer import Round
from reconciler.plan.saved import SavedPlan, check_savable, saved_in_parts
from reconciler.reports.formats import ReportContext
from reconciler.running.known import labels_in
from reconciler.running.standing import Place
from reconciler.state.model import Owner


def whole_plan(files: ManifestFiles, options: PlanOptions) -> Made:
    """The plan; raises what keeps it from being made or saved."""
    since = Round()
    if not (options.refresh and options.is_of_everything):
        return _made(files, options, since, None)
    ahead = Ahead(files, options.state_file, since, options.kept, options.plain_http, say_calls)
    with asking_ahead(ahead) as connected:
        return _made(files, options, since, connected)


def _made(files: ManifestFiles, options: PlanOptions, since: Round, connected: Connected | None) -> Made:
    manifests, untrusted = indexed(files, options.state_file), options.untrusted
    workspace = manifests.workspace
    target = target_of(workspace, options.state_file)
    if not untrusted:
        check_kept(target, kept=options.kept)
    if options.refresh:
        check_network(target, plain_http=options.plain_http)
    # A stranger's manifests are planned without the environment, which tells the cloud, and nothing is sent.
    owner = Owner(workspace.name) if untrusted else target.owner(workspace.name)
    snapshot = (look_at if untrusted else look_ahead)(target.state, owner)
    place = (
        Place(str(target.state), cloud_of(target.endpoint), new_state=True)
        if untrusted
        else target.place(workspace.name, new_state=options.new_state)
    )
    request = Request(
        workspace,
        target,
        place,
        options.selection,
        Again(resign=options.resigned),
        refresh=options.refresh,
        consent=options.consent,
        revision=None if untrusted else cache(lambda: revision_of(options.paths or DEFAULT_PATHS)),
        manifests=manifests,
        at=options.at,
        tell=say_calls,
        since=since,
    )
    plan = plan_for(request, snapshot, connected or (lambda: connect(target)))
    if options.out is not None:
        check_savable(plan, workspace.in_clear)
        _save(saved(plan, request, snapshot.version), options.out)
        say(
            f"Saved as {options.out}. To apply exactly this plan (works once): reconciler apply {options.out}"
        )
    cloud = target.endpoint if untrusted else target.cloud
    labels = labels_in(manifests.workspace, snapshot.state)
    return Made(plan, ReportContext(str(target.state), labels, cloud=cloud))


def _save(plan: SavedPlan, out: Path) -> None:
    try:
        parts = saved_in_parts(plan)
        replace_sealed(PosixFiles(), out, parts, secrets.token_hex(8))
    except TooLong as error:
        raise PlanRefused(
            f"{out}: the plan is larger than {MAX_PLAN_BYTES} bytes, the limit for apply",
            "plan fewer resources at a time, for example with --target",
        ) from error
    except OSError as error:
        raise PlanRefused(f"cannot save the plan to {out}: {error.strerror}") from error
