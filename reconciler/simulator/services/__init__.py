"""What the simulated cloud can do: each module here lists its actions, and this is the register of them."""

from ..actions import Action
from . import car, ingest, live, publish, rooms

ACTIONS: tuple[Action, ...] = (
    *publish.ACTIONS,
    *ingest.ACTIONS,
    *rooms.ACTIONS,
    *live.ACTIONS,
    *car.ACTIONS,
)
BY_SERVICE: dict[str, dict[str, Action]] = {
    service: {action.name: action for action in ACTIONS if action.service == service}
    for service in dict.fromkeys(action.service for action in ACTIONS)
}
