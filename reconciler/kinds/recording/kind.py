"""A recording of a room: a robot enters it, and files go to a storage.

See reference fields, "CreateCloudRecording"; recordings. A second start with its robot ends the first and
breaks the file in two; its TaskId is of use for some hours alone, after which the recording goes on.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.calls import Action, Call
from reconciler.claims import Claim
from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.callbacks import EventGroup
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.essence import Essential
from reconciler.kinds.importing import Fact, TaskRobot
from reconciler.kinds.recording.actions import ABOUT_A_TASK, CREATE, DELETE, DESCRIBE, MODIFY
from reconciler.kinds.recording.convert import DECLINED, read_recording, title
from reconciler.kinds.recording.essence import essentials
from reconciler.kinds.recording.picture import recording_scene
from reconciler.kinds.recording.requests import changeable, start_request
from reconciler.kinds.recording.resolving import laid_out
from reconciler.kinds.recording.rules import named_users, resolved_faults, spec_faults
from reconciler.kinds.recording.spec import USUAL_HOURS, RecordingSpec
from reconciler.kinds.robots import name_of, robot_claim, room_claim, scope_faults
from reconciler.layout.scene import USUAL_INPUTS, Scene
from reconciler.model import Address, Observation, Path, Source, Standing, Status

HOUR = 3600
SLACK = 60
"""Seconds by which the API's clock may be before ours: so much sooner a TaskId counts as expired, as a stop
by one that has is answered as if the recording had ended."""
NEEDED = {
    Fact.ROBOT: "an uncertain recording, or one with an expired TaskId, is ended by starting its robot again",
    Fact.SINCE: "a TaskId expires resourceExpiredHour after the start of its recording",
}
_STATES: Mapping[str, tuple[Status | None, Standing]] = {
    "Idle": (Status.RUNNING, Standing.SILENT),
    "InProgress": (Status.RUNNING, Standing.RUNNING),
    "Exited": (Status.ENDED, Standing.GONE),
}


class RecordingKind:
    """A recording: starts, is changed in place as far as the API can, stops, and can be asked after."""

    name = "Recording"
    version = 1
    spec = RecordingSpec
    actions = ABOUT_A_TASK
    starters = (CREATE,)
    declined = DECLINED
    event_group = EventGroup.RECORDING

    def references(self, spec: RecordingSpec) -> tuple[tuple[Path, Address], ...]:
        """The layout, where it is not inline."""
        return () if spec.layout is None else spec.layout.references()

    def faults(self, spec: RecordingSpec) -> list[Fault]:
        """The rules of the spec alone."""
        return list(spec_faults(spec))

    def resolve(self, spec: RecordingSpec, scope: Scope) -> tuple[RecordingSpec, list[Fault]]:
        """The spec with application, region and robot filled in, and its layout spent on places."""
        given = {
            "sdk_app_id": spec.sdk_app_id or scope.settings.sdk_app_id,
            "region": spec.region or scope.settings.region,
            "user_id": name_of(spec, scope, spec.room, "recorder"),
        }
        faults = scope_faults(spec, [(("userSig",), spec)], self.actions, scope.settings)
        resolved, wrong = laid_out(spec.model_copy(update=given), scope)
        return resolved, [*faults, *wrong, *resolved_faults(resolved)]

    def converts(self, action: str, request: Mapping[str, Any]) -> bool:
        """A start."""
        return action == CREATE.name

    def title(self, request: Mapping[str, Any]) -> str:
        """The robot's user ID."""
        return title(request)

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The spec that a request becomes."""
        return read_recording(request, reading)

    def wanted(self, spec: RecordingSpec) -> Status:
        """Running or stopped."""
        return Status(spec.state)

    def occupies(self, spec: RecordingSpec) -> frozenset[Claim]:
        """Its robot."""
        return frozenset({self.identity(spec)})

    def needs(self, spec: RecordingSpec) -> frozenset[Claim]:
        """The users that it names, and the streams that show its room, which are on air before it begins."""
        app = spec.sdk_app_id
        users = {robot_claim(app, spec.room, user) for _, user in named_users(spec)}
        return frozenset({*users, room_claim(app, spec.room)})

    def opens(self, spec: RecordingSpec) -> frozenset[Claim]:
        """Nothing."""
        return frozenset()

    def essence(self, spec: RecordingSpec) -> tuple[Essential, ...]:
        """Its room and storage, who is recorded and how, and what it costs."""
        return tuple(essentials(spec))

    def destinations(self, spec: RecordingSpec) -> tuple[str, ...]:
        """The storage."""
        return (spec.storage.words(),)

    def identity(self, spec: RecordingSpec) -> Claim:
        """The robot in its room: a second one of that name ends the first one's recording."""
        return robot_claim(spec.sdk_app_id, spec.room, spec.user_id)

    def robots_in(self, spec: RecordingSpec) -> tuple[TaskRobot, ...]:
        """The only one."""
        return (TaskRobot(("userId",), spec.room, spec.user_id or "", "recorder"),)

    def needed(self, spec: RecordingSpec) -> Mapping[Fact, str]:
        """What ends it without its TaskId, and when that expires."""
        return NEEDED

    def probe(self, subject: Subject) -> Call | None:
        """None: it can be asked after."""
        return None

    def start(self, subject: Subject) -> Call:
        """CreateCloudRecording."""
        return Call(CREATE, subject.spec.region or "", start_request(subject))

    def update(self, subject: Subject) -> Call | None:
        """ModifyCloudRecording with layout and lists, whole, if either differs."""
        spec: RecordingSpec = subject.spec
        new = changeable(spec.with_defaults())
        if all(changeable(base.with_defaults()) == new for base in subject.bases):
            return None
        return self._about(MODIFY, subject, changeable(spec))

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """DeleteCloudRecording, in the region that the recording was started in."""
        return (self._about(DELETE, subject, {}),)

    def _about(self, action: Action, subject: Subject, said: Mapping[str, Any]) -> Call:
        request = {"SdkAppId": subject.spec.sdk_app_id, "TaskId": subject.task_id, **said}
        return Call(action, subject.spec.region or "", request)

    def handle_seconds(self, spec: Mapping[str, Any]) -> int:
        """Its resourceExpiredHour, and a moment less, as clocks differ (recordings §1)."""
        hours = spec.get("resourceExpiredHour") or USUAL_HOURS
        return int(hours) * HOUR - SLACK

    def observe(self, subject: Subject) -> Call | None:
        """DescribeCloudRecording; nothing to ask after without a TaskId."""
        return None if subject.task_id is None else self._about(DESCRIBE, subject, {})

    def read(self, response: Mapping[str, Any], recorded: Status, at: float) -> Observation:
        """Idle and InProgress run, with nobody to record or with somebody; Exited is leaving, an end."""
        status = str(response.get("Status"))
        known, standing = _STATES.get(status, (None, Standing.UNKNOWN))
        return Observation(known, f"{DESCRIBE.name} reports {status}", at, standing, Source.DESCRIBE)

    def scene(self, spec: RecordingSpec, inputs: int = USUAL_INPUTS) -> Scene | None:
        """What a resolved mixed recording shows; None where each user has a file, or for sound only."""
        return recording_scene(spec, inputs)


KIND = RecordingKind()
