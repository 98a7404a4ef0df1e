"""What is done of a resource: one table for tasks, one for switches, and nothing overrides them afterwards.

A row is (condition, verb); the first whose condition holds decides. `unchanged` and None need nothing,
and None is also what stands for a pair that is not listed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.model import OnEnd, Status, Verb
from reconciler.planning.cases import Case
from reconciler.planning.waiting import waits

R, P, S, A, F = Status.RUNNING, Status.PAUSED, Status.STOPPED, Status.ALLOWED, Status.FORBIDDEN
UNCERTAIN, ENDED, FINISHED, FAILED = Status.UNCERTAIN, Status.ENDED, Status.FINISHED, Status.FAILED

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


def _task_is_found(case: Case) -> bool:
    return case.found is not None


def _forgotten(case: Case) -> bool:
    return case.forgotten and not case.forced


def _tried_anew(case: Case) -> bool:
    return case.is_tried_anew


def _stays_ended(case: Case) -> bool:
    return case.ended is not None and case.ended.policy is not OnEnd.RESTART


def _has_late_calls(case: Case) -> bool:
    return bool(case.probation.waiting or case.probation.over)


def _late_call_after_the_end(case: Case) -> bool:
    return _stays_ended(case) and case.overdue


def _may_start_after_the_end(case: Case) -> bool:
    return _stays_ended(case) and _in_probation(case)


def _forgets_the_end(case: Case) -> bool:
    return case.ended is not None and case.ended.policy is OnEnd.FORGET


def _is_recorded_so(case: Case) -> bool:
    return case.entry is not None and case.entry.status is case.actual


def _has_failed(case: Case) -> bool:
    return case.ended is not None and case.ended.has_failed and not _has_late_calls(case)


def _waits(case: Case) -> bool:
    return case.ended is not None and case.ended.waits and not _has_late_calls(case)


def _waits_recorded(case: Case) -> bool:
    return _waits(case) and _is_recorded_so(case)


def _is_finished(case: Case) -> bool:
    return case.actual is FINISHED


def _always(verb: Verb) -> Cell:
    return Cell(((otherwise, verb),))


def _once_known(*rows: Row) -> Cell:
    """What is done once it is known what became of a start that nothing would end."""
    return Cell(((waits, None), *rows))


_AS_IT_RUNS = Cell(
    (
        (waits, None),
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
    rows = (
        (waits, None),
        (_restart_is_needed, Verb.REPLACE),
        (_handle_expired, Verb.REPLACE),
        (otherwise, verb),
    )
    return Cell(rows, compares=True)


_OVER = _once_known((_overdue, Verb.STOP), (_in_probation, None), (otherwise, Verb.FORGET))
"""A record of something that has stopped is kept only while a start of it may still arrive."""

_REMOVED = Cell(((_is_left, Verb.FORGET), (otherwise, Verb.STOP)))

_NEW = Cell(((_forgotten, Verb.UNCHANGED), (otherwise, Verb.START)))
"""A document that has run and ended is not started again where its record was dropped for that."""

_HAS_ENDED = _once_known(
    (_tried_anew, Verb.START),
    (_late_call_after_the_end, Verb.STOP),
    (_may_start_after_the_end, None),
    (_forgets_the_end, Verb.FORGET),
    (lambda case: _stays_ended(case) and _is_finished(case), Verb.UNCHANGED),
    (_stays_ended, Verb.UPDATE),
    (_has_failed, Verb.UPDATE),
    (_waits_recorded, Verb.UNCHANGED),
    (_waits, Verb.UPDATE),
    (otherwise, Verb.START),
)
"""An update of what has ended records that it has, as finished, failed or ended, and makes no call."""

_UNCERTAIN = _once_known(
    (_restart_is_needed, Verb.START), (_task_is_found, Verb.UPDATE), (otherwise, Verb.START)
)
"""An update of what is uncertain records the task that was found, and asks whether it runs."""

_HAS_FAILED = Cell(((_tried_anew, Verb.START), (_forgets_the_end, Verb.FORGET), (otherwise, Verb.UNCHANGED)))

TASKS: Table = {
    (R, None): _NEW,
    (R, R): _AS_IT_RUNS,
    (R, P): _in_place(Verb.RESUME),
    (R, ENDED): _HAS_ENDED,
    (R, FINISHED): _HAS_ENDED,
    (R, FAILED): _HAS_FAILED,
    (R, UNCERTAIN): _UNCERTAIN,
    (R, S): _once_known((otherwise, Verb.START)),
    (P, None): _NEW,
    (P, R): _in_place(Verb.PAUSE),
    (P, P): _AS_IT_RUNS,
    (P, ENDED): _HAS_ENDED,
    (P, FINISHED): _HAS_ENDED,
    (P, FAILED): _HAS_FAILED,
    (P, UNCERTAIN): _UNCERTAIN,
    (P, S): _once_known((otherwise, Verb.START)),
    (S, R): _always(Verb.STOP),
    (S, P): _always(Verb.STOP),
    (S, UNCERTAIN): _once_known((otherwise, Verb.STOP)),
    (S, ENDED): _OVER,
    (S, FINISHED): _OVER,
    (S, FAILED): _OVER,
    (S, S): _OVER,
    (None, R): _REMOVED,
    (None, P): _REMOVED,
    (None, UNCERTAIN): _once_known(*_REMOVED.rows),
    (None, ENDED): _OVER,
    (None, FINISHED): _OVER,
    (None, FAILED): _OVER,
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
