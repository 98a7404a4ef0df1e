"""Bytes of a manifest file -> its documents, or every problem with its exact place.

    bytes ─ chunks ─► one text a document ─ events, builder ─► values ─► Document
              │             └──── shapes: known from a document before ───┘
              └────────────── guard: limits, characters, the tally of problems

Documents are handed out one at a time, because ten thousand of them need not be in memory together.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from reconciler.manifests.reading.builder import build
from reconciler.manifests.reading.chunks import Chunk, cut, cut_at
from reconciler.manifests.reading.guard import MAX_FILE_BYTES, Enough, Findings
from reconciler.manifests.reading.places import Marks
from reconciler.manifests.reading.shapes import Shapes
from reconciler.model import Path


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: plain data, and enough to say where in the file any part of it stands.

    `text` is the document's own text: what stands before and after it in the file, comments
    included, does not take part, so that a digest of it changes only with the document.
    `line` is where that text starts, and `margin` how many columns stand before it there. Its `marks` may be
    those of another document, in which all stands at the same places; without any a place is found by
    reading the text once more.
    """

    value: dict[str, Any]
    file: str
    line: int
    text: str
    margin: int = 0
    marks: Marks | None = field(default=None, compare=False, repr=False)

    def lightened(self) -> "Document":
        """The same without its value, for those who keep thousands."""
        own = self.marks is not None and self.marks.value is self.value
        return replace(self, value={}, marks=None if own else self.marks) if self.value else self

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts that it comes from: a digest of them changes with any of them."""
        return (self.text,)

    def written(self, path: Path) -> "tuple[Document, Path]":
        """The document that says what stands at the path, and the path there."""
        return self, path

    def remark(self, source: "Document") -> str:
        """What is added to whatever is told of what `source` says; "" where it is this document."""
        return ""

    def where(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at the path, or of the nearest thing around it that exists."""
        return self._in_file((self.marks or _marks(self.text)).place(path))

    def has(self, path: Path) -> bool:
        """Whether something stands at the path."""
        return (self.marks or _marks(self.text)).has(path)

    def where_key(self, path: Path) -> tuple[int, int]:
        """Line and column of the key at the path's end: the place to show for an unknown field."""
        return self._in_file((self.marks or _marks(self.text)).key_place(path))

    def _in_file(self, place: tuple[int, int]) -> tuple[int, int]:
        line, column = place
        return self.line + line, column + 1 + (0 if line else self.margin)


@lru_cache(maxsize=4)
def _marks(text: str) -> Marks:
    """The marks of a text that was read before; of the last few they are remembered."""
    tree = build(Chunk(0, text), Findings("", len(text)))
    if tree is None or tree.marks is None:
        raise ValueError("not the text of a valid document")
    return tree.marks


def _never(document: Document) -> bool:
    return False


def read_documents(
    data: bytes,
    file: str,
    is_sound: Callable[[Document], bool] = _never,
    places: Iterable[tuple[int, int, int]] | None = None,
    shapes: Shapes | None = None,
) -> Iterator[Document]:
    """The file's well-formed documents in order; at the end a ManifestError if there were others.

    So a caller can check them as they come and still report everything at once. A file that has more
    values than its size explains is read on as long as `is_sound` says so of each document. With `places`,
    as in `cut_at`, only what stands there is read. `shapes` are those of documents that were read before, in
    this file or another.
    """
    findings = Findings(file, len(data))
    if len(data) > MAX_FILE_BYTES:
        findings.whole_file(f"found {len(data)} bytes, but the limit is {MAX_FILE_BYTES}; split it")
    else:
        chunks = cut(data, findings) if places is None else cut_at(data, places, findings)
        yield from _documents(chunks, findings, is_sound, shapes)
    findings.settle()


def read_at(
    data: bytes, places: Iterable[tuple[int, int, int]], findings: Findings, shapes: Shapes | None = None
) -> Iterator[Document]:
    """The well-formed documents at some places of a file, as in `cut_at`; see `read_documents`.

    What is wrong goes to the findings, which may be those of other places of the file as well; it is wrong
    too if a file has more values than its size explains.
    """
    yield from _documents(cut_at(data, places, findings), findings, _never, shapes)


def _documents(
    chunks: Iterator[Chunk], findings: Findings, is_sound: Callable[[Document], bool], shapes: Shapes | None
) -> Iterator[Document]:
    try:
        for chunk in chunks:
            document = _document(chunk, findings, shapes)
            if findings.overdrawn:
                if document is None or not is_sound(document):
                    findings.too_dense(chunk.line)
                findings.let_off()
            if document:
                yield document
    except Enough:
        return


def _document(chunk: Chunk, findings: Findings, shapes: Shapes | None) -> Document | None:
    tree = build(chunk, findings) if shapes is None else shapes.build(chunk, findings)
    if tree is None:
        return None
    return Document(tree.value, findings.file, tree.line + 1, tree.text, tree.column, tree.marks)
