"""Files of manifests cut into pieces, and where what is known of these is kept; nothing of them is parsed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from reconciler import __version__
from reconciler.backends.objects.location import ENDPOINT
from reconciler.backends.protocol import StateLocation
from reconciler.cli.environment import current_environment
from reconciler.cli.index_files import IndexFiles, cache_home
from reconciler.cli.placing import CONNECTION, VARIABLE
from reconciler.cli.standard_input import read_stdin
from reconciler.cli.world import DEFAULT_PATHS, load_context
from reconciler.index.codec import FORMAT, StoredIndex, Unusable
from reconciler.index.model import Index, files_digest
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.sources import Source, find_sources
from reconciler.manifests.reading.pieces import Piece, pieces_of
from reconciler.model import digest

_SETTINGS = b"Workspace"
"""What a file with a workspace's settings has in it: by where such files are an index is found."""
_PLACES = (VARIABLE, CONNECTION, ENDPOINT)
"""Variables that say, beside the settings and the command line, where a state is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an index is kept: the file's key, and a digest of all beside documents that enters meaning."""

    files: IndexFiles
    key: str
    context: str

    def read(self) -> StoredIndex | None:
        """The index, if it is of the same context; None where there is none that can be used."""
        found = self.files.read(self.key)
        return found if found is not None and found.subject.context == self.context else None

    def whole(self) -> Index | None:
        """All of the index; None where there is none that can be used."""
        stored = self.read()
        try:
            return stored.whole() if stored is not None else None
        except Unusable:
            return None


@dataclass(frozen=True)
class ManifestFiles:
    """Files, and where an index of them is kept; None where none is used."""

    sources: Sequence[Source]
    kept: Kept | None = None

    @cached_property
    def pieces(self) -> Sequence[Piece]:
        """The pieces of all files, in order."""
        return [piece for source in self.sources for piece in pieces_of(source.data, source.name)]

    @property
    def with_settings(self) -> Sequence[Source]:
        """What of the files may have the workspace's settings, each document by itself."""
        data = {source.name: source.data for source in self.sources}
        return [
            Source(one.file, data[one.file][one.start : one.end])
            for one in self.pieces
            if data[one.file].find(_SETTINGS, one.start, one.end) >= 0
        ]

    @cached_property
    def digest(self) -> str:
        """A digest of all of them."""
        return files_digest((source.name, source.data) for source in self.sources)


def read_files(
    paths: Sequence[str], state: StateLocation | None, *, use: bool, purpose: str = ""
) -> ManifestFiles:
    """The files, with an index if one is to `use`; raises ManifestError for what cannot be read.

    What is known of documents for another `purpose` than planning has an index of its own.
    """
    sources = find_sources(paths or DEFAULT_PATHS, read_stdin)
    if not use:
        return ManifestFiles(sources)
    variables = current_environment().variables
    told = (str(state), *(variables.get(name, "") for name in _PLACES), *([purpose] if purpose else ()))
    settings = (os.path.realpath(source.name) for source in sources if _SETTINGS in source.data)
    key = digest(*settings, *told).removeprefix("sha256:")
    return ManifestFiles(
        sources, Kept(IndexFiles(cache_home(variables)), key, context_digest(load_context()))
    )


def context_digest(context: LoadContext) -> str:
    """A digest of all beside documents that enters their meaning."""
    names = context.secret_names
    told = ["-"] if names is None else ["+", *sorted(names)]
    return digest(str(FORMAT), __version__, context.region or "", *told)
