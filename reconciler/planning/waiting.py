"""Whether it has to be known first what became of a start that was lost, and that nothing would end."""

from dataclasses import replace

from reconciler.kinds.base import Subject
from reconciler.model import Effect, Impact, Status, Verb
from reconciler.planning.cases import Case
from reconciler.planning.differing import differing
from reconciler.planning.earlier_starts import earlier_starts
from reconciler.words import listed

_ON = (Status.RUNNING, Status.PAUSED)


def waits(case: Case) -> bool:
    """Whether nothing can be done, as a start may have made a task and another would make a second one.

    It was not looked for, or may still arrive. Where the API takes another start for the lost one, by an ID
    of ours, nothing has to be waited for, unless no update makes of that one's task what is declared.
    """
    entry = case.entry
    if entry is None or not _may_be_in_doubt(case) or not case.unfenced:
        return False
    still_arrives = any(one.verb is Verb.START for one in case.probation.waiting)
    if entry.status in _ON:
        return still_arrives and _starts_another(case) and not _answers_as_declared(case)
    if not _is_in_doubt(case) or (case.wanted in _ON and _answers_as_declared(case)):
        return False
    return still_arrives or not was_looked_for(case)


def _starts_another(case: Case) -> bool:
    """Whether a start is to take the place of a task that is recorded as running."""
    return case.wanted in _ON and (case.actual not in _ON or case.must_restart or case.forced)


def _answers_as_declared(case: Case) -> bool:
    """Whether a start is answered with the task of a lost one, and that can be made what is declared."""
    return _is_known_again(case) and not _unchangeable(case)


def _may_be_in_doubt(case: Case) -> bool:
    """What is quickly told of nearly all: that every start was answered."""
    entry = case.entry
    return entry is not None and (entry.status is Status.UNCERTAIN or bool(entry.late_calls))


def _is_in_doubt(case: Case) -> bool:
    """Whether a start of what is not known to run may have made a task that only a look would tell of."""
    entry = case.entry
    if entry is None:
        return False
    late = any(one.verb is Verb.START for one in entry.late_calls)
    if entry.status.is_over:
        return late
    known = entry.pending is not None and entry.pending.task_id is not None
    return entry.status is Status.UNCERTAIN and (late or not known)


def _unchangeable(case: Case) -> tuple[str, ...]:
    """The fields of what is declared that no update gives to the task of a lost start."""
    desired, recorded = case.desired, case.recorded
    if desired is None or recorded is None:
        return ()
    specs = earlier_starts(recorded.entry, case.probation).specs
    if not specs:
        return ()
    started = recorded.with_entry(replace(recorded.entry, spec=specs[0]))
    told = differing(desired, started, specs[1:])
    return tuple(planned.path for planned in told if planned.impact is Impact.RESTART)


def was_looked_for(case: Case) -> bool:
    """Whether the cloud has told that no task of it is there."""
    return case.observation is not None and case.observation.status is Status.ENDED


def waiting_words(case: Case) -> str:
    """That it waits, and what for, in words for a warning."""
    until = max((one.until for one in case.probation.waiting if one.verb is Verb.START), default=None)
    when = f"an apply after {until}" if until else "an apply that can query the cloud"
    if case.actual in _ON:
        return (
            f"{case.address}: a start was never answered and may still take effect; {_risk(case)}, so what "
            f"runs is not replaced yet: {when} replaces it"
        )
    found = " and no task of it was found so far" if was_looked_for(case) else ""
    return (
        f"{case.address}: the outcome of {_lost_start(case)} is unknown{found}; {_risk(case)}, so it waits: "
        f"{when} looks for it"
    )


def _lost_start(case: Case) -> str:
    pending = case.entry.pending if case.entry else None
    return pending.action if pending is not None and pending.effect is Effect.START else "a start"


def _risk(case: Case) -> str:
    """Why nothing is done of a lost start yet."""
    if case.wanted not in _ON:
        return "what it may have made can be ended only by its TaskId"
    if not _is_known_again(case):
        return "starting it again could leave two tasks running"
    fixed = listed(_unchangeable(case), 2)
    return f"{fixed} cannot be changed while its task runs, and another start could be answered with it"


def _is_known_again(case: Case) -> bool:
    if case.desired is None or case.entry is None or case.kind.starts is None:
        return False
    about = Subject(case.address, case.desired.spec, case.settings, made=case.entry.made)
    return case.kind.starts.start(about).repeatable
