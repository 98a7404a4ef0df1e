"""Where the vendor's two sites serve the actions of TRTC, each action by a list of its own.

See semantics §8; fields, "StartStreamIngest" and "RemoveUser".
"""

from collections.abc import Iterable, Mapping, Sequence

from reconciler.calls import Action
from reconciler.kinds.sites import Site

Regions = Mapping[str, tuple[str, ...]]

PUBLISH: Regions = {
    Site.MAINLAND: ("ap-beijing", "ap-guangzhou", "ap-hongkong", "ap-shanghai", "ap-singapore"),
    Site.INTERNATIONAL: ("ap-guangzhou", "ap-hongkong", "ap-singapore"),
}
_INGEST_MAINLAND = ("ap-beijing", "ap-chongqing", "ap-guangzhou", "ap-shanghai", "ap-singapore")
INGEST_START: Regions = {
    Site.MAINLAND: _INGEST_MAINLAND,
    Site.INTERNATIONAL: (
        "ap-bangkok",
        "ap-guangzhou",
        "ap-jakarta",
        "ap-mumbai",
        "ap-singapore",
        "ap-tokyo",
    ),
}
"""Of StartStreamIngest and UpdateStreamIngest."""
INGEST_STOP: Regions = {
    Site.MAINLAND: _INGEST_MAINLAND,
    Site.INTERNATIONAL: ("ap-bangkok", "ap-jakarta", "ap-mumbai", "ap-singapore"),
}
"""Of StopStreamIngest and DescribeStreamIngest, which the international site serves in fewer regions."""
REMOVE_USER: Regions = {
    Site.MAINLAND: ("ap-beijing", "ap-guangzhou"),
    Site.INTERNATIONAL: ("ap-beijing", "ap-guangzhou", "ap-singapore"),
}
EVERY_REGION = tuple(
    sorted({name for table in (PUBLISH, INGEST_START) for names in table.values() for name in names})
)
_ON = {None: "", Site.MAINLAND: " on the mainland site", Site.INTERNATIONAL: " on the international site"}


def served(actions: Iterable[Action], site: Site | None) -> tuple[str, ...]:
    """Where every one of the actions is served, by one of the sites where it is not known which."""
    listed = list(actions)
    sites = Site if site is None else (site,)
    both = [set[str].intersection(*(set(action.regions[one]) for action in listed)) for one in sites]
    return tuple(sorted(set[str]().union(*both)))


def region_fault(region: str, actions: Sequence[Action], site: Site | None) -> str | None:
    """Why no task of these actions, of which the first starts it, is to run in a region; None if it can."""
    regions = served(actions, site)
    if region in regions:
        return None
    allowed = f"{', '.join(regions)}{_ON[site]}"
    if region not in served(actions[:1], site):
        return f"found {region}; tasks of this kind can be started and stopped in {allowed}"
    missing = " and ".join(one.name for one in actions if region not in served([one], site))
    return f"found {region}: a task could be started there, but {missing} can only be called in {allowed}"
