"""Override documents laid over the documents that they name, before those are validated."""

from dataclasses import dataclass, field

from reconciler.kinds import KINDS, OVERRIDE, SETTINGS
from reconciler.kinds.override.spec import OverrideSpec
from reconciler.manifests.loading.composed import composed
from reconciler.manifests.loading.declarations import Declaration, Declarations
from reconciler.manifests.loading.layers import Node, plain, settle, tree
from reconciler.manifests.loading.merging import Merge
from reconciler.manifests.loading.notes import Notes
from reconciler.manifests.reading.reader import Document
from reconciler.manifests.reading.secret_names import tellable
from reconciler.model import Address, Path
from reconciler.words import guess

_OF: Path = ("spec", "of")
_SET: Path = ("spec", "set")


@dataclass(slots=True)
class Overriding:
    """Lays overrides over what is declared, one after the other, and notes what is wrong with them."""

    declarations: Declarations
    notes: Notes
    _trees: dict[Address, Node] = field(default_factory=dict)
    _overrides: dict[Address, list[Document]] = field(default_factory=dict)

    def lay(self, one: Declaration, spec: OverrideSpec) -> None:
        """Lays one override over the resource that it names."""
        target = self._target(one, spec)
        if target is None:
            return
        address = target.address
        if address not in self._trees:
            self._trees[address] = tree(target.header.spec, target.document.lightened(), ("spec",))
        merge = Merge(address, target.kind.spec, one.document)
        merge.lay(self._trees[address], spec.set_, _SET)
        for path, message in merge.faults:
            self.notes.fault(one.document, tellable(path), message)
        self._overrides.setdefault(address, []).append(one.document)

    def finish(self) -> None:
        """Puts what came of it in the place of what was declared."""
        for address, layers in self._trees.items():
            settle(layers)
            one = self.declarations.by_address[address]
            one.header = one.header.model_copy(update={"spec": plain(layers)})
            over = tuple(self._overrides[address])
            one.document = composed(one.document, layers=layers, overrides=over)

    def _target(self, one: Declaration, spec: OverrideSpec) -> Declaration | None:
        """The document to override; None where there is none, which is noted."""
        kind, _, name = spec.of.partition("/")
        address = Address(kind, name)
        found = self.declarations.by_address.get(address)
        message = ""
        if kind not in KINDS:
            meant = guess(kind, _overridable(), 0.6)
            message = f"{kind} is not a kind; {meant}allowed: {', '.join(_overridable())}"
        elif kind in (SETTINGS, OVERRIDE):
            message = f"{kind} cannot be overridden: change {address} itself"
        elif found is None and address not in self.declarations.broken:
            names = self.declarations.names_of(kind)
            message = f"{address} does not exist; the manifests have {names}"
        if message:
            self.notes.fault(one.document, _OF, message)
        return None if message else found


def _overridable() -> list[str]:
    return sorted(KINDS.keys() - {SETTINGS, OVERRIDE})
