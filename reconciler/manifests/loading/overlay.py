"""A document's values over the workspace's defaults, and which of them stand in a document itself."""

from collections.abc import Mapping
from typing import Any

from reconciler.model import Path


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` over `below`: mappings are merged, anything else of `above` replaces."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            value = merged(old, value)
        result[key] = value
    return result


def stands(value: Any, path: Path) -> bool:
    """Whether something stands at the path."""
    for part in path:
        if isinstance(value, list):
            value = dict(enumerate(value))
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True
