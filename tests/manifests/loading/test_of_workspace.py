"""What a workspace's own settings break is told once, at the workspace, and not for each resource."""

import pytest

from reconciler.errors import ManifestError, Problem
from reconciler.kinds.regions import INGEST_START, INGEST_STOP, PUBLISH, REMOVE_USER, Regions
from reconciler.kinds.sites import Site
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load

from ...support import WORKSPACE

RECORD = "{uniRecord: template, recordWaitTime: 60}"


def streams(count: int, more: str = "") -> str:
    """So many mixed streams, each with the same more lines in its spec."""
    return "".join(
        f"---\napiVersion: reconciler/v1\nkind: MixStream\nmetadata: {{name: s{number}}}\n"
        f"spec:\n  room: {number}\n  publish: [{{url: rtmp://3891.livepush.myqcloud.com/live/s{number}}}]\n{more}"
        for number in range(1, count + 1)
    )


def workspace(region: str = "ap-guangzhou", more: str = "") -> str:
    return WORKSPACE.replace("ap-guangzhou", region) + more


def told(text: str) -> list[Problem]:
    try:
        return list(load(["-"], text.encode, LoadContext()).warnings)
    except ManifestError as error:
        return list(error.problems)


ONCE = {
    "an application's region": (workspace("ap-singapore"), "", "spec.region", 5),
    "a region that does not serve them": (workspace("ap-mumbai"), "", "spec.region", 5),
    "a field of the defaults": (
        workspace(more=f"  defaults: {{MixStream: {{record: {RECORD}}}}}\n"),
        "",
        "spec.defaults.MixStream.record.recordWaitTime",
        7,
    ),
    "the defaults' region": (
        workspace(more="  defaults: {MixStream: {region: ap-singapore}}\n"),
        "",
        "spec.defaults.MixStream.region",
        7,
    ),
}
EACH = {
    "an application's region": (workspace(), "  region: ap-singapore\n", "spec.region"),
    "the application": (workspace("ap-singapore"), "  sdkAppId: 1400000001\n", "spec.region"),
    "a region that does not serve it": (workspace(), "  region: ap-mumbai\n", "spec.region"),
    "a field": (workspace(), f"  record: {RECORD}\n", "spec.record.recordWaitTime"),
    "a field over the defaults'": (
        workspace(more=f"  defaults: {{MixStream: {{record: {RECORD}}}}}\n"),
        "  record: {recordWaitTime: 70}\n",
        "spec.record.recordWaitTime",
    ),
}


@pytest.mark.parametrize(("settings", "more", "path", "line"), ONCE.values(), ids=ONCE)
def test_what_the_workspace_says_is_told_once(settings: str, more: str, path: str, line: int) -> None:
    (one,) = told(settings + streams(3, more))
    assert (one.path, one.line) == (path, line)
    assert one.message.endswith("(MixStream/s1 and 2 more)")
    (alone,) = told(settings + streams(1, more))
    assert alone.message.endswith("(MixStream/s1)")


@pytest.mark.parametrize(("settings", "more", "path"), EACH.values(), ids=EACH)
def test_what_a_resource_says_is_told_there(settings: str, more: str, path: str) -> None:
    found = told(settings + streams(3, more))
    assert [one.path for one in found] == [path] * 3
    assert len({one.line for one in found}) == 3
    assert not any("more)" in one.message for one in found)


def test_warnings_of_the_workspace_leave_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.manifests.loading.notes.MAX_PROBLEMS", 3)
    text = workspace("ap-singapore") + streams(9)
    own = text.replace("room: 9\n", f"room: 9\n  record: {RECORD}\n")
    assert {one.path for one in told(own)} == {"spec.region", "spec.record.recordWaitTime"}


FAMILIES = {"MixStream": (PUBLISH, PUBLISH), "IngestStream": (INGEST_START, INGEST_STOP)}


def verdict(kind: str, region: str, site: Site | None) -> str:
    """What is told of a resource of the kind in the region."""
    more = "publish: [{url: rtmp://3891.livepush.myqcloud.com/live/a}]"
    spec = more if kind == "MixStream" else "streamUrl: https://films.example/a.mp4"
    endpoint = "simulator" if site is None else site.value
    settings = workspace(more=f"  endpoint: {endpoint}\n").replace("1400188366", "1600188366")
    head = f"---\napiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: a}}\n"
    return " ".join(
        one.message for one in told(f"{settings}{head}spec: {{room: 7, region: {region}, {spec}}}\n")
    )


EVERY = sorted({name for table in (PUBLISH, INGEST_START) for names in table.values() for name in names})


@pytest.mark.parametrize("site", [*Site, None], ids=str)
@pytest.mark.parametrize("kind", FAMILIES)
def test_a_region_is_allowed_where_every_action_is_served(kind: str, site: Site | None) -> None:
    """By the vendor's tables: (kind, site, region) for every region that either knows."""
    starts, stops = FAMILIES[kind]
    sites = Site if site is None else [site]
    for region in EVERY:
        served_somewhere = any(region in starts[one] and region in stops[one] for one in sites)
        started = any(region in starts[one] for one in sites)
        told_of_it = verdict(kind, region, site)
        assert (told_of_it == "") is served_somewhere, (region, told_of_it)
        assert ("could be started there" in told_of_it) is (started and not served_somewhere)
        if started and not served_somewhere:  # one action or two: the words fit both
            assert " can only be called in " in told_of_it


TABLES: dict[str, tuple[Regions, str, str]] = {
    "publish": (
        PUBLISH,
        "ap-beijing ap-guangzhou ap-hongkong ap-shanghai ap-singapore",
        "ap-guangzhou ap-hongkong ap-singapore",
    ),
    "ingest's start": (
        INGEST_START,
        "ap-beijing ap-chongqing ap-guangzhou ap-shanghai ap-singapore",
        "ap-bangkok ap-guangzhou ap-jakarta ap-mumbai ap-singapore ap-tokyo",
    ),
    "ingest's stop": (
        INGEST_STOP,
        "ap-beijing ap-chongqing ap-guangzhou ap-shanghai ap-singapore",
        "ap-bangkok ap-jakarta ap-mumbai ap-singapore",
    ),
    "remove": (REMOVE_USER, "ap-beijing ap-guangzhou", "ap-beijing ap-guangzhou ap-singapore"),
}


@pytest.mark.parametrize(("table", "mainland", "abroad"), TABLES.values(), ids=TABLES)
def test_tables_are_the_vendors(table: Regions, mainland: str, abroad: str) -> None:
    """Once more, as the pages have them (semantics §8; fields, "StartStreamIngest", "RemoveUser")."""
    assert table == {Site.MAINLAND: tuple(mainland.split()), Site.INTERNATIONAL: tuple(abroad.split())}
