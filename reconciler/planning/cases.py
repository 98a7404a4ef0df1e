"""One address with all that is known of it: the facts that decisions, reasons and steps are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from reconciler.kinds.base import Settings
from reconciler.kinds.ending import POLICIES
from reconciler.kinds.records import Desired, Recorded
from reconciler.kinds.registered import Registered
from reconciler.kinds.timing import Timing
from reconciler.model import (
    ENDED_BY_ITSELF,
    Address,
    Claim,
    Impact,
    Observation,
    OnRemoval,
    Resource,
    Standing,
    Status,
    Verb,
)
from reconciler.moments import unix_seconds
from reconciler.plan.model import PlannedField
from reconciler.planning.choice import Choice
from reconciler.planning.expiry import has_expired_signature, is_due, is_set_again
from reconciler.planning.fields import compare_specs
from reconciler.planning.found_tasks import FoundTask
from reconciler.planning.late_calls import Probation, is_harmless, probation_of
from reconciler.planning.noted import noted_fields
from reconciler.planning.task_ends import EndedTask, ended_task
from reconciler.planning.timing import schedule_of
from reconciler.state.model import Entry, LateCall

_ON = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True)
class Case:
    """One address with all that is known of it; each fact is worked out once, when it is asked for.

    `held` is what running tasks of other resources hold, `moved` tells that a late call of another
    resource was handed to this one or taken from it, `left` are the late calls that nobody can look
    after in this plan. `unaccounted` tells that what is not recorded may run. `former` is what it was
    recorded as before it was renamed. `forgotten` tells that what is declared has run and ended, and its
    record was dropped. `found` is the task of a start that was never answered. `now` in unix seconds.
    """

    kind: Registered
    address: Address
    settings: Settings
    desired: Desired | None
    recorded: Recorded | None
    observation: Observation | None
    choice: Choice
    now: float
    held: frozenset[Claim] = frozenset()
    moved: bool = False
    left: tuple[LateCall, ...] = ()
    unaccounted: bool = False
    former: Address | None = None
    forgotten: bool = False
    found: FoundTask | None = None

    @property
    def resource(self) -> Resource | None:
        """The desired resource; None if the manifests do not name it."""
        return self.desired.resource if self.desired else None

    @property
    def entry(self) -> Entry | None:
        """What is recorded; None if nothing is."""
        return self.recorded.entry if self.recorded else None

    @property
    def may_run(self) -> bool:
        """Whether a task of it may run although nothing is recorded: a start would end it."""
        return self.unaccounted and self.entry is None and not self.kind.is_switch

    @property
    def is_doubtful(self) -> bool:
        """Whether a task of it may run as far as is recorded: a call was never answered."""
        return self.actual is Status.UNCERTAIN and not self.kind.is_switch

    @property
    def is_left(self) -> bool:
        """Whether its document is gone, and what runs is to run on."""
        if self.desired is not None or self.entry is None or self.kind.is_switch or self.is_over:
            return False
        return self.choice.on_removal.get(self.address, self.entry.on_removal) is OnRemoval.LEAVE

    @property
    def noted_fields(self) -> tuple[PlannedField, ...]:
        """What differs of what is only recorded, and takes no call."""
        resource, entry = self.resource, self.entry
        return () if resource is None or entry is None else noted_fields(resource, entry)

    @property
    def forced(self) -> bool:
        """Whether a replace was asked for by name."""
        return self.address in self.choice.replace

    @property
    def resigning(self) -> bool:
        """Whether what runs is signed anew: it was asked for by name, or no push can connect any more."""
        asked = self.address in self.choice.resign or self.is_cut_off
        return asked and self.desired is not None and self.recorded is not None

    @property
    def is_cut_off(self) -> bool:
        """Whether all its pushes have given up, and a signature has expired: signing it cuts nothing."""
        seen, entry = self.observation, self.entry
        gave_up = seen is not None and seen.standing is Standing.FAILED and self.kind.signs is not None
        return gave_up and entry is not None and has_expired_signature(entry, self.now)

    @property
    def wanted(self) -> Status | None:
        """What the manifests want; None if they do not name it."""
        return self.desired.resource.wanted if self.desired else None

    @cached_property
    def actual(self) -> Status | None:
        """What is so, as far as is known: what was seen wins over what was recorded.

        A switch that is not recorded as it is wanted is set, also if it is seen so already: a call
        that nobody answered may have come late, and what it set is not known but for the switch.
        """
        if self.entry is None:
            return None
        recorded = self.entry.status
        seen = self.observation.status if self.observation else None
        if self.kind.is_switch and (recorded is Status.UNCERTAIN or self.wanted not in (None, recorded)):
            return recorded
        return seen or recorded

    @cached_property
    def schedule(self) -> Timing | None:
        """How its schedule stands; None without one."""
        return schedule_of(self.resource, self.now)

    @property
    def is_off_schedule(self) -> bool:
        """Whether it is declared for other times than now."""
        return self.schedule is not None and not self.schedule.is_open

    @property
    def is_over(self) -> bool:
        """Whether nothing of what is recorded runs any more."""
        return self.actual is not None and self.actual.is_over

    @cached_property
    def ended(self) -> EndedTask | None:
        """The end of its task by itself; None where it runs, or was stopped."""
        if self.recorded is None or self.actual not in ENDED_BY_ITSELF:
            return None
        return ended_task(self.recorded, self.resource, self.observation, self.settings.restarts, self.now)

    @property
    def is_tried_anew(self) -> bool:
        """Whether what has ended is to start whatever its end means: by request, or as it has changed."""
        return self.forced or any(_top(planned.path) not in POLICIES for planned in self.fields)

    @cached_property
    def handle_expired(self) -> bool:
        """Whether the API no longer knows the task by its TaskId, though it may run on (semantics §1)."""
        started = self.entry.started_at if self.entry and self.entry.task_id is not None else None
        if started is None or self.kind.handle_expires is None:
            return False
        age = self.now - unix_seconds(started)
        return age >= self.kind.handle_expires.handle_seconds

    @cached_property
    def probation(self) -> Probation:
        """The calls that were never answered; those that nobody can look after now wait on."""
        found = probation_of(self.recorded, self.now)
        if not self.left:
            return found
        over = tuple(one for one in found.over if one not in self.left)
        return Probation((*found.waiting, *(one for one in found.over if one in self.left)), over)

    @cached_property
    def overdue(self) -> bool:
        """Whether it is time to look after a call that was never answered and could do harm."""
        recorded, runs = self.recorded, self.actual in _ON
        return recorded is not None and any(
            not is_harmless(recorded, one, runs=runs)
            for one in self.probation.over
            if one in recorded.entry.late_calls
        )

    @cached_property
    def specs_in_doubt(self) -> tuple[Mapping[str, Any], ...]:
        """The specs that may be in force beside the recorded one, by updates that were never answered."""
        if self.entry is None:
            return ()
        late = (one.spec for one in self.probation.over if one.verb is Verb.UPDATE)
        return (*self.entry.attempted, *(spec for spec in late if spec != self.entry.spec))

    @cached_property
    def fields(self) -> tuple[PlannedField, ...]:
        """What differs from what is recorded, and from what an unanswered update may have left in force."""
        desired, recorded = self.desired, self.recorded
        if desired is None or recorded is None:
            return ()
        if not self.specs_in_doubt and desired.resource.digest == recorded.entry.digest:
            return ()
        fields = {planned.path: planned for planned in compare_specs(recorded.spec, desired.spec)}
        for doubtful in map(recorded.read, self.specs_in_doubt):
            for planned in compare_specs(doubtful, desired.spec):
                known = fields.setdefault(planned.path, planned)
                if planned.impact.rank > known.impact.rank:
                    fields[planned.path] = planned
        return tuple(map(self._as_kind_can, (planned for _, planned in sorted(fields.items()))))

    def _as_kind_can(self, planned: PlannedField) -> PlannedField:
        """A change of a kind that cannot be updated restarts it, unless it changes nothing that runs."""
        if self.kind.updates is not None or planned.impact is Impact.NONE:
            return planned
        return replace(planned, impact=Impact.RESTART)

    @cached_property
    def must_restart(self) -> bool:
        """Whether a field has changed that cannot change while the task runs."""
        return any(planned.impact is Impact.RESTART for planned in self.fields)

    @cached_property
    def differs(self) -> bool:
        """Whether an update says what has changed, or the record alone has to."""
        if not (self.fields or self.specs_in_doubt):
            return False
        updates = self.kind.updates is not None and self.wanted is not Status.ALLOWED
        only_noted = bool(self.fields) and all(one.impact is Impact.NONE for one in self.fields)
        return updates or only_noted

    @property
    def needs_update(self) -> bool:
        """Whether anything is to be said to what runs, or to be made sure of."""
        return self.differs or self.overdue or self.moved or self.resigning

    @cached_property
    def due(self) -> bool:
        """Whether it is to be replaced before its TaskId ends."""
        return self.recorded is not None and is_due(self.recorded, self.settings, self.now)

    @property
    def renewal_waits(self) -> bool:
        """Whether a renewal is graver than what may be done, which must not keep all else from being done."""
        most = self.choice.most
        return most is not None and Impact.RESTART.rank > most.rank

    @cached_property
    def ends_soon(self) -> bool:
        """Whether it is to be renewed before it ends by itself."""
        if self.recorded is None:
            return False
        return (self.due and not self.renewal_waits) or is_set_again(self.recorded, self.now)

    @cached_property
    def lapsed(self) -> str | None:
        """Why what is wanted is over by its own terms, in words; None while it is not."""
        if self.desired is None or self.kind.expirable is None:
            return None
        return self.kind.expirable.lapsed(self.desired.spec, self.now)

    @cached_property
    def too_far(self) -> str | None:
        """Why the API will refuse what is wanted, as its end is too far ahead; None if it will not."""
        if self.desired is None or self.kind.expirable is None:
            return None
        return self.kind.expirable.too_far(self.desired.spec, self.now)

    @property
    def only_looks_after(self) -> bool:
        """Whether a stop is only of starts that may have arrived late: the task itself has ended."""
        return self.probation.over != () and self.is_over

    def is_renewal(self, verb: Verb) -> bool:
        """Whether a change is made only because something ends soon."""
        if verb not in (Verb.REPLACE, Verb.UPDATE) or not self.ends_soon:
            return False
        return not (self.forced or self.must_restart)

    @property
    def causes(self) -> tuple[Address, ...]:
        """The documents beside its own that have changed since they were recorded."""
        resource, entry = self.resource, self.entry
        if resource is None or entry is None:
            return ()
        uses = sorted(resource.uses.items())
        return tuple(one for one, text in uses if entry.uses.get(str(one), text) != text)


def _top(path: str) -> str:
    """The field of the spec that a path is below."""
    return path.removeprefix("spec.").partition(".")[0].partition("[")[0]
