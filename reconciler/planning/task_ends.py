"""A task that has ended by itself: why, what its manifest makes of it, and when it may start again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.kinds.records import Recorded
from reconciler.kinds.registration import Registered
from reconciler.kinds.restarts import RestartLimit
from reconciler.model import Address, EndReason, Observation, OnEnd, Resource, Status
from reconciler.moments import rfc3339, unix_seconds
from reconciler.state.model import Entry, TaskEnd

ACCEPTED = (EndReason.PLAYED,)
"""The reasons of an end that is what was wanted, unless a manifest says otherwise."""


@dataclass(frozen=True, slots=True)
class EndedTask:
    """A task that has ended by itself; `restarts` are those that count at the moment it is looked at.

    `now` in unix seconds.
    """

    end: TaskEnd
    policy: OnEnd
    restarts: tuple[str, ...]
    limit: RestartLimit
    now: float

    @property
    def has_failed(self) -> bool:
        """Whether it has ended as often as it is started again."""
        return len(self.restarts) >= self.limit.most

    @property
    def next_restart(self) -> float:
        """From when on (unix seconds) it may be started again."""
        last = unix_seconds(self.restarts[-1]) if self.restarts else 0.0
        return last + self.limit.wait(len(self.restarts))

    @property
    def waits(self) -> bool:
        """Whether its next restart is still to come."""
        return self.next_restart > self.now

    @property
    def status(self) -> Status:
        """How the end is recorded."""
        if self.policy is not OnEnd.RESTART:
            return Status.FINISHED
        return Status.FAILED if self.has_failed else Status.ENDED

    def recorded(self, entry: Entry) -> Entry:
        """The entry once the end is recorded: what it had of the task is over with it."""
        return replace(
            entry,
            status=self.status,
            task_id=None,
            sequence_number=None,
            paused_at=None,
            answered_at=None,
            signed={},
            signed_by={},
            made=entry.made if entry.late_calls else {},  # a late start is found by what it has made
            attempted=(),
            pending=None,
            end=self.end,
            restarts=self.restarts,
        )

    def restarted(self, entry: Entry) -> Entry:
        """The entry of a start that follows this end."""
        return replace(entry, end=self.end, restarts=(*self.restarts, rfc3339(self.now)))


def ended_task(
    recorded: Recorded,
    resource: Resource | None,
    observation: Observation | None,
    limit: RestartLimit,
    now: float,
) -> EndedTask:
    """What is known of the end of a recorded task that has ended, at a moment in unix seconds."""
    entry = recorded.entry
    end = _end_of(recorded, observation, now)
    since = now - limit.within
    counted = tuple(at for at in entry.restarts if unix_seconds(at) > since)
    return EndedTask(end, _policy(resource, end), counted, limit, now)


def next_restart(
    records: Mapping[Address, Recorded],
    resources: Iterable[Resource],
    observed: Mapping[Address, Observation],
    limit: RestartLimit,
    now: float,
) -> float | None:
    """When the first of what has ended may start again (unix seconds); None where nothing waits for that.

    What is only seen to have ended counts as well: a plan of the same moment records its end and waits.
    """
    declared = {one.address: one for one in resources if one.wanted in (Status.RUNNING, Status.PAUSED)}
    ended = [
        ended_task(one, declared[address], observed.get(address), limit, now)
        for address, one in records.items()
        if address in declared and _stands_ended(one.entry, observed.get(address))
    ]
    waiting = [one for one in ended if one.status is Status.ENDED and one.waits]
    return min((one.next_restart for one in waiting), default=None)


def _stands_ended(entry: Entry, observation: Observation | None) -> bool:
    """Whether a task has ended and is not started again yet, by its record or by what was seen of it."""
    if entry.status is Status.ENDED:
        return True
    ran = entry.status in (Status.RUNNING, Status.PAUSED)
    return ran and observation is not None and observation.status is Status.ENDED


def _end_of(recorded: Recorded, observation: Observation | None, now: float) -> TaskEnd:
    """The end as it is recorded, or else as it is seen now."""
    entry = recorded.entry
    if entry.status.is_over and entry.end is not None:
        return entry.end
    if observation is None or observation.status is None:
        return end_seen(recorded.kind, entry, now, "")
    seen = end_seen(recorded.kind, entry, observation.at, observation.evidence)
    return seen if observation.reason is None else replace(seen, reason=observation.reason)


def end_seen(kind: Registered, entry: Entry, at: float, evidence: str) -> TaskEnd:
    """The end of a recorded task that was seen at a moment in unix seconds."""
    knows = kind.knows_ends
    reason = EndReason.UNKNOWN if knows is None else knows.why_ended(entry, at)
    return TaskEnd(reason, rfc3339(at), evidence)


def _policy(resource: Resource | None, end: TaskEnd) -> OnEnd:
    said = None if resource is None else resource.spec.get("onEnd")
    if said is not None:
        return OnEnd(said)
    return OnEnd.LEAVE if end.reason in ACCEPTED else OnEnd.RESTART


WHY: Mapping[EndReason, str] = {
    EndReason.PLAYED: "its source was played as often as its repeatNum says",
    EndReason.PAUSED_TOO_LONG: "it was paused for longer than the API allows",
    EndReason.MAX_DURATION: "it reached its maxDuration",
    EndReason.START_FAILED: "its source could not be played",
    EndReason.ROBOT_REMOVED: "its robot was removed from the room",
    EndReason.UNKNOWN: "",
}
"""Each reason in words; nothing where it is not known."""


def told_end(end: TaskEnd) -> str:
    """Why a task has ended, and who says so; empty where neither is known."""
    return "; ".join(filter(None, [WHY[end.reason], end.evidence]))


def end_words(end: TaskEnd) -> str:
    """That a task has ended, why, and who says so."""
    told = told_end(end)
    return f"the task has ended: {told}" if told else "the task has ended"


def waiting_words(ended: EndedTask) -> str:
    """Until when what has ended is not started again, and why."""
    until = rfc3339(ended.next_restart)
    return f"{_restarts(ended)}, so the next restart waits until {until}"


def failed_words(ended: EndedTask) -> str:
    """That what has ended is not started again, and what starts it."""
    return (
        f"{_restarts(ended)}, so it is recorded as failed; `reconciler apply --replace` or a changed "
        "manifest starts it again"
    )


def _restarts(ended: EndedTask) -> str:
    count = len(ended.restarts)
    times = "once" if count == 1 else f"{count} times"
    return f"it has ended and was restarted {times} within {ended.limit.within:g} s"
