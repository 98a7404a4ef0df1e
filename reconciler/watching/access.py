"""Who may look: whoever is on this machine, has the token, or comes through a proxy that says who it is."""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK_NAMES = ("localhost",)


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must have.

    `token`, if not "", as `Authorization: Bearer TOKEN`, or as the password of any user (Basic), which a
    browser asks for. `header`, if not "", is one that a reverse proxy on one of `proxies` (addresses) sets
    once it knows who asks. Without either, only requests for this machine's own names are answered, so that
    no page of elsewhere reaches it through a name of its own.
    """

    token: str = ""
    header: str = ""
    proxies: frozenset[str] = frozenset({"127.0.0.1", "::1"})

    def admits(self, peer: str, headers: Mapping[str, str]) -> bool:
        """Whether a request may be answered; `headers` are found by names in any case."""
        if not self.token and not self.header:
            return _is_local(headers.get("host", ""))
        if self.header and peer in self.proxies and headers.get(self.header, "").strip():
            return True
        return bool(self.token) and _has(self.token, headers.get("authorization", ""))


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is this machine's alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK_NAMES


def proxies_of(texts: Iterable[str]) -> frozenset[str]:
    """The addresses; raises ValueError for what is none."""
    return frozenset(str(ip_address(text)) for text in texts)


def _is_local(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    return is_loopback(name)


def _has(token: str, given: str) -> bool:
    scheme, _, value = given.partition(" ")
    if scheme.lower() == "bearer":
        return _equal(value.strip(), token)
    if scheme.lower() == "basic":
        try:
            _, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
        return _equal(password, token)
    return False


def _equal(one: str, other: str) -> bool:
    """Compared in the same time whatever they have in common."""
    return hmac.compare_digest(one.encode(), other.encode())
