"""A bucket of Tencent COS, which writes on no condition but appends at a position, or not at all.

So what must not be there yet is appended at position 0, and what replaces a line is appended behind it.
"""

from collections.abc import Callable, Sequence

from reconciler.backends.objects.bucket import Found, Rejected
from reconciler.backends.objects.listing import FOLDERS, KEYS, listed
from reconciler.backends.objects.s3 import Server
from reconciler.backends.objects.signing import Query, signed_for_cos
from reconciler.backends.objects.web import Answer, Web

LARGEST = 1_000_000
"""Bytes of an object of lines, from which on it is begun anew."""

_LONGER = "PositionNotEqualToLength"
_WHOLE = "ObjectNotAppendable"
"""Of an object that was put there whole, as a copy of a bucket puts all of them."""
_NEXT = "x-cos-next-append-position"


class CosBucket:
    """A bucket of Tencent COS (a Bucket); `clock` gives unix seconds."""

    def __init__(self, server: Server, web: Web, clock: Callable[[], float]) -> None:
        self._server = server
        self._web = web
        self._clock = clock

    def get(self, key: str) -> Found | None:
        """See Bucket.get; the version is where the next append goes."""
        answer = self._ask("GET", key)
        if answer.status == 200:
            return Found(answer.body, str(len(answer.body)), answer.age)
        if answer.status == 404 and answer.code != "NoSuchBucket":
            return None
        raise answer.failure()

    def keys(self, prefix: str, after: str = "") -> Sequence[str]:
        """See Bucket.keys."""
        return self._all([("prefix", prefix)], after, KEYS)

    def folders(self, prefix: str) -> Sequence[str]:
        """See Bucket.folders."""
        return self._all([("prefix", prefix), ("delimiter", "/")], "", FOLDERS)

    def _all(self, query: Query, after: str, what: str) -> list[str]:
        def page(marker: str) -> bytes:
            more = [("marker", marker or after)] if marker or after else []
            answer = self._ask("GET", "", [*query, ("max-keys", "1000"), *more])
            if answer.status != 200:
                raise answer.failure()
            return answer.body

        return listed(page, what, "NextMarker")

    def create(self, key: str, data: bytes) -> str | None:
        """See Bucket.create."""
        return _end(self._append(key, 0, data), 0, data)

    def swap(self, key: str, version: str, data: bytes) -> str | None:
        """See Bucket.swap; what has grown large, or was put there whole, is begun anew."""
        if int(version) < LARGEST:
            answer = self._append(key, int(version), data)
            if not _refused(answer, _WHOLE):
                return _end(answer, int(version), data)
        self.delete(key)
        return self.create(key, data)

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

    def _append(self, key: str, position: int, data: bytes) -> Answer:
        return self._ask("POST", key, [("append", ""), ("position", str(position))], data)

    def _ask(self, method: str, key: str, query: Query = (), body: bytes = b"") -> Answer:
        server = self._server
        headers = signed_for_cos(
            server.keys, method, server.path(key), query, {"host": server.host}, self._clock()
        )
        return self._web.send(method, server.address(key, query), headers, body)


def _refused(answer: Answer, *codes: str) -> bool:
    return answer.status == 409 and answer.code in codes


def _end(answer: Answer, position: int, data: bytes) -> str | None:
    """Where an append ended; None where there was something else at its position."""
    if _refused(answer, _LONGER, _WHOLE):
        return None
    if answer.status != 200:
        raise answer.failure()
    end = position + len(data)
    if answer.headers.get(_NEXT, str(end)) != str(end):
        raise Rejected(f"an append at {position} did not end at {end}: the position is not honoured")
    return str(end)
