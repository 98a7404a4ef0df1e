"""What this room asks of a connection to a database, and the two ways in which that fails."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

Row = tuple[Any, ...]
Parameters = Sequence[Any]


class Unanswered(Exception):
    """The database is away, or did not say whether it did what was asked; the text says why, on one line."""


class Rejected(Exception):
    """The database says that it did nothing; `code` is its SQLSTATE, "" where it gave none."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Database(Protocol):
    """One connection, each of whose statements is a transaction of its own."""

    def ask(self, statement: str, parameters: Parameters) -> list[Row]:
        """The rows of one statement, durable when it returns; raises Unanswered or Rejected."""
        ...

    def script(self, text: str) -> None:
        """Many statements as one transaction, without parameters; raises Unanswered or Rejected."""
        ...

    def shut(self) -> None:
        """Cuts the connection off, from another thread: a statement that waits ends as unanswered."""
        ...

    def close(self) -> None:
        """Gives the connection back; fails of nothing."""
        ...


Connect = Callable[[], Database]
"""A new connection; raises Unanswered where there can be none now, Rejected where there can be none so."""
