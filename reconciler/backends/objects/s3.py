"""A bucket behind the S3 API, where a PUT can be made on a condition: If-None-Match and If-Match."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from reconciler.backends.objects.bucket import Found, Unanswered
from reconciler.backends.objects.listing import FOLDERS, KEYS, listed
from reconciler.backends.objects.signing import Keys, Query, encoded, query_text, signed_for_s3
from reconciler.backends.objects.web import Answer, Web

"""Where the names are in a list of objects."""

_NOT_MET = 412
_CONFLICT = "ConditionalRequestConflict"
"""What AWS says while another request is under way for the same key: nothing was done."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a bucket is: the server's URL, whether the bucket's name is part of the host's, and the keys."""

    url: str
    bucket: str
    keys: Keys
    virtual: bool = False

    @property
    def host(self) -> str:
        """The Host header: with its port only where that is not the usual one."""
        split = urlsplit(self.url)
        usual = 443 if split.scheme == "https" else 80
        name = f"[{split.hostname}]" if ":" in (split.hostname or "") else split.hostname
        port = f":{split.port}" if split.port not in (None, usual) else ""
        return f"{self.bucket}.{name}{port}" if self.virtual else f"{name}{port}"

    def path(self, key: str) -> str:
        """The path of a key, or of the bucket for "", not encoded."""
        return f"/{key}" if self.virtual else f"/{self.bucket}{f'/{key}' if key else ''}"

    def address(self, key: str, query: Query) -> str:
        """The URL of a request."""
        text = f"?{query_text(query)}" if query else ""
        return f"{urlsplit(self.url).scheme}://{self.host}{encoded(self.path(key), '/')}{text}"


class S3Bucket:
    """A bucket by the S3 API (a Bucket); `clock` gives unix seconds."""

    def __init__(self, server: Server, region: str, web: Web, clock: Callable[[], float]) -> None:
        self._server = server
        self._region = region
        self._web = web
        self._clock = clock

    def get(self, key: str) -> Found | None:
        """See Bucket.get."""
        answer = self._ask("GET", key)
        if answer.status == 200:
            return Found(answer.body, _version(answer), answer.age)
        if answer.status == 404 and answer.code != "NoSuchBucket":
            return None
        raise answer.failure()

    def keys(self, prefix: str, after: str = "") -> Sequence[str]:
        """See Bucket.keys."""
        return self._all([("prefix", prefix), *([("start-after", after)] if after else [])], KEYS)

    def folders(self, prefix: str) -> Sequence[str]:
        """See Bucket.folders."""
        return self._all([("prefix", prefix), ("delimiter", "/")], FOLDERS)

    def _all(self, query: Query, what: str) -> list[str]:
        def page(token: str) -> bytes:
            more = [("continuation-token", token)] if token else []
            answer = self._ask("GET", "", [("list-type", "2"), *query, *more])
            if answer.status != 200:
                raise answer.failure()
            return answer.body

        return listed(page, what, "NextContinuationToken")

    def create(self, key: str, data: bytes) -> str | None:
        """See Bucket.create."""
        return self._written(self._ask("PUT", key, (), data, {"if-none-match": "*"}))

    def swap(self, key: str, version: str, data: bytes) -> str | None:
        """See Bucket.swap."""
        return self._written(self._ask("PUT", key, (), data, {"if-match": version}))

    def put(self, key: str, data: bytes) -> None:
        """See Bucket.put."""
        answer = self._ask("PUT", key, (), data)
        if answer.status != 200:
            raise answer.failure()

    def delete(self, key: str) -> None:
        """See Bucket.delete."""
        answer = self._ask("DELETE", key)
        if answer.status not in (200, 204, 404):
            raise answer.failure()

    def _written(self, answer: Answer) -> str | None:
        if answer.status in (200, 201, 204):
            return _version(answer)
        if answer.status == _NOT_MET or (answer.status == 404 and answer.code == "NoSuchKey"):
            return None
        if answer.code == _CONFLICT:
            raise Unanswered("another write of the same object is under way")
        raise answer.failure()

    def _ask(
        self,
        method: str,
        key: str,
        query: Query = (),
        body: bytes = b"",
        condition: Mapping[str, str] | None = None,
    ) -> Answer:
        server, headers = self._server, {"host": self._server.host, **(condition or {})}
        path = encoded(server.path(key), "/")
        signed = signed_for_s3(server.keys, self._region, method, path, query, headers, body, self._clock())
        return self._web.send(method, server.address(key, query), signed, body)


def _version(answer: Answer) -> str:
    version = answer.headers.get("etag", "")
    if not version:
        raise Unanswered("it does not say the version of an object (ETag)")
    return version
