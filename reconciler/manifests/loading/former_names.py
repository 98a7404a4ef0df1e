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
            "to rename a workspace, use `reconciler state rebind`"
            if one.kind.name == SETTINGS
            else "to rename it, change its name wherever it is referenced"
        )
        yield _NAMES, f"a {one.kind.name} has no entry in the state: remove this; {renamed}"
    if "on_removal" in metadata.model_fields_set:
        path = ("metadata", "onRemoval")
        yield path, f"a {one.kind.name} has no task of its own: remove this"


def _names(
    one: Declaration, declarations: Declarations, takers: dict[Address, Declaration]
) -> Iterator[tuple[Path, str]]:
    """What is wrong with single names of what is recorded; notes in `takers` whose they are."""
    for index, name in enumerate(one.header.metadata.renamed_from if registered(one.kind.name) else ()):
        former, path = Address(one.kind.name, name), (*_NAMES, index)
        taker = takers.setdefault(former, one)
        if former == one.address:
            yield path, "is its current name: use its former name, or remove this"
        elif (declared := declarations.by_address.get(former)) is not None:
            text = f"{former} is declared at {declared.place}, so it keeps its own entry: "
            yield path, f"{text}remove that document or this name"
        elif taker is not one:
            yield (
                path,
                (
                    f"{taker.address} at {taker.place} was also renamed from this name: only one can take "
                    "over its entry"
                ),
            )
