"""The fields that every kind of publish task has: robot, audio, push addresses, rooms.

See reference fields, "StartPublishCdnStream"; semantics §1 to §7.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reconciler.addresses.push import is_foreign, tencent_fault
from reconciler.kinds.api import Api, Part
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import ROOM, Room, SecretSource, User
from reconciler.kinds.live import PushTarget
from reconciler.kinds.marks import IN_PLACE, RESTART, ChangeEffect, Many
from reconciler.kinds.publish.record import RecordKey
from reconciler.kinds.push import RECONNECT, Push, held_push_fault
from reconciler.kinds.push_domains import PushDomain, ShortForm
from reconciler.kinds.robots import Robot
from reconciler.kinds.sites import Site
from reconciler.model import Impact

CODECS = ("LC-AAC", "HE-AAC", "HE-AACv2")
MAX_TARGETS = 10


class Agent(Robot):
    """The robot that a task brings into its room; cannot be changed while the task runs."""

    max_idle_time: Annotated[int | None, Field(ge=5, le=86400), Api(default=30)] = None
    """How many seconds the task keeps running after everyone has left the room."""

    def idle(self) -> dict[str, Any]:
        """MaxIdleTime, where it is said."""
        return {} if self.max_idle_time is None else {"MaxIdleTime": self.max_idle_time}


class AudioEncode(Part):
    """How the sound is encoded; cannot be changed while a task runs (semantics §3)."""

    sample_rate: Literal[48000, 44100, 32000, 24000, 16000, 8000] = 48000
    """Samples per second."""
    channel: Literal[1, 2] = 2
    """1 mono, 2 stereo."""
    bit_rate: Annotated[int, Field(ge=8, le=500)] = 64
    """Kilobits per second."""
    codec: Annotated[Literal["LC-AAC", "HE-AAC", "HE-AACv2"] | None, Api(words=CODECS, default="LC-AAC")] = (
        None
    )
    """The codec; HE-AACv2 requires two channels, and neither HE-AAC codec supports 8000 Hz."""

    def faults(self) -> list[Fault]:
        """The combinations that the API excludes (fields, "AudioParams, cross rules")."""
        found = []
        if self.codec == "HE-AACv2" and self.channel != 2:
            found.append(Fault(("channel",), "codec HE-AACv2 requires channel 2"))
        if self.codec not in (None, "LC-AAC") and self.sample_rate == 8000:
            found.append(Fault(("sampleRate",), f"codec {self.codec} does not support 8000 Hz"))
        return found


class AudioUser(User):
    """One entry of an audio list."""

    sound_level: Annotated[int | None, Field(ge=0, le=100), Api(default=100)] = None
    """The user's volume, 0 to 100; only used in the allowlist."""

    def to_request(self) -> dict[str, Any]:
        """McuUserInfoParams."""
        level = {} if self.sound_level is None else {"SoundLevel": self.sound_level}
        return {"UserInfo": self.info(), **level}


_AUDIO_LIST = ChangeEffect(visible=True, key=("userId", "room"))
AudioList = Annotated[tuple[AudioUser, ...] | None, Many, _AUDIO_LIST, Api(default=())]


class Audio(Part):
    """Whose sound is heard, and how it is encoded; without lists everybody is heard."""

    encode: Annotated[AudioEncode, Api(name="AudioEncode"), RESTART] = AudioEncode()
    """How the audio is encoded."""
    subscribe_audio_list: AudioList = None
    """The allowlist: only these users are heard; can include users of other rooms."""
    un_subscribe_audio_list: AudioList = None
    """The blocklist: these users are not heard, even if they are in the allowlist."""

    def in_room(self, room: int | str) -> "Audio":
        """The same with the stream's own room where none is named."""
        names = ("subscribe_audio_list", "un_subscribe_audio_list")
        given = {name: users for name in names if (users := getattr(self, name)) is not None}
        lists = {name: tuple(user.in_room(room) for user in users) for name, users in given.items()}
        return self.model_copy(update=lists)

    def heard(self) -> tuple[AudioUser, ...]:
        """Those of the allowlist."""
        return self.subscribe_audio_list or ()

    def lists(self) -> dict[str, Any]:
        """Both lists, empty where they say nothing, so that an update is unambiguous (semantics §3.5)."""
        return {
            "SubscribeAudioList": [user.to_request() for user in self.heard()],
            "UnSubscribeAudioList": [user.to_request() for user in self.un_subscribe_audio_list or ()],
        }


def _publish_of(domain: PushDomain, beside: Mapping[str, Any]) -> dict[str, Any]:
    ours = {} if domain.is_tencent_cdn is None else {"isTencentCdn": domain.is_tencent_cdn}
    return {**domain.push(str(beside["stream"])), **ours}


class Publish(Push):
    """One entry of PublishCdnParams."""

    short_form: ClassVar = ShortForm("domain", ("stream",), ("url", "auth", "isTencentCdn"), _publish_of)

    elsewhere: ClassVar = ", and add isTencentCdn: false to an address of another network"

    is_tencent_cdn: Annotated[
        bool | None,
        Api(words=(False, True), default=True, at=("/PublishCdnParams[].IsTencentCdn",)),
        RECONNECT,
    ] = None
    """Whether the address belongs to Tencent's CDN; pushes to other CDNs are billed."""

    @property
    def is_foreign(self) -> bool:
        """Whether it goes to another network, where the address is the key to the stream."""
        declared = self.is_tencent_cdn is False
        return self.auth is None and isinstance(self.url, str) and is_foreign(self.url, declared=declared)

    @property
    def has_tencent_form(self) -> bool:
        """Whether the address is to be one of Tencent's CDN: unless it is declared as another's."""
        return self.is_tencent_cdn is not False or super().has_tencent_form

    def to_request(self, signed: Mapping[str, str]) -> dict[str, Any]:
        """PublishCdnParams entry; `signed` is as in the state's entry."""
        ours = {} if self.is_tencent_cdn is None else {"IsTencentCdn": int(self.is_tencent_cdn)}
        return {"PublishCdnUrl": self.address(signed), **ours}

    def watched(self) -> tuple[PushTarget, ...]:
        """The live stream that the push makes, where it is one of Tencent's that can be named."""
        target = None if self.is_tencent_cdn is False else self.live_target()
        return (target,) if target else ()


def held_cdn_fault(text: str, beside: Mapping[str, Any]) -> str | None:
    """In which way an address that a secret holds cannot be sent in this entry of PublishCdnParams."""
    if beside.get("IsTencentCdn") == 0:
        return held_push_fault(text, beside)
    fault = tencent_fault(text)
    return fault and f"{fault}; for an address of another network, set isTencentCdn: false"


class FeedBackRoom(Robot):
    """A room that the mixed stream is brought back into, and the robot that brings it."""

    room: Annotated[Room, ROOM]
    """The room: a number for an integer room, quoted text for a string room."""
    user_sig: Annotated[SecretSource | None, IN_PLACE] = None
    """A UserSig for the robot; default: made from the workspace's `trtc.secretKey`."""


class Stop(Part):
    """What is told to StopPublishCdnStream beside the task."""

    record_key: Annotated[RecordKey | None, Api(only=Site.MAINLAND)] = None
    """Ends the recording with this key immediately, for every task that shares it."""


def _targets(*key: str) -> ChangeEffect:
    """A list of places that the stream goes to: one that goes is cut, one that comes disturbs none."""
    return ChangeEffect(
        changed=Impact.RECONNECT,
        added=Impact.NONE,
        removed=Impact.STOP,
        emptied=Impact.RESTART,
        why="it is unconfirmed whether an update can remove the last one",
        key=key,
    )


Targets = Annotated[
    tuple[Publish, ...],
    Many,
    Field(max_length=MAX_TARGETS),
    _targets("url"),
    Api(at=("PublishCdnParams[].PublishCdnUrl",)),
]
FeedBackRooms = Annotated[
    tuple[FeedBackRoom, ...],
    Many,
    Field(max_length=MAX_TARGETS),
    _targets("room", "userId"),
    Api(name="FeedBackRoomParams"),
]
