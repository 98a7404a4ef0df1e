"""The second net under every text that reaches a person: known secret values become `***`.

The first net is that nothing builds a text from a secret at all. But the API may quote in an
error message what it was sent, as it was or encoded, and that message is worth showing.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from threading import Lock

from reconciler.cloud.readings import HEAD, Unread, by_head, readings
from reconciler.plaintext import MASK

_SHORTEST = HEAD
_PASSING = 256
"""So many values that were made for one call each are known at a time; 16 calls are under way at most."""

# What is made from a secret for one call is known by its look as well: a UserSig begins with zlib's
# header in base64, a push credential and a request signature stand behind their names.
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
        self._values: frozenset[bytes] = frozenset()
        self._passing: deque[bytes] = deque(maxlen=_PASSING)
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Redactor({len(self._values)} values)"

    def register(self, value: str) -> None:
        """From now on `value` is taken out, as it is and however it is encoded."""
        if len(value) >= _SHORTEST:
            with self._lock:
                self._values |= {*_forms(value)}

    def register_for_a_call(self, value: str) -> None:
        """The same for what is made for one call; it is forgotten once many others were made after it."""
        if len(value) >= _SHORTEST:
            with self._lock:
                self._passing.append(_bytes(value))

    def __call__(self, text: str) -> str:
        """The text with `***` in the place of every registered value and derived credential.

        A text in which more is encoded than can be looked through is `***` as a whole.
        """
        with self._lock:
            values = by_head((*self._values, *self._passing))
        try:
            spans = [span for one in readings(text) for span in one.found(values)]
        except Unread:
            return MASK
        text = _without(text, spans)
        for pattern, mask in _DERIVED:
            text = pattern.sub(mask, text)
        return text


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _forms(value: str) -> Iterator[bytes]:
    """The value, and one of several lines as it is in a text whose own lines were joined."""
    yield _bytes(value)
    for joined in {"".join(value.splitlines()), "".join(line.strip() for line in value.splitlines())}:
        if len(joined) >= _SHORTEST:
            yield _bytes(joined)


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with one mask for each span, and one for spans that overlap."""
    merged: list[tuple[int, int]] = []
    for begins, ends in sorted(set(spans)):
        if merged and begins < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    for begins, ends in reversed(merged):
        text = text[:begins] + MASK + text[ends:]
    return text
