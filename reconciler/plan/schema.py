"""JSON Schema (2020-12) of the machine-readable plan, of drift, of a saved plan, and of a status report.

It follows from what the attributes of a plan say of their keys. New keys may come, so what is not listed is
allowed; what is required is there in every plan.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.calls import Call, Request
from reconciler.model import Address, Impact, Source, Status, Verb
from reconciler.plan.codec import FORMAT_VERSION
from reconciler.plan.keys import Context, Labels, Member, Moment, Moments, Shape, Unchanged, members, shape
from reconciler.plan.model import Change, Expiry, LikelyRename, PlannedField, Refusal, Selection, Step
from reconciler.plan.saved import SavedPlan
from reconciler.plan.status import Condition, Health, ResourceStatus, StatusReport
from reconciler.state.model import Entry
from reconciler.state.seal import KEY

Node = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = "https://reconciler.example/schema/plan.json"
STATUS_NAME = "https://reconciler.example/schema/status.json"

_TEXT: Node = {"type": "string"}
_COUNT: Node = {"type": "integer", "minimum": 0}
_MOMENT: Node = {"type": "string", "format": "date-time", "description": "RFC 3339, in UTC"}
_OBJECT: Node = {"type": "object"}
_COUNTS: Node = {str(verb): _COUNT for verb in Verb}
_ADDRESS: Node = {
    "type": "string",
    "pattern": "^[A-Z][A-Za-z0-9]*/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
}

_NODES: Mapping[Any, Node] = {
    Any: {},
    str: _TEXT,
    bool: {"type": "boolean"},
    int: _COUNT,
    float: {"type": "number", "minimum": 0},
    Address: {"$ref": "#/$defs/address"},
    Impact: {"$ref": "#/$defs/impact"},
    Verb: {"enum": [str(verb) for verb in Verb]},
    Entry: _OBJECT,
    Request: _OBJECT,
    Context: _OBJECT,
    Labels: {"type": "object", "additionalProperties": _TEXT},
    **{
        words: {"type": "string", "enum": [*map(str, words)]} for words in (Status, Condition, Health, Source)
    },
    Moment: _MOMENT,
    Moments: {
        "type": "object",
        "propertyNames": {"$ref": "#/$defs/address"},
        "additionalProperties": _MOMENT,
    },
    Unchanged: {
        "type": "object",
        "properties": {**_COUNTS, "unobservable": {**_COUNT, "description": "drift only"}},
        "required": list(_COUNTS),
    },
}
_NAMES: Mapping[Any, str] = {
    Change: "change",
    PlannedField: "field",
    Step: "call",
    Call: "call",
    Refusal: "refusal",
    Expiry: "expiry",
    LikelyRename: "likelyRename",
    Selection: "selection",
    ResourceStatus: "resource",
}
_DRIFT: Mapping[str, Node] = {
    "status": {**_TEXT, "description": "drift only: the observed status"},
    "recorded": {**_TEXT, "description": "drift only: the recorded status"},
    "since": {"type": ["string", "null"], "description": "drift only: when the recorded status began"},
    "evidence": {**_TEXT, "description": "drift only: the source of the status"},
}
"""What drift adds to each change."""

_LATER = {"renewal", "entry"}
"""Listed after what they stand before in a plan: the schema is published, and its text stays."""


def plan_schema() -> Node:
    """The schema, with a definition for each part."""
    return {
        "$schema": DIALECT,
        "$id": NAME,
        "title": "A plan, a drift report or a saved plan of reconciler",
        **_plan(),
        "$defs": {
            "address": _ADDRESS,
            "impact": {"enum": [str(impact) for impact in Impact]},
            "change": _object(Change, _DRIFT),
            "field": _object(PlannedField),
            "call": _object(Step),
            "refusal": _object(Refusal),
            "expiry": _object(Expiry),
            "likelyRename": _object(LikelyRename),
            "selection": _object(Selection),
        },
    }


def status_schema() -> Node:
    """The schema of `status --format json`."""
    node, counts = _object(StatusReport), StatusReport(workspace="", at="", serial=0, lineage="").summary()
    summary = {"type": "object", "properties": dict.fromkeys(counts, _COUNT), "required": [*counts]}
    return {
        "$schema": DIALECT,
        "$id": STATUS_NAME,
        "title": "A status report of reconciler",
        **node,
        "properties": {
            "formatVersion": {"const": FORMAT_VERSION},
            **node["properties"],
            "summary": {**summary, "description": "the number of resources by status and by health"},
        },
        "required": ["formatVersion", *node["required"], "summary"],
        "$defs": {
            "address": _ADDRESS,
            "resource": _object(ResourceStatus),
            "expiry": _object(Expiry),
            "selection": _object(Selection),
        },
    }


def _plan() -> Node:
    node = _object(SavedPlan)
    checksum = {**_TEXT, "description": "saved plans only"}
    return {
        **node,
        "properties": {"formatVersion": {"const": FORMAT_VERSION}, **node["properties"], KEY: checksum},
        "required": ["formatVersion", *node["required"]],
    }


def _object(cls: type, beside: Mapping[str, Node] | None = None) -> Node:
    """What every plan has, what stands `beside` it, and what only saved plans have."""
    rows = sorted(members(cls), key=lambda member: member.key.name in _LATER)
    shown = [member for member in rows if not member.key.saved]
    saved = [member for member in rows if member.key.saved]
    return {
        "type": "object",
        "properties": {**_properties(shown), **(beside or {}), **_properties(saved)},
        "required": [member.key.name for member in shown if not member.key.optional],
    }


def _properties(rows: list[Member]) -> Node:
    return {member.key.name: _property(member) for member in rows}


def _property(member: Member) -> Node:
    node, text = _node(member.type), member.key.description
    return {**node, "description": text} if text else node


def _node(hint: Any) -> Node:
    form, inner = shape(hint)
    node = _NODES[inner] if inner in _NODES else {"$ref": f"#/$defs/{_NAMES[inner]}"}
    if form is Shape.LIST:
        return {"type": "array", "items": node}
    if form is Shape.NULLABLE:
        null = "null"
        words = {"enum": [*node["enum"], None]} if "enum" in node else {}
        return (
            {**node, "type": [node["type"], null], **words}
            if "type" in node
            else {"anyOf": [node, {"type": null}]}
        )
    return node
