"""What kinds can tell of the addresses that their tasks push to."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from reconciler.kinds.base import Managed
from reconciler.model import Path


@runtime_checkable
class Signs(Managed, Protocol):
    """Pushes to addresses that are signed; an unchanged one must keep its signature.

    Its updates send all addresses where the subject says that it `resends`.
    """

    def still_signed(self, spec: Any, bases: tuple[Any, ...], signed: Mapping[str, str]) -> dict[str, str]:
        """Those signatures in `signed` whose pushes stay as they are in every base."""
        ...

    def made_from_secrets(self, spec: Any) -> tuple[tuple[Path, str], ...]:
        """The pushes whose addresses are made when they are sent: each with its path, and in words."""
        ...


@runtime_checkable
class Pushes(Managed, Protocol):
    """Pushes to addresses that events name."""

    def pushes_to(self, spec: Any) -> frozenset[str]:
        """Each address without its query; in the place of one that only a secret holds, what none can be."""
        ...
