"""Writes docs/manifests.md: every field of every kind, from the kinds' models.

Run from the repository's root: python scripts/manifest_docs.py
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reconciler.kinds import KINDS, SETTINGS_KIND
from reconciler.kinds.base import CanPause, CanResume, CanStart, CanStop, Kind, Managed
from reconciler.kinds.forms import Node
from reconciler.kinds.marks import Model
from reconciler.manifests.loader import Header
from reconciler.model import Impact
from reconciler.schema.effects import effect
from reconciler.schema.meanings import meaning, summary
from reconciler.schema.remarks import SITES, api_default, default_of
from reconciler.schema.survey import Around, Field, all_fields, below, many
from reconciler.schema.types import type_node

PAGE = Path("docs") / "manifests.md"

INTRODUCTION = """\
# Manifests

Every field of every kind. Written by `python scripts/manifest_docs.py` from the kinds' models; do not
edit it by hand. The same is in [docs/schema](schema) as JSON Schema, and `reconciler schema` prints it.
Rules between fields are in [rules.md](rules.md), the way back from the API's fields in
[api-map.md](api-map.md).

## In an editor

Editors with the YAML language server (VS Code's YAML extension, Neovim, Helix, JetBrains and others)
complete and check manifests as they are written, and show what a field means. Say where the schema is
in a file's first line,

```yaml
# yaml-language-server: $schema=../../docs/schema/manifest.json
```

or once for all files, in VS Code's `settings.json`:

```json
{"yaml.schemas": {"./docs/schema/manifest.json": ["manifests/**/*.yaml"]}}
```

Where the repository is not at hand, `reconciler schema > manifest.schema.json` writes the same file;
`reconciler schema KIND` prints that of one kind. A schema sees one document at a time: it does not know
what the workspace's `defaults` fill in, so it wants a required field in each document, and it knows
neither the rules between fields nor other documents. `reconciler validate` knows them all.

## How to read the tables

| column | what it says |
| --- | --- |
| field | its path below `spec`; `[]` is each entry of a list, `*` each value of a mapping |
| type | what may be written, with its range or its words |
| default | what is so where it is left out: ours, or the API's own; `required` if it must be there |
| meaning | what it is |
| in the API | the request fields that it becomes, by their paths |
| a change | what it does to something that runs, if this field alone is written otherwise |

A change's impact is *none* (it is made in place), *reconnect* (that push is cut and set up again) or
*restart* (the task ends and a new one starts); *seen* stands beside it where picture or sound changes
though nothing is interrupted. *Added*, *removed* and *none left* stand where an entry's, or the
field's, coming and going does something else than another value. A field that leaves it to the fields
below it says nothing. An optional field may also be written as `null`, which leaves it out.
"""


def page() -> str:
    """The whole page."""
    header = [*_rows(below(Header, Around()), impacts=False)]
    kinds = ", ".join(f"`{name}`" for name in KINDS)
    header = [[path, kinds if path == "`kind`" else kind, *rest] for path, kind, *rest in header]
    lines = [INTRODUCTION, "## Around every spec", "", *_table(header, impacts=False), ""]
    for kind in KINDS.values():
        impacts = kind is not SETTINGS_KIND
        lines += [f"## {kind.name}", "", *_about(kind), ""]
        lines += [*_table(_rows(all_fields(kind), impacts=impacts), impacts=impacts), *_withdrawn(kind), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _about(kind: Kind) -> list[str]:
    lines = [summary(kind)]
    if kind is SETTINGS_KIND:
        lines += [
            "",
            "A change is one of every resource that takes the field from here, and does what it does there.",
        ]
    elif not isinstance(kind, Managed):
        lines += ["", "A change is one of every resource that refers to it."]
    return lines


def _withdrawn(kind: Kind) -> list[str]:
    """Fields of the API that are refused, each with what to write instead."""
    lines = [f"- `{name}`: {text}" for name, text in kind.spec.withdrawn.items()]
    return ["", "Refused:", "", *lines] if lines else []


def _table(rows: "Iterator[list[str]] | list[list[str]]", *, impacts: bool) -> list[str]:
    titles = ["field", "type", "default", "meaning", *(["in the API", "a change"] if impacts else [])]
    lines = [titles, ["---"] * len(titles), *([_cell(text) for text in row] for row in rows)]
    return [f"| {' | '.join(line)} |".replace("|  |", "| |").replace("|  |", "| |") for line in lines]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rows(found: Iterator[tuple[str, Field]], *, impacts: bool) -> Iterator[list[str]]:
    for path, one in found:
        node = type_node(one.info.annotation, tuple(one.info.metadata), lambda model: {"model": model})
        start = [f"`{path}`", words(node), default(one), means(one)]
        at = "" if one.inner else ", ".join(f"`{place}`" for place in one.around.at)
        yield [*start, at, change(one)] if impacts else start


def means(one: Field) -> str:
    """The field's meaning, and which of the vendor's sites it is for."""
    only = one.told.api.only
    text = meaning(one.model, one.told.attribute)
    return f"{text} *{SITES[only].capitalize()} site only.*" if only else text


def default(one: Field) -> str:
    """What is so where the field is left out."""
    if one.info.is_required():
        return "required"
    ours = default_of(one)
    if ours and not one.inner:
        return f"`{_plain(ours['default'])}`"
    told = api_default(one)
    return f"the API's: `{told}`" if told else ""


# Types


def words(node: Node) -> str:
    """A type in words, with its range."""
    if "model" in node:
        return _model(node["model"])
    if "anyOf" in node and node.get("type") != "integer":
        return ", or ".join(words(one) for one in node["anyOf"] if one != {"type": "null"})
    if "enum" in node or "const" in node:
        values = node.get("enum", [node.get("const")])
        return ", ".join(f"`{_plain(one)}`" for one in values if one is not None)
    kinds = node.get("type", "")
    kind = kinds if isinstance(kinds, str) else next(one for one in kinds if one != "null")
    return _SAID[kind](node) if kind else _range(node)


def _model(model: type[Model]) -> str:
    return "a reference to a secret: `{env: NAME}` or `{file: PATH}`" if model.holds_secret else "mapping"


def _text(node: Node) -> str:
    if "patternErrorMessage" in node:
        return str(node["patternErrorMessage"]).removeprefix("not ")
    least, most = node.get("minLength"), node.get("maxLength")
    if most is not None:
        return f"text, {f'{least} to' if least else 'at most'} {most} characters"
    return "text, not empty" if least else "text"


def _number(node: Node) -> str:
    noun = "whole number" if "integer" in node["type"] else "number"
    ranges = [_range(one) for one in node["anyOf"]] if "anyOf" in node else [_range(node)]
    text = ", ".join([noun, *(one for one in [" or ".join(filter(None, ranges))] if one)])
    return f"{text}, but not {node['not']['const']}" if "not" in node else text


def _range(node: Node) -> str:
    if "const" in node:
        return str(node["const"])
    least, most = node.get("minimum"), node.get("maximum")
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"{least} or more" if least is not None else ""


def _list(node: Node) -> str:
    items = "mappings" if "model" in node["items"] else words(node["items"])
    return f"list of {items}" + (f", at most {node['maxItems']}" if "maxItems" in node else "")


def _mapping(node: Node) -> str:
    value = node["additionalProperties"]
    if value is True:
        return "mapping"
    return f"mapping of {'mappings' if 'model' in value or value.get('type') == 'object' else words(value)}"


_SAID = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda node: "`true` or `false`",
    "array": _list,
    "object": _mapping,
}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# Impacts

IMPACTS = {
    Impact.NONE: "none",
    Impact.START: "start",
    Impact.RECONNECT: "reconnect",
    Impact.RESTART: "restart",
    Impact.STOP: "it ends",
}
VERBS = {"start": CanStart, "pause": CanPause, "resume": CanResume, "stop": CanStop}


def change(one: Field) -> str:
    """What changing the field does, in words; empty where the fields below it say so."""
    if one.is_wanted:
        return "the verb: " + ", ".join(
            verb for verb, able in VERBS.items() if isinstance(one.around.kind, able)
        )
    found = effect(one)
    if found is None:
        return ""
    parts = [] if one.inner else [_another(one, found)]
    if not many(one.info.annotation) and found.get("emptied") == found.get("removed"):
        found.pop("emptied", None)
    parts += [f"{text}: {IMPACTS[Impact(found[name])]}" for name, text in _COMING if name in found]
    parts += [f"({found['why']})"] if found.get("why") else []
    text = "; ".join(parts).replace("; (", " (")
    return "; ".join(filter(None, [text, *_asides(one)]))


_COMING = (("added", "added"), ("removed", "removed"), ("emptied", "none left"))


def _another(one: Field, found: Node) -> str:
    mark = one.around.mark
    switch = isinstance(one.around.kind, Managed) and not isinstance(one.around.kind, CanStart)
    if switch and mark is not None and mark.changed is Impact.RESTART:
        return "names another one: that is set, and the former is left as it stands"
    text = IMPACTS[Impact(found["changed"])]
    return f"{text}, seen" if found["visible"] and found["changed"] == Impact.NONE else text


def _asides(one: Field) -> Iterator[str]:
    mark = one.around.mark if one.own else None
    if mark is None:
        return
    if mark.moot:
        yield f"means nothing with `mode` {' and '.join(f'`{word}`' for word in mark.moot)}"
    if mark.key:
        keys = " and ".join(f"`{name}`" for name in mark.key)
        yield f"entries are told apart by {keys}" + (", and their order counts" if mark.ordered else "")


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
