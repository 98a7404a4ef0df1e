"""A workspace that fits specs which were read from raw requests.

Requests name an application; the region and the site they went to stand in headers and hosts. Where these
are not there, the region is what the application's ID tells of it (reference semantics §8), and the site the
one that knows every field that is said.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.api import Spec, foreign_fields
from reconciler.kinds.converting.reading import Note
from reconciler.kinds.placing import Placed
from reconciler.kinds.robots import RoomScoped
from reconciler.kinds.sites import Site
from reconciler.kinds.workspace.endpoint import site_of
from reconciler.kinds.workspace.kind import KIND
from reconciler.model import Path
from reconciler.words import path_text

NAME = "converted"
SECRET_KEY = "TRTC_SECRET_KEY"
ABROAD = "ap-singapore"
"""Where both sites serve every kind but recordings."""


@dataclass(frozen=True, slots=True)
class InferredWorkspace:
    """A workspace's kind, name and spec; the specs below it, in order; what to tell of the workspace."""

    kind: str
    name: str
    spec: dict[str, Any]
    specs: tuple[Spec, ...]
    warnings: tuple[Note, ...]


def inferred_workspace(specs: Sequence[Spec], hosts: Collection[str] = ()) -> InferredWorkspace:
    """A workspace that says what all specs have in common, and the specs without that.

    `hosts` are those that the requests went to, as far as that is known.
    """
    tasks: list[Any] = [spec for spec in specs if isinstance(spec, RoomScoped)]
    apps = {task.sdk_app_id for task in tasks}
    site, warnings = _site(specs, {one for host in hosts if (one := site_of(host)) is not None})
    regions = [_home(one, site) for one in [*tasks, *specs] if isinstance(one, Placed)]
    app, region = apps.pop() if len(apps) == 1 else None, regions[0] if regions else None
    spec: dict[str, Any] = {"region": region, **({} if site is None else {"endpoint": site.value})}
    if tasks:
        trtc = {} if app is None else {"sdkAppId": app}
        spec["trtc"] = {**trtc, "secretKey": {"env": SECRET_KEY}}
        text = f"robots' UserSigs are made from it: set {SECRET_KEY} to the application's secret key"
        warnings.insert(0, Note(("trtc", "secretKey"), text))
    below = tuple(_below(one, app, region, site) for one in specs)
    said = {name: value for name, value in spec.items() if value is not None}
    return InferredWorkspace(KIND.name, NAME, said, below, tuple(warnings))


def region_of(sdk_app_id: int | None) -> str:
    """A region of the mainland site that serves nearly every kind, for an application (semantics §8)."""
    return ABROAD if str(sdk_app_id).startswith(("200", "400")) else "ap-guangzhou"


def _home(task: Any, site: Site | None) -> str:
    """The region that a request was sent with; else its application's, or the one that both sites have."""
    if task.region is not None:
        return str(task.region)
    region = region_of(getattr(task, "sdk_app_id", None))
    served = task.served[site or Site.MAINLAND]
    return next((one for one in (region, ABROAD) if one in served), served[0])


def _below(spec: Spec, app: int | None, region: str | None, site: Site | None) -> Spec:
    """The spec without what its workspace says, and with a region of its own where it needs another."""
    if not isinstance(spec, Placed):
        return spec
    own = _home(spec, site)
    update = {"sdk_app_id": None} if app is not None and isinstance(spec, RoomScoped) else {}
    return spec.model_copy(update={**update, "region": None if own == region else own})


def _foreign(spec: Any, site: Site) -> Iterator[Path]:
    """What a site does not know: fields that only the other one has, and a region that only it serves."""
    yield from (path for path, *_ in foreign_fields(spec, site))
    served = spec.served if isinstance(spec, Placed) else {}
    serving = [one for one, regions in served.items() if spec.region in regions]
    if serving and site not in serving:
        yield ("region",)


def _site(specs: Sequence[Spec], sites: Collection[Site]) -> tuple[Site | None, list[Note]]:
    """The site to name, where the hosts say so, or that of the default does not know every field."""
    if len(sites) > 1:
        text = "the requests went to both sites, the international and the mainland one"
        return None, [Note(("endpoint",), f"{text}: each site needs its own workspace")]
    if sites:
        return (Site.INTERNATIONAL if Site.INTERNATIONAL in sites else None), []
    abroad = [path for spec in specs for path in _foreign(spec, Site.MAINLAND)]
    at_home = [path for spec in specs for path in _foreign(spec, Site.INTERNATIONAL)]
    if not abroad:
        return None, []
    if not at_home:
        return Site.INTERNATIONAL, []
    text = (
        f"{path_text(abroad[0])} exists only on the international site and {path_text(at_home[0])} only on "
    )
    text += "the mainland site: no endpoint supports both, so they need separate workspaces"
    return None, [Note(("endpoint",), text)]
