"""Where a fleet keeps its queue: the database that has the states of its workspaces."""

from contextlib import AbstractContextManager

from reconciler.backends.protocol import FILE, StateLocation
from reconciler.backends.work import Work
from reconciler.cli.placing import state_given, store_given, store_of
from reconciler.cli.world import backend_for
from reconciler.errors import UsageError


def fleet_store(option: StateLocation | None) -> StateLocation:
    """The store that a fleet shares; raises UsageError where none is named, or it is no store of many."""
    found = state_given(option) or store_given()
    if found is None or found.store == FILE:
        raise UsageError(
            "no store specified: a fleet shares its workspaces through PostgreSQL",
            "add --state postgresql://…, or set RECONCILER_STATE or RECONCILER_STATE_URL",
        )
    return store_of(found)


def queue_of(store: StateLocation) -> AbstractContextManager[Work]:
    """The queue of a store, for a block; raises UsageError for a store that has none."""
    queue = backend_for(store).parts.work
    if queue is None:
        raise UsageError(f"{store}: this store has no queue", "a fleet needs PostgreSQL (docs/scale.md)")
    return queue()
