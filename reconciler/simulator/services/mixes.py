"""CreateCommonMixStream and CancelCommonMixStream (mixes §1 to §5)."""

from typing import Any

from ..actions import Action, Call
from ..errors import ApiError
from ..mixes import CANCELLED, KIND, streams_of
from ..tasks import Task, new_task_id
from ..world import World
from .mix_fields import CANCEL, CREATE
from .mix_rules import check_mix, is_lone, makes_new, other_error

SERVICE, VERSION, RANGE_CODE = "live", "2018-08-01", "InvalidParameter"
YOUNG_SECONDS, CANCEL_SECONDS, AGAIN_SECONDS = 5, 5, 30
MOST_SESSIONS = 20
"""A stream is in fewer sessions than this at once."""
CHANGED = "InvalidParameter.SessionOutputStreamChanged"
OUTPUT_TAKEN = "InvalidParameter.InvalidOutputStreamID"
OTHER_ERROR = "InvalidParameter.OtherError"


def check_create(_world: World, call: Call) -> None:
    """Check what needs no knowledge of the world."""
    check_mix(call.params)


def create(world: World, call: Call) -> dict[str, Any]:
    """Begin a session, or put another request in force in it; one input alone ends it (mixes §1)."""
    task = world.mixes.of(call.params["MixStreamSessionId"])
    if is_lone(call.params) and makes_new(call.params):
        return _end(world, call, task)
    _check_inputs(world, call, task)
    if task is None:
        _begin(world, call)
    else:
        _change(world, call, task)
    return {}


def _begin(world: World, call: Call) -> None:
    cancelled = world.mixes.cancelled_at(call.params["MixStreamSessionId"])
    if cancelled is not None and call.at - cancelled < AGAIN_SECONDS:
        _refuse(world.variants["mix-started-early"], "The session was cancelled a moment ago.", -34)
    _check_output(world, call)
    task = Task(new_task_id(), SERVICE, KIND, call.region, call.params, call.at)
    world.tasks.start(task, [], None)
    world.streams.push(task.task_id, world.mixes.output_of(call.params), call.at)


def _change(world: World, call: Call, task: Task) -> None:
    old, new = task.request["OutputParams"], call.params["OutputParams"]
    if old["OutputStreamName"] != new["OutputStreamName"]:
        raise ApiError(CHANGED, "The session has another output.")
    if old.get("OutputStreamType", 0) != new.get("OutputStreamType", 0):
        _refuse(world.variants["mix-other-type"], "The session has an output of another type.", -508)
    world.tasks.change(task.task_id, call.params)
    world.streams.push(task.task_id, world.mixes.output_of(call.params), call.at)


def _check_inputs(world: World, call: Call, task: Task | None) -> None:
    """Each stream is pushed for some seconds, and in fewer sessions than are allowed."""
    own = task.task_id if task is not None else ""
    others = [streams_of(one.request) for one in world.mixes.living() if one.task_id != own]
    for name in streams_of(call.params):
        since = world.inputs.since(name, call.at, world.forbid_by_name)
        if since is None:
            raise ApiError("FailedOperation.StreamNotExist", f"The stream {name} does not exist.")
        if call.at - since < YOUNG_SECONDS:
            _refuse(world.variants["mix-young-input"], f"The stream {name} is not ready.", -505)
        if sum(name in names for names in others) + 1 >= MOST_SESSIONS:
            raise other_error(-41)


def _check_output(world: World, call: Call) -> None:
    name = call.params["OutputParams"]["OutputStreamName"]
    taken = any(one.request["OutputParams"]["OutputStreamName"] == name for one in world.mixes.living())
    if taken or (makes_new(call.params) and world.streams.is_pushed(name)):
        raise ApiError(OUTPUT_TAKEN, f"The output {name} is another session's, or a stream's.")


def _refuse(answer: str, words: str, number: int) -> None:
    """Refuse as a variant says, unless it accepts."""
    if answer == OTHER_ERROR:
        raise other_error(number)
    if answer not in ("accept", "success"):
        raise ApiError(answer, words)


def _end(world: World, call: Call, task: Task | None) -> dict[str, Any]:
    if task is None:
        _refuse(world.variants["cancel-no-mix"], "The session does not exist.", -30300)
        return {}
    if call.at - task.started_at < CANCEL_SECONDS:
        _refuse(world.variants["mix-cancelled-early"], "The session was started a moment ago.", -34)
    world.tasks.end(task.task_id, CANCELLED, call.at)
    return {}


def cancel(world: World, call: Call) -> dict[str, Any]:
    """End a session by its name, whoever began it."""
    return _end(world, call, world.mixes.of(call.params["MixStreamSessionId"]))


ACTIONS = (
    Action(SERVICE, VERSION, "CreateCommonMixStream", CREATE, create, 200, RANGE_CODE, check=check_create),
    Action(SERVICE, VERSION, "CancelCommonMixStream", CANCEL, cancel, 100, RANGE_CODE),
)
