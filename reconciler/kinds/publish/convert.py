"""StartPublishCdnStream read back: what mixed and relayed streams have alike.

WithTranscoding tells the two apart: 1 mixes, 0 relays (reference semantics §2).
"""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.converting.addresses import read_push
from reconciler.kinds.converting.parts import list_of, member, object_of, read_part
from reconciler.kinds.converting.reading import Reading, found
from reconciler.kinds.converting.rooms import ROOM, read_room
from reconciler.kinds.publish.fields import Agent, AudioEncode, FeedBackRoom, Publish
from reconciler.kinds.publish.record import Record
from reconciler.kinds.publish.sei import Sei

FIELDS = (
    "SdkAppId",
    *ROOM,
    "AgentParams",
    "WithTranscoding",
    "AudioParams",
    "VideoParams",
    "SingleSubscribeParams",
    "PublishCdnParams",
    "SeiParams",
    "FeedBackRoomParams",
    "RecordParams",
)
_NOTHING = "has neither robot nor room, so there is nothing to declare"
DECLINED = {
    "UpdatePublishCdnStream": f"an update {_NOTHING}: merge it into the task's StartPublishCdnStream "
    "request and convert that",
    "StopPublishCdnStream": f"a stop {_NOTHING}: convert the task's StartPublishCdnStream request, and set "
    "state: stopped in the manifest",
}


def is_mix(request: Mapping[str, Any]) -> bool:
    """Whether a request mixes; one that does not say so is taken for what else it looks like."""
    code = str(request.get("WithTranscoding"))
    return code == "1" if code in ("0", "1") else "SingleSubscribeParams" not in request


def title(request: Mapping[str, Any]) -> str:
    """The robot's user ID."""
    return str(member(request.get("AgentParams"), "UserId") or "")


def read_publish(given: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The fields of every publish task's document but for picture and sound."""
    reading.at("SdkAppId", to=("sdkAppId",))
    spec = {"sdkAppId": given.get("SdkAppId"), "room": read_room(given, reading)}
    spec["agent"] = _agent(given.get("AgentParams"), reading.at("AgentParams", to=("agent",)))
    spec["publish"] = _entries(given, "PublishCdnParams", "publish", _push, reading)
    spec["feedBackRooms"] = _entries(given, "FeedBackRoomParams", "feedBackRooms", _feedback, reading)
    for name, alias, model in (("SeiParams", "sei", Sei), ("RecordParams", "record", Record)):
        if name in given:
            spec[alias] = read_part(model, given[name], reading.at(name, to=(alias,)))
    return {alias: value for alias, value in spec.items() if value is not None}


def _agent(value: Any, reading: Reading) -> dict[str, Any]:
    reading.drop_user_sig(value)
    agent = read_part(
        Agent, {} if value is None else value, reading, apart=("user_sig",), beside=("UserSig",)
    )
    if "userId" not in agent:
        reading.at("UserId").warn("is missing but required by the API: apply chooses the robot's name")
    return agent


def _entries(given: Mapping[str, Any], name: str, alias: str, read: Any, reading: Reading) -> Any:
    here = reading.at(name, to=(alias,))
    if name not in given:
        return None
    items = list_of(given[name], here)
    if not items and given[name] == []:
        here.warn("is an empty list, which a start does not send: dropped")
        return None
    return [read(item, here.at(index, to=(index,))) for index, item in enumerate(items)]


def _push(value: Any, reading: Reading) -> dict[str, Any]:
    rest = read_part(Publish, value, reading, apart=("url", "auth"), beside=("PublishCdnUrl",))
    foreign = rest.get("isTencentCdn") is False
    return {
        **read_push(member(value, "PublishCdnUrl"), reading.at("PublishCdnUrl"), declared_foreign=foreign),
        **rest,
    }


def _feedback(value: Any, reading: Reading) -> dict[str, Any]:
    reading.drop_user_sig(value)
    robot = read_part(FeedBackRoom, value, reading, apart=("room", "user_sig"), beside=(*ROOM, "UserSig"))
    room = read_room(value, reading) if isinstance(value, Mapping) else None
    return {**({} if room is None else {"room": room}), **robot}


def read_encode(audio: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """How the sound is encoded; `reading` is that of AudioParams, whose object `audio` is."""
    if "AudioEncode" in audio:
        return read_part(AudioEncode, audio["AudioEncode"], reading.at("AudioEncode", to=("encode",)))
    sent = AudioEncode()
    reading.at("AudioEncode").warn(
        f"is missing but required by the API for a start: the manifest sets {sent.sample_rate} Hz, "
        f"{sent.channel} channels and {sent.bit_rate} kbps"
    )
    return sent.to_json()


def no_manifest(names: tuple[str, ...], given: Mapping[str, Any], why: str, reading: Reading) -> None:
    """A problem for each of the fields that is given, and not as an empty list."""
    for name in names:
        if given.get(name) not in (None, []):
            reading.at(name).problem(f"not supported in a manifest: {why}")


def start_of(request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The fields that are given; notes those that are not known, and a WithTranscoding that is no code."""
    given = object_of(request, FIELDS, reading)
    code = given.get("WithTranscoding")
    if type(code) is not int or code not in (0, 1):
        reading.at("WithTranscoding").problem(
            f"found {found(code)}; allowed: 0 (relay one user's stream), 1 (mix streams)"
        )
    return given
