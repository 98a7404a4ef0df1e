"""What is done of a resource: one table for tasks, one for switches, and nothing overrides them afterwards.

A row is (condition, verb); the first whose condition holds decides. `unchanged` and None need nothing,
and None is also what stands for a pair that is not listed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.model import Status, Verb
from reconciler.planning.cases import Case
from reconciler.planning.waiting import waits

R, P, S, A, F = Status.RUNNING, Status.PAUSED, Status.STOPPED, Status.ALLOWED, Status.FORBIDDEN
UNCERTAIN, ENDED = Status.UNCERTAIN, Status.ENDED

Row = tuple[Callable[[Case], bool], Verb | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """The rows of one pair; `compares` tells whether the fields that differ are told with the change."""

    rows: tuple[Row, ...] = ()
    compares: bool = False


Table = Mapping[tuple[Status | None, Status | None], Cell]
"""(wanted, actual) -> what decides; wanted None is "not in the manifests", actual None "not recorded"."""


def otherwise(case: Case) -> bool:
    """The condition of a last row."""
    return True


def _restart_is_needed(case: Case) -> bool:
    return case.must_restart or case.forced


def _handle_expired(case: Case) -> bool:
    return case.handle_expired


def _renews_in_place(case: Case) -> bool:
    return case.renews_in_place


def _ends_soon(case: Case) -> bool:
    return case.ends_soon


def _needs_update(case: Case) -> bool:
    return case.needs_update


def _update_by_an_expired_handle(case: Case) -> bool:
    return case.needs_update and case.handle_expired


def _overdue(case: Case) -> bool:
    return case.overdue


def _in_probation(case: Case) -> bool:
    return bool(case.probation.waiting)


def _is_left(case: Case) -> bool:
    return case.is_left


def _always(verb: Verb) -> Cell:
    return Cell(((otherwise, verb),))


def _once_known(*rows: Row) -> Cell:
    """What is done once it is known what became of a start that nothing would end."""
    return Cell(((waits, None), *rows))


_AS_IT_RUNS = Cell(
    (
        (_restart_is_needed, Verb.REPLACE),
        (_renews_in_place, Verb.UPDATE),
        (_ends_soon, Verb.REPLACE),
        (_update_by_an_expired_handle, Verb.REPLACE),
        (_needs_update, Verb.UPDATE),
        (otherwise, Verb.UNCHANGED),
    ),
    compares=True,
)


def _in_place(verb: Verb) -> Cell:
    """A pause or a resume, where the task can still be told."""
    rows = ((_restart_is_needed, Verb.REPLACE), (_handle_expired, Verb.REPLACE), (otherwise, verb))
    return Cell(rows, compares=True)


_START = _once_known((otherwise, Verb.START))
_OVER = _once_known((_overdue, Verb.STOP), (_in_probation, None), (otherwise, Verb.FORGET))
"""A record of something that has stopped is kept only while a start of it may still arrive."""

_REMOVED = Cell(((_is_left, Verb.FORGET), (otherwise, Verb.STOP)))

TASKS: Table = {
    (R, None): _always(Verb.START),
    (R, R): _AS_IT_RUNS,
    (R, P): _in_place(Verb.RESUME),
    (R, ENDED): _START,
    (R, UNCERTAIN): _START,
    (R, S): _always(Verb.START),
    (P, None): _always(Verb.START),
    (P, R): _in_place(Verb.PAUSE),
    (P, P): _AS_IT_RUNS,
    (P, ENDED): _START,
    (P, UNCERTAIN): _START,
    (P, S): _always(Verb.START),
    (S, R): _always(Verb.STOP),
    (S, P): _always(Verb.STOP),
    (S, UNCERTAIN): _once_known((otherwise, Verb.STOP)),
    (S, ENDED): _OVER,
    (S, S): _OVER,
    (None, R): _REMOVED,
    (None, P): _REMOVED,
    (None, UNCERTAIN): _once_known(*_REMOVED.rows),
    (None, ENDED): _OVER,
    (None, S): _OVER,
}

_ALLOW = Cell(((otherwise, Verb.RESUME),), compares=True)

SWITCHES: Table = {
    (A, None): _ALLOW,
    (A, A): Cell(
        ((_restart_is_needed, Verb.RESUME), (_needs_update, Verb.UPDATE), (otherwise, Verb.UNCHANGED)),
        compares=True,
    ),
    (A, F): _ALLOW,
    (A, UNCERTAIN): _ALLOW,
    (F, None): _always(Verb.STOP),
    (F, A): _always(Verb.STOP),
    (F, F): Cell(
        (
            (_restart_is_needed, Verb.STOP),
            (_needs_update, Verb.UPDATE),
            (_ends_soon, Verb.UPDATE),
            (otherwise, Verb.UNCHANGED),
        ),
        compares=True,
    ),
    (F, UNCERTAIN): _always(Verb.STOP),
    (None, A): _always(Verb.FORGET),
    (None, F): _always(Verb.FORGET),
    (None, UNCERTAIN): _always(Verb.FORGET),
}


def cell_of(case: Case) -> Cell:
    """What decides of a case; an empty cell where nothing is needed."""
    return (SWITCHES if case.kind.is_switch else TASKS).get((case.wanted, case.actual), Cell())


def decide(case: Case) -> Verb | None:
    """What is done; None or `unchanged` where nothing is."""
    return next((verb for condition, verb in cell_of(case).rows if condition(case)), None)
