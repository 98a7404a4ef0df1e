"""What to record of calls that were never answered: what they may have done, and may still do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.errors import StateError
from reconciler.model import Effect, Status, Verb
from reconciler.moments import rfc3339, unix_seconds
from reconciler.state.model import Entry, LateCall, Pending

LATE_SECONDS = 330
"""How long a call may take to arrive: the signature's five minutes, and half a minute for two clocks.

A request is served until its signature expires (reference errors, "AuthFailure.SignatureExpire").
"""


def late_until(at: str) -> str:
    """Until when a call that was sent at a moment may still arrive; both RFC 3339 UTC."""
    return rfc3339(unix_seconds(at) + LATE_SECONDS)


def after_unknown(before: Entry | None, intended: Entry | None, pending: Pending, starts: bool) -> Entry:
    """What to record when a call was sent and no answer says what became of it.

    `before` is the entry before the call and `intended` the one had it succeeded. A lost start
    may have made a task: uncertain, with the room and robot it was sent for; unless it was sent
    only to end a late call, which then is one for as long again. A lost update leaves the task
    running with either spec, or with that of an earlier one whose outcome is unknown; one that has
    no number to be told from later ones by may still undo them. A lost stop may have ended it:
    uncertain. A start of what runs, sent to make sure of it, changes nothing and is sent again. A lost update
    of a task that was found before it was recorded leaves it as it was found, or as it was to be.
    """
    if intended is not None and _takes_in(before, intended, pending, starts):
        if before is not None and pending.effect is Effect.UPDATE and intended.sequence_number is None:
            return _either(_as_found(before, intended), intended, pending)
        return replace(intended, late_calls=(*intended.late_calls, LateCall(pending.at, intended.spec)))
    begins = starts or _begins(before, intended)
    if begins and before is not None and intended is not None and _is_of_a_late_call(intended):
        until = late_until(pending.at)
        again = tuple(replace(one, until=max(one.until, until)) for one in before.late_calls)
        return replace(before, late_calls=again)
    if begins and intended is not None:
        return replace(intended, status=Status.UNCERTAIN, task_id=None, pending=pending)
    if before is not None and intended is not None and _is_update(before, intended, pending):
        return _either(before, intended, pending)
    if before is not None and pending.task_id is None and _is_beside(before, intended):
        return replace(before, late_calls=_after_looking(before, intended, pending))
    base = before or intended
    if base is None:
        raise StateError("a recorded call belongs to no resource", "report this as a bug")
    return replace(
        base,
        status=Status.UNCERTAIN,
        task_id=None,
        pending=pending,
        attempted=_attempts(base, intended),
        late_calls=_late_calls_of(before, intended),
    )


def _as_found(before: Entry, intended: Entry) -> Entry:
    """The entry of a task that was found, as it was before the update that was to be recorded with it."""
    return replace(
        intended,
        digest=before.digest,
        status=Status.RUNNING,
        spec=before.spec,
        attempted=before.attempted,
        paused_at=None,
        made=before.made,
    )


def _is_update(before: Entry, intended: Entry, pending: Pending) -> bool:
    """Whether a call was about a task that runs on whatever became of it: by its TaskId, or its name."""
    if before.task_id is None and intended.task_id is None:
        return before.status is Status.RUNNING and pending.effect is Effect.UPDATE
    return before.task_id == intended.task_id is not None


def _either(before: Entry, intended: Entry, pending: Pending) -> Entry:
    """A task that runs on, with what it was before an update or with what that was sent for."""
    return replace(
        before,
        sequence_number=intended.sequence_number,
        attempted=_attempts(before, intended),
        signed={**before.signed, **intended.signed},
        signed_by={**before.signed_by, **intended.signed_by},
        late_calls=_after_update(before, intended, pending),
    )


def taken_over(entry: Entry, at: str) -> Entry:
    """What to record of what another start is about to end by its name: that it may run all the same.

    A late call whose time is over at that moment says so, until the start has succeeded.
    """
    late: tuple[LateCall, ...] = ()
    if entry.pending is not None:
        verb = Verb.START if entry.pending.effect is Effect.START else Verb.STOP
        late = (LateCall(late_until(entry.pending.at), entry.spec, verb),)
    late_calls = (*entry.late_calls, *late, LateCall(at, entry.spec))
    return replace(
        entry, status=Status.ENDED, task_id=None, pending=None, attempted=(), late_calls=late_calls
    )


def _attempts(before: Entry, intended: Entry | None) -> tuple[Mapping[str, Any], ...]:
    """The specs that may be in force beside the recorded one, each once.

    A task that was started to be paused has the same spec before its pause as after it, and one whose
    pushes are signed anew before that as after it.
    """
    if intended is None or intended.spec in before.attempted:
        return before.attempted
    pauses = intended.status is Status.PAUSED is not before.status
    signed_anew = any(before.signed.get(url) != until for url, until in intended.signed.items())
    if intended.spec == before.spec and not pauses and not signed_anew:
        return before.attempted
    return (*before.attempted, intended.spec)


def _after_update(before: Entry, intended: Entry, pending: Pending) -> tuple[LateCall, ...]:
    """The late calls, and an update that could arrive after a later one and undo it."""
    if intended.sequence_number is not None or pending.effect is not Effect.UPDATE:
        return before.late_calls
    return (*before.late_calls, LateCall(late_until(pending.at), intended.spec, Verb.UPDATE))


def _is_beside(before: Entry, intended: Entry | None) -> bool:
    """Whether a call was only to look after late calls: of what runs by a name, or of what has ended."""
    if before.status.is_over:
        return True
    runs_on = before.status is Status.RUNNING and intended is not None
    return runs_on and intended is not None and intended.status is Status.RUNNING


def _after_looking(before: Entry, intended: Entry | None, pending: Pending) -> tuple[LateCall, ...]:
    """The late calls, to be looked after once more, and what the lost call could do when it comes late.

    One that made sure of what runs by starting it again could start it when it is stopped; one that
    was to end what a late call had started could end what is started by that name.
    """
    until = late_until(pending.at)
    if pending.effect is Effect.START:
        again = tuple(replace(one, until=max(one.until, until)) for one in before.late_calls)
        return (*again, LateCall(until, (intended or before).spec))
    left = () if intended is None else intended.late_calls
    ended = [one for one in before.late_calls if one not in left and one.verb is Verb.START]
    return (*before.late_calls, *(LateCall(until, one.spec, Verb.STOP) for one in ended))


def _late_calls_of(*entries: Entry | None) -> tuple[LateCall, ...]:
    """All late calls of the entries, each once: what is in doubt must not take the place of a doubt."""
    found: list[LateCall] = []
    for entry in entries:
        found += [one for one in (entry.late_calls if entry else ()) if one not in found]
    return tuple(found)


def _takes_in(before: Entry | None, intended: Entry, pending: Pending, starts: bool) -> bool:
    """Whether a call that starts nothing is about a task that was to be recorded once it is answered.

    It is recorded all the same, and the next run makes sure of it.
    """
    unknown = before is None or before.task_id is None
    return (
        unknown and not starts and isinstance(intended.task_id, str) and intended.task_id == pending.task_id
    )


def _begins(before: Entry | None, intended: Entry | None) -> bool:
    """Whether a call that is told no TaskId starts something all the same."""
    if before is None or intended is None or intended.status is not Status.RUNNING:
        return False
    return before.status.is_over or before.status is Status.UNCERTAIN


def _is_of_a_late_call(intended: Entry) -> bool:
    """Whether a start is not of the entry's own task: that one is known, has ended or is in doubt."""
    known = isinstance(intended.task_id, str)
    return known or intended.status.is_over or intended.status is Status.UNCERTAIN
