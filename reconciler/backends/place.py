"""Where one workspace's state lies, and what is known of it: NAME.json and the files beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.backends.files import Files
from reconciler.backends.history import History
from reconciler.backends.lock import FileLock
from reconciler.state import State


@dataclass(frozen=True, slots=True)
class Place:
    """The files of a state and how they are reached; `token` gives a fresh random name each time.

    `notices` collects what a user should know and what stops nothing.
    """

    path: Path
    journal: Path
    history: History
    lock: FileLock
    files: Files
    token: Callable[[], str]
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """What is recorded, with the journal replayed.

    `workspace` is the state's owner, "" where there is no file; `interrupted` tells whether the
    journal has records that are not in the file, `leftover` whether there is one at all.
    """

    state: State = field(default_factory=State)
    workspace: str = ""
    interrupted: bool = False
    leftover: bool = False


def place_of(path: Path, files: Files, token: Callable[[], str]) -> Place:
    """The files that belong to a state file."""
    name = path.stem if path.suffix == ".json" else path.name
    return Place(
        path,
        path.with_name(f"{name}.journal"),
        History(files, path.with_name(f"{name}.history")),
        FileLock(files, path.with_name(f"{name}.lock")),
        files,
        token,
    )
