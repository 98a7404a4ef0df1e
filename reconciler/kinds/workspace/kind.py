"""The settings of manifests that are planned together."""

from dataclasses import replace

from reconciler.kinds.base import Fault
from reconciler.kinds.workspace.spec import WorkspaceSpec
from reconciler.model import Address, Path


class WorkspaceKind:
    """Holds settings; makes no calls."""

    name = "Workspace"
    version = 1
    spec = WorkspaceSpec

    def references(self, spec: WorkspaceSpec) -> tuple[tuple[Path, Address], ...]:
        """Settings refer to nothing."""
        return ()

    def faults(self, spec: WorkspaceSpec) -> list[Fault]:
        """The rules of each push domain; every other rule of settings is one of a single field."""
        return [
            replace(fault, path=("pushDomains", name, *fault.path))
            for name, domain in spec.push_domains.items()
            for fault in domain.faults()
        ]


KIND = WorkspaceKind()
