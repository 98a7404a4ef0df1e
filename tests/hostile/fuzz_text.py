"""Mutations of an input's bytes: single ones, tokens, lines, pieces of other inputs, ends cut off."""

from collections.abc import Callable
from random import Random

MOST_BYTES = 32 * 1024
"""What a mutated input is cut to: repeating what was repeated would go on for ever."""
MOST_STEPS = 6

_BYTES = [
    *(b"[", b"]", b"{", b"}", b"'", b'"', b"\n", b"\r", b"\r\n", b"\t", b" ", b"  ", b": ", b":"),
    *(b"- ", b"-", b"? ", b",", b", ", b"&a ", b"*a", b"!t ", b"!!str ", b"!<x> "),
    *(b"|", b">", b"|2-\n", b">+\n", b"#", b" #"),
    *(b"%YAML 1.2\n", b"%YAML 1.9\n", b"%TAG !e! x\n", b"---\n", b"--- ", b"...\n", b"\n---\n", b"\n...\n"),
    *(b"@", b"`", b"%", b"\\", b"~", b"<<: ", b"=", b"null", b"true", b"no", b".nan", b"-.inf", b"1e999"),
    *(b"0", b"-1", b"4294967296", b"9" * 20, b"9" * 5000, b"0x1F", b"012", b"1.5", b"2024-01-01", b"12:30"),
    *(b'"\\x00"', b'"\\u202e"', b'"\\ud800"', b'"\\UFFFFFFFF"', b'"\\e"', b'"\\N"', b'"\\', b"\\u0041"),
    *(b"\x00", b"\x1b[2J", b"\x7f", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"),
    *(b"apiVersion: ", b"kind: ", b"metadata: ", b"spec: ", b"kind: Workspace\n", b"kind: MixStream\n"),
]
_CHARACTERS = "\u202e\u2066\u200b\u2028\x85\ufeff\ufffe\U0001f600é直\xa0"
TOKENS = [*_BYTES, *(character.encode() for character in _CHARACTERS)]
"""What YAML gives a meaning to, what it does not allow, and what the manifests' format is made of."""

_NESTING = (b"[", b"{", b"{a: ", b"- ", b"? ", b"a: ", b"[[]", b"'", b'"')
_OF_A_FEW = 20


def mutated(random: Random, data: bytes, other: bytes) -> bytes:
    """The input after a few random steps; `other` is one that pieces are taken from."""
    for _ in range(random.randint(1, MOST_STEPS)):
        data = random.choice(_STEPS)(random, data, other)[:MOST_BYTES]
    return data


def _spot(random: Random, data: bytes) -> int:
    return random.randint(0, len(data))


def _piece(random: Random, data: bytes, most: int = 200) -> bytes:
    at = _spot(random, data)
    return data[at : at + random.randint(1, most)]


def _put(random: Random, data: bytes, piece: bytes) -> bytes:
    at = _spot(random, data)
    return data[:at] + piece + data[at:]


def _byte(random: Random, data: bytes, other: bytes) -> bytes:
    at = _spot(random, data)
    return data[:at] + bytes([random.randrange(256)]) + data[at + random.randint(0, 1) :]


def _bit(random: Random, data: bytes, other: bytes) -> bytes:
    if not data:
        return b"\x01"
    changed = bytearray(data)
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _delete(random: Random, data: bytes, other: bytes) -> bytes:
    at = _spot(random, data)
    return data[:at] + data[at + random.randint(1, _OF_A_FEW) :]


def _token(random: Random, data: bytes, other: bytes) -> bytes:
    return _put(random, data, random.choice(TOKENS))


def _other_token(random: Random, data: bytes, other: bytes) -> bytes:
    """One of the tokens that are there, in the place of which another stands."""
    there = [token for token in TOKENS if token in data]
    if not there:
        return _token(random, data, other)
    old = random.choice(there)
    start = data.find(old, random.randrange(len(data)))
    at = start if start >= 0 else data.find(old)
    return data[:at] + random.choice(TOKENS) + data[at + len(old) :]


def _repeated(random: Random, data: bytes, other: bytes) -> bytes:
    return _put(random, data, _piece(random, data))


def _splice(random: Random, data: bytes, other: bytes) -> bytes:
    return _put(random, data, _piece(random, other, 400))


def _joined(random: Random, data: bytes, other: bytes) -> bytes:
    """One input up to somewhere, and another from somewhere on."""
    return data[: _spot(random, data)] + other[_spot(random, other) :]


def _both(random: Random, data: bytes, other: bytes) -> bytes:
    return data + random.choice((b"\n---\n", b"\r\n---\r\n", b"\n...\n", b"\n", b"")) + other


def _truncated(random: Random, data: bytes, other: bytes) -> bytes:
    return data[: _spot(random, data)]


def _beheaded(random: Random, data: bytes, other: bytes) -> bytes:
    return data[_spot(random, data) // 4 :]


def _nested(random: Random, data: bytes, other: bytes) -> bytes:
    return _put(random, data, random.choice(_NESTING) * random.choice((3, 31, 32, 33, 100, 2000)))


def _line(random: Random, data: bytes, other: bytes) -> bytes:
    """A line that is there twice, or not any more, or somewhere else, or further in or out."""
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    changed: dict[str, list[bytes]] = {
        "twice": [lines[at]] * 2,
        "many times": [lines[at]] * random.randint(3, 120),
        "gone": [],
        "in": [b" " * random.randint(1, 4) + lines[at]],
        "out": [lines[at].lstrip(b" ")],
        "tab": [b"\t" + lines[at]],
        "another": [random.choice(lines)],
        "of another input": [random.choice(other.split(b"\n")), lines[at]],
    }
    lines[at : at + 1] = changed[random.choice(list(changed))]
    return b"\n".join(lines)


def _line_breaks(random: Random, data: bytes, other: bytes) -> bytes:
    return data.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\n", b" \n")))


def _encoded(random: Random, data: bytes, other: bytes) -> bytes:
    """The same text in another encoding; Latin-1 holds any bytes."""
    name = random.choice(("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1"))
    if name == "latin-1":
        return data.decode("latin-1").encode()
    return data.decode(errors="replace").encode(name)


_COMMON: list[Callable[[Random, bytes, bytes], bytes]] = [_byte, _delete, _token, _other_token, _line]
_RARE = [_bit, _repeated, _splice, _joined, _both, _truncated, _beheaded, _nested, _line_breaks]
_STEPS = [*_COMMON * 6, *_RARE * 2, _encoded]
