"""The house as data: its modules, their syntax trees, its layers, and what a pure module may not touch."""

import ast
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

import reconciler

ROOT = Path(reconciler.__file__).parent
PYPROJECT = ROOT.parent / "pyproject.toml"
MODULES = sorted(ROOT.rglob("*.py"))
WORLD = {
    *("os", "io", "sys", "time", "random", "secrets", "uuid", "socket", "pathlib", "subprocess"),
    *("shutil", "tempfile", "threading", "asyncio", "logging", "requests", "urllib.request", "http"),
    *(
        "urllib3",
        "ssl",
        "select",
        "selectors",
        "signal",
        "multiprocessing",
        "sqlite3",
        "builtins",
        "glob",
        "posix",
    ),
}
BUILT_IN = {"open", "print", "input", "eval", "exec", "globals", "__import__", "breakpoint"}
# `datetime` may write a moment that was passed in, but not read the clock.
CLOCKS = {"now", "today", "utcnow"}


@cache
def contracts() -> dict[str, dict[str, list[str]]]:
    """The import contracts, by their type; of those that forbid, by their name."""
    read = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    return {contract["name"]: contract for contract in read}


def layers() -> list[list[str]]:
    """The names at the top of the house, from the highest layer down; neighbours share a row."""
    rows = contracts()["Imports go down only"]["layers"]
    return [[name.strip(" ()") for name in row.split("|")] for row in rows]


@cache
def pure_rooms() -> set[str]:
    """Every room below the cloud that is there; the simulator beside them is a world of its own."""
    rows = layers()
    below = rows[rows.index(["cloud", "backends"]) + 1 :]
    there = {room_of(file) for file in MODULES}
    return {name for row in below for name in row if name in there} - {"simulator"}


def room_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def every(files: list[Path]) -> Callable[[Callable[[Path], None]], Callable[[str], None]]:
    """A test of one file, done with each; the files of a room are one test."""
    rooms: dict[str, list[Path]] = {}
    for file in files:
        rooms.setdefault(room_of(file), []).append(file)

    def for_each_room(test: Callable[[Path], None]) -> Callable[[str], None]:
        def of_room(room: str) -> None:
            for file in rooms[room]:
                test(file)

        of_room.__name__, of_room.__doc__ = test.__name__, test.__doc__
        marked: Callable[[str], None] = pytest.mark.parametrize("room", rooms)(of_room)
        return marked

    return for_each_room


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


def impurities(tree: ast.Module) -> set[str]:
    """What a module touches of the world: modules that reach it, clocks, functions that are always there."""
    return {name for node in ast.walk(tree) for name in _touched(node)}


def _touched(node: ast.AST) -> Iterator[str]:
    names: tuple[str, ...] = ()
    match node:
        case ast.Import(names=aliases):
            names = tuple(alias.name for alias in aliases)
        case ast.ImportFrom(module=str(module), names=aliases):
            names = (module, *(f"{module}.{alias.name}" for alias in aliases))
        case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=args):
            names = tuple(str(one.value) for one in args if isinstance(one, ast.Constant))
        case ast.Call(func=ast.Attribute(attr=text)) if text in CLOCKS:
            yield text
    yield from (name for name in names if {name, name.split(".")[0]} & WORLD)
    match node:
        case ast.Name(id=text) | ast.Attribute(attr=text) | ast.Constant(value=str(text)):
            yield from {text} & BUILT_IN
