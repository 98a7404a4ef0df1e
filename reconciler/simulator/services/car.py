"""StartPublishStream, StartPublishStreamWithURL and StopPublishStream of cloud rendering (semantics §13)."""

from collections.abc import Mapping
from typing import Any

from ..actions import Action, Call, accept
from ..errors import ApiError
from ..parameters import Field, must, text
from ..push_addresses import can_be_pushed_to
from ..streams import StreamName
from ..tasks import Task, new_task_id
from ..world import World

SERVICE, VERSION = "car", "2022-01-10"
PER_SECOND = 20
# The domain that the console has bound; no request names it (fields, "CAR").
BOUND_DOMAIN, BOUND_APP = "car-bound.livepush.example", "live"

USER: Mapping[str, Field] = {"UserId": must(text(r"\S+"))}
START: Mapping[str, Field] = {**USER, "PublishStreamArgs": text()}
START_WITH_URL: Mapping[str, Field] = {**USER, "PublishStreamURL": must(text())}


def check_address(_world: World, call: Call) -> None:
    """Check the address that is pushed to, which any network may take."""
    if not can_be_pushed_to(call.params["PublishStreamURL"], False):
        raise ApiError("InvalidParameter", "The parameter `PublishStreamURL` must be an rtmp address.")


def pushes(request: dict[str, Any]) -> dict[str, StreamName]:
    """The live stream that a push feeds, by its address; another company's address feeds none."""
    url = request.get("PublishStreamURL")
    if url is None:
        user = request["UserId"]
        return {f"rtmp://{BOUND_DOMAIN}/{BOUND_APP}/{user}": StreamName(BOUND_DOMAIN, BOUND_APP, user)}
    name = StreamName.pushed_by(url, False)
    return {} if name is None else {url: name}


def running(world: World, call: Call) -> Task | None:
    """The push of the user's session; without a session there is nothing to ask about."""
    user = call.params["UserId"]
    if not world.sessions.has(user):
        raise ApiError("ResourceNotFound.SessionNotFound", f"The user {user} has no session.")
    return world.tasks.render_of(user)


def start(world: World, call: Call) -> dict[str, Any]:
    """Push the picture of a session; a session has one push at most."""
    task = running(world, call)
    if task is None:
        task = Task(new_task_id(), SERVICE, "render", call.region, call.params, call.at)
        world.tasks.start(task, [], None)
        world.streams.push(task.task_id, pushes(call.params), call.at)
        return {}
    answer = world.variants["second-render"]
    if answer == "moves":
        world.tasks.change(task.task_id, call.params)
        world.streams.push(task.task_id, pushes(call.params), call.at)
    elif answer != "success":
        raise ApiError(answer, f"The user {call.params['UserId']} is already pushing.")
    return {}


def stop(world: World, call: Call) -> dict[str, Any]:
    """End the push of a session; what a second stop answers is unconfirmed (semantics §10)."""
    task = running(world, call)
    answer = world.variants["stop-no-render"]
    if task is not None:
        world.tasks.end(task.task_id, "stopped", call.at)
    elif answer != "success":
        raise ApiError(answer, f"The user {call.params['UserId']} is not pushing.")
    return {}


ACTIONS = tuple(
    Action(SERVICE, VERSION, name, fields, run, PER_SECOND, check=check)
    for name, fields, run, check in (
        ("StartPublishStream", START, start, accept),
        ("StartPublishStreamWithURL", START_WITH_URL, start, check_address),
        ("StopPublishStream", USER, stop, accept),
    )
)
