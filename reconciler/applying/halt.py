"""Why a run begins nothing more."""

from threading import Lock

from reconciler.errors import ReconcilerError


class Halt:
    """Set by the first error that ends a run for whatever has not begun; from any thread."""

    def __init__(self) -> None:
        self._cause: ReconcilerError | None = None
        self._mutex = Lock()

    def set(self, cause: ReconcilerError) -> None:
        """Ends the run; the first cause is what is told."""
        with self._mutex:
            self._cause = self._cause or cause

    @property
    def cause(self) -> ReconcilerError | None:
        """The error that ended the run; None while it goes on."""
        return self._cause


def kept_from_starting(cause: ReconcilerError) -> ReconcilerError:
    """What is told of a change that the end of the run kept from starting."""
    return ReconcilerError(f"not started: the run had to end: {cause.message}")
