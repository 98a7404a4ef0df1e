"""Manifests of which most documents are known: the others are read, with those that have to do with them.

    files ─ pieces ─► known by their digests ─► left as they are
                └──► unknown, or needed ─► read, validated, resolved as ever

Whatever is not simply right is left to a reading of everything, which can say what is wrong with it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.errors import ManifestError
from reconciler.index.model import Index
from reconciler.kinds import OVERRIDE, SETTINGS
from reconciler.manifests.loading.beside import Beside, Found
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.declarations import Declarations
from reconciler.manifests.loading.loader import Workspace, load_declared
from reconciler.manifests.loading.meanings import Learnt
from reconciler.manifests.loading.notes import MOST_WARNINGS, Notes
from reconciler.manifests.loading.placeholders import check_placeholders
from reconciler.manifests.loading.sources import Source
from reconciler.manifests.loading.validating import is_sound
from reconciler.manifests.reading.guard import MAX_DOCUMENTS, MAX_FILE_BYTES
from reconciler.manifests.reading.pieces import Piece
from reconciler.manifests.reading.reader import Document, read_documents
from reconciler.model import Address


class Unsure(Exception):
    """What is known is not enough to tell what the manifests say: everything has to be read."""


Read = tuple[int, Document]
"""A document, and the place of its piece among all pieces."""


@dataclass(slots=True)
class _Reading:
    """One attempt: what is left unread, and what is read instead."""

    unread: dict[Address, Found]
    unknown: list[Read] = field(default_factory=list)

    def open(self, addresses: Iterable[Address]) -> None:
        """To be read after all."""
        for address in addresses:
            self.unread.pop(address, None)

    def open_under(self, targets: set[Address]) -> None:
        """To be read after all: what overrides are laid over that are new, and what uses any of that."""
        uses = ((address, one.row.meaning.uses) for address, one in self.unread.items())
        self.open([address for address, used in uses if address in targets or not targets.isdisjoint(used)])


class KnownManifests:
    """Manifests with what an index knows of their documents.

    Raises Unsure where that is not enough, or where anything is wrong with what is read.
    """

    def __init__(self, sources: Sequence[Source], pieces: Sequence[Piece], index: Index) -> None:
        rows = {row.piece: row for row in index.rows}
        self._data = {source.name: source.data for source in sources}
        self._pieces = [(place, one) for place, one in enumerate(pieces) if one.digest not in index.blanks]
        known = [(rows[one.digest], one, place) for place, one in self._pieces if one.digest in rows]
        self._found = {row.meaning.address: Found(row, one, place) for row, one, place in known}
        self._unknown = [(place, one) for place, one in self._pieces if one.digest not in rows]
        self._check(len(known))

    def _check(self, known: int) -> None:
        per_file = Counter(one.file for _, one in self._pieces)
        if (
            known != len(self._found)
            or sum(one.kind == SETTINGS for one in self._found) != 1
            or max(per_file.values(), default=0) >= MAX_DOCUMENTS
            or any(len(data) > MAX_FILE_BYTES for data in self._data.values())
        ):
            raise Unsure

    def load(self, context: LoadContext, opened: Iterable[Address] = ()) -> Workspace:
        """The workspace; read is what is unknown or `opened`, and what is tied to any of that.

        What was left unread is in its `known`; the context is one that learns.
        """
        reading = _Reading({one: it for one, it in self._found.items() if self._may_stay_unread(it)})
        reading.open(opened)
        reading.unknown.extend(self._read(self._unknown))
        reading.open_under({target for _, one in reading.unknown if (target := _target_of(one)) is not None})
        while True:
            workspace = self._load(context, reading)
            tied = tied_to(workspace.learnt, reading.unread)
            if not tied:
                return workspace
            reading.open(tied)

    def _may_stay_unread(self, one: Found) -> bool:
        """Whether it is a resource of which all is known, and so is all that enters its meaning."""
        meaning = one.row.meaning
        return meaning.is_resource and meaning.lasting and all(used in self._found for used in meaning.uses)

    def _read(self, pieces: Iterable[tuple[int, Piece]]) -> Iterator[Read]:
        for place, one in pieces:
            where = [(one.line, one.start, one.end)]
            try:
                for document in read_documents(self._data[one.file], one.file, is_sound, where):
                    yield place, document
            except ManifestError as error:
                raise Unsure from error

    def _load(self, context: LoadContext, reading: _Reading) -> Workspace:
        """The workspace with what is not left unread; overrides of that alone need not be read either."""
        unread = reading.unread
        over = {one: it for one, it in self._found.items() if it.row.meaning.target in unread}
        left = unread | over
        again = ((one.place, one.piece) for address, one in self._found.items() if address not in left)
        read = sorted([*reading.unknown, *self._read(again)], key=lambda one: one[0])
        notes, declarations = Notes(), Declarations()
        order = {address: one.place for address, one in left.items()}
        try:
            for place, document in read:
                check_placeholders(document, notes)
                declarations.declare(document, notes)
                order.update((one, place) for one in list(declarations.by_address)[-1:])
            _check_apart(declarations, left)
            workspace = load_declared(declarations, context, notes, Beside(left, order))
        except ManifestError as error:
            raise Unsure from error
        if len(notes.warnings) + sum(len(one.row.meaning.told) for one in left.values()) >= MOST_WARNINGS:
            raise Unsure
        return workspace


def _target_of(document: Document) -> Address | None:
    """What an override that was never read before may be laid over."""
    spec = document.value.get("spec")
    of = spec.get("of") if document.value.get("kind") == OVERRIDE and isinstance(spec, dict) else None
    kind, _, name = of.partition("/") if isinstance(of, str) else ("", "", "")
    return Address(kind, name) if name else None


def _check_apart(declarations: Declarations, left: Mapping[Address, Found]) -> None:
    """Raises Unsure where what was read declares, or takes the record of, what was left unread."""
    for address, one in declarations.by_address.items():
        former = (Address(address.kind, name) for name in one.header.metadata.renamed_from)
        if address in left or any(other in left for other in former):
            raise Unsure


def tied_to(learnt: Learnt, unread: Mapping[Address, Found]) -> set[Address]:
    """The unread resources that have to do with any that was read."""
    has = {tie for one in learnt.meanings.values() for tie in one.has}
    needs = {tie for one in learnt.meanings.values() for tie in one.needs}
    return touched(has, needs, unread)


def touched(has: set[str], needs: set[str], unread: Mapping[Address, Found]) -> set[Address]:
    """The unread resources that have what is had or needed by others, or need what those have."""
    wanted = has | needs
    return {
        address
        for address, one in unread.items()
        if not (wanted.isdisjoint(one.row.meaning.has) and has.isdisjoint(one.row.meaning.needs))
    }
