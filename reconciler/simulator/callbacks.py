"""Sends callbacks as the cloud does (callbacks §1): signed, again where no 200 comes, and in no sure order.

How much is doubled, delayed or lost on the way is set by the test surface, and follows from a seed.
"""

import asyncio
import base64
import hashlib
import hmac
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from .clock import Clock
from .events import Events, encoded
from .live_events import LiveEvents, is_lives
from .store import Store

RETRIES_FOR = 60.0
"""Seconds since the first attempt in which others follow."""
ANSWERS_WITHIN = 5.0
LOOKS_EVERY = 0.05
SETTING = "callbacks"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How callbacks are sent: where, signed by which key, and what goes wrong on the way.

    Without a URL they are only kept, and without a key of Live's none of its events is told. The first retry
    is made at once, the others every `retry_seconds`.
    """

    key: str
    url: str | None = None
    duplicates: float = 0.0
    loss: float = 0.0
    disorder_seconds: float = 0.0
    retry_seconds: float = 10.0
    seed: int = 0
    live_key: str | None = None


class Callbacks:
    """The events of the world, and what becomes of each on its way."""

    def __init__(
        self,
        store: Store,
        events: Events,
        live_events: LiveEvents,
        clock: Clock,
        machine: Callable[[], float] = time.time,
    ) -> None:
        """Work on the store; `machine` is the clock by which attempts are made."""
        self._store = store
        self._events = events
        self._live_events = live_events
        self._clock = clock
        self._machine = machine

    @property
    def delivery(self) -> Delivery | None:
        """How they are sent; None where nobody asked for any."""
        found = self._store.setting(SETTING, None)
        return None if found is None else Delivery(**found)

    def set(self, delivery: Delivery | None) -> None:
        """Send them so from now on."""
        self._store.keep_setting(SETTING, None if delivery is None else asdict(delivery))

    def note(self) -> None:
        """Put what has happened since into the outbox."""
        delivery = self.delivery
        if delivery is None:
            return
        now = self._clock.now()
        lives = [] if delivery.live_key is None else self._live_events.due(now, delivery.live_key)
        for at, body in [*self._events.due(now), *lives]:
            number = self._store.row("SELECT count(*) AS count FROM outbox")
            chance = random.Random(f"{delivery.seed}/{number['count'] if number else 0}")
            copies = 0 if chance.random() < delivery.loss else 1 + (chance.random() < delivery.duplicates)
            for _ in range(max(copies, 1)):
                due = self._machine() + chance.random() * delivery.disorder_seconds
                values = (at, encoded(body).decode(), due, due if copies else None)
                self._store.execute(
                    "INSERT INTO outbox (at, body, first, next, attempts) VALUES (?, ?, ?, ?, 0)",
                    values,
                )

    def all(self) -> list[dict[str, Any]]:
        """Every event so far in the order in which it happened: with its signature, and what became of it."""
        key = self.delivery.key if self.delivery else ""
        return [
            {
                "id": row["id"],
                "at": row["at"],
                "body": row["body"],
                "sign": None if is_lives(row["body"].encode()) else signature(key, row["body"].encode()),
                "attempts": row["attempts"],
                "answer": row["answer"],
            }
            for row in self._store.rows("SELECT * FROM outbox ORDER BY id")
        ]

    async def deliver(self) -> None:
        """Make attempts as they become due, until cancelled."""
        while True:
            for row in self._due():
                answer = await asyncio.to_thread(self._attempt, row["body"].encode())
                with self._store.transaction():
                    self._settle(row, answer)
            await asyncio.sleep(LOOKS_EVERY)

    def _due(self) -> list[Any]:
        delivery = self.delivery
        if delivery is None or delivery.url is None:
            return []
        return self._store.rows("SELECT * FROM outbox WHERE next <= ? ORDER BY next", (self._machine(),))

    def _attempt(self, body: bytes) -> int:
        """The status of the answer; 0 for none."""
        delivery = self.delivery
        if delivery is None or delivery.url is None:
            return 0
        signed = {} if is_lives(body) else {"Sign": signature(delivery.key, body), "SdkAppId": "0"}
        headers = {"Content-Type": "application/json", **signed}
        request = urllib.request.Request(delivery.url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return 0

    def _settle(self, row: Any, answer: int) -> None:
        """Note an attempt, and when the next is, unless it was taken or the cloud gives up."""
        delivery, attempts, following = self.delivery, row["attempts"] + 1, None
        if answer != 200 and delivery is not None:
            wait = 0.0 if attempts == 1 else delivery.retry_seconds
            moment = self._machine() + wait
            following = moment if moment <= row["first"] + RETRIES_FOR else None
        self._store.execute(
            "UPDATE outbox SET attempts = ?, answer = ?, next = ? WHERE id = ?",
            (attempts, answer, following, row["id"]),
        )


def signature(key: str, body: bytes) -> str:
    """The header Sign: HMAC-SHA256 over the body, in base64 (callbacks §1)."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def read_delivery(given: dict[str, Any]) -> Delivery:
    """What the test surface was told, by the names that it has in JSON."""
    names = {
        "key": "key",
        "url": "url",
        "duplicates": "duplicates",
        "loss": "loss",
        "disorderSeconds": "disorder_seconds",
        "retrySeconds": "retry_seconds",
        "seed": "seed",
        "liveKey": "live_key",
    }
    return Delivery(**{names[name]: value for name, value in given.items()})
