"""Sets single fields of another resource in one environment."""

from reconciler.kinds.base import Fault
from reconciler.kinds.override.spec import OverrideSpec
from reconciler.model import Address, Path


class OverrideKind:
    """Merged into the resource that it names before that is validated; makes no calls."""

    name = "Override"
    version = 1
    spec = OverrideSpec

    def references(self, spec: OverrideSpec) -> tuple[tuple[Path, Address], ...]:
        """Nothing that is resolved: the resource is found before anything is."""
        return ()

    def faults(self, spec: OverrideSpec) -> list[Fault]:
        """What it sets is checked as a part of the resource."""
        return []


KIND = OverrideKind()
