"""Plans to JSON and back, by what their attributes say of their keys.

What is known of a class is worked out once, before the first value: plans have thousands of changes.
"""

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from reconciler.calls import Action, Call, Request
from reconciler.errors import PlanRefused
from reconciler.late_values import request_from_json, request_to_json
from reconciler.model import Address, Impact, Source, Status, Verb
from reconciler.plan.keys import (
    Context,
    Labels,
    Member,
    Moment,
    Moments,
    Shape,
    Unchanged,
    attributes,
    members,
    shape,
)
from reconciler.plan.model import Plan
from reconciler.plan.status import Condition, Health, StatusReport
from reconciler.state.codec import entry_from_json, entry_to_json
from reconciler.state.model import Entry

FORMAT_VERSION = 1

Actions = Mapping[tuple[str, str], Action]
"""What a saved plan may call, by service and name."""

Encode = Callable[[Any], Any]
Decode = Callable[[Any, Actions], Any]


class Leaf(NamedTuple):
    """A type's JSON: how it is made, None where the value is JSON as it is, and how it is read."""

    encode: Encode | None
    decode: Encode


def _moments(probation: Mapping[Address, str]) -> dict[str, str]:
    return {str(address): until for address, until in sorted(probation.items())}


def _moments_of(data: Any) -> dict[Address, str]:
    return {Address.parse(address): str(until) for address, until in data.items()}


_LEAVES: Mapping[Any, Leaf] = {
    Any: Leaf(None, lambda data: data),
    str: Leaf(None, str),
    bool: Leaf(None, bool),
    int: Leaf(None, int),
    float: Leaf(None, float),
    Address: Leaf(str, Address.parse),
    Verb: Leaf(str, Verb),
    Impact: Leaf(str, Impact),
    Entry: Leaf(entry_to_json, entry_from_json),
    Request: Leaf(request_to_json, request_from_json),
    Context: Leaf(dict, dict),
    Labels: Leaf(dict, dict),
    Moment: Leaf(None, str),
    Moments: Leaf(_moments, _moments_of),
    Unchanged: Leaf(None, lambda summary: int(summary["unchanged"])),
    **{words: Leaf(str, words) for words in (Status, Condition, Health, Source)},
}


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The contract's machine-readable plan."""
    return with_version(encoder(Plan, whole=False)(plan), plan)


def status_to_json(report: StatusReport) -> dict[str, Any]:
    """The machine-readable status."""
    data = encoder(StatusReport, whole=False)(report)
    return {"formatVersion": FORMAT_VERSION, **data, "summary": report.summary()}


def with_version(data: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """A plan's JSON with what no attribute holds: the format's version first, and the summary."""
    return {"formatVersion": FORMAT_VERSION, **data, "summary": plan.summary()}


@cache
def encoder(cls: type, *, whole: bool, but: str = "") -> Encode:
    """What makes the JSON of a class's values, as reports show it or `whole`, as a saved plan has it.

    The value of the key `but` stays as it is.
    """
    rows = [member for member in members(cls) if whole or not member.key.saved]
    kept = [
        (member.key.name, attrgetter(member.path) if member.key.name == but else _reader(member, whole))
        for member in rows
        if not _is_spare(member, whole)
    ]
    spare = [(member.key.name, _reader(member, whole)) for member in rows if _is_spare(member, whole)]

    def encode(value: Any) -> dict[str, Any]:
        data = {key: read(value) for key, read in kept}
        for key, read in spare:
            if found := read(value):
                data[key] = found
        return data

    return encode


def _reader(member: Member, whole: bool) -> Encode:
    """What reads the JSON of a key off the object that has it."""
    get, (form, inner) = attrgetter(member.path), shape(member.type)
    convert = _LEAVES[inner].encode if inner in _LEAVES else encoder(inner, whole=whole)
    if convert is None:
        return get if form is not Shape.LIST else lambda value: [*get(value)]
    if form is Shape.LIST:  # most are empty
        return lambda value: [*map(convert, found)] if (found := get(value)) else []
    if form is Shape.NULLABLE:
        return lambda value: None if (found := get(value)) is None else convert(found)
    return lambda value: convert(get(value))


def _is_spare(member: Member, whole: bool) -> bool:
    """Whether a key is left out where there is nothing to tell; a saved call that is none is null."""
    form, inner = shape(member.type)
    return member.key.optional and not (whole and form is Shape.NULLABLE and inner is Call)


@cache
def decoder(cls: type) -> Decode:
    """What reads the whole JSON of a class's values.

    What it gives raises KeyError, TypeError, ValueError, AttributeError, OverflowError or UsageError for what
    is none, and PlanRefused for a call that is not among the actions.
    """
    if cls is Call:
        return call_from_json
    rows = [
        (member.path, member.key, _decode(member.type), _is_spare(member, True)) for member in attributes(cls)
    ]

    def decode(data: Any, actions: Actions) -> Any:
        return cls(
            **{
                name: read(data if key.inline else data[key.name], actions)
                for name, key, read, spare in rows
                if not spare or key.name in data
            }
        )

    return decode


def _decode(hint: Any) -> Decode:
    form, inner = shape(hint)
    read = _without_actions(_LEAVES[inner].decode) if inner in _LEAVES else decoder(inner)
    if form is Shape.LIST:
        return lambda data, actions: tuple([read(one, actions) for one in data])
    if form is Shape.NULLABLE:
        return lambda data, actions: None if data is None else read(data, actions)
    return read


def _without_actions(decode: Encode) -> Decode:
    return lambda data, actions: decode(data)


def call_from_json(data: Mapping[str, Any], actions: Actions) -> Call:
    """The call that a saved step holds, or one that stands beside it; its action must be one of `actions`."""
    action = actions.get((data["service"], data["action"]))
    if action is None or action.version != data["version"]:
        raise PlanRefused(
            f"the plan calls {data['service']} {data['action']} {data['version']}, which no kind of this "
            "version uses",
            "make a new plan with this version of reconciler",
        )
    return Call(action, str(data["region"]), request_from_json(data["request"]))
