"""An online media stream pulled into a TRTC room by a robot of ours.

See reference fields, "StartStreamIngest", "UpdateStreamIngest", "StopStreamIngest" and
"DescribeStreamIngest"; semantics §10 and §12. The code of the room's kind is the other way
round than for publish tasks: 0 is a string room, 1 an integer one.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag

from reconciler.kinds.api import Api, Site, Spec, said_again
from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.fields import (
    ADDRESS,
    INGEST_REGIONS,
    REGION,
    Region,
    SecretSource,
    UserId,
    has_host,
    secret_or_text,
    text_or_ref,
)
from reconciler.kinds.forms import Form, text_keywords
from reconciler.kinds.guarding import Guarded
from reconciler.kinds.ingest_reading import DECLINED, read_ingest, title
from reconciler.kinds.marks import IN_PLACE, RESTART, SEEN
from reconciler.kinds.reading import Reading
from reconciler.kinds.robots import Robot, RoomScoped, name_of, robot_key, robot_request, scope_faults
from reconciler.kinds.terms import Term, moment_of
from reconciler.model import Action, Address, Call, Observation, Path, Status
from reconciler.state import Entry

VERSION = "2019-07-22"
GONE = ("Status", "NotExist")
START = Action("trtc", VERSION, "StartStreamIngest", per_second=20, starts=True)
UPDATE = Action("trtc", VERSION, "UpdateStreamIngest", per_second=20, gone_when=GONE, once=True)
STOP = Action("trtc", VERSION, "StopStreamIngest", per_second=20)
DESCRIBE = Action("trtc", VERSION, "DescribeStreamIngest", per_second=20)
REMOVE = Action("trtc", VERSION, "RemoveUser", per_second=20)
REMOVE_BY_STRING = Action("trtc", VERSION, "RemoveUserByStrRoomId", per_second=20)

SERVED_ABROAD = ("ap-bangkok", "ap-jakarta", "ap-mumbai", "ap-singapore")
"""Where the international site documents all four ingest actions."""
FILES = ("flv", "mp3", "mp4", "ts", "mov", "mkv", "m4a", "m3u8")
REMOVE_REGIONS = ("ap-beijing", "ap-guangzhou")
LOUDEST_ABROAD = 100
NO_TASK = "0"
HOUR = 3600
MAX_PAUSE = 12 * HOUR
"""After so long a paused task ends (reference semantics §12)."""


_PASSWORD = re.compile(r"^[a-z]+://[^/?#]*@")
_SOURCE = re.compile(r"(https?|rtmp)://[^\s/?#\[\]]+([/?#][^\s]*)?")
_NO_SOURCE = "not a stream to pull: write http://, https:// or rtmp:// and where it is"


def _source(value: str) -> str:
    if _PASSWORD.match(value):
        raise ValueError(
            "a name and password are secrets: hold the whole address in one, as in {env: STREAM_SOURCE}"
        )
    if _SOURCE.fullmatch(value) and has_host(value):
        return value
    raise ValueError(_NO_SOURCE)


_SOURCE_FORM = Form(
    text_keywords(_SOURCE.pattern, _NO_SOURCE)
    | {"not": {"pattern": _PASSWORD.pattern}, "examples": ["https://media.example/film.mp4"]}
)
SourceAddress = Annotated[
    Annotated[Annotated[str, AfterValidator(_source), _SOURCE_FORM], Tag("text")]
    | Annotated[SecretSource, Tag("secret")],
    Discriminator(secret_or_text),
    ADDRESS,
]
"""Where the stream is pulled from, or a reference to a secret that holds it."""


def _plays(value: int) -> int:
    if value == -1 or 1 <= value <= 1000:
        return value
    raise ValueError("write how often the source is played, 1 to 1000, or -1 for without end")


TEMPOS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)


def _tempo(value: float) -> float:
    if value in TEMPOS:
        return value
    raise ValueError("not a tempo: 0.5, 0.75, 1.0, 1.25, 1.5, 1.75 or 2.0")


class IngestStreamSpec(RoomScoped, Robot, Guarded, Spec):
    """The fields of the document."""

    withdrawn: ClassVar = {
        "sourceUrl": "deprecated by the vendor: write streamUrl",
        "videoEncodeParams": "deprecated by the vendor: drop it, the picture is as the source has it",
        "audioEncodeParams": "deprecated by the vendor: drop it, or write volume; the sound is the source's",
    }

    region: Annotated[Region | None, RESTART, REGION] = None
    """The region that the task is started in; the workspace's if it is left out."""
    room_id_type: Annotated[
        Literal["integer", "string"] | None, RESTART, Api(words=("string", "integer"))
    ] = None
    """The kind of room that is told to the API; leave it out, so that it follows how `room` is written."""
    state: Annotated[Literal["running", "paused", "stopped"], Api(at=("IsPause",))] = "running"
    """What is wanted; a paused task is billed, and ends after 12 hours."""
    user_id: Annotated[UserId | None, RESTART, Api(at=("UserId", "UserIds[]"))] = None
    """The robot's user ID, unique in its room; made by the tool, the same in every run, if left out."""
    user_sig: Annotated[SecretSource | None, RESTART] = None
    """A UserSig for the robot; made from the workspace's `trtc.secretKey` if left out."""
    stream_url: Annotated[SourceAddress, SEEN]
    """The stream to pull: HTTP, HTTPS, RTMP or HLS; at most 1080p and 30 frames a second."""
    private_map_key: Annotated[SecretSource | None, RESTART] = None
    """The robot's right to enter the room, where the application has advanced permission control."""
    seek_second: Annotated[int | None, Field(ge=0), RESTART] = None
    """At which second of the source to begin."""
    auto_push: Annotated[bool | None, RESTART] = None
    """Whether the room's stream is relayed by itself, as the console has it set up."""
    repeat_num: Annotated[
        int | None,
        AfterValidator(lambda v: v if v is None else _plays(v)),
        Form({"anyOf": [{"const": -1}, {"minimum": 1, "maximum": 1000}]}),
        Api(default=1),
        RESTART,
    ] = None
    """How often the source is played: 1 to 1000, or -1 for without end."""
    max_duration: Annotated[int | None, Field(ge=1, le=10080), RESTART] = None
    """After how many minutes it ends, with `repeatNum: -1` only."""
    volume: Annotated[int | None, Field(ge=0, le=200), Api(default=100), SEEN] = None
    """How loud it is: 0 to 100, on the mainland site to 200."""
    enable_progress: Annotated[bool | None, Api(default=False, only=Site.MAINLAND), IN_PLACE] = None
    """Whether the progress is told in callbacks."""
    tempo: Annotated[
        float | None,
        AfterValidator(lambda v: v if v is None else _tempo(v)),
        Form({"enum": list(TEMPOS)}),
        Api(default=1.0, only=Site.MAINLAND),
        SEEN,
    ] = None
    """How fast it is played: 0.5, 0.75, 1.0, 1.25, 1.5, 1.75 or 2.0."""
    idle_timeout: Annotated[int | None, Field(ge=0, le=600), Api(only=Site.MAINLAND), RESTART] = None
    """After how many seconds without anybody in the room it ends; adaptive if it is left out."""

    def code(self) -> int:
        """RoomIdType: 0 string room, 1 integer room."""
        kind = self.room_id_type or ("integer" if isinstance(self.room, int) else "string")
        return 1 if kind == "integer" else 0


class IngestStreamKind:
    """An ingest: starts, is updated, paused and resumed in place, stops, and can be asked after."""

    name = "IngestStream"
    version = 1
    spec = IngestStreamSpec
    actions = (START, UPDATE, STOP, DESCRIBE, REMOVE, REMOVE_BY_STRING)
    starters = (START,)
    declined = DECLINED

    def references(self, spec: IngestStreamSpec) -> tuple[tuple[Path, Address], ...]:
        """Nothing."""
        return ()

    def faults(self, spec: IngestStreamSpec) -> list[Fault]:
        """The rules of the spec alone."""
        found = []
        if spec.max_duration is not None and spec.repeat_num != -1:
            found.append(Fault(("maxDuration",), "counts only with repeatNum: -1"))
        found += _type_faults(spec.stream_url)
        kind = "integer" if isinstance(spec.room, int) else "string"
        if spec.room_id_type not in (None, kind):
            text = (
                f"room {spec.room!r} is a room of the other kind ({kind}); the API's own table says "
                f"that the code for {spec.room_id_type} rooms does not go with it; leave roomIdType out"
            )
            found.append(Fault(("roomIdType",), text, warns=True))
        return found

    def resolve(self, spec: IngestStreamSpec, scope: Scope) -> tuple[IngestStreamSpec, list[Fault]]:
        """The spec with application, region and robot filled in."""
        given = {
            "sdk_app_id": spec.sdk_app_id or scope.settings.sdk_app_id,
            "region": spec.region or scope.settings.region,
        }
        robot = name_of(spec, scope, spec.room, "ingest")
        faults = scope_faults(given, INGEST_REGIONS, [(("userSig",), spec)], scope.settings)
        if scope.settings.site is Site.INTERNATIONAL and (spec.volume or 0) > LOUDEST_ABROAD:
            text = f"found {spec.volume}; allowed: 0 to {LOUDEST_ABROAD} on the international site"
            faults.append(Fault(("volume",), text))
        region = given["region"]
        if (
            scope.settings.site is Site.INTERNATIONAL
            and region in INGEST_REGIONS
            and region not in SERVED_ABROAD
        ):
            text = f"found {region}; the international site documents stop and describe for "
            faults.append(Fault(("region",), text + ", ".join(SERVED_ABROAD), warns=True))
        return spec.model_copy(update={**given, "user_id": robot}), faults

    def converts(self, action: str, request: Mapping[str, Any]) -> bool:
        """A start."""
        return action == START.name

    def title(self, request: Mapping[str, Any]) -> str:
        """The robot's user ID."""
        return title(request)

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The spec that a request becomes."""
        return read_ingest(self.spec, request, reading)

    def wanted(self, spec: IngestStreamSpec) -> Status:
        """Running, paused or stopped."""
        return Status(spec.state)

    def occupies(self, spec: IngestStreamSpec) -> frozenset[str]:
        """Its robot."""
        return frozenset({self.identity(spec)})

    def needs(self, spec: IngestStreamSpec) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def opens(self, spec: IngestStreamSpec) -> frozenset[str]:
        """Its robot, as a user that a stream can show."""
        return frozenset({self.identity(spec)})

    def identity(self, spec: IngestStreamSpec) -> str:
        """The robot in its room."""
        return robot_key(spec.sdk_app_id, spec.room, spec.user_id)

    def start(self, subject: Subject) -> Call:
        """StartStreamIngest; what is not said is left to the API's defaults."""
        spec: IngestStreamSpec = subject.spec
        given = {
            "PrivateMapKey": spec.private_map_key and spec.private_map_key.ref(),
            "SeekSecond": spec.seek_second,
            "AutoPush": spec.auto_push,
            "RepeatNum": spec.repeat_num,
            "MaxDuration": spec.max_duration,
            "IdleTimeout": spec.idle_timeout,
            **_changeable(spec),
        }
        request = {
            "SdkAppId": spec.sdk_app_id,
            "RoomId": str(spec.room),
            "RoomIdType": spec.code(),
            **robot_request(spec, subject),
            **{name: value for name, value in given.items() if value is not None},
        }
        return Call(START, spec.region or "", request)

    def update(self, subject: Subject) -> Call | None:
        """UpdateStreamIngest with what differs, or may after an unanswered pause; None if nothing does."""
        spec: IngestStreamSpec = subject.spec
        changed, paused = _changed(spec, subject.bases), spec.state == "paused"
        stands = all((base.state == "paused") is paused for base in subject.bases)
        return None if stands and not changed else self._set(subject, changed, paused=paused)

    def pause(self, subject: Subject) -> Call:
        """UpdateStreamIngest that pauses, and changes what differs by the way."""
        return self._set(subject, _changed(subject.spec, subject.bases), paused=True)

    def resume(self, subject: Subject) -> Call:
        """UpdateStreamIngest that goes on, and changes what differs by the way."""
        return self._set(subject, _changed(subject.spec, subject.bases), paused=False)

    def _set(self, subject: Subject, changed: Mapping[str, Any], *, paused: bool) -> Call:
        """IsPause is always said: whether an absent one means "as it is" is unconfirmed (semantics §12)."""
        spec: IngestStreamSpec = subject.spec
        request = {"SdkAppId": spec.sdk_app_id, "TaskId": subject.task_id, "IsPause": paused, **changed}
        return Call(UPDATE, spec.region or "", request)

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """StopStreamIngest, in the region that the task was started in."""
        return (self._about(STOP, subject),)

    def terms(self, entry: Entry) -> tuple[Term, ...]:
        """The end of a pause, and of a task that is given a longest time."""
        spec = self.spec.model_validate(entry.spec)
        paused, started = moment_of(entry.paused_at), moment_of(entry.started_at)
        found = []
        if entry.status is Status.PAUSED and paused is not None:
            note = "a task that is still paused then ends, and is started again from its beginning"
            found.append(Term("the pause", paused + MAX_PAUSE, note, 2 * HOUR))
        if spec.max_duration is not None and started is not None and entry.task_id is not None:
            note = "the task ends by its maxDuration; the next apply starts it again if it is still wanted"
            found.append(Term("maxDuration", started + 60 * spec.max_duration, note, HOUR))
        return tuple(found)

    def observe(self, subject: Subject) -> Call | None:
        """DescribeStreamIngest; nothing to ask after without a TaskId."""
        return None if subject.task_id is None else self._about(DESCRIBE, subject)

    def _about(self, action: Action, subject: Subject) -> Call:
        request = {"SdkAppId": subject.spec.sdk_app_id, "TaskId": subject.task_id}
        return Call(action, subject.spec.region, request)

    def read(self, response: Mapping[str, Any], recorded: Status, at: float) -> Observation:
        """InProgress is as it was recorded, as a pause does not show; NotExist has ended."""
        status = response.get("Status")
        known = {"InProgress": recorded, "NotExist": Status.ENDED}
        return Observation(known.get(str(status)), f"{DESCRIBE.name} says {status}", at)

    def question(self, call: Call) -> Call:
        """DescribeStreamIngest of a task that is none: the answer says so."""
        request = {"SdkAppId": call.request.get("SdkAppId", 0), "TaskId": NO_TASK}
        return Call(DESCRIBE, call.region, request)

    def fence(self, subject: Subject) -> Call:
        """RemoveUser, or RemoveUserByStrRoomId: whatever the robot of this name does in the room, it ends."""
        spec: IngestStreamSpec = subject.spec
        region = _remove_region(spec.region or "", subject.settings.site)
        request = {"SdkAppId": spec.sdk_app_id, "RoomId": spec.room, "UserIds": [spec.user_id]}
        return Call(REMOVE if isinstance(spec.room, int) else REMOVE_BY_STRING, region, request)


def _type_faults(url: str | SecretSource) -> list[Fault]:
    """A type of file that the API does not pull, as far as its name tells (fields, "StartStreamIngest")."""
    name = "" if isinstance(url, SecretSource) else urlsplit(url).path.rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if not suffix or suffix in FILES or str(url).startswith("rtmp"):
        return []
    text = f"found a file of type {suffix}; the API pulls {', '.join(FILES)}"
    return [Fault(("streamUrl",), text, warns=True)]


def _changeable(spec: IngestStreamSpec) -> dict[str, Any]:
    return {
        "StreamUrl": text_or_ref(spec.stream_url),
        "Volume": spec.volume,
        "EnableProgress": spec.enable_progress,
        "Tempo": spec.tempo,
    }


def _changed(spec: IngestStreamSpec, bases: tuple[IngestStreamSpec, ...]) -> dict[str, Any]:
    """What differs from any base; what is no longer said goes back to the API's default, out loud."""
    said, new = _changeable(said_again(spec, bases)), _changeable(spec.settled())
    olds = [_changeable(base.settled()) for base in bases]
    return {name: said[name] for name in new if any(old[name] != new[name] for old in olds)}


def _remove_region(region: str, site: Site | None) -> str:
    """A region in which users can be removed: the task's own if it is one (fields, "RemoveUser")."""
    served = (*REMOVE_REGIONS, "ap-singapore") if site is Site.INTERNATIONAL else REMOVE_REGIONS
    return region if region in served else served[-1]


KIND = IngestStreamKind()
