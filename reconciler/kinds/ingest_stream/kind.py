"""An online media stream pulled into a TRTC room by a robot.

See reference fields, "StartStreamIngest", "UpdateStreamIngest", "StopStreamIngest" and
"DescribeStreamIngest"; semantics §10 and §12. The code of the room's kind is the other way
round than for publish tasks: 0 is a string room, 1 an integer one.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.addresses.media import source_fault
from reconciler.calls import Action, Call
from reconciler.claims import Claim
from reconciler.kinds.api import with_resets
from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.callbacks import EventGroup
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.essence import Essential, Role, plain, room_essential, room_words, text_words
from reconciler.kinds.expirations import Expiration, moment_of
from reconciler.kinds.fields import text_or_ref
from reconciler.kinds.importing import Fact, TaskRobot
from reconciler.kinds.ingest_stream.convert import DECLINED, read_ingest, title
from reconciler.kinds.ingest_stream.essence import play_words
from reconciler.kinds.ingest_stream.rules import site_faults, spec_faults
from reconciler.kinds.ingest_stream.spec import IngestStreamSpec
from reconciler.kinds.marks import read_recorded
from reconciler.kinds.regions import INGEST_START, INGEST_STOP, REMOVE_USER, served
from reconciler.kinds.robots import name_of, robot_claim, robot_request, scope_faults
from reconciler.kinds.sites import Site
from reconciler.model import Address, Effect, EndReason, Observation, Path, Source, Status
from reconciler.state.model import Entry

VERSION = "2019-07-22"
GONE = ("Status", "NotExist")


def held_source_fault(text: str, beside: Mapping[str, Any]) -> str | None:
    """In which way an address that a secret holds is none of a stream to pull; `beside` does not matter."""
    return source_fault(text)


_HELD = {"StreamUrl": held_source_fault}
START = Action(
    "trtc",
    VERSION,
    "StartStreamIngest",
    per_second=20,
    effect=Effect.START,
    addresses=_HELD,
    regions=INGEST_START,
)
UPDATE = Action(
    "trtc",
    VERSION,
    "UpdateStreamIngest",
    per_second=20,
    effect=Effect.UPDATE,
    gone_when=GONE,
    once=True,
    addresses=_HELD,
    regions=INGEST_START,
)
STOP = Action("trtc", VERSION, "StopStreamIngest", per_second=20, effect=Effect.STOP, regions=INGEST_STOP)
DESCRIBE = Action("trtc", VERSION, "DescribeStreamIngest", per_second=20, regions=INGEST_STOP)
REMOVE = Action("trtc", VERSION, "RemoveUser", per_second=20, effect=Effect.STOP, regions=REMOVE_USER)
REMOVE_BY_STRING = Action(
    "trtc", VERSION, "RemoveUserByStrRoomId", per_second=20, effect=Effect.STOP, regions=REMOVE_USER
)

ABOUT_A_TASK = (START, UPDATE, STOP, DESCRIBE)
"""What a task is looked after by, all in the region of its start."""
NO_TASK = "0"
HOUR = 3600
FOREVER = -1
"""The repeatNum of a source that is looped until it is stopped."""
MAX_PAUSE = 12 * HOUR
"""After so long a paused task ends (reference semantics §12)."""


class IngestStreamKind:
    """An ingest: starts, is updated, paused and resumed in place, stops, and can be asked after."""

    name = "IngestStream"
    version = 1
    spec = IngestStreamSpec
    actions = (START, UPDATE, STOP, DESCRIBE, REMOVE, REMOVE_BY_STRING)
    starters = (START,)
    declined = DECLINED
    event_group = EventGroup.INGEST
    pause_ends = f"a pause ends by itself after {MAX_PAUSE // HOUR} h, and the task ends with it"

    def references(self, spec: IngestStreamSpec) -> tuple[tuple[Path, Address], ...]:
        """Nothing."""
        return ()

    def faults(self, spec: IngestStreamSpec) -> list[Fault]:
        """The rules of the spec alone."""
        return spec_faults(spec)

    def resolve(self, spec: IngestStreamSpec, scope: Scope) -> tuple[IngestStreamSpec, list[Fault]]:
        """The spec with application, region and robot filled in."""
        given = {
            "sdk_app_id": spec.sdk_app_id or scope.settings.sdk_app_id,
            "region": spec.region or scope.settings.region,
        }
        resolved = spec.model_copy(update={**given, "user_id": name_of(spec, scope, spec.room, "ingest")})
        faults = scope_faults(spec, [(("userSig",), spec)], ABOUT_A_TASK, scope.settings)
        return resolved, [*faults, *site_faults(resolved, scope.settings.site)]

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

    def occupies(self, spec: IngestStreamSpec) -> frozenset[Claim]:
        """Its robot."""
        return frozenset({self.identity(spec)})

    def needs(self, spec: IngestStreamSpec) -> frozenset[Claim]:
        """Nothing."""
        return frozenset()

    def opens(self, spec: IngestStreamSpec) -> frozenset[Claim]:
        """Its robot, as a user that a stream can show."""
        return frozenset({self.identity(spec)})

    def identity(self, spec: IngestStreamSpec) -> Claim:
        """The robot in its room."""
        return robot_claim(spec.sdk_app_id, spec.room, spec.user_id)

    def essence(self, spec: IngestStreamSpec) -> tuple[Essential, ...]:
        """Its room, its source, how often and how it is played."""
        source = Essential(
            ("streamUrl",), "from", text_words(spec.stream_url), plain(spec.stream_url), Role.PLACE
        )
        plays = Essential(("repeatNum",), "plays", play_words(spec), spec.repeat_num or 1)
        return (room_essential(spec.room), source, plays)

    def destinations(self, spec: IngestStreamSpec) -> tuple[str, ...]:
        """The room that it is played into."""
        return (room_words(spec.room),)

    def robots_in(self, spec: IngestStreamSpec) -> tuple[TaskRobot, ...]:
        """The only one."""
        return (TaskRobot(("userId",), spec.room, spec.user_id or "", "ingest"),)

    def needed(self, spec: IngestStreamSpec) -> Mapping[Fact, str]:
        """What its end by itself is worked out from, and what ends it where its TaskId is in doubt."""
        needed = {Fact.ROBOT: "an uncertain task is ended by removing its robot from the room"}
        if spec.longest is not None:
            needed[Fact.SINCE] = "maxDuration counts from the start of the task"
        if spec.state == "paused":
            needed[Fact.PAUSED_SINCE] = "a task ends after 12 hours in pause"
        return needed

    def probe(self, subject: Subject) -> Call | None:
        """None: it can be asked after."""
        return None

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
            "VideoEncodeParams": spec.video_encode_params and spec.video_encode_params.to_request(),
            "AudioEncodeParams": spec.audio_encode_params and spec.audio_encode_params.to_request(),
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

    def expirations(self, entry: Entry) -> tuple[Expiration, ...]:
        """The end of a pause, and of a task that is given a longest time."""
        spec = read_recorded(self.spec, entry.spec)
        paused, started = moment_of(entry.paused_at), moment_of(entry.started_at)
        found = []
        if entry.status is Status.PAUSED and paused is not None:
            note = "a task that is still paused at that time ends, and is restarted from the beginning"
            over = "a task that was still paused has ended: an apply starts it again, from the beginning"
            found.append(Expiration("the pause", paused + MAX_PAUSE, note, 2 * HOUR, over))
        if spec.longest is not None and started is not None and entry.task_id is not None:
            note = "the task reaches its maxDuration; the next apply starts it again if it is still declared"
            over = (
                "the task reached its maxDuration and ended; an apply starts it again if it is still declared"
            )
            found.append(Expiration("maxDuration", started + spec.longest, note, HOUR, over))
        return tuple(found)

    def why_ended(self, entry: Entry, at: float) -> EndReason:
        """By its pause, its longest time or its plays (semantics §12)."""
        spec = read_recorded(self.spec, entry.spec)
        paused, started = moment_of(entry.paused_at), moment_of(entry.started_at)
        if entry.status is Status.PAUSED and paused is not None and at >= paused + MAX_PAUSE:
            return EndReason.PAUSED_TOO_LONG
        if spec.longest is not None and started is not None and at >= started + spec.longest:
            return EndReason.MAX_DURATION
        return EndReason.UNKNOWN if spec.repeat_num == FOREVER else EndReason.PLAYED

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
        evidence = f"{DESCRIBE.name} reports {status}"
        return Observation(known.get(str(status)), evidence, at, source=Source.DESCRIBE)

    def question(self, call: Call) -> Call:
        """DescribeStreamIngest of a task that is none: the answer says so."""
        request = {"SdkAppId": call.request.get("SdkAppId", 0), "TaskId": NO_TASK}
        return Call(DESCRIBE, call.region, request)

    def stop_by_name(self, subject: Subject) -> Call:
        """RemoveUser, or RemoveUserByStrRoomId: whatever the robot of this name does in the room, it ends."""
        spec: IngestStreamSpec = subject.spec
        region = _remove_region(spec.region or "", subject.settings.site)
        request = {"SdkAppId": spec.sdk_app_id, "RoomId": spec.room, "UserIds": [spec.user_id]}
        return Call(REMOVE if isinstance(spec.room, int) else REMOVE_BY_STRING, region, request)


def _changeable(spec: IngestStreamSpec) -> dict[str, Any]:
    return {
        "StreamUrl": text_or_ref(spec.stream_url),
        "Volume": spec.volume,
        "EnableProgress": spec.enable_progress,
        "Tempo": spec.tempo,
    }


def _changed(spec: IngestStreamSpec, bases: tuple[IngestStreamSpec, ...]) -> dict[str, Any]:
    """What differs from any base; what is no longer said goes back to the API's default, out loud."""
    said, new = _changeable(with_resets(spec, bases)), _changeable(spec.with_defaults())
    olds = [_changeable(base.with_defaults()) for base in bases]
    return {name: said[name] for name in new if any(old[name] != new[name] for old in olds)}


def _remove_region(region: str, site: Site | None) -> str:
    """A region in which users can be removed: the task's own if it is one (fields, "RemoveUser")."""
    regions = served([REMOVE], site or Site.MAINLAND)
    return region if region in regions else regions[-1]


KIND = IngestStreamKind()
