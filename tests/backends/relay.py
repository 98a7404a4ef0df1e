"""A relay between a client and a server that can be told to cut, to swallow or to refuse."""

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread

PASS, SWALLOW_ALL, SWALLOW_ANSWERS, REFUSE = "pass", "swallow all", "swallow answers", "refuse"


@dataclass
class Relay:
    """Stands at `port` in front of another one; `mode` holds for all connections from the next byte on.

    Each piece of data is held back for the seconds that `delay` gives.
    """

    upstream: int
    mode: str = PASS
    port: int = 0
    delay: Callable[[], float] | None = None
    _open: list[socket.socket] = field(default_factory=list)
    _mutex: Lock = field(default_factory=Lock)
    _over: bool = False

    def cut(self) -> None:
        """Resets every connection there is."""
        with self._mutex:
            ends, self._open = self._open, []
        for end in ends:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                end.close()

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            if self.mode == REFUSE:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.upstream))
            except OSError:
                near.close()
                continue
            with self._mutex:
                self._open += [near, far]
            Thread(target=self._serve, args=(near, far), daemon=True).start()

    def _serve(self, near: socket.socket, far: socket.socket) -> None:
        """Both directions of one connection, which is forgotten once both have ended."""
        answers = Thread(target=self._pass, args=(far, near, True), daemon=True)
        answers.start()
        self._pass(near, far, False)
        answers.join()
        with self._mutex:
            self._open = [one for one in self._open if one not in (near, far)]
        near.close()
        far.close()

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                swallowed = self.mode == SWALLOW_ALL or (answers and self.mode == SWALLOW_ANSWERS)
                if self.delay is not None:
                    time.sleep(self.delay())
                if not swallowed:
                    sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def relaying(upstream: int) -> Iterator[Relay]:
    """A relay for a block."""
    relay = Relay(upstream)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay.port = int(listener.getsockname()[1])
        Thread(target=relay.accept, args=(listener,), daemon=True).start()
        try:
            yield relay
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            relay.cut()
