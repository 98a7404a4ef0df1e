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

SOURCE_SCHEMES = ("http", "https", "rtmp")
IMAGE_SCHEMES = ("http", "https")
SOURCE_PATTERN = rf"(https?|rtmp)://{HOST}(:{PORT})?/([^\s?#]|\?[^\s#])[^\s]*"
_LETTER = r"[A-Za-z0-9\-._~:/?#\[\]@!&()*+,%=;|]"
_OF_USER = r"[A-Za-z0-9\-._~:\[\]@!&()*+,%=;|]"
IMAGE_PATTERN = rf"https?://({_OF_USER}*@)?{HOST}(:{PORT})?([/?#]{_LETTER}*)?"
_IMAGE = re.compile(f"{_LETTER}*")


def source_fault(text: str) -> str | None:
    """In which way a text is no address of a stream or file to pull; None if it is one."""
    parts = parts_of(text)
    fault = letters_fault(text) or scheme_fault(parts, SOURCE_SCHEMES)
    if fault or parts is None:
        return fault
    fault = place_fault(parts)
    if fault:
        return fault
    named = parts.path and parts.path[1:] + parts.query
    return None if named else "it has no stream or file after the host"


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
