"""Dependencies: bounds that are true, locked files with hashes, licences, and no place of this machine."""

import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from reconciler.errors import DISTRIBUTION
from reconciler.manifests.reading.events import parser
from scripts import audit, licences, requirements

from ..short import SHORT, files

ROOT = Path(__file__).parents[2]
LOCKS = requirements.locks()
PINNED = re.compile(
    r"([a-z0-9][a-z0-9._-]*)==([^\s;]+)( ; [^\\\n]+?)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
)
OTHERS = "(install|--from)[[:space:]]+['\"]?reconciler\\b"
NAME = re.compile(r"[A-Za-z0-9._-]+")


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def name_of(requirement: str) -> str:
    found = NAME.match(requirement)
    assert found
    return re.sub(r"[._-]+", "-", found[0]).lower()


def pins(path: Path) -> dict[str, str]:
    """What a locked file holds; fails of any line that is no pin with hashes."""
    heading, _, text = path.read_text().partition("\n")
    assert requirements.LOCK_COMMAND in heading
    assert PINNED.sub("", text) == "", f"{path} has lines that are no pin with hashes"
    return {found[1]: found[2] for found in PINNED.finditer(text)}


def key(release: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", release)]


# Its own name


def test_what_is_installed_is_ours() -> None:
    """`reconciler` on an index is somebody else's, and a hint would bring it onto the user's machine."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert declared["name"] == DISTRIBUTION
    texts = subprocess.run(["git", "grep", "-nIE", OTHERS], capture_output=True, text=True).stdout
    assert texts == ""
    assert re.search(OTHERS.replace("[[:space:]]", r"\s"), f"pip install '{'reconciler'}[png]'")


# The lowest


def test_the_lowest_are_those_that_are_declared() -> None:
    assert requirements.LOWEST.read_text() == requirements.lowest_text()


@pytest.mark.parametrize("requirement", ["click", "click<9", "click==8.2", "click @ file:///x", "click>8"])
def test_every_dependency_needs_a_lower_bound(requirement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"": (requirement,), "simulator": (), "png": (), "socks": ()}
    monkeypatch.setattr(requirements, "declared", lambda: wanted)
    with pytest.raises(ValueError, match="has no lower bound"):
        requirements.lowest_text()


def test_what_is_imported_is_declared() -> None:
    declared = {name for name, _ in requirements.floors()}
    text = "\n".join(path.read_text() for path in (ROOT / "reconciler").rglob("*.py"))
    modules = {"yaml": "pyyaml", "resvg_py": "resvg-py", "pydantic_core": "pydantic"}
    imported = set(re.findall(r'^\s*(?:from|import) (\w+)|import_module\("(\w+)', text, re.MULTILINE))
    foreign = {one or other for one, other in imported} & {*modules, *declared, "urllib3", "httpx", "anyio"}
    assert {modules.get(name, name) for name in foreign} <= declared
    assert {"urllib3", "click", "starlette"} <= foreign and parser


def test_the_short_form_goes_through_every_dependency() -> None:
    assert SHORT.keys() == {name for name, _ in requirements.floors()}
    for path in files():
        assert (ROOT / path).exists(), path


# The locked


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.path.stem)
def test_a_lock_has_what_is_declared_with_hashes(lock: requirements.Lock) -> None:
    found, wanted = pins(lock.path), requirements.declared()
    named = lock.named or [one for extra in ("", *lock.extras) for one in wanted[extra]]
    assert {name_of(one) for one in named} <= found.keys()


def test_the_parts_hold_what_the_whole_holds() -> None:
    whole = pins(requirements.ALL)
    for lock in LOCKS:
        if lock.path != requirements.ALL and not lock.named:
            part = pins(lock.path)
            assert part.items() <= whole.items(), lock.path


def test_the_locked_are_no_lower_than_the_lowest() -> None:
    whole = pins(requirements.ALL)
    for name, lowest in requirements.floors():
        assert key(whole[name]) >= key(lowest), name


def test_there_is_no_other_lock() -> None:
    assert {path.name for path in requirements.FOLDER.iterdir()} == {
        requirements.LOWEST.name,
        *(lock.path.name for lock in LOCKS),
    }


@pytest.mark.parametrize(
    "spoilt",
    ["--index-url https://a.example/simple\n", "six==1.17.0\n", "six @ https://a.example/six.whl\n"],
)
def test_a_place_or_a_missing_hash_is_noticed(spoilt: str, tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_text((requirements.FOLDER / "run.txt").read_text() + spoilt)
    with pytest.raises(AssertionError, match="no pin with hashes"):
        pins(path)


def test_no_file_of_the_repository_names_a_place_to_take_packages_from() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True)
    options = re.compile(
        r"--(?:extra-)?index-url[ =]\S*://|--find-links|PIP_(?:EXTRA_)?INDEX_URL|registry *= *.https?:"
    )
    for path in filter(None, listed.stdout.split("\0")):
        if path == "tests/project/test_dependencies.py" or not Path(path).is_file():
            continue
        text = Path(path).read_bytes().decode(errors="replace")
        assert not options.search(text.replace("--no-emit-find-links", "")), path


@pytest.mark.parametrize("path", ["Containerfile", ".github/actions/reconciler/action.yml"])
def test_image_and_action_install_nothing_without_a_hash(path: str) -> None:
    text = re.sub(r"\\\n\s*", " ", (ROOT / path).read_text())
    installs = re.findall(r"(?:pip|build|tool) install ([^&\n;]*)", text)
    assert len(installs) >= 3
    for arguments in installs:
        assert "--require-hashes" in arguments or {"--no-deps", "--no-index"} <= {*arguments.split()}


# Licences and vulnerabilities


@pytest.mark.parametrize("name", licences.names())
def test_every_licence_is_allowed(name: str) -> None:
    assert licences.is_allowed(name, licences.licence(name)), f"{name} {version(name)}"


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("LGPL-3.0-only", False),
    ],
)
def test_who_leaves_the_choice_is_allowed_by_one(expression: str, allowed: bool) -> None:
    assert licences.is_allowed("some-package", expression) is allowed


def test_the_page_of_licences_is_as_generated() -> None:
    assert licences.PAGE.read_text() == licences.page(), "run python scripts/licences.py"


DATABASE = {
    "sound": ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, "1 of 1 locked"),
    "vulnerable": (
        '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]'
        "}]}",
        1,
        "a 1: CVE-1, mended in 2",
    ),
    "knows nothing": ('{"dependencies": [{"name": "a", "skip_reason": "x"}]}', 0, "knows none of them"),
    "not reached": ("", 0, "not looked up, as no database can be reached from here: no route"),
}


@pytest.mark.parametrize(("answer", "code", "said"), DATABASE.values(), ids=DATABASE)
def test_vulnerabilities_are_told_and_so_is_a_database_out_of_reach(
    answer: str,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran = subprocess.CompletedProcess[str]([], 0, answer, "trace\nno route\n")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **named: ran)
    assert audit.main() == code
    out = capsys.readouterr().out
    assert said in out and len(out.splitlines()) == 1 + code


def test_the_ci_builds_an_sbom_of_what_is_shipped() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    for part in ("run", *requirements.RUN_TIME):
        assert f"requirements/{part}.txt" in text.partition("installed release")[2]
    assert "cyclonedx-py environment" in text and "build/sbom.json" in text
