"""Answers that a store could not record when they came: lines for people to keep, and files of this machine.

A line holds a whole outcome and which intent it answers, so that a later run can tell whether that still
stands open. A secret is in it no more than in the state.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from reconciler.backends.local.files import Files, make_directories, replace_file
from reconciler.errors import ReconcilerError
from reconciler.model import canonical_json
from reconciler.state.journal import Outcome, record_from_json, record_to_json

MARK = "RECOVERY"
_LINE = re.compile(rf"\b{MARK} (\{{.*\}})\s*$")
_NAME = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class Spilled:
    """An outcome that could not be recorded: of which state's lineage and run, and its intent's number."""

    lineage: str
    run: str
    intent: int
    outcome: Outcome

    @property
    def line(self) -> str:
        """The line that says it."""
        data = {"lineage": self.lineage, "run": self.run, "intent": self.intent}
        return f"{MARK} {canonical_json({**data, 'outcome': record_to_json(self.outcome)})}"


def spilled_in(text: str) -> list[Spilled]:
    """What the lines of a text say, such as a job's log; other lines say nothing. Raises ValueError.

    A line that is cut or altered is an error, so that nothing is passed over.
    """
    found = [match[1] for line in text.splitlines() if (match := _LINE.search(line))]
    return list(map(_spilled, dict.fromkeys(found)))


def _spilled(text: str) -> Spilled:
    try:
        data = json.loads(text)
        outcome = record_from_json(data["outcome"])
        lineage, run, intent = data["lineage"], data["run"], data["intent"]
    except (KeyError, TypeError, AttributeError, ReconcilerError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    typed = isinstance(lineage, str) and isinstance(run, str) and isinstance(intent, int)
    if not (typed and isinstance(outcome, Outcome)):
        raise ValueError("not an outcome of a run")
    return Spilled(lineage, run, intent, outcome)


class Spills(Protocol):
    """Where such lines are kept, by their run."""

    def keep(self, run: str, spilled: Sequence[Spilled]) -> str:
        """Keeps all of a run's, durable on return, and says where; raises OSError."""
        ...

    def of(self, run: str) -> Sequence[Spilled]:
        """What is kept of a run; nothing where that cannot be read."""
        ...

    def drop(self, run: str) -> None:
        """Keeps them no longer; raises OSError."""
        ...


@dataclass
class NoSpills:
    """Keeps them for as long as the process lives."""

    kept: dict[str, list[Spilled]] = field(default_factory=dict)

    def keep(self, run: str, spilled: Sequence[Spilled]) -> str:
        """See Spills.keep."""
        self.kept[run] = list(spilled)
        return ""

    def of(self, run: str) -> Sequence[Spilled]:
        """See Spills.of."""
        return self.kept.get(run, [])

    def drop(self, run: str) -> None:
        """See Spills.drop."""
        self.kept.pop(run, None)


@dataclass(frozen=True, slots=True)
class SpillFiles:
    """A file for each run in a directory, made when it is needed (a Spills)."""

    files: Files
    directory: Path

    def keep(self, run: str, spilled: Sequence[Spilled]) -> str:
        """See Spills.keep."""
        path = self._path(run)
        make_directories(self.files, self.directory)
        replace_file(self.files, path, _text(spilled).encode(), run)
        self.files.sync_directory(self.directory)
        return str(path)

    def of(self, run: str) -> Sequence[Spilled]:
        """See Spills.of."""
        try:
            return spilled_in((self.files.read(self._path(run)) or b"").decode())
        except (OSError, ValueError):
            return []

    def drop(self, run: str) -> None:
        """See Spills.drop."""
        self.files.remove(self._path(run))

    def _path(self, run: str) -> Path:
        if _NAME.fullmatch(run) is None:
            raise ValueError(f"{run!r} is not a valid file name")
        return self.directory / f"{run}.jsonl"


def _text(spilled: Iterable[Spilled]) -> str:
    return "".join(f"{one.line}\n" for one in spilled)
