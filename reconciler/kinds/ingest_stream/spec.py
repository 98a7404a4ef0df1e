"""What an IngestStream's document has."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from reconciler.kinds.addresses import SourceAddress
from reconciler.kinds.api import Api, Part, Spec
from reconciler.kinds.ending import Ending
from reconciler.kinds.fields import REGION, Region, SecretSource, UserId
from reconciler.kinds.forms import JsonSchemaHint
from reconciler.kinds.marks import IN_PLACE, RESTART, SEEN
from reconciler.kinds.prevent import Preventable
from reconciler.kinds.regions import INGEST_STOP
from reconciler.kinds.robots import Robot, RoomScoped
from reconciler.kinds.sites import Site
from reconciler.kinds.timing import Timed


def _plays(value: int) -> int:
    if value == -1 or 1 <= value <= 1000:
        return value
    raise ValueError("use the number of times to play the source, 1 to 1000, or -1 to loop forever")


TEMPOS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)


def _tempo(value: float) -> float:
    if value in TEMPOS:
        return value
    raise ValueError("not a valid tempo: use 0.5, 0.75, 1.0, 1.25, 1.5, 1.75 or 2.0")


class VideoEncodeParams(Part):
    """How the picture of a source is encoded anew."""

    width: Annotated[int | None, Field(ge=0, le=1920)] = None
    """Width in pixels."""
    height: Annotated[int | None, Field(ge=0, le=1080)] = None
    """Height in pixels."""
    fps: Annotated[int | None, Field(ge=1, le=60)] = None
    """Frames per second."""
    bit_rate: Annotated[int | None, Field(ge=1, le=10000)] = None
    """Kilobits per second."""
    gop: Annotated[int | None, Field(ge=1, le=2)] = None
    """Seconds between key frames."""


class AudioEncodeParams(Part):
    """How the sound of a source is encoded anew."""

    sample_rate: Literal[48000, 44100] | None = None
    """Samples per second."""
    channel: Literal[1, 2] | None = None
    """1 mono, 2 stereo."""
    bit_rate: Annotated[int | None, Field(ge=8, le=500)] = None
    """Kilobits per second."""
    volume: Annotated[int | None, Field(ge=0, le=300), Api(default=100)] = None
    """The volume: 0 is silent, 100 as in the source."""


AS_THE_SOURCE = "remove it; the video is passed through as in the source"
OR_VOLUME = "remove it, or use volume; the audio is passed through as in the source"


class IngestStreamSpec(RoomScoped, Robot, Preventable, Ending, Timed, Spec):
    """The fields of the document."""

    served: ClassVar = INGEST_STOP
    withdrawn: ClassVar = {
        "sourceUrl": "deprecated on the mainland site: use streamUrl, which both sites support",
    }

    region: Annotated[Region | None, RESTART, REGION] = None
    """The region to start the task in; default: the workspace's."""
    room_id_type: Annotated[
        Literal["integer", "string"] | None, RESTART, Api(words=("string", "integer"))
    ] = None
    """The room type sent to the API; if unset, it follows the form of `room` (recommended)."""
    state: Annotated[Literal["running", "paused", "stopped"], Api(at=("IsPause",))] = "running"
    """The desired state; a paused task is billed, and ends after 12 hours."""
    user_id: Annotated[UserId | None, RESTART, Api(at=("UserId", "UserIds[]"))] = None
    """The robot's user ID, unique in its room; default: generated, the same in every run."""
    user_sig: Annotated[SecretSource | None, RESTART] = None
    """A UserSig for the robot; default: made from the workspace's `trtc.secretKey`."""
    stream_url: Annotated[SourceAddress, SEEN]
    """The stream to pull: HTTP, HTTPS, RTMP or HLS; at most 1080p and 30 frames per second."""
    private_map_key: Annotated[SecretSource | None, RESTART] = None
    """The robot's room permission, for applications with advanced permission control."""
    seek_second: Annotated[int | None, Field(ge=0), RESTART] = None
    """The second of the source to start at."""
    auto_push: Annotated[bool | None, RESTART] = None
    """Whether the room's stream is relayed automatically, as configured in the console."""
    repeat_num: Annotated[
        int | None,
        AfterValidator(lambda v: v if v is None else _plays(v)),
        JsonSchemaHint({"anyOf": [{"const": -1}, {"minimum": 1, "maximum": 1000}]}),
        Api(default=1),
        RESTART,
    ] = None
    """The number of times to play the source: 1 to 1000, or -1 to loop forever."""
    max_duration: Annotated[int | None, Field(ge=1, le=10080), RESTART] = None
    """Maximum duration in minutes; only used with `repeatNum: -1`."""
    volume: Annotated[int | None, Field(ge=0, le=200), Api(default=100), SEEN] = None
    """The volume: 0 to 100, up to 200 on the mainland site."""
    enable_progress: Annotated[bool | None, Api(default=False, only=Site.MAINLAND), IN_PLACE] = None
    """Whether progress is reported in callbacks."""
    tempo: Annotated[
        float | None,
        AfterValidator(lambda v: v if v is None else _tempo(v)),
        JsonSchemaHint({"enum": list(TEMPOS)}),
        Api(default=1.0, only=Site.MAINLAND),
        SEEN,
    ] = None
    """The playback speed: 0.5, 0.75, 1.0, 1.25, 1.5, 1.75 or 2.0."""
    idle_timeout: Annotated[int | None, Field(ge=0, le=600), Api(only=Site.MAINLAND), RESTART] = None
    """Seconds of idleness after which the API ends the task; adaptive if omitted. What counts as
    idle is not documented."""

    video_encode_params: Annotated[
        VideoEncodeParams | None, RESTART, Api(only=Site.INTERNATIONAL, instead=AS_THE_SOURCE)
    ] = None
    """How the video is re-encoded; deprecated on the mainland site, which passes the source's through."""
    audio_encode_params: Annotated[
        AudioEncodeParams | None, RESTART, Api(only=Site.INTERNATIONAL, instead=OR_VOLUME)
    ] = None
    """How the audio is re-encoded; deprecated on the mainland site, which passes the source's through."""

    @property
    def longest(self) -> int | None:
        """After how many seconds the API ends it; None where it does not."""
        return 60 * self.max_duration if self.max_duration is not None and self.repeat_num == -1 else None

    def code(self) -> int:
        """RoomIdType: 0 string room, 1 integer room."""
        kind = self.room_id_type or ("integer" if isinstance(self.room, int) else "string")
        return 1 if kind == "integer" else 0
