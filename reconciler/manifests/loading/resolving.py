"""Validated documents -> the workspace's resources: references filled in, nothing claimed twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.kinds import OVERRIDE, SETTINGS, registered
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Scope, Settings
from reconciler.kinds.registration import Registered
from reconciler.manifests.loading.declarations import Declaration, Declarations
from reconciler.manifests.loading.notes import Notes
from reconciler.model import Address, Claimed, Location, OnRemoval, Resource, digest
from reconciler.plaintext import masked_within
from reconciler.planning.checks import Claimant, claimant, clashes
from reconciler.planning.sharing import Sharing

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


class Made(NamedTuple):
    """Resources that were made one after the other, and what they claim."""

    resources: tuple[Resource, ...]
    claimants: tuple[Claimant, ...]

    def after(self, before: "Made") -> "Made":
        """What was made since."""
        return Made(self.resources[len(before.resources) :], self.claimants[len(before.claimants) :])


def _noted(text: str) -> str:
    """What is recorded of an annotation: secrets in it masked, and of a long one a digest alone."""
    return masked_within(text) if len(text) <= _RECORDED else digest(text)


@dataclass(slots=True)
class Resolver:
    """Makes resources of documents, one after the other; notes what is wrong with the others.

    Where nothing is `planned` they have neither a spec nor a digest.
    """

    declarations: Declarations
    surroundings: Surroundings
    notes: Notes
    planned: bool = True
    _specs: dict[Address, Spec] = field(default_factory=dict)
    """Of what others refer to. Of thousands of others none is kept beside its resource."""
    _claimants: list[Claimant] = field(default_factory=list)
    _resources: dict[Address, Resource] = field(default_factory=dict)

    _planned: list[tuple[Declaration, Registered]] = field(default_factory=list)
    _referred: set[Address] = field(default_factory=set)
    _sharing: Sharing = field(default_factory=Sharing)

    def first(self) -> Iterator[Declaration]:
        """What is to be validated before all others, by whoever gets it.

        What is not planned, as it is referred to, then what refers to others that are planned: of those
        others a spec is kept only where it is referred to.
        """
        for one in self.declarations.by_address.values():
            if one.kind.name in (SETTINGS, OVERRIDE):
                continue
            if (kind := registered(one.kind.name)) is not None:
                self._planned.append((one, kind))
                continue
            yield one
            self._keep(one)
        for one, kind in self._planned:
            if kind.refers is not None:
                yield one
                self._keep(one)
                references = () if one.spec is None else kind.kind.references(one.spec)
                self._referred.update(address for _, address in references)

    @property
    def others(self) -> list[Declaration]:
        """All others that are planned, each to be resolved once it is validated."""
        return [one for one, kind in self._planned if kind.refers is None]

    @property
    def keeps_specs(self) -> bool:
        """Whether any of the others is referred to, so that its spec is kept."""
        return bool(self._referred)

    def resolve(self, one: Declaration) -> None:
        """Makes the resource of one of the others."""
        kind = registered(one.kind.name)
        if kind is not None:
            if one.address in self._referred:
                self._keep(one)
            self._resolve(one, kind)

    def finish(self) -> None:
        """Makes the resources of what refers to others, once these have theirs."""
        for one, kind in self._planned:
            if kind.refers is not None:
                self._resolve(one, kind)

    def made(self) -> Made:
        """The resources that were made so far, and what they claim."""
        return Made(tuple(self._resources.values()), tuple(self._claimants))

    def add(self, made: Made) -> None:
        """Adds resources that were made elsewhere."""
        self._resources.update((one.address, one) for one in made.resources)
        self._claimants.extend(made.claimants)

    def _keep(self, one: Declaration) -> None:
        if one.spec is not None:
            self._specs[one.address] = one.spec

    def _resolve(self, one: Declaration, kind: Registered) -> None:
        resource = None if one.spec is None else self._resource(one, kind)
        if resource is not None:
            self._resources[one.address] = resource
        one.spec = None

    def resolved(self) -> Resolved:
        """All that can be used, once every document had its turn; notes what two claim that one can have."""
        clashing = frozenset(self._note_clashes())
        found = self._resources
        resources = tuple(found[address] for address in self.declarations.by_address if address in found)
        return Resolved(resources, tuple(self._claimants), clashing)

    def _note_clashes(self) -> Iterator[Address]:
        """Gives all that clash with another."""
        every = self.declarations.by_address
        for clash in clashes(self._claimants):
            note = self.notes.warn if clash.warns else self.notes.fault
            note(every[clash.later].document, ("spec",), clash.message(every[clash.earlier].place))
            yield from (clash.later, clash.earlier)

    def _resource(self, one: Declaration, kind: Registered) -> Resource | None:
        uses = self._uses(one, kind)
        if uses is None:
            return None
        scope = Scope(one.address, self.surroundings.settings, self._specs)
        spec, faults = kind.kind.resolve(one.spec, scope)
        self.notes.add_faults(one.document, faults, one.address)
        if not all(fault.warns for fault in faults):
            return None
        texts = [_SEPARATOR.join(self.declarations.by_address[address].document.sources) for address in uses]
        wanted = kind.kind.wanted(spec)
        claims = claimant(one.address, kind, spec, wanted)
        self._claimants.append(claims)
        plain = self._sharing.of(spec.to_json()) if self.planned else {}
        return Resource(
            address=one.address,
            spec=plain,
            wanted=wanted,
            labels=one.header.metadata.labels,
            digest=self._digest(one, kind, texts) if self.planned else "",
            uses={address: digest(text) for address, text in zip(uses, texts, strict=True)},
            location=Location(one.document.file, one.document.line),
            annotations={key: _noted(text) for key, text in one.header.metadata.annotations.items()},
            renamed_from=one.header.metadata.renamed_from,
            on_removal=OnRemoval(one.header.metadata.on_removal),
            claimed=Claimed(plain, claims.claims) if self.planned else None,
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
        if kind.refers is None and any(registered(address.kind) for _, address in references):
            raise TypeError(f"{kind.name} refers to what is planned and does not say so")
        for path, address in references:
            if address not in declarations.by_address and address not in declarations.broken:
                message = (
                    f"{address} does not exist; the manifests have {declarations.names_of(address.kind)}"
                )
                self.notes.fault(one.document, ("spec", *path), message)
            sound = sound and address in self._specs
        return tuple(sorted({address for _, address in references})) if sound else None
