"""How requests to a store are signed: AWS's Signature Version 4, and Tencent COS's own; pure."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from reconciler.moments import rfc3339

_SERVICE = "s3"
_ALGORITHM = "AWS4-HMAC-SHA256"
_VALID = 900
"""Seconds for which a signature of COS holds."""

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Keys:
    """A key pair, and a token where the pair is a temporary one; the repr shows only the ID."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def encoded(text: str, safe: str = "") -> str:
    """A text as both signatures and URLs have it."""
    return quote(text, safe=f"-_.~{safe}")


def query_text(query: Query) -> str:
    """A query in the order in which it is signed."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(query))


def signed_for_s3(
    keys: Keys,
    region: str,
    method: str,
    path: str,
    query: Query,
    headers: Mapping[str, str],
    body: bytes,
    timestamp: float,
) -> dict[str, str]:
    """All headers of a request at `timestamp` (unix seconds); `path` is encoded, `headers` has `host`."""
    stamp = rfc3339(timestamp).replace("-", "").replace(":", "")
    date = stamp.partition("T")[0]
    digest = hashlib.sha256(body).hexdigest()
    token = {"x-amz-security-token": keys.token} if keys.token else {}
    signed = {**headers, "x-amz-content-sha256": digest, "x-amz-date": stamp, **token}
    names = ";".join(sorted(signed))
    block = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    canonical = "\n".join((method, path, query_text(query), block, names, digest))
    scope = f"{date}/{region}/{_SERVICE}/aws4_request"
    text = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{keys.secret}".encode()
    for part in (date, region, _SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"Credential={keys.key_id}/{scope}"
    return {
        **signed,
        "authorization": f"{_ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}",
    }


def signed_for_cos(
    keys: Keys,
    method: str,
    path: str,
    query: Query,
    headers: Mapping[str, str],
    timestamp: float,
    valid: int = _VALID,
) -> dict[str, str]:
    """All headers of a request at `timestamp` (unix seconds); `path` is not encoded, `headers` has `host`."""
    period = f"{int(timestamp)};{int(timestamp) + valid}"
    token = {"x-cos-security-token": keys.token} if keys.token else {}
    signed = {**headers, **token}
    parameters = [(encoded(name).lower(), encoded(value)) for name, value in query]
    lines = [(encoded(name).lower(), encoded(value)) for name, value in signed.items()]
    http = "\n".join((method.lower(), path, _joined(parameters), _joined(lines), ""))
    key = hmac.digest(keys.secret.encode(), period.encode(), "sha1").hex()
    text = f"sha1\n{period}\n{hashlib.sha1(http.encode(), usedforsecurity=False).hexdigest()}\n"
    signature = hmac.digest(key.encode(), text.encode(), "sha1").hex()
    parts = {
        "q-sign-algorithm": "sha1",
        "q-ak": keys.key_id,
        "q-sign-time": period,
        "q-key-time": period,
        "q-header-list": ";".join(sorted(name for name, _ in lines)),
        "q-url-param-list": ";".join(sorted(name for name, _ in parameters)),
        "q-signature": signature,
    }
    return {**signed, "authorization": "&".join(f"{name}={value}" for name, value in parts.items())}


def _joined(pairs: Sequence[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))
