"""State, journal and lock as files beside each other: NAME.json, NAME.journal and NAME.lock (see place).

The journal is appended and synced record by record while an apply runs; the state is replaced
in one step at its end, then copied to NAME.history, and the journal removed after that. The lock
is the kernel's, on a file of its own, as a lock on the state file would be lost with each
replacement.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.backends.files import Files
from reconciler.backends.former import FormerNames
from reconciler.backends.held import Held
from reconciler.backends.identity import check_alone
from reconciler.backends.place import Known, place_of
from reconciler.backends.reading import Reader
from reconciler.backends.replacing import Replacing
from reconciler.errors import StateError
from reconciler.state import State


class LocalBackend:
    """The files of one workspace's state; `token` gives a fresh random name each time.

    `conceal` takes secrets in clear, which older versions recorded, out of a state.
    """

    def __init__(
        self,
        path: Path,
        files: Files,
        token: Callable[[], str],
        conceal: Callable[[State], State] = lambda state: state,
    ) -> None:
        self.place = place_of(path, files, token, conceal)
        self.reader = Reader(self.place)
        self._former = FormerNames(self.place)

    @property
    def notices(self) -> list[str]:
        """What a user should know of the files, and what stops nothing."""
        return self.place.notices

    def load(self, workspace: str | None) -> State:
        """The state with its journal replayed; changes nothing. Raises StateError.

        Without a workspace, the file may be of any.
        """
        return self.look(workspace).state

    def look(self, workspace: str | None) -> Known:
        """The same, with whose it is and whether a run was interrupted."""
        reader = Reader(self._former.seen())
        return reader.known(reader.find(), workspace)

    @contextmanager
    def hold(self, workspace: str | None, holder: Mapping[str, Any]) -> Iterator[Held]:
        """The state for one run alone; `holder` is shown to whoever finds it locked.

        Without a workspace, there must be a file, and it may be of any. Raises LockedError if another
        run has it, StateError if it cannot be read.
        """
        with self._alone(holder):
            found = self.reader.find()
            known = self.reader.known(found, workspace)
            owner = workspace or known.workspace
            if not owner:
                raise StateError(f"{self.place.path}: there is no state yet", "name the manifests it is for")
            yield Held(self.place, replace(known, workspace=owner), found.state)

    @contextmanager
    def overrule(self, workspace: str | None, holder: Mapping[str, Any]) -> Iterator[Replacing]:
        """For a run that puts another state in the place of this one, whatever lies there."""
        with self._alone(holder):
            yield Replacing(self.place, self.reader, workspace)

    @contextmanager
    def locked(self, holder: Mapping[str, Any]) -> Iterator[None]:
        """The lock alone; raises LockedError or StateError."""
        self.place.lock.take(holder)
        try:
            self.notices.extend(filter(None, [self.place.lock.warning()]))
            yield
        finally:
            self.place.lock.free()

    @contextmanager
    def _alone(self, holder: Mapping[str, Any]) -> Iterator[None]:
        """The lock, of a state to which no other name leads: it would have another lock."""
        with self.locked(holder):
            check_alone(self.place.files, self.place.path)
            self._former.take_over(holder)
            yield
