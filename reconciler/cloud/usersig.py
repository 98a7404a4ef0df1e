"""UserSig and PrivateMapKey, with which a robot enters a TRTC room (reference signing §2 and §3).

Both are the same envelope; a PrivateMapKey carries a binary note, the userbuf, of the room it is
good for and of what may be done there. Two libraries may write the same UserSig as different
text, since compression and key order are free; only the decoded object tells whether they agree.
"""

import base64
import hmac
import json
import struct
import zlib
from dataclasses import dataclass
from enum import IntFlag

_ALPHABET = str.maketrans("+/=", "*-_")


class Privilege(IntFlag):
    """What a PrivateMapKey permits in its room."""

    CREATE = 1
    ENTER = 2
    SEND_AUDIO = 4
    RECEIVE_AUDIO = 8
    SEND_VIDEO = 16
    RECEIVE_VIDEO = 32
    SEND_SCREEN = 64
    RECEIVE_SCREEN = 128
    ALL = 255


@dataclass(frozen=True, slots=True)
class Pass:
    """Whom a signature is for, and when: `issued_at` in unix seconds, `valid_for` in seconds."""

    sdk_app_id: int
    user_id: str
    issued_at: int
    valid_for: int


def user_sig(holder: Pass, key: str, userbuf: bytes | None = None) -> str:
    """The UserSig; `key` is the console's secret key as text, not the bytes its hex digits mean."""
    extra = {} if userbuf is None else {"TLS.userbuf": base64.b64encode(userbuf).decode()}
    signed = {
        "TLS.identifier": holder.user_id,
        "TLS.sdkappid": holder.sdk_app_id,
        "TLS.time": holder.issued_at,
        "TLS.expire": holder.valid_for,
        **extra,
    }
    text = "".join(f"{name}:{value}\n" for name, value in signed.items())
    signature = hmac.digest(key.encode(), text.encode(), "sha256")
    envelope = {"TLS.ver": "2.0", **signed, "TLS.sig": base64.b64encode(signature).decode()}
    return base64.b64encode(zlib.compress(json.dumps(envelope).encode())).decode().translate(_ALPHABET)


def room_userbuf(holder: Pass, room: int | str, privilege: Privilege) -> bytes:
    """The userbuf for one room: an integer room ID as int, a string room ID as str."""
    user = holder.user_id.encode()
    named = room.encode() if isinstance(room, str) else b""
    head = struct.pack(f">BH{len(user)}s", isinstance(room, str), len(user), user)
    numbers = struct.pack(
        ">5I",
        holder.sdk_app_id,
        0 if isinstance(room, str) else room,
        holder.issued_at + holder.valid_for,
        privilege,
        0,
    )
    tail = struct.pack(f">H{len(named)}s", len(named), named) if isinstance(room, str) else b""
    return head + numbers + tail


def private_map_key(holder: Pass, key: str, room: int | str, privilege: Privilege = Privilege.ALL) -> str:
    """The PrivateMapKey of one user for one room."""
    return user_sig(holder, key, room_userbuf(holder, room, privilege))
