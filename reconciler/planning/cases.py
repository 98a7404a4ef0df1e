"""One address with all that is known of it: the facts that decisions, reasons and steps are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reconciler.claims import Claim
from reconciler.model import ENDED_BY_ITSELF, Address, Impact, Standing, Status, Verb
from reconciler.plan.model import PlannedField
from reconciler.planning.differing import differing, is_policy
from reconciler.planning.expiry import has_expired_signature, has_reached_its_end, is_due, is_set_again
from reconciler.planning.late_calls import Probation, is_harmless, probation_of
from reconciler.planning.noted import noted_fields
from reconciler.planning.seen import told_of
from reconciler.planning.situation import Situation
from reconciler.planning.task_ends import EndedTask, ended_task

_ON = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True)
class Case(Situation):
    """What follows of a situation; each fact is worked out once, when it is asked for."""

    @property
    def noted_fields(self) -> tuple[PlannedField, ...]:
        """What differs of what is only recorded, and takes no call."""
        resource, entry = self.resource, self.entry
        return () if resource is None or entry is None else noted_fields(resource, entry)

    @property
    def resigning(self) -> bool:
        """Whether what runs is signed anew: it was asked for by name, or no push can connect any more."""
        asked = self.address in self.choice.resign or self.is_cut_off
        return asked and self.desired is not None and self.recorded is not None

    @property
    def is_cut_off(self) -> bool:
        """Whether no push succeeds since a signature has expired: signing it again cuts nothing.

        Of pushes that gave up before, the event that they are back may be lost.
        """
        seen, entry = self.observation, self.entry
        if seen is None or entry is None or seen.standing is not Standing.FAILED or self.kind.signs is None:
            return False
        return has_expired_signature(entry, min(seen.at, self.now))

    @cached_property
    def ended(self) -> EndedTask | None:
        """The end of its task by itself; None where it runs, was stopped, or was in doubt: that is no end."""
        if self.recorded is None or self.actual not in ENDED_BY_ITSELF:
            return None
        if self.recorded.entry.status is Status.UNCERTAIN:
            return None
        return ended_task(self.recorded, self.resource, self.observation, self.settings.restarts, self.now)

    @property
    def is_tried_anew(self) -> bool:
        """Whether what has ended is to start whatever its end means: by request, or as it has changed."""
        return self.forced or any(not is_policy(planned) for planned in self.fields)

    @cached_property
    def probation(self) -> Probation:
        """The calls that were never answered; those that nobody can look after now wait on.

        Of what only its TaskId ends, the task of a lost start was seen, or was not there when it was over.
        """
        found = probation_of(self.recorded, self.now)
        seen = self.observation is not None and self.observation.status is not None
        if found.over and seen and self.unfenced:  # the first is seldom so, and the last reads what is wanted
            found = found.without_starts_over()
        if not self.left:
            return found
        over = tuple(one for one in found.over if one not in self.left)
        return Probation((*found.waiting, *(one for one in found.over if one in self.left)), over)

    @cached_property
    def overdue(self) -> bool:
        """Whether it is time to look after a call that was never answered and could do harm."""
        recorded, runs = self.recorded, self.actual in _ON
        if recorded is None or not self.probation.over:  # nearly always, and to go on reads what is wanted
            return False
        late = [one for one in self.probation.over if one in recorded.entry.late_calls]
        return not self.unfenced and any(not is_harmless(recorded, one, runs=runs) for one in late)

    @property
    def ended_late(self) -> frozenset[Claim]:
        """What the tasks hold that late starts may have begun, and that it is time to end."""
        recorded = self.recorded
        if recorded is None or self.kind.is_switch:
            return frozenset()
        late = [one for one in self.probation.over if one in recorded.entry.late_calls]
        specs = [recorded.read(one.spec) for one in late if one.verb is Verb.START]
        return frozenset[Claim]().union(*map(self.kind.kind.occupies, specs))

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
        told = differing(desired, recorded, self.specs_in_doubt)
        if not self.was_seen_otherwise or self.original is None:
            return tuple(told)
        return tuple(told_of(told, self.original.spec, recorded.spec))

    @cached_property
    def must_restart(self) -> bool:
        """Whether a field has changed that cannot change while the task runs."""
        return any(planned.impact is Impact.RESTART for planned in self.fields)

    @property
    def only_sets(self) -> bool:
        """Whether a start changes what may run under its ID, and ends nothing."""
        return self.kind.sets_by_id and not self.must_restart

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
    def renews_in_place(self) -> bool:
        """Whether its end is put off now, with nothing interrupted."""
        if self.recorded is None or self.kind.is_switch or self.actual not in _ON:
            return False
        return not has_reached_its_end(self.recorded, self.now) and is_set_again(self.recorded, self.now)

    @cached_property
    def ends_soon(self) -> bool:
        """Whether it is to be renewed before it ends by itself."""
        if self.recorded is None:
            return False
        again = is_set_again(self.recorded, self.now) if self.kind.is_switch else self.renews_in_place
        return (self.due and not self.renewal_waits) or again

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
