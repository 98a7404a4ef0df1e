"""Checks TC3-HMAC-SHA256 the way the cloud does, from the request as it arrived (signing.md §1)."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from .errors import ApiError
from .received import Received
from .services import BY_SERVICE

ALGORITHM = "TC3-HMAC-SHA256"
TOLERANCE_SECONDS = 300
OF_THE_API = re.compile(r"([a-z0-9-]+\.)+tencentcloudapi\.com(:[0-9]+)?")
MUST_BE_SIGNED = ("content-type", "host")
AUTHORIZATION = re.compile(
    rf"{ALGORITHM} "
    r"Credential=(?P<id>[^/,\s]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>[a-z0-9-]+)/tc3_request, *"
    r"SignedHeaders=(?P<names>[a-z0-9-]+(?:;[a-z0-9-]+)*), *"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Authorization:
    """The parts of an Authorization header."""

    secret_id: str
    date: str
    service: str
    names: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        """The credential scope: date, service and the fixed end."""
        return f"{self.date}/{self.service}/tc3_request"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed, and for which service."""

    secret_id: str
    service: str


def verify(received: Received, credentials: Mapping[str, str], machine_now: float) -> Identity:
    """Tell who signed; raise the fitting AuthFailure otherwise."""
    headers = received.headers
    parts = parse(headers.get("authorization", ""))
    stamp = _timestamp(headers)
    if parts.secret_id not in credentials:
        raise ApiError("AuthFailure.SecretIdNotFound", f"The SecretId {parts.secret_id} is not known.")
    if abs(machine_now - stamp) > TOLERANCE_SECONDS:
        raise ApiError(
            "AuthFailure.SignatureExpire",
            f"X-TC-Timestamp {stamp} is more than {TOLERANCE_SECONDS} seconds from the server's time.",
        )
    if datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d") != parts.date:
        raise ApiError("AuthFailure.SignatureFailure", "The scope's date is not X-TC-Timestamp's UTC date.")
    wanted = sign(parts, received, credentials[parts.secret_id])
    if not hmac.compare_digest(wanted, parts.signature):
        raise ApiError("AuthFailure.SignatureFailure", "The signature does not match the request.")
    host = headers.get("host", "").lower()
    if _is_of_another(host, parts.service):
        raise ApiError(
            "AuthFailure.InvalidAuthorization",
            f"The scope's service is {parts.service}, but the Host is {host}.",
        )
    return Identity(parts.secret_id, parts.service)


def _is_of_another(host: str, service: str) -> bool:
    """Whether a host of the API is another service's; one that names none of these is ours to go by."""
    label = host.split(".")[0]
    return bool(OF_THE_API.fullmatch(host)) and label in BY_SERVICE and label != service


def parse(header: str) -> Authorization:
    """Take an Authorization header apart; content-type and host have to be among the signed names."""
    match = AUTHORIZATION.fullmatch(header.strip())
    if match is None:
        raise ApiError(
            "AuthFailure.InvalidAuthorization",
            f"Authorization must read: {ALGORITHM} Credential=ID/DATE/SERVICE/tc3_request, "
            "SignedHeaders=NAMES, Signature=HEX.",
        )
    names = tuple(sorted(match["names"].split(";")))
    for name in MUST_BE_SIGNED:
        if name not in names:
            raise ApiError("AuthFailure.InvalidAuthorization", f"The header {name} must be signed.")
    return Authorization(match["id"], match["date"], match["service"], names, match["signature"])


def sign(parts: Authorization, received: Received, secret_key: str) -> str:
    """Compute the signature that this request should carry."""
    stamp = received.headers["x-tc-timestamp"]
    text = "\n".join((ALGORITHM, stamp, parts.scope, _digest(canonical(parts, received))))
    key = f"TC3{secret_key}".encode()
    for step in parts.scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def canonical(parts: Authorization, received: Received) -> bytes:
    """Build the canonical request over exactly the headers that the client says it signed."""
    headers = received.headers
    missing = [name for name in parts.names if name not in headers]
    if missing:
        raise ApiError("AuthFailure.SignatureFailure", f"The signed header {missing[0]} was not sent.")
    block = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in parts.names)
    unsigned = headers.get("x-tc-content-sha256") == "UNSIGNED-PAYLOAD"
    payload = b"UNSIGNED-PAYLOAD" if unsigned else received.body
    query = received.query if received.method == "GET" else ""
    names = ";".join(parts.names)
    return "\n".join((received.method, "/", query, block, names, _digest(payload))).encode()


def _timestamp(headers: Mapping[str, str]) -> int:
    text = headers.get("x-tc-timestamp", "")
    if not text:
        raise ApiError("MissingParameter", "The header X-TC-Timestamp is missing.")
    if re.fullmatch(r"[0-9]{1,11}", text) is None:
        raise ApiError("InvalidParameter", "The header X-TC-Timestamp must be unix seconds in decimal.")
    return int(text)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
