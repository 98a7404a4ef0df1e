"""Files as large as they may be, and files that would keep a parser busy: all are refused by the reader.

Each is one idea, repeated for as long as a limit lets it be.
"""

from reconciler.manifests.reading.guard import MAX_FILE_BYTES

from .expectations import SOUND, WORKSPACE, Expected
from .made import MIB, Made, each, lasting

_TOO_LARGE = Expected(1, "the limit is 1048576")
_TOO_MANY = Expected(1, "the limit for a file of|found 5000 problems and stopped")
_SIZE = MAX_FILE_BYTES - len(WORKSPACE.read_bytes())
"""What is left to one file beside the workspace's."""

LARGEST = {
    "blanks": Made(lambda: b" " * _SIZE, SOUND),
    "carriage returns": Made(lambda: b"\r" * _SIZE, SOUND),
    "one line": Made(lambda: b"x" * _SIZE, _TOO_LARGE),
    "one line behind a mark": Made(lambda: b"\xef\xbb\xbf" + b"x" * 16 * MIB, _TOO_LARGE),
    "one document of Windows lines": Made(lambda: lasting(b"a: 1\r\n", 16 * MIB), _TOO_LARGE),
    "zero bytes": Made(lambda: bytes(16 * MIB), _TOO_LARGE),
    "comments": Made(lambda: lasting(b"# " + b"x" * 1000 + b"\n", 16 * MIB), _TOO_LARGE),
    "a byte too many": Made(lambda: b" " * (MAX_FILE_BYTES + 1), Expected(1, "the limit of 67108864 bytes")),
    "documents of a MiB": Made(
        lambda: lasting(b"--- '" + b"x" * (MIB - 10) + b"'\n", 16 * MIB),
        Expected(1, "a string of 1048566 characters"),
    ),
    "documents of emojis": Made(
        lambda: lasting(b"--- {a: '" + "\U0001f600".encode() * (MIB // 4 - 10) + b"'}\n", _SIZE),
        Expected(1, "a string of 262134 characters"),
    ),
    "documents of wrong bytes": Made(
        lambda: lasting(b"--- " + b"x" * (MIB - 10) + b"\xff\n", 16 * MIB),
        Expected(1, "which is not UTF-8"),
    ),
    "Windows documents of escapes": Made(
        lambda: lasting(b'--- "' + b"\\x41" * (MIB // 4 - 10) + b'"\r\n', _SIZE),
        Expected(1, "a string of 262134 characters"),
    ),
}

BUSY = {
    "lists in lists": Made(lambda: lasting(b"--- {a: [" + b"[]," * 24_000 + b"]}\n", MIB), _TOO_MANY),
    "mappings in lists": Made(lambda: lasting(b"--- {a: [" + b"{}," * 24_000 + b"]}\n", MIB), _TOO_MANY),
    "digits": Made(lambda: lasting(b"--- {a: [" + b"1," * 49_000 + b"]}\n", MIB), _TOO_MANY),
    "tiny documents": Made(lambda: lasting(b"--- {}\n", MIB // 6), _TOO_MANY),
    "tiny block documents": Made(lambda: lasting(b"---\na:\n", MIB // 6), _TOO_MANY),
    "tiny Windows documents": Made(lambda: lasting(b"---\r\na:\r\n", MIB // 6), _TOO_MANY),
    "commented documents": Made(lambda: lasting(b"#\n---\n", MIB), _TOO_MANY),
    "tags": Made(lambda: each(60_000, lambda n: b"%%TAG !%x! x\n" % n), Expected(1, "begin with %")),
    "tags below a list": Made(
        lambda: b"- a\n" + each(60_000, lambda n: b"%%TAG !%x! x\n" % n), Expected(1, "begin with %")
    ),
    "deep and wide": Made(
        lambda: each(8, lambda n: b"--- {n: %d, a: " % n + b"[" * 29 + b"1," * 49_000 + b"]" * 29 + b"}\n"),
        _TOO_MANY,
    ),
}
