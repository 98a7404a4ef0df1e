"""One address with what is declared, recorded and seen of it: what is wanted, and how it stands."""

from dataclasses import dataclass
from functools import cached_property

from reconciler.claims import Claim
from reconciler.kinds.base import Settings
from reconciler.kinds.records import Desired, Recorded
from reconciler.kinds.registration import Registered
from reconciler.kinds.timing import Timing
from reconciler.model import Address, Observation, OnRemoval, Resource, Status
from reconciler.planning.choice import Choice
from reconciler.planning.found_tasks import FoundTask
from reconciler.planning.handles import handle_ends
from reconciler.planning.timing import schedule_of
from reconciler.state.model import Entry, LateCall


@dataclass(frozen=True)
class Situation:
    """One address with all that is given of it, and how it stands by that.

    `held` is what running tasks of others hold of what its late calls could touch, `moved` tells that a
    late call of another resource was handed to this one or taken from it, `left` are the late calls that
    nobody can look after in this plan. `unaccounted` tells that what is not recorded may run. `former` is
    what it was recorded as before it was renamed. `recorded` is as it was seen, where the cloud tells what a
    task is made of, and `original` as it stands in the state. `forgotten` tells that what is declared has run
    and ended, and its record was dropped. `found` is the task of a start that was never answered. `now` in
    unix seconds.
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
    def forced(self) -> bool:
        """Whether a replace was asked for by name."""
        return self.address in self.choice.replace

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
    def handle_expired(self) -> bool:
        """Whether the API no longer knows the task by its TaskId, though it may run on (semantics §1)."""
        ends = None if self.entry is None else handle_ends(self.kind, self.entry)
        return ends is not None and ends <= self.now

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
