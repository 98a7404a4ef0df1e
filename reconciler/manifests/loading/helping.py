"""A helper may take a share of the work, as a second process does; what comes of it is the same."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

FEWEST = 1000
"""Documents from which on a helper is asked: a process costs as much as some hundred of them."""

Result = Callable[[], Any]
"""Waits for what came of work; None where nothing did, so that it is still to be done."""


class Helper(Protocol):
    """Who does work beside this process, in a copy of all that it has.

    The work changes nothing here: what is wanted of it has to be in its result, which is plain data.
    """

    def beside(self, work: Callable[[], Any]) -> AbstractContextManager[Result]:
        """Has work done while the block runs, at the end of which nobody works on it any more."""
        ...
