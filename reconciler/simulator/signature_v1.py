"""Checks HmacSHA1 and HmacSHA256, the older signature that stands among the parameters (signing.md §1)."""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping

from .errors import ApiError
from .received import Received
from .signature import TOLERANCE_SECONDS

METHODS = {"HmacSHA1": "sha1", "HmacSHA256": "sha256"}
REQUIRED = ("Action", "Version", "SecretId", "Timestamp", "Nonce", "Signature")
COMMON = frozenset((*REQUIRED, "Region", "SignatureMethod", "Token", "Language", "RequestClient"))
"""The parameters that are not the action's own."""


def verify(
    received: Received, pairs: Mapping[str, str], credentials: Mapping[str, str], machine_now: float
) -> str:
    """The SecretId that signed; raises the fitting error otherwise."""
    for name in REQUIRED:
        if not pairs.get(name):
            raise ApiError("MissingParameter", f"The parameter `{name}` is missing.")
    method = pairs.get("SignatureMethod", "HmacSHA1")
    if method not in METHODS:
        raise ApiError("InvalidParameter", f"SignatureMethod must be one of {', '.join(METHODS)}.")
    for name in ("Timestamp", "Nonce"):
        if re.fullmatch(r"[0-9]{1,20}", pairs[name]) is None:
            raise ApiError("InvalidParameter", f"The parameter `{name}` must be a number.")
    if pairs["SecretId"] not in credentials:
        raise ApiError("AuthFailure.SecretIdNotFound", f"The SecretId {pairs['SecretId']} is not known.")
    if abs(machine_now - int(pairs["Timestamp"])) > TOLERANCE_SECONDS:
        raise ApiError(
            "AuthFailure.SignatureExpire",
            f"The Timestamp is more than {TOLERANCE_SECONDS} seconds from the server's time.",
        )
    wanted = sign(received, pairs, credentials[pairs["SecretId"]], METHODS[method])
    if not hmac.compare_digest(wanted, _raw(pairs["Signature"])):
        raise ApiError("AuthFailure.SignatureFailure", "The signature does not match the request.")
    return pairs["SecretId"]


def sign(received: Received, pairs: Mapping[str, str], secret_key: str, digest: str) -> bytes:
    """The signature that these parameters should carry: over method, host, path and what is sent, sorted."""
    named = {name.replace("_", "."): value for name, value in pairs.items() if name != "Signature"}
    text = "&".join(f"{name}={value}" for name, value in sorted(named.items()))
    signed = f"{received.method}{received.headers.get('host', '')}/?{text}"
    return hmac.digest(secret_key.encode(), signed.encode(), digest)


def _raw(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return b""
