"""Bugs on purpose in what is taken over, and how it is matched: a check must fail of each.

python -m tests.planning.imports.mutants
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.applying.step_execution import StepExecution
from reconciler.kinds import callback_bodies, callbacks
from reconciler.kinds.callbacks import Phase, ReportedTask
from reconciler.kinds.importing import Fact
from reconciler.kinds.publish.base import NEEDED, PublishKind
from reconciler.planning.imports import checks as rules
from reconciler.planning.imports import judging, matching
from reconciler.planning.imports.matching import Matcher
from reconciler.planning.imports.records import ImportedTask
from reconciler.state import unanswered
from reconciler.state.model import Entry

from ...durability.mutants import changed
from ...mutants import Mutant, first_failing, report
from .checks import CHECKS

ENTRY, FITTING = ImportedTask._entry, Matcher._fitting


def nothing(*arguments: Any, **how: Any) -> None:
    """Lets everything pass."""


def no(*arguments: Any, **how: Any) -> bool:
    return False


def not_needed(fact: Fact) -> Mutant:
    left = {one: why for one, why in NEEDED.items() if one is not fact}
    return changed(PublishKind, needed=lambda self, spec: left)


def as_a_verification(self: PublishKind, subject: Any) -> Any:
    return self.verify(subject)


def with_the_number_as_it_is(self: PublishKind, subject: Any) -> Any:
    return self._updated(replace(subject, sequence=subject.sequence - 1), {})


def without_late_calls(self: ImportedTask, before: Entry | None) -> Entry:
    return replace(ENTRY(self, before), late_calls=())


def since_the_first_event(self: ReportedTask) -> float:
    return min(at for events in self.targets.values() for at, _ in events)


def ended_with_one_of_its_pushes(self: ReportedTask) -> bool:
    return any(callbacks._ended(events) for events in self.targets.values())


def ended_by_whatever_came_last(events: Iterable[tuple[float, Phase]]) -> bool:
    return [*events][-1][1] is Phase.ENDED


def ended_though_it_gave_up(events: Iterable[tuple[float, Phase]]) -> bool:
    return max(events, key=lambda event: event[0])[1] is Phase.ENDED


def rooms_as_texts(info: Mapping[str, Any]) -> int:
    return int(info["RoomId"])


def the_first_of_several(self: Matcher, task: ReportedTask) -> Any:
    return FITTING(self, task)[:1]


MUTANTS: dict[str, Mutant] = {
    **{f"{fact} not needed": not_needed(fact) for fact in NEEDED},
    "looked for by what the manifest says": changed(PublishKind, probe=as_a_verification),
    "looked for by a number that was used": changed(PublishKind, probe=with_the_number_as_it_is),
    "any robot, any room": changed(rules, _check_robots=nothing),
    "no robot was ever made by us": changed(rules, _is_made=no),
    "asked after though nobody knows it": changed(ImportedTask, _is_too_old=property(no)),
    "named as often as one likes": changed(judging, check_once=nothing),
    "a task of two resources": changed(judging, check_free=nothing),
    "recorded over and over": changed(judging.Judge, _is_recorded=no),
    "moments to come": changed(rules, SKEW=10**9),
    "doubts forgotten": changed(ImportedTask, _entry=without_late_calls),
    "since whatever was told first": changed(ReportedTask, since=property(since_the_first_event)),
    "ended with one of its pushes": changed(ReportedTask, has_ended=property(ended_with_one_of_its_pushes)),
    "events in the order they came": changed(callbacks, _ended=ended_by_whatever_came_last),
    "ended though it lives on": changed(callbacks, _ended=ended_though_it_gave_up),
    "string rooms taken for integer ones": changed(callback_bodies, _room=rooms_as_texts),
    "the first of several that fit": changed(Matcher, _fitting=the_first_of_several),
    "push addresses not looked at": changed(matching, _claim=nothing),
    "TaskIds not looked up": changed(Matcher, _recorded=lambda self, task_id: []),
    "a lost answer taken for a lost start": changed(unanswered, _takes_in=no),
    "refused, and recorded as in doubt": changed(StepExecution, _takes_in=property(no)),
}


def caught_by(mutant: Mutant) -> str | None:
    """The check that fails of a mutant; None if all of them hold."""
    return first_failing(mutant, CHECKS)


if __name__ == "__main__":
    sys.exit(report(MUTANTS, CHECKS))
