"""The loader: what manifests come to, and the exact words in which mistakes are told.

tests/golden/manifest-errors/<situation>.yaml (or a directory of that name) is read together with
common/workspace.yaml, unless its first line is `# alone`; <situation>.txt has every problem it must
raise, with <kinds> for the names of all kinds. UPDATE_GOLDEN=1 rewrites those; read what it wrote as
a user would.
"""

import os
import re
from pathlib import Path

import pytest

from reconciler.errors import ManifestError
from reconciler.kinds import KINDS, SETTINGS_KIND
from reconciler.manifests.loader import Outside, Workspace, load
from reconciler.model import Address, EnvSecret, Status

from ..support import TESTS, WORKSPACE, by_address, loaded

GOLDEN = TESTS / "golden" / "manifest-errors"
COMMON = "common"
SITUATIONS = sorted(path for path in GOLDEN.iterdir() if path.suffix != ".txt" and path.name != COMMON)


def no_input() -> bytes:
    raise AssertionError("standard input was not asked for")


def paths_of(situation: Path) -> list[str]:
    alone = situation.is_file() and situation.read_text().startswith("# alone\n")
    return [situation.name] if alone else [f"{COMMON}/workspace.yaml", situation.name]


def told(paths: list[str]) -> str:
    with pytest.raises(ManifestError) as caught:
        load(paths, no_input, Outside())
    text = "".join(f"{problem}\n" for problem in caught.value.problems)
    without = ", ".join(name for name in sorted(KINDS) if KINDS[name] is not SETTINGS_KIND)
    return text.replace(", ".join(sorted(KINDS)), "<kinds>").replace(without, "<kinds but Workspace>")


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda path: str(path.stem))
def test_mistake(situation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    golden = situation.with_suffix(".txt")
    text = told(paths_of(situation))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda path: str(path.stem))
def test_every_problem_has_its_place_and_stands_on_one_line(situation: Path) -> None:
    for line in situation.with_suffix(".txt").read_text().splitlines():
        assert re.match(r"^[\w/.-]+\.yaml(:\d+:\d+: ([\w.\[\]\"/ -]+: )?|: )\S", line), line
        assert len(line) < 600


def test_every_golden_has_its_situation() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {path.stem for path in SITUATIONS}


# What sound manifests come to

MIX = """\
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall, labels: {event: autumn}, annotations: {note: "for the hall"}}
spec:
  room: 295066
  publish: [{url: rtmp://push.example/live/hall}]
"""
HALL = Address("MixStream", "hall")


def only(workspace: Workspace) -> object:
    (resource,) = workspace.resources
    return resource


def test_a_resource_is_resolved() -> None:
    workspace = loaded(MIX)
    hall = by_address(workspace.resources)[HALL]
    assert (workspace.name, workspace.count) == ("demo", 2)
    assert (hall.wanted, hall.labels, hall.annotations) == (
        Status.RUNNING,
        {"event": "autumn"},
        {"note": "for the hall"},
    )
    assert (hall.spec["sdkAppId"], hall.spec["region"]) == (1400188366, "ap-guangzhou")
    assert (hall.location.file, hall.location.line) == ("-", 8)
    assert workspace.settings.secret_key == EnvSecret("TRTC_SECRET_KEY")


def digest_of(text: str) -> str:
    return str(by_address(loaded(text).resources)[HALL].digest)


SAME_DIGEST = {
    "another document beside it": f"{MIX}---\n{MIX.replace('hall', 'side')}",
    "a comment above it": f"# the hall\n{MIX}",
}


@pytest.mark.parametrize("text", SAME_DIGEST.values(), ids=SAME_DIGEST)
def test_a_digest_changes_only_with_what_it_covers(text: str) -> None:
    assert digest_of(text) == digest_of(MIX)


def test_a_digest_covers_the_documents_that_are_used() -> None:
    layout = "apiVersion: reconciler/v1\nkind: MixLayout\nmetadata: {name: stage}\nspec: {mode: grid}\n"
    video = "  video: {encode: {width: 9, height: 9, fps: 15, bitRate: 1500, gop: 2}}\n"
    stream = f"{MIX}{video}  layout: {{ref: stage}}\n"
    before = loaded(f"{layout}---\n{stream}")
    after = loaded(f"{layout.replace('grid', 'floating')}---\n{stream}")
    one, other = (by_address(workspace.resources)[HALL] for workspace in (before, after))
    assert list(one.uses) == [Address("MixLayout", "stage")]
    assert one.digest != other.digest
    settings = WORKSPACE.replace("1400188366", "1400188367")
    assert digest_of(f"{settings}---\n{MIX}") != digest_of(MIX)


DEFAULTS = WORKSPACE + "  defaults: {MixStream: {agent: {maxIdleTime: 60}, region: ap-singapore}}\n"


def test_defaults_stand_below_what_a_document_says() -> None:
    text = MIX.replace("  room: 295066\n", "  room: 295066\n  agent: {userId: mine}\n  region: ap-beijing\n")
    spec = by_address(loaded(f"{DEFAULTS}---\n{text}").resources)[HALL].spec
    assert spec["agent"] == {"maxIdleTime": 60, "userId": "mine"}
    assert spec["region"] == "ap-beijing"


REGIONS = {
    "of the resource": ("  region: ap-guangzhou\n", "  region: ap-beijing\n", "ap-shanghai", "ap-beijing"),
    "of the workspace": ("  region: ap-guangzhou\n", "", "ap-shanghai", "ap-guangzhou"),
    "from outside": ("", "", "ap-shanghai", "ap-shanghai"),
}


@pytest.mark.parametrize(("settings", "own", "outside", "expected"), REGIONS.values(), ids=REGIONS)
def test_region(settings: str, own: str, outside: str, expected: str) -> None:
    text = WORKSPACE.replace("  region: ap-guangzhou\n", settings) + "---\n" + MIX + own
    (resource,) = load(["-"], text.encode, Outside(region=outside)).resources
    assert resource.spec["region"] == expected


def test_secret_names_that_are_listed_outside() -> None:
    text = f"{WORKSPACE.replace('TRTC_SECRET_KEY', 'HOUSE_KEY')}---\n{MIX}"
    workspace = load(["-"], text.encode, Outside(secret_names=frozenset({"HOUSE_KEY"})))
    assert workspace.settings.secret_key == EnvSecret("HOUSE_KEY")
    with pytest.raises(ManifestError):
        load(["-"], text.encode, Outside())


def test_robots_are_the_same_in_every_run_and_differ_between_rooms() -> None:
    def robot(text: str) -> str:
        return str(by_address(loaded(text).resources)[HALL].spec["agent"]["userId"])

    names = {robot(MIX), robot(MIX.replace("295066", '"295066"')), robot(MIX.replace("295066", "7"))}
    assert len(names) == 3 and robot(MIX) in names
    assert all(re.fullmatch(r"rcn_[a-z2-7]{26}", name) for name in names)
