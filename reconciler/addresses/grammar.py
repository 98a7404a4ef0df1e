"""What every address has alike: scheme, host, port and no blanks; each way of being wrong has its sentence.

No sentence holds any part of the address: the address may be a secret's value.
"""

import re
from typing import NamedTuple

HOST = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
"""A domain or an IPv4 address, as a pattern."""
PORT = r"(?![0-9]{6})0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
"""A number from 1 to 65535, in at most five digits."""

_UNSEEN = r"\s\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"
"""Blanks, and the most usual of what cannot be seen; `letters_fault` knows them all."""
SEGMENT = rf"[^{_UNSEEN}/?#]"
"""A character of a part of a path."""
VISIBLE = rf"[^{_UNSEEN}#]"
"""A character of a path and query."""

_PARTS = re.compile(
    r"(?P<scheme>[^:/?#]*)://((?P<userinfo>[^/?#]*)@)?(?P<host>\[[^/?#]*\]|[^/?#:]*)(:(?P<port>[^/?#]*))?"
    r"(?P<path>[^?#]*)(\?(?P<query>[^#]*))?(#.*)?",
    re.DOTALL,
)
_HOST, _PORT = re.compile(HOST), re.compile(PORT)


class Parts(NamedTuple):
    """An address cut at its marks, whatever they hold."""

    scheme: str
    userinfo: str | None
    host: str
    port: str | None
    path: str
    query: str


def parts_of(text: str) -> Parts | None:
    """The parts of a text; None if it has no `://` where an address has it."""
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    scheme, userinfo, host, port, path, query = match.group(
        "scheme", "userinfo", "host", "port", "path", "query"
    )
    return Parts(scheme, userinfo, host, port, path, query or "")


def letters_fault(text: str) -> str | None:
    """What is wrong with a text's characters: an address has no blanks, and nothing that cannot be seen."""
    if text and " " not in text and text.isprintable():  # of all blanks that one alone is printable
        return None
    if not text:
        return "it is empty"
    if text != text.strip():
        return "it begins or ends with white space"
    if any(letter.isspace() for letter in text):
        return "it contains a space"
    return None if text.isprintable() else "it contains an invisible character"


def scheme_fault(parts: Parts | None, schemes: tuple[str, ...]) -> str | None:
    """What is wrong with the scheme, of which these are taken."""
    if parts is None or not parts.scheme:
        return "it has no scheme"
    if parts.scheme in schemes:
        return None
    if parts.scheme.lower() in schemes:
        return f"its scheme must be lowercase: {parts.scheme.lower()}"
    return (
        "rtmps is not supported" if parts.scheme == "rtmps" else f"its scheme is not {' or '.join(schemes)}"
    )


def place_fault(parts: Parts) -> str | None:
    """What is wrong with host and port."""
    fault = host_fault(parts.host)
    if fault:
        return fault
    fits = parts.port is None or _PORT.fullmatch(parts.port)
    return None if fits else "its port is not a number from 1 to 65535"


def host_fault(host: str) -> str | None:
    """What is wrong with a host, of which there is the name alone."""
    if not host:
        return "it has no host"
    if _HOST.fullmatch(host) is None:
        return "its host has characters other than A-Z a-z 0-9 - and ., or an empty part"
    return None
