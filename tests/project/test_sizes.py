"""No module above 300 lines, no function above 40, none more complex than 10; what may be is named here."""

import ast
import tomllib
from collections.abc import Mapping
from functools import cache

import pytest

from tests.project.house import MODULES, PYPROJECT, name_of

LINES, FUNCTION_LINES, COMPLEXITY = 300, 40, 10
# What may be longer, and why. Complexity has no exceptions: ruff's C901 holds it everywhere.
LONGER = {}


def lengths(texts: Mapping[str, str]) -> dict[str, int]:
    """The lines of every module that has too many, and of every function, by the module's name."""
    modules = {name: text.count("\n") for name, text in texts.items()}
    functions = {
        f"{name}: {function}": lines for name, text in texts.items() for function, lines in functions_of(text)
    }
    above = {name: lines for name, lines in functions.items() if lines > FUNCTION_LINES}
    return {name: lines for name, lines in modules.items() if lines > LINES} | above


def functions_of(text: str) -> list[tuple[str, int]]:
    """The name and the lines of each function, without its decorators."""
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@cache
def too_long() -> dict[str, int]:
    return lengths({name_of(file): file.read_text() for file in MODULES})


def test_what_is_too_long_is_found() -> None:
    function = "def long():\n" + "    ...\n" * FUNCTION_LINES
    shorter = "def short():\n" + "    ...\n" * (FUNCTION_LINES - 1)
    found = lengths({"a.py": function, "b.py": shorter, "c.py": "\n" * (LINES + 1), "d.py": "\n" * LINES})
    assert found == {"a.py: long": FUNCTION_LINES + 1, "c.py": LINES + 1}


@pytest.mark.slow
def test_nothing_is_longer_than_what_is_named() -> None:
    assert {name: lines for name, lines in too_long().items() if name not in LONGER} == {}


@pytest.mark.slow
def test_nothing_is_named_that_is_short_enough() -> None:
    assert set(LONGER) - set(too_long()) == set()


def test_ruff_holds_the_complexity_everywhere() -> None:
    lint = tomllib.loads(PYPROJECT.read_text())["tool"]["ruff"]["lint"]
    assert "C901" in lint["select"]
    assert lint["mccabe"] == {"max-complexity": COMPLEXITY}
    assert not any("C901" in rules or "C" in rules for rules in lint["per-file-ignores"].values())
