"""A saved plan: what it is bound to, how it is sealed, how long it holds, and when it is refused.

It is carried out as it is, once, by the version that made it, on the state that it was made from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from reconciler.errors import PlanRefused, Problem, UsageError
from reconciler.model import Address
from reconciler.moments import rfc3339
from reconciler.plan.codec import FORMAT_VERSION, Actions, decoder, encoder, with_version
from reconciler.plan.keys import Context, Key
from reconciler.plan.model import Change, Plan
from reconciler.state.model import Entry, State
from reconciler.state.seal import Damaged, unseal

PLAN_SECONDS = 7 * 86400
RENEWAL_SECONDS = 3600
_NEW = "make a new plan"
_TOLD = 10
"""So many resources and places are told of what keeps a plan from being saved."""

_MARKS = (b'"checksum"', b'"stateFingerprint"', b'"toolVersion"', b'"stateLineage"')
"""What a saved plan has and a manifest has not: one of them is left in it whatever befell the file."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan on disk, with what else it is bound to: the tool's version, the endpoint and the state's place.

    `nonce` is different for every saved plan, so that each is carried out once. After `valid_until`
    (RFC 3339 UTC) it is too old: what it stops by a TaskId may be known by it no more.
    """

    plan: Annotated[Plan, Key(inline=True)]
    tool_version: Annotated[str, Key("saved plans only", saved=True)]
    context: Annotated[
        Context, Key("saved plans only: what else the plan is bound to", saved=True, place=1)
    ] = field(default_factory=dict)
    nonce: Annotated[str, Key("saved plans only", saved=True)] = ""
    valid_until: Annotated[str, Key("saved plans only", saved=True)] = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a saved plan is carried out: the endpoint's name, and the state's place as it was given."""

    endpoint: str
    state: str

    def context(self) -> Mapping[str, Any]:
        """The context of a plan that is bound so."""
        return {"endpoint": self.endpoint, "state": self.state}


def valid_until(plan: Plan, handle_ends: Callable[[Address, Entry], float | None], now: float) -> str:
    """Until when a saved plan holds (RFC 3339 UTC): a week, or less where its calls go out of date.

    A renewal is meant for the window that is open now, and a TaskId ends on its thirtieth day:
    `handle_ends` says when that of an entry does, in unix seconds as `now` is.
    """
    ends = [now + PLAN_SECONDS]
    for change in plan.changes:
        for entry in filter(None, (change.before, change.entry)):
            handle = handle_ends(change.address, entry)
            if handle and handle > now:
                ends.append(handle)
        if change.renewal:
            ends.append(now + RENEWAL_SECONDS)
    return rfc3339(min(ends))


def check_savable(plan: Plan, places: tuple[Problem, ...]) -> None:
    """Raises PlanRefused for a plan that would hold a secret: a saved one holds whole requests.

    `places` are where manifests have secrets in clear.
    """
    concerned = plan.in_clear()
    if not concerned:
        return
    names = [str(address) for address in concerned]
    more = [f"{len(names) - _TOLD} more"] if len(names) > _TOLD else []
    raise PlanRefused(
        "cannot save the plan: it would contain plain-text secrets from the manifests of "
        f"{', '.join([*names[:_TOLD], *more])}",
        "use references instead, or apply without saving the plan:\n"
        + "\n".join(f"    {place}" for place in places[:_TOLD]),
    )


def saved_to_json(saved: SavedPlan) -> dict[str, Any]:
    """The saved plan: the shape of any plan, with everything that carrying it out needs."""
    data = saved_in_parts(saved)
    return {**data, "changes": list(data["changes"])}


def saved_in_parts(saved: SavedPlan) -> dict[str, Any]:
    """The saved plan, whose `changes` are an iterator: all of them at once are many times the plan itself."""
    data = with_version(encoder(SavedPlan, whole=True, but="changes")(saved), saved.plan)
    return {**data, "changes": map(encoder(Change, whole=True), saved.plan.changes)}


def saved_from_json(data: Any, actions: Actions) -> SavedPlan:
    """The inverse of saved_to_json; knows only the `actions` that kinds have.

    Raises PlanRefused for anything that is not a saved plan of this format.
    """
    try:
        if data["formatVersion"] != FORMAT_VERSION:
            raise PlanRefused(f"plan format {data['formatVersion']!r} is not supported", _NEW)
        saved: SavedPlan = decoder(SavedPlan)(data, actions)
        _check_order(saved.plan.changes)
        if not isinstance(data["nonce"], str):
            raise TypeError("the nonce is not a string")
        if not isinstance(data["validUntil"], str):
            raise TypeError("validUntil is not a string")
        return saved
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, UsageError) as error:
        raise PlanRefused(
            f"not a saved plan ({type(error).__name__}: {error})",
            "make one with `reconciler plan --out FILE`",
        ) from error


def _check_order(changes: tuple[Change, ...]) -> None:
    """What a change waits for stands before it; else it would wait for ever."""
    seen: set[Address] = set()
    for change in changes:
        if change.address in seen or not seen.issuperset(change.after):
            raise PlanRefused(f"the plan has an impossible order of changes at {change.address}", _NEW)
        seen.add(change.address)


def read_plan(data: bytes, source: str, actions: Actions) -> SavedPlan | None:
    """The saved plan that a file holds; None if there is no sign of one in it.

    `source` names the file in errors. Raises PlanRefused for a plan that is not as it was saved.
    """
    if not any(mark in data for mark in _MARKS):
        return None
    try:
        sealed = unseal(data)
    except Damaged as error:
        raise PlanRefused(f"{source}: the plan is damaged: {error}", _NEW) from error
    if not sealed.checksum:
        raise PlanRefused(f"{source}: the plan has no checksum", _NEW)
    saved = saved_from_json(sealed.value, actions)
    if not saved.nonce:
        raise PlanRefused(f"{source}: not a saved plan (no nonce)", _NEW)
    return saved


def binding_of(saved: SavedPlan, tool_version: str, checked_endpoint: Callable[[str], str]) -> Binding:
    """Where a plan is carried out; raises PlanRefused for one of another version of this tool.

    `checked_endpoint` gives an endpoint's name back, and raises ValueError for what is none.
    """
    if saved.tool_version != tool_version:
        raise PlanRefused(
            f"the plan was made by reconciler {saved.tool_version}; this is {tool_version}",
            "make a new plan with this version",
        )
    try:
        endpoint, state = checked_endpoint(str(saved.context["endpoint"])), saved.context["state"]
        if not isinstance(state, str):
            raise TypeError("the state's location is not a string")
    except (KeyError, TypeError, ValueError) as error:
        raise PlanRefused(f"the plan's context is invalid: {error}", _NEW) from error
    return Binding(endpoint, state)


def check_cloud(plan: Plan, cloud: str) -> None:
    """Raises PlanRefused for a plan that was made for another cloud than its calls would go to now."""
    if plan.cloud and plan.cloud != cloud:
        raise PlanRefused(
            f"the plan was made for {plan.cloud}, but its calls would now go to {cloud}",
            "set RECONCILER_ENDPOINT as it was when the plan was made, or make a new plan",
        )


def elsewhere(binding: Binding, given: str) -> PlanRefused:
    """Why a plan that was made where there was no state yet is not carried out in another place."""
    return PlanRefused(
        f"the plan was made for {binding.state}, which had no state yet; using {given} instead would let it "
        "be applied twice",
        f"remove --state, or make a new plan with --state {given}",
    )


def fitting(saved: SavedPlan, state: State, version: tuple[str, int, str], now: float) -> Plan:
    """The plan, if it may be carried out on the state as it is, at `now` (unix seconds); else PlanRefused.

    `version` is the state's, as its store tells it.
    """
    plan = saved.plan
    if saved.valid_until < rfc3339(now):
        raise PlanRefused(
            f"the plan expired at {saved.valid_until or '(no time given)'}",
            "make a new plan: tasks and TaskIds may have expired since",
        )
    if saved.nonce in state.used_plans:
        raise PlanRefused(
            "this plan was already applied; a plan can be applied once",
            "make a new plan to see what is left to do",
        )
    if tuple(version) != (plan.lineage, plan.serial, plan.fingerprint):
        raise PlanRefused(
            f"the plan was made for serial {plan.serial} of lineage {plan.lineage or '(none)'}, but the "
            f"state is at serial {state.serial} of lineage {state.lineage or '(none)'}",
            "the state has changed since: make a new plan",
        )
    return plan
