"""Reads TRTC UserSigs (signing.md §2).

The key is the customer's, so only what is written inside can be checked.
"""

import base64
import binascii
import json
import zlib
from typing import Any

from ..errors import ApiError

MOST_BYTES = 65536
ALPHABET = str.maketrans("*-_", "+/=")


def decode(text: str) -> dict[str, Any]:
    """Unpack a UserSig; a ValueError tells that it is none."""
    try:
        packed = base64.b64decode(text.translate(ALPHABET), validate=True)
        plain = zlib.decompressobj().decompress(packed, MOST_BYTES)
        content = json.loads(plain)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as problem:
        raise ValueError("not a UserSig") from problem
    if not isinstance(content, dict):
        raise ValueError("not a UserSig")
    return content


def check(
    path: str, text: str, sdk_app_id: int, user_id: str, now: float, code: str = "InvalidParameter"
) -> None:
    """Refuse a UserSig that is unreadable, made for somebody else, or expired."""
    try:
        content = decode(text)
        ends = int(content["TLS.time"]) + int(content["TLS.expire"])
    except (ValueError, KeyError, TypeError, OverflowError):
        raise ApiError(code, f"The parameter `{path}` is not a UserSig.") from None
    if content.get("TLS.identifier") != user_id or content.get("TLS.sdkappid") != sdk_app_id:
        raise ApiError(code, f"The parameter `{path}` was made for another user or SdkAppId.")
    if ends < now:
        raise ApiError(code, f"The parameter `{path}` has expired.")
