"""Callbacks as they arrive: whether they are the cloud's, what is kept of them, and what is answered.

A TRTC callback is signed over the bytes of its body, so these are judged before anything reads them
(reference callbacks §1). A live stream's is signed over a moment alone (callbacks §6): its body proves
nothing. What is kept has no signature and no credential of an address; its key leaves out the time of
delivery, so that one that is delivered again is known.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.backends.parts import Event
from reconciler.kinds.callback_bodies import is_kept
from reconciler.model import canonical_json, digest
from reconciler.moments import rfc3339

MAX_CALLBACK_BYTES = 256 * 1024
"""The largest body that is read; the vendor's have a few hundred bytes."""

_OF_DELIVERY = frozenset({"CallbackTs", "CallbackMsTs", "sign", "t"})
_WITHHELD = frozenset({"sign", "stream_param"})
_OK, _BAD, _FORGED, _TOO_LARGE = 200, 400, 401, 413


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that callbacks are signed with; without one, none of that sort is taken."""

    trtc: str = ""
    live: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is answered, in a status of HTTP and in words, and what is to be kept before that."""

    status: int
    words: str
    event: Event | None = None


def judge(body: bytes, sign: str | None, keys: Keys, now: float) -> Verdict:
    """What becomes of a request with this body and this header `Sign`, at a moment in unix seconds."""
    if len(body) > MAX_CALLBACK_BYTES:
        return Verdict(_TOO_LARGE, f"the body is larger than {MAX_CALLBACK_BYTES} bytes")
    if sign is not None and not _is_trtcs(body, sign, keys.trtc):
        return Verdict(_FORGED, "the header Sign is not that of this body by this key")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return Verdict(_BAD, "the body is not JSON")
    if not isinstance(value, dict):
        return Verdict(_BAD, "the body is not a JSON object")
    if sign is None and not _is_lives(value, keys.live, now):
        return Verdict(_FORGED, "no valid signature: neither a header Sign nor the fields sign and t")
    if not is_kept(value):
        return Verdict(_OK, "not about a task or a stream")
    kept = _without_credentials(value)
    said = {name: inner for name, inner in kept.items() if name not in _OF_DELIVERY}
    return Verdict(_OK, "kept", Event(digest(canonical_json(said)), rfc3339(now), kept))


def _is_trtcs(body: bytes, sign: str, key: str) -> bool:
    """Whether the signature is HMAC-SHA256 over the body as it was received."""
    made = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest())
    return bool(key) and hmac.compare_digest(made, sign.encode("utf-8", "replace"))


def _is_lives(value: Mapping[str, Any], key: str, now: float) -> bool:
    """Whether the signature is MD5 over the key and a moment that has not passed (reference callbacks §6)."""
    sign, until = value.get("sign"), value.get("t")
    if not key or not isinstance(sign, str) or isinstance(until, bool) or not isinstance(until, int):
        return False
    made = hashlib.md5(f"{key}{until}".encode(), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(made.encode(), sign.encode("utf-8", "replace")) and until >= now


def _without_credentials(value: Any) -> Any:
    """The body without signatures and without the queries of addresses, in which credentials stand."""
    if isinstance(value, Mapping):
        return {name: _without_credentials(one) for name, one in value.items() if name not in _WITHHELD}
    if isinstance(value, list):
        return [_without_credentials(one) for one in value]
    return value.partition("?")[0] if isinstance(value, str) and "://" in value else value
