"""An online media stream pulled into a TRTC room by a robot of ours.

StartStreamIngest, UpdateStreamIngest, StopStreamIngest, DescribeStreamIngest (reference fields,
sections of these names; semantics §10 and §12). The code of the room's kind is the other way
round than for publish tasks: 0 is a string room, 1 an integer one.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.fields import INGEST_REGIONS, Region, SecretSource, UserId, secret_or_text
from reconciler.kinds.marks import IN_PLACE, RESTART, SEEN, Spec
from reconciler.kinds.robots import Robot, RoomScoped, name_of, robot_key, robot_request, scope_faults
from reconciler.model import Action, Address, Call, Observation, Path, Status

VERSION = "2019-07-22"
GONE = ("Status", "NotExist")
START = Action("trtc", VERSION, "StartStreamIngest", per_second=20, starts=True)
UPDATE = Action("trtc", VERSION, "UpdateStreamIngest", per_second=20, gone_when=GONE)
STOP = Action("trtc", VERSION, "StopStreamIngest", per_second=20)
DESCRIBE = Action("trtc", VERSION, "DescribeStreamIngest", per_second=20)
REMOVE = Action("trtc", VERSION, "RemoveUser", per_second=20)
REMOVE_BY_STRING = Action("trtc", VERSION, "RemoveUserByStrRoomId", per_second=20)

REMOVE_REGIONS = ("ap-beijing", "ap-guangzhou")
DEFAULT_VOLUME, DEFAULT_TEMPO = 100, 1.0


def _source(value: str) -> str:
    if re.match(r"[a-z]+://[^/?#]*@", value):
        raise ValueError(
            "a name and password are secrets: hold the whole address in one, as in {env: STREAM_SOURCE}"
        )
    if re.fullmatch(r"(https?|rtmps?)://[^\s/?#]+[^\s]*", value):
        return value
    raise ValueError("not a stream to pull: write http://, https:// or rtmp:// and where it is")


SourceAddress = Annotated[
    Annotated[Annotated[str, AfterValidator(_source)], Tag("text")] | Annotated[SecretSource, Tag("secret")],
    Discriminator(secret_or_text),
]
"""Where the stream is pulled from, or a reference to a secret that holds it."""


def _plays(value: int) -> int:
    if value == -1 or 1 <= value <= 1000:
        return value
    raise ValueError("write how often the source is played, 1 to 1000, or -1 for without end")


def _tempo(value: float) -> float:
    if value in (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0):
        return value
    raise ValueError("not a tempo: 0.5, 0.75, 1.0, 1.25, 1.5, 1.75 or 2.0")


class IngestStreamSpec(RoomScoped, Robot, Spec):
    """The fields of the document; seconds, minutes and per cent as the API has them."""

    region: Annotated[Region | None, RESTART] = None
    room_id_type: Annotated[Literal["integer", "string"] | None, RESTART] = None
    state: Literal["running", "paused", "stopped"] = "running"
    user_id: Annotated[UserId | None, RESTART] = None
    stream_url: Annotated[SourceAddress, SEEN]
    private_map_key: Annotated[SecretSource | None, IN_PLACE] = None
    seek_second: Annotated[int | None, Field(ge=0), RESTART] = None
    auto_push: Annotated[bool | None, RESTART] = None
    repeat_num: Annotated[int | None, AfterValidator(lambda v: v if v is None else _plays(v)), RESTART] = None
    max_duration: Annotated[int | None, Field(ge=1, le=10080), RESTART] = None
    volume: Annotated[int | None, Field(ge=0, le=200), SEEN] = None
    enable_progress: Annotated[bool | None, IN_PLACE] = None
    tempo: Annotated[float | None, AfterValidator(lambda v: v if v is None else _tempo(v)), SEEN] = None
    idle_timeout: Annotated[int | None, Field(ge=0, le=600), RESTART] = None

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

    def references(self, spec: IngestStreamSpec) -> tuple[tuple[Path, Address], ...]:
        """Nothing."""
        return ()

    def faults(self, spec: IngestStreamSpec) -> list[Fault]:
        """The rules of the spec alone."""
        found = []
        if spec.max_duration is not None and spec.repeat_num != -1:
            found.append(Fault(("maxDuration",), "counts only with repeatNum: -1"))
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
        faults = scope_faults(given, INGEST_REGIONS, [(("userId",), spec)], scope.settings)
        return spec.model_copy(update={**given, "user_id": robot}), faults

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
        """UpdateStreamIngest with what differs; None if nothing does."""
        spec: IngestStreamSpec = subject.spec
        changed = _changed(spec, subject.bases)
        return self._set(subject, changed, paused=spec.state == "paused") if changed else None

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

    def fence(self, subject: Subject) -> Call:
        """RemoveUser, or RemoveUserByStrRoomId: whatever the robot of this name does in the room, it ends."""
        spec: IngestStreamSpec = subject.spec
        region = _remove_region(spec.region or "", subject.settings.international)
        request = {"SdkAppId": spec.sdk_app_id, "RoomId": spec.room, "UserIds": [spec.user_id]}
        return Call(REMOVE if isinstance(spec.room, int) else REMOVE_BY_STRING, region, request)


def _changeable(spec: IngestStreamSpec) -> dict[str, Any]:
    return {
        "StreamUrl": spec.stream_url.ref() if isinstance(spec.stream_url, SecretSource) else spec.stream_url,
        "Volume": spec.volume,
        "EnableProgress": spec.enable_progress,
        "Tempo": spec.tempo,
    }


def _changed(spec: IngestStreamSpec, bases: tuple[IngestStreamSpec, ...]) -> dict[str, Any]:
    """What differs from any base; what is no longer said goes back to the API's default, out loud."""
    defaults = {"Volume": DEFAULT_VOLUME, "EnableProgress": False, "Tempo": DEFAULT_TEMPO}
    new = _changeable(spec)
    names = [name for name in new if any(_changeable(base)[name] != new[name] for base in bases)]
    return {name: defaults[name] if new[name] is None else new[name] for name in names}


def _remove_region(region: str, international: bool) -> str:
    """A region in which users can be removed: the task's own if it is one (fields, "RemoveUser")."""
    served = (*REMOVE_REGIONS, "ap-singapore") if international else REMOVE_REGIONS
    return region if region in served else served[-1]


KIND = IngestStreamKind()
