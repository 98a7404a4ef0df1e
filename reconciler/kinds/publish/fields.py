"""The fields that every kind of publish task has: robot, audio, push addresses, rooms, SEI.

TRTC StartPublishCdnStream (reference fields, section of this name; semantics §1 to §7).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler.kinds.base import Fault
from reconciler.kinds.fields import Room, User, code
from reconciler.kinds.live import PushTarget
from reconciler.kinds.marks import RESTART, Many, Mark, Model
from reconciler.kinds.push import RECONNECT, Push
from reconciler.kinds.robots import Robot
from reconciler.model import Impact

CODECS = ("LC-AAC", "HE-AAC", "HE-AACv2")
MAX_TARGETS = 10


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


class Publish(Push):
    """One entry of PublishCdnParams; IsTencentCdn is always said, as the wrong one is billed."""

    is_tencent_cdn: Annotated[bool, RECONNECT] = True

    def to_request(self, signed: Mapping[str, str]) -> dict[str, Any]:
        """PublishCdnParams entry; `signed` is as in the state's entry."""
        return {"PublishCdnUrl": self.address(signed), "IsTencentCdn": int(self.is_tencent_cdn)}

    def watched(self) -> tuple[PushTarget, ...]:
        """The live stream that the push makes, where it is one of Tencent's that can be named."""
        target = self.live_target() if self.is_tencent_cdn else None
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


def _targets(*key: str) -> Mark:
    """A list of places that the stream goes to: one that goes is cut, one that comes disturbs none."""
    return Mark(
        changed=Impact.RECONNECT,
        added=Impact.NONE,
        removed=Impact.STOP,
        emptied=Impact.RESTART,
        key=key,
    )


Targets = Annotated[tuple[Publish, ...], Many, Field(max_length=MAX_TARGETS), _targets("url")]
FeedBackRooms = Annotated[
    tuple[FeedBackRoom, ...], Many, Field(max_length=MAX_TARGETS), _targets("room", "userId")
]
