"""Manifests read as far as is needed: with an index, what has not changed is left unread.

Whatever an index cannot tell for sure is read as if there were none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.backends.protocol import StateLocation
from reconciler.cli.index_in_store import index_in_store
from reconciler.cli.manifest_files import ManifestFiles
from reconciler.cli.world import load_context
from reconciler.index.model import Index, Subject
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.known import KnownManifests, Unsure
from reconciler.manifests.loading.loader import Workspace, load_sources
from reconciler.manifests.reading.pieces import Piece
from reconciler.model import Address


class IndexedManifests:
    """Manifests, what was read of them so far, and the index that the rest is known by.

    Reads what is unknown; raises ManifestError.
    """

    def __init__(
        self, files: ManifestFiles, context: LoadContext, state: StateLocation | None = None
    ) -> None:
        self._files = files
        self._context = context
        self._here = files.kept.whole() if files.kept is not None else None
        self.index = self._here if files.kept is None else self._here or index_in_store(files, state)
        self._known: KnownManifests | None = None
        self._opened: frozenset[Address] = frozenset()
        self.workspace = self._begun()

    def _begun(self) -> Workspace:
        if self.index is None:
            return self.read_all()
        try:
            self._known = KnownManifests(self._files.sources, self.pieces, self.index)
            return self._known.load(self._context)
        except Unsure:
            return self.read_all()

    @property
    def pieces(self) -> Sequence[Piece]:
        """The pieces of the files."""
        return self._files.pieces

    @property
    def digest(self) -> str:
        """A digest of all files."""
        return self._files.digest

    @property
    def keeps(self) -> bool:
        """Whether an index is kept."""
        return self._files.kept is not None

    def read_all(self) -> Workspace:
        """The workspace with everything read; raises ManifestError."""
        self._known = None
        self.workspace = load_sources(self._files.sources, self._context)
        return self.workspace

    def subject(self, workspace: str, state: StateLocation, lineage: str) -> Subject:
        """What an index is of that is made now."""
        context = self._files.kept.context if self._files.kept is not None else ""
        return Subject(context, workspace, str(state), lineage)

    def known_of(self, subject: Subject) -> Workspace:
        """The workspace; with everything read where the index is of another workspace or state."""
        if self._known is None or (self.index is not None and self.index.subject == subject):
            return self.workspace
        return self.read_all()

    def open(self, addresses: Iterable[Address]) -> Workspace:
        """The workspace with these documents read as well; with all of them, where they are many."""
        more = self._opened.union(addresses)
        if self._known is None or more == self._opened:
            return self.workspace
        self._opened = more
        if len(more) > len(self.pieces) // 2:
            return self.read_all()
        try:
            self.workspace = self._known.load(self._context, more)
        except Unsure:
            return self.read_all()
        return self.workspace

    def keep(self, index: Index) -> None:
        """Keeps an index for the next time."""
        if self._files.kept is not None and index != self._here:
            self.index = self._here = index
            self._files.kept.files.write(self._files.kept.key, index)


def indexed(files: ManifestFiles, state: StateLocation | None) -> IndexedManifests:
    """The manifests as far as an index does not know them; raises ManifestError.

    `state` is where the command line says that the state is.
    """
    return IndexedManifests(files, replace(load_context(), learn=files.kept is not None), state)
