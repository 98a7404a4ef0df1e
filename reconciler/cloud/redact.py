"""The second net under every text that reaches a person: known secret values become `***`.

The first net is that nothing builds a text from a secret at all. But the API may quote in an
error message what it was sent, as it was or encoded, and that message is worth showing.
"""

import base64
import json
import re
from threading import Lock
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORTEST = 4
_ALPHABETS = (b"+/", b"-_", b"*-")
_ESCAPE = re.compile(r"%[0-9A-F]{2}")

# What is made from a secret for one call is known by its look: a UserSig begins with zlib's header
# in base64, a push credential and a request signature stand behind their names.
_DERIVED = (
    (re.compile(r"(?:(?<![\w*-])|(?<=%3[Dd])|(?<=u003[Dd]))eJ[w-z][\w*%-]{60,}"), MASK),
    (re.compile(r"(?i)(txSecret(?:=|%3D|\\u003d|\\?\"\s*:\s*\\?\"))[0-9a-z]+"), rf"\g<1>{MASK}"),
    (re.compile(r"(?i)(Signature=)[0-9a-f]{8,}"), rf"\g<1>{MASK}"),
)


class Redactor:
    """Knows secret values and takes them out of texts; safe to use from several threads.

    A value shorter than four characters is not masked: that would garble every text and hide
    nothing.
    """

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: tuple[str, ...] = ()
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Redactor({len(self._values)} values)"

    def register(self, value: str) -> None:
        """From now on `value` is taken out, as it is and in its usual encodings."""
        if len(value) < _SHORTEST or value in self._values:
            return
        with self._lock:
            self._values.add(value)
            forms = {*self._forms, *encodings(value)}
            self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    def __call__(self, text: str) -> str:
        """The text with `***` in the place of every registered value and derived credential."""
        for form in self._forms:
            text = text.replace(form, MASK)
        for pattern, mask in _DERIVED:
            text = pattern.sub(mask, text)
        return text


def encodings(value: str) -> set[str]:
    """The value itself and how it looks URL-encoded, in JSON, in a Python repr, in hex and base64."""
    data = value.encode()
    quoted = {quote(value), quote(value, safe=""), quote_plus(value)}
    forms = {
        value,
        *quoted,
        *(_ESCAPE.sub(lambda match: match[0].lower(), form) for form in quoted),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        data.hex(),
        data.hex().upper(),
        *(_base64_core(data, offset, letters) for offset in range(3) for letters in _ALPHABETS),
    }
    return {form for form in forms if len(form) >= _SHORTEST}


def _base64_core(data: bytes, offset: int, letters: bytes) -> str:
    """The letters that stand for `data` alone when it begins `offset` bytes into a longer text."""
    encoded = base64.b64encode(bytes(offset) + data, letters).decode()
    first = (0, 2, 3)[offset]
    spare = (0, 3, 2)[(offset + len(data)) % 3]
    return encoded[first : len(encoded) - spare]
