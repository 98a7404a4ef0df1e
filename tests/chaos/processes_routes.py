"""The ways to the API, direct or through a proxy; and a proxy that lets tunnels through, or does not.

It stands on localhost and speaks HTTP, HTTP in TLS, or SOCKS.
"""

import select
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import NamedTuple

from tests.chaos.processes_proxy import context


class Route(NamedTuple):
    """Whether the API speaks TLS, and the scheme of the proxy before it, if there is one."""

    tls: bool
    proxy: str = ""

    @property
    def tunnels(self) -> bool:
        """Whether a proxy passes bytes on that it does not read."""
        return self.tls and bool(self.proxy)


ROUTES = {
    "direct": Route(tls=False),
    "direct, TLS": Route(tls=True),
    "forward proxy": Route(tls=False, proxy="http"),
    "CONNECT proxy": Route(tls=True, proxy="http"),
    "CONNECT proxy in TLS": Route(tls=True, proxy="https"),
    "SOCKS proxy": Route(tls=True, proxy="socks5h"),
}

Spoil = Callable[[socket.socket, Event], None]
"""What is done to a client that has asked for a tunnel; the event is the end of the test."""


@dataclass
class Relay:
    """Stands at `host`; every tunnel leads to `target`, but `spoil` has the first wish for one."""

    target: str
    scheme: str
    spoil: Spoil | None
    host: str = ""
    over: Event = field(default_factory=Event)
    threads: list[Thread] = field(default_factory=list)
    open: list[socket.socket] = field(default_factory=list)

    def begin(self, work: Callable[..., None], *arguments: object) -> Thread:
        thread = Thread(target=work, args=arguments)
        thread.start()
        self.threads.append(thread)
        return thread

    def accept(self, listener: socket.socket) -> None:
        while True:
            client, _ = listener.accept()
            if self.over.is_set():
                client.close()
                return
            self.begin(self._serve, client)

    def hang_up(self) -> None:
        for end in self.open:
            with suppress(OSError):  # closed already, as a rule
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:  # whoever is there may go at any time
            client.settimeout(10)
            if self.scheme == "https":
                with context().wrap_socket(client, server_side=True) as secure:
                    self._tunnel(secure)
            else:
                self._tunnel(client)

    def _tunnel(self, client: socket.socket) -> None:
        self.open.append(client)
        said = (_greeted if self.scheme.startswith("socks") else _connected)(client)
        spoil, self.spoil = self.spoil, None
        if spoil is not None:
            spoil(client, self.over)
            return
        host, _, port = self.target.partition(":")
        with socket.create_connection((host, int(port)), 10) as target:
            self.open.append(target)
            client.sendall(said)
            _pass_on(client, target)


def _pass_on(client: socket.socket, target: socket.socket) -> None:
    """Passes bytes on both ways until one of the two has gone; then the other goes as well.

    In one thread: a connection in TLS that one thread reads from while another writes to it spoils its bytes.
    """
    with suppress(OSError):
        while True:
            for source, sink in _ready(client, target):
                if not (data := source.recv(65536)):
                    raise ConnectionError
                sink.sendall(data)
    for end in (client, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _ready(client: socket.socket, target: socket.socket) -> list[tuple[socket.socket, socket.socket]]:
    """From whom to whom there is something to be passed on, once there is; TLS may hold some back."""
    if isinstance(client, ssl.SSLSocket) and client.pending():
        return [(client, target)]
    readable, _, _ = select.select([client, target], [], [])
    return [pair for pair in ((client, target), (target, client)) if pair[0] in readable]


def _connected(client: socket.socket) -> bytes:
    """Reads CONNECT; what is answered if it is granted."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += (piece := client.recv(65536))
        if not piece:
            raise ConnectionError
    assert data.startswith(b"CONNECT ")
    return b"HTTP/1.1 200 Connection established\r\nVia: 1.1 relay\r\n\r\n"


def _greeted(client: socket.socket) -> bytes:
    """Reads the greeting and the wish of SOCKS 5 (RFC 1928); what is answered if it is granted."""
    client.recv(2 + 255)
    client.sendall(b"\x05\x00")
    client.recv(4 + 256 + 2)
    return b"\x05\x00\x00\x01" + bytes(6)


@contextmanager
def relay(target: str, scheme: str, spoil: Spoil | None = None) -> Iterator[Relay]:
    """A proxy to HOST:PORT for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Relay(target, scheme, spoil, f"127.0.0.1:{listener.getsockname()[1]}")
        accepting = made.begin(made.accept, listener)
        try:
            yield made
        finally:
            made.over.set()
            socket.create_connection(listener.getsockname()).close()
            accepting.join()
            made.hang_up()
            for thread in made.threads:
                thread.join()


# What a proxy can do to the wish for a tunnel


def saying(words: bytes) -> Spoil:
    """Answers this, and closes."""

    def spoil(client: socket.socket, over: Event) -> None:
        client.sendall(words)

    return spoil


def refusing_with(status: str, *headers: str) -> Spoil:
    """An answer of HTTP, with a page for people."""
    page = "<html>no</html>"
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(page)}", *headers, "", page]
    return saying("\r\n".join(lines).encode())


def resetting(client: socket.socket, over: Event) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def silent(client: socket.socket, over: Event) -> None:
    over.wait(10)


def silent_in_the_greeting(client: socket.socket, over: Event) -> None:
    """Grants the tunnel, and says nothing of TLS."""
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    over.wait(10)


def cut_in_the_greeting(client: socket.socket, over: Event) -> None:
    """Grants the tunnel, and cuts it once TLS has begun."""
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    client.recv(5)
    resetting(client, over)


def another_in_the_greeting(client: socket.socket, over: Event) -> None:
    """Grants the tunnel, and then sends a page."""
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    client.recv(65536)
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")


def dripping(client: socket.socket, over: Event) -> None:
    """Never comes to the end of its answer."""
    with suppress(OSError):
        client.sendall(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.02):
            client.sendall(b"X: y\r\n")
