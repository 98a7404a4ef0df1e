"""What makes runs quick and changes nothing of them: pure functions that remember what they said.

Whether a kind has a capability, how two specs differ, and which keys sign on a day is asked over and
over with the same few kinds, specs and days; there are no more of them than the scenes have.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from unittest.mock import patch

from reconciler.cloud import signing
from reconciler.kinds.api import Spec
from reconciler.model import canonical_json
from reconciler.plan.model import PlannedField
from reconciler.planning import differing
from reconciler.planning.fields import compare_specs


def remembering_differences() -> Callable[..., tuple[PlannedField, ...]]:
    known: dict[tuple[type[Spec], str, str], tuple[PlannedField, ...]] = {}

    def compared(before: Spec, after: Spec) -> tuple[PlannedField, ...]:
        key = (type(after), canonical_json(before.to_json()), canonical_json(after.to_json()))
        if key not in known:
            known[key] = compare_specs(before, after)
        return known[key]

    return compared


@contextmanager
def quickly() -> Iterator[None]:
    """What is asked often is remembered."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(differing, "compare_specs", remembering_differences()))
        stack.enter_context(patch.object(signing, "signing_keys", cache(signing.signing_keys)))
        yield
