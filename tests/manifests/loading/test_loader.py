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

from reconciler.calls import EnvSecret
from reconciler.errors import ManifestError
from reconciler.kinds import KINDS, OVERRIDE, SETTINGS
from reconciler.manifests.loading import notes
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import Workspace, load
from reconciler.manifests.reading.reader import Document
from reconciler.model import Address, Status
from reconciler.model import Path as FieldPath

from ...support import TESTS, WORKSPACE, by_address, loaded

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
        load(paths, no_input, LoadContext())
    text = "".join(f"{problem}\n" for problem in caught.value.problems)
    without = ", ".join(name for name in sorted(KINDS) if name not in (SETTINGS, OVERRIDE))
    return text.replace(", ".join(sorted(KINDS)), "<kinds>").replace(without, "<kinds with resources>")


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
    (resource,) = load(["-"], text.encode, LoadContext(region=outside)).resources
    assert resource.spec["region"] == expected


def test_secret_names_that_are_listed_outside() -> None:
    text = f"{WORKSPACE.replace('TRTC_SECRET_KEY', 'HOUSE_KEY')}---\n{MIX}"
    workspace = load(["-"], text.encode, LoadContext(secret_names=frozenset({"HOUSE_KEY"})))
    assert workspace.settings.secret_key == EnvSecret("HOUSE_KEY")
    with pytest.raises(ManifestError):
        load(["-"], text.encode, LoadContext())


def test_robots_are_the_same_in_every_run_and_differ_between_rooms() -> None:
    def robot(text: str) -> str:
        return str(by_address(loaded(text).resources)[HALL].spec["agent"]["userId"])

    names = {robot(MIX), robot(MIX.replace("295066", '"295066"')), robot(MIX.replace("295066", "7"))}
    assert len(names) == 3 and robot(MIX) in names
    assert all(re.fullmatch(r"rcn_[a-z2-7]{26}", name) for name in names)


# What grows with what is written, but not without end


def problems_of(text: str) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        load(["-"], text.encode, LoadContext())
    return [str(problem) for problem in caught.value.problems]


def stream(number: int, spec: str = "publish: [{url: rtmp://push.example/live/x}]") -> str:
    head = f"apiVersion: reconciler/v1\nkind: MixStream\nmetadata: {{name: s{number}}}\n"
    return f"---\n{head}spec:\n  room: {number + 1}\n  {spec}\n"


ENDLESS = {
    "unknown fields": WORKSPACE + "".join(f"  field{number}: 1\n" for number in range(100)),
    "documents that cannot be read": WORKSPACE + "---\na: [\n" * 90,
    "documents without a head": WORKSPACE + "--- {a: 1}\n" * 100,
    "one address for all": WORKSPACE + "".join(map(stream, range(100))),
    "documents beside a workspace that is wrong": WORKSPACE.replace("spec:", "spec:\n  bogus: 1")
    + "".join(stream(number, "x: 1") for number in range(100)),
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_problems_are_told_up_to_a_number(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = problems_of(text)
    assert len(whole) >= 90
    monkeypatch.setattr(notes, "MAX_PROBLEMS", 7)
    told = problems_of(text)
    count = len(told) - 1
    assert f"manifests: found {count} problems and stopped; fix these first" in told
    # A document's own problems are told together, even if they are too many.
    assert 7 <= count < 100 and set(told) - set(whole) == {told[-1]}


def test_warnings_are_told_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    text = WORKSPACE + "".join(
        stream(number, f"publish: [{{url: rtmp://push.example/live/{number}}}]\n  agent: {{userId: same}}")
        for number in range(30)
    )
    every = load(["-"], text.encode, LoadContext()).warnings
    assert len(every) == 29
    monkeypatch.setattr(notes, "MAX_PROBLEMS", 7)
    *told, last = load(["-"], text.encode, LoadContext()).warnings
    assert tuple(told) == every[:7]
    assert str(last) == "manifests: found 29 warnings; the first 7 are shown"
    monkeypatch.setattr(notes, "MOST_WARNINGS", 20)
    found = load(["-"], text.encode, LoadContext()).warnings
    assert str(found[-1]) == "manifests: found at least 20 warnings; the first 7 are shown"


def test_a_few_names_stand_for_many() -> None:
    layouts = "".join(
        f"---\napiVersion: reconciler/v1\nkind: MixLayout\nmetadata: {{name: l{number:02}}}\n"
        "spec: {mode: grid}\n"
        for number in range(13)
    )
    (told,) = [
        text
        for text in problems_of(WORKSPACE + layouts + stream(1, "layout: {ref: x}"))
        if "does not exist" in text
    ]
    names = ", ".join(f"l{number:02}" for number in range(10))
    assert told.endswith(f"MixLayout/x does not exist; the manifests have {names}, 3 others")


def test_what_many_are_told_of_is_placed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    where = Document.where

    def counted(document: Document, path: FieldPath) -> tuple[int, int]:
        asked.append(document.text)
        return where(document, path)

    monkeypatch.setattr(Document, "where", counted)
    text = "".join(stream(1, f"x: {number}") for number in range(20))
    assert len([told for told in problems_of(WORKSPACE + text) if "already declared" in told]) == 19
    assert sum("x: 0" in text for text in asked) <= 2


def test_a_kind_is_not_shown_at_length() -> None:
    told = "\n".join(problems_of(WORKSPACE + stream(1).replace("MixStream", "M" * 5000)))
    assert "found 'MMM" in told and "M" * 100 not in told
