"""Push addresses and sources, read back: what in them is a secret becomes a reference.

A push credential (txSecret, txTime: reference signing §4) is made anew by apply, from the push
domain's key, which cannot be told from it. What looks like any other credential makes the whole
address a secret, as nobody but its host knows which part of it is one.
"""

from typing import Any

from reconciler.addresses.push import is_foreign, split_push
from reconciler.kinds.converting.reading import Reading, found
from reconciler.kinds.converting.validity import validity_of
from reconciler.plaintext import secret_spans

_SIGNATURE = ("txsecret", "txtime")


def read_push(value: Any, reading: Reading, *, declared_foreign: bool = False) -> dict[str, Any]:
    """`url`, and `auth` where the address carries a push credential.

    Another network's address, known as such by its domain or by what is declared, is the key to the stream
    there, and so becomes a reference.
    """
    here = reading.at(to=("url",))
    if not _is_text(value, here):
        return {}
    address, _, query = value.partition("?")
    kept = [one for one in query.split("&") if _name(one) not in _SIGNATURE]
    foreign = len(kept) == len(query.split("&")) and is_foreign(value, declared=declared_foreign)
    if foreign or secret_spans(f"{address}?{'&'.join(kept)}"):
        return _held({"url": here.secret(value, "PUSH_URL")})
    if len(kept) == len(query.split("&")):
        return {"url": value}
    host = split_push(value).host
    variable = reading.variables.of_push_key(host)
    valid = validity_of(query, reading.now)
    here.warn(
        f"its txSecret and txTime are dropped, because apply makes new ones: set {variable} to the push key "
        f"of {host}; {valid.words}"
    )
    rest = "&".join(one for one in kept if one)
    auth = {"key": {"env": variable}, **({} if valid.valid_for is None else {"validFor": valid.valid_for})}
    return {"url": f"{address}?{rest}" if rest else address, "auth": auth}


def read_source(value: Any, reading: Reading) -> str | dict[str, Any] | None:
    """The address of a stream to pull, or a reference to one that carries a credential."""
    if not _is_text(value, reading):
        return None
    return reading.secret(value, "STREAM_URL") if secret_spans(value) else str(value)


def read_address(value: Any, reading: Reading, role: str) -> Any:
    """An image's or another address, or arguments of one, or a reference where it carries a credential."""
    if isinstance(value, str) and secret_spans(value):
        return reading.secret(value, role)
    return value


def _is_text(value: Any, reading: Reading) -> bool:
    """Whether it is a text; else it is noted, without being shown."""
    if isinstance(value, list) and len(value) > 1:
        reading.problem(f"found {len(value)} entries in a field that takes one; allowed: an address")
    elif value is not None and not isinstance(value, str):
        reading.problem(f"found {found(value, shown=False)}; allowed: an address")
    return isinstance(value, str)


def _name(parameter: str) -> str:
    return parameter.partition("=")[0].lower()


def _held(read: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in read.items() if value is not None}
