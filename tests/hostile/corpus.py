"""Inputs made to hurt a reader: each is generated, none is larger than a few megabytes."""

import json

ESCAPES = [
    "\\0",
    "\\a",
    "\\b",
    "\\e",
    "\\v",
    "\\f",
    "\\N",
    "\\L",
    "\\P",
    "\\x1b",
    "\\u202e",
    "\\u200f",
    "\\uFEFF",
]
CHARACTERS = [
    "\0",
    "\x1b",
    "\x7f",
    "\x85",
    "\x9b",
    "\u061c",
    "\u200e",
    "\u202a",
    "\u2066",
    "\u2028",
    "\u2029",
]
CHARACTERS += ["\ufeff", "\ufdd0", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff"]


def _deep() -> dict[str, bytes]:
    many = 100_000
    shapes = [
        "[",
        "{",
        "{a: ",
        "- ",
        "? ",
        "a: ",
        "[a: ",
        "[{",
        ": ",
        "!",
        "&",
        "*",
        "'",
        '"',
        "|",
        ">",
        "%",
        "#",
    ]
    found = {f"many {shape!r}": shape.encode() * many for shape in shapes}
    found |= {f"key and many {shape!r}": b"a: " + shape.encode() * many for shape in shapes}
    found["balanced lists"] = b"a: " + b"[" * 30_000 + b"]" * 30_000
    found["deep blocks"] = b"".join(b" " * depth + b"a:\n" for depth in range(1000))
    found["deep JSON"] = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    return found


def _aliases() -> dict[str, bytes]:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    merges = [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 9)]
    return {
        "alias bomb": "\n".join(["l0: &l0 [x]", *levels]).encode(),
        "merge bomb": "\n".join(["m0: &m0 {a: 1}", *merges]).encode(),
        "alias to itself": b"a: &a [*a]",
        "unknown alias": b"a: *b",
        "many anchors": b"".join(b"k%d: &a%d x\n" % (n, n) for n in range(20_000)),
        "alias as key": b"*a : 1\n*a : 2\n",
    }


def _large() -> dict[str, bytes]:
    return {
        "long scalar": b"a: " + b"x" * 1_000_000,
        "long quoted": b'a: "' + b"\\x41" * 250_000 + b'"',
        "long block": b"a: |\n" + b"  x\n" * 250_000,
        "long key": b"x" * 100_000 + b": 1",
        "long comment": b"#" * 2_000_000,
        "many comments": b"#\n" * 500_000,
        "spaces": b" " * 1_000_000,
        "line breaks": b"\n" * 1_000_000,
        "carriage returns": b"\r" * 1_000_000,
        "tabs": b"\t" * 1_000_000,
        "many markers": b"---\n" * 250_000,
        "many ends": b"...\n" * 250_000,
        "many lists": b"--- []\n" * 100_000,
        "many small": b"--- {}\n" * 25_000,
        "many keys": b"".join(b"k%d: v\n" % n for n in range(60_000)),
        "same key": b"k: v\n" * 100_000,
        "many items": b"a: [" + b"1," * 60_000 + b"]",
        "many empty lists": b"--- {a: [" + b"[]," * 24_000 + b"]}\n",
        "directives": b"%YAML 1.2\n" * 50_000,
        "tag directives": b"".join(b"%%TAG !e%d! tag:x\n" % n for n in range(5_000)) + b"---\na: 1\n",
        "endless prologue": b"%YAML 1.2\n" + b"\n" * 1_000_000 + b"---\na: 1\n",
        "ends and directives": b"...\n%YAML 1.2\n" * 50_000,
        "colons": b":" * 100_000,
        "questions": b"?\n" * 50_000,
        "huge integer": b"a: " + b"9" * 60_000,
        "huge float": b"a: 0." + b"9" * 60_000,
        "many huge floats": b"".join(b"k%d: 1.%s\n" % (n, b"3" * 60_000) for n in range(15)),
        "huge hex": b"a: 0x" + b"f" * 60_000,
        "folded": b"a: >\n" + b"  x\n\n" * 100_000,
        "plain lines": b"a: x\n" + b"  x\n" * 200_000,
    }


def _odd() -> dict[str, bytes]:
    raw = {
        "empty": b"",
        "byte order mark": b"\xef\xbb\xbf",
        "two marks": b"\xef\xbb\xbf\xef\xbb\xbfa: 1",
        "UTF-16 LE": "a: 1".encode("utf-16"),
        "UTF-16 BE": b"\xfe\xff" + "a: 1".encode("utf-16-be"),
        "UTF-32": "a: 1".encode("utf-32"),
        "overlong": b"a: \xc0\x80",
        "surrogate": b"a: \xed\xa0\x80",
        "beyond Unicode": b"a: \xf5\x80\x80\x80",
        "cut character": b"a: \xe2\x82",
        "escaped beyond": b'a: "\\UFFFFFFFF"',
        "escaped surrogate": b'a: "\\ud800"',
        "overlong tag": b"!%C0%80 a: 1",
        "surrogate tag": b"a: !%ED%A0%80 1",
        "python tag": b"!!python/object/apply:os.system [id]",
        "binary tag": b"a: !!binary =",
        "bad date": b"a: 2024-13-45",
        "bad timestamp": b"a: 2024-01-01T99:99:99Z",
        "sexagesimal": b"a: 190:20:30",
        "not a number": b"a: .nan\nb: -.Inf\nc: 1e999",
        "nothing but dashes": b"-" * 1000,
        "list as key": b"? [a]\n: b",
        "mapping as key": b"{a: {b: c}: d}",
        "open quote": b"a: '",
        "open escape": b'a: "\\',
        "merge": b"<<: {a: 1}",
        "no version": b"%YAML\n---\na: 1",
        "version 3": b"%YAML 3.0\n---\na: 1",
        "huge version": b"%YAML 1." + b"9" * 5000 + b"\n---\na: 1",
        "JSON NaN": b'{"a": NaN, "b": Infinity, "c": -Infinity}',
        "JSON astral": json.dumps({"a": "\U0001f600"}).encode(),
    }
    found = {f"escape {text}": f'a: "{text}"'.encode() for text in ESCAPES}
    found |= {f"character U+{ord(char):04X}": f"a: 'x{char}y'".encode() for char in CHARACTERS}
    return raw | found


CORPUS: dict[str, bytes] = _deep() | _aliases() | _large() | _odd()
"""Every hostile input by name."""
