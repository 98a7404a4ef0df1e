"""Proxies between a seeded run and its cloud: a request is lost there as the real transport sees it.

The transport speaks to a socket whose other end has been told beforehand what to say, through a tunnel
or to a forward proxy. What it raises is what the run is told; whether the cloud got the request is the
fate's affair. A transport that takes a lost answer for a request that was not sent ends in orphans.
"""

import socket
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Protocol
from unittest.mock import patch

from reconciler.cloud.failures import NoAnswer, Unreachable
from reconciler.cloud.transport import RequestsTransport

PROXY = "http://proxy.example:3128"
TUNNELLED, FORWARDED = "https://trtc.example/", "http://trtc.example/"
TIMEOUT = (5.0, 5.0)
CERTIFICATE = Path(__file__).with_name("cloud.pem")
BODY = b'{"SdkAppId": 1400188366}'
IN_A_TUNNEL, BEHIND_A_PROXY = "lost on the way into a tunnel", "lost behind a proxy"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"


class Way(Protocol):
    """How a request is lost on its way."""

    def unsent(self) -> Exception:
        """What the caller is told where nothing was sent."""
        ...

    def lost(self) -> Exception:
        """What the caller is told where it was sent and no answer came."""
        ...


class Direct:
    """No proxy."""

    def unsent(self) -> Exception:
        return Unreachable("the connection was refused")

    def lost(self) -> Exception:
        return NoAnswer("no answer")


class Line(socket.socket):
    """One end of a pair; `stuck` is after how many pieces nothing more can be sent in time."""

    stuck: int | None = None

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        if self.stuck == 0:
            raise TimeoutError("nothing more goes out")
        self.stuck = None if self.stuck is None else self.stuck - 1
        super().sendall(data, flags)


@dataclass(frozen=True)
class Manner:
    """What the other end does: it has `said` this, and ends; with a reset where it is `gone`."""

    said: bytes = b""
    gone: bool = False
    stuck: int | None = None
    fails: Callable[[], Exception] | None = None


TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
BEFORE: Mapping[str, Manner] = {
    "refused": Manner(fails=lambda: ConnectionRefusedError(111, "refused")),
    "no name": Manner(fails=lambda: socket.gaierror(-2, "unknown")),
    "no descriptors": Manner(fails=lambda: OSError(24, "too many open files")),
    "502 to CONNECT": Manner(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
    "garbage to CONNECT": Manner(b"SSH-2.0-OpenSSH_9.9\r\n"),
    "nothing to CONNECT": Manner(),
    "gone after CONNECT": Manner(TUNNEL),
    "no TLS in the tunnel": Manner(TUNNEL + b"HTTP/1.1 400 Bad Request\r\n\r\n"),
}
"""Of a tunnel: the request never leaves."""

AFTER: Mapping[str, Manner] = {
    "nothing": Manner(),
    "reset": Manner(gone=True),
    "half an answer": Manner(HEAD + b'{"Response"'),
    "garbage": Manner(b"SSH-2.0-OpenSSH_9.9\r\n"),
    "stuck after the head": Manner(stuck=1),
    "stuck in the head": Manner(stuck=0),
}
"""Of a forward proxy: the request leaves, wholly or in part."""


@dataclass
class Behind:
    """A way through proxies; counts how requests were lost on it."""

    random: Random
    tally: Counter[str] = field(default_factory=Counter)

    def unsent(self) -> Exception:
        return self._meets(TUNNELLED, BEFORE, IN_A_TUNNEL)

    def lost(self) -> Exception:
        return self._meets(FORWARDED, AFTER, BEHIND_A_PROXY)

    def _meets(self, url: str, manners: Mapping[str, Manner], kind: str) -> Exception:
        self.tally[kind] += 1
        return meeting(url, manners[self.random.choice(tuple(manners))])


@cache
def transport() -> RequestsTransport:
    """One for all runs of a process; each connection of it is broken by its manner."""
    return RequestsTransport(lambda _: PROXY, verify=str(CERTIFICATE))


def meeting(url: str, manner: Manner) -> Exception:
    """What the real transport makes of a manner."""
    ends: list[socket.socket] = []
    with connecting(manner, ends):
        try:
            transport().post(url, {}, BODY, TIMEOUT)
        except (Unreachable, NoAnswer) as error:
            return error.with_traceback(None)
        finally:
            for end in ends:
                end.close()
    raise AssertionError(f"an answer was read from {manner}")


def connecting(manner: Manner, ends: list[socket.socket]) -> AbstractContextManager[object]:
    """Every connection that is made meets the manner; the other end of each is added to the `ends`."""

    def connected(*_: Any, **__: Any) -> socket.socket:
        if manner.fails is not None:
            raise manner.fails()
        near, far = socket.socketpair()
        line = Line(fileno=near.detach())
        line.stuck = manner.stuck
        line.settimeout(TIMEOUT[0])
        far.sendall(manner.said)
        if manner.gone:
            far.close()
        else:
            far.shutdown(socket.SHUT_WR)
            ends.append(far)
        return line

    return patch("urllib3.util.connection.create_connection", connected)
