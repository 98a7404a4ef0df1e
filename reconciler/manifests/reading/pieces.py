"""Where each document of a file stands, with a digest of its bytes: no parser sees any of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.index.model import piece_digest
from reconciler.manifests.reading.chunks import breaks, spans


@dataclass(frozen=True, slots=True)
class Piece:
    """One document's bytes within its file, with what stands around it; `line` counts the lines above it."""

    file: str
    start: int
    end: int
    line: int
    digest: str


def pieces_of(data: bytes, file: str) -> Iterator[Piece]:
    """The pieces of a file in order; together they are all of it."""
    line = 0
    whole = memoryview(data)
    for start, end in spans(data):
        yield Piece(file, start, end, line, piece_digest(whole[start:end]))
        line += breaks(data, start, end)
