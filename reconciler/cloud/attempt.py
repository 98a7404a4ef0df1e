"""What the connection itself knows of one attempt: above all, whether any of the request was handed out.

A library's exception does not tell that. A connection that breaks behind a proxy after the request
has gone out, and one that never came about, can end in the same one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, ClassVar

_LONGEST_LINE = 512
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})\b")


class Withheld(OSError):
    """Nothing of a request was handed out, as nothing may be sent any more."""

    def __init__(self) -> None:
        super().__init__("nothing more may be sent")


def never() -> bool:
    """Whatever is asked is sent."""
    return False


@dataclass
class Attempt:
    """One attempt after the other of one thread.

    `sent` is true from before the first byte of a request is handed to the operating system or to
    TLS, which may be long after the connection to a proxy. `tunnelled` is true once the proxy was
    asked for a tunnel; `proxy_said` is the beginning of what it answered to that. `withheld` is asked
    before the first byte: signing and connecting take their time, in which a hold can be lost.
    """

    sent: bool = False
    tunnelled: bool = False
    proxy_said: bytes = b""
    withheld: Callable[[], bool] = field(default=never, compare=False)

    def begin(self) -> None:
        """Nothing has been handed out yet."""
        self.sent = self.tunnelled = False
        self.proxy_said = b""

    def hands_out(self, *, connecting: bool) -> None:
        """Bytes are about to leave: the request's, or while `connecting` those that ask for a tunnel.

        Raises Withheld where these are the request's first and may not leave any more.
        """
        if connecting:
            self.tunnelled = True
        elif not self.sent and self.withheld():
            raise Withheld
        else:
            self.sent = True

    def hears(self, data: bytes) -> None:
        """Bytes have arrived; before the request was sent they are a proxy's."""
        if not self.sent and len(self.proxy_said) < _LONGEST_LINE:
            self.proxy_said += data[:_LONGEST_LINE]

    @property
    def proxy_status(self) -> int | None:
        """The HTTP status with which the proxy answered the wish for a tunnel; None if that was no HTTP."""
        found = _STATUS.match(self.proxy_said)
        return int(found[1]) if found else None


class Tracked(HTTPConnection):
    """Mixed into a connection: tells its `attempt` the moment at which bytes leave.

    What is sent while the connection comes about is the wish for a tunnel, never the request.
    """

    attempt: ClassVar[Attempt]
    _connecting = False

    def connect(self) -> None:
        """Connects, through a tunnel and with TLS as the class below has it."""
        self._connecting = True
        try:
            super().connect()
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        """Tells, then sends; connects first where that is still to be done."""
        if self.sock is None and self.auto_open:
            self.connect()
        self.attempt.hands_out(connecting=self._connecting)
        super().send(data)

    def getresponse(self) -> Any:
        """The answer. Whoever waits for one has sent a request, by whichever way it left."""
        self.attempt.hands_out(connecting=False)
        return super().getresponse()
