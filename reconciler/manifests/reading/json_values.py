"""Strict JSON: the values of a text one after another, each with its line.

What a lax reader lets pass is refused, as in manifests: a name twice in one object, numbers that
are none. A broken value does not hide those after it where each begins on a line of its own.
"""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

from reconciler.manifests.reading import guard
from reconciler.manifests.reading.scalars import MAX_DIGITS

_SPACE = " \t\r\n"


class Value(NamedTuple):
    """A value of a file: its line, its index if it stands in a list, itself, and its length as text."""

    line: int
    place: int | None
    value: Any
    length: int


class _NotJson(Exception):
    """The text is no JSON; `at` is where that shows."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class JsonValues:
    """The values of a text: those that stand there one after another, and those of lists among them.

    A number that no manifest can hold is read as infinity, for whoever looks at it to refuse.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer
        )

    def each(self, report: Callable[[int, str], None]) -> Iterator[Value]:
        """Every value; what is wrong is reported with its line, and left out."""
        at = self._skip(0)
        while at < len(self._text):
            try:
                if self._text[at] == "[":
                    at = yield from self._list(at)
                else:
                    value, end = self._value(at)
                    yield Value(self._line(at), None, value, end - at)
                    at = self._skip(end)
            except _NotJson as error:
                report(self._line(error.at), str(error))
                at = self._next_start(at)

    def _list(self, start: int) -> Generator[Value, None, int]:
        at, index = self._skip(start + 1), 0
        if self._text[at : at + 1] == "]":
            return self._skip(at + 1)
        while True:
            value, end = self._value(at)
            yield Value(self._line(at), index, value, end - at)
            at, index = self._skip(end), index + 1
            mark = self._text[at : at + 1]
            if mark not in (",", "]"):
                raise _NotJson("not valid JSON: found neither a comma nor the end of the list", end)
            at = self._skip(at + 1)
            if mark == "]":
                return at

    def _value(self, at: int) -> tuple[Any, int]:
        try:
            return self._decoder.raw_decode(self._text, at)
        except json.JSONDecodeError as error:
            # What is missing is missing behind the last that was read, which may be lines above.
            behind = len(self._text[: error.pos].rstrip(_SPACE))
            message = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
            column = behind - self._text.rfind("\n", 0, behind)
            raise _NotJson(f"not valid JSON: {message} (column {column})", behind) from None
        except RecursionError:
            message = f"found more than {guard.MAX_DEPTH} levels of nesting; nest less deeply"
            raise _NotJson(message, at) from None
        except ValueError as error:
            raise _NotJson(f"not valid JSON: {error}", at) from None

    def _skip(self, at: int) -> int:
        while at < len(self._text) and self._text[at] in _SPACE:
            at += 1
        return at

    def _line(self, at: int) -> int:
        return bisect_right(self._breaks, at - 1) + 1

    def _next_start(self, at: int) -> int:
        """The next line that begins as the broken value does, as JSON lines do; the end if there is none."""
        first = self._text[at]
        later = self._text.find(f"\n{first}", at)
        return later + 1 if first in "{[" and later >= 0 else len(self._text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{guard.quoted(name)} occurs twice in one object; keep one of the two")
        found[name] = value
    return found


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits.lstrip("-")) <= MAX_DIGITS else math.inf


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")
