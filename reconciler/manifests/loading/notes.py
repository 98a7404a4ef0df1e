"""What is told of manifests, collected while they are loaded, each with its place in a file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from sys import intern
from typing import Any, NamedTuple

from reconciler.errors import ManifestError, Problem
from reconciler.kinds.base import Fault, Setting
from reconciler.manifests.loading.overlay import stands
from reconciler.manifests.reading.reader import Document
from reconciler.model import Address, Path
from reconciler.words import listed, path_text

MAX_PROBLEMS = 5000
"""Of all manifests together, and so many warnings are told: nobody reads more."""
MOST_WARNINGS = 500_000
"""So many are noted, shown or not, as an index has those of each document; some 60 MB."""


class Mark(NamedTuple):
    """How much is noted: what stops the load, or may, warnings, and what settings break for how many."""

    grave: int
    warnings: int
    in_clear: int
    shared: Mapping[Fault, int]


class Told(NamedTuple):
    """What was noted of some documents and stops nothing."""

    warnings: tuple[Problem, ...]
    in_clear: tuple[Problem, ...]
    shared: Mapping[Fault, tuple[Address, ...]]


@dataclass(slots=True)
class Notes:
    """Problems, which stop the load, and warnings, which do not.

    `in_clear` are those of the warnings that tell of a secret in clear, each with what to write instead.
    `defaults` are the workspace's, by kind, as soon as they are known.
    """

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    in_clear: list[Problem] = field(default_factory=list)
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _unset: dict[Setting, list[tuple[Document, Fault]]] = field(default_factory=dict)
    _holes: set[tuple[str, int, Path]] = field(default_factory=set)
    _of_workspace: dict[Fault, list[Address]] = field(default_factory=dict)

    def add(self, problems: Sequence[Problem]) -> None:
        """Notes the problems; raises ManifestError with all there are if that is more than enough."""
        self.problems.extend(problems)
        if len(self.problems) >= MAX_PROBLEMS:
            message = f"found {len(self.problems)} problems and stopped; fix these first"
            raise ManifestError([*self.problems, Problem("manifests", 0, 0, "", message)])

    def check(self) -> None:
        """Raises ManifestError with all problems, if there are any."""
        if self.problems:
            raise ManifestError(self.problems)

    def fault(self, document: Document, path: Path, message: str, *, key: bool = False) -> None:
        """Notes a problem at the path, or at its last key; raises ManifestError as `add` does."""
        source, at = document.written(path)
        if (source.file, source.line, at) not in self._holes:
            self.add([_placed(document, path, message, key=key)])

    def hole(self, document: Document, path: Path, shown: Path, message: str) -> None:
        """Notes a problem, told at `shown`, beside which nothing else that is wrong at the path matters."""
        self.fault(document, shown, message)
        source, at = document.written(path)
        self._holes.add((source.file, source.line, at))

    def warn(self, document: Document, path: Path, message: str) -> None:
        """Notes a warning at the path, while there are not too many."""
        if not self.overfull:
            self.warnings.append(_placed(document, path, message))

    def warn_in_clear(self, document: Document, path: Path, message: str) -> None:
        """Notes a warning of a secret in clear at the path, while there are not too many."""
        if len(self.in_clear) < MOST_WARNINGS:
            self.in_clear.append(_placed(document, path, message))
            self.warn(document, path, message)

    def add_faults(self, document: Document, faults: Iterable[Fault], address: Address) -> None:
        """Notes the rules that the spec at an address breaks; raises ManifestError as `add` does.

        What the workspace's settings break waits for `tell_of_workspace`, what they would mend for `settle`.
        """
        for found in faults:
            fault = self._of_defaults(found, document, address.kind)
            if fault.of_workspace:
                self._of_workspace.setdefault(fault, []).append(address)
            elif fault.setting is not None:
                self._unset.setdefault(fault.setting, []).append((document, fault))
            else:
                self._add_fault(document, fault)

    def mark(self) -> Mark:
        """How much there is by now."""
        waiting = sum(map(len, self._unset.values()))
        shared = {fault: len(addresses) for fault, addresses in self._of_workspace.items()}
        return Mark(len(self.problems) + waiting, len(self.warnings), len(self.in_clear), shared)

    def since(self, mark: Mark) -> Told | None:
        """What was noted since and stops nothing; None if there is anything else."""
        if self.mark().grave > mark.grave:
            return None
        shared = {
            fault: tuple(addresses[mark.shared.get(fault, 0) :])
            for fault, addresses in self._of_workspace.items()
        }
        return Told(tuple(self.warnings[mark.warnings :]), tuple(self.in_clear[mark.in_clear :]), shared)

    def repeat(self, told: Told) -> None:
        """Notes what was noted elsewhere, while there is not too much."""
        self.warnings.extend(told.warnings[: MOST_WARNINGS - len(self.warnings)])
        self.in_clear.extend(told.in_clear[: MOST_WARNINGS - len(self.in_clear)])
        for fault, addresses in told.shared.items():
            if addresses:
                self._of_workspace.setdefault(fault, []).extend(addresses)

    def recall(self, fault: Fault, address: Address) -> None:
        """Notes what the workspace's settings break for a resource that is not read again."""
        self._of_workspace.setdefault(fault, []).append(address)

    def tell_of_workspace(self, document: Document, order: Callable[[Address], int]) -> None:
        """Notes once, at the document with the settings, what these break for however many resources.

        `order` gives each resource's place among all documents, as the first is named.
        """
        for fault, addresses in self._of_workspace.items():
            addresses.sort(key=order)
            whose = listed(list(map(str, addresses)), 1)
            self._add_fault(document, replace(fault, message=f"{fault.message} ({whose})"))

    @property
    def overfull(self) -> bool:
        """Whether there may be more warnings than are noted."""
        return len(self.warnings) >= MOST_WARNINGS

    @property
    def shared(self) -> Mapping[Fault, Sequence[Address]]:
        """What the workspace's settings break, and for which resources."""
        return self._of_workspace

    def _add_fault(self, document: Document, fault: Fault) -> None:
        note = self.warn if fault.warns else self.fault
        note(document, ("spec", *fault.path), fault.message)

    def _of_defaults(self, fault: Fault, document: Document, kind: str) -> Fault:
        """A warning of what only the workspace's defaults say is one of the workspace."""
        is_theirs = fault.warns and not fault.of_workspace and stands(self.defaults.get(kind, {}), fault.path)
        source, at = document.written(("spec", *fault.path))
        if not is_theirs or source.has(at):
            return fault
        return replace(fault, path=("defaults", kind, *fault.path), of_workspace=True)

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
    source, at = document.written(path)
    line, column = source.where_key(at) if key else source.where(at)
    # Thousands of documents break the same rule at the same field: the words of it are there once.
    words = intern(message + document.remark(source))
    return Problem(source.file, line, column, intern(path_text(at)), words)


def told_of(warnings: Iterable[Problem]) -> tuple[Problem, ...]:
    """The warnings that are told: each once, by their places, and of too many how many there are."""
    every = sorted(set(warnings), key=attrgetter("file", "line", "column", "path", "message"))
    if len(every) <= MAX_PROBLEMS:
        return tuple(every)
    count = f"{len(every):,}" if len(every) < MOST_WARNINGS else f"at least {len(every):,}"
    message = f"found {count} warnings; the first {MAX_PROBLEMS:,} are shown"
    return (*every[:MAX_PROBLEMS], Problem("manifests", 0, 0, "", message))
