"""Buckets as stores of the suite: in memory behind both APIs, and on real servers."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.utils import formatdate, parsedate_to_datetime
from itertools import count
from typing import Any

from reconciler.backends.leased import head_of
from reconciler.backends.objects.admin import ObjectsAdmin
from reconciler.backends.objects.backend import ObjectsBackend
from reconciler.backends.objects.batches import End as LogEnd
from reconciler.backends.objects.batches import batch_of, glance, link_of, log_key
from reconciler.backends.objects.bucket import Bucket, Unanswered
from reconciler.backends.objects.client import TTL, Client, Tools
from reconciler.backends.objects.cos import CosBucket
from reconciler.backends.objects.location import COS, S3, ObjectPlace
from reconciler.backends.objects.s3 import S3Bucket, Server
from reconciler.backends.objects.store import make_store
from reconciler.backends.objects.web import Answer, RequestsWeb, Web
from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.protocol import Backend
from reconciler.moments import unix_seconds
from reconciler.state.ending import SIMPLY_DONE, End

from ..support import LONG_AGO
from .bucket import BUCKET, KEYS, REGION, MemoryWeb
from .object_servers import direct, object_server

URL = "http://127.0.0.1:1"
_NUMBERS = count()


@dataclass
class Process:
    """The way of one process to the server: cut off when it dies, on the store's clock."""

    store: "ObjectsStore"
    read_only: bool = False
    epoch: int = 0

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        store = self.store
        if store.away or self.epoch != store.epoch:
            raise Unanswered("it is away")
        if self.read_only and method != "GET":
            return Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
        answer = store.web.send(method, url, headers, body)
        return store.shifted(method, url, answer)


@dataclass
class ObjectsStore:
    """One workspace of a bucket; each store has one of its own, and a clock that stands still."""

    web: Web = field(default_factory=MemoryWeb)
    cos: bool = False
    server: Server = field(default_factory=lambda: Server(URL, BUCKET, KEYS))
    workspace: str = field(default_factory=lambda: f"place{next(_NUMBERS)}")
    now: float = 0.0
    epoch: int = 0
    away: bool = False
    ageless: bool = False
    began: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.web, MemoryWeb):
            self.web.cos, self.web.now = self.cos, self.moment()
        client = self.client()
        make_store(self.place, client, self.server.url)

    @property
    def place(self) -> ObjectPlace:
        return ObjectPlace(COS if self.cos else S3, self.server.bucket, "states", workspace=self.workspace)

    @property
    def tools(self) -> Tools:
        return Tools(lambda: self.now, self._sleep, _fresh, lambda run: None, self.moment)

    def bucket(self, web: Web | None = None) -> Bucket:
        """The bucket as one more process has it, until the power is lost."""
        way = web or Process(self, epoch=self.epoch)
        if self.cos:
            return CosBucket(self.server, way, self._signed_at)
        return S3Bucket(self.server, REGION, way, self._signed_at)

    def client(self) -> Client:
        return Client(self.bucket(), self.tools, [])

    def backend(self, keeping: Keeping = KEEPING) -> Backend:
        return ObjectsBackend(self.place, self.bucket(), self.server.url, self.tools, keeping=keeping)

    def reading(self) -> Backend:
        way = Process(self, read_only=True, epoch=self.epoch)
        return ObjectsBackend(self.place, self.bucket(way), self.server.url, self.tools)

    def admin(self) -> ObjectsAdmin:
        return ObjectsAdmin(self.place, self.bucket(), self.client, self.server.url, [])

    def lose_power(self) -> None:
        self.epoch += 1

    def overtake(self, run: str) -> None:
        assert self.lock()["holder"]["run"] == run
        self.pass_time(2 * TTL)

    def meddle(self) -> None:
        """Another program writes the next object of the log."""
        found = self.backend().snapshot(None)
        client, base = self.client(), self.place.base
        keys = client.keys(f"{base}log/")
        last = client.get(keys[-1])
        assert last is not None
        state = replace(found.state, serial=found.state.serial + 1)
        number = int(keys[-1].rpartition("/")[2])
        after = LogEnd(number, link_of(last.data), 0)
        batch = batch_of(
            after,
            glance(last.data)[0],
            "meddler",
            [End(LONG_AGO, SIMPLY_DONE, state.serial)],
            head_of(found.workspace, state),
        )
        assert client.create(log_key(base, batch.end.number), batch.data) is not None

    def lose_state(self) -> None:
        client = self.client()
        for part in ("log/", "state/"):
            for key in client.keys(f"{self.place.base}{part}"):
                client.delete(key)

    @contextmanager
    def broken(self) -> Iterator[None]:
        self.away = True
        try:
            yield
        finally:
            self.away = False

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        if isinstance(self.web, MemoryWeb):
            self.web.now = self.moment()

    def moment(self) -> float:
        return unix_seconds(LONG_AGO) + self.now

    def lock(self) -> dict[str, Any]:
        """What the lock says."""
        found = self.client().get(f"{self.place.base}lock")
        assert found is not None
        said: dict[str, Any] = json.loads(found.data.rstrip(b"\n").rpartition(b"\n")[2])
        return said

    def shifted(self, method: str, url: str, answer: Answer) -> Answer:
        """An answer of a real server as if its clock had gone on by what passed here."""
        if self.ageless:
            return Answer(answer.status, {**answer.headers, "date": ""}, answer.body)
        if isinstance(self.web, MemoryWeb):
            return answer
        if method == "PUT" and answer.status == 200:
            self.began[url] = self.now
        if "date" not in answer.headers or "last-modified" not in answer.headers:
            return answer
        written = parsedate_to_datetime(answer.headers["last-modified"]).timestamp()
        now = parsedate_to_datetime(answer.headers["date"]).timestamp()
        passed = self.now - self.began.get(url, 0.0)
        moved = {"last-modified": formatdate(written), "date": formatdate(now + passed)}
        return Answer(answer.status, {**answer.headers, **moved}, answer.body)

    def _sleep(self, seconds: float) -> None:
        self.pass_time(seconds)

    def _signed_at(self) -> float:
        return self.moment() if isinstance(self.web, MemoryWeb) else time.time()


def _fresh() -> str:
    return f"token{next(_NUMBERS)}"


Make = Callable[..., ObjectsStore]


def served(name: str) -> ObjectsStore:
    """One workspace of a bucket on a real server."""
    found = object_server(name)
    return ObjectsStore(web=RequestsWeb(direct), server=found.server)
