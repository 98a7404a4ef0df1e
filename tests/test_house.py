"""Rules of the house that the linters do not know, read off the syntax trees."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler
from reconciler.kinds import KINDS

ROOT = Path(reconciler.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
PURE = (
    "planner",
    "ordering",
    "steps",
    "compare",
    "kinds",
    "plan",
    "layout",
    "diff",
    "walk",
    "journal",
    "state",
    "model",
    "moments",
    "words",
)
WORLD = {
    *("os", "io", "sys", "time", "random", "secrets", "uuid", "socket", "pathlib", "subprocess"),
    *("shutil", "tempfile", "threading", "asyncio", "logging", "requests", "urllib.request", "http"),
}
# `datetime` may write a moment that was passed in, but not read the clock.
CLOCKS = {"now", "today", "utcnow"}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def every(files: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("file", files, ids=map(name_of, files))


def is_pure(file: Path) -> bool:
    return file.relative_to(ROOT).parts[0].removesuffix(".py") in (*PURE, "errors")


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of all constants that stand alone as a statement."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, word) of every text and every name, but for docstrings."""
    aside = docstrings(tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Constant(value=str(text)) if id(node) not in aside:
                yield line, text
            case ast.Name(id=text) | ast.Attribute(attr=text) | ast.alias(name=text) | ast.arg(arg=text):
                yield line, text
            case ast.FunctionDef(name=text) | ast.ClassDef(name=text) | ast.keyword(arg=str(text)):
                yield line, text


# `Workspace` is also what a loaded set of manifests is called, and the simulator knows no kinds at all.
NAMES = sorted(KINDS.keys() - {"Workspace"})
OUTSIDE = [file for file in MODULES if file.relative_to(ROOT).parts[0] not in ("kinds", "simulator")]


@every(OUTSIDE)
def test_no_kind_is_named_outside_kinds(file: Path) -> None:
    found = [(line, name) for line, word in words(tree_of(file)) for name in NAMES if name in word]
    assert found == []


@every(OUTSIDE)
def test_no_text_names_the_settings_kind(file: Path) -> None:
    tree = tree_of(file)
    aside = docstrings(tree)
    texts = [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in aside
    ]
    assert [text for text in texts if isinstance(text, str) and "Workspace" in text] == []


def test_every_module_of_kinds_is_listed_or_shared() -> None:
    kinds = {file.stem for file in (ROOT / "kinds").glob("*.py")} - {"__init__"}
    kinds |= {file.parent.name for file in (ROOT / "kinds").glob("*/__init__.py")}
    with_kind = {
        name
        for name in kinds
        for file in [ROOT / "kinds" / f"{name}.py", ROOT / "kinds" / name / "__init__.py"]
        if file.exists() and any(word == "KIND" for _, word in words(tree_of(file)))
    }
    assert set(reconciler.kinds.MODULES) <= with_kind
    assert len(set(reconciler.kinds.MODULES)) == len(reconciler.kinds.MODULES) == len(KINDS)


def test_deepdiff_has_one_user() -> None:
    users = [
        name_of(file)
        for file in MODULES
        if any(name.startswith("deepdiff") for name in imported(tree_of(file)))
    ]
    assert users == ["diff.py"]


def test_what_renders_differences_decides_none() -> None:
    """Planning, applying and reports never ask deepdiff, nor wait until it is imported."""
    users = [name_of(file) for file in MODULES if "reconciler.diff" in set(imported(tree_of(file)))]
    assert users == ["cli/diff.py"]


def test_what_is_no_code_is_installed_with_it() -> None:
    """An html report was made of templates that only a checkout had."""
    pyproject = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())
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


@pytest.mark.parametrize(("name", "places"), ONCE.items(), ids=ONCE)
def test_what_is_written_once(name: str, places: set[str]) -> None:
    assert {name_of(file) for file in OURS if name in {word for _, word in words(tree_of(file))}} == places


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


@every([file for file in MODULES if is_pure(file)])
def test_below_the_cloud_everything_is_pure(file: Path) -> None:
    tree = tree_of(file)
    touched = {name for name in imported(tree) if name.split(".")[0] in WORLD or name in WORLD}
    assert touched == set()
    called = {word for _, word in words(tree)}
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert {call.attr for call in calls if isinstance(call, ast.Attribute)} & CLOCKS == set()
    assert {"open", "print", "input", "eval", "exec", "globals"} & called == set()


def test_every_pure_room_is_there() -> None:
    found = {file.relative_to(ROOT).parts[0].removesuffix(".py") for file in MODULES if is_pure(file)}
    assert found == {*PURE, "errors"}


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


@every(MODULES)
def test_every_module_says_why_it_is_there(file: Path) -> None:
    assert ast.get_docstring(tree_of(file))
