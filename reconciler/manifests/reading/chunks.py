"""Cuts a file at its document markers, before any parser sees it.

`---` or `...` at the start of a line ends the document before it, even inside quotes, so the cut
is always sound. It keeps a broken document from hiding the problems of those after it, lets the
size of each be checked before it is read, and bounds the memory a large file needs.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from reconciler.manifests.reading.guard import (
    MAX_DIRECTIVES,
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    Findings,
    character,
    forbidden,
)

_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
# Looking for one kind of line break is several times as fast, and most files have no other.
_MARKER = re.compile(rb"\n(?:---|\.\.\.)(?=[ \t\n]|\Z)")
_MARKER_ANY_BREAK = re.compile(rb"[\r\n](?:---|\.\.\.)(?=[ \t\r\n]|\Z)")
# Never given back: as a Windows line break could also be two, a pattern that tries both for each of
# many lines takes for ever.
_BREAK = rb"(?>\r\n?|\n)"
_NEXT_BREAK = re.compile(_BREAK)
# Lines that belong to the document after the next `---`: directives, and what may stand between them.
_PROLOGUE = re.compile(rb"(?:%[^\r\n]*+" + _BREAK + rb"|[ \t]*+(?:#[^\r\n]*+)?+" + _BREAK + rb")*+")
# Python's patterns need memory for each repetition; a longer prologue is nobody's honest work.
_MAX_PROLOGUE_BYTES = 64 * 1024
_END = re.compile(rb"\.\.\.(?:[ \t]+(?:#[^\r\n]*)?)?" + _BREAK)
_CONTENT = re.compile(rb"\S")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most one document, as text; `line` is how many lines stand above it in the file.

    Line breaks are line feeds and the last line has one, so that equal documents have equal
    text whatever system or editor wrote them.
    """

    line: int
    text: str


def cut(data: bytes, findings: Findings) -> Iterator[Chunk]:
    """The file's chunks that may be parsed; what is wrong with the others goes to the findings.

    Nothing larger than a document is ever copied: the file itself is all the memory that it takes.
    """
    line = 0
    for number, (start, end) in enumerate(spans(data)):
        if number >= MAX_DOCUMENTS:
            findings.add(line + 1, 1, (), f"more than {MAX_DOCUMENTS} documents; split this file")
            return
        yield from _checked(line, data, start, end, findings)
        line += breaks(data, start, end)


def cut_at(data: bytes, places: Iterable[tuple[int, int, int]], findings: Findings) -> Iterator[Chunk]:
    """The chunks at some places of the file alone: each as (lines above it, start, end)."""
    for line, start, end in places:
        yield from _checked(line, data, start, end, findings)


def spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each piece starts and ends: what stands up to and with its `...`, or before the next `---`."""
    start = len(_BOM) if data.startswith(_BOM) else 0
    looked = start
    if ended := _END.match(data, start):  # no line break stands before this one
        yield start, ended.end()
        start, looked = ended.end(), ended.end() - 1
    for marker in (_MARKER_ANY_BREAK if b"\r" in data else _MARKER).finditer(data, looked):
        end = _boundary(data, start, marker)
        if end > start:
            yield start, end
            start = end
    yield start, len(data)


def _boundary(data: bytes, start: int, marker: re.Match[bytes]) -> int:
    if data.startswith(b".", marker.start() + 1):
        return _after_line(data, marker.end())
    end = marker.start() + 1
    # A byte is cheaper to look for than a pattern, and hardly any file has directives.
    short = end - start <= _MAX_PROLOGUE_BYTES
    has_directives = short and data.find(b"%", start, end) >= 0 and _PROLOGUE.fullmatch(data, start, end)
    return start if has_directives else end


def _after_line(data: bytes, at: int) -> int:
    found = _NEXT_BREAK.search(data, at)
    return found.end() if found else len(data)


def breaks(data: bytes, start: int, end: int) -> int:
    """How many line breaks stand there, whatever system wrote them."""
    feeds = data.count(b"\n", start, end)
    returns = data.count(b"\r", start, end)
    return feeds + returns - data.count(b"\r\n", start, end) if returns else feeds


def _checked(line: int, data: bytes, start: int, end: int, findings: Findings) -> Iterator[Chunk]:
    size = end - start
    if size > MAX_DOCUMENT_BYTES:
        if _CONTENT.search(data, start, end):
            allowed = f"the limit is {MAX_DOCUMENT_BYTES}; split it"
            findings.add(line + 1, 1, (), f"found a document of {size} bytes; {allowed}")
        return
    piece = _without_end(_plain_lines(data[start:end]))
    if piece.strip() in (b"", b"---"):
        return
    try:
        text = piece.decode()
    except UnicodeDecodeError as error:
        _not_utf8(line, piece, error.start, findings)
        return
    if bad := forbidden(text):
        message = f"found the character {character(bad[0])}, which is not allowed; remove it"
        findings.add(*_place(line, text[: bad.start()]), (), message)
    elif (at := _directive_too_many(text)) is not None:
        message = f"found more than {MAX_DIRECTIVES} lines that begin with % like directives; indent them"
        findings.add(*_place(line, text[:at]), (), message)
    else:
        yield Chunk(line, text)


def _plain_lines(piece: bytes) -> bytes:
    if b"\r" in piece:
        piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return piece if piece.endswith(b"\n") else piece + b"\n"


def _without_end(piece: bytes) -> bytes:
    # libyaml takes `...` amiss where there was no document, but it is harmless.
    at = piece.rfind(b"\n...") + 1
    return piece[:at] if _END.fullmatch(piece, at) else piece


def _directive_too_many(text: str) -> int | None:
    """Where the first directive too many stands: libyaml compares each with all that were before it."""
    if text.count("\n%") < MAX_DIRECTIVES:
        return None
    return next((match.start() for match in islice(_DIRECTIVE.finditer(text), MAX_DIRECTIVES, None)), None)


def _not_utf8(line: int, piece: bytes, at: int, findings: Findings) -> None:
    utf16 = line == 0 and piece.startswith(_UTF16_BOMS)
    found = "UTF-16" if utf16 else f"the byte 0x{piece[at]:02X}"
    message = f"found {found}, which is not UTF-8; save the file as UTF-8"
    findings.add(*_place(line, piece[:at].decode()), (), message)


def _place(line: int, before: str) -> tuple[int, int]:
    return line + before.count("\n") + 1, len(before) - before.rfind("\n")
