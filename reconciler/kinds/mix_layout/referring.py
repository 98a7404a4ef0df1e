"""A layout inside another document: by reference or inline; and what is wrong with it, where it is told."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.fields import Name
from reconciler.kinds.mix_layout.fields import LayoutFields
from reconciler.kinds.mix_layout.kind import layout_address
from reconciler.kinds.mix_layout.placing import borrowed_canvas_faults
from reconciler.kinds.mix_layout.rules import layout_faults, site_faults
from reconciler.layout import Size
from reconciler.model import Address, Path
from reconciler.words import path_text


class LayoutReference(LayoutFields):
    """The layout of a document, by reference or inline."""

    ref: Annotated[Name | None, NOWHERE] = None
    """The name of a MixLayout; cannot be combined with an inline layout."""

    def own_fields(self) -> list[str]:
        """What is said here that a referred layout would say."""
        given = self.model_fields_set & LayoutFields.model_fields.keys()
        return sorted(str(LayoutFields.model_fields[name].alias) for name in given)

    def references(self) -> tuple[tuple[Path, Address], ...]:
        """The layout that is referred to, with the path of the reference below the document's spec."""
        return () if self.ref is None else ((("layout", "ref"), layout_address(self.ref)),)

    def reference_faults(self) -> Iterator[Fault]:
        """A reference beside a layout of its own."""
        if self.ref is not None and self.own_fields():
            given = ", ".join(self.own_fields())
            text = f"a layout is either a reference or inline, not both; also given: {given}"
            yield Fault(("layout", "ref"), text)

    def place(self) -> Path:
        """Where what is wrong with it is told, below the document's spec."""
        return ("layout",) if self.ref is None else ("layout", "ref")

    def shared_fields(self, scope: Scope) -> dict[str, Any]:
        """The fields of the layout itself, by attribute, wherever they stand."""
        source = self if self.ref is None else scope.specs[layout_address(self.ref)]
        return {name: getattr(source, name) for name in LayoutFields.model_fields}


def used_layout_faults(
    use: LayoutReference, inline: LayoutFields, canvas: Size | None, scope: Scope
) -> Iterator[Fault]:
    """What is wrong with the layout itself; of one that is referred to, what only its user can tell."""
    of_the_site = site_faults(inline, scope.settings.site)
    if use.ref is None:
        for fault in (*layout_faults(inline, canvas), *of_the_site):
            yield Fault(("layout", *fault.path), fault.message, fault.warns)
        return
    address = layout_address(use.ref)
    yield from _at_reference(address, of_the_site)
    if canvas is not None and inline.canvas is None:
        yield from _at_reference(address, borrowed_canvas_faults(inline, canvas))


def _at_reference(layout: Address, faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults of another document where it is referred to; each says where it is in there."""
    for fault in faults:
        text = f"{layout}, {path_text(('spec', *fault.path))}: {fault.message}"
        yield Fault(("layout", "ref"), text, fault.warns)
