"""What was applied, as data: it knows neither kinds, nor files, nor how it is written.

An entry's `spec` is plain JSON with the schema version it was written under, so that a state
can be read, listed and shown without the code of any kind.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.calls import TaskIdOf
from reconciler.model import Address, Effect, EndReason, OnRemoval, Status, Verb, digest

REMEMBERED_PLANS = 20


@dataclass(frozen=True, slots=True)
class Pending:
    """A call that was sent and whose outcome nobody knows.

    `task_id` is the task that the call was about, where it had one; `at` is RFC 3339 UTC. `effect` is
    what the call does to a task.
    """

    action: str
    at: str
    task_id: str | None = None
    effect: Effect = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class LateCall:
    """A call that was never answered and may still arrive: until when (RFC 3339 UTC), and of what spec.

    `verb` is what it does: start, stop what has the spec's name, or update to the spec.
    """

    until: str
    spec: Mapping[str, Any]
    verb: Verb = Verb.START


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """The end of a task by itself: why, when it was seen (RFC 3339 UTC), and who says so, in words."""

    reason: EndReason
    at: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """A move of a record to another state, which is under way: nothing may be done about its task here.

    `move` is the move's own name, `state` where it goes, as text, with the `lineage` there, and `address`
    what it is recorded as there.
    """

    move: str
    state: str
    lineage: str
    address: Address


@dataclass(frozen=True, slots=True)
class Entry:
    """What is recorded of one resource.

    `task_id` is a TaskId only where a task is believed to run; inside a plan it can be the
    placeholder of one that a step will be told. `attempted` are the specs of updates whose
    outcome is unknown: the task runs with one of them or `spec`. `signed` maps a push address
    to the txTime it was signed with, so that the same text can be made again, and `signed_by` to a digest,
    under the state's key, of the key that signed it, where that is known. `uses` are the
    documents it was resolved from beside its own, each with a digest of its text. While there are
    `late_calls`, the entry is in probation. `paused_at` is since when a task is paused (RFC 3339 UTC).
    While it has a `departure`, it is being moved to another state. `made` has what no manifest says and a
    call made when it was sent, by the names that its kind has for it: the end of a task, an ID of our own.
    `end` is the last end of a task of it by itself, also where another runs since, and `restarts` when such
    ends were followed by a start (RFC 3339 UTC), as far back as they are counted. `answered_at` is when an
    update of the task was last sent that was answered (RFC 3339 UTC).
    """

    kind: str
    schema_version: int
    digest: str
    status: Status
    spec: Mapping[str, Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    task_id: str | TaskIdOf | None = None
    sequence_number: int | None = None
    started_at: str | None = None
    signed: Mapping[str, str] = field(default_factory=dict)
    attempted: tuple[Mapping[str, Any], ...] = ()
    pending: Pending | None = None
    uses: Mapping[str, str] = field(default_factory=dict)
    late_calls: tuple[LateCall, ...] = ()
    paused_at: str | None = None
    on_removal: OnRemoval = OnRemoval.STOP
    departure: Departure | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    signed_by: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    end: TaskEnd | None = None
    restarts: tuple[str, ...] = ()
    answered_at: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a state is: the workspace's name, and the cloud that it was applied to; "" is not known, or any.

    A cloud is the endpoint that calls go to: a site's name, `simulator`, or a base URL.
    """

    workspace: str
    cloud: str = ""


NOBODY = Owner("")


@dataclass(frozen=True, slots=True)
class State:
    """One workspace's records; `serial` rises by one with each write, `lineage` never changes.

    `run` is the last run whose journal is in it. `used_plans` are the nonces of the saved plans
    that were carried out last, so that none is carried out twice. `digest_key` is the random key of the
    digests that stand in the place of secrets; "" where none has been made yet. `cloud` is the one that it
    was applied to, see Owner; "" until it is written by a version that records it. `cleared` is the run
    that ended all that was recorded, as long as nothing is. `arrivals` are the moves of records to it that
    may not be over where these came from, each with what it is recorded as here. `moved` is the place, as
    text, that the whole state is being moved to, or has moved to once nothing is recorded here. `untracked`
    are addresses whose records were dropped while their tasks ran on. `forgotten` has the digest of what
    was declared, by address, where a record was dropped as its task had ended: that is not started again.
    `frozen` says, in words, who keeps a
    watch from touching anything, and since when; "" where nobody does.
    """

    lineage: str = ""
    serial: int = 0
    entries: Mapping[Address, Entry] = field(default_factory=dict)
    run: str = ""
    used_plans: tuple[str, ...] = ()
    digest_key: str = field(default="", repr=False, compare=False)
    cloud: str = ""
    cleared: str = ""
    arrivals: Mapping[str, Address] = field(default_factory=dict)
    moved: str = ""
    untracked: tuple[Address, ...] = ()
    forgotten: Mapping[Address, str] = field(default_factory=dict)
    frozen: str = ""

    def without_tracking(self, dropped: Iterable[Address], entries: Mapping[Address, Entry]) -> "State":
        """The state with these entries, where what was dropped runs on: a start of it would end that."""
        left = {*self.untracked, *dropped} - entries.keys()
        return replace(self, entries=entries, untracked=tuple(sorted(left)))

    def forgetting(self, forgotten: Mapping[Address, str]) -> "State":
        """The state in which these are forgotten too; what is recorded is not."""
        both = {**self.forgotten, **forgotten}
        kept = {address: digest for address, digest in both.items() if address not in self.entries}
        return replace(self, forgotten=kept)

    @property
    def was_emptied(self) -> bool:
        """Whether more may run than is recorded: it was written, records nothing, and no run ended it all."""
        return self.serial > 0 and not self.entries and not self.cleared

    @property
    def bound(self) -> str:
        """The cloud that it cannot be without; "" where nothing of it can run in any, see `cleared`."""
        return "" if self.cleared and not self.entries else self.cloud

    def keyed(self, fresh: str) -> "State":
        """The state with a key for digests: its own, or one from what only its files tell, or a fresh one.

        One that was never written under a key has the same in every run until it is.
        """
        if self.digest_key:
            return self
        drawn = digest("digest key", self.lineage, self.run).removeprefix("sha256:")
        return replace(self, digest_key=drawn if self.lineage else fresh)

    def begun(self, run: str, plan: str | None) -> "State":
        """The state once a run has begun that carries out the saved plan with this nonce, if any."""
        return replace(self, run=run, used_plans=remembered(self.used_plans, () if plan is None else (plan,)))


def remembered(*lists: tuple[str, ...]) -> tuple[str, ...]:
    """The last REMEMBERED_PLANS nonces of the lists, each once, the latest last."""
    last = dict.fromkeys(nonce for listed in reversed(lists) for nonce in reversed(listed))
    return tuple(reversed(list(last)[:REMEMBERED_PLANS]))
