"""Writes docs/manifests.md: every field of every kind, from the kinds' models.

Run from the repository's root: python scripts/manifest_docs.py
"""

from collections.abc import Iterator
from pathlib import Path

from reconciler.kinds import KINDS, OVERRIDE, SETTINGS
from reconciler.kinds.base import Kind, Managed
from reconciler.manifests.loading.header import Header
from reconciler.schema.changes import change_words
from reconciler.schema.meanings import meaning, summary
from reconciler.schema.remarks import SITES
from reconciler.schema.survey import Around, Field, all_fields, below
from reconciler.schema.words import default_words, type_words

PAGE = Path("docs") / "manifests.md"

INTRODUCTION = """\
# Manifests

Every field of every kind. Written by `python scripts/manifest_docs.py` from the kinds' models; do not
edit it by hand. The same is in [docs/schema](schema) as JSON Schema, and `reconciler schema` prints it.
Rules between fields are in [rules.md](rules.md), the way back from the API's fields in
[api-map.md](api-map.md).

## In an editor

Editors with the YAML language server (VS Code's YAML extension, Neovim, Helix, JetBrains and others)
complete and check manifests as they are written, and show what a field means. Give the location
of the schema in a file's first line,

```yaml
# yaml-language-server: $schema=../../docs/schema/manifest.json
```

or once for all files, in VS Code's `settings.json`:

```json
{"yaml.schemas": {"./docs/schema/manifest.json": ["manifests/**/*.yaml"]}}
```

Without the repository, `reconciler schema > manifest.schema.json` writes the same file;
`reconciler schema KIND` prints that of one kind. A schema sees one document at a time: it does not know
what the workspace's `defaults` fill in, so it expects a required field in each document, and it does not
know the rules between fields or other documents. `reconciler validate` checks them all.

## How to read the tables

| column | what it says |
| --- | --- |
| field | its path below `spec`; `[]` is each entry of a list, `*` each value of a mapping |
| type | allowed values |
| default | the value if omitted: reconciler's, or the API's own; `required` if there is none |
| meaning | what it is |
| in the API | the request fields that it becomes, by their paths |
| on change | what changing this field alone does to something that runs |

A change is made *in place*, by a *reconnect* (that push is interrupted and set up again) or by a *restart*
(the task ends and a new one starts); *visible* means that viewers see or hear it though nothing is
interrupted. *Added*, *removed* and *none left* are listed where adding or removing an entry, or the
field, has another effect than changing a value. No entry: see the fields below it. An optional field
can also be `null`, which omits it.
"""


def page() -> str:
    """The whole page."""
    header = [*_rows(below(Header, Around()), impacts=False)]
    kinds = ", ".join(f"`{name}`" for name in KINDS)
    header = [[path, kinds if path == "`kind`" else kind, *rest] for path, kind, *rest in header]
    lines = [INTRODUCTION, "## Around every spec", "", *_table(header, impacts=False), ""]
    for kind in KINDS.values():
        impacts = kind.name not in (SETTINGS, OVERRIDE)
        lines += [f"## {kind.name}", "", *_about(kind), ""]
        lines += [*_table(_rows(all_fields(kind), impacts=impacts), impacts=impacts), *_withdrawn(kind), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _about(kind: Kind) -> list[str]:
    lines = [summary(kind)]
    if kind.name == SETTINGS:
        lines += [
            "",
            "A change applies to every resource that takes the field from here, with the effect it has "
            "there.",
        ]
    elif kind.name == OVERRIDE:
        lines += [
            "",
            "A change is a change of the resource that it names; see [environments.md](environments.md).",
        ]
    elif not isinstance(kind, Managed):
        lines += ["", "A change applies to every resource that refers to the layout."]
    return lines


def _withdrawn(kind: Kind) -> list[str]:
    """Fields of the API that are refused, each with what to write instead."""
    lines = [f"- `{name}`: {text}" for name, text in kind.spec.withdrawn.items()]
    return ["", "Refused:", "", *lines] if lines else []


def _table(rows: "Iterator[list[str]] | list[list[str]]", *, impacts: bool) -> list[str]:
    titles = ["field", "type", "default", "meaning", *(["in the API", "on change"] if impacts else [])]
    lines = [titles, ["---"] * len(titles), *([_cell(text) for text in row] for row in rows)]
    return [f"| {' | '.join(line)} |".replace("|  |", "| |").replace("|  |", "| |") for line in lines]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rows(found: Iterator[tuple[str, Field]], *, impacts: bool) -> Iterator[list[str]]:
    for path, one in found:
        start = [f"`{path}`", type_words(one), default_words(one), means(one)]
        at = "" if one.inner else ", ".join(f"`{place}`" for place in one.around.at)
        yield [*start, at, change_words(one)] if impacts else start


def means(one: Field) -> str:
    """The field's meaning, and which of the vendor's sites it is for."""
    only = one.facts.api.only
    text = meaning(one.model, one.facts.attribute)
    return f"{text} *{SITES[only].capitalize()} site only.*" if only else text


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
