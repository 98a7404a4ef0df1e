"""Cuts a file at its document markers, before any parser sees it.

`---` or `...` at the start of a line ends the document before it, even inside quotes, so the cut
is always sound. It keeps a broken document from hiding the problems of those after it, lets the
size of each be checked before it is read, and bounds the memory a large file needs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.manifests.guard import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, Findings, character, forbidden

_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_MARKER = re.compile(rb"\n(?:---|\.\.\.)(?=[ \t\n]|\Z)")
# Lines that belong to the document after the next `---`: directives, and what may stand between them.
_PROLOGUE = re.compile(rb"(?:%[^\n]*\n|[ \t]*(?:#[^\n]*)?\n)*")
# Python's patterns need memory for each repetition; a longer prologue is nobody's honest work.
_MAX_PROLOGUE_BYTES = 64 * 1024
_END = re.compile(rb"\.\.\.(?:[ \t]+(?:#[^\n]*)?)?\n")


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most one document, as text; `line` is how many lines stand above it in the file.

    Line breaks are line feeds and the last line has one, so that equal documents have equal
    text whatever system or editor wrote them.
    """

    line: int
    text: str


def cut(data: bytes, findings: Findings) -> Iterator[Chunk]:
    """The file's chunks that may be parsed; what is wrong with the others goes to the findings."""
    line = 0
    for number, piece in enumerate(_pieces(_plain_lines(data))):
        if number >= MAX_DOCUMENTS:
            findings.add(line + 1, 1, (), f"more than {MAX_DOCUMENTS} documents; split this file")
            return
        content = _without_end(piece)
        if content.strip() not in (b"", b"---"):
            yield from _checked(line, content, findings)
        line += piece.count(b"\n")


def _plain_lines(data: bytes) -> bytes:
    data = data.removeprefix(_BOM)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _pieces(data: bytes) -> Iterator[bytes]:
    start = 0
    if ended := _END.match(data):  # no line break stands before this one
        yield ended[0]
        start = ended.end()
    for marker in _MARKER.finditer(data, max(0, start - 1)):
        end = _boundary(data, start, marker)
        if end > start:
            yield data[start:end]
            start = end
    yield data[start:] if data.endswith(b"\n") else data[start:] + b"\n"


def _boundary(data: bytes, start: int, marker: re.Match[bytes]) -> int:
    if marker[0] == b"\n...":
        return (data.find(b"\n", marker.end()) + 1) or len(data)
    end = marker.start() + 1
    # A byte is cheaper to look for than a pattern, and hardly any file has directives.
    short = end - start <= _MAX_PROLOGUE_BYTES
    has_directives = short and data.find(b"%", start, end) >= 0 and _PROLOGUE.fullmatch(data, start, end)
    return start if has_directives else end


def _without_end(piece: bytes) -> bytes:
    # libyaml takes `...` amiss where there was no document, but it is harmless.
    at = piece.rfind(b"\n...") + 1
    return piece[:at] if _END.fullmatch(piece, at) else piece


def _checked(line: int, piece: bytes, findings: Findings) -> Iterator[Chunk]:
    if len(piece) > MAX_DOCUMENT_BYTES:
        message = (
            f"found a document of {len(piece)} bytes, but at most {MAX_DOCUMENT_BYTES} are allowed; split it"
        )
        findings.add(line + 1, 1, (), message)
        return
    try:
        text = piece.decode()
    except UnicodeDecodeError as error:
        _not_utf8(line, piece, error.start, findings)
        return
    if bad := forbidden(text):
        message = f"found the character {character(bad[0])}, which is not allowed anywhere; remove it"
        findings.add(*_place(line, text[: bad.start()]), (), message)
        return
    yield Chunk(line, text)


def _not_utf8(line: int, piece: bytes, at: int, findings: Findings) -> None:
    utf16 = line == 0 and piece.startswith(_UTF16_BOMS)
    found = "UTF-16" if utf16 else f"the byte 0x{piece[at]:02X}"
    message = f"found {found}, but only UTF-8 is allowed; save the file as UTF-8"
    findings.add(*_place(line, piece[:at].decode()), (), message)


def _place(line: int, before: str) -> tuple[int, int]:
    return line + before.count("\n") + 1, len(before) - before.rfind("\n")
