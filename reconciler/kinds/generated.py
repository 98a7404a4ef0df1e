"""IDs of our making: the same in every run, and no two things that are named come to one."""

import re
from base64 import b32encode
from hashlib import sha256

_GENERATED = re.compile(r"rcn_[a-z2-7]{26}")


def is_generated(value: object) -> bool:
    """Whether an ID is one that `generated_id` makes."""
    return isinstance(value, str) and _GENERATED.fullmatch(value) is not None


def generated_id(*parts: str, number: int = 1) -> str:
    """An ID of 30 characters of [a-z0-9_], by a digest of the parts, whatever characters those have.

    Another `number` gives another ID, for where something else has the first.
    """
    text = "\n".join((*parts, *(() if number == 1 else (str(number),))))
    return "rcn_" + b32encode(sha256(text.encode()).digest()).decode().lower()[:26]
