"""The index that an apply has kept in the store of a shared state, for a machine without one of its own."""

from reconciler.backends.protocol import FILE, StateLocation
from reconciler.cli.manifest_files import ManifestFiles
from reconciler.cli.placing import state_of
from reconciler.cli.world import backend_for, load_context
from reconciler.errors import ReconcilerError
from reconciler.index.codec import Unusable, index_to_bytes, stored_index
from reconciler.index.model import Index
from reconciler.manifests.loading.loader import find_settings


def index_in_store(files: ManifestFiles, state: StateLocation | None) -> Index | None:
    """The index of the workspace's state; None where there is none that can be used.

    What is wrong with the settings, or with the store, is told by whoever reads everything.
    """
    try:
        found = find_settings(files.with_settings, load_context())
        location = state_of(found, state)
        part = None if location.store == FILE else backend_for(location).parts.plan_index
        data = part.read() if part is not None else None
        stored = stored_index(data) if data is not None else None
    except (ReconcilerError, Unusable):
        return None
    if stored is None or files.kept is None or stored.subject.context != files.kept.context:
        return None
    try:
        return stored.whole()
    except Unusable:
        return None


def keep_in_store(location: StateLocation, index: Index) -> None:
    """Keeps an index in the store; where that cannot be done, the next plan elsewhere reads everything."""
    part = None if location.store == FILE else backend_for(location).parts.plan_index
    if part is not None:
        part.write(index_to_bytes(index))
