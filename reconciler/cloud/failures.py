"""Why a request got no answer, in words, and whether any of it was sent, by what the connection saw.

The words are found by looking at errors; what was sent never is.
"""

import errno
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from socket import gaierror
from urllib.parse import urlsplit

from requests.exceptions import InvalidSchema, Timeout

from reconciler.cloud.attempt import Attempt, Withheld
from reconciler.errors import installing

NEXT = "check the network, the proxy and the endpoint, then run the command again: nothing was sent"
AUTHENTICATE, FORBIDDEN = 407, 403
"""Answers of a proxy that a repeat would get again."""

_UNTRUSTED = (
    "if a proxy replaces the API's certificate with its own, set SSL_CERT_FILE to its CA file, then run the "
    "command again: nothing was sent"
)
_DESCRIPTORS = "raise the limit with ulimit -n, then run the command again: nothing was sent"
_NO_PROXY = "check that an HTTP proxy is listening there, then run the command again: nothing was sent"
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}
_NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE}


class Unreachable(Exception):
    """Nothing of the request was sent to the API; the text says why, and `hint` what to do next.

    `lasting` is true where a repeat would end in the same way, as with a proxy that refuses.
    """

    def __init__(self, text: str, hint: str = NEXT, *, lasting: bool = False) -> None:
        super().__init__(text)
        self.hint = hint
        self.lasting = lasting


class HeldBack(Unreachable):
    """The connection stood, and was told right before the first byte that nothing more may be sent."""


class NoAnswer(Exception):
    """The connection failed at a point where the request may have arrived; the text says how."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way of an attempt: the URL, and the proxy's URL or an empty text."""

    url: str
    proxy: str = ""

    @property
    def host(self) -> str:
        """Where the request is for."""
        return urlsplit(self.url).netloc

    @property
    def proxy_host(self) -> str:
        """The proxy's name and port, never its user or password."""
        return urlsplit(self.proxy).netloc.rpartition("@")[2]

    @property
    def forwards(self) -> bool:
        """Whether the proxy itself reads the request, rather than a tunnel through it."""
        return self.proxy.startswith("http") and self.url.startswith("http://")

    @property
    def first_stop(self) -> str:
        """What the connection is made to, in words."""
        return f"the proxy {self.proxy_host}" if self.proxy else "the host"


def failure(
    error: Exception, attempt: Attempt, way: Way, handled: BaseException | None = None
) -> Unreachable | NoAnswer:
    """What an attempt ended in.

    `handled` is the exception that the caller was busy with, which is no cause of this one.
    """
    causes = list(_chain(error, handled))
    late = any(isinstance(cause, TimeoutError | Timeout) for cause in causes)
    if attempt.sent:
        through = f", through the proxy {way.proxy_host}" if way.proxy else ""
        if late:
            return NoAnswer(f"timed out waiting for the response{through}")
        return NoAnswer(f"the connection was lost before the response was complete{through}")
    if attempt.tunnelled and attempt.proxy_status != 200:
        return _no_tunnel(attempt, way, late=late)
    if isinstance(error, InvalidSchema) and way.proxy.startswith("socks"):
        return no_socks(way)
    reasons = (_reason(cause, way) for cause in causes)
    return next(filter(None, reasons), None) or _no_connection(attempt, way, late=late)


def no_socks(way: Way) -> Unreachable:
    """There is no speaking to the proxy without a library."""
    return Unreachable(
        f"{way.first_stop} is a SOCKS proxy, and SOCKS support is not installed",
        f"install it with {installing('socks')}, or unset the proxy variable: nothing was sent",
        lasting=True,
    )


def proxy_refused(status: int, way: Way) -> Unreachable:
    """The proxy says that it lets nothing through: by its status that is what a repeat would hear too."""
    if status == AUTHENTICATE:
        given = "@" in urlsplit(way.proxy).netloc
        wants = "rejected the user name and password" if given else "requires a user name and password"
        return Unreachable(
            f"{way.first_stop} {wants} ({status})",
            "add them to the proxy variable, as in http://USER:PASSWORD@HOST:PORT with special characters "
            "percent-encoded, then run the command again: nothing was sent",
            lasting=True,
        )
    return Unreachable(
        f"{way.first_stop} does not allow connections to {way.host} ({status})",
        f"allow {way.host} in the proxy, or add it to NO_PROXY if it can be reached directly: nothing was "
        "sent",
        lasting=True,
    )


def _no_tunnel(attempt: Attempt, way: Way, *, late: bool) -> Unreachable:
    status = attempt.proxy_status
    if status in (AUTHENTICATE, FORBIDDEN):
        return proxy_refused(status, way)
    wish = f"CONNECT {way.host}"
    if status is not None:
        return Unreachable(f"{way.first_stop} answered {wish} with {status}")
    if attempt.proxy_said:
        return Unreachable(f"the response of {way.first_stop} to {wish} is not HTTP", _NO_PROXY)
    if late:
        return Unreachable(f"{way.first_stop} did not answer {wish} in time")
    return Unreachable(f"{way.first_stop} closed the connection instead of answering {wish}")


def _reason(cause: BaseException, way: Way) -> Unreachable | None:
    """What this cause says, if it is one that says something."""
    if isinstance(cause, Withheld):
        return HeldBack(str(cause))
    if isinstance(cause, gaierror):
        return Unreachable(f"cannot resolve the name of {way.first_stop}")
    reason = getattr(cause, "reason", "") if isinstance(cause, ssl.SSLError) else ""
    if reason:  # one that Python itself has raised has none
        hint = _UNTRUSTED if reason == "CERTIFICATE_VERIFY_FAILED" else NEXT
        return Unreachable(f"no secure connection ({reason})", hint)
    if isinstance(cause, ConnectionRefusedError):
        return Unreachable(f"{way.first_stop} refused the connection")
    number = cause.errno if isinstance(cause, OSError) else None
    if number in _NO_DESCRIPTORS:
        return Unreachable("this process has no file descriptors left for a connection", _DESCRIPTORS)
    return Unreachable(f"no route to {way.first_stop}") if number in _NO_ROUTE else None


def _no_connection(attempt: Attempt, way: Way, *, late: bool) -> Unreachable:
    beyond = attempt.tunnelled or way.proxy.startswith("socks")
    to = f"{way.host} through {way.first_stop}" if beyond else way.first_stop
    return Unreachable(f"cannot connect to {to}{': timed out' if late else ''}")


def _chain(error: BaseException | None, end: BaseException | None) -> Iterator[BaseException]:
    """The error, what caused it, and so on; the HTTP library wraps the system's errors thrice."""
    while error is not None and error is not end:
        yield error
        error = error.__cause__ or error.__context__
