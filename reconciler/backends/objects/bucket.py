"""What this room asks of a store of objects, and the two ways in which that fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Unanswered(Exception):
    """The store is away, or did not say whether it did what was asked; the text says why, on one line."""


class Rejected(Exception):
    """The store says that it did nothing; `code` is its own word for why, "" where it gave none."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Found:
    """An object: its bytes, the store's token for this very version, and its age in seconds.

    The age is by the store's clock alone; None where it tells none.
    """

    data: bytes
    version: str
    age: float | None = None


class Bucket(Protocol):
    """Objects by their keys. Every method raises Unanswered or Rejected."""

    def get(self, key: str) -> Found | None:
        """An object; None where there is none."""
        ...

    def keys(self, prefix: str, after: str = "") -> Sequence[str]:
        """All keys that begin so, in order, those behind `after` alone."""
        ...

    def folders(self, prefix: str) -> Sequence[str]:
        """What keys that begin so begin with up to the next slash, each once."""
        ...

    def create(self, key: str, data: bytes) -> str | None:
        """The version of an object that was not there before; None, and nothing done, where one is."""
        ...

    def swap(self, key: str, version: str, data: bytes) -> str | None:
        """Puts a line in the place of that very version; the new version, or None, and nothing done.

        A store that can only append keeps the lines before it: the last one is what counts.
        """
        ...

    def put(self, key: str, data: bytes) -> None:
        """Puts an object, whatever is there."""
        ...

    def delete(self, key: str) -> None:
        """Removes an object, whether it is there or not."""
        ...


def last_line(data: bytes) -> bytes:
    """The line that counts of an object that is swapped."""
    return data.rstrip(b"\n").rpartition(b"\n")[2]
