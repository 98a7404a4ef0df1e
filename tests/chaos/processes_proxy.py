"""The API's end of the network, before the simulator, which spoils exchanges as networks do.

It stands on localhost, with a certificate of its own where it speaks TLS, and takes requests to itself
as well as those to a forward proxy. What it does to the first requests is given; whatever comes after
those passes.
"""

import json
import re
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event, Thread

from tests.cloud.faulty import read_request

_ABSOLUTE = re.compile(rb"^http://[^/]*")
PIECE = 0.02
"""Seconds between two bytes of an answer that drips."""

CERTIFICATE = Path(__file__).with_name("cloud.pem")
"""For 127.0.0.1 and cloud.tencentcloudapi.com until the year 2126, and trusted by nobody but these tests."""

_KEY = """
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQktY9HX8nk7S0xKK
2bx05EYbMMEMNJ/S95EZgicskOOhRANCAARNPF6lEzn7p0qoomTW5FJmDJAFXFfR
u7jZZgUEQGNPHpz/ChGGfnmoMgJeN8ymXf6g1AtSRoesF/rncBFGiA1X
"""


@dataclass(frozen=True)
class Exchange:
    """One request as it arrived, its way to the simulator, and the end of the test."""

    connection: socket.socket
    request: bytes
    forward: Callable[[], bytes]
    over: Event


@dataclass(frozen=True)
class Fault:
    """What is done; `unread` is done to a connection before anything was read from it."""

    act: Callable[[Exchange], None]
    unread: bool = False


PASS = Fault(lambda exchange: exchange.connection.sendall(exchange.forward()))
"""Nothing is done."""


@dataclass
class Proxy:
    """Stands at `host`; does `fault` to the first `times` exchanges.

    `requests` are those read whole, `answers` what the simulator answered to those that it got.
    """

    upstream: str
    fault: Fault
    times: int
    host: str = ""
    requests: int = 0
    answers: list[bytes] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    threads: list[Thread] = field(default_factory=list)
    open: list[socket.socket] = field(default_factory=list)

    def accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        """Takes connections until the test is over, each in a thread."""
        while True:
            connection, _ = listener.accept()
            if self.over.is_set():
                connection.close()
                return
            self.threads.append(Thread(target=self._serve, args=[connection, context]))
            self.threads[-1].start()

    def hang_up(self) -> None:
        """Ends whatever connection is still there."""
        for connection in self.open:
            with suppress(OSError):  # closed by its own thread, as a rule
                connection.shutdown(socket.SHUT_RDWR)

    def _serve(self, connection: socket.socket, context: ssl.SSLContext | None) -> None:
        with connection, suppress(OSError):  # the client may go at any time
            connection.settimeout(10)
            if self.fault.unread and self._struck():
                self.fault.act(Exchange(connection, b"", lambda: b"", self.over))
                return
            if context is not None:
                with context.wrap_socket(connection, server_side=True) as secure:
                    self._talk(secure)
            else:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        self.open.append(connection)
        while request := read_request(connection):
            self.requests += 1
            exchange = Exchange(connection, request, partial(self._forward, request), self.over)
            if not self.fault.unread and self._struck():
                self.fault.act(exchange)
                return
            connection.sendall(exchange.forward())

    def _struck(self) -> bool:
        self.times -= 1
        return self.times >= 0

    def _forward(self, request: bytes) -> bytes:
        host, _, port = self.upstream.partition(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(of_the_origin(request))
            self.answers.append(read_request(connection))
        return self.answers[-1]

    @property
    def carried_out(self) -> int:
        """How many requests the simulator has carried out."""
        return sum(b'"Error"' not in answer for answer in self.answers)


def of_the_origin(request: bytes) -> bytes:
    """The request as an origin gets it, whose request line has no host."""
    verb, target, rest = request.split(b" ", 2)
    return b" ".join((verb, _ABSOLUTE.sub(b"", target), rest))


@contextmanager
def proxy(upstream: str, fault: Fault, *, tls: bool = False, times: int = 1) -> Iterator[Proxy]:
    """The API's end before the simulator at HOST:PORT, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Proxy(upstream, fault, times, f"127.0.0.1:{listener.getsockname()[1]}")
        made.threads.append(Thread(target=made.accept, args=[listener, context() if tls else None]))
        made.threads[0].start()
        try:
            yield made
        finally:
            made.over.set()
            socket.create_connection(listener.getsockname()).close()
            made.threads[0].join()
            made.hang_up()
            for thread in made.threads:
                thread.join()


@cache
def context() -> ssl.SSLContext:
    """The side of TLS that has the certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile("w") as file:
        file.write(f"-----BEGIN PRIVATE KEY-----{_KEY}-----END PRIVATE KEY-----\n{CERTIFICATE.read_text()}")
        file.flush()
        made.load_cert_chain(file.name)
    return made


# What can be done to an exchange


def reset(exchange: Exchange) -> None:
    """Cuts the connection with a reset."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()


def reset_when_done(exchange: Exchange) -> None:
    """The same once the simulator has answered."""
    exchange.forward()
    reset(exchange)


def keep_silent(exchange: Exchange) -> None:
    """Says nothing of the answer until the test is over."""
    exchange.forward()
    exchange.over.wait(10)


def cut_in_half(exchange: Exchange) -> None:
    """Sends half of the body, and ends."""
    answer = exchange.forward()
    exchange.connection.sendall(answer[: (answer.index(b"\r\n\r\n") + 4 + len(answer)) // 2])


def cut_short(exchange: Exchange) -> None:
    """Ends without a word of the answer; under TLS, without the word that ends it either."""
    exchange.forward()
    exchange.connection.shutdown(socket.SHUT_RDWR)


def drip(exchange: Exchange) -> None:
    """Sends the answer byte by byte, for longer than anybody should wait."""
    for byte in exchange.forward():
        exchange.connection.sendall(bytes([byte]))
        if exchange.over.wait(PIECE):
            return


def cut_at_once(exchange: Exchange) -> None:
    """Takes the first bytes, of the request or of the greeting of TLS, and cuts."""
    exchange.connection.recv(5)
    reset(exchange)


def answering(status: str, body: bytes, *headers: str, done: bool) -> Callable[[Exchange], None]:
    """Sends another answer than the simulator's, which gets the request if it is to be `done`."""

    def act(exchange: Exchange) -> None:
        if done:
            exchange.forward()
        lines = [f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {len(body)}", *headers]
        exchange.connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return act


def refusing(code: str) -> Callable[[Exchange], None]:
    """The API's own error answer, before anything was done."""
    error = {"Error": {"Code": code, "Message": "words"}, "RequestId": "r-1"}
    return answering("200 OK", json.dumps({"Response": error}).encode(), done=False)
