"""What differs between two values of plain JSON, in words for people; the only user of deepdiff.

It decides nothing: which fields of a spec changed, and with what impact, is for `reconciler.planning.fields`.
"""

import json
from collections.abc import Mapping
from typing import Any

from deepdiff import DeepDiff
from deepdiff.helper import notpresent

from reconciler.model import Path, canonical_json
from reconciler.words import path_order, path_text


def differences_in_words(before: Mapping[str, Any], after: Mapping[str, Any], at: Path) -> dict[str, str]:
    """`before → after` of each value that differs, by its path, which begins with `at`; sorted by path.

    Values are JSON in ASCII; what is absent is `null`.
    """
    if canonical_json(before) == canonical_json(after):
        return {}
    tree = DeepDiff(
        before,
        after,
        view="tree",
        threshold_to_diff_deeper=0,
        zip_ordered_iterables=True,
        ignore_private_variables=False,
    )
    found = {tuple(level.path(output_format="list")): level for levels in tree.values() for level in levels}
    return {
        path_text((*at, *path)): f"{_json(found[path].t1)} → {_json(found[path].t2)}"
        for path in sorted(found, key=path_order)
    }


def _json(value: Any) -> str:
    return json.dumps(None if value is notpresent else value)
