"""What differs between what is declared and what may be in force, and what a kind can make of that."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.kinds.records import Desired, Recorded
from reconciler.kinds.registration import Registered
from reconciler.kinds.restarts import POLICIES
from reconciler.model import Impact
from reconciler.plan.model import PlannedField
from reconciler.planning.fields import compare_specs


def differing(
    desired: Desired, recorded: Recorded, in_doubt: Iterable[Mapping[str, Any]]
) -> Iterator[PlannedField]:
    """The fields in order of their paths: each with the gravest impact, whichever spec is in force."""
    fields = {planned.path: planned for planned in compare_specs(recorded.spec, desired.spec)}
    for doubtful in map(recorded.read, in_doubt):
        for planned in compare_specs(doubtful, desired.spec):
            known = fields.setdefault(planned.path, planned)
            if planned.impact.rank > known.impact.rank:
                fields[planned.path] = planned
    for _, planned in sorted(fields.items()):
        yield _as_it_can(recorded.kind, planned)


def is_policy(planned: PlannedField) -> bool:
    """Whether a field says what is done of a task, and nothing of the task itself."""
    top = planned.path.removeprefix("spec.").partition(".")[0].partition("[")[0]
    return top in POLICIES


def _as_it_can(kind: Registered, planned: PlannedField) -> PlannedField:
    """A change of a kind that cannot be updated restarts it, unless it changes nothing that runs."""
    if kind.updates is not None or planned.impact is Impact.NONE:
        return planned
    return replace(planned, impact=Impact.RESTART)
