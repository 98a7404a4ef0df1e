"""JSON Schema (2020-12) of the machine-readable plan, of drift, and of a saved plan.

New keys may come, so what is not listed is allowed; what is required is there in every plan.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.model import Impact, Verb
from reconciler.plan import FORMAT_VERSION

Node = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = "https://reconciler.example/schema/plan.json"
_TEXT: Node = {"type": "string"}
_FLAG: Node = {"type": "boolean"}
_COUNT: Node = {"type": "integer", "minimum": 0}
_MOMENT: Node = {"type": "string", "format": "date-time", "description": "RFC 3339, in UTC"}


def plan_schema() -> Node:
    """The schema, with a definition for each part."""
    return {
        "$schema": DIALECT,
        "$id": NAME,
        "title": "A plan, drift or a saved plan of reconciler",
        **_plan(),
        "$defs": {
            "address": {"type": "string", "pattern": "^[A-Z][A-Za-z0-9]*/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},
            "impact": {"enum": [str(impact) for impact in Impact]},
            "change": _change(),
            "field": _field(),
            "call": _call(),
            "refusal": _refusal(),
            "expiry": _expiry(),
        },
    }


def _plan() -> Node:
    counts = {str(verb): _COUNT for verb in Verb}
    summary = _object({**counts, "unobservable": _told(_COUNT, "only of drift")}, optional={"unobservable"})
    return _object(
        {
            "formatVersion": {"const": FORMAT_VERSION},
            "workspace": _TEXT,
            "stateSerial": _told(_COUNT, "of the state it was made from; 0 is none"),
            "stateLineage": _told(_TEXT, "of that state; empty for none"),
            "changes": _told(_list(_ref("change")), "in the order they are made; none that is unchanged"),
            "summary": _told(summary, "how many changes of each verb, and how many resources without one"),
            "etaSeconds": {"type": "number", "minimum": 0, "description": "at the API's pace"},
            "warnings": _list(_TEXT),
            "probation": {
                "type": "object",
                "propertyNames": _ref("address"),
                "additionalProperties": _MOMENT,
                "description": "until when a start that was never answered may still arrive",
            },
            "refusals": _list(_ref("refusal")),
            "expiries": _told(_list(_ref("expiry")), "what ends by itself, the first to end first"),
            "toolVersion": _told(_TEXT, "only saved"),
            "nonce": _told(_TEXT, "only saved"),
            "validUntil": _told(_TEXT, "only saved"),
            "context": {"type": "object", "description": "only saved: what else it is bound to"},
            "stateFingerprint": _told(_TEXT, "only saved"),
            "checksum": _told(_TEXT, "only saved"),
        },
        optional={"toolVersion", "nonce", "validUntil", "context", "stateFingerprint", "checksum"},
    )


def _change() -> Node:
    verb = {"enum": [str(verb) for verb in Verb], "description": "`unchanged` stands only in drift"}
    saved = {"type": ["object", "null"], "description": "only saved: what the state records"}
    return _object(
        {
            "address": _ref("address"),
            "verb": verb,
            "impact": _ref("impact"),
            "visible": _told(_FLAG, "whether viewers see or hear it"),
            "reason": _told(_TEXT, "for people; nothing is steered by it"),
            "fields": _list(_ref("field")),
            "calls": _told(_list(_ref("call")), "in the order they are sent"),
            "after": _told(_list(_ref("address")), "whose changes must have succeeded first"),
            "because": _told(_list(_ref("address")), "the other documents it follows from"),
            "takesOver": _told(
                _list(_ref("address")), "those whose push it takes by its name; their records end with it"
            ),
            "renewal": _told(_FLAG, "made before something ends by itself"),
            "status": _told(_TEXT, "only of drift: how it stands"),
            "recorded": _told(_TEXT, "only of drift: how it is recorded"),
            "since": {"type": ["string", "null"], "description": "only of drift: since when it is recorded"},
            "evidence": _told(_TEXT, "only of drift: who says so"),
            "before": saved,
            "entry": saved,
        },
        optional={"status", "recorded", "since", "evidence", "before", "entry"},
    )


def _field() -> Node:
    return _object(
        {
            "path": _told(_TEXT, "from `spec`"),
            "before": {"description": "any value; null where it is absent"},
            "after": {"description": "any value; null where it is absent"},
            "impact": _ref("impact"),
            "visible": _FLAG,
            "why": _told(_TEXT, "why the impact is graver than another value's would be"),
            "hits": _told(_TEXT, "the push or room that is interrupted, of several"),
        },
        optional={"why", "hits"},
    )


def _call() -> Node:
    other = {"anyOf": [_ref("call"), {"type": "null"}]}
    saved = {
        "version": _TEXT,
        "region": _TEXT,
        "request": {"type": "object", "description": "only saved: secrets are references"},
        "id": _TEXT,
        "goneIsDone": _FLAG,
        "existsIsDone": _FLAG,
        "entry": {"type": ["object", "null"]},
    }
    return _object(
        {
            "service": _TEXT,
            "action": _TEXT,
            "ifTaskExists": _told(other, "sent before it is sent again, if a task is there already"),
            "ifTaskGone": _told(other, "sent instead, if the task has ended"),
            **saved,
        },
        optional={"ifTaskExists", "ifTaskGone", *saved},
    )


def _refusal() -> Node:
    return _object({"gate": _TEXT, "message": _TEXT, "addresses": _list(_ref("address"))})


def _expiry() -> Node:
    return _object(
        {
            "address": _ref("address"),
            "what": _TEXT,
            "at": _MOMENT,
            "note": _told(_TEXT, "what follows from it"),
            "soon": _told(_FLAG, "whether the plan warns of it"),
        }
    )


def _object(properties: Mapping[str, Node], optional: set[str] | None = None) -> Node:
    required = [name for name in properties if name not in (optional or set())]
    return {"type": "object", "properties": dict(properties), "required": required}


def _list(item: Node) -> Node:
    return {"type": "array", "items": item}


def _ref(name: str) -> Node:
    return {"$ref": f"#/$defs/{name}"}


def _told(node: Node, text: str) -> Node:
    return {**node, "description": text}
