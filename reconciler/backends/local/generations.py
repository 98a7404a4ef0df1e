"""The copies of the last states, as states: what History says of a store."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.backends.local.failures import reason_of
from reconciler.backends.local.history import History
from reconciler.backends.local.reader import Reader
from reconciler.errors import StateError
from reconciler.state.model import State


@dataclass(frozen=True, slots=True)
class Generations:
    """The copies beside one state (a parts.History)."""

    reader: Reader
    history: History

    def generations(self) -> Sequence[int]:
        """See parts.History.generations."""
        try:
            return self.history.serials()
        except OSError as error:
            raise StateError(
                f"cannot read {self.history.folder}: {reason_of(error)}", "check its owner and mode"
            ) from error

    def generation(self, serial: int) -> State:
        """See parts.History.generation."""
        path = self.history.path(serial)
        state = self.reader.copy(path)
        if state is None:
            kept = ", ".join(map(str, self.generations())) or "none"
            raise StateError(f"{path}: no intact copy of serial {serial}", f"available copies: {kept}")
        return state
