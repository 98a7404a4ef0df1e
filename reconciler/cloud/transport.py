"""One POST over the network, and the only question that matters when it fails: was it sent?

Only the connection knows: as long as it has handed out no byte of the request the API saw nothing;
from then on nothing is proved. Messages are our own, and raised outside the handlers, because those
of the HTTP library hold on to the request with its headers and body.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Lock, local
from typing import Protocol

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from reconciler.cloud.attempt import Attempt, never
from reconciler.cloud.bounded import BoundedAdapter
from reconciler.cloud.failures import AUTHENTICATE, NoAnswer, Unreachable, Way, failure, proxy_refused

logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # what it meets is told in our words

LARGEST_ANSWER = 16 * 1024 * 1024
_CHUNK = 64 * 1024

_OURS = {"User-Agent": "reconciler", "Accept-Encoding": "identity"}
_ENCODINGS = {"br", "compress", "deflate", "gzip", "x-compress", "x-gzip", "zstd"}


class Transport(Protocol):
    """Carries one request; `timeout` is (to connect, for the whole answer) in seconds."""

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> tuple[int, bytes]:
        """The HTTP status and the whole answer; raises Unreachable or NoAnswer."""
        ...


@dataclass(frozen=True, slots=True)
class _Line:
    """One thread's connections, and what they know of the attempt under way."""

    session: requests.Session = field(default_factory=requests.Session)
    attempt: Attempt = field(default_factory=Attempt)


def direct(url: str) -> str:
    """No proxy, whatever the URL."""
    return ""


class RequestsTransport:
    """A Transport over `requests`, with one session a thread; use as a context manager, or close it.

    No retries, redirects or cookies, and nothing is read from the environment: `proxy_of` (a URL's
    proxy, or an empty text) and `verify` (False, or the path of a CA bundle) are given by whoever
    may read it.
    """

    def __init__(
        self,
        proxy_of: Callable[[str], str] = direct,
        verify: bool | str = True,
        withheld: Callable[[], bool] = never,
    ) -> None:
        self._withheld = withheld
        self._proxy_of = proxy_of
        self._verify = verify
        self._threads = local()
        self._lines: list[_Line] = []
        self._lock = Lock()

    def __enter__(self) -> "RequestsTransport":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections of all threads."""
        with self._lock:
            for line in self._lines:
                line.session.close()

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> tuple[int, bytes]:
        """One attempt; see Transport. An answer over 16 MiB, or one that is encoded, counts as none."""
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise Unreachable("a header has characters that cannot be sent")
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
        line, way = self._line(), Way(url, self._proxy_of(url))
        line.attempt.begin()
        try:
            with line.session.get_adapter(url).send(
                _prepared(url, headers, body),
                stream=True,
                timeout=timeout,
                verify=self._verify,
                proxies={"http": way.proxy, "https": way.proxy} if way.proxy else {},
            ) as response:
                if _is_of_the_proxy(response, way):
                    return proxy_refused(response.status_code, way)
                if encoding := _encoding(response):
                    return NoAnswer(f"the response has an unrequested encoding ({encoding})")
                if (answer := _read(response)) is None:
                    return NoAnswer(f"the response is larger than {LARGEST_ANSWER} bytes")
                return response.status_code, answer
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            return failure(error, line.attempt, way, handled)

    def _line(self) -> _Line:
        line: _Line | None = getattr(self._threads, "line", None)
        if line is None:
            line = self._threads.line = self._new_line()
            with self._lock:
                self._lines.append(line)
        return line

    def _new_line(self) -> _Line:
        line = _Line(attempt=Attempt(withheld=self._withheld))
        session = line.session
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, BoundedAdapter(line.attempt))
        return line


def _prepared(url: str, headers: Mapping[str, str], body: bytes) -> requests.PreparedRequest:
    """A request as it is sent: what a session would add to each is decided here, at a third of the time.

    There is nothing to follow, to log in by or to keep: no redirects, no password in a URL, no cookies.
    """
    request = requests.PreparedRequest()
    request.method, request.url, request.body = "POST", url, body
    request.headers = CaseInsensitiveDict({**_OURS, **headers, "Content-Length": str(len(body))})
    return request


def _is_of_the_proxy(response: requests.Response, way: Way) -> bool:
    """Whether a forward proxy says that it wants a password, and so that it has passed nothing on.

    407 is by its definition (RFC 9110, 15.5.8) a proxy's word about itself, with that header. A 403,
    or any 5xx, could as well be from behind the proxy, and proves nothing.
    """
    asks = "Proxy-Authenticate" in response.headers
    return way.forwards and response.status_code == AUTHENTICATE and asks


def _encoding(response: requests.Response) -> str:
    """The encodings of an answer, for people; "" where it is plain. None is undone: a bomb is small."""
    stated = ",".join(response.headers.get(name, "") for name in ("Content-Encoding", "Transfer-Encoding"))
    found = {name.strip().lower() for name in stated.split(",")} - {"", "identity", "chunked"}
    return ", ".join(sorted(name if name in _ENCODINGS else "unknown" for name in found))


def _read(response: requests.Response) -> bytes | None:
    answer = bytearray()
    for chunk in response.iter_content(_CHUNK):
        answer += chunk
        if len(answer) > LARGEST_ANSWER:
            return None
    return bytes(answer)
