"""States and entries as JSON, and back: a versioned format, which knows neither kinds nor files."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from reconciler.calls import TaskIdOf
from reconciler.errors import StateError, UsageError
from reconciler.late_values import request_from_json, request_to_json
from reconciler.model import Address, Effect, EndReason, OnRemoval, Status, Verb, canonical_json, digest
from reconciler.state.model import Departure, Entry, LateCall, Pending, State, TaskEnd

FORMAT_VERSION = 1
_EFFECTS_BY_NAME = {
    "Start": Effect.START,
    "Update": Effect.UPDATE,
    "Stop": Effect.STOP,
    "Remove": Effect.STOP,
    "Create": Effect.START,
    "Modify": Effect.UPDATE,
    "Delete": Effect.STOP,
}
"""By what the names of actions begin with: only for records of versions that did not record the effect."""

T = TypeVar("T")


def fingerprint(state: State) -> str:
    """A digest of everything in the state but its key: what a saved plan is bound to."""
    return digest(canonical_json(state_to_json("", replace(state, digest_key=""))))


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
        "answeredAt": entry.answered_at,
        "end": entry.end and _end_to_json(entry.end),
        "restarts": list(entry.restarts) or None,
        "labels": dict(entry.labels) or None,
        "annotations": dict(entry.annotations) or None,
        "onRemoval": None if entry.on_removal is OnRemoval.STOP else str(entry.on_removal),
        "signed": dict(entry.signed) or None,
        "signedBy": dict(entry.signed_by) or None,
        "made": dict(entry.made) or None,
        "pending": pending and pending_to_json(pending),
        "moving": entry.departure and _departure_to_json(entry.departure),
        "probation": list(map(_late_call_to_json, entry.late_calls)) or None,
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
        annotations=_texts(data.get("annotations", {})),
        task_id=task_id if isinstance(task_id, TaskIdOf) else _optional(task_id, str),
        sequence_number=_optional(data.get("sequenceNumber"), int),
        started_at=_optional(data.get("startedAt"), str),
        signed=_texts(data.get("signed", {})),
        signed_by=_texts(data.get("signedBy", {})),
        made=_texts(data.get("made", {})),
        attempted=tuple(_of(one, dict) for one in _of(data.get("attempted", []), list)),
        pending=None if pending is None else pending_from_json(pending),
        uses=_texts(data.get("uses", {})),
        late_calls=tuple(map(_late_call, _of(data.get("probation", []), list))),
        paused_at=_optional(data.get("pausedAt"), str),
        departure=_departure(_optional(data.get("moving"), dict)),
        on_removal=OnRemoval(data.get("onRemoval", OnRemoval.STOP)),
        answered_at=_optional(data.get("answeredAt"), str),
        end=_end(_optional(data.get("end"), dict)),
        restarts=tuple(_of(one, str) for one in _of(data.get("restarts", []), list)),
    )


def _end_to_json(end: TaskEnd) -> dict[str, str]:
    return {"reason": str(end.reason), "at": end.at, "evidence": end.evidence}


def _end(data: Mapping[str, Any] | None) -> TaskEnd | None:
    if data is None:
        return None
    return TaskEnd(EndReason(data["reason"]), _of(data["at"], str), _of(data["evidence"], str))


def _late_call_to_json(late_call: LateCall) -> dict[str, Any]:
    verb = {} if late_call.verb is Verb.START else {"verb": str(late_call.verb)}
    return {"until": late_call.until, **verb, "spec": late_call.spec}


def _late_call(data: Any) -> LateCall:
    verb = Verb(data.get("verb", Verb.START))
    if verb not in (Verb.START, Verb.STOP, Verb.UPDATE):
        raise ValueError(f"found {verb}; expected start, stop or update")
    return LateCall(_of(data["until"], str), _of(data["spec"], dict), verb)


def _departure_to_json(departure: Departure) -> dict[str, str]:
    return {
        "move": departure.move,
        "state": departure.state,
        "lineage": departure.lineage,
        "address": str(departure.address),
    }


def _departure(data: Mapping[str, Any] | None) -> Departure | None:
    if data is None:
        return None
    move, state, lineage, address = (_of(data[key], str) for key in ("move", "state", "lineage", "address"))
    return Departure(move, state, lineage, Address.parse(address))


def pending_to_json(pending: Pending) -> dict[str, Any]:
    """The call as it stands in a state and in a journal."""
    return {
        "action": pending.action,
        "at": pending.at,
        "taskId": pending.task_id,
        "effect": str(pending.effect),
    }


def pending_from_json(data: Mapping[str, Any]) -> Pending:
    """The inverse of pending_to_json; raises KeyError, TypeError or ValueError on other shapes."""
    action = _of(data["action"], str)
    effect = Effect(data["effect"]) if "effect" in data else _effect_by_name(action)
    return Pending(action, _of(data["at"], str), _optional(data.get("taskId"), str), effect=effect)


def _effect_by_name(action: str) -> Effect:
    """What a call does that was recorded before its effect was: all actions there were then tell it."""
    for beginning, effect in _EFFECTS_BY_NAME.items():
        if action.startswith(beginning):
            return effect
    return Effect.OTHER


def _of(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"found {type(value).__name__}; expected {kind.__name__}")
    return value


def _optional(value: Any, kind: type[T]) -> T | None:
    return None if value is None else _of(value, kind)


def _texts(value: Any) -> dict[str, str]:
    return {_of(key, str): _of(item, str) for key, item in _of(value, dict).items()}


def state_to_json(workspace: str, state: State) -> dict[str, Any]:
    """The whole file, its addresses in order, so that a text diff of two states means something."""
    resources = {str(address): entry_to_json(state.entries[address]) for address in sorted(state.entries)}
    cloud = {"cloud": state.cloud} if state.cloud else {}
    run = {"run": state.run} if state.run else {}
    used = {"usedPlans": list(state.used_plans)} if state.used_plans else {}
    cleared = {"clearedBy": state.cleared} if state.cleared else {}
    moved = {"movedTo": state.moved} if state.moved else {}
    frozen = {"frozenBy": state.frozen} if state.frozen else {}
    key = {"digestKey": state.digest_key} if state.digest_key else {}
    forgotten = {str(address): state.forgotten[address] for address in sorted(state.forgotten)}
    arrived = {move: str(address) for move, address in sorted(state.arrivals.items())}
    return {
        "formatVersion": FORMAT_VERSION,
        "workspace": workspace,
        "serial": state.serial,
        "lineage": state.lineage,
        **cloud,
        **run,
        **used,
        **cleared,
        **moved,
        **frozen,
        **key,
        **({"arrivals": arrived} if arrived else {}),
        **({"untracked": list(map(str, state.untracked))} if state.untracked else {}),
        **({"forgotten": forgotten} if forgotten else {}),
        "resources": resources,
    }


def state_from_json(data: Any, source: str) -> tuple[str, State]:
    """(workspace, state) of a parsed file; `source` names it in errors. Raises StateError."""
    try:
        version = data["formatVersion"]
        if version != FORMAT_VERSION:
            raise StateError(
                f"{source}: state format {version!r} is not supported; this version reads {FORMAT_VERSION}",
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
            cloud=_of(data.get("cloud", ""), str),
            cleared=_of(data.get("clearedBy", ""), str),
            moved=_of(data.get("movedTo", ""), str),
            arrivals={
                move: Address.parse(address) for move, address in _texts(data.get("arrivals", {})).items()
            },
            frozen=_of(data.get("frozenBy", ""), str),
            untracked=tuple(Address.parse(_of(one, str)) for one in _of(data.get("untracked", []), list)),
            forgotten={
                Address.parse(address): found for address, found in _texts(data.get("forgotten", {})).items()
            },
        )
        return _of(data["workspace"], str), state
    except (KeyError, TypeError, ValueError, AttributeError, UsageError) as error:
        raise not_a_state(source, error) from error


def not_a_state(source: str, error: Exception) -> StateError:
    """That a file, named by `source`, is none of ours, for the reason in the error."""
    return StateError(
        f"{source}: not a reconciler state file ({type(error).__name__}: {error})",
        "restore it from version control or a backup; nothing was changed",
    )
