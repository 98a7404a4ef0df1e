"""CreateCloudRecording read back; what changes, ends or asks after a recording declares none."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.converting.parts import read_part
from reconciler.kinds.converting.reading import Reading, found
from reconciler.kinds.converting.rooms import ROOM, is_integer_room, room_text
from reconciler.kinds.recording.spec import RecordingSpec

STRING, INTEGER = 0, 1
_NOTHING = "has neither room nor storage, so there is nothing to declare"
_START = "convert the recording's CreateCloudRecording request"
DECLINED = {
    "ModifyCloudRecording": f"a change {_NOTHING}: put its lists and layout into the recording's "
    "CreateCloudRecording request and convert that",
    "DeleteCloudRecording": f"it {_NOTHING}: {_START}, and set state: stopped in the manifest",
    "DescribeCloudRecording": f"it only queries, which plan and drift do themselves: {_START}",
}
_APART = ("room", "region", "state", "user_sig", "layout", "prevent")


def title(request: Mapping[str, Any]) -> str:
    """The robot's user ID."""
    return str(request.get("UserId") or "")


def read_recording(request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The spec of a Recording."""
    reading.drop_user_sig(request)
    spec = read_part(RecordingSpec, request, reading, apart=_APART, beside=(*ROOM, "UserSig"))
    if "userId" not in spec:
        reading.at("UserId").warn("is missing but required by the API: apply chooses the robot's name")
    room = _room(request, reading)
    return spec if room is None else {**spec, "room": room}


def _room(request: Mapping[str, Any], reading: Reading) -> int | str | None:
    """The room; the code of its kind is the other way round than of streams (fields, "Room id type")."""
    room_id, here = room_text(request, reading), reading.at("RoomIdType")
    code = request.get("RoomIdType")
    if room_id is None:
        return None
    integer = is_integer_room(room_id)
    if code is None:
        kind = "an integer room" if integer else "a string room"
        here.warn(f"is missing: the manifest sets {kind} explicitly")
    elif type(code) is not int or code not in (STRING, INTEGER):
        here.problem(f"found {found(code)}; allowed: {STRING} (a string room), {INTEGER} (an integer room)")
    elif code == INTEGER and not integer:
        here.problem(
            f"{INTEGER} is the code for integer rooms, but {found(room_id)} is not one: use {STRING}"
        )
    return int(room_id) if integer and code != STRING else room_id
