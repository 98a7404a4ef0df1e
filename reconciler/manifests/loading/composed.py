"""A document that says less than what it declares: short forms are written out, overrides laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.manifests.loading.layers import Node, node_at
from reconciler.manifests.reading.reader import Document
from reconciler.model import Path

_SPEC: Path = ("spec",)


@dataclass(frozen=True, slots=True)
class Composed(Document):
    """A document with where other documents, or other fields of its own, say what it declares.

    `layers` is its spec with what overrides lay over it; None without any. `short` has for each field
    below `spec` that a short form gives where that stands. `overrides` are the documents laid over it.
    """

    layers: Node | None = field(default=None, compare=False, repr=False)
    short: Mapping[Path, Path] = field(default_factory=dict, compare=False)
    overrides: tuple[Document, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts that it comes from: its own, and those of its overrides."""
        return (self.text, *(one.text for one in self.overrides))

    def written(self, path: Path) -> tuple[Document, Path]:
        """The document that says what stands at the path, and the path there."""
        if path[:1] != _SPEC:
            return self, path
        below = written_as(self.short, path[1:])
        if self.layers is None:
            return self, _SPEC + below
        node, rest = node_at(self.layers, below)
        return node.document, (*node.path, *rest)

    def remark(self, source: Document) -> str:
        """Names the overrides, where what is told of stands in the document below them."""
        if not self.overrides or (source.file, source.line) != (self.file, self.line):
            return ""
        places = ", ".join(f"{one.file}:{one.line}" for one in self.overrides)
        return f" (together with the override at {places})"


def written_as(short: Mapping[Path, Path], path: Path) -> Path:
    """The path at which a manifest says what stands at a path: that of a short form, or the path itself."""
    for count in range(len(path), 0, -1):
        if path[:count] in short:
            return short[path[:count]]
    return path


def composed(
    document: Document,
    short: Mapping[Path, Path] | None = None,
    layers: Node | None = None,
    overrides: tuple[Document, ...] = (),
) -> Document:
    """The document with more that is known of it; what was known before stays."""
    old = document if isinstance(document, Composed) else None
    return Composed(
        document.value,
        document.file,
        document.line,
        document.text,
        document.margin,
        document.marks,
        layers or (old.layers if old else None),
        short or (old.short if old else {}),
        overrides or (old.overrides if old else ()),
    )
