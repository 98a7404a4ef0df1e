"""How resources stand, as `status` asks for it once: the manifests, the state and the cloud are read anew."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from reconciler.backends.protocol import StateLocation
from reconciler.cli.asking_ahead import Ahead, asking_ahead
from reconciler.cli.connecting import Connected, connect
from reconciler.cli.environment import current_environment, read_environment
from reconciler.cli.holding import look_ahead
from reconciler.cli.manifest_files import ManifestFiles
from reconciler.cli.options import EVERYTHING, Selection
from reconciler.cli.planning import Request, looked_at
from reconciler.cli.reporting import deliver
from reconciler.cli.showing import report_width
from reconciler.cli.world import DEFAULT_PATHS, check_target, load_context, read_workspace, target_of
from reconciler.manifests.loading.loader import load_sources
from reconciler.manifests.loading.sources import find_sources
from reconciler.observing.expected import Expected, nobody
from reconciler.observing.observer import Round
from reconciler.plan.status import StatusReport
from reconciler.planning.status import status_of
from reconciler.reports.calendar import Clock
from reconciler.reports.formats import Look
from reconciler.reports.status import StatusContext, render_status


@dataclass(frozen=True, slots=True)
class Looked:
    """What is to be looked at: the manifests, the state, and which resources of it.

    `stdin` gives the manifests that come from there, each time the same. `tell` gets the calls that are about
    to be made.
    """

    paths: tuple[str, ...]
    state_file: StateLocation | None
    selection: Selection
    kept: bool
    plain_http: bool
    stdin: Callable[[], bytes]
    tell: Callable[[Expected], None] = nobody


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, and where calls went, for people."""

    report: StatusReport
    cloud: str


def looked_status(look: Looked) -> Found:
    """How what is chosen stands now. Raises what reading manifests, state and cloud raise."""
    files, since = ManifestFiles(find_sources(look.paths or DEFAULT_PATHS, look.stdin)), Round()
    if look.selection != EVERYTHING:
        return _found(look, files, since, None)
    with asking_ahead(
        Ahead(files, look.state_file, since, look.kept, look.plain_http, look.tell)
    ) as connected:
        return _found(look, files, since, connected)


def _found(look: Looked, files: ManifestFiles, since: Round, connected: Connected | None) -> Found:
    workspace = load_sources(files.sources, load_context())
    target = target_of(workspace, look.state_file)
    check_target(target, kept=look.kept, plain_http=look.plain_http)
    snapshot = look_ahead(target.state, target.owner(workspace.name))
    place = target.place(workspace.name)
    request = Request(workspace, target, place, look.selection, tell=look.tell, since=since)
    seen = looked_at(request, snapshot, connected or (lambda: connect(target)))
    now = current_environment().clock()
    return Found(status_of(seen.plan, seen.resources, seen.records, seen.observed, now), target.cloud)


def probe_all(look: Looked) -> None:
    """Asks what is chosen by updates that change nothing, and records what was answered."""
    workspace = read_workspace(look.paths, look.stdin)
    target = target_of(workspace, look.state_file)
    check_target(target, kept=look.kept, plain_http=look.plain_http)
    # What applies anything is imported only where something is to be applied.
    import_module("reconciler.cli.probing").Probing(workspace, target, look.selection, "status --probe").run()


def text_of(found: Found, form: str, *, color: bool = False, interval: int = 0, lines: bool = False) -> str:
    """The report in a form; text as wide as the terminal. Moments are told in the zone of TZ, too.

    With an `interval`, in seconds, it is one that is written anew; with `lines` JSON is one line.
    """
    environment = current_environment()
    clock = Clock(environment.clock(), environment.zone)
    context = StatusContext(found.cloud, clock, interval, lines)
    width = report_width(read_environment())  # a terminal that is watched may have another by now
    return render_status(found.report, form, Look(width, color=color), context)


def shown_status(found: Found, form: str, file: Path | None) -> None:
    """The report on standard output or in its file; text coloured if wanted."""
    color = form == "text" and file is None and current_environment().colored
    deliver(text_of(found, form, color=color), file, color=color)
