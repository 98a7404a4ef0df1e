"""The other states in the directory of one: for a workspace that looks for its records under another name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.backends.local.failures import reason_of, remedy_for
from reconciler.backends.local.paths import StatePaths, paths_of
from reconciler.backends.local.reader import Reader
from reconciler.backends.parts import Neighbour
from reconciler.errors import StateError, UsageError
from reconciler.state.model import State

MOST_NEIGHBOURS = 100
"""Files of a directory that are looked into; more than one directory of states usually has."""


@dataclass(frozen=True, slots=True)
class LocalNeighbours:
    """The files NAME.json beside a state (a parts.Neighbours)."""

    paths: StatePaths
    conceal: Callable[[State], State]

    def states(self) -> Sequence[Neighbour]:
        """See parts.Neighbours.states."""
        return [found for name in self._names() if (found := self._state(name)) is not None]

    def _names(self) -> list[str]:
        own = self.paths.path
        try:
            names = sorted(self.paths.files.listing(own.parent))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise StateError(
                f"cannot list {own.parent}: {reason_of(error)}; another state in it may already record the "
                "running tasks",
                remedy_for(error, ", then run the command again"),
            ) from error
        return [name for name in names if name.endswith(".json") and name != own.name][:MOST_NEIGHBOURS]

    def _state(self, name: str) -> Neighbour | None:
        path = self.paths.path.with_name(name)
        try:
            reader = Reader(paths_of(path, self.paths.files, self.paths.token, self.conceal))
            snapshot = reader.snapshot(reader.read_files(), None)
        except (StateError, UsageError):
            return None  # no state, or none that can be trusted to say what runs
        return Neighbour(str(path), snapshot.owner, snapshot.state)
