"""RemoveUser and RemoveUserByStrRoomId: who is removed, what ends, and when there is no such room."""

from typing import Any

import pytest
from simulator_client import APP, Client, example, ingest, mix

INTEGER, STRING = "RemoveUser", "RemoveUserByStrRoomId"


def remove(client: Client, *users: str, room: int | str = 295066, **params: Any) -> str:
    request = {"SdkAppId": APP, "RoomId": room, "UserIds": list(users), **params}
    return client.code(INTEGER if isinstance(room, int) else STRING, request)


def occupy(client: Client, *users: str, room: str = "295066", room_id_type: int = 0) -> None:
    place = {"sdkAppId": APP, "roomId": room, "roomIdType": room_id_type}
    client.arrange("rooms", {**place, "users": list(users)})


@pytest.mark.parametrize("name", ["RemoveUser-01", "RemoveUserByStrRoomId-01"])
def test_documented_examples(client: Client, name: str) -> None:
    assert client.code(name.partition("-")[0], example(name)) == ""


WRONG = {
    "unknown name": ({"RoomIdType": 0}, "UnknownParameter"),
    "no app": ({"SdkAppId": ...}, "MissingParameter.SdkAppId"),
    "no room": ({"RoomId": ...}, "MissingParameter.RoomId"),
    "no users": ({"UserIds": ...}, "MissingParameter.UserIds"),
    "app zero": ({"SdkAppId": 0}, "InvalidParameter.SdkAppId"),
    "nobody": ({"UserIds": []}, "InvalidParameter.UserIds"),
    "11 users": ({"UserIds": ["a"] * 11}, "InvalidParameter.UserIds"),
    "empty user": ({"UserIds": [""]}, "InvalidParameter.UserIds"),
    "user as number": ({"UserIds": [1]}, "InvalidParameter"),
    "10 users": ({"UserIds": ["a"] * 10}, ""),
}
WRONG_ROOMS = {
    "room as text": (INTEGER, "295066", "InvalidParameter"),
    "room zero": (INTEGER, 0, "InvalidParameter.RoomId"),
    "room too large": (INTEGER, 4294967295, "InvalidParameter.RoomId"),
    "room as number": (STRING, 295066, "InvalidParameter"),
    "empty room": (STRING, "", "InvalidParameter.RoomId"),
    "long room": (STRING, "r" * 65, "InvalidParameter.RoomId"),
}


@pytest.mark.parametrize("action", [INTEGER, STRING])
@pytest.mark.parametrize(("params", "code"), WRONG.values(), ids=WRONG)
def test_parameters(client: Client, action: str, params: dict, code: str) -> None:
    room: int | str = 5 if action == INTEGER else "room"
    request = {"SdkAppId": APP, "RoomId": room, "UserIds": ["a"], **params}
    request = {name: value for name, value in request.items() if value is not ...}
    assert client.code(action, request) == code


@pytest.mark.parametrize(("action", "room", "code"), WRONG_ROOMS.values(), ids=WRONG_ROOMS)
def test_wrong_rooms(client: Client, action: str, room: object, code: str) -> None:
    assert client.code(action, {"SdkAppId": APP, "RoomId": room, "UserIds": ["a"]}) == code


@pytest.mark.parametrize(
    ("region", "code"),
    [("ap-beijing", ""), ("ap-singapore", ""), ("ap-hongkong", "UnsupportedRegion")],
)
def test_regions(client: Client, region: str, code: str) -> None:
    task_id = client.play(ingest())
    client.region = region
    assert remove(client, "robot") == code
    assert client.task(task_id)["status"] == ("running" if code else "ended")


TASKS = {
    "ingest": ("StartStreamIngest", ingest(), 295066, "robot"),
    "ingest in a string room": (
        "StartStreamIngest",
        ingest(RoomId="room", RoomIdType=0),
        "room",
        "robot",
    ),
    "the seed's ingest": ("StartStreamIngest", ingest(RoomId="room"), "room", "robot"),
    "publish": ("StartPublishCdnStream", mix(), 295066, "robot"),
    "publish from a string room": (
        "StartPublishCdnStream",
        {**mix(), "RoomIdType": 1},
        "295066",
        "robot",
    ),
    "feedback": ("StartPublishCdnStream", mix("other", feedback=("7:robot",)), 7, "robot"),
}


@pytest.mark.parametrize("variant", ["yes", "no"])
@pytest.mark.parametrize(("action", "request_", "room", "user"), TASKS.values(), ids=TASKS)
def test_robots(
    client: Client, variant: str, action: str, request_: dict, room: int | str, user: str
) -> None:
    client.arrange("variants", {"remove-user-ends-task": variant})
    task_id = client.call(action, request_)["TaskId"]
    for other in ("295066" if room == 295066 else 295066, "other"):
        assert remove(client, user, room=other) == ""
    assert remove(client, user, room=room, SdkAppId=7) == ""
    assert remove(client, "nobody", room=room) == ""
    assert client.task(task_id)["status"] == "running"
    assert remove(client, "nobody", user, room=room) == ""
    assert client.task(task_id)["endReason"] == ("robot-removed" if variant == "yes" else None)
    assert remove(client, user, room=room) == ""


def test_start_again_after_a_removal(client: Client) -> None:
    client.play(ingest())
    assert client.code("StartStreamIngest", ingest()) == "FailedOperation.TaskExist"
    assert remove(client, "robot") == ""
    assert client.code("StartStreamIngest", ingest()) == ""


def test_people_leave_too(client: Client) -> None:
    occupy(client, "alice", "bob")
    task_id = client.start(mix())
    assert remove(client, "alice", "carol") == ""
    assert client.see("rooms")[0]["users"] == ["bob"]
    client.advance(100)
    assert client.task(task_id)["status"] == "running"
    assert remove(client, "bob") == ""
    client.advance(100)
    assert client.task(task_id)["endReason"] == "idle"
    assert remove(client, "bob") == "FailedOperation.RoomNotExist"


NO_ROOM = "FailedOperation.RoomNotExist"


@pytest.mark.parametrize(
    ("variant", "users", "task", "code"),
    [
        ("success", None, False, ""),
        (NO_ROOM, None, False, NO_ROOM),
        (NO_ROOM, None, True, ""),
        (NO_ROOM, ["alice"], False, ""),
        ("success", [], False, NO_ROOM),
        ("success", [], True, ""),
    ],
)
def test_no_such_room(client: Client, variant: str, users: list[str] | None, task: bool, code: str) -> None:
    client.arrange("variants", {"remove-user-unknown-room": variant})
    if users is not None:
        occupy(client, *users)
    if task:
        client.play(ingest())
    assert remove(client, "dave") == code


def test_rate_limit(client: Client) -> None:
    codes = [remove(client, "nobody") for _ in range(21)]
    assert codes == [""] * 20 + ["RequestLimitExceeded"]
    assert remove(client, "nobody", room="room") == ""
