"""What a database did not do, in words: what it means for a state, and what to do about it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from reconciler.backends.holders import said_of
from reconciler.backends.postgres.database import Rejected, Unanswered
from reconciler.backends.postgres.location import Place
from reconciler.errors import StateError

_INIT = "`reconciler state backend init`"
_MISSING = frozenset({"3F000", "42P01", "42883"})
_RIGHTS = "grant this user the rights listed in docs/shared-state.md"
_ADVICE = {
    "42501": _RIGHTS,
    "RC001": "nothing was written; check `reconciler state list`, then run the command again",
    "23505": "the saved plan was already applied: make a new one",
}
_AWAY = "check the database and the network, then run the command again"


def uninitialised(place: Place) -> StateError:
    """That there is no store in the schema."""
    return StateError(
        f"{place.location}: no store in schema {place.schema}",
        f"create one with {_INIT}, or use the right schema",
    )


def unanswered(place: Place, error: Unanswered, then: str = "") -> StateError:
    """That the database is away; `then` follows the advice."""
    return StateError(f"{place.location}: the database does not respond: {error}", f"{_AWAY}{then}")


def rejected(place: Place, error: Rejected) -> StateError:
    """That the database refuses."""
    if error.code in _MISSING:
        return uninitialised(place)
    return StateError(f"{place.location}: the database refused: {error}", _ADVICE.get(error.code, _AWAY))


@contextmanager
def told(place: Place, then: str = "") -> Iterator[None]:
    """What the database does not do meanwhile as a StateError; `then` follows the advice where it is away."""
    try:
        yield
    except Unanswered as error:
        raise unanswered(place, error, then) from error
    except Rejected as error:
        raise rejected(place, error) from error


def overtaken(place: Place, holder: Mapping[str, Any] | None) -> StateError:
    """That the hold is no longer this run's."""
    whose = f"it is now in use by {said_of(holder)}" if holder else "it has been released since"
    return StateError(
        f"{place.location}: this run was out of contact for too long and lost its hold on the state; {whose}",
        "nothing more was sent or recorded; wait for any other run to end, then run the command again: what "
        "this run recorded is kept",
    )


def healed(records: int) -> str:
    """That a database has lost what it had acknowledged, and was told it again."""
    return (
        f"the database had lost {records} acknowledged record{'s' if records != 1 else ''}, which this run "
        "wrote again: it failed over to a standby that was behind, or was restored; `reconciler state "
        "backend check` says how to prevent this"
    )


def moved(place: Place) -> StateError:
    """That the journal does not end where this run knows it to end, though nobody else holds the state."""
    return StateError(
        f"{place.location}: its journal was changed by another program, or the database lost acknowledged "
        "writes",
        "make sure no other program writes there, and check whether the database was restored or failed over",
    )
