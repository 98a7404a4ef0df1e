"""What becomes of the signatures of pushes in an update."""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from reconciler.calls import PushUrl


class Signing(Enum):
    """Whether an update leaves signatures alone, sends the recorded ones once more, or makes new ones."""

    KEPT = auto()
    AGAIN = auto()
    ANEW = auto()


def with_signers(request: Any, signed_by: Mapping[str, str]) -> Any:
    """A request in which each push that keeps its signature tells by which key that was made."""
    if isinstance(request, PushUrl):
        return request if request.tx_time is None else replace(request, signed_by=signed_by.get(request.url))
    if isinstance(request, Mapping):
        return {name: with_signers(inner, signed_by) for name, inner in request.items()}
    return [with_signers(inner, signed_by) for inner in request] if isinstance(request, list) else request
