"""What a kind has to have that asks for nothing of the house: kinds of this room say only what is theirs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import reconciler.kinds as kinds
from reconciler.claims import Claim
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Fault, Managed, Scope
from reconciler.kinds.essence import Essential
from reconciler.kinds.registration import register
from reconciler.model import Address, Path, Status

NOTHING: frozenset[Claim] = frozenset()


class PlainKind:
    """Refers to nothing, needs nothing, and is wanted as its `state` says."""

    version = 1

    def references(self, spec: Any) -> tuple[tuple[Path, Address], ...]:
        return ()

    def faults(self, spec: Any) -> list[Fault]:
        return []

    def resolve(self, spec: Any, scope: Scope) -> tuple[Spec, list[Fault]]:
        return spec, []

    def wanted(self, spec: Any) -> Status:
        return Status(spec.state)

    def occupies(self, spec: Any) -> frozenset[Claim]:
        return NOTHING

    def needs(self, spec: Any) -> frozenset[Claim]:
        return NOTHING

    def opens(self, spec: Any) -> frozenset[Claim]:
        return NOTHING

    def essence(self, spec: Any) -> tuple[Essential, ...]:
        return ()

    def destinations(self, spec: Any) -> tuple[str, ...]:
        return ()


@contextmanager
def known(kind: Managed) -> Iterator[None]:
    """The house knows this kind alone."""
    found = register(kind)
    with patch.object(kinds, "registered", lambda name: found if name == kind.name else None):
        yield
