"""Why a change is made, in words for people: rows of (condition, words); nothing is ever steered by them."""

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.model import Impact, Status, Verb
from reconciler.plan.model import PlannedField
from reconciler.planning.cases import Case
from reconciler.planning.earlier_starts import earlier_starts
from reconciler.planning.expiry import TASK_ID, expiries_of
from reconciler.planning.noted import METADATA
from reconciler.planning.task_ends import EndedTask, end_words, failed_words, waiting_words
from reconciler.planning.timing import closed_words, open_words
from reconciler.words import listed


@dataclass(frozen=True, slots=True)
class Decided:
    """A case with what is done of it."""

    case: Case
    verb: Verb
    fields: tuple[PlannedField, ...]

    @property
    def evidence(self) -> str:
        """What the cloud was seen to say, where that settles how it stands."""
        seen = self.case.observation
        return seen.evidence if seen and seen.status else ""

    @property
    def has_changed(self) -> bool:
        """Whether the spec is wanted otherwise, and not only what is noted of the resource."""
        return any(not planned.path.startswith(f"{METADATA}.") for planned in self.fields)

    @property
    def only_looks_after(self) -> bool:
        """Whether a change of nothing that is wanted makes sure of a late call."""
        return self.case.overdue and self.verb in (Verb.STOP, Verb.UPDATE) and not self.has_changed


Row = tuple[Callable[[Decided], bool], Callable[[Decided], str]]


def reason_of(case: Case, verb: Verb, fields: tuple[PlannedField, ...]) -> str:
    """The words of the first row whose condition holds."""
    decided, rows = Decided(case, verb, fields), _OF_NEW if case.entry is None else REASONS
    return next(words(decided) for condition, words in rows if condition(decided))


def _uncertain(decided: Decided) -> str:
    entry, is_switch = decided.case.entry, decided.case.kind.is_switch
    action = entry.pending.action if entry and entry.pending else "a call"
    unknown = "its status is unknown" if is_switch else "an untracked task may be running"
    ends = f", which this start would {_does(decided)}" if decided.verb is Verb.START else ""
    return f"the outcome of {action} is unknown; {unknown}{ends}"


def _does(decided: Decided) -> str:
    """What a start does to a task that runs already."""
    case = decided.case
    if not case.unfenced:
        return "update" if case.only_sets else "end"
    if case.may_run or case.desired is None:
        return "make a second one"
    sets = earlier_starts(case.entry, case.probation).otherwise(case.kind, case.desired.spec)
    return f"find again by its ID{' and set as declared' if sets else ''}"


def _unrecorded(decided: Decided) -> str:
    it = "" if decided.case.unfenced else " it"
    return f"not in the state, but its task may still run: this start would {_does(decided)}{it}"


def _is_found(decided: Decided) -> bool:
    return decided.case.found is not None and decided.case.actual is Status.UNCERTAIN


def _found(decided: Decided) -> str:
    entry, found = decided.case.entry, decided.case.found
    action = entry.pending.action if entry and entry.pending else "a call"
    return f"{action} was never answered, and {found.words if found else ''}"


def _overdue(decided: Decided) -> str:
    starts = any(one.verb is Verb.START for one in decided.case.probation.over)
    lost = "a start" if starts else "a stop"
    return (
        f"{lost} was never answered and can no longer take effect; this change makes sure that it never did"
    )


def _ended(decided: Decided) -> str:
    return end_words(_end(decided).end)


def _not_there(decided: Decided) -> str:
    return f"the task has ended: {decided.evidence}"


def _end(decided: Decided) -> EndedTask:
    """The end of what has ended; ValueError says that a row's condition is wrong."""
    if decided.case.ended is None:
        raise ValueError(f"{decided.case.address} has not ended")
    return decided.case.ended


def _end_is_recorded(decided: Decided) -> str:
    ended = _end(decided)
    says = {
        Status.FINISHED: "it is recorded as finished and not started again (onEnd: leave)",
        Status.FAILED: failed_words(ended),
        Status.ENDED: waiting_words(ended),
    }
    return f"{end_words(ended.end)}; {says[ended.status]}"


def _end_is_forgotten(decided: Decided) -> str:
    return f"{_ended(decided)}; its record is dropped and it is not started again (onEnd: forget)"


def _tried_anew(decided: Decided) -> str:
    case = decided.case
    why = "replace was requested"
    if not case.forced:
        why = f"{listed([planned.path for planned in case.fields], 2)} changed"
    return f"{_ended(decided)}, and {why}"


def _is_noted(decided: Decided) -> bool:
    entry, ended = decided.case.entry, decided.case.ended
    return entry is not None and ended is not None and entry.status is ended.status


def _on_schedule(decided: Decided) -> bool:
    case = decided.case
    return case.schedule is not None and case.schedule.is_open


def _off_schedule(decided: Decided) -> bool:
    return decided.case.is_off_schedule and decided.verb in (Verb.STOP, Verb.RESUME)


def _schedule(decided: Decided) -> str:
    timing = decided.case.schedule
    if timing is None:
        raise ValueError(f"{decided.case.address} has no schedule")
    return open_words(timing) if timing.is_open else closed_words(timing)


def _has_ended(decided: Decided, *verbs: Verb) -> bool:
    return decided.case.ended is not None and decided.verb in verbs


def _handle_expired(decided: Decided) -> str:
    why = "it is no longer wanted" if decided.verb is Verb.STOP else "it must change"
    return f"{why}, and its TaskId has expired: starting its robot again ends the task"


def _seen(decided: Decided) -> str:
    entry = decided.case.written
    return f"recorded as {entry.status if entry else ''}, but {decided.evidence}"


def _seen_words(decided: Decided) -> str:
    seen = decided.case.observation
    return seen.evidence if seen is not None else "nothing is seen"


def _is_seen_otherwise(decided: Decided) -> bool:
    entry = decided.case.written
    return bool(decided.evidence) and entry is not None and decided.case.actual is not entry.status


def _renewed(decided: Decided) -> str:
    case = decided.case
    found = () if case.recorded is None else expiries_of(case.recorded, case.now)
    due = [one for one in found if case.kind.is_switch or (one.what == TASK_ID) is not case.renews_in_place]
    ends = "it ends soon"
    if due:
        ends = f"{due[0].what} {'expired since' if due[0].expired else 'ends at'} {due[0].at}"
    if case.kind.is_switch:
        return f"{ends}, so it is set again"
    if case.renews_in_place:
        told = f"; {_changed(decided)}" if decided.fields else ""
        return f"{ends}, so its end is put off, which interrupts nothing{told}"
    return f"{ends}, and the workspace's renewal window is open"


def _replaced(decided: Decided) -> str:
    causes: dict[str, list[str]] = {}
    for planned in decided.fields:
        if planned.impact is Impact.RESTART:
            causes.setdefault(planned.why, []).append(planned.path)
    fixed = "cannot be changed while the task runs"
    return "; ".join(
        f"{listed(paths, 2)}: {why}" if why else f"{listed(paths, 2)} {fixed}"
        for why, paths in causes.items()
    )


def _changed(decided: Decided) -> str:
    """The fields, and the pushes or rooms that are interrupted by it."""
    hit: dict[Impact, list[str]] = {}
    for planned in decided.fields:
        name = planned.hits or next((v for v in (planned.before, planned.after) if isinstance(v, str)), "")
        if name and name not in hit.setdefault(planned.impact, []):
            hit[planned.impact].append(name)
    words = {Impact.RECONNECT: "interrupted and reconnected", Impact.STOP: "ended"}
    told = [f"{words[impact]}: {', '.join(names)}" for impact, names in hit.items() if impact in words]
    return "; ".join([f"{listed([planned.path for planned in decided.fields], 2)} changed", *told])


def _learned(decided: Decided) -> str:
    """What is only recorded: a task that was found again, or how one runs whose update was never answered."""
    seen, original, entry = decided.case.observation, decided.case.original, decided.case.entry
    found = original is not None and entry is not None and original.entry.task_id != entry.task_id
    what = "the task whose start was never answered was found" if found else "it runs as it is declared"
    return f"{what} ({seen.evidence if seen else ''}): recorded without a call"


def _noted(decided: Decided) -> str:
    return f"{_changed(decided)}: recorded without a call"


def _left(decided: Decided) -> str:
    why = decided.case.choice.why_removed
    return f"{why}, and its onRemoval is leave: running tasks keep running, untracked"


def _is_renamed_alone(decided: Decided) -> bool:
    case = decided.case
    return (
        case.former is not None
        and decided.verb is Verb.UPDATE
        and not decided.fields
        and not case.needs_update
    )


_ON = (Status.RUNNING, Status.PAUSED)
_TOO_OLD = (Verb.STOP, Verb.REPLACE)

_OF_NEW: tuple[Row, ...] = (
    (_off_schedule, _schedule),
    (lambda one: one.case.may_run and one.verb is Verb.START, _unrecorded),
    (lambda one: not one.case.may_run and _on_schedule(one), _schedule),
    (lambda one: True, lambda one: one.case.choice.why_new),
)
"""Of what is not recorded."""
REASONS: tuple[Row, ...] = (
    (lambda one: one.case.is_left and one.verb is Verb.FORGET, _left),
    (_is_renamed_alone, lambda one: "renamed; its task and its robot stay as they are"),
    (_is_found, _found),
    (lambda one: one.case.actual is Status.UNCERTAIN and one.case.entry is not None, _uncertain),
    (
        lambda one: (
            one.case.moved and one.verb is Verb.UPDATE and not one.has_changed and not one.case.overdue
        ),
        lambda one: "a start was never answered; the resource that now has its robot resolves it",
    ),
    (lambda one: one.only_looks_after, _overdue),
    (lambda one: _has_ended(one, Verb.UPDATE) and not _is_noted(one), _end_is_recorded),
    (lambda one: _has_ended(one, Verb.FORGET) and one.case.wanted in _ON, _end_is_forgotten),
    (lambda one: _has_ended(one, Verb.START) and one.case.is_tried_anew, _tried_anew),
    (lambda one: one.case.ended is not None and one.verb is not Verb.UPDATE, _ended),
    (lambda one: one.case.actual is Status.ENDED and one.case.ended is None, _not_there),
    (lambda one: one.case.handle_expired and one.verb in _TOO_OLD, _handle_expired),
    (_off_schedule, _schedule),
    (lambda one: one.case.resource is None, lambda one: one.case.choice.why_removed),
    (lambda one: one.case.forced and one.case.entry is not None, lambda one: "replace was requested"),
    (
        lambda one: one.case.entry is not None and bool(one.case.entry.attempted),
        lambda one: "the outcome of the last update is unknown, so it is sent again",
    ),
    (
        lambda one: bool(one.case.specs_in_doubt),
        lambda one: "an unanswered update may have arrived after a later one, so the later one is sent again",
    ),
    (
        lambda one: (
            one.case.learned and one.verb is Verb.UPDATE and not one.has_changed and not one.case.needs_update
        ),
        _learned,
    ),
    (_is_seen_otherwise, _seen),
    (lambda one: one.case.is_renewal(one.verb), _renewed),
    (lambda one: one.verb is Verb.REPLACE, _replaced),
    (
        lambda one: one.case.is_cut_off and one.verb is Verb.UPDATE,
        lambda one: f"no push can connect: {_seen_words(one)}, and its signature has expired",
    ),
    (
        lambda one: one.case.resigning and one.verb is Verb.UPDATE,
        lambda one: f"a new signature was requested; {_changed(one)}",
    ),
    (lambda one: bool(one.fields) and not one.has_changed and one.verb is Verb.UPDATE, _noted),
    (lambda one: bool(one.fields), _changed),
    (lambda one: True, lambda one: f"the manifest declares it {one.case.wanted}"),
)
