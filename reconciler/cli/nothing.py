"""Whether what an index says is still so, where it says that there is nothing to do."""

from reconciler.backends.protocol import StateLocation
from reconciler.backends.snapshots import Snapshot, Standing
from reconciler.cli.placing import file_of, located, state_given
from reconciler.cli.world import Target
from reconciler.index.codec import StoredIndex
from reconciler.index.model import Nothing
from reconciler.plan.model import Plan
from reconciler.state.model import State


def is_still_nothing(nothing: Nothing, files: str, now: float, *, refresh: bool) -> bool:
    """Whether the very manifests are there, and nothing has ended meanwhile, nor may be seen to have.

    `files` is the digest of those that are there, `now` in unix seconds; with `refresh` the cloud is asked.
    """
    return not (nothing.asked and refresh) and now < nothing.until and nothing.files == files


def target_of_index(stored: StoredIndex, nothing: Nothing, option: StateLocation | None) -> Target | None:
    """Where calls would go and the state is, if that is still where it was."""
    declared, known = stored.settings.state, stored.subject
    if state_given(option) is None and declared is not None:
        state = file_of(known.workspace, declared, nothing.workspace)
    else:
        state = located(known.state, "the index")
    return Target(stored.settings.endpoint, state) if str(state) == known.state else None


def is_as_before(snapshot: Snapshot, stored: StoredIndex) -> bool:
    """Whether it is the very version of the state that the index was made with."""
    is_there = snapshot.standing is Standing.PRESENT and not snapshot.interrupted and not snapshot.state.moved
    return is_there and bool(stored.mark) and snapshot.mark == stored.mark


def plan_of_nothing(nothing: Nothing, workspace: str, state: State, *, refresh: bool) -> Plan:
    """The plan in which nothing is to be done, with all that it told."""
    return Plan(
        workspace=workspace,
        lineage=state.lineage,
        serial=state.serial,
        unchanged=nothing.unchanged,
        warnings=nothing.warnings,
        expiries=nothing.expiries,
        not_refreshed=not refresh,
    )
