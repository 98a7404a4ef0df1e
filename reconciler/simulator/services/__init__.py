"""What the simulated cloud can do: each module here lists its actions, and this is the register of them."""

from ..actions import Action
from ..errors import ApiError
from . import car, ingest, live, mixes, publish, pull, recording, rooms

ACTIONS: tuple[Action, ...] = (
    *publish.ACTIONS,
    *ingest.ACTIONS,
    *rooms.ACTIONS,
    *live.ACTIONS,
    *mixes.ACTIONS,
    *pull.ACTIONS,
    *recording.ACTIONS,
    *car.ACTIONS,
)
BY_SERVICE: dict[str, dict[str, Action]] = {
    service: {action.name: action for action in ACTIONS if action.service == service}
    for service in dict.fromkeys(action.service for action in ACTIONS)
}


def named(name: str) -> Action:
    """The action of that name, which only one service has; raises ApiError where there is none."""
    for action in ACTIONS:
        if action.name == name:
            return action
    raise ApiError("InvalidAction", f"There is no action {name}.")
