"""Manifests read as far as is needed: with an index, what has not changed is left unread.

An index lies in the user's cache directory (see index_files). Whatever it cannot tell for sure is read as if
there were none.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler import __version__
from reconciler.backends.protocol import StateLocation
from reconciler.cli.environment import current_environment
from reconciler.cli.index_files import IndexFiles, cache_home
from reconciler.cli.placing import CONNECTION, VARIABLE
from reconciler.cli.standard_input import read_stdin
from reconciler.cli.world import DEFAULT_PATHS, load_context
from reconciler.index.codec import FORMAT
from reconciler.index.model import Index, Subject
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.known import KnownManifests, Unsure
from reconciler.manifests.loading.loader import Workspace, load_sources
from reconciler.manifests.loading.sources import Source, find_sources
from reconciler.manifests.reading.pieces import Piece, pieces_of
from reconciler.model import Address, digest

_SETTINGS = b"Workspace"
"""What a document with a workspace's settings has in it, and few others have."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an index is kept: the file's key, and a digest of all beside documents that enters meaning."""

    files: IndexFiles
    key: str
    context: str

    def read(self) -> Index | None:
        """The index, if it is of the same context; None where there is none that can be used."""
        found = self.files.read(self.key)
        return found.whole() if found is not None and found.subject.context == self.context else None


class IndexedManifests:
    """Manifests, what was read of them so far, and the index that the rest is known by.

    Reads what is unknown; raises ManifestError.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        pieces: Sequence[Piece],
        context: LoadContext,
        kept: Kept | None = None,
    ) -> None:
        self.pieces = pieces
        self._sources = sources
        self._context = context
        self._kept = kept
        self._index = kept.read() if kept is not None else None
        self._known: KnownManifests | None = None
        self._opened: frozenset[Address] = frozenset()
        self.workspace = self._begun()

    def _begun(self) -> Workspace:
        if self._index is None:
            return self.read_all()
        try:
            self._known = KnownManifests(self._sources, self.pieces, self._index)
            return self._known.load(self._context)
        except Unsure:
            return self.read_all()

    def read_all(self) -> Workspace:
        """The workspace with everything read; raises ManifestError."""
        self._known = None
        self.workspace = load_sources(self._sources, self._context)
        return self.workspace

    def subject(self, workspace: str, state: StateLocation, lineage: str) -> Subject:
        """What an index is of that is made now."""
        return Subject(self._kept.context if self._kept else "", workspace, str(state), lineage)

    @property
    def keeps(self) -> bool:
        """Whether an index is kept."""
        return self._kept is not None

    def known_of(self, subject: Subject) -> Workspace:
        """The workspace; with everything read where the index is of another workspace or state."""
        if self._known is None or (self._index is not None and self._index.subject == subject):
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
        if self._kept is not None and index != self._index:
            self._index = index
            self._kept.files.write(self._kept.key, index)


def read_indexed(paths: Sequence[str], state: StateLocation | None, *, use: bool) -> IndexedManifests:
    """The manifests as far as an index does not know them, if one is to be used; raises ManifestError."""
    sources = find_sources(paths or DEFAULT_PATHS, read_stdin)
    if not use:
        return IndexedManifests(sources, (), load_context())
    context = replace(load_context(), learn=True)
    pieces = pieces_in(sources)
    variables = current_environment().variables
    key = digest(
        *_settings(sources, pieces), str(state), *(variables.get(one, "") for one in (VARIABLE, CONNECTION))
    )
    kept = Kept(IndexFiles(cache_home(variables)), key.removeprefix("sha256:"), context_digest(context))
    return IndexedManifests(sources, pieces, context, kept)


def pieces_in(sources: Iterable[Source]) -> list[Piece]:
    """The pieces of all files, in order."""
    return [piece for source in sources for piece in pieces_of(source.data, source.name)]


def _settings(sources: Iterable[Source], pieces: Iterable[Piece]) -> Iterator[str]:
    """The documents that may have the settings, each with its file: what an index is found by."""
    data = {source.name: source.data for source in sources}
    for one in pieces:
        if data[one.file].find(_SETTINGS, one.start, one.end) >= 0:
            yield os.path.realpath(one.file)
            yield one.digest


def context_digest(context: LoadContext) -> str:
    """A digest of all beside documents that enters their meaning."""
    names = context.secret_names
    told = ["-"] if names is None else ["+", *sorted(names)]
    return digest(str(FORMAT), __version__, context.region or "", *told)
