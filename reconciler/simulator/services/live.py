"""The actions on live streams: forbid, resume, drop, and two ways to ask (fields, "Live"; semantics §14)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..actions import Action, Call
from ..errors import ApiError
from ..parameters import Field, integer, must, text
from ..streams import Stream, StreamName
from ..world import World

SERVICE, VERSION, RANGE_CODE = "live", "2018-08-01", "InvalidParameterValue"
DAY = 86400
DEFAULT_FORBID_SECONDS = 7 * DAY
MOST_FORBID_SECONDS = 90 * DAY
MOST_CN_PAGE, MOST_INTL_PAGE = 300000, 100

NAME = text(r"\S+", most=512)
STREAM: Mapping[str, Field] = {"AppName": must(NAME), "DomainName": must(NAME), "StreamName": must(NAME)}
FORBID: Mapping[str, Field] = {**STREAM, "ResumeTime": text(), "Reason": text(most=2048)}
ONLINE: Mapping[str, Field] = {
    "DomainName": NAME,
    "AppName": NAME,
    "StreamName": NAME,
    "PageNum": integer(1),
    "PageSize": integer(10, MOST_CN_PAGE),
}


def named(call: Call) -> StreamName:
    """The stream that a request is about; domains know no upper case."""
    params = call.params
    return StreamName(params["DomainName"].lower(), params["AppName"].strip("/"), params["StreamName"])


def parse_time(given: str) -> float:
    """An ISO 8601 time as unix seconds; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(given)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ApiError(RANGE_CODE, "The parameter `ResumeTime` must be an ISO 8601 time in UTC.") from None


def forbid(world: World, call: Call) -> dict[str, Any]:
    """Forbid pushing until ResumeTime, by default for 7 days and at most for 90; a running push is cut."""
    until = call.at + DEFAULT_FORBID_SECONDS
    if "ResumeTime" in call.params:
        until = parse_time(call.params["ResumeTime"])
    if not call.at < until <= call.at + MOST_FORBID_SECONDS:
        raise ApiError(RANGE_CODE, "The parameter `ResumeTime` must be in the future, at most 90 days ahead.")
    world.streams.forbid(named(call), until)
    return {}


def resume(world: World, call: Call) -> dict[str, Any]:
    """Lift a forbid at once."""
    answer = world.variants["resume-unforbidden"]
    forbidden = world.streams.state(named(call), call.at, world.forbid_by_name) == "forbid"
    if not forbidden and answer != "success":
        raise ApiError(answer, "The stream is not forbidden.")
    world.streams.touch(named(call))
    if forbidden:
        world.streams.resume(named(call), world.forbid_by_name, call.at)
    return {}


def drop(world: World, call: Call) -> dict[str, Any]:
    """Cut a push for the moment; an inactive stream is no error."""
    world.streams.drop(named(call), call.at)
    return {}


def state(world: World, call: Call) -> dict[str, Any]:
    """Tell a stream's state."""
    return {"StreamState": world.state_of(named(call), call.at)}


def online(world: World, call: Call) -> dict[str, Any]:
    """List active streams, page by page."""
    params = call.params
    size, page = params.get("PageSize", 10), params.get("PageNum", 1)
    if world.variants["online-page-size"] == "intl" and size > MOST_INTL_PAGE:
        raise ApiError(RANGE_CODE, f"The parameter `PageSize` must not be above {MOST_INTL_PAGE}.")
    found = [item for item in world.streams.all(call.at, world.forbid_by_name) if _wanted(item, params)]
    return {
        "TotalNum": len(found),
        "TotalPage": -(-len(found) // size),
        "PageNum": page,
        "PageSize": size,
        "OnlineInfo": [_online_info(item) for item in found[(page - 1) * size : page * size]],
    }


def _wanted(item: Stream, params: dict[str, Any]) -> bool:
    name = item.name
    return (
        item.state == "active"
        and params.get("DomainName", name.domain).lower() == name.domain
        and params.get("AppName", name.app) == name.app
        and params.get("StreamName", name.stream) == name.stream
    )


def _online_info(item: Stream) -> dict[str, Any]:
    published = datetime.fromtimestamp(item.published_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "StreamName": item.name.stream,
        "PublishTimeList": [{"PublishTime": published}],
        "AppName": item.name.app,
        "DomainName": item.name.domain,
        "PushToDelay": 0,
    }


ACTIONS = tuple(
    Action(SERVICE, VERSION, name, fields, run, per_second, RANGE_CODE)
    for name, fields, run, per_second in (
        ("ResumeLiveStream", STREAM, resume, 100),
        ("ForbidLiveStream", FORBID, forbid, 200),
        ("DropLiveStream", STREAM, drop, 100),
        ("DescribeLiveStreamState", STREAM, state, 300),
        ("DescribeLiveStreamOnlineList", ONLINE, online, 100),
    )
)
