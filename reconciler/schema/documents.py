"""Models -> JSON Schema (2020-12) of one kind's documents, and of any document of a manifest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from reconciler.kinds import KINDS, SETTINGS
from reconciler.kinds.base import Kind
from reconciler.kinds.forms import Node
from reconciler.kinds.marks import Model, models_in
from reconciler.schema.effects import effect
from reconciler.schema.meanings import summary
from reconciler.schema.remarks import default_of, describe
from reconciler.schema.survey import Around, Field, around, fields
from reconciler.schema.types import type_node

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://reconciler.example/schema"
"""What the schemas' names begin with; nothing is fetched from there."""


@dataclass(slots=True)
class _Definitions:
    """The definitions of one schema, by the names of their models.

    A model that is told otherwise in another place has a number after its name there.
    """

    found: dict[str, Node] = field(default_factory=dict)

    def put(self, name: str, node: Node, *, partial: bool = False) -> Node:
        """A reference to the node, or to an equal one of the same model."""
        known = {key: one for key, one in self.found.items() if key.partition("-")[0] == name}
        key = next((key for key, one in known.items() if one == node), "")
        if not key:
            name += "-partial" if partial else ""
            numbered = (f"{name}-{number}" if number > 1 else name for number in range(1, len(known) + 2))
            key = next(one for one in numbered if one not in known)
            self.found[key] = node
        return {"$ref": f"#/$defs/{key}"}

    def model(self, model: type[Model], here: Around, *, partial: bool = False) -> Node:
        """A reference to what a model's mapping may hold; one that is partial needs nothing."""
        inside = list(fields(model, here))
        required = [one.facts.alias for one in inside if one.info.is_required() and not partial]
        extra = model.model_config.get("json_schema_extra")
        node = {
            "type": "object",
            "properties": {one.facts.alias: self.field(one, partial) for one in inside},
            **({"required": required} if required else {}),
            "additionalProperties": False,
            **(extra if isinstance(extra, Mapping) else {}),
        }
        return self.put(model.__name__, node, partial=partial and _needs(model))

    def field(self, one: Field, partial: bool) -> Node:
        """What one field may hold, and what is known of it."""
        node = type_node(
            one.info.annotation,
            tuple(one.info.metadata),
            lambda model: self.model(model, _inside(model, one), partial=partial),
        )
        api = one.facts.api
        noted = {
            "x-api": ", ".join(one.around.at) if not one.inner else "",
            "x-site": api.only.value if api.only else "",
            "x-impact": effect(one),
        }
        return {"description": describe(one), **node, **default_of(one), **_given(noted)}


def _needs(model: type[Model]) -> bool:
    """Whether the model, or any below it, has a field that is required."""
    infos = model.model_fields.values()
    below = (inner for info in infos for inner in models_in(info.annotation) if issubclass(inner, Model))
    return any(info.is_required() for info in infos) or any(_needs(inner) for inner in below)


def _given(noted: Mapping[str, Any]) -> Node:
    return {name: value for name, value in noted.items() if value}


def _inside(model: type[Model], one: Field) -> Around:
    """What is around the fields of a model below a field; a reference to a secret is told as a whole."""
    return Around() if model.holds_secret else one.around


def _spec(definitions: _Definitions, kind: Kind, *, partial: bool = False) -> Node:
    """A reference to what may stand below a kind's `spec`, or below its name in the settings' defaults."""
    reference = definitions.model(kind.spec, around(kind), partial=partial)
    if kind.name == SETTINGS and not partial:
        name = reference["$ref"].rpartition("/")[2]
        others = [other for other in KINDS.values() if other is not kind]
        defaults = definitions.found[name]["properties"]["defaults"]
        defaults["properties"] = {other.name: _spec(definitions, other, partial=True) for other in others}
        defaults["additionalProperties"] = False
    return reference


def _head(definitions: _Definitions, header: type[Model]) -> Node:
    """The mapping around a spec, whatever its kind."""
    reference = definitions.model(header, Around())
    node = definitions.found.pop(reference["$ref"].rpartition("/")[2])
    told = [summary(kind) for kind in KINDS.values()]
    node["properties"]["kind"] |= {"enum": list(KINDS), "enumDescriptions": told}
    return node


def document_schema(kind: Kind, header: type[Model]) -> Node:
    """The schema of one kind's documents; `header` is the model of what stands around a spec."""
    definitions = _Definitions()
    node = _head(definitions, header)
    version = _version(header)
    told = node["properties"]
    told["kind"] = {"description": told["kind"]["description"], "const": kind.name}
    told["spec"] = {"description": told["spec"]["description"], **_spec(definitions, kind)}
    return {
        **_top(version, kind.name, summary(kind)),
        **_needing_spec(node, kind),
        "$defs": definitions.found,
    }


def manifest_schema(header: type[Model]) -> Node:
    """The schema of any document of a manifest: the kind says which fields its spec has."""
    definitions = _Definitions()
    node = _head(definitions, header)
    node["properties"]["spec"].pop("additionalProperties", None)
    cases = []
    for kind in KINDS.values():
        then: Node = {"properties": {"spec": _spec(definitions, kind)}}
        cases.append(
            {
                "if": {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]},
                "then": _needing_spec(then, kind),
            }
        )
    text = "One manifest document; a file can hold many, separated by `---` lines."
    top = _top(_version(header), "manifest", text)
    return {**top, **node, "allOf": cases, "$defs": definitions.found}


def schema_text(schema: Node) -> str:
    """A schema as it is printed and kept: indented, always in the same order, with a last line break."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _version(header: type[Model]) -> str:
    return str(get_args(header.model_fields["api_version"].annotation)[0])


def _top(version: str, name: str, text: str) -> Node:
    name_of_file = f"{BASE}/{version}/{name}.json"
    return {"$schema": DIALECT, "$id": name_of_file, "title": name, "description": text}


def _needing_spec(node: Node, kind: Kind) -> Node:
    """The same with `spec` among what is required, where the kind has fields that are."""
    needs = any(info.is_required() for info in kind.spec.model_fields.values())
    return {**node, "required": [*node.get("required", []), "spec"]} if needs else node
