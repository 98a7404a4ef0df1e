"""Requests as the vendor's pages print them, and as tools log them: HTTP in text, or the URL of a GET.

A request begins with `POST / HTTP/1.1` and its header, or with `https://HOST/?Action=…`, whose parameters
may stand on the lines that follow. Placeholders such as `<Common request parameters>` are passed over.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from reconciler.manifests.reading import guard
from reconciler.manifests.reading.json_values import JsonValues

_FIRST = re.compile(
    r"[ \t]*(?:(?:POST|GET)[ \t]+(\S+)[ \t]+HTTP/[0-9.]+|(?:GET[ \t]+)?(https://\S+))[ \t\r]*"
)
_HEADER = re.compile(r"[ \t]*([A-Za-z][A-Za-z0-9-]*):(.*)")
_PLACEHOLDER = re.compile(r"[ \t]*&?<[^<>]*>[ \t\r]*")
_MORE = re.compile(r"[ \t]*&\S*[ \t\r]*")
_BODY = re.compile(r"[ \t]*[{\[]")
_COMMON = ("Action", "Version", "Region")
_SIGNING = frozenset(
    {"Timestamp", "Nonce", "SecretId", "Signature", "SignatureMethod", "Token", "Language", "RequestClient"}
)
"""What signs a request, and says who asks: nothing of it is declared."""

Report = Callable[[int, str], None]


class HttpRequest(NamedTuple):
    """One request: its first line, what it was sent with, its body, and whether all in that is text."""

    line: int
    action: str | None
    body: Any
    length: int
    host: str
    region: str
    version: str
    is_text: bool


def is_http(text: str) -> bool:
    """Whether the first line that is not blank begins a request in text."""
    return _FIRST.fullmatch(next((line for line in text.split("\n") if line.strip()), "")) is not None


def read_http(text: str, report: Report) -> Iterator[HttpRequest]:
    """Every request of a text that is_http; what is wrong is reported with its line, and left out."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if _FIRST.fullmatch(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        found = _request(lines[start:end], start + 1, report)
        if found is not None:
            yield found


def _request(lines: list[str], line: int, report: Report) -> HttpRequest | None:
    first = _FIRST.fullmatch(lines[0])
    target = (first[1] or first[2]) if first else ""
    header: dict[str, str] = {}
    for number, text in enumerate(lines[1:], 1):
        match = _HEADER.fullmatch(text)
        if _MORE.fullmatch(text) and not _PLACEHOLDER.fullmatch(text):
            target += text.strip()
        elif _BODY.match(text):
            return _of_body(lines[number:], line, number, header, target, report)
        elif match is not None:
            header[match[1].lower()] = match[2].strip()
        elif text.strip() and not _PLACEHOLDER.fullmatch(text):
            report(line + number, "not a header, a parameter or the body of a request")
            return None
    return _of_query(target, line, header, report)


def _of_body(
    lines: list[str], line: int, offset: int, header: dict[str, str], target: str, report: Report
) -> HttpRequest | None:
    above = line + offset - 1
    read = JsonValues("\n".join(lines))
    values = list(read.each(lambda below, words: report(above + below, words)))
    if len(values) != 1:
        if values:
            report(above + values[1].line, "found more than one body; begin each request with its first line")
        return None
    host = header.get("host", "") or _host_of(target)
    named = (header.get(f"x-tc-{name.lower()}", "") for name in ("Region", "Version"))
    region, version = named
    action = header.get("x-tc-action") or None
    return HttpRequest(line, action, values[0].value, values[0].length, host, region, version, False)


def _of_query(target: str, line: int, header: dict[str, str], report: Report) -> HttpRequest | None:
    query = re.sub(r"&?<[^<>]*>", "", target.partition("?")[2])
    pairs = parse_qsl(query, keep_blank_values=True)
    said = dict(pairs)
    common = {name: said.pop(name, "") for name in _COMMON}
    try:
        _check_names([name for name, _ in pairs])
        body = _nested({name: value for name, value in said.items() if name not in _SIGNING})
    except ValueError as error:
        report(line, str(error))
        return None
    host = header.get("host", "") or _host_of(target)
    action = common["Action"] or header.get("x-tc-action") or None
    region = common["Region"] or header.get("x-tc-region", "")
    version = common["Version"] or header.get("x-tc-version", "")
    return HttpRequest(line, action, body, len(target), host, region, version, True)


def _host_of(target: str) -> str:
    """The host of a URL; empty where there is none."""
    return target.removeprefix("https://").partition("/")[0].partition("?")[0] if "://" in target else ""


def _check_names(names: list[str]) -> None:
    """Raises ValueError for what are no names of parameters, or stand twice."""
    if not names:
        raise ValueError("found no parameters and no body")
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise ValueError(f"{name} occurs twice; keep one of the two")
    if any(name.count(".") >= guard.MAX_DEPTH for name in names):
        raise ValueError(f"found more than {guard.MAX_DEPTH} levels of nesting; nest less deeply")


def _nested(flat: dict[str, str]) -> dict[str, Any]:
    """`Name.0.Field=…` as the objects and lists that a body has; raises ValueError for what is both."""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *above, last = name.split(".")
        inside = tree
        for part in above:
            inside = inside.setdefault(part, {})
            if not isinstance(inside, dict):
                raise ValueError(f"{part} has both a value and parts; keep one of the two")
        if last in inside:
            raise ValueError(f"{last} has both a value and parts; keep one of the two")
        inside[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    """An object whose names are 0, 1, … is a list."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    if inner and set(inner) == {str(index) for index in range(len(inner))}:
        return [inner[str(index)] for index in range(len(inner))]
    return inner
