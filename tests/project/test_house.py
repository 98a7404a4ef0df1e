"""Rules of the house that the linters do not know, read off the syntax trees."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import reconciler
from reconciler.kinds import KINDS, OVERRIDE, SETTINGS
from tests.project.house import (
    MODULES,
    PYPROJECT,
    ROOT,
    contracts,
    docstrings,
    every,
    imported,
    impurities,
    name_of,
    pure_rooms,
    room_of,
    tree_of,
    words,
)

# What is loaded with others, and not managed, is the loader's own business: `Workspace`, which is also what a
# loaded set of manifests is called, and `Override`. The simulator knows no kinds at all.
NAMES = sorted(KINDS.keys() - {SETTINGS, OVERRIDE})
OUTSIDE = [file for file in MODULES if file.relative_to(ROOT).parts[0] not in ("kinds", "simulator")]


@pytest.mark.slow
@every(OUTSIDE)
def test_no_kind_is_named_outside_kinds(file: Path) -> None:
    found = [(line, name) for line, word in words(tree_of(file)) for name in NAMES if name in word]
    assert found == []


@pytest.mark.slow
@every(OUTSIDE)
def test_no_text_names_the_settings_kind(file: Path) -> None:
    tree = tree_of(file)
    aside = docstrings(tree)
    texts = [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in aside
    ]
    assert [text for text in texts if isinstance(text, str) and "Workspace" in text] == []


def test_every_package_of_kinds_is_listed_or_shared() -> None:
    with_kind = {file.parent.name for file in (ROOT / "kinds").glob("*/kind.py")}
    assert set(reconciler.kinds.PACKAGES.values()) == with_kind
    assert {name: kind.name for name, kind in KINDS.items()} == {
        name: name for name in reconciler.kinds.PACKAGES
    }


def test_observing_knows_no_kind() -> None:
    """What is asked comes from the kinds as values; how it is asked is the same for all."""
    files = [file for file in MODULES if file.relative_to(ROOT).parts[0] == "observing"]
    names = [name.split(".") for file in files for name in imported(tree_of(file))]
    shared = {name[2] for name in names if name[:2] == ["reconciler", "kinds"] and len(name) > 2}
    assert shared == {"base", "callback_bodies", "callbacks", "live_events", "questions", "records"}


@pytest.mark.slow
def test_deepdiff_has_one_user() -> None:
    users = [
        name_of(file)
        for file in MODULES
        if any(name.startswith("deepdiff") for name in imported(tree_of(file)))
    ]
    assert users == ["planning/differences.py"]


@pytest.mark.slow
def test_what_renders_differences_decides_none() -> None:
    """Planning, applying and reports never ask deepdiff, nor wait until it is imported."""
    users = [
        name_of(file) for file in MODULES if "reconciler.planning.differences" in set(imported(tree_of(file)))
    ]
    assert users == ["cli/commands/diff.py"]


def test_what_is_no_code_is_installed_with_it() -> None:
    """An html report was made of templates that only a checkout had."""
    pyproject = tomllib.loads(PYPROJECT.read_text())
    patterns = pyproject["tool"]["setuptools"]["package-data"]["reconciler"]
    installed = {file for pattern in patterns for file in ROOT.glob(pattern)}
    beside = {file for file in ROOT.rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")}
    assert {name_of(file) for file in beside - installed} == set()


OURS = [file for file in MODULES if file.relative_to(ROOT).parts[0] != "simulator"]
# What is written once, and where; the simulator shares no code, and a signature has a date of its own.
ONCE = {
    "fromisoformat": {"moments.py"},
    "strftime": {"moments.py", "cloud/signing.py"},
    "get_close_matches": {"words.py"},
}


@cache
def said_in(file: Path) -> frozenset[str]:
    return frozenset(word for _, word in words(tree_of(file)))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "places"), ONCE.items(), ids=ONCE)
def test_what_is_written_once(name: str, places: set[str]) -> None:
    assert {name_of(file) for file in OURS if name in said_in(file)} == places


@pytest.mark.slow
def test_did_you_mean_and_how_many_more_are_said_in_one_place() -> None:
    said = re.compile(r"did you mean|\band \x00 more\b", re.IGNORECASE)
    found = {name_of(file) for file in OURS if any(map(said.search, sentences(tree_of(file))))}
    assert found == {"words.py"}


def sentences(tree: ast.Module) -> Iterator[str]:
    """Every text that is made, with a NUL for each value in it."""
    aside = docstrings(tree)
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=values):
                parts = (one.value if isinstance(one, ast.Constant) else "\x00" for one in values)
                yield "".join(map(str, parts))
            case ast.Constant(value=str(text)) if id(node) not in aside:
                yield text


@every([file for file in MODULES if room_of(file) in pure_rooms()])
def test_below_the_cloud_everything_is_pure(file: Path) -> None:
    assert impurities(tree_of(file)) == set()


def test_the_contract_on_purity_names_every_layer_below_the_cloud() -> None:
    sources = contracts()["Below the cloud everything is pure"]["source_modules"]
    assert {name.removeprefix("reconciler.") for name in sources} == pure_rooms()


ENVIRONMENT = "cli/environment.py"
FROM_OUTSIDE = {
    *("os.environ", "os.getenv", "os.getcwd", "os.get_terminal_size", "shutil.get_terminal_size"),
    *("time.time", "time.time_ns", "pathlib.Path.cwd", "sys.stdin", "sys.stdout.isatty", "sys.stderr.isatty"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"),
}
# What else reads something from outside, and why.
ELSEWHERE = {
    "manifests/revisions/git.py": {"os.environ"},  # git is searched for on PATH, for a process of its own
}


LATE = re.compile(r"import_module\('([\w.]+)'\)")
"""A module that is imported where it is used."""


def meanings(tree: ast.Module) -> dict[str, str]:
    """The names that a module gives to what it imports, each with what is meant by it."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.asname: one.name for one in node.names if one.asname}
        elif isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def reads(tree: ast.Module) -> set[str]:
    """What a module reads from outside, by whatever name it was imported."""
    meant = meanings(tree)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            named = LATE.sub(r"\1", ast.unparse(node))
            first, dot, rest = named.partition(".")
            found.add(f"{meant.get(first, first)}{dot}{rest}")
    return found & FROM_OUTSIDE


@every([file for file in OURS if name_of(file) != ENVIRONMENT])
def test_what_is_outside_is_read_in_one_place(file: Path) -> None:
    assert reads(tree_of(file)) == ELSEWHERE.get(name_of(file), set())


def test_the_environment_reads_what_is_outside() -> None:
    found = reads(tree_of(ROOT / ENVIRONMENT))
    assert found == {"os.environ", "time.time", "sys.stdin", "pathlib.Path.cwd", "shutil.get_terminal_size"}


READS = {
    "import os\nos.environ['A']": "os.environ",
    "from os import environ as e\ne.get('A')": "os.environ",
    "import os as o\no.getcwd()": "os.getcwd",
    "import_module('os').getcwd()": "os.getcwd",
    "from time import time\ntime()": "time.time",
    "import time\nclock = time.time": "time.time",
    "import datetime\ndatetime.datetime.now()": "datetime.datetime.now",
    "from datetime import datetime as d\nd.now()": "datetime.datetime.now",
    "from pathlib import Path\nPath.cwd()": "pathlib.Path.cwd",
    "import sys\nsys.stdin.isatty()": "sys.stdin",
    "from sys import stdin\nstdin.read()": "sys.stdin",
    "import sys\nsys.stdout.isatty()": "sys.stdout.isatty",
    "from sys import stderr\nstderr.isatty()": "sys.stderr.isatty",
    "from shutil import get_terminal_size as s\ns()": "shutil.get_terminal_size",
    "import os.path\nos.getenv('A')": "os.getenv",
}


@pytest.mark.parametrize(("text", "read"), READS.items(), ids=READS)
def test_a_read_is_found_by_whatever_name(text: str, read: str) -> None:
    assert reads(ast.parse(text)) == {read}


@every(MODULES)
def test_no_rule_is_switched_off(file: Path) -> None:
    switches = (
        "type: ignore",
        "noqa",
        "pragma",
        "TODO",
        "FIXME",
        "XXX",
        "pylint",
        "mypy:",
        "fmt: off",
        "skip",
    )
    comments = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(file.read_text()).readline)
        if token.type == tokenize.COMMENT
    ]
    assert [comment for comment in comments if any(word in comment for word in switches)] == []
    assert not any(word in file.read_text() for word in ("# type:", "# noqa", "# pragma", "TODO"))


def test_the_rooms_of_the_tests_mirror_the_house() -> None:
    rooms = {file.parent for file in ROOT.glob("*/__init__.py")} | {
        file.parent for file in ROOT.glob("manifests/*/__init__.py")
    }
    tests = ROOT.parent / "tests"
    untested = [room.name for room in rooms if not any((tests / room.relative_to(ROOT)).rglob("test_*.py"))]
    assert len(rooms) > 20 and untested == []


@every(MODULES)
def test_every_module_says_why_it_is_there(file: Path) -> None:
    assert ast.get_docstring(tree_of(file))
