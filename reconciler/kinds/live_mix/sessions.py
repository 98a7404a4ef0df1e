"""The name of a mix's session, where the manifest leaves it to us (mixes §1 and §5)."""

import re
from base64 import b32encode
from hashlib import sha256

from reconciler.model import Address

_GENERATED = re.compile(r"rcn_[a-z2-7]{26}")


def session_id(workspace: str, address: Address, number: int = 1) -> str:
    """A session's ID that is the same in every run: 30 characters of [a-z0-9_].

    Names of resources have `-` and `.`, which a session's cannot have, so it is a digest of them: no two
    names come to one. Another `number` gives another ID, for where another resource has the first.
    """
    text = "\n".join((workspace, str(address), "session", *(() if number == 1 else (str(number),))))
    return "rcn_" + b32encode(sha256(text.encode()).digest()).decode().lower()[:26]


def is_generated_session(value: object) -> bool:
    """Whether an ID is one that `session_id` makes."""
    return isinstance(value, str) and _GENERATED.fullmatch(value) is not None
