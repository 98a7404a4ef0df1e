"""A plan is a value: every change with its reason, impact and complete calls, and its JSON.

The same value is reported and carried out. Its JSON for reports names the calls; the saved
plan's also holds their whole requests, with secrets as references.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.errors import PlanRefused, UsageError
from reconciler.model import (
    Action,
    Address,
    Call,
    Impact,
    TaskIdOf,
    Verb,
    in_clear,
    referred,
    request_from_json,
    request_to_json,
)
from reconciler.state import Entry, entry_from_json, entry_to_json

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class PlannedField:
    """One field's change: its path from `spec`, and what changing it does.

    `why` tells why the impact is graver than another value's would be; `hits` names the push or
    the room that is interrupted, where it is one of several. Both are empty where there is nothing to tell.
    """

    path: str
    before: Any
    after: Any
    impact: Impact
    visible: bool
    why: str = ""
    hits: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One call and what is recorded once it has succeeded; `entry` None drops the record.

    Inside `entry`, `task_id` may be the placeholder of a TaskId that this or an earlier step
    is told, and `started_at` None means the moment of this step. Where `gone_is_done`,
    the answer that the task has ended already is as good as success, and where `exists_is_done` that
    it is there already, and nothing has changed then. `fence` is sent, and then
    the call once more, if the answer is that a task is there already. `anew` is sent if the answer
    is that the task has ended: a start whose TaskId takes the place of the one in `entry`.
    """

    id: str
    call: Call
    entry: Entry | None
    gone_is_done: bool = False
    fence: Call | None = None
    anew: Call | None = None
    exists_is_done: bool = False

    def renewed(self) -> "Step":
        """The step that `anew` makes, for which there must be one."""
        if self.anew is None or self.entry is None:
            raise ValueError(f"{self.id} starts nothing anew")
        name = f"{self.id}+"
        fresh = replace(self.entry, task_id=TaskIdOf(name), sequence_number=None, started_at=None, signed={})
        return Step(name, self.anew, fresh)


@dataclass(frozen=True, slots=True)
class Change:
    """One resource's difference, and how it is made to vanish.

    `before` is the entry it starts from and `entry` the one it ends with; a change without steps
    only changes the record. `after` are the addresses whose changes must have succeeded first.
    `because` are the documents other than its own whose change it follows from. `renewal` tells that
    nothing is wanted otherwise: it is made before something ends by itself. It `takes_over` the names of
    those that do not give them up before: what they have ends with its start, and is recorded as ended.
    """

    address: Address
    verb: Verb
    impact: Impact
    visible: bool
    reason: str
    fields: tuple[PlannedField, ...] = ()
    steps: tuple[Step, ...] = ()
    entry: Entry | None = None
    before: Entry | None = None
    after: tuple[Address, ...] = ()
    because: tuple[Address, ...] = ()
    renewal: bool = False
    takes_over: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a plan is not carried out as it is: the gate, what to tell, and the resources it is about."""

    gate: str
    message: str
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Expiry:
    """What ends by itself: of which resource, when (RFC 3339 UTC), and what follows from it.

    `soon` tells that a plan warns of it.
    """

    address: Address
    what: str
    at: str
    note: str
    soon: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in the order they are made, bound to the state they were planned against.

    `probation` has, by address, until when (RFC 3339 UTC) a start that was never answered may still arrive.
    `expiries` is the calendar of what ends by itself, the first to end first. `texts` has what the manifests
    say in clear, by the text with digests that stands for it in the plan: shown and written nowhere.
    """

    workspace: str
    lineage: str
    serial: int
    fingerprint: str
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    eta_seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    probation: Mapping[Address, str] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    expiries: tuple[Expiry, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def in_clear(self) -> tuple[Address, ...]:
        """The resources with a change whose calls or records take what only `texts` has in full."""
        return tuple(change.address for change in self.changes if self._takes_texts(change))

    def _takes_texts(self, change: Change) -> bool:
        calls = (call for step in change.steps for call in (step.call, step.fence, step.anew) if call)
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


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan on disk, with what else it is bound to: the tool's version and the endpoint's name.

    `nonce` is different for every saved plan, so that each is carried out once. After `valid_until`
    (RFC 3339 UTC) it is too old: what it stops by a TaskId may be known by it no more.
    """

    plan: Plan
    tool_version: str
    context: Mapping[str, Any] = field(default_factory=dict)
    nonce: str = ""
    valid_until: str = ""


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The contract's machine-readable plan."""
    return _plan_json(plan, [_change_json(change, whole=False) for change in plan.changes])


def saved_to_json(saved: SavedPlan) -> dict[str, Any]:
    """The saved plan: the same shape, with everything that carrying it out needs."""
    data = saved_in_parts(saved)
    return {**data, "changes": list(data["changes"])}


def saved_in_parts(saved: SavedPlan) -> dict[str, Any]:
    """The saved plan, whose `changes` are an iterator: all of them at once are many times the plan itself."""
    changes = (_change_json(change, whole=True) for change in saved.plan.changes)
    return {
        **_plan_json(saved.plan, changes),
        "toolVersion": saved.tool_version,
        "nonce": saved.nonce,
        "validUntil": saved.valid_until,
        "context": dict(saved.context),
        "stateFingerprint": saved.plan.fingerprint,
    }


def _plan_json(plan: Plan, changes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        "formatVersion": FORMAT_VERSION,
        "workspace": plan.workspace,
        "stateSerial": plan.serial,
        "stateLineage": plan.lineage,
        "changes": changes,
        "summary": plan.summary(),
        "etaSeconds": plan.eta_seconds,
        "warnings": list(plan.warnings),
        "probation": {str(address): until for address, until in sorted(plan.probation.items())},
        "refusals": [_refusal_json(refusal) for refusal in plan.refusals],
        "expiries": [_expiry_json(expiry) for expiry in plan.expiries],
    }


def _expiry_json(expiry: Expiry) -> dict[str, Any]:
    return {
        "address": str(expiry.address),
        "what": expiry.what,
        "at": expiry.at,
        "note": expiry.note,
        "soon": expiry.soon,
    }


def _expiry_from_json(data: Mapping[str, Any]) -> Expiry:
    address = Address.parse(data["address"])
    return Expiry(address, str(data["what"]), str(data["at"]), str(data["note"]), bool(data["soon"]))


def _refusal_json(refusal: Refusal) -> dict[str, Any]:
    return {
        "gate": str(refusal.gate),
        "message": refusal.message,
        "addresses": [str(address) for address in refusal.addresses],
    }


def _refusal_from_json(data: Mapping[str, Any]) -> Refusal:
    addresses = tuple(map(Address.parse, data["addresses"]))
    return Refusal(str(data["gate"]), str(data["message"]), addresses)


def _change_json(change: Change, *, whole: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "address": str(change.address),
        "verb": str(change.verb),
        "impact": str(change.impact),
        "visible": change.visible,
        "reason": change.reason,
        "fields": [_field_json(planned) for planned in change.fields],
        "calls": [_step_json(step) if whole else _named(step) for step in change.steps],
        "after": [str(address) for address in change.after],
        "because": [str(address) for address in change.because],
        "renewal": change.renewal,
        "takesOver": [str(address) for address in change.takes_over],
    }
    if whole:
        data["entry"] = change.entry and entry_to_json(change.entry)
        data["before"] = change.before and entry_to_json(change.before)
    return data


def _field_json(planned: PlannedField) -> dict[str, Any]:
    return {
        "path": planned.path,
        "before": planned.before,
        "after": planned.after,
        "impact": str(planned.impact),
        "visible": planned.visible,
        **{name: text for name, text in (("why", planned.why), ("hits", planned.hits)) if text},
    }


def _field_from_json(data: Mapping[str, Any]) -> PlannedField:
    told = {name: str(data[name]) for name in ("why", "hits") if name in data}
    return PlannedField(
        data["path"], data["before"], data["after"], Impact(data["impact"]), data["visible"], **told
    )


def _call_name(call: Call) -> dict[str, Any]:
    return {"service": call.action.service, "action": call.action.name}


def _named(step: Step) -> dict[str, Any]:
    """The call by name; what is sent only after a certain answer stands beside it."""
    fence = {} if step.fence is None else {"ifTaskExists": _call_name(step.fence)}
    anew = {} if step.anew is None else {"ifTaskGone": _call_name(step.anew)}
    return {**_call_name(step.call), **fence, **anew}


def _step_json(step: Step) -> dict[str, Any]:
    return {
        **_whole_call(step.call),
        "id": step.id,
        "goneIsDone": step.gone_is_done,
        "existsIsDone": step.exists_is_done,
        "ifTaskExists": step.fence and _whole_call(step.fence),
        "ifTaskGone": step.anew and _whole_call(step.anew),
        "entry": step.entry and entry_to_json(step.entry),
    }


def _whole_call(call: Call) -> dict[str, Any]:
    return {
        **_call_name(call),
        "version": call.action.version,
        "region": call.region,
        "request": request_to_json(call.request),
    }


def saved_from_json(data: Any, actions: Mapping[tuple[str, str], Action]) -> SavedPlan:
    """The inverse of saved_to_json; knows only the `actions` that kinds have.

    Raises PlanRefused for anything that is not a saved plan of this format.
    """
    try:
        if data["formatVersion"] != FORMAT_VERSION:
            raise PlanRefused(f"plan format {data['formatVersion']!r} is not known", "make a new plan")
        changes = tuple(_change_from_json(change, actions) for change in data["changes"])
        _check_order(changes)
        plan = Plan(
            workspace=str(data["workspace"]),
            lineage=str(data["stateLineage"]),
            serial=int(data["stateSerial"]),
            fingerprint=str(data["stateFingerprint"]),
            changes=changes,
            unchanged=int(data["summary"]["unchanged"]),
            eta_seconds=float(data["etaSeconds"]),
            warnings=tuple(map(str, data["warnings"])),
            probation={Address.parse(one): str(until) for one, until in data["probation"].items()},
            refusals=tuple(map(_refusal_from_json, data["refusals"])),
            expiries=tuple(map(_expiry_from_json, data["expiries"])),
        )
        if not isinstance(data["nonce"], str):
            raise TypeError("the nonce is not a text")
        if not isinstance(data["validUntil"], str):
            raise TypeError("validUntil is not a text")
        version, context = str(data["toolVersion"]), dict(data["context"])
        return SavedPlan(plan, version, context, data["nonce"], data["validUntil"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, UsageError) as error:
        raise PlanRefused(
            f"not a saved plan of reconciler ({type(error).__name__}: {error})",
            "make one with `reconciler plan --out FILE`",
        ) from error


def _check_order(changes: tuple[Change, ...]) -> None:
    """What a change waits for stands before it; else it would wait for ever."""
    seen: set[Address] = set()
    for change in changes:
        if change.address in seen or not seen.issuperset(change.after):
            raise PlanRefused(f"the plan's order of {change.address} cannot be", "make a new plan")
        seen.add(change.address)


def _change_from_json(data: Mapping[str, Any], actions: Mapping[tuple[str, str], Action]) -> Change:
    return Change(
        address=Address.parse(data["address"]),
        verb=Verb(data["verb"]),
        impact=Impact(data["impact"]),
        visible=bool(data["visible"]),
        reason=str(data["reason"]),
        fields=tuple(map(_field_from_json, data["fields"])),
        steps=tuple(_step_from_json(step, actions) for step in data["calls"]),
        entry=_entry(data["entry"]),
        before=_entry(data["before"]),
        after=tuple(map(Address.parse, data["after"])),
        because=tuple(map(Address.parse, data["because"])),
        renewal=bool(data["renewal"]),
        takes_over=tuple(map(Address.parse, data["takesOver"])),
    )


def _step_from_json(data: Mapping[str, Any], actions: Mapping[tuple[str, str], Action]) -> Step:
    fence, anew = data["ifTaskExists"], data["ifTaskGone"]
    return Step(
        id=str(data["id"]),
        call=_call_from_json(data, actions),
        entry=_entry(data["entry"]),
        gone_is_done=bool(data["goneIsDone"]),
        fence=None if fence is None else _call_from_json(fence, actions),
        anew=None if anew is None else _call_from_json(anew, actions),
        exists_is_done=bool(data["existsIsDone"]),
    )


def _call_from_json(data: Mapping[str, Any], actions: Mapping[tuple[str, str], Action]) -> Call:
    action = actions.get((data["service"], data["action"]))
    if action is None or action.version != data["version"]:
        raise PlanRefused(
            f"the plan calls {data['service']} {data['action']} {data['version']}, which no kind does",
            "make a new plan with this version of reconciler",
        )
    return Call(action, str(data["region"]), request_from_json(data["request"]))


def _entry(data: Any) -> Entry | None:
    return None if data is None else entry_from_json(data)
