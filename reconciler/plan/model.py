"""A plan is a value: every change with its reason, impact and complete calls.

The same value is reported and carried out. Its JSON for reports names the calls; the saved
plan's also holds their whole requests, with secrets as references. Both follow from the annotations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from reconciler.calls import Call, TaskIdOf
from reconciler.late_values import in_clear, referred
from reconciler.model import Address, Impact, Status, Verb
from reconciler.plan.keys import Key, Moment, Moments, Unchanged
from reconciler.state.model import Entry

_RECORD = "saved plans only: what the state records"
_FORGETS = "saved plans only: for the end of a task, the digest of the manifest that is not started again"
_SUMMARY = "the number of changes per verb, and of unchanged resources"


@dataclass(frozen=True, slots=True)
class PlannedField:
    """One field's change: its path from `spec`, and what changing it does.

    `why` tells why the impact is higher than for other values, or from when on a value counts that interrupts
    nothing; `hits` names the push or the room that is interrupted, where it is one of several. Both are empty
    where there is nothing to tell. Of what starts or stops as a whole, a `label` and `words` tell a part for
    people; where it `is_place`, the part is a room or an address. What is `recorded` stands beside what was
    seen, where something else has changed it.
    """

    path: Annotated[str, Key("from `spec`")]
    before: Annotated[Any, Key("any value; null if absent")]
    after: Annotated[Any, Key("any value; null if absent")]
    impact: Annotated[Impact, Key()]
    visible: Annotated[bool, Key()]
    why: Annotated[str, Key("why the impact is higher, or when the value takes effect", optional=True)] = ""
    hits: Annotated[str, Key("which of several pushes or rooms is interrupted", optional=True)] = ""
    label: Annotated[str, Key("name of one setting of the resource that starts or stops", optional=True)] = ""
    words: Annotated[str, Key("its value, for people to read", optional=True)] = ""
    is_place: Annotated[bool, Key("whether it is a room or an address", optional=True)] = False
    recorded: Annotated[
        Any, Key("what the state records, where `before` was changed outside of the manifests", optional=True)
    ] = None


@dataclass(frozen=True, slots=True)
class Step:
    """One call and what is recorded once it has succeeded; `entry` None drops the record.

    Inside `entry`, `task_id` may be the placeholder of a TaskId that this or an earlier step
    is told, and `started_at` None means the moment of this step. Where `gone_is_done`,
    the answer that the task has ended already is as good as success, and where `exists_is_done` that
    it is there already, and nothing has changed then. `if_task_exists` is sent, and then
    the call once more, if the answer is that a task is there already. `if_task_gone` is sent if the answer
    is that the task has ended: a start whose TaskId takes the place of the one in `entry`. Before it is
    sent, `pause_seconds` pass.
    """

    id: Annotated[str, Key(saved=True)]
    call: Annotated[Call, Key(inline=True)]
    entry: Annotated[Entry | None, Key(saved=True, place=1)]
    gone_is_done: Annotated[bool, Key(saved=True)] = False
    exists_is_done: Annotated[bool, Key(saved=True)] = False
    if_task_exists: Annotated[
        Call | None, Key("sent before a retry, if the task already exists", optional=True)
    ] = None
    if_task_gone: Annotated[Call | None, Key("sent instead, if the task has ended", optional=True)] = None
    pause_seconds: Annotated[float, Key("seconds to wait before it is sent", optional=True)] = 0.0

    def renewed(self) -> "Step":
        """The step that `if_task_gone` makes, for which there must be one."""
        if self.if_task_gone is None or self.entry is None:
            raise ValueError(f"{self.id} restarts nothing")
        name = f"{self.id}+"
        fresh = replace(
            self.entry,
            task_id=TaskIdOf(name),
            sequence_number=None,
            started_at=None,
            signed={},
            signed_by={},
            made={},
        )
        return Step(name, self.if_task_gone, fresh)

    def every_call(self) -> tuple[Call, ...]:
        """The call, and those that are sent only after a certain answer."""
        return tuple(call for call in (self.call, self.if_task_exists, self.if_task_gone) if call is not None)


@dataclass(frozen=True, slots=True)
class Change:
    """One resource's difference, and how it is made to vanish.

    `before` is the entry it starts from and `entry` the one it ends with; a change without steps only changes
    the record. `after` are the addresses resources whose changes must succeed first. `because` are the
    documents other than its own whose change it follows from. `renewal` tells that nothing is wanted
    otherwise: it is whether it renews something before it expires. It `takes_over` the names of those that do
    not give them up before: what they have ends with its start, and is recorded as ended. One that is
    `renamed_from` another begins with that one's record, which is its own from then on. Starts of one kind
    that are `alike` differ in names, rooms and addresses alone; "" for what is no start. What a pause stops
    is `shown_by` others. One that drops the record of what has ended `forgets` the digest of what is
    declared, which is not started again. One is `scheduled` that stops as its schedule has ended.
    """

    address: Annotated[Address, Key()]
    verb: Annotated[Verb, Key("`unchanged` occurs only in drift")]
    impact: Annotated[Impact, Key()]
    visible: Annotated[bool, Key("whether viewers see or hear it")]
    reason: Annotated[str, Key("for people to read, not for programs")]
    fields: Annotated[tuple[PlannedField, ...], Key()] = ()
    steps: Annotated[tuple[Step, ...], Key("in the order they are sent", name="calls")] = ()
    after: Annotated[tuple[Address, ...], Key("resources whose changes must succeed first")] = ()
    because: Annotated[tuple[Address, ...], Key("other documents that cause this change")] = ()
    renewal: Annotated[bool, Key("whether it renews something before it expires")] = False
    renamed_from: Annotated[Address | None, Key("its former address in the state", optional=True)] = None
    alike: Annotated[
        str,
        Key("the same value for all starts that differ only in names, rooms and addresses", optional=True),
    ] = ""
    shown_by: Annotated[
        tuple[Address, ...], Key("for a pause: the running streams that show what it pauses", optional=True)
    ] = ()
    takes_over: Annotated[
        tuple[Address, ...],
        Key("resources with the same session: this ends their push, and they are recorded as ended"),
    ] = ()
    scheduled: Annotated[bool, Key("whether it stops only because its schedule ended", optional=True)] = False
    forgets: Annotated[str, Key(_FORGETS, saved=True, optional=True)] = ""
    entry: Annotated[Entry | None, Key(_RECORD, saved=True)] = None
    before: Annotated[Entry | None, Key(_RECORD, saved=True)] = None

    @property
    def accepts_end(self) -> bool:
        """Whether it only records, or forgets, an end that is what its manifest asks for."""
        finishes = self.entry is not None and self.entry.status is Status.FINISHED
        return bool(self.forgets) or (finishes and not self.steps)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a plan is not carried out as it is: the gate, what to tell, and the resources it is about."""

    gate: Annotated[str, Key()]
    message: Annotated[str, Key()]
    addresses: Annotated[tuple[Address, ...], Key()] = ()


@dataclass(frozen=True, slots=True)
class Expiry:
    """What ends by itself: of which resource, when (RFC 3339 UTC), and what follows from it.

    `soon` tells that a plan warns of it, and `expired` that it has ended since.
    """

    address: Annotated[Address, Key()]
    what: Annotated[str, Key()]
    at: Annotated[Moment, Key()]
    note: Annotated[str, Key("the consequence")]
    soon: Annotated[bool, Key("whether the plan warns about it")] = False
    expired: Annotated[bool, Key("whether it has already expired", optional=True)] = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What a plan was narrowed to by name or label, and what that leaves out.

    `left_out_changes` is judged by manifests and records alone: nobody asks the cloud about what is left out.
    """

    targets: Annotated[tuple[Address, ...], Key("only these; empty for any")] = ()
    excludes: Annotated[tuple[Address, ...], Key("all but these")] = ()
    labels: Annotated[tuple[str, ...], Key("`LABEL=VALUE`; only resources that have all of them")] = ()
    left_out: Annotated[int, Key("number of resources that the plan leaves out")] = 0
    left_out_changes: Annotated[int, Key("number of these that a full plan would change")] = 0


@dataclass(frozen=True, slots=True)
class LikelyRename:
    """A stop and a start that may be one resource under another name: of which, and what they share."""

    former: Annotated[Address, Key("what is stopped", name="from")]
    address: Annotated[Address, Key("what is started", name="to")]
    shared: Annotated[str, Key("the robot, push address, session or room that both use")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Changes in the order they are made, bound to the state they were planned against.

    `probation` has, by address, until when (RFC 3339 UTC) a start that was never answered may still arrive.
    `expiries` is the calendar of what expires, earliest first. `texts` has what the manifests say in clear,
    by the text with digests that stands for it in the plan: shown and written nowhere. `state_location` is
    where the state is, in full, `state_status` how it stands, and `cloud` where the calls go; "" where none
    is meant. `selection` is None for a plan of everything. One that is `not_refreshed` was made without
    asking the cloud. `at` is the moment (RFC 3339 UTC) that it is for, "" for the present, and `on_air` tells
    that what is protected may be interrupted.
    """

    workspace: Annotated[str, Key()]
    serial: Annotated[int, Key("serial of the state the plan was made from; 0 for none", name="stateSerial")]
    lineage: Annotated[str, Key("lineage of that state; empty for none", name="stateLineage")]
    changes: Annotated[
        tuple[Change, ...], Key("in the order they are applied, without unchanged resources")
    ] = ()
    unchanged: Annotated[Unchanged, Key(_SUMMARY, name="summary")] = 0
    eta_seconds: Annotated[float, Key("estimated within the API's rate limit")] = 0.0
    warnings: Annotated[tuple[str, ...], Key()] = ()
    probation: Annotated[Moments, Key("the time until which an unanswered start may still take effect")] = (
        field(default_factory=dict)
    )
    refusals: Annotated[tuple[Refusal, ...], Key()] = ()
    expiries: Annotated[tuple[Expiry, ...], Key("what expires, earliest first")] = ()
    state_location: Annotated[str, Key("location of that state: the file's absolute path", optional=True)] = (
        ""
    )
    state_status: Annotated[
        str,
        Key("`present`; `new`: none was ever written; `missing`: one was written and is gone", optional=True),
    ] = ""
    cloud: Annotated[str, Key("the endpoint that calls go to", optional=True)] = ""
    likely_renames: Annotated[
        tuple[LikelyRename, ...], Key("stops and starts that may be one renamed resource", optional=True)
    ] = ()
    selection: Annotated[Selection | None, Key("only if resources were selected", optional=True)] = None
    at: Annotated[str, Key("the moment it was planned for, if not the present", optional=True)] = ""
    on_air: Annotated[
        bool, Key("saved plans only: whether it may interrupt protected resources", saved=True, optional=True)
    ] = False
    not_refreshed: Annotated[bool, Key("true if the cloud was not queried", optional=True)] = False
    fingerprint: Annotated[str, Key("saved plans only", name="stateFingerprint", saved=True, place=2)] = ""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def in_clear(self) -> tuple[Address, ...]:
        """The resources with a change whose calls or records take what only `texts` has in full."""
        return tuple(change.address for change in self.changes if self._takes_texts(change))

    def _takes_texts(self, change: Change) -> bool:
        calls = (call for step in change.steps for call in step.every_call())
        specs = (entry.spec for entry in (change.entry, *(step.entry for step in change.steps)) if entry)
        taken = (*in_clear([call.request for call in calls]), *in_clear(referred([*specs])))
        return not self.texts.keys().isdisjoint(taken)

    def summary(self) -> dict[str, int]:
        """How many changes of each verb, and how many resources without one."""
        counts = {str(verb): 0 for verb in Verb}
        for change in self.changes:
            counts[str(change.verb)] += 1
        counts[str(Verb.UNCHANGED)] += self.unchanged
        return counts
