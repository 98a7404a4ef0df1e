"""TC3-HMAC-SHA256, the signature every call to the API carries (reference signing §1).

Pure: credentials, a timestamp and the very bytes of the body go in, headers come out. Each
intermediate text has a function of its own, because a wrong signature can only be found by
comparing those, and the API never says which of them differed.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json"
LANGUAGE = "en-US"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key pair, and a token where the pair is a temporary one; the repr shows only the ID."""

    secret_id: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)


class SigningKeys(NamedTuple):
    """The chain of derived keys, raw bytes; the last one signs."""

    date: bytes
    service: bytes
    signing: bytes


def utc_date(timestamp: int) -> str:
    """The UTC date, `YYYY-MM-DD`, of unix seconds."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")


def credential_scope(timestamp: int, service: str) -> str:
    """`date/service/tc3_request`."""
    return f"{utc_date(timestamp)}/{service}/tc3_request"


def signed_names(headers: Mapping[str, str]) -> str:
    """The names of the signed headers as the signature lists them."""
    return ";".join(sorted(name.lower() for name in headers))


def canonical_request(headers: Mapping[str, str], body: bytes) -> str:
    """The request as both sides hash it; `headers` are those to be signed (content-type and host)."""
    lowered = {name.lower(): value.strip().lower() for name, value in headers.items()}
    block = "".join(f"{name}:{lowered[name]}\n" for name in sorted(lowered))
    return "\n".join(("POST", "/", "", block, signed_names(headers), hashlib.sha256(body).hexdigest()))


def string_to_sign(timestamp: int, scope: str, canonical: str) -> str:
    """The four lines that the signature is made over."""
    return "\n".join((ALGORITHM, str(timestamp), scope, hashlib.sha256(canonical.encode()).hexdigest()))


def signing_keys(secret_key: str, date: str, service: str) -> SigningKeys:
    """The keys of one day and service."""
    of_date = _hmac(f"TC3{secret_key}".encode(), date)
    of_service = _hmac(of_date, service)
    return SigningKeys(of_date, of_service, _hmac(of_service, "tc3_request"))


def authorization(
    credentials: Credentials, *, service: str, headers: Mapping[str, str], timestamp: int, body: bytes
) -> str:
    """The Authorization header for a body sent at `timestamp` (unix seconds) with `headers` signed."""
    scope = credential_scope(timestamp, service)
    keys = signing_keys(credentials.secret_key, utc_date(timestamp), service)
    text = string_to_sign(timestamp, scope, canonical_request(headers, body))
    return (
        f"{ALGORITHM} Credential={credentials.secret_id}/{scope}, "
        f"SignedHeaders={signed_names(headers)}, Signature={_hmac(keys.signing, text).hex()}"
    )


def signed_headers(
    credentials: Credentials,
    *,
    service: str,
    host: str,
    action: str,
    version: str,
    region: str,
    timestamp: int,
    body: bytes,
) -> dict[str, str]:
    """All headers of one request; `host` is what is sent as Host, with its port if it has one.

    `timestamp` is in unix seconds and must be within five minutes of the server's time. An empty
    region or token leaves its header out.
    """
    signed = {"Content-Type": CONTENT_TYPE, "Host": host}
    optional = {"X-TC-Region": region, "X-TC-Token": credentials.token}
    return {
        **signed,
        "X-TC-Action": action,
        "X-TC-Version": version,
        "X-TC-Timestamp": str(timestamp),
        "X-TC-Language": LANGUAGE,
        **{name: value for name, value in optional.items() if value},
        "Authorization": authorization(
            credentials, service=service, headers=signed, timestamp=timestamp, body=body
        ),
    }


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
