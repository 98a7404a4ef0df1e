"""A store of objects in memory behind its HTTP API: S3 with conditional writes, and COS with appends.

It is asked as a server is (a Web), so that requests and their signatures are those of the real thing. It can
lose answers, be away, and ignore the conditions of a write, as many stores do.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from threading import Lock
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from reconciler.backends.objects.bucket import Unanswered
from reconciler.backends.objects.signing import Keys, signed_for_cos, signed_for_s3
from reconciler.backends.objects.web import Answer
from reconciler.moments import unix_seconds

BUCKET, REGION = "states-1250000000", "eu-west-1"
KEYS = Keys("key", "secret-key-of-tests")
PAGE = 3
"""Names in a page of a list: few, so that there are many pages."""

Headers = Mapping[str, str]


@dataclass
class Object:
    data: bytes
    written: float
    appendable: bool = False

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.data).hexdigest()}"'


@dataclass
class MemoryWeb:
    """The server; `ignored` are headers of conditions that it takes and ignores, `drops` loses answers.

    `denies` gives no right, and no list shows what is `unlisted`. No write is taken of the keys that are
    `fixed`; `endless` lists begin again at each page.
    """

    cos: bool = False
    keys: Keys = KEYS
    now: float = 0.0
    ignored: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()
    endless: bool = False
    drops: Callable[[str, str], bool] = lambda method, key: False
    denies: Callable[[str, str], bool] = lambda method, key: False
    objects: dict[str, Object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    mutex: Lock = field(default_factory=Lock)

    def send(self, method: str, url: str, headers: Headers, body: bytes) -> Answer:
        split = urlsplit(url)
        query = parse_qsl(split.query, keep_blank_values=True)
        self._check(method, split.path, query, headers, body)
        key = unquote(split.path).removeprefix("/").removeprefix(BUCKET).removeprefix("/")
        with self.mutex:
            self.asked.append(f"{method} {key}")
            answer = self._do(method, key, dict(query), headers, body)
        if self.drops(method, key):
            raise Unanswered("the answer was lost")
        return answer

    def _check(
        self, method: str, path: str, query: list[tuple[str, str]], headers: Headers, body: bytes
    ) -> None:
        """That the request is signed, by whoever has the keys."""
        said = headers["authorization"]
        if self.cos:
            at = float(said.partition("q-sign-time=")[2].partition(";")[0])
            own = {"host": headers["host"]}
            again = signed_for_cos(self.keys, method, unquote(path), query, own, at)
        else:
            names = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
            own = {name: headers[name] for name in names if not name.startswith("x-amz-")}
            date = headers["x-amz-date"]
            at = unix_seconds(f"{date[:4]}-{date[4:6]}-{date[6:11]}:{date[11:13]}:{date[13:]}")
            again = signed_for_s3(self.keys, REGION, method, path, query, own, body, at)
        assert again["authorization"] == said, "the request is not signed as it is sent"

    def _do(self, method: str, key: str, query: Mapping[str, str], headers: Headers, body: bytes) -> Answer:
        if method == "GET" and not key:
            return self._list(query)
        if self.denies(method, key):
            return _refusal(403, "AccessDenied")
        there = self.objects.get(key)
        if method == "GET":
            return self._found(there)
        if key in self.fixed:
            return _refusal(*((409, "PositionNotEqualToLength") if self.cos else (412, "PreconditionFailed")))
        if method == "DELETE":
            self.objects.pop(key, None)
            return Answer(204, {}, b"")
        if method == "POST":
            return self._append(key, there, int(query["position"]), body)
        return self._put(key, there, headers, body)

    def _found(self, there: Object | None) -> Answer:
        if there is None:
            return _refusal(404, "NoSuchKey")
        return Answer(
            200,
            {
                "etag": there.etag,
                "date": formatdate(self.now, usegmt=True),
                "last-modified": formatdate(there.written, usegmt=True),
            },
            there.data,
        )

    def _put(self, key: str, there: Object | None, headers: Headers, body: bytes) -> Answer:
        assert not (self.cos and {"if-match", "if-none-match"} & headers.keys()), "COS knows no conditions"
        asked = {name: value for name, value in headers.items() if name not in self.ignored}
        if there is not None and asked.get("if-none-match") == "*":
            return _refusal(412, "PreconditionFailed")
        if "if-match" in asked and there is None:
            return _refusal(404, "NoSuchKey")
        if "if-match" in asked and there is not None and asked["if-match"] != there.etag:
            return _refusal(412, "PreconditionFailed")
        self.objects[key] = Object(body, self.now)
        return Answer(200, {"etag": self.objects[key].etag}, b"")

    def _append(self, key: str, there: Object | None, position: int, body: bytes) -> Answer:
        if there is not None and not there.appendable:
            return _refusal(409, "ObjectNotAppendable")
        data = b"" if there is None else there.data
        if position != len(data) and "position" not in self.ignored:
            return _refusal(409, "PositionNotEqualToLength")
        self.objects[key] = Object(data + body, self.now, appendable=True)
        return Answer(200, {"x-cos-next-append-position": str(len(data) + len(body))}, b"")

    def _list(self, query: Mapping[str, str]) -> Answer:
        prefix, delimiter = query["prefix"], query.get("delimiter", "")
        after = query.get("continuation-token", query.get("start-after", query.get("marker", "")))
        after = "" if self.endless else after
        names: dict[str, str] = {}
        for key in sorted(one for one in self.objects if one.startswith(prefix) and one not in self.unlisted):
            head, found, _ = key.removeprefix(prefix).partition(delimiter) if delimiter else ("", "", "")
            name = f"{prefix}{head}{found}" if found else key
            if name > after:
                names[name] = "CommonPrefixes><Prefix" if found else "Contents><Key"
        page = list(names.items())[:PAGE]
        more = len(names) > PAGE
        return Answer(200, {}, "".join(_page(page, more, "NextMarker" if self.cos else "")).encode())


def _page(page: list[tuple[str, str]], more: bool, marker: str) -> Iterator[str]:
    yield '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    yield f"<IsTruncated>{str(more).lower()}</IsTruncated>"
    for name, tags in page:
        outer, _, inner = tags.partition("><")
        yield f"<{outer}><{inner}>{escape(name)}</{inner}></{outer}>"
    if more:
        name = marker or "NextContinuationToken"
        yield f"<{name}>{escape(page[-1][0])}</{name}>"
    yield "</ListBucketResult>"


def _refusal(status: int, code: str) -> Answer:
    return Answer(status, {}, f"<Error><Code>{code}</Code><Message>it says so</Message></Error>".encode())
