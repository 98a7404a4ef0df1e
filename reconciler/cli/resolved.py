"""Documents as they are planned: push domains, defaults and overrides written out; where fields come from."""

import json
from collections.abc import Iterator
from typing import Any

from reconciler.addresses.push import without_keys
from reconciler.cli.options import Selection
from reconciler.kinds.concealing import with_references
from reconciler.kinds.converting.reading import QUOTED_FIELDS
from reconciler.manifests.converting.writer import SEPARATOR, write_document
from reconciler.manifests.formatting.document import formatted
from reconciler.manifests.loading.declarations import Declaration
from reconciler.manifests.loading.loader import Workspace
from reconciler.manifests.loading.provenance import Overridden, origins, overridden
from reconciler.model import Path
from reconciler.plaintext import masked_within
from reconciler.reports.escape import safe
from reconciler.words import path_text

_WRITTEN_OUT = frozenset({"pushDomains", "defaults"})
"""What the workspace's settings need not say any more, as it is in each document."""
_SHOWN = 60
"""Characters of a value that stands in a line with other things."""


def resolved_text(workspace: Workspace, selection: Selection) -> str:
    """The chosen documents as manifests, each below what overrides set in it; raises UsageError."""
    labels = {one.address: one.header.metadata.labels for one in workspace.declared}
    choice = selection.choice(labels)
    chosen = (one for one in workspace.declared if choice.includes(one.address, labels[one.address]))
    return SEPARATOR.join(_document(one, workspace.declared[0]) for one in chosen)


def field_rows(one: Declaration, workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Each field of a document, and its value with where that comes from."""
    shown = with_references(one.address, one.kind.spec, one.whole)
    for found in origins(one, workspace.declared[0]):
        how = f", {found.how}" if found.how else ""
        yield _path(found.path), f"{_json(_at(shown, found.path))} ({safe(found.place + how)})"
    for gone in overridden(one, workspace.declared[0]):
        if gone.removed:
            yield _path(gone.path), f"removed ({safe(gone.place)}, overrides {safe(gone.former_place)})"


def _document(one: Declaration, settings: Declaration) -> str:
    metadata = one.header.metadata.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if "annotations" in metadata:
        metadata["annotations"] = {key: masked_within(text) for key, text in metadata["annotations"].items()}
    value = {
        "apiVersion": one.header.api_version,
        "kind": one.header.kind,
        "metadata": metadata,
        "spec": {
            name: value
            for name, value in with_references(one.address, one.kind.spec, one.whole).items()
            if one is not settings or name not in _WRITTEN_OUT
        },
    }
    told = "".join(f"# {_overridden(found)}\n" for found in overridden(one, settings))
    text = formatted(write_document(value, QUOTED_FIELDS).encode(), one.document.file)
    return told + text


def _overridden(found: Overridden) -> str:
    now = "is removed" if found.removed else f"is {_value(found.value)}"
    before = "was not set" if found.added else f"was {_value(found.before)}"
    return f"{safe(found.place)}: {_path(found.path)} {now}, {before}"


def _path(path: Path) -> str:
    return safe(path_text(("spec", *path)))


def _json(value: Any) -> str:
    return safe(json.dumps(value, ensure_ascii=False))


def _value(value: Any) -> str:
    """A value on one line and not at length, with secrets masked."""
    text = without_keys(masked_within(_json(value)))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value
