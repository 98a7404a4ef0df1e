"""What a Recording's document has (reference fields, "CreateCloudRecording"; recordings §1 to §3)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.api import NOWHERE, Api, Part, Spec, switch
from reconciler.kinds.ending import Ending
from reconciler.kinds.fields import REGION, SecretSource, UserId, region_marks
from reconciler.kinds.marks import RESTART, SEEN, ChangeEffect
from reconciler.kinds.mix_layout.referring import LayoutReference
from reconciler.kinds.prevent import Preventable
from reconciler.kinds.recording.encoding import MixTranscode
from reconciler.kinds.recording.mixed import STREAMS, MixedLayout
from reconciler.kinds.recording.regions import RECORD
from reconciler.kinds.recording.storage import StorageParams
from reconciler.kinds.recording.subscribing import Subscriptions
from reconciler.kinds.robots import Robot, RoomScoped
from reconciler.kinds.timing import Timed
from reconciler.model import Impact

MODES = ("single", "mix")
RECORDED = ("audio-video", "audio", "video")
VIDEOS = ("both", "camera", "screen")
FORMATS = ("hls", "hls+mp4", "hls+aac", "mp4", "aac")
FILLS = ("last-frame", "black")
USUAL_HOURS = 72
RecordRegion = Annotated[str, *region_marks(RECORD, "recordings")]
_OUTLASTS = ChangeEffect(Impact.RESTART, why="the time counts from a start, and no update can say another")
_LAYOUT = ChangeEffect(
    visible=True, removed=Impact.RESTART, why="it is unconfirmed what an update does that leaves it out"
)


class Recorded(Part):
    """What is recorded, and as which files; nothing but whose sound and picture can be changed."""

    record_mode: Annotated[Literal["single", "mix"], Api(words=MODES, first=1)]
    """One file for each user (`single`), or one of all (`mix`)."""
    stream_type: Annotated[
        Literal["audio-video", "audio", "video"] | None, Api(words=RECORDED, default="audio-video")
    ] = None
    """What of the streams is recorded."""
    media_id: Annotated[Literal["both", "camera", "screen"] | None, Api(words=VIDEOS, default="both")] = None
    """Whose video: the camera's, the shared screen's, or both."""
    subscribe_stream_user_ids: Annotated[
        Subscriptions | None,
        SEEN,
        Api(default=Subscriptions(), at=("SubscribeStreamUserIds", "/SubscribeStreamUserIds")),
    ] = None
    """Whose sound and picture is recorded; default: everybody's."""
    subscribe_ability: Annotated[bool | None, switch(default=False)] = None
    """Whether robots that bring a mix back into the room are recorded as well."""
    max_idle_time: Annotated[Annotated[int, Field(ge=5, le=86400)] | None, Api(default=30)] = None
    """How many seconds the recording goes on after every anchor has left the room, and then ends by itself;
    waiting is billed."""
    output_format: Annotated[
        Literal["hls", "hls+mp4", "hls+aac", "mp4", "aac"] | None, Api(words=FORMATS, default="hls")
    ] = None
    """The format of files in an object storage; in video on demand, `storage` has `mediaType`."""
    av_merge: Annotated[bool | None, switch(default=False)] = None
    """With mode single, whether a user's sound and picture share a file."""
    max_media_file_duration: Annotated[Annotated[int, Field(ge=1, le=1440)] | None, Api(default=1440)] = None
    """Minutes after which another mp4 or aac file begins; so it does at 2 GB."""
    fill_type: Annotated[Literal["last-frame", "black"] | None, Api(words=FILLS, default="last-frame")] = None
    """What is recorded while a user's video is gone."""


class RecordedUser(Part):
    """A user of the recording's room."""

    user_id: UserId
    """The user's ID in the room."""
    stream_type: Annotated[Literal["camera", "screen"] | None, Api(words=STREAMS, default="camera")] = None
    """Which video of the user: camera or shared screen."""


class RecordedLayout(LayoutReference):
    """A MixLayout by reference, or inline, and who is seen where in it."""

    users: Annotated[dict[str, RecordedUser], NOWHERE] = Field(default_factory=dict)
    """The user shown in each slot; slots without a user are filled in order of joining."""
    max_video_user: Annotated[RecordedUser | None, NOWHERE] = None
    """The user shown large, in the modes floating and screen-share."""


class RecordingSpec(RoomScoped, Robot, Preventable, Ending, Timed, Spec):
    """The fields of the document; every change but of the layout and of who is recorded breaks the file."""

    served: ClassVar = RECORD

    region: Annotated[RecordRegion | None, RESTART, REGION] = None
    """The region to record in; default: the workspace's."""
    state: Annotated[Literal["running", "stopped"], NOWHERE] = "running"
    """The desired state."""
    user_id: Annotated[UserId | None, RESTART] = None
    """The robot's user ID, unlike every other of the room; default: generated, the same in every run."""
    user_sig: Annotated[SecretSource | None, RESTART] = None
    """A UserSig for the robot, valid for as long as the recording may run, as a recorder that is moved enters
    again; default: made from the workspace's `trtc.secretKey`."""
    private_map_key: Annotated[SecretSource | None, RESTART] = None
    """The robot's room permission, for applications with advanced permission control."""
    resource_expired_hour: Annotated[
        Annotated[int, Field(ge=6, le=720)] | None, _OUTLASTS, Api(default=USUAL_HOURS)
    ] = None
    """Hours from its start in which the recording can be asked after, changed and stopped by its TaskId.
    After that it goes on, and only its robot can end it: use 720, the most, for what runs longer than 3 days.
    """
    record: Annotated[Recorded, RESTART, Api(name="RecordParams")]
    """What is recorded, and as which files."""
    storage: Annotated[StorageParams, RESTART, Api(name="StorageParams")]
    """Where files are kept."""
    mix_transcode: Annotated[MixTranscode | None, RESTART, Api(name="MixTranscodeParams")] = None
    """How a mixed recording is encoded."""
    layout: Annotated[RecordedLayout | None, SEEN, NOWHERE] = None
    """The picture of a mixed recording: a reference to a MixLayout, or an inline layout."""
    mix_layout: Annotated[MixedLayout | None, _LAYOUT, Api(name="MixLayoutParams")] = None
    """The same by the API's own fields of recordings, in place of `layout`."""

    def code(self) -> int:
        """RoomIdType: 0 string room, 1 integer room; the other way round than of streams."""
        return 1 if isinstance(self.room, int) else 0

    def hours(self) -> int:
        """How long its TaskId is of use."""
        return self.resource_expired_hour or USUAL_HOURS
