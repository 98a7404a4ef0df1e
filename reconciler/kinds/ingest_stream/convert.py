"""StartStreamIngest read back.

The code of the room's kind is the other way round than for publish tasks (reference fields, "Room
id type"). One of the vendor's own examples gives the code of integer rooms and a text for a room;
a manifest can say that, so that the same is sent.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.converting.addresses import read_source
from reconciler.kinds.converting.parts import read_part
from reconciler.kinds.converting.reading import Reading, found
from reconciler.kinds.converting.rooms import ROOM, is_integer_room, room_text
from reconciler.kinds.marks import Model

STRING, INTEGER = 0, 1
_ENCODED = ("video_encode_params", "audio_encode_params")
_APART = ("room", "room_id_type", "region", "state", "user_sig", "stream_url", *_ENCODED)
_ENCODES = {
    "VideoEncodeParams": "the video is passed through as in the source",
    "AudioEncodeParams": "the audio is passed through as in the source",
}
_NOTHING = "has neither robot nor room, so there is nothing to declare"
_START = "convert the task's StartStreamIngest request"
_STOPPED = "and set state: stopped in the manifest"
_USERS = "it removes users once, which cannot be declared: convert the start of the task whose robot is "
_USERS += f"meant, {_STOPPED}"
DECLINED = {
    "UpdateStreamIngest": f"an update {_NOTHING}: merge it into the task's StartStreamIngest request and "
    "convert that; for IsPause, set state: paused in the manifest",
    "StopStreamIngest": f"a stop {_NOTHING}: {_START}, {_STOPPED}",
    "DescribeStreamIngest": f"it only queries, which plan and drift do themselves: {_START}",
    "RemoveUser": _USERS,
    "RemoveUserByStrRoomId": _USERS,
}


def title(request: Mapping[str, Any]) -> str:
    """The robot's user ID."""
    return str(request.get("UserId") or "")


def read_ingest(model: type[Model], request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The spec of an IngestStream, whose model is given."""
    reading.drop_user_sig(request)
    beside = (*ROOM, "UserSig", "StreamUrl", "SourceUrl", *_ENCODES)
    spec = read_part(model, request, reading, apart=_APART, beside=beside)
    if "userId" not in spec:
        reading.at("UserId").warn("is missing but required by the API: apply chooses the robot's name")
    spec |= _room(request, reading)
    source = _source(request, reading)
    for name, why in _ENCODES.items():
        if request.get(name) is not None:
            field = name[0].lower() + name[1:]
            text = (
                f"can be written as {field} on the international site, but is deprecated on the mainland site"
            )
            reading.at(name).leave_out(f"{text}, and {why}")
    return spec if source is None else {**spec, "streamUrl": source}


def _room(request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    room_id, here = room_text(request, reading), reading.at("RoomIdType")
    code = request.get("RoomIdType")
    if room_id is None:
        return {}
    integer = is_integer_room(room_id)
    if code is None:
        kind = "an integer room" if integer else "a string room"
        here.warn(f"is missing: the manifest sets {kind} explicitly")
    elif type(code) is not int or code not in (STRING, INTEGER):
        here.problem(f"found {found(code)}; allowed: {STRING} (a string room), {INTEGER} (an integer room)")
    elif code == INTEGER and not integer:
        here.warn(
            f"{INTEGER} is the code for integer rooms, but {found(room_id)} is not one: the manifest keeps "
            "roomIdType: integer to send the same; remove it to send a string room"
        )
        return {"roomIdType": "integer", "room": room_id}
    return {"room": int(room_id) if integer and code != STRING else room_id}


def _source(request: Mapping[str, Any], reading: Reading) -> Any:
    """StreamUrl; SourceUrl, which came before it, where that is all there is."""
    url, old = request.get("StreamUrl"), request.get("SourceUrl")
    here = reading.at("StreamUrl", to=("streamUrl",))
    if url is not None or not old:
        if old is not None:
            reading.at("SourceUrl").leave_out("is deprecated, and StreamUrl is set")
        return read_source(url, here)
    if not isinstance(old, list) or len(old) > 1:
        what = f"{len(old)} addresses" if isinstance(old, list) else found(old, shown=False)
        reading.at("SourceUrl", to=("streamUrl",)).problem(
            f"found {what}; an ingest pulls one source: use StreamUrl, and one request per source"
        )
        return None
    source = reading.at("SourceUrl", 0, to=("streamUrl",))
    source.warn("is deprecated: the manifest sends it as StreamUrl")
    return read_source(old[0], source)
