"""What keeps the slots of all limits: the protocol, and which limit a call counts towards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from reconciler.calls import Action
from reconciler.model import digest
from reconciler.pacing.slots import Limit, RateWindow, Ticket

T = TypeVar("T")

Step = Callable[[RateWindow, float], tuple[RateWindow, T]]
"""From the slots as they are and the moment it is now: the slots as they become, and a result."""


class SlotStore(Protocol):
    """Keeps the slots of all limits for whoever shares them."""

    def change(self, limit: Limit, step: Step[T]) -> T:
        """Takes one step on a limit's slots while nobody else can; raises OSError where it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """A slot that may be used after so many seconds; without one, they are those after which to ask again."""

    ticket: Ticket | None
    wait: float


class Reservations(Protocol):
    """Slots that their store gives out by itself, each for a moment that may be yet to come.

    A wait counts from when it is heard of, so that no way to the store makes anybody go too early. Both
    raise StateError where the store fails.
    """

    def take(self, limit: Limit) -> Turn:
        """A slot for one call, which is given back; for several threads at once."""
        ...

    def give_back(self, ticket: Ticket, *, trip: float | None, throttled: bool) -> None:
        """As `slots.give_back` has it."""
        ...


def account_of(secret_id: str, endpoint: str) -> str:
    """The name of an account at an endpoint; the ID cannot be read from it."""
    return digest("account", secret_id, endpoint)


def limit_of(account: str, action: Action, region: str) -> Limit:
    """The limit that a call counts towards; an action without regions has one for all of them."""
    region = region if action.regional else ""
    return Limit(digest(account, action.service, action.name, region), action.per_second)
