"""What keeps the slots of all limits: the protocol, and which limit a call counts towards."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from reconciler.calls import Action
from reconciler.model import digest
from reconciler.pacing.slots import Limit, RateWindow

T = TypeVar("T")

Step = Callable[[RateWindow, float], tuple[RateWindow, T]]
"""From the slots as they are and the moment it is now: the slots as they become, and a result."""


class SlotStore(Protocol):
    """Keeps the slots of all limits for whoever shares them."""

    def change(self, limit: Limit, step: Step[T]) -> T:
        """Takes one step on a limit's slots while nobody else can; raises OSError where it cannot."""
        ...


def account_of(secret_id: str, endpoint: str) -> str:
    """The name of an account at an endpoint; the ID cannot be read from it."""
    return digest("account", secret_id, endpoint)


def limit_of(account: str, action: Action, region: str) -> Limit:
    """The limit that a call counts towards; an action without regions has one for all of them."""
    region = region if action.regional else ""
    return Limit(digest(account, action.service, action.name, region), action.per_second)
