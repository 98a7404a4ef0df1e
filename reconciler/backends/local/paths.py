"""Where one workspace's state lies, its file NAME.json and the files beside it.

Beside a state whose name does not end in .json the files are NAME.state-journal and so on, for
NAME.journal belongs to NAME.json: each path has files of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.backends.local.files import Files
from reconciler.backends.local.history import History
from reconciler.backends.local.lock import FileLock
from reconciler.backends.local.runs import Runs
from reconciler.errors import UsageError
from reconciler.state.model import State


@dataclass(frozen=True, slots=True)
class StatePaths:
    """The files of a state and how they are reached; `token` gives a fresh random name each time.

    `conceal` takes secrets in clear, which older versions recorded, out of a state that has a key.
    `notices` collects what a user should know and what stops nothing.
    """

    path: Path
    journal: Path
    history: History
    lock: FileLock
    runs: Runs
    files: Files
    token: Callable[[], str]
    conceal: Callable[[State], State]
    notices: list[str] = field(default_factory=list)

    @property
    def events(self) -> Path:
        """Where callbacks are kept: NAME.events, beside a state whose name does not end in .json
        NAME.state-events."""
        return self.journal.with_suffix(self.journal.suffix.replace("journal", "events"))

    def journal_aside(self, token: str) -> Path:
        """Where a journal is kept that is not worked into the state."""
        return self.journal.with_name(f"{self.journal.name}.{token}")

    def concealed(self, state: State) -> State:
        """The state with a key of its own and no secret in clear."""
        return self.conceal(state.keyed("".join(self.token() for _ in range(4))))


JSON = ("journal", "history", "lock", "runs")
OTHER = ("state-journal", "state-history", "state-lock", "state-runs")
"""The endings of the files beside a state: where its name ends in .json, and where it does not."""
EVENTS = ("events", "state-events")
"""The ending of the file with callbacks, which every name of a state shares in the same way."""

Conceal = Callable[[State], State]


def paths_of(path: Path, files: Files, token: Callable[[], str], conceal: Conceal) -> StatePaths:
    """The files that belong to a state file; raises UsageError for a name that one of them could have."""
    if path.name.endswith(tuple(f".{ending}" for ending in (*JSON, *OTHER, *EVENTS))):
        raise UsageError(
            f"{path}: this name is reserved for files beside a state", "use a name such as NAME.json"
        )
    is_json = path.suffix == ".json"
    name = path.stem if is_json else path.name
    return paths_with(path, name, JSON if is_json else OTHER, files, token, conceal)


def paths_with(
    path: Path,
    name: str,
    endings: tuple[str, str, str, str],
    files: Files,
    token: Callable[[], str],
    conceal: Conceal,
) -> StatePaths:
    """The files of a state that have this name and these endings, for journal, history, lock and runs."""
    journal, history, lock, runs = (path.with_name(f"{name}.{ending}") for ending in endings)
    return StatePaths(
        path,
        journal,
        History(files, history),
        FileLock(files, lock),
        Runs(files, runs),
        files,
        token,
        conceal,
    )
