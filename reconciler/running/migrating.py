"""A whole state moves from one place to another, so that it is in one of them alone, whenever a process dies.

Three writes, each whole by itself: the state is marked where it is, then written where it goes and read back
entry by entry, then taken out of where it was, where the mark stays. While it is marked nothing else is done
with it there. Both places are held all the while, and what was begun is ended by being begun again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from reconciler.backends.protocol import Replacement, Replacing, Session
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError, UsageError
from reconciler.state.comparing import entry_changes
from reconciler.state.model import State


@dataclass(frozen=True, slots=True)
class Journey:
    """From where a state moves, and where to, as text that names each place."""

    source: str
    target: str


def moved_away(place: str, state: State) -> StateError:
    """That a state is not in its place any more, or is on its way, with where it is and what to do."""
    if state.entries:
        return StateError(
            f"{place} is being moved to {state.moved} by a run that did not finish",
            f"complete the move with `reconciler state migrate --state '{place}' --to '{state.moved}'`",
        )
    return StateError(
        f"{place} was moved to {state.moved}, so nothing is recorded here",
        f"pass it with --state '{state.moved}', or set spec.state of the workspace to it; to move it back, "
        f"use `reconciler state migrate --state '{state.moved}' --to '{place}'`",
    )


def migrate(source: Session, target: Replacing, journey: Journey, read_back: Callable[[], Snapshot]) -> int:
    """Moves a state that is held to a place that is held; the serial there, or 0 if it had arrived before.

    `read_back` reads what is recorded there. Raises UsageError or StateError: before the first write, or
    with the state still, or again, where it was.
    """
    state = source.state
    _check_source(state, journey)
    if _has_arrived(state, target):
        _leave(source, journey)
        return 0
    _check_target(state, target, journey)
    if not state.moved:
        state = source.finish(replace(state, moved=journey.target))
    if not source.alive():
        raise source.lost or StateError(
            "another run may hold the state now", "run the command again to complete the move"
        )
    written = target.put(
        Replacement(replace(state, moved=""), source.snapshot.workspace), source.state.lineage
    )
    wrong = differences(state, read_back().state)
    if wrong:
        source.finish(replace(state, moved=""))
        raise StateError(
            f"{journey.target} does not read back as it was written: {'; '.join(wrong)}",
            f"the state stays in {journey.source}; check the new place, and remove what was written there",
        )
    _leave(source, journey)
    return written.serial


def differences(given: State, found: State) -> list[str]:
    """What is recorded otherwise in one state than in another, in words; nothing if they record the same."""
    said = [f"{address} {words}" for address, words in entry_changes(given, found)]
    said += [
        f"{word} differs"
        for word in ("lineage", "cloud", "digest_key", "used_plans", "arrivals", "cleared")
        if getattr(given, word) != getattr(found, word)
    ]
    exact = given.entries == found.entries
    return said or ([] if exact else ["the digests of its entries differ"])


def _check_source(state: State, journey: Journey) -> None:
    if not state.lineage:
        raise StateError(
            f"no state at {journey.source}, so there is nothing to move",
            "choose the right state with --state, or see `reconciler state list`",
        )
    if state.moved and state.moved != journey.target:
        raise moved_away(journey.source, state)


def _has_arrived(state: State, target: Replacing) -> bool:
    """Whether all but the last write was done before: a state of this lineage came there after the mark."""
    found = target.recorded
    return bool(state.moved) and found is not None and _is_same(found.state, state) and not found.state.moved


def _check_target(state: State, target: Replacing, journey: Journey) -> None:
    if target.trouble is not None:
        raise target.trouble
    known = target.known
    if not known.lineage and not known.serial:
        if state.moved and not state.entries and not state.cleared:
            raise moved_away(journey.source, state)
        return
    if _is_same(known, state) and known.moved and not known.entries:
        return
    raise UsageError(
        f"{journey.target} already has {'a copy of this' if _is_same(known, state) else 'another'} state",
        "choose a place without a state, or see what is there with `reconciler state list --state PLACE`",
    )


def _is_same(one: State, other: State) -> bool:
    return bool(one.lineage) and one.lineage == other.lineage


def _leave(source: Session, journey: Journey) -> None:
    """The last write: nothing is recorded where the state was, but where it went."""
    state = source.state
    if state.entries or not state.moved or state.cleared:
        source.finish(replace(state, entries={}, moved=journey.target, cleared="", arrivals={}))
