"""Push addresses: the one place that knows their grammar and takes them apart.

Tencent's are `rtmp://DOMAIN/APP/STREAM` (reference signing §4): the stream is the last part of the path, and
what stands before it the app. Those of other networks are looser, and whatever follows the app is, or may be,
the key to the stream there.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from reconciler.addresses.grammar import (
    HOST,
    PORT,
    SEGMENT,
    VISIBLE,
    letters_fault,
    parts_of,
    place_fault,
    scheme_fault,
)
from reconciler.addresses.networks import is_another, is_tencent
from reconciler.plaintext import MASK, NO_SPANS, Span, Spans

RTMP_PORT = 1935
FORM = "rtmp://DOMAIN/APP/STREAM"
PATTERN = rf"rtmp://{HOST}(:{PORT})?/{SEGMENT}+[/?]{VISIBLE}*{SEGMENT}{VISIBLE}*"
"""Any push address, but for characters that can hardly be written."""

_SIGNATURE = re.compile(r"[?&](txsecret|txtime)=", re.IGNORECASE)
_WRITTEN = re.compile(r"""rtmp://[^\s"'<>{},]+""")
_APP = re.compile(r"rtmp://[^/?#]*/[^/?#]*[/?]")
_REMEMBERED = 64
"""Texts that are known for a while: those of a stream or two."""
_NO_STREAM = "it has no stream"


class PushAddress(NamedTuple):
    """A push address in its parts; the host is in small letters, the port is the usual one if none is given.

    Of a text that is no push address they are as far as they can be told.
    """

    host: str
    port: int
    app: str
    stream: str

    @property
    def place(self) -> str:
        """Host and port: another port than the usual one may well be another server."""
        return self.host if self.port == RTMP_PORT else f"{self.host}:{self.port}"


@lru_cache(_REMEMBERED)
def split_push(text: str) -> PushAddress:
    """The parts of any text; of the last few they are remembered, as many rules ask of one address."""
    parts = parts_of(text)
    if parts is None:
        return PushAddress("", RTMP_PORT, "", "")
    app, _, stream = parts.path.removeprefix("/").rpartition("/")
    port = int(parts.port) if parts.port and re.fullmatch(PORT, parts.port) else RTMP_PORT
    return PushAddress(parts.host.lower(), port, app, stream)


def is_signed(text: str) -> bool:
    """Whether an address carries a push credential, or a part of one."""
    return _SIGNATURE.search(text) is not None


@lru_cache(_REMEMBERED)
def push_fault(text: str) -> str | None:
    """In which way a text is no push address, of whatever network; None if it is one."""
    parts = parts_of(text)
    fault = letters_fault(text) or scheme_fault(parts, ("rtmp",))
    if fault or parts is None:
        return fault
    if parts.userinfo is not None:
        return "it has a user name or password before the host"
    fault = place_fault(parts)
    if fault:
        return fault
    if "#" in text:
        return "it has a fragment (#…), which is never sent"
    app, _, below = parts.path.removeprefix("/").partition("/")
    if not app:
        return "its path begins with a double slash" if below else "it has no app and no stream"
    return None if (below + parts.query).strip("/?") else _NO_STREAM


def tencent_fault(text: str) -> str | None:
    """In which way a text is no push address of Tencent's CDN; None if it is one."""
    fault = push_fault(text)
    if fault:
        return fault
    _, _, app, stream = split_push(text)
    if "" in app.split("/")[1:]:
        return "its path has a double slash"
    if not stream:
        return "its path ends with a slash, so it has no stream"
    return None if app else _NO_STREAM


@lru_cache(_REMEMBERED)
def is_foreign(text: str, *, declared: bool) -> bool:
    """Whether an address is another network's: its domain says so, or else it is `declared` to be."""
    host = split_push(text).host
    return is_another(host) or (declared and not is_tencent(host))


def key_spans(text: str) -> Spans:
    """Where the key to a stream of another network stands: all that follows the app."""
    app = _APP.match(text)
    return (Span(app.end(), len(text)),) if app and app.end() < len(text) else NO_SPANS


def without_keys(text: str) -> str:
    """Any text, as a line of a manifest, with `***` for what may be keys in the push addresses in it."""

    def masked(match: re.Match[str]) -> str:
        spans = key_spans(match[0]) if is_foreign(match[0], declared=True) else NO_SPANS
        return f"{match[0][: spans[0].begins]}{MASK}" if spans else match[0]

    return _WRITTEN.sub(masked, text)
