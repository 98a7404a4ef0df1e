"""No module above 300 lines, no function above 40, none more complex than 10; what may be is named here."""

import ast
import tomllib
from pathlib import Path

from tests.house import MODULES, PYPROJECT, name_of, tree_of

LINES, FUNCTION_LINES, COMPLEXITY = 300, 40, 10
# What may be longer, and why. Complexity has no exceptions: ruff's C901 holds it everywhere.
LONGER = {
    "applying/scheduler.py": "one class, to be told apart into scheduling, one step and recovery",
    "kinds/capabilities.py": "what a kind can do, and its working out, to be told apart",
    "kinds/ingest_stream/kind.py": "its Spec is most of it, to have a module of its own",
    "manifests/loading/loader.py": "finding, merging and resolving, to be told apart",
    "model.py": "the calls are to leave it",
    "plan/model.py": "its codec is to leave it",
    "state/model.py": "its codec is to leave it",
    "cli/commands/plan.py: command": "a command has its options as parameters, a line each",
    "cli/world.py: connect": "puts a dozen parts together in their order",
}


def lengths() -> dict[str, int]:
    """The lines of every module that has too many, and of every function."""
    modules = {name_of(file): file.read_text().count("\n") for file in MODULES}
    functions = {f"{name_of(file)}: {name}": lines for file in MODULES for name, lines in functions_of(file)}
    above = {name: lines for name, lines in functions.items() if lines > FUNCTION_LINES}
    return {name: lines for name, lines in modules.items() if lines > LINES} | above


def functions_of(file: Path) -> list[tuple[str, int]]:
    """The name and the lines of each function, without its decorators."""
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_nothing_is_longer_than_what_is_named() -> None:
    assert {name: lines for name, lines in lengths().items() if name not in LONGER} == {}


def test_nothing_is_named_that_is_short_enough() -> None:
    assert set(LONGER) - set(lengths()) == set()


def test_ruff_holds_the_complexity_everywhere() -> None:
    lint = tomllib.loads(PYPROJECT.read_text())["tool"]["ruff"]["lint"]
    assert "C901" in lint["select"]
    assert lint["mccabe"] == {"max-complexity": COMPLEXITY}
    assert not any("C901" in rules or "C" in rules for rules in lint["per-file-ignores"].values())
