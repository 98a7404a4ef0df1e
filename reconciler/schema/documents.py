"""Models -> JSON Schema (2020-12) of one kind's documents, and of any document of a manifest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from reconciler.kinds import KINDS, OVERRIDE, SETTINGS
from reconciler.kinds.base import Kind
from reconciler.kinds.forms import Node
from reconciler.kinds.marks import Model, models_in
from reconciler.kinds.override.spec import DELETE, PATCH
from reconciler.schema.effects import effect
from reconciler.schema.meanings import summary
from reconciler.schema.remarks import default_of, describe
from reconciler.schema.survey import Around, Field, around, fields, many
from reconciler.schema.types import or_null, type_node

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://reconciler.example/schema"
"""What the schemas' names begin with; nothing is fetched from there."""
Defaults = Mapping[str, Mapping[str, Any]]
"""A workspace's defaults, by kind."""
NO_DEFAULTS: Defaults = {}


@dataclass(frozen=True, slots=True)
class _Use:
    """What a model is told for, which says what of it is needed.

    A `partial` one needs nothing, and of a `patch`, which an override lays over another, each field can be
    null. Of any other, `given` is what a workspace's defaults say already.
    """

    partial: bool = False
    patch: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)

    def suffix(self, model: type[Model]) -> str:
        """What follows the model's name in its definition's."""
        if self.patch:
            return "-patch"
        return "-partial" if self.partial and _needs(model) else ""

    def needed(self, extra: Mapping[str, Any]) -> Node:
        """The keywords of what is required, and all others."""
        rest = {name: value for name, value in extra.items() if name not in ("required", "oneOf")}
        if self.partial or self.patch:
            return rest
        left = self._left(extra["required"])
        forms = [self._left(one["required"]) for one in extra.get("oneOf", ())]
        either = {"oneOf": [{"required": one} for one in forms]} if all(forms) and forms else {}
        return {**({"required": left} if left else {}), **rest, **either}

    def below(self, alias: str, many: str, *, keyed: bool) -> "_Use":
        """The same for what stands below a field; a list without keys is replaced, so it stands whole."""
        if self.patch and many == "[]" and not keyed:
            return _WHOLE
        inside = self.given.get(alias)
        return replace(self, given=inside if isinstance(inside, Mapping) and not many else {})

    def allowed(self, node: Node) -> Node:
        """What a field may hold: in a patch also null, which removes it, and so each of many by its key."""
        if not self.patch:
            return node
        each = node.get("additionalProperties")
        many = {"additionalProperties": or_null(each)} if isinstance(each, dict) else {}
        return or_null({**node, **many})

    def _left(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if self.given.get(name) is None]


_WHOLE, _PARTIAL, _PATCH = _Use(), _Use(partial=True), _Use(patch=True)
_REMOVES = "Removes the entry with this key."


@dataclass(slots=True)
class _Definitions:
    """The definitions of one schema, by the names of their models.

    A model that is told otherwise in another place has a number after its name there.
    """

    found: dict[str, Node] = field(default_factory=dict)

    def put(self, name: str, node: Node) -> Node:
        """A reference to the node, or to an equal one of the same model."""
        model = name.partition("-")[0]
        known = {key: one for key, one in self.found.items() if key.partition("-")[0] == model}
        key = next((key for key, one in known.items() if one == node), "")
        if not key:
            numbered = (f"{name}-{number}" if number > 1 else name for number in range(1, len(known) + 2))
            key = next(one for one in numbered if one not in known)
            self.found[key] = node
        return {"$ref": f"#/$defs/{key}"}

    def model(self, model: type[Model], here: Around, use: _Use = _WHOLE, *, entry: bool = False) -> Node:
        """A reference to what a model's mapping may hold; `entry` tells of one in a list that has keys."""
        use = _WHOLE if model.holds_secret else use
        inside = list(fields(model, here))
        required = [one.facts.alias for one in inside if one.info.is_required()]
        told = model.model_config.get("json_schema_extra")
        extra = {"required": required, **(told if isinstance(told, Mapping) else {})}
        removed = {PATCH: {"const": DELETE, "description": _REMOVES}} if entry and use.patch else {}
        node = {
            "type": "object",
            "properties": {one.facts.alias: self.field(one, use) for one in inside} | removed,
            **use.needed(extra),
            "additionalProperties": False,
        }
        return self.put(model.__name__ + use.suffix(model), node)

    def field(self, one: Field, use: _Use) -> Node:
        """What one field may hold, and what is known of it."""
        keyed = one.own and bool(one.around.mark and one.around.mark.key)
        inner = use.below(one.facts.alias, many(one.info.annotation), keyed=keyed)
        node = type_node(
            one.info.annotation,
            tuple(one.info.metadata),
            lambda model: self.model(model, _inside(model, one), inner, entry=keyed),
        )
        api = one.facts.api
        noted = {
            "x-api": ", ".join(one.around.at) if not one.inner else "",
            "x-site": api.only.value if api.only else "",
            "x-impact": effect(one),
        }
        return {"description": describe(one), **use.allowed(node), **default_of(one), **_given(noted)}


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


def _spec(definitions: _Definitions, kind: Kind, use: _Use = _WHOLE) -> Node:
    """A reference to what may stand below a kind's `spec`, or below its name in the settings' defaults."""
    reference = definitions.model(kind.spec, around(kind), use)
    if use.partial or use.patch or kind.name not in (SETTINGS, OVERRIDE):
        return reference
    node = definitions.found[reference["$ref"].rpartition("/")[2]]
    others = [other for other in KINDS.values() if other.name not in (SETTINGS, OVERRIDE)]
    if kind.name == SETTINGS:
        defaults = node["properties"]["defaults"]
        defaults["properties"] = {other.name: _spec(definitions, other, _PARTIAL) for other in others}
        defaults["additionalProperties"] = False
    else:
        node["allOf"] = [_patch(definitions, other) for other in others]
    return reference


def _patch(definitions: _Definitions, kind: Kind) -> Node:
    """What an override of the kind may set."""
    of = {"properties": {"of": {"pattern": f"^{kind.name}/"}}, "required": ["of"]}
    return {"if": of, "then": {"properties": {"set": _spec(definitions, kind, _PATCH)}}}


def _head(definitions: _Definitions, header: type[Model]) -> Node:
    """The mapping around a spec, whatever its kind."""
    reference = definitions.model(header, Around())
    node = definitions.found.pop(reference["$ref"].rpartition("/")[2])
    told = [summary(kind) for kind in KINDS.values()]
    node["properties"]["kind"] |= {"enum": list(KINDS), "enumDescriptions": told}
    return node


def document_schema(kind: Kind, header: type[Model], defaults: Defaults = NO_DEFAULTS) -> Node:
    """The schema of one kind's documents; `header` is the model of what stands around a spec.

    What a workspace's `defaults` give of a kind is not required.
    """
    definitions = _Definitions()
    node = _head(definitions, header)
    version = _version(header)
    told = node["properties"]
    told["kind"] = {"description": told["kind"]["description"], "const": kind.name}
    use = _Use(given=defaults.get(kind.name, {}))
    told["spec"] = {"description": told["spec"]["description"], **_spec(definitions, kind, use)}
    return {
        **_top(version, kind.name, summary(kind)),
        **_needing_spec(node, kind, use),
        "$defs": definitions.found,
    }


def manifest_schema(header: type[Model], defaults: Defaults = NO_DEFAULTS) -> Node:
    """The schema of any document of a manifest: the kind says which fields its spec has.

    What a workspace's `defaults` give of a kind is not required.
    """
    definitions = _Definitions()
    node = _head(definitions, header)
    node["properties"]["spec"].pop("additionalProperties", None)
    cases = []
    for kind in KINDS.values():
        use = _Use(given=defaults.get(kind.name, {}))
        then: Node = {"properties": {"spec": _spec(definitions, kind, use)}}
        cases.append(
            {
                "if": {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]},
                "then": _needing_spec(then, kind, use),
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


def _needing_spec(node: Node, kind: Kind, use: _Use) -> Node:
    """The same with `spec` among what is required, where the kind has fields that are."""
    infos = kind.spec.model_fields.values()
    needs = any(info.is_required() and use.given.get(str(info.alias)) is None for info in infos)
    return {**node, "required": [*node.get("required", []), "spec"]} if needs else node
