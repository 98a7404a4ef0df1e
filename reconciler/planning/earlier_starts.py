"""Starts that were never answered, of a task that no other start ends: the next one may be taken for them.

Where a start carries an ID of ours, the API answers with the task that has that ID already, whatever the
start says itself (semantics §15): what such a task may be made of is in doubt until an update has said it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kinds.api import Spec
from reconciler.kinds.registration import Registered
from reconciler.model import Status, Verb
from reconciler.planning.fields import compare_specs
from reconciler.planning.late_calls import Probation
from reconciler.state.model import Entry

_ON = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True, slots=True)
class EarlierStarts:
    """What the lost starts of an entry have made, by which the next is the same start, and their specs."""

    made: Mapping[str, str] = field(default_factory=dict)
    specs: tuple[Mapping[str, Any], ...] = ()

    def otherwise(self, kind: Registered, declared: Spec) -> tuple[Mapping[str, Any], ...]:
        """The specs that say something else than what is declared."""
        return tuple(one for one in self.specs if compare_specs(kind.read(one), declared))


NO_EARLIER_STARTS = EarlierStarts()


def earlier_starts(entry: Entry | None, probation: Probation) -> EarlierStarts:
    """Those whose task may answer the next start of a kind that nothing but a TaskId ends.

    Of what is known to run, those whose time is over were answered with that, which is stopped first.
    """
    if entry is None:
        return NO_EARLIER_STARTS
    calls = probation.waiting if entry.status in _ON else (*probation.waiting, *probation.over)
    late = [one.spec for one in calls if one.verb is Verb.START]
    if not late:
        return EarlierStarts(entry.made) if entry.status is Status.UNCERTAIN else NO_EARLIER_STARTS
    tried = entry.attempted if entry.status is Status.UNCERTAIN else ()
    return EarlierStarts(entry.made, tuple(_each_once((*late, *tried))))


def _each_once(specs: tuple[Mapping[str, Any], ...]) -> Iterator[Mapping[str, Any]]:
    for index, spec in enumerate(specs):
        if spec not in specs[:index]:
            yield spec
