"""Validated documents -> the workspace's resources: references filled in, nothing claimed twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.kinds import registered
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Scope, Settings
from reconciler.kinds.registered import Registered
from reconciler.manifests.loading.declarations import Declaration, Declarations
from reconciler.manifests.loading.notes import Notes
from reconciler.model import Address, Location, OnRemoval, Resource, digest
from reconciler.plaintext import masked_within
from reconciler.planning.checks import Claimant, claimant, clashes

_SEPARATOR = "\n---\n"
_RECORDED = 1000
"""So many characters of an annotation are recorded."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all resources of a workspace are resolved with; `region` is the one from outside, or empty."""

    settings: Settings
    settings_text: str
    region: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The resources, with what each claims, and those that clash with another."""

    resources: tuple[Resource, ...]
    claimants: tuple[Claimant, ...]
    clashing: frozenset[Address]


def resolve(declarations: Declarations, surroundings: Surroundings, notes: Notes) -> Resolved:
    """The resources of all documents that can be used; notes what is wrong with the others."""
    resolver = _Resolver(declarations, surroundings, notes)
    resources = tuple(resolver.resources())
    clashing = frozenset(resolver.note_clashes())
    return Resolved(resources, tuple(resolver.claimants), clashing)


def _noted(text: str) -> str:
    """What is recorded of an annotation: secrets in it masked, and of a long one a digest alone."""
    return masked_within(text) if len(text) <= _RECORDED else digest(text)


@dataclass(slots=True)
class _Resolver:
    declarations: Declarations
    surroundings: Surroundings
    notes: Notes
    specs: dict[Address, Spec] = field(default_factory=dict)
    claimants: list[Claimant] = field(default_factory=list)

    def resources(self) -> Iterator[Resource]:
        every = self.declarations.by_address
        self.specs = {address: one.spec for address, one in every.items() if one.spec is not None}
        managed = list(self._managed())
        referred = {address for one, kind in managed for _, address in kind.kind.references(one.spec)}
        for one, kind in managed:
            resource = self._resource(one, kind)
            if resource is not None:
                yield resource
            if one.address not in referred:
                # Not kept beside its resource for each of thousands.
                del self.specs[one.address]
                one.spec = None

    def note_clashes(self) -> set[Address]:
        """Notes what two resources claim that only one can have; gives all such resources."""
        every, found = self.declarations.by_address, set[Address]()
        for clash in clashes(self.claimants):
            note = self.notes.warn if clash.warns else self.notes.fault
            note(every[clash.later].document, ("spec",), clash.message(every[clash.earlier].place))
            found |= {clash.later, clash.earlier}
        return found

    def _managed(self) -> Iterator[tuple[Declaration, Registered]]:
        for address in self.specs:
            one = self.declarations.by_address[address]
            if (kind := registered(one.kind.name)) is not None:
                yield one, kind

    def _resource(self, one: Declaration, kind: Registered) -> Resource | None:
        uses = self._uses(one, kind)
        if uses is None:
            return None
        spec, faults = kind.kind.resolve(one.spec, Scope(one.address, self.surroundings.settings, self.specs))
        self.notes.add_faults(one.document, faults, one.address)
        if not all(fault.warns for fault in faults):
            return None
        texts = [_SEPARATOR.join(self.declarations.by_address[address].document.sources) for address in uses]
        wanted = kind.kind.wanted(spec)
        self.claimants.append(claimant(one.address, kind, spec, wanted))
        return Resource(
            address=one.address,
            spec=spec.to_json(),
            wanted=wanted,
            labels=one.header.metadata.labels,
            digest=self._digest(one, kind, texts),
            uses={address: digest(text) for address, text in zip(uses, texts, strict=True)},
            location=Location(one.document.file, one.document.line),
            annotations={key: _noted(text) for key, text in one.header.metadata.annotations.items()},
            renamed_from=one.header.metadata.renamed_from,
            on_removal=OnRemoval(one.header.metadata.on_removal),
        )

    def _digest(self, one: Declaration, kind: Registered, texts: list[str]) -> str:
        """Of everything that the resource comes from, so that it changes with any of it."""
        around = self.surroundings
        version = str(kind.kind.version)
        return digest(version, around.region, around.settings_text, *one.document.sources, *texts)

    def _uses(self, one: Declaration, kind: Registered) -> tuple[Address, ...] | None:
        """The documents it refers to; None if one of them cannot be used, which is then noted."""
        sound = True
        declarations = self.declarations
        references = kind.kind.references(one.spec)
        for path, address in references:
            if address not in declarations.by_address and address not in declarations.broken:
                message = (
                    f"{address} does not exist; the manifests have {declarations.names_of(address.kind)}"
                )
                self.notes.fault(one.document, ("spec", *path), message)
            sound = sound and address in self.specs
        return tuple(sorted({address for _, address in references})) if sound else None
