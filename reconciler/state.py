"""What was applied, as data with a versioned codec: it knows neither kinds nor files.

An entry's `spec` is plain JSON with the schema version it was written under, so that a state
can be read, listed and shown without the code of any kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from reconciler.errors import StateError, UsageError
from reconciler.model import (
    Address,
    Status,
    TaskIdOf,
    Verb,
    canonical_json,
    digest,
    request_from_json,
    request_to_json,
)
from reconciler.moments import rfc3339, unix_seconds

FORMAT_VERSION = 1
REMEMBERED_PLANS = 20
LATE_SECONDS = 330
"""How long a call may take to arrive: the signature's five minutes, and half a minute for two clocks.

A request is served until its signature expires (reference errors, "AuthFailure.SignatureExpire").
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pending:
    """A call that was sent and whose outcome nobody knows.

    `task_id` is the task that the call was about, where it had one; `at` is RFC 3339 UTC.
    """

    action: str
    at: str
    task_id: str | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A call that was never answered and may still arrive: until when (RFC 3339 UTC), and of what spec.

    `verb` is what it does: start, stop what has the spec's name, or update to the spec.
    """

    until: str
    spec: Mapping[str, Any]
    verb: Verb = Verb.START


@dataclass(frozen=True, slots=True)
class Entry:
    """What is recorded of one resource.

    `task_id` is a TaskId only where a task is believed to run; inside a plan it can be the
    placeholder of one that a step will be told. `attempted` are the specs of updates whose
    outcome is unknown: the task runs with one of them or `spec`. `signed` maps a push address
    to the txTime it was signed with, so that the same text can be made again. `uses` are the
    documents it was resolved from beside its own, each with a digest of its text. While there are
    `suspects`, the entry is in probation. `paused_at` is since when a task is paused (RFC 3339 UTC).
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
    suspects: tuple[Suspect, ...] = ()
    paused_at: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One workspace's records; `serial` rises by one with each write, `lineage` never changes.

    `run` is the last run whose journal is in it. `used_plans` are the nonces of the saved plans
    that were carried out last, so that none is carried out twice. `digest_key` is the random key of the
    digests that stand in the place of secrets; "" where none has been made yet.
    """

    lineage: str = ""
    serial: int = 0
    entries: Mapping[Address, Entry] = field(default_factory=dict)
    run: str = ""
    used_plans: tuple[str, ...] = ()
    digest_key: str = field(default="", repr=False, compare=False)

    def fingerprint(self) -> str:
        """A digest of everything in the state but its key: what a saved plan is bound to."""
        return digest(canonical_json(state_to_json("", replace(self, digest_key=""))))

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


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """The entry as it stands in the file; keys that say nothing are left out."""
    pending = entry.pending
    data: dict[str, Any] = {
        "kind": entry.kind,
        "schemaVersion": entry.schema_version,
        "digest": entry.digest,
        "uses": dict(entry.uses) or None,
        "status": str(entry.status),
        "taskId": request_to_json(entry.task_id),
        "sequenceNumber": entry.sequence_number,
        "startedAt": entry.started_at,
        "pausedAt": entry.paused_at,
        "labels": dict(entry.labels) or None,
        "signed": dict(entry.signed) or None,
        "pending": pending and {"action": pending.action, "at": pending.at, "taskId": pending.task_id},
        "probation": list(map(_suspect_to_json, entry.suspects)) or None,
        "attempted": list(entry.attempted) or None,
        "spec": entry.spec,
    }
    return {key: value for key, value in data.items() if value is not None}


def entry_from_json(data: Any) -> Entry:
    """The inverse of entry_to_json; raises KeyError, TypeError or ValueError on other shapes."""
    task_id = request_from_json(data.get("taskId"))
    pending = _optional(data.get("pending"), dict)
    return Entry(
        kind=_of(data["kind"], str),
        schema_version=_of(data["schemaVersion"], int),
        digest=_of(data["digest"], str),
        status=Status(data["status"]),
        spec=_of(data["spec"], dict),
        labels=_texts(data.get("labels", {})),
        task_id=task_id if isinstance(task_id, TaskIdOf) else _optional(task_id, str),
        sequence_number=_optional(data.get("sequenceNumber"), int),
        started_at=_optional(data.get("startedAt"), str),
        signed=_texts(data.get("signed", {})),
        attempted=tuple(_of(one, dict) for one in _of(data.get("attempted", []), list)),
        pending=None if pending is None else _pending(pending),
        uses=_texts(data.get("uses", {})),
        suspects=tuple(map(_suspect, _of(data.get("probation", []), list))),
        paused_at=_optional(data.get("pausedAt"), str),
    )


def _suspect_to_json(suspect: Suspect) -> dict[str, Any]:
    verb = {} if suspect.verb is Verb.START else {"verb": str(suspect.verb)}
    return {"until": suspect.until, **verb, "spec": suspect.spec}


def _suspect(data: Any) -> Suspect:
    verb = Verb(data.get("verb", Verb.START))
    if verb not in (Verb.START, Verb.STOP, Verb.UPDATE):
        raise ValueError(f"found {verb} where start, stop or update belongs")
    return Suspect(_of(data["until"], str), _of(data["spec"], dict), verb)


def _pending(data: Mapping[str, Any]) -> Pending:
    return Pending(_of(data["action"], str), _of(data["at"], str), _optional(data.get("taskId"), str))


def _of(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"found {type(value).__name__} where {kind.__name__} belongs")
    return value


def _optional(value: Any, kind: type[T]) -> T | None:
    return None if value is None else _of(value, kind)


def _texts(value: Any) -> dict[str, str]:
    return {_of(key, str): _of(item, str) for key, item in _of(value, dict).items()}


def state_to_json(workspace: str, state: State) -> dict[str, Any]:
    """The whole file, its addresses in order, so that a text diff of two states means something."""
    resources = {str(address): entry_to_json(state.entries[address]) for address in sorted(state.entries)}
    run = {"run": state.run} if state.run else {}
    used = {"usedPlans": list(state.used_plans)} if state.used_plans else {}
    key = {"digestKey": state.digest_key} if state.digest_key else {}
    return {
        "formatVersion": FORMAT_VERSION,
        "workspace": workspace,
        "serial": state.serial,
        "lineage": state.lineage,
        **run,
        **used,
        **key,
        "resources": resources,
    }


def state_from_json(data: Any, source: str) -> tuple[str, State]:
    """(workspace, state) of a parsed file; `source` names it in errors. Raises StateError."""
    try:
        version = data["formatVersion"]
        if version != FORMAT_VERSION:
            raise StateError(
                f"{source}: state format {version!r} is not known; this version reads {FORMAT_VERSION}",
                "use the version of reconciler that wrote it, or a newer one",
            )
        entries = {
            Address.parse(address): entry_from_json(entry) for address, entry in data["resources"].items()
        }
        state = State(
            lineage=_of(data["lineage"], str),
            serial=_of(data["serial"], int),
            entries=entries,
            run=_of(data.get("run", ""), str),
            used_plans=tuple(_of(nonce, str) for nonce in _of(data.get("usedPlans", []), list)),
            digest_key=_of(data.get("digestKey", ""), str),
        )
        return _of(data["workspace"], str), state
    except (KeyError, TypeError, ValueError, AttributeError, UsageError) as error:
        raise StateError(
            f"{source}: not a state file of reconciler ({type(error).__name__}: {error})",
            "restore it from version control or a backup; nothing was changed",
        ) from error


def late_until(at: str) -> str:
    """Until when a call that was sent at a moment may still arrive; both RFC 3339 UTC."""
    return rfc3339(unix_seconds(at) + LATE_SECONDS)


def after_unknown(before: Entry | None, intended: Entry | None, pending: Pending, starts: bool) -> Entry:
    """What to record when a call was sent and no answer says what became of it.

    `before` is the entry before the call and `intended` the one had it succeeded. A lost start
    may have made a task: uncertain, with the room and robot it was sent for; unless it was sent
    only to end a suspect, which then is one for as long again. A lost update leaves the task
    running with either spec, or with that of an earlier one whose outcome is unknown; one that has
    no number to be told from later ones by may still undo them. A lost stop may have ended it:
    uncertain. A start of what runs, sent to make sure of it, changes nothing and is sent again.
    """
    begins = starts or _begins(before, intended)
    if begins and before is not None and intended is not None and _is_of_a_suspect(intended):
        until = late_until(pending.at)
        again = tuple(replace(one, until=max(one.until, until)) for one in before.suspects)
        return replace(before, suspects=again)
    if begins and intended is not None:
        return replace(intended, status=Status.UNCERTAIN, task_id=None, pending=pending)
    if before is not None and intended is not None and before.task_id == intended.task_id is not None:
        return replace(
            before,
            sequence_number=intended.sequence_number,
            attempted=_attempts(before, intended),
            signed={**before.signed, **intended.signed},
            suspects=_after_update(before, intended, pending),
        )
    if before is not None and pending.task_id is None and _is_beside(before, intended):
        return replace(before, suspects=_after_looking(before, intended, pending))
    base = before or intended
    if base is None:
        raise StateError("a call was recorded that concerns no resource", "report this as a bug")
    return replace(
        base,
        status=Status.UNCERTAIN,
        task_id=None,
        pending=pending,
        attempted=_attempts(base, intended),
        suspects=_suspects_of(before, intended),
    )


def taken_over(entry: Entry, at: str) -> Entry:
    """What to record of what another start is about to end by its name: that it may run all the same.

    A suspect whose time is over at that moment says so, until the start has succeeded.
    """
    late: tuple[Suspect, ...] = ()
    if entry.pending is not None:
        verb = Verb.START if entry.pending.action.startswith("Start") else Verb.STOP
        late = (Suspect(late_until(entry.pending.at), entry.spec, verb),)
    suspects = (*entry.suspects, *late, Suspect(at, entry.spec))
    return replace(entry, status=Status.ENDED, task_id=None, pending=None, attempted=(), suspects=suspects)


def _attempts(before: Entry, intended: Entry | None) -> tuple[Mapping[str, Any], ...]:
    """The specs that may be in force beside the recorded one, each once.

    A task that was started to be paused has the same spec before its pause as after it.
    """
    if intended is None or intended.spec in before.attempted:
        return before.attempted
    pauses = intended.status is Status.PAUSED is not before.status
    if intended.spec == before.spec and not pauses:
        return before.attempted
    return (*before.attempted, intended.spec)


def _after_update(before: Entry, intended: Entry, pending: Pending) -> tuple[Suspect, ...]:
    """The suspects, and an update that could arrive after a later one and undo it."""
    if intended.sequence_number is not None or not pending.action.startswith("Update"):
        return before.suspects
    return (*before.suspects, Suspect(late_until(pending.at), intended.spec, Verb.UPDATE))


def _is_beside(before: Entry, intended: Entry | None) -> bool:
    """Whether a call was only to look after suspects: of what runs by a name, or of what has ended."""
    if before.status in (Status.STOPPED, Status.ENDED):
        return True
    runs_on = before.status is Status.RUNNING and intended is not None
    return runs_on and intended is not None and intended.status is Status.RUNNING


def _after_looking(before: Entry, intended: Entry | None, pending: Pending) -> tuple[Suspect, ...]:
    """The suspects, to be looked after once more, and what the lost call could do when it comes late.

    One that made sure of what runs by starting it again could start it when it is stopped; one that
    was to end what a suspect had started could end what is started by that name.
    """
    until = late_until(pending.at)
    if pending.action.startswith("Start"):
        again = tuple(replace(one, until=max(one.until, until)) for one in before.suspects)
        return (*again, Suspect(until, (intended or before).spec))
    left = () if intended is None else intended.suspects
    ended = [one for one in before.suspects if one not in left and one.verb is Verb.START]
    return (*before.suspects, *(Suspect(until, one.spec, Verb.STOP) for one in ended))


def _suspects_of(*entries: Entry | None) -> tuple[Suspect, ...]:
    """All suspects of the entries, each once: what is in doubt must not take the place of a doubt."""
    found: list[Suspect] = []
    for entry in entries:
        found += [one for one in (entry.suspects if entry else ()) if one not in found]
    return tuple(found)


def _begins(before: Entry | None, intended: Entry | None) -> bool:
    """Whether a call that is told no TaskId starts something all the same."""
    if before is None or intended is None or intended.status is not Status.RUNNING:
        return False
    return before.status in (Status.STOPPED, Status.ENDED, Status.UNCERTAIN)


def _is_of_a_suspect(intended: Entry) -> bool:
    """Whether a start is not of the entry's own task: that one is known, has ended or is in doubt."""
    known = isinstance(intended.task_id, str)
    return known or intended.status in (Status.STOPPED, Status.ENDED, Status.UNCERTAIN)
