"""What is known of documents of a workspace that are not read: they count, and are told of, all the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.errors import Problem
from reconciler.index.model import Row
from reconciler.kinds.base import Fault
from reconciler.manifests.loading.notes import Notes
from reconciler.manifests.reading.pieces import Piece
from reconciler.model import Address


@dataclass(frozen=True, slots=True)
class Found:
    """A known document, with the piece that it is by now, and the place of that among all pieces."""

    row: Row
    piece: Piece
    place: int

    @property
    def warnings(self) -> Iterator[Problem]:
        """What is told of it."""
        for one in self.row.meaning.told:
            line = self.piece.line + self.row.begins + one.below
            yield Problem(self.piece.file, line, one.column, one.path, one.message)


@dataclass(frozen=True, slots=True)
class Beside:
    """Documents that are not read; `order` is the place of each document among all of them, read or not."""

    known: Mapping[Address, Found] = field(default_factory=dict)
    order: Mapping[Address, int] = field(default_factory=dict)

    @property
    def warnings(self) -> Iterator[Problem]:
        """What is told of them."""
        return (problem for one in self.known.values() for problem in one.warnings)

    def recall(self, notes: Notes) -> None:
        """Notes what the settings break for their resources."""
        for address, one in self.known.items():
            for fault in one.row.meaning.faults:
                notes.recall(Fault(fault.path, fault.message, fault.warns, of_workspace=True), address)

    def order_of(self, declared: Iterable[Address]) -> Callable[[Address], int]:
        """The place of each resource among all documents; as they were declared, if all were read."""
        return (self.order or {address: place for place, address in enumerate(declared)}).__getitem__


ALONE = Beside()
