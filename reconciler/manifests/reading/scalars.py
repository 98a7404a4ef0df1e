"""What a plain YAML scalar means: YAML 1.2's core schema, kept on the careful side.

Only what is plainly a decimal number, a truth value or nothing is taken as one. All else stays
text, because room IDs (`012`), colours (`0xFF0000`), times (`12:30`), dates and words (`no`)
are text to whoever wrote them, and a silent change of type would reach the cloud.
"""

import math
import re
from functools import lru_cache

Scalar = str | int | float | bool | None

MAX_DIGITS = 19
MAX_NUMBER_LENGTH = 64
_REMEMBERED = 1024
"""Texts whose values are known for a while: documents of a fleet have the same numbers."""

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# What is short can stand in a file most often; looked up, it costs least.
_KNOWN: dict[str, Scalar] = {**_WORDS, **{str(number): number for number in range(1000)}}
# Most scalars begin like none of the special forms: one look at the first character settles them.
SPECIAL_START = frozenset(word[:1] for word in _WORDS) | frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


_LIKE_A_NUMBER = re.compile(
    r"[-+]?(0[0-9]+|0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+|[0-9]+([_, ][0-9]+)+|[0-9]+[eE][-+]?[0-9]+)"
)


def looks_like_a_number(text: str) -> bool:
    """Whether a text that is none is written as other formats, or people, write numbers."""
    return _LIKE_A_NUMBER.fullmatch(text) is not None


class NotAllowed(ValueError):
    """A plain scalar that YAML takes for a value no manifest can hold; says what to write instead.

    Never what was found: a key of digits may look like a number.
    """


def resolve(text: str) -> Scalar:
    """The value of a plain scalar; raises NotAllowed where guessing would be wrong either way."""
    if text[:1] not in SPECIAL_START:
        return text
    if text in _KNOWN:
        return _KNOWN[text]
    return (_remembered if len(text) <= MAX_NUMBER_LENGTH else _meaning)(text)


def _meaning(text: str) -> Scalar:
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _NOT_FINITE.fullmatch(text):
        raise NotAllowed(
            f"found {text}; only finite numbers are allowed; use a number, or quote it if it is text"
        )
    return text


_remembered = lru_cache(_REMEMBERED)(_meaning)


def _integer(text: str) -> int:
    digits = len(text.lstrip("+-"))
    if digits > MAX_DIGITS:
        raise NotAllowed(
            f"found an integer of {digits} digits; the limit is {MAX_DIGITS}; quote it if it is text"
        )
    return int(text)


def _float(text: str) -> float:
    if len(text) > MAX_NUMBER_LENGTH:
        raise NotAllowed(
            f"found a number of {len(text)} characters; the limit is {MAX_NUMBER_LENGTH}; shorten it, or "
            "quote it if it is text"
        )
    value = float(text)
    if not math.isfinite(value):
        raise NotAllowed("found a number that is too large; quote it if it is text")
    return value
