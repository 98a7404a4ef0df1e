"""Users of one or more rooms mixed into one stream, pushed to addresses or back into rooms.

StartPublishCdnStream with WithTranscoding 1, its update and its stop. The task cannot be read
back; it is known by the TaskId that its start was told (reference semantics §1 and §11).
"""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.fields import publish_room, robot_id
from reconciler.kinds.live import PushTarget
from reconciler.kinds.mix_layout import layout_address
from reconciler.kinds.mix_stream.picture import resolved_picture, video_blocks
from reconciler.kinds.mix_stream.spec import MixStreamSpec, scope_faults
from reconciler.kinds.publish import (
    ACTIONS,
    START,
    UPDATE,
    changed_blocks,
    judge,
    named_rooms,
    robot_key,
    robot_request,
    stop_calls,
    watched,
)
from reconciler.model import Address, Call, Observation, Path, Status


class MixStreamKind:
    """A mixed stream: starts, updates in place where the API can, stops; cannot be observed."""

    name = "MixStream"
    version = 1
    spec = MixStreamSpec
    actions = ACTIONS
    exact = False

    def references(self, spec: MixStreamSpec) -> tuple[tuple[Path, Address], ...]:
        """The layout, where it is not inline."""
        if spec.layout is None or spec.layout.ref is None:
            return ()
        return ((("layout", "ref"), layout_address(spec.layout.ref)),)

    def faults(self, spec: MixStreamSpec) -> list[Fault]:
        """The rules of the spec alone."""
        found = [
            Fault(("audio", "encode", *fault.path), fault.message) for fault in spec.audio.encode.faults()
        ]
        if not spec.publish and not spec.feed_back_rooms:
            found.append(
                Fault(("publish",), "a stream goes somewhere: give publish or feedBackRooms an entry")
            )
        if spec.layout is not None and spec.video is None:
            found.append(
                Fault(("layout",), "a stream without video has no picture: add video, or drop layout")
            )
        if spec.layout is not None and spec.layout.ref is not None and spec.layout.own_fields():
            given = ", ".join(spec.layout.own_fields())
            found.append(
                Fault(("layout", "ref"), f"a layout is referred to or inline, not both; also given: {given}")
            )
        return found

    def resolve(self, spec: MixStreamSpec, scope: Scope) -> tuple[MixStreamSpec, list[Fault]]:
        """The spec with its layout inline, its rooms, robots and application filled in."""
        settings = scope.settings
        given = {
            "sdk_app_id": spec.sdk_app_id or settings.sdk_app_id,
            "region": spec.region or settings.region,
        }
        video, layout, faults = resolved_picture(spec.video, spec.layout, spec.room, scope)
        robot = spec.agent.user_id or robot_id(settings.workspace, scope.address, spec.room, "mix")
        resolved = spec.model_copy(
            update={
                **given,
                "agent": spec.agent.model_copy(update={"user_id": robot}),
                "audio": spec.audio.in_room(spec.room),
                "video": video,
                "layout": layout,
                "feed_back_rooms": named_rooms(spec.feed_back_rooms, scope),
            }
        )
        return resolved, [*scope_faults(spec, given, scope), *faults]

    def wanted(self, spec: MixStreamSpec) -> Status:
        """Running or stopped."""
        return Status(spec.state)

    def occupies(self, spec: MixStreamSpec) -> frozenset[str]:
        """Its push addresses and its robots."""
        app = spec.sdk_app_id
        pushes = {f"push {target.target()}" for target in spec.publish}
        robots = {robot_key(app, room.room, room.user_id) for room in spec.feed_back_rooms}
        return frozenset({*pushes, *robots, robot_key(app, spec.room, spec.agent.user_id)})

    def needs(self, spec: MixStreamSpec) -> frozenset[str]:
        """The live streams that its push addresses are."""
        return frozenset(f"live {target.target()}" for target in spec.publish)

    def opens(self, spec: MixStreamSpec) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def watched(self, spec: MixStreamSpec) -> tuple[PushTarget, ...]:
        """The live streams that its pushes make."""
        return watched(spec.publish)

    def judge(
        self, spec: MixStreamSpec, states: Mapping[PushTarget, str], recorded: Status, at: float
    ) -> Observation | None:
        """Silent if none of its pushes is active."""
        return judge(watched(spec.publish), states, at)

    def start(self, subject: Subject) -> Call:
        """StartPublishCdnStream."""
        spec: MixStreamSpec = subject.spec
        picture = _picture(spec)
        request = {
            "SdkAppId": spec.sdk_app_id,
            **publish_room(spec.room),
            "AgentParams": {
                **robot_request(spec.agent, subject),
                "MaxIdleTime": spec.agent.max_idle_time,
            },
            "WithTranscoding": 1,
            "AudioParams": spec.audio.to_request(),
            **({"VideoParams": picture} if picture else {}),
            **_targets(spec, subject),
        }
        return Call(START, spec.region or "", request)

    def identity(self, spec: MixStreamSpec) -> str:
        """The robot in its room: a second one of that name throws the first out."""
        return robot_key(spec.sdk_app_id, spec.room, spec.agent.user_id)

    def update(self, subject: Subject) -> Call | None:
        """UpdatePublishCdnStream with every block that differs, complete (semantics §3)."""
        spec: MixStreamSpec = subject.spec
        blocks = changed_blocks(_targets(spec, subject), (_targets(base, subject) for base in subject.bases))
        if any(base.audio.lists() != spec.audio.lists() for base in subject.bases):
            blocks["AudioParams"] = spec.audio.lists()
        video = changed_blocks(_picture(spec), map(_picture, subject.bases))
        if video:
            blocks["VideoParams"] = video
        if not blocks:
            return None
        request = {
            "SdkAppId": spec.sdk_app_id,
            "TaskId": subject.task_id,
            "SequenceNumber": subject.sequence,
            "WithTranscoding": 1,
            **blocks,
        }
        return Call(UPDATE, spec.region or "", request)

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """StopPublishCdnStream."""
        return stop_calls(subject)


def _targets(spec: MixStreamSpec, subject: Subject) -> dict[str, Any]:
    blocks: dict[str, Any] = {}
    if spec.publish:
        blocks["PublishCdnParams"] = [target.to_request(subject.signed) for target in spec.publish]
    if spec.feed_back_rooms:
        blocks["FeedBackRoomParams"] = [
            {**publish_room(room.room), **robot_request(room, subject)} for room in spec.feed_back_rooms
        ]
    if spec.sei is not None:
        blocks["SeiParams"] = spec.sei.to_request()
    return blocks


def _picture(spec: MixStreamSpec) -> dict[str, Any]:
    return video_blocks(spec.video, spec.layout)


KIND = MixStreamKind()
