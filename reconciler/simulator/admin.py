"""The test surface: looks into the simulated cloud and arranges what happens there. It needs no signature."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .bodies import MOST_BODY_BYTES, BodyError, read_body
from .callbacks import read_delivery
from .cloud import Cloud
from .errors import ApiError
from .parameters import boolean, integer, many, must, number, one_of, record, text, validate

Answer = dict[str, Any]
Body = Any
Handler = Callable[[Cloud, Request, Body], Answer]

ROOM = record(
    {
        "sdkAppId": must(integer(1)),
        "roomId": must(text(".+")),
        "roomIdType": one_of(0, 1),
        "users": must(many(text(".+"))),
    }
)
SOURCE = record({"url": must(text(r".+")), "seconds": must(number(low=0, high=10**9))})
SESSION = record({"userId": must(text(r"(?s).+")), "session": must(boolean())})
SESSION_DEFAULT = record({"default": must(boolean())})
INPUT = record({"streamName": must(text(r"\S+")), "pushed": must(boolean())})
CLOCK = {"advanceSeconds": must(number(low=0, high=10**9))}
CALLBACKS = {
    "key": must(text(r"[A-Za-z0-9]{1,32}")),
    "url": text(r"https?://.+"),
    "duplicates": number(low=0, high=1),
    "loss": number(low=0, high=1),
    "disorderSeconds": number(low=0, high=10**6),
    "retrySeconds": number(low=0, high=10**6),
    "seed": integer(),
    "liveKey": text(r"[A-Za-z0-9]{1,32}"),
}
SERVER_CLOCK = {"serverAheadSeconds": must(number(low=-(10**9), high=10**9))}


class NotThereError(LookupError):
    """What the path names does not exist."""


def tasks(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """Every task ever started, with the request in force."""
    return {"tasks": [task.shown() for task in cloud.world.tasks.all()]}


def calls(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """Every API request that arrived."""
    return {"calls": cloud.calls.all()}


def live(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """Every live stream ever touched."""
    found = cloud.world.streams.all(cloud.clock.now(), cloud.world.forbid_by_name)
    return {"streams": [stream.shown() for stream in found]}


def conflicts(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """Streams that several running tasks push to."""
    return {"conflicts": cloud.world.streams.conflicts()}


def set_faults(cloud: Cloud, _request: Request, body: Body) -> Answer:
    """Replace the list of faults."""
    if not isinstance(body, list):
        raise ValueError("faults must be a list of objects")
    return {"faults": cloud.faults.replace(body)}


def get_variants(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """Every variant with its values, its meaning and where the reference speaks of it."""
    return {"variants": cloud.world.variants.describe()}


def set_variants(cloud: Cloud, _request: Request, body: Body) -> Answer:
    """Switch some variants and tell all values in force."""
    if not isinstance(body, dict):
        raise ValueError("variants must be an object of names and values")
    values = cloud.world.variants.choose(body)
    cloud.rates.clear()
    return {"variants": values}


def end_task(cloud: Cloud, request: Request, body: Body) -> Answer:
    """End a running task as if its room had emptied; an ended one stays as it was."""
    task_id = request.path_params["task_id"]
    task = cloud.world.tasks.find(task_id)
    if task is None:
        raise NotThereError(f"no task {task_id}")
    reason = body.get("reason", "ended by admin") if isinstance(body, dict) else "ended by admin"
    if task.status != "ended":
        cloud.world.tasks.end(task_id, str(reason), cloud.clock.now())
        task = cloud.world.tasks.find(task_id) or task
    return {"task": task.shown()}


def get_rooms(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """The rooms that were spoken of; any other is occupied."""
    return {"rooms": cloud.world.rooms.all()}


def set_rooms(cloud: Cloud, request: Request, body: Body) -> Answer:
    """Say who is in some rooms; an empty list of users starts the idle time of their tasks."""
    rooms = body if isinstance(body, list) else [body]
    validate({"rooms": rooms}, {"rooms": many(ROOM)}, "InvalidParameter")
    now = cloud.clock.now()
    for room in rooms:
        place = (room["sdkAppId"], room["roomId"], room.get("roomIdType", 0))
        cloud.world.rooms.occupy(place, room["users"], now)
    return get_rooms(cloud, request, None)


def get_sources(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """How long a play of the sources lasts that were spoken of; of any other, an hour."""
    return {"sources": cloud.world.playbacks.sources()}


def set_sources(cloud: Cloud, request: Request, body: Body) -> Answer:
    """Say how long some sources last, also for the tasks that play them now."""
    sources = body if isinstance(body, list) else [body]
    validate({"sources": sources}, {"sources": many(SOURCE)}, "InvalidParameter")
    now = cloud.clock.now()
    for source in sources:
        cloud.world.playbacks.measure(source["url"], source["seconds"], now)
    cloud.world.settle(now)
    return get_sources(cloud, request, None)


def get_sessions(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """Which CAR users have a session: those that were spoken of, and whether any other has one."""
    sessions = cloud.world.sessions
    return {"default": sessions.default, "sessions": sessions.all()}


def set_sessions(cloud: Cloud, request: Request, body: Body) -> Answer:
    """Give sessions and take them away; the push of a user without a session ends."""
    entries = body if isinstance(body, list) else [body]
    for index, entry in enumerate(entries):
        is_default = isinstance(entry, dict) and "default" in entry
        shape = SESSION_DEFAULT if is_default else SESSION
        validate({f"sessions.{index}": entry}, {f"sessions.{index}": shape}, "InvalidParameter")
    for entry in entries:
        if "default" in entry:
            cloud.world.sessions.keep_default(entry["default"])
        else:
            cloud.world.sessions.keep(entry["userId"], entry["session"])
    cloud.world.end_without_session(cloud.clock.now())
    return get_sessions(cloud, request, None)


def get_inputs(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """The streams that were spoken of; any other is pushed, unless a task has pushed it and does no more."""
    return {"inputs": cloud.world.inputs.all()}


def set_inputs(cloud: Cloud, request: Request, body: Body) -> Answer:
    """Say which streams somebody beside the tasks pushes."""
    entries = body if isinstance(body, list) else [body]
    validate({"inputs": entries}, {"inputs": many(INPUT)}, "InvalidParameter")
    for entry in entries:
        cloud.world.inputs.keep(entry["streamName"], entry["pushed"], cloud.clock.now())
    return get_inputs(cloud, request, None)


def advance(cloud: Cloud, _request: Request, body: Body) -> Answer:
    """Move simulated time on, or set the clock that signatures are checked by."""
    given = body if isinstance(body, dict) else {}
    if "serverAheadSeconds" in given:
        validate(given, SERVER_CLOCK, "InvalidParameter")
        cloud.clock.be_ahead(given["serverAheadSeconds"])
    else:
        validate(given, CLOCK, "InvalidParameter")
        cloud.clock.advance(given["advanceSeconds"])
    return {"now": cloud.settle()}


def get_callbacks(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """Every event of tasks since callbacks were asked for, signed, and what became of it."""
    return {"callbacks": cloud.callbacks.all()}


def set_callbacks(cloud: Cloud, _request: Request, body: Body) -> Answer:
    """Say where callbacks go, signed by which key, and what goes wrong on the way; null sends none."""
    if body is not None:
        validate(body, CALLBACKS, "InvalidParameter")
    cloud.callbacks.set(None if body is None else read_delivery(body))
    return {}


def reset(cloud: Cloud, _request: Request, _body: Body) -> Answer:
    """Forget everything."""
    cloud.store.wipe()
    cloud.clock.be_ahead(0)
    cloud.rates.clear()
    return {}


def endpoint(cloud: Cloud, handler: Handler) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Wrap a handler: JSON in and out, one transaction, what is due happens first, mistakes are a 400."""

    async def serve(request: Request) -> Response:
        try:
            raw = await read_body(request)
            if len(raw) > MOST_BODY_BYTES:
                raise BodyError(413, f"the body is larger than {MOST_BODY_BYTES} bytes")
            body = json.loads(raw) if raw else None
            with cloud.store.transaction():
                cloud.settle()
                answer = handler(cloud, request, body)
                cloud.world.mind_inputs(cloud.clock.now())
                cloud.callbacks.note()
                return JSONResponse(answer)
        except NotThereError as problem:
            return JSONResponse({"error": str(problem)}, 404)
        except BodyError as problem:
            return JSONResponse({"error": str(problem)}, problem.status, {"Connection": "close"})
        except (ApiError, ValueError, OverflowError, RecursionError) as problem:
            return JSONResponse({"error": str(problem)}, 400)

    return serve


def routes(cloud: Cloud) -> list[Route]:
    """The paths of the test surface."""
    table: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/_admin/tasks", tasks),
        ("GET", "/_admin/calls", calls),
        ("GET", "/_admin/live", live),
        ("GET", "/_admin/conflicts", conflicts),
        ("GET", "/_admin/variants", get_variants),
        ("GET", "/_admin/rooms", get_rooms),
        ("GET", "/_admin/sources", get_sources),
        ("GET", "/_admin/sessions", get_sessions),
        ("GET", "/_admin/inputs", get_inputs),
        ("GET", "/_admin/callbacks", get_callbacks),
        ("POST", "/_admin/callbacks", set_callbacks),
        ("POST", "/_admin/faults", set_faults),
        ("POST", "/_admin/variants", set_variants),
        ("POST", "/_admin/tasks/{task_id}/end", end_task),
        ("POST", "/_admin/rooms", set_rooms),
        ("POST", "/_admin/sources", set_sources),
        ("POST", "/_admin/sessions", set_sessions),
        ("POST", "/_admin/inputs", set_inputs),
        ("POST", "/_admin/clock", advance),
        ("POST", "/_admin/reset", reset),
    )
    return [Route(path, endpoint(cloud, handler), methods=[method]) for method, path, handler in table]
