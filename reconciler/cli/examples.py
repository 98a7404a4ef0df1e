"""The examples that stand at the end of each command's help; the texts are in examples.txt.

They are data beside the code, as they name kinds, which the code does not.
"""

from collections.abc import Sequence
from functools import cache
from pkgutil import get_data

_AS_IT_IS = "\b"
"""Tells click not to wrap the lines of a paragraph anew."""


def epilog(path: Sequence[str]) -> str:
    """What a command's help ends with; `path` are its names below `reconciler`. Empty if it has none."""
    lines = examples().get(" ".join(path), ())
    return "\n".join([_AS_IT_IS, "Examples:", *(f"  {line}" for line in lines)]) if lines else ""


@cache
def examples() -> dict[str, list[str]]:
    """By command, the lines of its examples: commands, and comments above them."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in (get_data(__package__, "examples.txt") or b"").decode().splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            found[name] = []
        elif line:
            found[name].append(line)
    return found
