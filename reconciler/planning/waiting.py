"""Whether it has to be known first what became of a start that was lost, and that nothing would end."""

from reconciler.kinds.base import Subject
from reconciler.model import Status, Verb
from reconciler.planning.cases import Case

_ON = (Status.RUNNING, Status.PAUSED)


def waits(case: Case) -> bool:
    """Whether nothing can be done, as a start may have made a task and another would make a second one.

    It was not looked for, or may still arrive. Where the API takes another start for the lost one, by an ID
    of ours, nothing has to be waited for.
    """
    if not _is_in_doubt(case) or (case.wanted in _ON and _is_known_again(case)):
        return False
    return not was_looked_for(case) or any(one.verb is Verb.START for one in case.probation.waiting)


def _is_in_doubt(case: Case) -> bool:
    """Whether a start of what is not known to run may have made a task that only a look would tell of."""
    entry = case.entry
    if entry is None or not case.unfenced:
        return False
    if entry.status in (Status.STOPPED, Status.ENDED):
        return any(one.verb is Verb.START for one in entry.late_calls)
    known = entry.pending is not None and entry.pending.task_id is not None
    return entry.status is Status.UNCERTAIN and not known


def was_looked_for(case: Case) -> bool:
    """Whether the cloud has told that no task of it is there."""
    return case.observation is not None and case.observation.status is Status.ENDED


def waiting_words(case: Case) -> str:
    """That it waits, and what for, in words for a warning."""
    entry = case.entry
    action = entry.pending.action if entry and entry.pending else "a start"
    until = max((one.until for one in case.probation.waiting), default=None)
    when = f"an apply after {until}" if until else "an apply that can query the cloud"
    found = " and no task of it was found so far" if was_looked_for(case) else ""
    return (
        f"{case.address}: the outcome of {action} is unknown{found}; starting it again could leave two tasks "
        f"running, so it waits: {when} looks for it"
    )


def _is_known_again(case: Case) -> bool:
    if case.desired is None or case.entry is None or case.kind.starts is None:
        return False
    about = Subject(case.address, case.desired.spec, case.settings, made=case.entry.made)
    return case.kind.starts.start(about).repeatable
