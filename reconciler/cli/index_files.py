"""Indexes as files in the user's cache directory: each may be lost, and none is ever waited for."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from reconciler.index.codec import StoredIndex, Unusable, index_to_bytes, stored_index
from reconciler.index.model import Index

MAX_INDEX_BYTES = 256 * 1024 * 1024
MOST_INDEXES = 50
"""Files that are kept, those used last."""


def cache_home(variables: Mapping[str, str]) -> Path:
    """Our part of the user's cache directory, as the XDG base directories have it; a relative one is none."""
    home = Path(variables.get("XDG_CACHE_HOME") or ".")
    if not home.is_absolute():
        home = Path("~/.cache")
    return Path(os.path.expanduser(home)) / "reconciler" / "index"


class IndexFiles:
    """The indexes in a directory, each under a key of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, key: str) -> StoredIndex | None:
        """The index of a key; None where there is none that can be used."""
        try:
            with open(self._path(key), "rb") as file:
                data = file.read(MAX_INDEX_BYTES + 1)
            return stored_index(data)
        except (OSError, Unusable):
            return None

    def write(self, key: str, index: Index) -> None:
        """Keeps an index, and no more files than there is use for; what cannot be kept costs time alone."""
        path = self._path(key)
        beside = path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                file.write(index_to_bytes(index))
            os.replace(beside, path)
            self._prune()

    def _prune(self) -> None:
        """Removes what was used longest ago."""
        files = sorted(self._directory.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[MOST_INDEXES:]:
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._directory / f"{key}.index"
