"""What fields and kinds mean: the texts that stand in the sources, read only when somebody asks for them."""

import ast
import inspect
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from itertools import pairwise

from reconciler.kinds.base import Kind
from reconciler.kinds.marks import Model


def meaning(model: type[Model], attribute: str) -> str:
    """The text below a field, on one line; that of the model it is inherited from, where it has none."""
    for one in model.__mro__:
        if issubclass(one, Model) and (text := _texts(one.__module__).get(one.__name__, {}).get(attribute)):
            return text
    return ""


def summary(kind: Kind) -> str:
    """What a kind is, in a sentence: the first of its module's text."""
    text = import_module(type(kind).__module__).__doc__ or ""
    return _line(text.split("\n\n")[0])


@lru_cache
def _texts(module: str) -> Mapping[str, Mapping[str, str]]:
    """By class and attribute, the texts that stand below attributes in a module."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    return {node.name: _below(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _below(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for line, after in pairwise(node.body):
        match line, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = _line(text)
    return found


def _line(text: str) -> str:
    return " ".join(text.split())
