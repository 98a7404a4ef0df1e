"""Documents that are read one after the other, each when its turn has come: none of thousands is kept.

    files ─ pieces ─► settings, layouts, whatever else is not surely plain ─► read at once
                └──► plain: of a planned kind that refers to no planned document ─► read later, one by one

What kind a document is of is seen from outside, by its bytes; what turns out otherwise, or is wrong in
anything, is left to a reading of everything at once, which can say what is wrong with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from reconciler.kinds import KINDS, registered
from reconciler.kinds.base import Kind
from reconciler.manifests.loading.composed import Composed
from reconciler.manifests.loading.declarations import Declaration, Declarations
from reconciler.manifests.loading.header import Header
from reconciler.manifests.loading.notes import Notes
from reconciler.manifests.loading.placeholders import check_placeholders
from reconciler.manifests.loading.sources import Source
from reconciler.manifests.reading.chunks import breaks, spans
from reconciler.manifests.reading.guard import MAX_DOCUMENTS, MAX_FILE_BYTES, Findings
from reconciler.manifests.reading.reader import Document, read_at
from reconciler.manifests.reading.shapes import Shapes
from reconciler.model import Path

_KIND = b"\nkind: "


class NotPlain(Exception):
    """Documents are not what they look like from outside, or wrong: everything has to be read at once."""


class Piece(NamedTuple):
    """One document's bytes within its file; `line` counts the lines above it."""

    source: Source
    line: int
    start: int
    end: int

    def read(self, findings: Findings, shapes: Shapes | None) -> Document | None:
        """Its document; None where there is none, or something is wrong with it, which is found then."""
        place = (self.line, self.start, self.end)
        return next(read_at(self.source.data, [place], findings, shapes), None)


@dataclass(frozen=True, slots=True)
class Passed(Document):
    """A document of which is kept where it stands: whoever asks for more has it read once more."""

    piece: Piece = field(kw_only=True, compare=False, repr=False)

    def _again(self) -> Document:
        document = self.piece.read(Findings(self.file, len(self.piece.source.data)), None)
        if document is None:
            raise ValueError("not the bytes of a valid document")
        return document

    def lightened(self) -> Document:
        """The same: it is as light as can be."""
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The text that it comes from."""
        return self._again().sources

    def where(self, path: Path) -> tuple[int, int]:
        """See Document.where."""
        return self._again().where(path)

    def has(self, path: Path) -> bool:
        """See Document.has."""
        return self._again().has(path)

    def where_key(self, path: Path) -> tuple[int, int]:
        """See Document.where_key."""
        return self._again().where_key(path)


class Heard(NamedTuple):
    """What is left of a document that was read in another process: where its text starts, or all of it."""

    header: Header
    line: int
    margin: int
    composed: Document | None


Turn = Declaration | Piece
"""A document, read or not, whose turn has not come."""


class Reading(Protocol):
    """Documents that are planned and refer to nothing planned, to be validated one after the other."""

    @property
    def turns(self) -> Sequence[Turn]:
        """All of them, in order."""
        ...

    def take(self, turn: Turn) -> Declaration:
        """What a document declares, now that it is its turn."""
        ...

    def pass_on(self, turns: Sequence[Turn], ones: Sequence[Declaration]) -> list[Heard]:
        """Keeps no more than is needed of what has a resource now; gives what is left of what it has read."""
        ...

    def adopt(self, turns: Sequence[Turn], heard: Sequence[Heard]) -> None:
        """Has what became of documents whose resources were made in another process."""
        ...

    def settle(self) -> None:
        """Ends the reading: every document has had its turn."""
        ...


@dataclass(frozen=True, slots=True)
class AllRead:
    """Documents that were all read before."""

    turns: Sequence[Declaration]

    def take(self, turn: Turn) -> Declaration:
        """Itself."""
        if not isinstance(turn, Declaration):
            raise TypeError("a document that was not read")
        return turn

    def pass_on(self, turns: Sequence[Turn], ones: Sequence[Declaration]) -> list[Heard]:
        """Nothing: who validates a document drops its value."""
        return []

    def adopt(self, turns: Sequence[Turn], heard: Sequence[Heard]) -> None:
        """Drops their values, which the other process has dropped of its own copies."""
        for one in turns:
            self.take(one).lighten()

    def settle(self) -> None:
        """All is in order."""


@dataclass(slots=True)
class Deferring:
    """Documents of which most are read when their turn has come. Raises NotPlain; see above."""

    declarations: Declarations
    notes: Notes
    turns: list[Turn] = field(default_factory=list)
    _findings: dict[str, Findings] = field(default_factory=dict)
    _shapes: Shapes = field(default_factory=Shapes)
    _files: dict[str, int] = field(default_factory=dict)

    def begin(self, sources: Iterable[Source]) -> None:
        """Reads at once what is not surely plain."""
        for piece in _pieces(sources):
            self._files.setdefault(piece.source.name, len(self._files))
            if _is_plain(piece):
                self.turns.append(piece)
            elif (one := self._declared(piece)) is not None and _plain_kind(one.kind.name):
                self.turns.append(one)
        self._check()
        if self.declarations.overrides():
            raise NotPlain

    def take(self, turn: Turn) -> Declaration:
        """What a document declares, now that it is its turn."""
        one = turn if isinstance(turn, Declaration) else self._declared(turn)
        if one is None or _plain_kind(one.kind.name) is None:
            raise NotPlain
        return one

    def pass_on(self, turns: Sequence[Turn], ones: Sequence[Declaration]) -> list[Heard]:
        """Keeps of what was read where it stands; gives what somebody else needs to declare it."""
        self._check()
        heard = []
        for turn, one in zip(turns, ones, strict=True):
            if isinstance(turn, Piece):
                document = one.document if isinstance(one.document, Composed) else None
                heard.append(Heard(one.header, one.document.line, one.document.margin, document))
                one.document = document or _passed(turn, heard[-1])
        return heard

    def adopt(self, turns: Sequence[Turn], heard: Sequence[Heard]) -> None:
        """Declares what was read elsewhere."""
        for turn in turns:
            if isinstance(turn, Declaration):
                turn.lighten()
        pieces = [turn for turn in turns if isinstance(turn, Piece)]
        for piece, one in zip(pieces, heard, strict=True):
            document = one.composed or _passed(piece, one)
            self.declarations.add(Declaration(document, one.header, _kind_of(one)))
        self._check()

    def settle(self) -> None:
        """Puts what is declared in the order in which it stands."""
        every = self.declarations.by_address
        order = sorted(every.values(), key=lambda one: (self._files[one.document.file], one.document.line))
        self.declarations.by_address = {one.address: one for one in order}

    def _check(self) -> None:
        """Raises NotPlain if anything is wrong by now."""
        if self.notes.problems or self.declarations.repeated or self.declarations.broken:
            raise NotPlain

    def _declared(self, piece: Piece) -> Declaration | None:
        """What a piece declares; None for one with no document, or with one that is wrong."""
        source, before = piece.source, len(self.declarations.by_address)
        findings = self._findings.get(source.name)
        if findings is None:
            findings = self._findings[source.name] = Findings(source.name, len(source.data))
        document = piece.read(findings, self._shapes)
        if findings.problems:
            raise NotPlain
        if document is None:
            return None
        check_placeholders(document, self.notes)
        self.declarations.declare(document, self.notes)
        self._check()
        if len(self.declarations.by_address) == before:
            raise NotPlain
        return next(reversed(self.declarations.by_address.values()))


def _plain_kind(name: str) -> Kind | None:
    """The kind of that name if a document of it may be read by itself, once the unplanned ones are known.

    Kinds that no document is of are not loaded: together they take as long as a hundred documents.
    """
    found = registered(name) if name in KINDS else None  # else each comment beside one is remembered
    return None if found is None or found.refers is not None else found.kind


def _kind_of(one: Heard) -> Kind:
    """The kind of what was read elsewhere; raises NotPlain for another than a plain one."""
    kind = _plain_kind(one.header.kind)
    if kind is None:
        raise NotPlain
    return kind


def _pieces(sources: Iterable[Source]) -> Iterator[Piece]:
    """The pieces of all files, in order; raises NotPlain for a file that has too much."""
    for source in sources:
        if len(source.data) > MAX_FILE_BYTES:
            raise NotPlain
        line = 0
        for number, (start, end) in enumerate(spans(source.data)):
            if number >= MAX_DOCUMENTS:
                raise NotPlain
            yield Piece(source, line, start, end)
            line += breaks(source.data, start, end)


def _is_plain(piece: Piece) -> bool:
    """Whether exactly one line says which kind it is of, and that is a plain one."""
    data, (_, _, start, end) = piece.source.data, piece
    at = data.find(_KIND, start, end)
    if at < 0 or data.find(_KIND, at + 1, end) >= 0:
        return False
    name = data[at + len(_KIND) : data.find(b"\n", at + 1, end)]
    return _plain_kind(name.strip().decode("ascii", "replace")) is not None


def _passed(piece: Piece, one: Heard) -> Passed:
    return Passed({}, piece.source.name, one.line, "", one.margin, piece=piece)
