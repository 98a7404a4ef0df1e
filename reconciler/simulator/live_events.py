"""What happens to live streams, as Live's own callbacks tell it (callbacks §6): each push begins, and ends.

Events follow from what was told last and how a stream is now, as those of tasks do.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from .store import Store
from .streams import Stream
from .world import World

ENDS, BEGINS = 0, 1
HOLDS_FOR = 600
"""Seconds after an event for which its signature holds (callbacks §6)."""
CLOSED, DROPPED, FORBIDDEN, REPLACED = "1", "21/100", "21/101", "21/102"
"""Why a push ended (callbacks §6)."""
Body = dict[str, Any]


class LiveEvents:
    """Notes what is to be told of pushes; the store keeps what was told already."""

    def __init__(self, store: Store, world: World) -> None:
        """Work on the store, of this world."""
        self._store = store
        self._world = world

    def due(self, now: float, key: str) -> list[tuple[float, Body]]:
        """(when it happened, the body signed with the key) of everything that has not been told yet."""
        streams = self._world.streams.all(now, self._world.forbid_by_name)
        found = [event for stream in streams for event in self._of(stream, now)]
        return [(at, _signed(body, at, key)) for at, body in sorted(found, key=lambda event: event[0])]

    def _of(self, stream: Stream, now: float) -> Iterator[tuple[float, Body]]:
        told = self._store.row(
            "SELECT since, number FROM told_streams WHERE domain = ? AND app = ? AND stream = ?",
            stream.name.key,
        )
        since = told["since"] if told is not None else None
        number = told["number"] if told is not None else 0
        is_up = stream.state == "active"
        if since is not None and not (is_up and since >= stream.published_at):
            began_anew = stream.published_at > since
            at = stream.published_at if is_up else now
            took = {"push_duration": str(round((at - since) * 1000)), "errcode": _why(stream, began_anew)}
            yield at, {**_event(stream, ENDS, at, number), **took, "errmsg": ""}
            since = None
        if is_up and since is None:
            since, number = stream.published_at, number + 1
            yield since, {**_event(stream, BEGINS, since, number), "errcode": 0, "errmsg": "ok"}
        self._store.execute(
            "INSERT OR REPLACE INTO told_streams VALUES (?, ?, ?, ?, ?)", (*stream.name.key, since, number)
        )


def _why(stream: Stream, began_anew: bool) -> str:
    """Why the push that was there has ended, as far as the stream tells it."""
    if stream.state == "forbid":
        return FORBIDDEN
    if not began_anew:
        return CLOSED
    return REPLACED if stream.pushers > 1 else DROPPED


def _event(stream: Stream, kind: int, at: float, number: int) -> Body:
    name = stream.name
    return {
        "event_type": kind,
        "appid": 1250000000,
        "app": name.domain,
        "appname": name.app,
        "stream_id": name.stream,
        "channel_id": name.stream,
        "event_time": int(at),
        "sequence": str(number),
        "node": "127.0.0.1",
        "user_ip": "127.0.0.1",
        "stream_param": "",
        "set_id": 1,
        "width": 0,
        "height": 0,
        "idc_id": 0,
    }


def _signed(body: Body, at: float, key: str) -> Body:
    until = int(at) + HOLDS_FOR
    sign = hashlib.md5(f"{key}{until}".encode(), usedforsecurity=False).hexdigest()
    return {**body, "t": until, "sign": sign}


def is_lives(body: bytes) -> bool:
    """Whether an event is one of Live's, which has its signature in it."""
    return body.startswith(b'{"event_type":')
