"""RemoveUser and RemoveUserByStrRoomId: somebody is put out of a room (semantics §1, §10)."""

from collections.abc import Mapping
from typing import Any

from ..actions import Action, Call
from ..errors import ApiError
from ..parameters import Field, integer, many, must, text
from ..rooms import Place
from ..tasks import Robot
from ..world import World
from .publish_fields import UINT32
from .room_ids import MOST_ROOM, STRING_ROOM

SERVICE, VERSION = "trtc", "2019-07-22"
REGIONS = frozenset({"ap-beijing", "ap-guangzhou", "ap-singapore"})
PER_SECOND = 20
MOST_USERS = 10

WRONG_ROOM, NO_ROOM = "InvalidParameter.RoomId", "MissingParameter.RoomId"
USERS = many(text(r".+"), MOST_USERS, least=1, code="InvalidParameter.UserIds")
COMMON: Mapping[str, Field] = {
    "SdkAppId": must(integer(1, UINT32, code="InvalidParameter.SdkAppId"), "MissingParameter.SdkAppId"),
    "UserIds": must(USERS, "MissingParameter.UserIds"),
}
INTEGER: Mapping[str, Field] = {**COMMON, "RoomId": must(integer(1, MOST_ROOM, code=WRONG_ROOM), NO_ROOM)}
STRING: Mapping[str, Field] = {**COMMON, "RoomId": must(text(STRING_ROOM, code=WRONG_ROOM), NO_ROOM)}


def remove_from_integer_room(world: World, call: Call) -> dict[str, Any]:
    """Put users out of an integer room; here its number is a number."""
    return _remove(world, call, (call.params["SdkAppId"], str(call.params["RoomId"]), 0))


def remove_from_string_room(world: World, call: Call) -> dict[str, Any]:
    """Put users out of a string room."""
    return _remove(world, call, (call.params["SdkAppId"], call.params["RoomId"], 1))


def _remove(world: World, call: Call, place: Place) -> dict[str, Any]:
    users = world.rooms.users(place)
    _check_existence(world, place, users)
    removed = call.params["UserIds"]
    if users:
        world.rooms.occupy(place, [user for user in users if user not in removed], call.at)
    if world.variants["remove-user-ends-task"] == "yes":
        for user in removed:
            for holder in world.tasks.holders(Robot(*place, user)):
                world.tasks.end(holder.task_id, "robot-removed", call.at)
    return {}


def _check_existence(world: World, place: Place, users: list[str] | None) -> None:
    answer = "FailedOperation.RoomNotExist"
    if users is None:
        answer = world.variants["remove-user-unknown-room"]
    if not users and answer != "success" and not world.tasks.robot_in(place):
        raise ApiError(answer, f"The room {place[1]} does not exist.")


ACTIONS = tuple(
    Action(SERVICE, VERSION, name, fields, run, PER_SECOND, regions=REGIONS)
    for name, fields, run in (
        ("RemoveUser", INTEGER, remove_from_integer_room),
        ("RemoveUserByStrRoomId", STRING, remove_from_string_room),
    )
)
