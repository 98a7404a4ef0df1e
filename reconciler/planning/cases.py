"""One address with all that is known of it: the facts that decisions, reasons and steps are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from reconciler.kinds.base import Settings
from reconciler.kinds.records import Desired, Recorded
from reconciler.kinds.registered import Registered
from reconciler.model import Address, Claim, Impact, Observation, OnRemoval, Resource, Status, Verb
from reconciler.moments import unix_seconds
from reconciler.plan.model import PlannedField
from reconciler.planning.choice import Choice
from reconciler.planning.expiry import is_due, is_set_again
from reconciler.planning.fields import compare_specs
from reconciler.planning.late_calls import Probation, is_harmless, probation_of
from reconciler.planning.noted import noted_fields
from reconciler.planning.seen import told_of
from reconciler.state.model import Entry, LateCall

_ON, _OVER = (Status.RUNNING, Status.PAUSED), (Status.STOPPED, Status.ENDED)


@dataclass(frozen=True)
class Case:
    """One address with all that is known of it; each fact is worked out once, when it is asked for.

    `held` is what running tasks of others hold of what its late calls could touch, `moved` tells that a
    late call of another resource was handed to this one or taken from it, `left` are the late calls that
    nobody can look after in this plan. `unaccounted` tells that what is not recorded may run. `former` is
    what it was recorded as before it was renamed. `recorded` is as it was seen, where the cloud tells what a
    task is made of, and `original` as it stands in the state. `now` in unix seconds.
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
    original: Recorded | None = None

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
        if self.desired is not None or self.entry is None or self.kind.is_switch or self.actual in _OVER:
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
        """Whether it was asked for by name that what runs is signed anew."""
        return self.address in self.choice.resign and self.desired is not None and self.recorded is not None

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
        return (
            recorded is not None
            and not self.unfenced
            and any(
                not is_harmless(recorded, one, runs=runs)
                for one in self.probation.over
                if one in recorded.entry.late_calls
            )
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
        told = map(self._as_kind_can, (planned for _, planned in sorted(fields.items())))
        if not self.was_seen_otherwise or self.original is None:
            return tuple(told)
        return tuple(told_of(told, self.original.spec, recorded.spec))

    @property
    def written(self) -> Entry | None:
        """The entry as it stands in the state."""
        return self.entry if self.original is None else self.original.entry

    @property
    def learned(self) -> bool:
        """Whether more is known of it than the state records: a task that was found, or how it runs."""
        return self.entry != self.written

    @property
    def was_seen_otherwise(self) -> bool:
        """Whether the cloud was seen to have a value that is not recorded."""
        original, entry = self.original, self.entry
        if original is None or entry is None or original.entry.attempted:
            return False
        return entry.spec is not original.entry.spec

    @property
    def unfenced(self) -> bool:
        """Whether a second start ends nothing of the first, see Registered.unfenced."""
        one = self.desired or self.recorded
        return one is not None and self.kind.unfenced(one.spec)

    def _as_kind_can(self, planned: PlannedField) -> PlannedField:
        """A change of a kind that cannot be updated restarts it, unless it changes nothing that runs."""
        if self.kind.updates is not None or planned.impact is Impact.NONE:
            return planned
        return replace(planned, impact=Impact.RESTART)

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
        return not self.has_reached_its_end and is_set_again(self.recorded, self.now)

    @property
    def has_reached_its_end(self) -> bool:
        """Whether it has ended by itself as far as is recorded, whatever was not seen of that."""
        expires = self.kind.expires
        found = () if expires is None or self.entry is None else expires.expirations(self.entry)
        return any(one.at <= self.now for one in found)

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
        return self.probation.over != () and self.actual in (Status.STOPPED, Status.ENDED)

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
