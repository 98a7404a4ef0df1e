"""Secrets that are sent as addresses: found in a call by what its action says of its fields."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from reconciler.calls import AddressCheck, Call, StoredSecret
from reconciler.late_values import PLAIN


@dataclass(frozen=True, slots=True)
class HeldAddress:
    """A secret that is sent as an address; `fault` says in which way its value is none."""

    secret: StoredSecret
    fault: Callable[[str], str | None]


def held_addresses(call: Call) -> Iterator[HeldAddress]:
    """Every secret of a call that its action takes as an address."""
    yield from _held_in(call.request, call.action.addresses) if call.action.addresses else ()


def _held_in(value: Any, checks: Mapping[str, AddressCheck]) -> Iterator[HeldAddress]:
    if type(value) in PLAIN:
        return
    if isinstance(value, dict | Mapping):
        for name, item in value.items():
            if name in checks and isinstance(item, StoredSecret):
                yield HeldAddress(item, partial(_checked, checks[name], value))
            else:
                yield from _held_in(item, checks)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _held_in(item, checks)


def _checked(check: AddressCheck, beside: Mapping[str, Any], text: str) -> str | None:
    return check(text, beside)
