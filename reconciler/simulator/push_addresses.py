"""Push addresses as the cloud takes them apart (signing.md, section 4): domain, path and stream.

Tencent's own CDN takes `rtmp://DOMAIN/APP/STREAM` alone; what others take is their own affair.
"""

import re
from typing import NamedTuple

LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
AUTHORITY = rf"(?P<domain>{LABEL}(?:\.{LABEL})*)(?::(?P<port>[0-9]{{1,5}}))?"
ANY = re.compile(rf"rtmp://{AUTHORITY}/[^\s/?#]+(?:/|\?)[^\s#]*[^\s/?#][^\s#]*")
TENCENTS = re.compile(
    rf"rtmp://{AUTHORITY}/(?P<app>[^\s/?#]+(?:/[^\s/?#]+)*)/(?P<stream>[^\s/?#]+)(?:\?[^\s#]*)?"
)
TENCENT_SUFFIXES = (".livepush.myqcloud.com", ".push.tlivecloud.com")
PORTS = range(1, 65536)
TX_TIME = re.compile(r"[?&]txTime=(?:(?P<hex>[0-9A-Fa-f]{8})|(?P<decimal>[0-9]{10}))(?:&|$)")


class PushAddress(NamedTuple):
    """The parts of an address of Tencent's CDN; the domain in small letters."""

    domain: str
    app: str
    stream: str


def parse(url: str) -> PushAddress | None:
    """The parts of an address that Tencent's CDN takes; None for any other."""
    found = _accepted(TENCENTS.fullmatch(url))
    return PushAddress(found["domain"].lower(), found["app"], found["stream"]) if found else None


def can_be_pushed_to(url: str, is_tencent_cdn: bool) -> bool:
    """Whether the network that an address is said to be of could take it."""
    if is_tencent_cdn or is_tencents(url):
        return parse(url) is not None
    return _accepted(ANY.fullmatch(url)) is not None


def has_expired(url: str, now: float) -> bool:
    """Whether nothing can connect by an address any more: its txTime, unix seconds, has passed."""
    found = TX_TIME.search(url)
    if found is None:
        return False
    return (int(found["hex"], 16) if found["hex"] else int(found["decimal"])) <= now


def is_tencents(url: str) -> bool:
    """Whether a text names one of Tencent's own push domains."""
    domain = url.partition("://")[2].partition("/")[0].partition(":")[0]
    return domain.lower().endswith(TENCENT_SUFFIXES)


def _accepted(found: re.Match[str] | None) -> re.Match[str] | None:
    if found is None or not found[0].isprintable():
        return None
    return found if found["port"] is None or int(found["port"]) in PORTS else None
