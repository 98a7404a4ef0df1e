"""What every kind of publish task shares: its actions, robot, audio, push addresses and rooms.

TRTC StartPublishCdnStream, UpdatePublishCdnStream, StopPublishCdnStream (reference fields,
sections of these names; semantics §1 to §6).
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.fields import (
    Duration,
    PushAddress,
    Room,
    SecretSource,
    User,
    UserId,
    code,
    robot_id,
    seconds,
)
from reconciler.kinds.live import ACTIVE, PushTarget, target_of
from reconciler.kinds.marks import IN_PLACE, RESTART, Many, Mark, Model
from reconciler.model import Action, Call, Impact, Observation, PushUrl, SecretRef, UserSig

VERSION = "2019-07-22"
START = Action("trtc", VERSION, "StartPublishCdnStream", per_second=20, starts=True)
UPDATE = Action("trtc", VERSION, "UpdatePublishCdnStream", per_second=20)
STOP = Action("trtc", VERSION, "StopPublishCdnStream", per_second=20)
ACTIONS = (START, UPDATE, STOP)

USER_SIG_SECONDS = 180 * 86400
CODECS = ("LC-AAC", "HE-AAC", "HE-AACv2")
MAX_TARGETS = 10

RECONNECT = Mark(changed=Impact.RECONNECT)


class Robot(Model):
    """A user of ours in a room; named, and signed for, by us unless that is said here."""

    user_id: UserId | None = None
    user_sig: SecretSource | None = None


class Agent(Robot):
    """The robot that a task brings into its room, and how many seconds it stays in an empty one."""

    max_idle_time: Annotated[int, Field(ge=5, le=86400)] = 30


class AudioEncode(Model):
    """How the sound is encoded; cannot be changed while a task runs (semantics §3)."""

    sample_rate: Literal[48000, 44100, 32000, 24000, 16000, 8000] = 48000
    channel: Literal[1, 2] = 2
    bit_rate: Annotated[int, Field(ge=8, le=500)] = 64
    codec: Literal["LC-AAC", "HE-AAC", "HE-AACv2"] = "LC-AAC"

    def faults(self) -> list[Fault]:
        """The combinations that the API excludes (fields, "AudioParams")."""
        found = []
        if self.codec == "HE-AACv2" and self.channel != 2:
            found.append(Fault(("channel",), "codec HE-AACv2 needs channel 2"))
        if self.codec != "LC-AAC" and self.sample_rate == 8000:
            found.append(Fault(("sampleRate",), f"codec {self.codec} does not go with 8000 Hz"))
        return found

    def to_request(self) -> dict[str, Any]:
        """AudioEncode."""
        return {
            "SampleRate": self.sample_rate,
            "Channel": self.channel,
            "BitRate": self.bit_rate,
            "Codec": code(self.codec, *CODECS),
        }


class AudioUser(User):
    """One entry of an audio list; the level, 0 to 100, counts in the allowlist only."""

    sound_level: Annotated[int, Field(ge=0, le=100)] | None = None

    def to_entry(self) -> dict[str, Any]:
        """McuUserInfoParams."""
        level = {} if self.sound_level is None else {"SoundLevel": self.sound_level}
        return {"UserInfo": self.to_request(), **level}


_AUDIO_LIST = Mark(visible=True, key=("userId", "room"))


class Audio(Model):
    """Whose sound is heard, and how it is encoded; without lists everybody is heard."""

    encode: Annotated[AudioEncode, RESTART] = AudioEncode()
    subscribe_audio_list: Annotated[tuple[AudioUser, ...], Many, _AUDIO_LIST] = ()
    un_subscribe_audio_list: Annotated[tuple[AudioUser, ...], Many, _AUDIO_LIST] = ()

    def in_room(self, room: int | str) -> "Audio":
        """The same with the stream's own room where none is named."""
        return self.model_copy(
            update={
                "subscribe_audio_list": tuple(user.in_room(room) for user in self.subscribe_audio_list),
                "un_subscribe_audio_list": tuple(user.in_room(room) for user in self.un_subscribe_audio_list),
            }
        )

    def lists(self) -> dict[str, Any]:
        """Both lists, empty where they say nothing, so that an update is unambiguous (semantics §3.5)."""
        return {
            "SubscribeAudioList": [user.to_entry() for user in self.subscribe_audio_list],
            "UnSubscribeAudioList": [user.to_entry() for user in self.un_subscribe_audio_list],
        }

    def to_request(self) -> dict[str, Any]:
        """AudioParams of a start."""
        lists = {name: users for name, users in self.lists().items() if users}
        return {"AudioEncode": self.encode.to_request(), **lists}


class PushAuth(Model):
    """From what txSecret and txTime of a push address are made when it is sent (signing §4)."""

    key: Annotated[SecretSource, RECONNECT]
    valid_for: Annotated[Duration, IN_PLACE] = "24h"


class Publish(Model):
    """One address that the stream is pushed to; a change of its text cuts that push."""

    url: Annotated[PushAddress, RECONNECT]
    auth: Annotated[PushAuth | None, RECONNECT] = None
    is_tencent_cdn: Annotated[bool, RECONNECT] = True

    def address(self, signed: Mapping[str, str]) -> str | SecretRef:
        """The address as text, or as what it is made from; a running push keeps its txTime."""
        if isinstance(self.url, SecretSource):
            return self.url.ref()
        if self.auth is None:
            return self.url
        tx_time = signed.get(self.url)
        valid_for = seconds(self.auth.valid_for) if tx_time is None else 0
        return PushUrl(self.url, self.auth.key.ref(), valid_for, tx_time)

    def to_request(self, signed: Mapping[str, str]) -> dict[str, Any]:
        """PublishCdnParams entry; IsTencentCdn is always said, as the wrong one is billed."""
        return {"PublishCdnUrl": self.address(signed), "IsTencentCdn": int(self.is_tencent_cdn)}

    def target(self) -> str:
        """What can be pushed to by one task at a time: domain/app/stream, or the reference."""
        if isinstance(self.url, SecretSource):
            return str(self.url.to_json())
        return push_target(self.url)

    def watched(self) -> tuple[PushTarget, ...]:
        """The live stream that the push makes, where it is one of Tencent's that can be named."""
        if isinstance(self.url, SecretSource) or not self.is_tencent_cdn:
            return ()
        target = target_of(self.url)
        return (target,) if target else ()


class FeedBackRoom(Robot):
    """A room that the mixed stream is brought back into, and the robot that brings it."""

    room: Room


class LayoutVolume(Model):
    """SEI with the layout and each user's volume (semantics §7); interval in milliseconds."""

    app_data: Annotated[str, Field(max_length=4095)] | None = None
    payload_type: Annotated[int, Field(ge=100, le=254)] = 100
    interval: Annotated[int, Field(ge=1)] = 1000
    follow_idr: bool = False

    def to_request(self) -> dict[str, Any]:
        """LayoutVolume."""
        data = {} if self.app_data is None else {"AppData": self.app_data}
        return {
            **data,
            "PayloadType": self.payload_type,
            "Interval": self.interval,
            "FollowIdr": int(self.follow_idr),
        }


class Sei(Model):
    """Supplemental information in the video stream."""

    layout_volume: Annotated[LayoutVolume | None, Mark(removed=Impact.RESTART)] = None

    def to_request(self) -> dict[str, Any]:
        """SeiParams."""
        return {} if self.layout_volume is None else {"LayoutVolume": self.layout_volume.to_request()}


Targets = Annotated[
    tuple[Publish, ...],
    Many,
    Field(max_length=MAX_TARGETS),
    Mark(
        changed=Impact.RECONNECT,
        added=Impact.NONE,
        removed=Impact.STOP,
        emptied=Impact.RESTART,
        key=("url",),
    ),
]
FeedBackRooms = Annotated[
    tuple[FeedBackRoom, ...],
    Many,
    Field(max_length=MAX_TARGETS),
    Mark(
        changed=Impact.RECONNECT,
        added=Impact.NONE,
        removed=Impact.STOP,
        emptied=Impact.RESTART,
        key=("room", "userId"),
    ),
]


def push_target(url: str) -> str:
    """domain/app/stream of a push address, without what follows the question mark."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def robot_key(sdk_app_id: int | None, room: int | str, user_id: str | None) -> str:
    """One user of one room of one application; integer and string rooms are told apart."""
    return f"robot {sdk_app_id}/{room!r}/{user_id}"


def named_rooms(rooms: Iterable[FeedBackRoom], scope: Scope) -> tuple[FeedBackRoom, ...]:
    """The rooms with a robot of ours where none is named."""
    workspace, address = scope.settings.workspace, scope.address
    return tuple(
        room
        if room.user_id is not None
        else room.model_copy(update={"user_id": robot_id(workspace, address, room.room, "feedback")})
        for room in rooms
    )


def robot_request(robot: Robot, subject: Subject) -> dict[str, Any]:
    """UserId and UserSig; the signature is the one that is given, or made when the call is sent."""
    user_id = robot.user_id or ""
    return {"UserId": user_id, "UserSig": _user_sig(robot, user_id, subject)}


def _user_sig(robot: Robot, user_id: str, subject: Subject) -> SecretRef:
    if robot.user_sig is not None:
        return robot.user_sig.ref()
    key = subject.settings.secret_key
    if key is None:
        raise ValueError("a UserSig is made only for specs that were resolved with a key")
    return UserSig(subject.spec.sdk_app_id, user_id, key, USER_SIG_SECONDS)


def changed_blocks(new: Mapping[str, Any], olds: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Those blocks of `new` that differ from any of `olds`, complete (semantics §3.3)."""
    others = list(olds)
    return {name: block for name, block in new.items() if any(old.get(name) != block for old in others)}


def watched(publish: Iterable[Publish]) -> tuple[PushTarget, ...]:
    """The live streams that a task's pushes make."""
    return tuple(target for one in publish for target in one.watched())


def judge(targets: Iterable[PushTarget], states: Mapping[PushTarget, str], at: float) -> Observation | None:
    """Silent if none of the pushes is active: the room may be quiet, so nothing follows from it."""
    known = [states.get(target) for target in targets]
    if not known or None in known:
        return None
    active = sum(state == ACTIVE for state in known)
    evidence = f"{active} of {len(known)} pushes to Tencent's CDN are active"
    return Observation(None, evidence, at, silent=not active)


def stop_calls(subject: Subject) -> tuple[Call, ...]:
    """StopPublishCdnStream in the region that the task was started in."""
    request = {"SdkAppId": subject.spec.sdk_app_id, "TaskId": subject.task_id}
    return (Call(STOP, subject.spec.region, request),)
