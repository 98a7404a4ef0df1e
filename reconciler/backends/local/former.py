"""States whose names do not end in .json: their files as earlier versions called them.

Beside the state NAME these were NAME.journal, NAME.history and NAME.lock, which NAME.json has too.
What of these is this state's is taken over under the names that it has now; a journal of which
that cannot be told is refused, for it may know of tasks that nothing else knows of.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.backends.local.failures import unwritable
from reconciler.backends.local.journal import decode
from reconciler.backends.local.paths import JSON, StatePaths, paths_with
from reconciler.errors import StateError
from reconciler.state.journal import Begin
from reconciler.state.seal import Damaged, unseal

_THEN = ", then run the command again; nothing was changed"


class FormerNames:
    """What lies beside one state under the names that earlier versions gave."""

    def __init__(self, paths: StatePaths) -> None:
        self._paths = paths
        self._files = paths.files
        self._former = paths_with(paths.path, paths.path.name, JSON, paths.files, paths.token, paths.conceal)
        self._namesake = paths.path.with_name(f"{paths.path.name}.json")
        self._shares = paths.journal != self._former.journal and paths.path.suffix != ".json"

    def seen(self) -> StatePaths:
        """The paths to read: what still has a former name is read under that. Raises StateError."""
        with self._told():
            journal = self._former.journal if self._has_journal() else self._paths.journal
            history = self._former.history if self._has_history() else self._paths.history
        return replace(self._paths, journal=journal, history=history)

    def take_over(self, holder: Mapping[str, Any]) -> None:
        """Gives what is this state's its present name; the state's lock is held.

        Raises LockedError if a run of an earlier version has the state, StateError if it cannot be told
        whose the journal is, or if a name cannot be changed.
        """
        with self._told():
            journal, history = self._has_journal(), self._has_history()
            if not (journal or history):
                return
            self._former.lock.take(holder)
            try:
                if journal:
                    self._files.rename(self._former.journal, self._paths.journal)
                if history:
                    self._files.rename(self._former.history.folder, self._paths.history.folder)
                self._files.sync_directory(self._paths.path.parent)
            finally:
                self._former.lock.free()

    def _has_journal(self) -> bool:
        """Whether a journal under the former name is this state's; raises StateError if nobody knows."""
        data = self._files.read(self._former.journal) if self._shares else None
        if data is None or self._files.aliases(self._paths.journal) is not None:
            return False
        begun, own, other = self._begun(data), self._lineage(self._paths.path), self._lineage(self._namesake)
        if begun and begun in (own, other) and own != other:
            return begun == own
        if begun and own and own != other:
            return False  # of a first run on the namesake: this state's would have its lineage
        raise StateError(
            f"{self._former.journal} is the journal of an interrupted run; it is unknown whether it belongs "
            f"to {self._paths.path} (written by an earlier version) or to {self._namesake}",
            f"if it belongs to {self._namesake}, first run apply with --state {self._namesake}; if not, "
            f"rename it to {self._paths.journal}; nothing was changed",
        )

    def _has_history(self) -> bool:
        """Whether copies under the former name are this state's: as long as there is no namesake."""
        if not self._shares or self._files.aliases(self._namesake) is not None:
            return False
        there = self._files.is_directory(self._former.history.folder)
        return there and not self._files.is_directory(self._paths.history.folder)

    def _begun(self, data: bytes) -> str:
        """The lineage that a journal begins with; "" where it does not say."""
        try:
            records = decode(data, str(self._former.journal)).records
        except StateError:
            return ""
        return records[0].lineage if records and isinstance(records[0], Begin) else ""

    def _lineage(self, path: Path) -> str:
        """The lineage in a state's file, sound or not; "" where there is none."""
        try:
            value = unseal(self._files.read(path) or b"").value
        except Damaged:
            return ""
        found = value.get("lineage") if isinstance(value, dict) else None
        return found if isinstance(found, str) else ""

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            what = f"cannot take over the files that an earlier version left: {self._former.journal}"
            raise unwritable(what, error, _THEN) from error
