"""Former names of resources, and what is done once one is gone: what of it no record could follow."""

from collections.abc import Iterator

from reconciler.kinds import SETTINGS, registered
from reconciler.manifests.loading.declarations import Declaration, Declarations
from reconciler.manifests.loading.notes import Notes
from reconciler.model import Address, Path

_NAMES: Path = ("metadata", "renamedFrom")


def check_former_names(declarations: Declarations, notes: Notes) -> None:
    """Notes each former name that is declared, is another's too, or is of what is never recorded."""
    takers: dict[Address, Declaration] = {}
    for one in declarations.by_address.values():
        for path, message in (*_unrecorded(one), *_names(one, declarations, takers)):
            notes.fault(one.document, path, message)


def _unrecorded(one: Declaration) -> Iterator[tuple[Path, str]]:
    """What is said of a document that has no record."""
    metadata = one.header.metadata
    if registered(one.kind.name) is not None:
        return
    if metadata.renamed_from:
        renamed = (
            "`reconciler state rebind` binds the state of a workspace to its new name"
            if one.kind.name == SETTINGS
            else "give it its new name wherever it is referred to"
        )
        yield _NAMES, f"nothing is recorded of a {one.kind.name}, so leave it out; {renamed}"
    if "on_removal" in metadata.model_fields_set:
        path = ("metadata", "onRemoval")
        yield path, f"nothing of a {one.kind.name} runs by itself: leave it out"


def _names(
    one: Declaration, declarations: Declarations, takers: dict[Address, Declaration]
) -> Iterator[tuple[Path, str]]:
    """What is wrong with single names of what is recorded; notes in `takers` whose they are."""
    for index, name in enumerate(one.header.metadata.renamed_from if registered(one.kind.name) else ()):
        former, path = Address(one.kind.name, name), (*_NAMES, index)
        taker = takers.setdefault(former, one)
        if former == one.address:
            yield path, "is its own name: name what it was called before, or leave it out"
        elif (declared := declarations.by_address.get(former)) is not None:
            text = f"{former} is declared at {declared.place}, so its record is its own: "
            yield path, f"{text}remove that document, or take this name out"
        elif taker is not one:
            yield path, f"{taker.address} at {taker.place} was renamed from it too: only one can take over"
