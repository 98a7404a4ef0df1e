"""Writes docs/sentences.txt: every sentence that users can read, so that a review sees each new one.

Run from the repository's root: python scripts/sentences.py. Sentences are the texts of two words and more in
the code, values in braces, the help texts of commands and their options, and what the templates say; comments
and docstrings of what is no command are not shown to users.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PAGE = Path("docs") / "sentences.txt"
PACKAGE = Path("reconciler")
SENTENCE = re.compile(r"[a-z]{2,}[,:;]? [a-z{('\"]")
"""Two words that follow each other, or a word and a value."""
NEITHER = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|JOIN|WITH \w+ AS|CREATE|ALTER|GRANT)\b"
    r"|::(text|float8|bigint)|</|\{%|}=\"|\w=\"\{|\b(style|script)-src\b|%\(\w+\)"
)
"""What looks like it in the code: SQL, markup, a report's content security policy, formats of git."""
INTERNAL = (PACKAGE / "planning", PACKAGE / "reports")
"""Where a ValueError is a caller's mistake, seen by no user; elsewhere it can be a mistake in a manifest."""
MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|<style.*?</style>|<script.*?</script>|<[^>]*>", re.DOTALL)

INTRODUCTION = """\
# Every sentence that a user can read, by module, values in braces as the code that makes them.
# Written by `python scripts/sentences.py`; do not edit it by hand.
"""


def page() -> str:
    """The whole page."""
    told = {path: sentences(path) for path in sorted(PACKAGE.rglob("*"))}
    return INTRODUCTION + "".join(
        "\n".join(["", f"## {path.relative_to(PACKAGE).as_posix()}", *lines, ""])
        for path, lines in told.items()
        if lines
    )


def sentences(path: Path) -> list[str]:
    """The sentences of a module or template, each once and on one line, in the order in which they stand."""
    if path.suffix == ".py":
        found = of_code(shown(path, ast.parse(path.read_text())))
    elif path.suffix in (".j2", ".txt"):
        found = iter(MARKUP.sub("\n", path.read_text()).splitlines())
    else:
        return []
    lines = (" ".join(one.split()) for one in found)
    return list(dict.fromkeys(one for one in lines if SENTENCE.search(one) and not NEITHER.search(one)))


def shown(path: Path, tree: ast.Module) -> ast.Module:
    """The module without what it raises at wrong callers, if it is one whose ValueErrors are that."""
    if any(path.is_relative_to(one) for one in INTERNAL):
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                node.exc = None if ast.unparse(called) == "ValueError" else node.exc
    return tree


def of_code(node: ast.AST) -> Iterator[str]:
    """Every text in the code but for docstrings; a formatted one whole, then those in its values."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            yield formatted(child)
            for value in child.values:
                if isinstance(value, ast.FormattedValue):
                    yield from of_code(value)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        elif not is_docstring(child) or is_command(node):
            yield from of_code(child)


def formatted(text: ast.JoinedStr) -> str:
    """A formatted text with its values as the code that makes them."""
    parts = []
    for value in text.values:
        if isinstance(value, ast.FormattedValue):
            parts.append("{" + ast.unparse(value.value) + "}")
        elif isinstance(value, ast.Constant):
            parts.append(str(value.value))
    return "".join(parts)


def is_docstring(node: ast.AST) -> bool:
    """Whether it is a statement that is nothing but a text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_command(node: ast.AST) -> bool:
    """Whether it is a function that is a command, whose docstring is its help."""
    return isinstance(node, ast.FunctionDef) and any(
        re.search("command|group", ast.unparse(decorator)) for decorator in node.decorator_list
    )


if __name__ == "__main__":
    PAGE.write_text(page())
