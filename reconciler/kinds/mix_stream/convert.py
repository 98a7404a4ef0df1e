"""A start with WithTranscoding 1 read back: who is heard, what the picture is like, who is seen where.

The API has a user in each position of its list; a manifest has named slots, and who is seen in
which. The layout is inline, and its slots are called slot-1, slot-2, … in the order of the list.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.api import field_facts
from reconciler.kinds.converting.parts import list_of, member, object_of, read_part
from reconciler.kinds.converting.reading import Reading, found
from reconciler.kinds.converting.rooms import read_user
from reconciler.kinds.fields import UserStream
from reconciler.kinds.mix_layout.fields import Background, Slot
from reconciler.kinds.mix_layout.watermarks import Watermark
from reconciler.kinds.mix_stream.picture import LayoutUse
from reconciler.kinds.publish.convert import no_manifest, read_encode, read_publish, start_of
from reconciler.kinds.publish.fields import AudioUser
from reconciler.kinds.publish.spec import VideoEncode

Room = int | str | None
AUDIO_LISTS = {
    "SubscribeAudioList": "subscribeAudioList",
    "UnSubscribeAudioList": "unSubscribeAudioList",
}
SIDES = ("LocationX", "LocationY", "ImageWidth", "ImageHeight")
BACKGROUND = tuple(one.name for one in field_facts(Background))


def read_mix(request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The spec of a MixStream."""
    given = start_of(request, reading)
    spec = read_publish(given, reading)
    no_manifest(("SingleSubscribeParams",), given, "only valid with WithTranscoding 0", reading)
    room = spec.get("room")
    audio = reading.at("AudioParams", to=("audio",))
    spec["audio"] = _audio(given.get("AudioParams", {}), audio, room)
    if "VideoParams" in given:
        spec |= _picture(given["VideoParams"], reading.at("VideoParams"), room)
    return spec


def _audio(value: Any, reading: Reading, room: Room) -> dict[str, Any]:
    given = object_of(value, ("AudioEncode", *AUDIO_LISTS), reading)
    audio: dict[str, Any] = {"encode": read_encode(given, reading)}
    for name, alias in AUDIO_LISTS.items():
        here = reading.at(name, to=(alias,))
        if name in given:
            items = enumerate(list_of(given[name], here))
            audio[alias] = [
                read_user(AudioUser, item, here.at(index, to=(index,)), room) for index, item in items
            ]
    return audio


def _picture(value: Any, reading: Reading, room: Room) -> dict[str, Any]:
    """`video`, and `layout` if there is anything to say of it."""
    given = object_of(value, ("VideoEncode", "LayoutParams", *BACKGROUND, "WaterMarkList"), reading)
    reading.at(to=("video",))
    encode = reading.at("VideoEncode", to=("video", "encode"))
    video = {"encode": read_part(VideoEncode, given["VideoEncode"], encode)} if "VideoEncode" in given else {}
    around = _around(given, reading)
    here, params = reading.at("LayoutParams", to=("layout",)), given.get("LayoutParams")
    if params == {} and around:
        here.warn("is empty, which a manifest cannot express here: dropped")
    layout = around if params is None else {**_layout(params, here, room), **around}
    return {"video": video, **({"layout": layout} if layout or params is not None else {})}


def _around(given: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """Background and watermarks, which the API has beside the layout."""
    around: dict[str, Any] = {}
    behind = {name: given[name] for name in BACKGROUND if name in given}
    if behind:
        around["background"] = read_part(Background, behind, reading.at(to=("layout", "background")))
    here = reading.at("WaterMarkList", to=("layout", "watermarks"))
    if "WaterMarkList" in given:
        items = enumerate(list_of(given["WaterMarkList"], here))
        around["watermarks"] = [_watermark(item, here.at(index, to=(index,))) for index, item in items]
    return around


def _watermark(value: Any, reading: Reading) -> dict[str, Any]:
    mark = read_part(Watermark, value, reading)
    if "waterMarkType" not in mark and "image" not in mark and "text" in mark:
        reading.at("WaterMarkType").warn(
            "is missing, which means an image, but only a text is given: the manifest sets text"
        )
    return mark


def _layout(value: Any, reading: Reading, room: Room) -> dict[str, Any]:
    beside = ("MixLayoutList", "MaxVideoUser")
    layout = read_part(LayoutUse, value, reading, apart=("max_video_user",), beside=beside)
    positions, here = member(value, "MixLayoutList"), reading.at("MixLayoutList", to=("slots",))
    if positions == [] and layout.get("mode") != "custom":
        here.warn("is an empty list, which is only valid with MixLayoutMode 4: dropped")
    elif positions and isinstance(positions, list) and _places_by_itself(value, layout):
        here.leave_out(
            f"has {len(positions)} entries that are only valid with MixLayoutMode 4: in this mode the API "
            f"places the pictures itself"
        )
    elif positions is not None:
        layout |= _slots(list_of(positions, here), here, reading, room)
    big = member(value, "MaxVideoUser")
    if big is not None:
        given = object_of(big, ("UserMediaStream",), reading.at("MaxVideoUser"))
        user = reading.at("MaxVideoUser", "UserMediaStream", to=("maxVideoUser",))
        layout["maxVideoUser"] = read_user(UserStream, given.get("UserMediaStream", {}), user, room)
    return layout


def _places_by_itself(value: Any, layout: Mapping[str, Any]) -> bool:
    """Whether the mode is one in which the API reads no positions; a mode that is none is told by itself."""
    return layout.get("mode") != "custom" and ("mode" in layout or member(value, "MixLayoutMode") is None)


def _slots(positions: list[Any], here: Reading, layout: Reading, room: Room) -> dict[str, Any]:
    slots, users = [], {}
    for index, value in enumerate(positions):
        name, place = f"slot-{index + 1}", here.at(index, to=(index,))
        slots.append({"name": name, **read_part(Slot, value, place, beside=("UserMediaStream",))})
        _check_sides(value, place)
        stream = member(value, "UserMediaStream")
        if stream is not None:
            user = layout.at("MixLayoutList", index, "UserMediaStream", to=("users", name))
            users[name] = read_user(UserStream, stream, user, room)
    return {"slots": slots, **({"users": users} if users else {})}


def _check_sides(value: Any, reading: Reading) -> None:
    """A manifest can have per cent in the place of pixels; the API cannot."""
    for name in SIDES:
        side = member(value, name)
        if isinstance(side, str):
            reading.at(name).problem(f"found {found(side)}; allowed: a whole number of pixels")
