"""Push addresses and sources, read back: what in them is a secret becomes a reference.

A push credential (txSecret, txTime: reference signing §4) is made anew by apply, from the push
domain's key, which cannot be told from it. What looks like any other credential makes the whole
address a secret, as nobody but its host knows which part of it is one.
"""

import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from reconciler.kinds.reading import Reading, found

_SIGNATURE = ("txsecret", "txtime")
_CREDENTIAL = re.compile(
    r"token|secret|sig|auth|key|pass|pwd|cred|hmac|hash|md5|jwt|ticket|session", re.IGNORECASE
)


def read_push(value: Any, reading: Reading) -> dict[str, Any]:
    """`url`, and `auth` where the address carries a push credential."""
    here = reading.at(to=("url",))
    parts = _parts(value, here)
    if parts is None:
        return {}
    address, _, query = value.partition("?")
    kept = [one for one in query.split("&") if _name(one) not in _SIGNATURE]
    if _is_secret(parts, kept):
        return _held({"url": here.secret(value, "PUSH_URL")})
    if len(kept) == len(query.split("&")):
        return {"url": value}
    variable = reading.variables.of_push_key(parts.hostname or "")
    here.warn(
        f"its txSecret and txTime are left out, as apply makes new ones: set {variable} to the push key of "
        f"{parts.hostname}, which cannot be told from them"
    )
    rest = "&".join(one for one in kept if one)
    return {"url": f"{address}?{rest}" if rest else address, "auth": {"key": {"env": variable}}}


def read_source(value: Any, reading: Reading) -> str | dict[str, Any] | None:
    """The address of a stream to pull, or a reference to one that carries a credential."""
    parts = _parts(value, reading)
    if parts is None:
        return None
    secret = _is_secret(parts, parts.query.split("&"))
    return reading.secret(value, "STREAM_URL") if secret else str(value)


def check_image(value: Any, reading: Reading) -> None:
    """Warns of an image's address that carries a credential: manifests have no reference for one."""
    if isinstance(value, str) and any(_CREDENTIAL.search(_name(one)) for one in _query(value)):
        reading.warn(
            "looks as if it carries a credential, and a manifest has it as text: use an address without one"
        )


def _parts(value: Any, reading: Reading) -> SplitResult | None:
    """An address in its parts; None, and a note that shows nothing of it, for what is none."""
    try:
        if isinstance(value, str):
            return urlsplit(value)
    except ValueError:
        pass
    if value is not None:
        reading.problem(f"found {found(value, shown=False)}; allowed: an address")
    return None


def _is_secret(parts: SplitResult, query: list[str]) -> bool:
    return "@" in parts.netloc or any(_CREDENTIAL.search(_name(one)) for one in query)


def _query(url: str) -> list[str]:
    return url.partition("?")[2].split("&")


def _name(parameter: str) -> str:
    return parameter.partition("=")[0].lower()


def _held(read: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in read.items() if value is not None}
