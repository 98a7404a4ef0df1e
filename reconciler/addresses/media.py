"""Addresses that the cloud fetches from: a stream or file to pull, and images."""

import re

from reconciler.addresses.grammar import (
    HOST,
    PORT,
    letters_fault,
    parts_of,
    place_fault,
    scheme_fault,
)
from reconciler.addresses.networks import is_private

SOURCE_SCHEMES = ("http", "https", "rtmp")
IMAGE_SCHEMES = ("http", "https")
PULL_SCHEMES = ("http", "https", "rtmp", "rtmps", "rtsp", "srt")
"""Of what a pull task of Live takes; flv, mp4 and hls are pulled by the first two."""
RELAY_SCHEMES = ("rtmp", "rtmps", "rtsp", "rtp", "srt")
"""Of what a pull task of Live can push to outside of the account."""
SOURCE_PATTERN = rf"(https?|rtmp)://{HOST}(:{PORT})?/([^\s?#]|\?[^\s#])[^\s]*"
_REST = r"([^\s?#]|\?[^\s#])[^\s]*"
PULL_PATTERN = rf"((https?|rtmps?|rtsp)://{HOST}(:{PORT})?/{_REST}|srt://{HOST}:{PORT}([/?#][^\s]*)?)"
RELAY_PATTERN = rf"((rtmps?|rtsp)://{HOST}(:{PORT})?/{_REST}|(rtp|srt)://{HOST}:{PORT}([/?#][^\s]*)?)"
_LETTER = r"[A-Za-z0-9\-._~:/?#\[\]@!&()*+,%=;|]"
_OF_USER = r"[A-Za-z0-9\-._~:\[\]@!&()*+,%=;|]"
IMAGE_PATTERN = rf"https?://({_OF_USER}*@)?{HOST}(:{PORT})?([/?#]{_LETTER}*)?"
_IMAGE = re.compile(f"{_LETTER}*")


def source_fault(text: str) -> str | None:
    """In which way a text is no address of a stream or file to pull; None if it is one."""
    return _stream_fault(text, SOURCE_SCHEMES)


def pull_fault(text: str) -> str | None:
    """In which way a text is no address that a pull task of Live takes."""
    return _stream_fault(text, PULL_SCHEMES)


def relay_fault(text: str) -> str | None:
    """In which way a text is no address that a pull task of Live can push to by that alone."""
    return _stream_fault(text, RELAY_SCHEMES)


def private_fault(text: str) -> str | None:
    """What is wrong with an address whose host is in a private network: an account is blocked for one."""
    parts = parts_of(text)
    host = parts.host.lower() if parts else ""
    return "its host is in a private network" if is_private(host) else None


def _stream_fault(text: str, schemes: tuple[str, ...]) -> str | None:
    parts = parts_of(text)
    fault = letters_fault(text) or scheme_fault(parts, schemes)
    if fault or parts is None:
        return fault
    fault = place_fault(parts)
    if fault:
        return fault
    opaque = parts.scheme in ("srt", "rtp")  # a port is all that such an address needs
    named = parts.port if opaque else parts.path and parts.path[1:] + parts.query
    return None if named else f"it has no {'port' if opaque else 'stream or file'} after the host"


def image_fault(text: str) -> str | None:
    """In which way a text is no address of an image; None if it is one."""
    parts = parts_of(text)
    fault = letters_fault(text) or scheme_fault(parts, IMAGE_SCHEMES)
    if fault or parts is None:
        return fault
    if _IMAGE.fullmatch(text) is None:
        return "it has a character that the API does not accept"
    return place_fault(parts)


def file_type(text: str) -> str:
    """What the name of an address's file ends with, in small letters; "" if it tells no type."""
    parts = parts_of(text)
    name = parts.path.rpartition("/")[2] if parts else ""
    return name.rpartition(".")[2].lower() if "." in name else ""
