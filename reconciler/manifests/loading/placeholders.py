"""Placeholders that another tool would fill in: here nothing does, and so they would reach the cloud."""

import re
from collections.abc import Iterator
from typing import Any

from reconciler.kinds import OVERRIDE
from reconciler.manifests.loading.notes import Notes
from reconciler.manifests.reading.names import is_name
from reconciler.manifests.reading.reader import Document
from reconciler.manifests.reading.secret_names import tellable
from reconciler.model import Path

# A percent sign before two hex digits is a character of an address: %E5%A4%A7 holds no placeholder.
_PLACEHOLDER = re.compile(
    r"\$\{([A-Za-z_][^{}]*)\}|\$\(([A-Za-z_][^()]*)\)|\{\{(.*?)\}\}"
    r"|%(?![0-9A-Fa-f]{2})([A-Za-z_][A-Za-z0-9_]*)%|%([A-Za-z_][A-Za-z0-9_]*)%(?![0-9A-Fa-f]{2})",
    re.DOTALL,
)


def check_placeholders(document: Document, notes: Notes) -> None:
    """Notes every text of a document that holds a placeholder."""
    if _PLACEHOLDER.search(document.text) is None:
        return
    for path, words in placeholders_in(document.value):
        notes.hole(document, path, tellable(path), words)


def placeholders_in(value: Any) -> Iterator[tuple[Path, str]]:
    """Where a text of a value holds a placeholder, and what is wrong with that."""
    for path, match in _found(value, ()):
        name = next(group for group in match.groups() if group is not None).strip()
        shown = f"the placeholder {match[0]}" if is_name(name) else "a placeholder"
        yield (
            path,
            f"contains {shown}, but placeholders are not filled in: use the value itself, and an {OVERRIDE} "
            "for what differs between environments",
        )


def _found(value: Any, path: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    """The first placeholder of each text, keys included."""
    if isinstance(value, str):
        match = _PLACEHOLDER.search(value)
        if match is not None:
            yield path, match
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _found(key, (*path, key))
            yield from _found(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _found(inner, (*path, index))
