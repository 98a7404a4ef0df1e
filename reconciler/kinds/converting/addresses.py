"""Push addresses and sources, read back: what in them is a secret becomes a reference.

A push credential (txSecret, txTime: reference signing §4) is made anew by apply, from the push
domain's key, which cannot be told from it. What looks like any other credential makes the whole
address a secret, as nobody but its host knows which part of it is one.
"""

from typing import Any
from urllib.parse import SplitResult, urlsplit

from reconciler.kinds.converting.reading import Reading, found
from reconciler.plaintext import secret_spans

_SIGNATURE = ("txsecret", "txtime")


def read_push(value: Any, reading: Reading) -> dict[str, Any]:
    """`url`, and `auth` where the address carries a push credential."""
    here = reading.at(to=("url",))
    parts = _parts(value, here)
    if parts is None:
        return {}
    address, _, query = value.partition("?")
    kept = [one for one in query.split("&") if _name(one) not in _SIGNATURE]
    if _is_secret(f"{address}?{'&'.join(kept)}"):
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
    return reading.secret(value, "STREAM_URL") if _is_secret(value) else str(value)


def read_address(value: Any, reading: Reading, role: str) -> Any:
    """An image's or another address, or arguments of one, or a reference where it carries a credential."""
    if isinstance(value, str) and secret_spans(value):
        return reading.secret(value, role)
    return value


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


def _is_secret(address: str) -> bool:
    return bool(secret_spans(address))


def _name(parameter: str) -> str:
    return parameter.partition("=")[0].lower()


def _held(read: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in read.items() if value is not None}
