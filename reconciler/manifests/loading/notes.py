"""What is told of manifests, collected while they are loaded, each with its place in a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reconciler.errors import ManifestError, Problem
from reconciler.kinds.base import Fault, Setting
from reconciler.manifests.reading.reader import Document
from reconciler.model import Path, path_text

MAX_PROBLEMS = 5000
"""Of all manifests together, and as many warnings: each takes time to place, and nobody reads more."""


@dataclass(slots=True)
class Notes:
    """Problems, which stop the load, and warnings, which do not.

    `in_clear` are those of the warnings that tell of a secret in clear, each with what to write instead.
    """

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    in_clear: list[Problem] = field(default_factory=list)
    _unset: dict[Setting, list[tuple[Document, Fault]]] = field(default_factory=dict)
    _holes: set[tuple[str, int, Path]] = field(default_factory=set)

    def add(self, problems: Sequence[Problem]) -> None:
        """Notes the problems; raises ManifestError with all there are if that is more than enough."""
        self.problems.extend(problems)
        if len(self.problems) >= MAX_PROBLEMS:
            message = f"found {len(self.problems)} problems and looked no further; fix these first"
            raise ManifestError([*self.problems, Problem("manifests", 0, 0, "", message)])

    def fault(self, document: Document, path: Path, message: str, *, key: bool = False) -> None:
        """Notes a problem at the path, or at its last key; raises ManifestError as `add` does."""
        if (document.file, document.line, path) not in self._holes:
            self.add([_placed(document, path, message, key=key)])

    def hole(self, document: Document, path: Path, shown: Path, message: str) -> None:
        """Notes a problem, told at `shown`, beside which nothing else that is wrong at the path matters."""
        self.fault(document, shown, message)
        self._holes.add((document.file, document.line, path))

    def warn(self, document: Document, path: Path, message: str) -> None:
        """Notes a warning at the path, while there are not too many."""
        if len(self.warnings) < MAX_PROBLEMS:
            self.warnings.append(_placed(document, path, message))

    def warn_in_clear(self, document: Document, path: Path, message: str) -> None:
        """Notes a warning of a secret in clear at the path, while there are not too many."""
        if len(self.in_clear) < MAX_PROBLEMS:
            self.in_clear.append(_placed(document, path, message))
            self.warn(document, path, message)

    def add_faults(self, document: Document, faults: Iterable[Fault]) -> None:
        """Notes the rules that a document's spec breaks; raises ManifestError as `add` does."""
        for fault in faults:
            if fault.setting is not None:
                self._unset.setdefault(fault.setting, []).append((document, fault))
                continue
            note = self.warn if fault.warns else self.fault
            note(document, ("spec", *fault.path), fault.message)

    def settle(self, settings: Document) -> None:
        """Notes what settings of the workspace would mend: in the only document that needs it, or there."""
        for setting, needed in self._unset.items():
            count = len({(document.file, document.line) for document, _ in needed})
            if count == 1:
                for document, fault in needed:
                    self.fault(document, ("spec", *fault.path), fault.message)
                continue
            first = needed[0][0]
            message = (
                f"{setting.words}: {count} documents have none of their own, the first at "
                f"{first.file}:{first.line}; set it here, or in each of them"
            )
            self.fault(settings, ("spec", *setting.path), message)


def _placed(document: Document, path: Path, message: str, *, key: bool = False) -> Problem:
    line, column = document.where_key(path) if key else document.where(path)
    return Problem(document.file, line, column, path_text(path), message)
