"""One HTTP request to a store of objects: its answer as it came, or that there was none."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from threading import local
from typing import Protocol
from xml.etree import ElementTree

import requests
from urllib3.exceptions import HTTPError

from reconciler.backends.objects.bucket import Rejected, Unanswered
from reconciler.backends.objects.whole import WholeAdapter

CONNECT, DEADLINE = 5.0, 6.0
"""Seconds to connect, and for an answer, beside what the size of the bodies adds."""

_BYTES_A_SECOND = 1_000_000
_CHUNK = 256 * 1024
_RETRIED = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers by their names in lower case, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def age(self) -> float | None:
        """Seconds from when the object was written to this answer, both by the server's clock."""
        try:
            now, then = (parsedate_to_datetime(self.headers[name]) for name in ("date", "last-modified"))
        except (KeyError, ValueError, TypeError):
            return None
        return (now - then).total_seconds()

    @property
    def code(self) -> str:
        """The store's word for what is wrong; "" where it says none."""
        return self._said("Code")

    def failure(self) -> Unanswered | Rejected:
        """What an answer means that is none of those that were expected."""
        code = self.code
        words = ": ".join(filter(None, [code, self._said("Message")])) or "no reason given"
        text = f"HTTP {self.status}, {words}"
        away = self.status >= 500 or self.status in _RETRIED
        return Unanswered(text) if away and self.status != 501 else Rejected(text, code)

    def _said(self, name: str) -> str:
        try:
            found = ElementTree.fromstring(self.body).findtext(f"{{*}}{name}") if self.body else None
        except ElementTree.ParseError:
            return ""
        return " ".join((found or "").split())[:200]


class Web(Protocol):
    """Carries one request; `path` and `query` are encoded as they are signed."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer; raises Unanswered where there is none."""
        ...


class RequestsWeb:
    """A Web over `requests`, with a session for each thread; nothing is read from the environment.

    `proxy_of` gives a URL's proxy, or "", `verify` is True or the path of the CAs that are trusted.
    """

    def __init__(
        self,
        proxy_of: Callable[[str], str],
        verify: bool | str = True,
        clock: Callable[[], float] = time.monotonic,
        deadline: float = DEADLINE,
    ) -> None:
        self._proxy_of = proxy_of
        self._verify = verify
        self._clock = clock
        self._deadline = deadline
        self._threads = local()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """See Web.send: given up once it has taken longer than its size allows."""
        seconds = self._deadline + len(body) / _BYTES_A_SECOND
        proxy = self._proxy_of(url)
        until = self._clock() + seconds
        try:
            with self._session().request(
                method,
                url,
                data=body or None,
                headers=dict(headers),
                timeout=(min(CONNECT, seconds), seconds),
                allow_redirects=False,
                stream=True,
                proxies={"http": proxy, "https": proxy} if proxy else {},
            ) as response:
                known = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, known, self._read(response, until))
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise Unanswered(_reason(error)) from None

    def _read(self, response: requests.Response, until: float) -> bytes:
        found = bytearray()
        for chunk in response.iter_content(_CHUNK):
            found += chunk
            if self._clock() > until + len(found) / _BYTES_A_SECOND:
                raise Unanswered("its response arrived too slowly")
        return bytes(found)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            session.trust_env = False
            session.headers.clear()
            session.verify = self._verify
            for scheme in ("http://", "https://"):
                session.mount(scheme, WholeAdapter())
        return session


def _reason(error: Exception) -> str:
    """Why there is no answer, in a few words: the library's own hold the whole address."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.Timeout):
        return "timed out"
    return "no connection" if isinstance(error, requests.ConnectionError) else "the connection was lost"
