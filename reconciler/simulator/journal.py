"""What the simulator writes down beside the world: the calls it got, and those that take effect late."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from .actions import Call
from .store import Store


class Calls:
    """Every request that reached the gateway, also one refused or cut, in order of arrival."""

    def __init__(self, store: Store) -> None:
        """Work on the store."""
        self._store = store

    def record(
        self, action: str, at: float, request: Any, response: dict[str, Any] | None, error_code: str | None
    ) -> None:
        """Note a call and what its client was told; None if it was told nothing."""
        answer = None if response is None else json.dumps(response)
        self._store.execute(
            "INSERT INTO calls (action, at, request, response, error_code) VALUES (?, ?, ?, ?, ?)",
            (action, at, json.dumps(request), answer, error_code),
        )

    def all(self) -> list[dict[str, Any]]:
        """The calls as the test surface tells them."""
        return [
            {
                "action": row["action"],
                "at": row["at"],
                "request": json.loads(row["request"]),
                "response": None if row["response"] is None else json.loads(row["response"]),
                "errorCode": row["error_code"],
            }
            for row in self._store.rows("SELECT * FROM calls ORDER BY id")
        ]


class Late:
    """Requests whose client was cut off and that take effect afterwards, on the simulated clock."""

    def __init__(self, store: Store) -> None:
        """Work on the store."""
        self._store = store

    def defer(self, service: str, call: Call, due: float) -> None:
        """Keep a verified request for later."""
        kept = json.dumps({"service": service, "call": asdict(call)})
        self._store.execute("INSERT INTO late (due, call) VALUES (?, ?)", (due, kept))

    def due(self, now: float) -> Iterator[tuple[str, Call]]:
        """Hand out what is due, in order, each at the time it was due."""
        for row in self._store.rows("SELECT * FROM late WHERE due <= ? ORDER BY due, id", (now,)):
            self._store.execute("DELETE FROM late WHERE id = ?", (row["id"],))
            kept = json.loads(row["call"])
            yield kept["service"], Call(**{**kept["call"], "at": row["due"]})
