"""Files of raw API requests -> the requests one by one, or every problem with its file and line.

A file holds one request, a list of them, or one after another, as JSON lines are: each
`{"action": …, "request": {…}}` with host, region and version and whatever else beside it, or the bare
body of an action that is named for all; or requests in text, as http_text has them. The limits are
those of manifests, as each is to become one.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.manifests.converting.http_text import is_http, read_http
from reconciler.manifests.reading import guard
from reconciler.manifests.reading.json_values import JsonValues
from reconciler.model import Path

_BOM = "\ufeff"
_TOO_LONG = f"found a request larger than the limit of {guard.MAX_DOCUMENT_BYTES} bytes"


class Envelope(NamedTuple):
    """What a request was sent with, beside its body: empty where that is not said.

    `is_text` tells that every value of the body is one, as it stood in a URL.
    """

    host: str = ""
    region: str = ""
    version: str = ""
    is_text: bool = False


NOTHING_SAID = Envelope()


@dataclass(frozen=True, slots=True)
class RawRequest:
    """One request; `index` is its place in a list, None if it stands by itself."""

    file: str
    line: int
    index: int | None
    action: str
    body: Mapping[str, Any]
    envelope: Envelope = NOTHING_SAID

    @property
    def path(self) -> Path:
        """What stands before every path in the body."""
        return _path(self.index)


Report = Callable[[int, Path, str], None]
"""Takes a problem: the line (0 for the whole file), the path in what stands there, and the message."""


def read_requests(data: bytes, file: str, action: str | None, report: Report) -> Iterator[RawRequest]:
    """The sound requests in order; `action` is that of bare bodies, None if there are none."""
    text = _text(data, report)
    if text is None:
        return
    problems = count = 0

    def noted(line: int, path: Path, message: str) -> None:
        nonlocal problems
        problems += 1
        report(line, path, message)

    for line, index, value, length, envelope in _values(text, lambda line, words: noted(line, (), words)):
        count += 1
        if count > guard.MAX_DOCUMENTS:
            noted(line, (), f"more than {guard.MAX_DOCUMENTS} requests; split this file")
            return
        request = _request(value, action, envelope) if length <= guard.MAX_DOCUMENT_BYTES else _TOO_LONG
        if isinstance(request, str):
            noted(line, _path(index), request)
            continue
        found, before = RawRequest(file, line, index, *request), problems
        for path, message in _unfit(found.body, found.path):
            noted(line, path, message)
        if problems == before:
            yield found
    if not count and not problems:
        noted(0, (), "found no request")


def _path(index: int | None) -> Path:
    return () if index is None else (index,)


def _text(data: bytes, report: Report) -> str | None:
    if len(data) > guard.MAX_FILE_BYTES:
        report(0, (), f"the file is larger than the limit of {guard.MAX_FILE_BYTES} bytes; split it")
        return None
    try:
        return data.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report(line, (), "found bytes that are not UTF-8; save the file as UTF-8")
        return None


def _values(
    text: str, report: Callable[[int, str], None]
) -> Iterator[tuple[int, int | None, Any, int, Envelope | None]]:
    """(line, index, value, length as text, what it was sent with if that stood around it)."""
    if not is_http(text):
        yield from ((*one, None) for one in JsonValues(text).each(report))
        return
    for one in read_http(text, report):
        value = {"action": one.action, "request": one.body}
        yield one.line, None, value, one.length, Envelope(one.host, one.region, one.version, one.is_text)


def _request(
    value: Any, action: str | None, envelope: Envelope | None
) -> tuple[str, Mapping[str, Any], Envelope] | str:
    """(action, body, what it was sent with), or what is wrong with it."""
    if not isinstance(value, dict):
        return 'not a request: use {"action": …, "request": {…}}'
    own = value.get("action")
    wrong = _wrong_action(own, action, in_text=envelope is not None)
    if wrong:
        return wrong
    named = str(own or action)
    if own is None and envelope is None:
        return named, value, NOTHING_SAID
    body, said = value.get("request"), envelope or _said(value)
    if not isinstance(body, dict):
        return "`request` is not an object: use the request's body"
    return said if isinstance(said, str) else (named, body, said)


def _wrong_action(own: Any, action: str | None, *, in_text: bool) -> str:
    """What is wrong with the action that a request names, beside that of bare bodies; empty if nothing is."""
    if own is None and action is not None:
        return ""
    if own is None and in_text:
        return "no action: set the header X-TC-Action, or pass the action with --action"
    if own is None:
        return (
            'no action: use {"action": …, "request": {…}}, or, for bare bodies, pass the action with --action'
        )
    if not isinstance(own, str):
        return "`action` is not a string: use the name of an API action"
    if action not in (None, own):
        return f"`action` is {guard.quoted(own)}, but --action is {action}: remove --action"
    return ""


def _said(value: Mapping[str, Any]) -> Envelope | str:
    """What stands beside a body, or what is wrong with it."""
    named = {name: value.get(name) for name in ("host", "region", "version")}
    wrong = [name for name, one in named.items() if one is not None and not isinstance(one, str)]
    if wrong:
        return f"`{wrong[0]}` is not a string: use the string that was sent"
    host, region, version = (str(one or "") for one in named.values())
    return Envelope(host, region, version)


def _unfit(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """What is JSON, but can stand in no manifest."""
    waiting = [(value, path, 1)]
    while waiting:
        one, at, depth = waiting.pop()
        if depth > guard.MAX_DEPTH:
            yield at, f"found more than {guard.MAX_DEPTH} levels of nesting; nest less deeply"
        elif isinstance(one, dict):
            waiting.extend((inner, (*at, name), depth + 1) for name, inner in reversed(one.items()))
        elif isinstance(one, list):
            waiting.extend((inner, (*at, index), depth + 1) for index, inner in reversed([*enumerate(one)]))
        elif message := _unfit_scalar(one):
            yield at, message


def _unfit_scalar(value: Any) -> str:
    if isinstance(value, str):
        if bad := guard.forbidden(value):
            return f"found the character {guard.character(bad[0])}, which is not allowed; remove it"
        most = guard.MAX_SCALAR_CHARACTERS
        return f"found a string of {len(value)} characters; the limit is {most}" if len(value) > most else ""
    too_large = isinstance(value, float) and not math.isfinite(value)
    return "found a number that is too large" if too_large else ""
