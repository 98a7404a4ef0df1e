"""JSON files that people can read and nobody can alter unseen: their first line is their checksum.

The checksum covers every byte of the file but its own line, so that a flipped bit, a lost end
and an edit by hand all show. It protects from accidents; whoever can write the file can also
seal it again.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

KEY = "checksum"
_OPEN = b"{\n"
_SEAL = re.compile(rb'\{\n  "checksum": "(sha256:[0-9a-f]{64})",\n')


class Damaged(ValueError):
    """The file is not as it was written; the text says how that shows."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file's content as JSON, and its checksum; "" where it has none, as after an edit that took it out."""

    value: Any
    checksum: str


def seal(data: Mapping[str, Any]) -> bytes:
    """The file with the data: indented JSON in ASCII, in the data's order, the checksum first."""
    return sealed(json.dumps(dict(data), indent=2, ensure_ascii=True).encode().removeprefix(_OPEN) + b"\n")


def sealed(rest: bytes) -> bytes:
    """The file of these bytes, which are its JSON behind the line of the opening brace."""
    return _OPEN + f'  "{KEY}": "{_checksum(rest)}",\n'.encode() + rest


def unseal(data: bytes) -> Sealed:
    """The inverse of seal; raises Damaged for a checksum that does not fit, and for what is no JSON."""
    return opened(data, checked(data))


def checked(data: bytes) -> str:
    """The checksum of a file, "" where it has none; raises Damaged where it does not fit."""
    found = _SEAL.match(data)
    if found is not None and found[1].decode() != _checksum(memoryview(data)[found.end() :]):
        raise Damaged("its checksum does not match its content: it was truncated, altered or edited by hand")
    return "" if found is None else found[1].decode()


def opened(data: bytes, checksum: str) -> Sealed:
    """A file's JSON, once its checksum was looked at; raises Damaged for what is none."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"not valid JSON ({error})") from error
    if not checksum and isinstance(value, dict) and KEY in value:
        raise Damaged("its checksum was altered or edited by hand")
    return Sealed(value, checksum)


def checksum_of(data: bytes | None) -> str:
    """The checksum that a sealed file bears, whether it fits or not; "" where there is none."""
    found = _SEAL.match(data or b"")
    return "" if found is None else found[1].decode()


def _checksum(rest: bytes | memoryview) -> str:
    return f"sha256:{sha256(rest).hexdigest()}"
