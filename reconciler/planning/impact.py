"""What a change interrupts: by its verb, by its fields, and by what it ends of others on the way."""

from collections.abc import Mapping

from reconciler.claims import Claim, ClaimKind
from reconciler.model import Impact, Status, Verb, worst
from reconciler.plan.model import PlannedField
from reconciler.planning.cases import Case
from reconciler.planning.late_calls import is_same_task

_BY_VERB: Mapping[Verb, Impact] = {
    Verb.START: Impact.START,
    Verb.REPLACE: Impact.RESTART,
    Verb.STOP: Impact.STOP,
    Verb.PAUSE: Impact.PAUSE,
}
"""What is not listed interrupts what its fields do."""


def impact_of(case: Case, verb: Verb, fields: tuple[PlannedField, ...]) -> Impact:
    """The gravest of what a change does itself and of what it ends to look after late calls."""
    return worst([_own(case, verb, fields), _of_looking_after(case, verb)])


def _own(case: Case, verb: Verb, fields: tuple[PlannedField, ...]) -> Impact:
    if verb in (Verb.STOP, Verb.PAUSE) and case.only_looks_after:
        return Impact.NONE
    ends = case.may_run or (case.is_doubtful and not case.unfenced)
    if verb is Verb.START and ends and not case.only_sets:
        return Impact.RESTART
    return _BY_VERB.get(verb) or worst([planned.impact for planned in fields])


def _of_looking_after(case: Case, verb: Verb) -> Impact:
    """What ending a late call by starting over it does to tasks that run: same robots, same addresses.

    A start with a robot of theirs ends them, one with an address of theirs takes its push over.
    """
    recorded, kind = case.recorded, case.kind
    if recorded is None or verb is Verb.START or kind.is_switch:  # most changes, and the rest reads a spec
        return Impact.NONE
    if kind.stops_by_name is not None or case.unfenced:
        return Impact.NONE
    late = [one for one in case.probation.over if one in recorded.entry.late_calls]
    late = [one for one in late if not is_same_task(recorded, one)]
    if not late:
        return Impact.NONE
    stays = case.actual in (Status.RUNNING, Status.PAUSED) and verb is not Verb.STOP
    own = (case.desired or recorded).claims.occupies if stays else frozenset()
    touched: set[Claim] = set()
    for one in late:
        touched |= kind.kind.occupies(recorded.read(one.spec)) & (own | case.held)
    if not touched:
        return Impact.NONE
    only_pushes = all(claim.kind is ClaimKind.PUSH for claim in touched)
    return Impact.RECONNECT if only_pushes else Impact.RESTART
