"""What makes runs quick and changes nothing of them: pure functions that remember what they said.

Whether a kind has a capability, how two specs differ, and which keys sign on a day is asked over and
over with the same few kinds, specs and days; there are no more of them than the scenes have.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from reconciler import planner
from reconciler.cloud import signing
from reconciler.compare import compare
from reconciler.kinds import KINDS
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Kind
from reconciler.model import canonical_json
from reconciler.plan import PlannedField

_KINDS = {type(kind) for kind in KINDS.values()}
_PROTOCOL = type(Kind)
_IS = _PROTOCOL.__instancecheck__


def remembering_capabilities() -> Callable[[Any, Any], bool]:
    known: dict[tuple[type, type], bool] = {}

    def instancecheck(protocol: Any, instance: Any) -> bool:
        if type(instance) not in _KINDS:
            return _IS(protocol, instance)
        key = (protocol, type(instance))
        if key not in known:
            known[key] = _IS(protocol, instance)
        return known[key]

    return instancecheck


def remembering_differences() -> Callable[..., tuple[PlannedField, ...]]:
    known: dict[tuple[type[Spec], str, str], tuple[PlannedField, ...]] = {}

    def compared(
        spec: type[Spec], before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> tuple[PlannedField, ...]:
        key = (spec, canonical_json(before), canonical_json(after))
        if key not in known:
            known[key] = compare(spec, before, after)
        return known[key]

    return compared


@contextmanager
def quickly() -> Iterator[None]:
    """What is asked often is remembered."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(_PROTOCOL, "__instancecheck__", remembering_capabilities()))
        stack.enter_context(patch.object(planner, "compare", remembering_differences()))
        stack.enter_context(patch.object(signing, "signing_keys", cache(signing.signing_keys)))
        yield
