"""The UserSig with which a robot enters a TRTC room (reference signing §2).

Two libraries may write the same UserSig as different text, since compression and key order are free;
only the decoded object tells whether they agree. A PrivateMapKey (reference signing §3) is given, never made.
"""

import base64
import hmac
import json
import zlib
from dataclasses import dataclass

_ALPHABET = str.maketrans("+/=", "*-_")


@dataclass(frozen=True, slots=True)
class Pass:
    """Whom a signature is for, and when: `issued_at` in unix seconds, `valid_for` in seconds."""

    sdk_app_id: int
    user_id: str
    issued_at: int
    valid_for: int


def user_sig(holder: Pass, key: str) -> str:
    """The UserSig; `key` is the console's secret key as text, not the bytes its hex digits mean."""
    signed = {
        "TLS.identifier": holder.user_id,
        "TLS.sdkappid": holder.sdk_app_id,
        "TLS.time": holder.issued_at,
        "TLS.expire": holder.valid_for,
    }
    text = "".join(f"{name}:{value}\n" for name, value in signed.items())
    signature = hmac.digest(key.encode(), text.encode(), "sha256")
    envelope = {"TLS.ver": "2.0", **signed, "TLS.sig": base64.b64encode(signature).decode()}
    return base64.b64encode(zlib.compress(json.dumps(envelope).encode())).decode().translate(_ALPHABET)
