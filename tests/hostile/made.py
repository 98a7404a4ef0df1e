"""Inputs that are too large to be kept: how each is made, and what must become of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .expectations import Expected

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Made:
    """An input that is made when it is needed, and what must become of it."""

    make: Callable[[], bytes]
    expected: Expected


REFUSED = Expected(1, r"^error: \S+:\d+:\d+: \S")
"""At least one problem that has a place, whichever it is."""


def lasting(piece: bytes, size: int) -> bytes:
    """The piece as often as it fits."""
    return piece * (size // len(piece))


def headed(kind: str, name: str, spec: bytes) -> bytes:
    """A document with a sound head."""
    head = f"---\napiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n"
    return head.encode() + spec


def each(count: int, document: Callable[[int], bytes]) -> bytes:
    """One after another, each made from its number."""
    return b"".join(document(number) for number in range(count))


def listed(items: Iterable[bytes]) -> bytes:
    """A list on one line."""
    return b"[" + b", ".join(items) + b"]\n"
