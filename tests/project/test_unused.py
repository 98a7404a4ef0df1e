"""No module takes a private name of another, and what nobody uses is not there."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.project.house import MODULES, PYPROJECT, every, imported, tree_of

# What namedtuples have, whose underscore keeps them apart from fields.
NAMEDTUPLE = {"_replace", "_asdict", "_fields", "_make"}
# What Python documents in spite of its underscore: the one way for a forked process to end.
DOCUMENTED = {"os._exit"}
# Methods that a library calls, and functions that are there for what stands outside the product.
CALLED_FROM_OUTSIDE = {
    "cancel_safe": "psycopg",
    "format_commands": "click",
    "get_command": "click",
    "ignore_aliases": "yaml",
    "preprocess": "jinja2",
    "plan_schema": "scripts/schemas.py, which writes docs/schema/plan.json",
    "status_schema": "scripts/schemas.py, which writes docs/schema/status.json",
    "saved_to_json": "the codec of a saved plan as one value; it is written in parts",
}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in NAMEDTUPLE


def private_names(tree: ast.Module) -> Iterator[str]:
    """The private names that a module takes from elsewhere: imported, or of what is not its own object."""
    yield from (
        name
        for name in imported(tree)
        if name.startswith("reconciler.") and any(map(is_private, name.split(".")))
    )
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name) if is_private(name) and ast.unparse(node) not in DOCUMENTED:
                yield ast.unparse(node)


@every(MODULES)
def test_no_private_name_of_another_is_taken(file: Path) -> None:
    assert [*private_names(tree_of(file))] == []


@pytest.mark.parametrize(
    "taken",
    [
        "from reconciler.state.model import _entry",
        "import reconciler._hidden",
        "from reconciler.state import model\nmodel._entry()",
        "def peek(state): return state._entries",
    ],
)
def test_a_private_name_is_found(taken: str) -> None:
    assert [*private_names(ast.parse(taken))]


def uses(tree: ast.Module) -> Iterator[str]:
    """Each word that may use a definition; an import alone is no use."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield name


def defined(tree: ast.Module) -> Iterator[str]:
    """Each function, method and class that nothing registers by decorating it."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.decorator_list
        ):
            yield node.name


def demanded(tree: ast.Module) -> set[str]:
    """The methods of a module's protocols: whoever has that part has them, used here or not."""
    return {
        method.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and "Protocol" in {ast.unparse(base) for base in node.bases}
        for method in node.body
        if isinstance(method, ast.FunctionDef)
    }


def unused(trees: Sequence[ast.Module]) -> set[str]:
    """What is defined somewhere in the modules and used nowhere in them, as far as names tell."""
    used = Counter(name for tree in trees for name in uses(tree))
    names = {name for tree in trees for name in defined(tree)}
    return {name for name in names if not used[name] and not re.fullmatch(r"__\w+__", name)}


@pytest.mark.slow
def test_what_is_defined_is_used() -> None:
    optional = demanded(tree_of(PYPROJECT.parent / "reconciler" / "backends" / "parts.py"))
    assert unused([*map(tree_of, MODULES)]) - optional == set(CALLED_FROM_OUTSIDE)


def test_what_is_not_used_is_found() -> None:
    text = "def unused(): 0\ndef used(): 0\nclass Unused:\n def method(self): used()\n def __len__(self): 0"
    other = "from module import unused, Unused"
    assert unused([ast.parse(text), ast.parse(other)]) == {"unused", "Unused", "method"}


@pytest.mark.slow
def test_vulture_finds_nothing() -> None:
    vulture = Path(sys.executable).with_name("vulture")
    run = subprocess.run([vulture], cwd=PYPROJECT.parent, capture_output=True, text=True, check=False)
    assert run.stdout + run.stderr == ""
    assert run.returncode == 0
