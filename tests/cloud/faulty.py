"""A server on localhost that answers once in a given way, right or wrong, on each connection."""

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

TLS_GREETING = b"\x16"

Fault = Callable[[socket.socket, Event], None]


class FaultyServer:
    """Reads each request whole, notes it, then lets the fault have the connection."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.requests: list[bytes] = []
        self.open: list[socket.socket] = []
        self.done = Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.threads = [Thread(target=self.accept)]
        self.threads[0].start()

    def accept(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            if self.done.is_set():
                connection.close()
                return
            self.threads.append(Thread(target=self.serve, args=[connection]))
            self.threads[-1].start()

    def hang_up_all(self) -> None:
        """Closes every connection that there is."""
        for connection in self.open:
            connection.shutdown(socket.SHUT_RDWR)

    def serve(self, connection: socket.socket) -> None:
        self.open.append(connection)
        with connection:
            connection.settimeout(5)
            request = read_request(connection)
            while request:
                self.requests.append(request)
                self.fault(connection, self.done)
                request = read_request(connection)

    def close(self) -> None:
        self.done.set()
        socket.create_connection(self.listener.getsockname()).close()
        for thread in self.threads:
            thread.join()
        self.listener.close()


def read_request(connection: socket.socket) -> bytes:
    """Head and body of one request (of TLS, its greeting), or nothing if the connection ends before."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            data += (piece := connection.recv(65536))
            if not piece or data.startswith(TLS_GREETING):
                return data
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += (piece := connection.recv(65536))
            if not piece:
                return b""
    except OSError:
        return b""
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(fault: Fault) -> Iterator[FaultyServer]:
    server = FaultyServer(fault)
    try:
        yield server
    finally:
        server.close()


def answer(body: bytes | object, status: str = "200 OK", *headers: str, cut: int = 0) -> Fault:
    """Sends an answer; with `cut`, without so many of its last bytes, and closes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(data)}", *headers]
    whole = "\r\n".join([*lines, "", ""]).encode() + data

    def fault(connection: socket.socket, done: Event) -> None:
        connection.sendall(whole[: len(whole) - cut])
        if cut:
            connection.shutdown(socket.SHUT_RDWR)

    return fault


def reset(connection: socket.socket, done: Event) -> None:
    """Cuts the connection with a reset, without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang_up(connection: socket.socket, done: Event) -> None:
    """Closes in good order, without a word."""
    connection.shutdown(socket.SHUT_RDWR)


def silence(connection: socket.socket, done: Event) -> None:
    """Says nothing until the test is over."""
    done.wait(5)


def half_then_silence(connection: socket.socket, done: Event) -> None:
    """Begins an answer, and says nothing more."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Response"')
    done.wait(5)


def garbage(connection: socket.socket, done: Event) -> None:
    """Something that is no HTTP."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
    connection.shutdown(socket.SHUT_RDWR)


def deaf_host() -> str:
    """An address on this machine that nobody listens at, or can: this process keeps its port."""
    nobody = socket.socket()
    nobody.bind(("127.0.0.1", 0))
    port = nobody.getsockname()[1]
    nobody.detach()
    return f"127.0.0.1:{port}"
