"""The ways a text can be read: as it is, and with what is encoded in it decoded, several times over.

Each reading knows where in the text every byte of it comes from, so that what is found in one can be
masked in the text. Nothing is known of what is sought, so that any encoding of it is found alike.
"""

import base64
import html
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

DEPTH = 3
"""So many encodings one in another are looked through."""
_MOST = 1 << 20
"""So many bytes are read at most; ordinary texts take about ten for each of theirs."""
HEAD = 4
"""Bytes of a value by which it is looked up; a shorter one cannot be looked for."""
_SHORT = 1 << 14
_GAP = b"\xff"
"""Stands between runs that were decoded each for itself; no text in UTF-8 has it."""

_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_FORM = re.compile(rb"%([0-9A-Fa-f]{2})|\+")
_QUOTED = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*\r?\n)")
_FOLDS = (re.compile(rb"\r?\n"), re.compile(rb"[ \t]*\r?\n[ \t]*"))
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?")
_ESCAPE = re.compile(
    rb"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|U([0-9a-f]{8})"
    rb"|x([0-9a-f]{2})|([0-3][0-7]{2})|([\\/\"'ntrbfave0]))",
    re.IGNORECASE,
)
_LETTERS = dict(zip(b"ntrbfave0", b"\n\t\r\b\f\a\v\x1b\0", strict=True))
_HEX = re.compile(rb"[0-9A-Fa-f](?:[\s:]*[0-9A-Fa-f]){7,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_*-](?:\s*[A-Za-z0-9+/_*-]){4,}")
_BLANKS = re.compile(rb"[\s:]+")
_ALPHABETS = (bytes.maketrans(b"-_*", b"+/+"), bytes.maketrans(b"*-_", b"+/A"))
"""Of base64 and base64url; and of UserSigs, whose `_` fills up."""


class Unread(ValueError):
    """There is so much encoded in a text that it was not all looked through."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Bytes, and for each where in the text, in characters, it begins and ends."""

    data: bytes
    begins: Sequence[int]
    ends: Sequence[int]

    def found(self, values: Mapping[bytes, Collection[bytes]]) -> Iterator[tuple[int, int]]:
        """From where to where in the text each occurrence of the values goes, which are by their heads."""
        for head in self._heads() & values.keys() if len(self.data) < _SHORT else values:
            for value in values[head]:
                at = self.data.find(value)
                while at >= 0:
                    yield self.begins[at], self.ends[at + len(value) - 1]
                    at = self.data.find(value, at + 1)

    def _heads(self) -> set[bytes]:
        """Every so many bytes in a row: looking a value up is faster than looking for each of hundreds."""
        return {self.data[at : at + HEAD] for at in range(len(self.data) - HEAD + 1)}


def by_head(values: Iterable[bytes]) -> Mapping[bytes, Collection[bytes]]:
    """Values of HEAD bytes or more, by what they begin with."""
    found: dict[bytes, set[bytes]] = {}
    for value in values:
        found.setdefault(value[:HEAD], set()).add(value)
    return found


class _LetterRun(NamedTuple):
    """The letters of a run without blanks, and the place of each in the reading."""

    letters: bytes
    places: Sequence[int]


def readings(text: str) -> Iterator[Reading]:
    """The text as it is, and each way of it decoded up to DEPTH times; raises Unread if they are too many."""
    left = _MOST - len(text)
    level = [_plain(text)]
    seen = {level[0].data}
    for depth in range(DEPTH + 1):
        following = []
        for reading in level:
            yield reading
            for one in _decoded(reading) if depth < DEPTH else ():
                if one.data not in seen:
                    left -= len(one.data)
                    seen.add(one.data)
                    following.append(one)
                if left < 0:
                    raise Unread("it decodes to too much data")
        level = following


def _plain(text: str) -> Reading:
    if text.isascii():
        return Reading(text.encode(), range(len(text)), range(1, len(text) + 1))
    parts = [letter.encode("utf-8", "surrogatepass") for letter in text]
    begins = [place for place, part in enumerate(parts) for _ in part]
    return Reading(b"".join(parts), begins, [place + 1 for place in begins])


def _decoded(reading: Reading) -> Iterator[Reading]:
    data = reading.data
    if b"%" in data:
        yield from _rewritten(reading, _PERCENT, _of_hex)
    if b"+" in data:
        yield from _rewritten(reading, _FORM, lambda match: _of_hex(match) if match[1] else b" ")
    if b"\\" in data:
        yield from _rewritten(reading, _ESCAPE, _of_escape)
    if b"&" in data:
        yield from _rewritten(reading, _ENTITY, _of_entity)
    if b"=" in data:
        yield from _rewritten(reading, _QUOTED, lambda match: _of_hex(match) if match[1] else b"")
    for fold in _FOLDS if b"\n" in data else ():
        yield from _rewritten(reading, fold, lambda match: b"")
    yield from _of_runs(reading, _HEX, _hexadecimal)
    yield from _of_runs(reading, _BASE64, _base64)


def _of_hex(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode())


def _of_entity(match: re.Match[bytes]) -> bytes | None:
    written = match[0].decode().removesuffix(";") + ";"
    meant = html.unescape(written)
    return None if meant == written else meant.encode("utf-8", "surrogatepass")


def _of_escape(match: re.Match[bytes]) -> bytes | None:
    high, low, *codes, byte, octal, letter = match.groups()
    if high is not None:
        return bytes.fromhex((high + low).decode()).decode("utf-16-be").encode()
    number = next((int(code, 16) for code in codes if code is not None), None)
    if number is not None:
        return chr(number).encode("utf-8", "surrogatepass") if number < 0x110000 else None
    if byte is not None or octal is not None:
        return bytes([int(byte, 16) if byte is not None else int(octal, 8)])
    return bytes([_LETTERS.get(letter[0], letter[0])])


def _rewritten(
    reading: Reading, pattern: re.Pattern[bytes], meaning: Callable[[re.Match[bytes]], bytes | None]
) -> Iterator[Reading]:
    """The reading with each match in the place of which something else is meant; nothing if there is none."""
    parts: list[bytes] = []
    begins: list[int] = []
    ends: list[int] = []
    done = 0
    for match in pattern.finditer(reading.data):
        meant = meaning(match)
        if meant is None:
            continue
        first, after = match.span()
        parts += (reading.data[done:first], meant)
        begins += (*reading.begins[done:first], *[reading.begins[first]] * len(meant))
        ends += (*reading.ends[done:first], *[reading.ends[after - 1]] * len(meant))
        done = after
    if done:
        parts.append(reading.data[done:])
        begins += reading.begins[done:]
        ends += reading.ends[done:]
        yield Reading(b"".join(parts), begins, ends)


_Decode = Callable[[bytes], Iterator[tuple[bytes, Sequence[int], Sequence[int]]]]
"""Letters -> for each way to begin: the bytes, and of each the first and the last letter it comes from."""


def _of_runs(reading: Reading, pattern: re.Pattern[bytes], decode: _Decode) -> Iterator[Reading]:
    """Every run of letters decoded, from each letter that it may begin with: one reading for each way."""
    ways: dict[int, tuple[list[bytes], list[int], list[int]]] = {}
    for match in pattern.finditer(reading.data):
        run = _run(match)
        for way, (data, firsts, lasts) in enumerate(decode(run.letters)):
            parts, begins, ends = ways.setdefault(way, ([], [], []))
            parts += (data, _GAP)
            begins += [reading.begins[run.places[first]] for first in firsts]
            ends += [reading.ends[run.places[last]] for last in lasts]
            begins.append(begins[-1] if begins else 0)
            ends.append(ends[-1] if ends else 0)
    for parts, begins, ends in ways.values():
        yield Reading(b"".join(parts), begins, ends)


def _run(match: re.Match[bytes]) -> _LetterRun:
    first, after = match.span()
    if _BLANKS.search(match[0]) is None:
        return _LetterRun(match[0], range(first, after))
    places = [place for part in re.finditer(rb"[^\s:]+", match[0]) for place in range(*part.span())]
    return _LetterRun(_BLANKS.sub(b"", match[0]), [first + place for place in places])


def _hexadecimal(letters: bytes) -> Iterator[tuple[bytes, Sequence[int], Sequence[int]]]:
    for begin in range(2):
        pairs = (len(letters) - begin) // 2
        end = begin + 2 * pairs
        yield bytes.fromhex(letters[begin:end].decode()), range(begin, end, 2), range(begin + 1, end, 2)


def _base64(letters: bytes) -> Iterator[tuple[bytes, Sequence[int], Sequence[int]]]:
    for alphabet in _ALPHABETS if re.search(rb"[-_*]", letters) else _ALPHABETS[:1]:
        plain = letters.translate(alphabet)
        for begin in range(4):
            part = plain[begin:]
            count = len(part) * 6 // 8
            data = base64.b64decode(part + b"A" * (-len(part) % 4))[:count]
            firsts = [begin + 8 * place // 6 for place in range(count)]
            lasts = [begin + (8 * place + 7) // 6 for place in range(count)]
            yield data, firsts, lasts
