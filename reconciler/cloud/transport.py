"""One POST over the network, and the only question that matters when it fails: was it sent?

A failure while the connection was being made proves that the API saw nothing. Any later one
proves nothing. Messages are our own, and raised outside the handlers, because those of the HTTP
library hold on to the request with its headers and body.
"""

import errno
import ssl
import sys
from collections.abc import Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from socket import gaierror
from threading import Lock, local
from typing import Protocol

import requests

from reconciler.cloud.bounded import BoundedAdapter

LARGEST_ANSWER = 16 * 1024 * 1024
_CHUNK = 64 * 1024

_ENCODINGS = {"br", "compress", "deflate", "gzip", "x-compress", "x-gzip", "zstd"}
_UNROUTABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}
_HANDSHAKE = {
    "CERTIFICATE_VERIFY_FAILED",
    "NO_PROTOCOLS_AVAILABLE",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "UNSUPPORTED_PROTOCOL",
    "WRONG_VERSION_NUMBER",
}


class Unreachable(Exception):
    """No connection came about, so nothing was sent; the text says why."""


class NoAnswer(Exception):
    """The connection failed at a point where the request may have arrived; the text says how."""


class Transport(Protocol):
    """Carries one request; `timeout` is (to connect, for the whole answer) in seconds."""

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> tuple[int, bytes]:
        """The HTTP status and the whole answer; raises Unreachable or NoAnswer."""
        ...


class RequestsTransport:
    """A Transport over `requests`, with one session a thread; use as a context manager, or close it.

    No retries, redirects or cookies, and nothing is read from the environment: `proxies` (by URL
    scheme) and `verify` (False, or the path of a CA bundle) are given by whoever may read it.
    """

    def __init__(self, proxies: Mapping[str, str] | None = None, verify: bool | str = True) -> None:
        self._proxies = dict(proxies or {})
        self._verify = verify
        self._threads = local()
        self._sessions: list[requests.Session] = []
        self._lock = Lock()

    def __enter__(self) -> "RequestsTransport":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections of all threads."""
        with self._lock:
            for session in self._sessions:
                session.close()

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> tuple[int, bytes]:
        """One attempt; see Transport. An answer over 16 MiB, or one that is encoded, counts as none."""
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise Unreachable("a header holds characters that cannot be sent")
        outcome = self._attempt(url, headers, body, timeout)
        try:
            if isinstance(outcome, tuple):
                return outcome
            raise outcome
        finally:
            del outcome  # an error that holds on to itself would keep its connection open

    def _attempt(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> tuple[int, bytes] | Unreachable | NoAnswer:
        handled = sys.exception()
        try:
            with self._session().post(
                url, data=body, headers=dict(headers), timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                if encoding := _encoding(response):
                    return NoAnswer(f"the answer is encoded ({encoding}), which was not asked for")
                if (answer := _read(response)) is None:
                    return NoAnswer(f"the answer is larger than {LARGEST_ANSWER} bytes")
                return response.status_code, answer
        except (requests.RequestException, OSError, ValueError) as error:
            return classify(error, handled)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = self._new_session()
            with self._lock:
                self._sessions.append(session)
        return session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.headers.clear()
        session.headers.update({"User-Agent": "reconciler", "Accept-Encoding": "identity"})
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        session.proxies.update(self._proxies)
        session.verify = self._verify
        for scheme in ("http://", "https://"):
            session.mount(scheme, BoundedAdapter())
        return session


def classify(error: Exception, handled: BaseException | None = None) -> Unreachable | NoAnswer:
    """Whether a failure of the HTTP library proves that nothing was sent.

    `handled` is the exception that the caller was busy with, which is no cause of this one.
    """
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Unreachable("no connection within the time allowed")
    if isinstance(error, requests.exceptions.ProxyError):
        return Unreachable("no connection through the proxy")
    late = isinstance(error, requests.Timeout)
    for cause in _chain(error, handled):
        if isinstance(cause, gaierror):
            return Unreachable("the host's name cannot be resolved")
        if isinstance(cause, ConnectionRefusedError):
            return Unreachable("the connection was refused")
        if isinstance(cause, ssl.SSLError) and getattr(cause, "reason", "") in _HANDSHAKE:
            return Unreachable(f"no secure connection ({cause.reason})")
        if isinstance(cause, OSError) and cause.errno in _UNROUTABLE:
            return Unreachable("there is no route to the host")
        late = late or isinstance(cause, TimeoutError)
    if late:
        return NoAnswer("no answer within the time allowed")
    return NoAnswer("the connection broke before the answer was complete")


def _chain(error: BaseException | None, end: BaseException | None) -> Iterator[BaseException]:
    """The error, what caused it, and so on; the HTTP library wraps the system's errors thrice."""
    while error is not None and error is not end:
        yield error
        error = error.__cause__ or error.__context__


def _encoding(response: requests.Response) -> str:
    """The encodings of an answer, for people; "" where it is plain. None is undone: a bomb is small."""
    stated = ",".join(response.headers.get(name, "") for name in ("Content-Encoding", "Transfer-Encoding"))
    found = {name.strip().lower() for name in stated.split(",")} - {"", "identity", "chunked"}
    return ", ".join(sorted(name if name in _ENCODINGS else "an unknown one" for name in found))


def _read(response: requests.Response) -> bytes | None:
    answer = bytearray()
    for chunk in response.iter_content(_CHUNK):
        answer += chunk
        if len(answer) > LARGEST_ANSWER:
            return None
    return bytes(answer)
