"""What each document means to others, for an index: what it uses, what ties it to them, what is told."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.errors import Problem
from reconciler.index.model import Meaning, SharedFault, Told, tie_digests
from reconciler.kinds import registered
from reconciler.manifests.loading.composed import Composed
from reconciler.manifests.loading.declarations import Declaration, Declarations
from reconciler.manifests.loading.notes import Notes
from reconciler.manifests.loading.resolving import Resolved
from reconciler.model import Address
from reconciler.planning.checks import Ties, ties_of

Place = tuple[str, int]
"""A file and a line in it."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What documents mean, each by the place where it stands; empty where that is not to be relied on."""

    meanings: Mapping[Place, Meaning] = field(default_factory=dict)


NOTHING_LEARNT = Learnt()


def learn(declarations: Declarations, resolved: Resolved, notes: Notes) -> Learnt:
    """What every document means that was read."""
    if notes.overfull:
        return Learnt()  # there may be more to tell than is noted
    learner = _Learner(declarations, resolved, notes)
    return Learnt({_place(one): learner.meaning(one) for one in declarations.by_address.values()})


class _Learner:
    """What is looked up for each document, worked out once for all."""

    def __init__(self, declarations: Declarations, resolved: Resolved, notes: Notes) -> None:
        self._every = declarations.by_address
        self._ties = {one.address: ties_of(one) for one in resolved.claimants}
        self._uses = {one.address: tuple(one.uses) for one in resolved.resources}
        self._told = _by_document(self._every.values(), notes.warnings)
        self._faults = dict(_faults(notes))
        in_clear = _by_document(self._every.values(), notes.in_clear)
        self._passing = resolved.clashing | in_clear.keys()
        self._addresses = {_place(one): one.address for one in declarations.overrides()}
        self._targets = {
            override: address for address, one in self._every.items() for override in self._overrides(one)
        }

    def meaning(self, one: Declaration) -> Meaning:
        """What one document means."""
        address, over = one.address, tuple(self._overrides(one))
        used = self._uses.get(address, ())
        ties = self._ties.get(address, Ties())
        return Meaning(
            address,
            (*used, *over, *(override for other in used for override in self._overrides(self._every[other]))),
            tie_digests(ties.has),
            tie_digests(ties.needs),
            self._told.get(address, ()),
            self._faults.get(address, ()),
            self._targets.get(address),
            is_resource=registered(one.kind.name) is not None,
            lasting=self._is_lasting(one, over),
        )

    def _is_lasting(self, one: Declaration, over: tuple[Address, ...]) -> bool:
        """Whether the same is told of it wherever other documents stand, and it takes over no record."""
        names_places = over and any(address in self._told for address in (one.address, *over))
        return not (one.address in self._passing or names_places or one.header.metadata.renamed_from)

    def _overrides(self, one: Declaration) -> Iterator[Address]:
        laid = one.document.overrides if isinstance(one.document, Composed) else ()
        return (self._addresses[(document.file, document.line)] for document in laid)


def _place(one: Declaration) -> Place:
    return one.document.file, one.document.line


def _faults(notes: Notes) -> Iterator[tuple[Address, tuple[SharedFault, ...]]]:
    """What the workspace's settings break for each resource."""
    found: dict[Address, list[SharedFault]] = {}
    for fault, addresses in notes.shared.items():
        for address in addresses:
            found.setdefault(address, []).append(SharedFault(fault.path, fault.message, fault.warns))
    return ((address, tuple(faults)) for address, faults in found.items())


def _by_document(
    every: Iterable[Declaration], problems: Iterable[Problem]
) -> dict[Address, tuple[Told, ...]]:
    """The warnings of each document, with their places below its first line."""
    listed = sorted(set(problems))
    if not listed:
        return {}
    starts: dict[str, list[tuple[int, Address]]] = {}
    for one in every:
        starts.setdefault(one.document.file, []).append((one.document.line, one.address))
    for places in starts.values():
        places.sort()
    found: dict[Address, list[Told]] = {}
    for problem in listed:
        places = starts[problem.file]
        line, address = places[bisect_right(places, problem.line, key=lambda place: place[0]) - 1]
        told = Told(problem.line - line, problem.column, problem.path, problem.message)
        found.setdefault(address, []).append(told)
    return {address: tuple(told) for address, told in found.items()}
