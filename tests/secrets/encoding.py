"""Encodings of a text, as clouds, proxies, logs and mails make them: each a function of a text, for tests."""

import base64
import html
import json
import quopri
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote, quote_plus

Encoding = Callable[[str], str]


def wrapped(text: str, width: int, end: str = "\n") -> str:
    """The text in lines of that many characters."""
    return end.join(text[at : at + width] for at in range(0, len(text), width))


def _data(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _mixed_case(text: str) -> str:
    cases = (str.lower, str.upper)
    return re.sub("%..", lambda match: cases[match.start() % 2](match[0]), quote(text, safe=""))


ENCODINGS: Mapping[str, Encoding] = {
    "percent": lambda text: quote(text, safe=""),
    "path": quote,
    "form": quote_plus,
    "percent in small letters": lambda text: re.sub("%..", lambda m: m[0].lower(), quote(text, safe="")),
    "percent in either case": _mixed_case,
    "every byte as percent": lambda text: "".join(f"%{byte:02X}" for byte in _data(text)),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent of percent": lambda text: quote("".join(f"%{byte:02X}" for byte in _data(text)), safe=""),
    "json": lambda text: json.dumps(text)[1:-1],
    "json twice": lambda text: json.dumps(json.dumps(text))[1:-1],
    "json with letters": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "json of javascript": lambda text: json.dumps(text)[1:-1].replace("/", "\\/").replace("&", "\\u0026"),
    "every letter as \\u": lambda text: "".join(
        f"\\u{int.from_bytes(unit, 'big'):04x}" for unit in _units(text)
    ),
    "every byte as \\x": lambda text: "".join(f"\\x{byte:02x}" for byte in _data(text)),
    "repr": lambda text: repr(text)[1:-1],
    "html": lambda text: html.escape(text, quote=True),
    "html numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "html hexadecimal": lambda text: "".join(f"&#x{ord(letter):X};" for letter in text),
    "quoted-printable": lambda text: quopri.encodestring(_data(text)).decode("ascii"),
    "hex": lambda text: _data(text).hex(),
    "hex in capitals": lambda text: _data(text).hex().upper(),
    "hex with colons": lambda text: _data(text).hex(":"),
    "hex in lines": lambda text: wrapped(_data(text).hex(), 7),
    "base64": lambda text: base64.b64encode(_data(text)).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(_data(text)).decode().rstrip("="),
    "base64 of UserSigs": lambda text: base64.b64encode(_data(text), b"*-").decode().replace("=", "_"),
    "base64 in lines": lambda text: wrapped(base64.b64encode(_data(text)).decode(), 5),
    "base64 of a mail": lambda text: base64.encodebytes(_data(text)).decode().replace("\n", "\r\n"),
    "base64 in lines of json": lambda text: wrapped(base64.b64encode(_data(text)).decode(), 9, "\\n"),
    "in lines": lambda text: wrapped(text, 3),
}


TWICE = frozenset({"percent twice", "percent of percent", "json twice", "base64 in lines of json"})
"""Those that are two encodings, one in the other."""


def depth(names: Sequence[str]) -> int:
    """How many encodings there are one in another."""
    return sum(2 if name in TWICE else 1 for name in names)


def _units(text: str) -> list[bytes]:
    data = text.encode("utf-16-be", "surrogatepass")
    return [data[at : at + 2] for at in range(0, len(data), 2)]
