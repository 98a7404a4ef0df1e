"""The family of TRTC publish tasks: mixed or relayed, they start, update and stop by the same calls.

StartPublishCdnStream, UpdatePublishCdnStream, StopPublishCdnStream. A task cannot be read back;
it is known by the TaskId that its start was told (reference semantics §1, §3 and §11).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.fields import PUBLISH_REGIONS, Region, User, publish_room
from reconciler.kinds.live import ACTIVE, PushTarget
from reconciler.kinds.marks import RESTART, Mark, Model, Spec
from reconciler.kinds.publish.fields import Agent, FeedBackRoom, FeedBackRooms, Publish, Sei, Targets
from reconciler.kinds.robots import Robot, RoomScoped, name_of, robot_key, robot_request, scope_faults
from reconciler.model import Action, Address, Call, Impact, Observation, Path, Status

VERSION = "2019-07-22"
START = Action("trtc", VERSION, "StartPublishCdnStream", per_second=20, starts=True)
UPDATE = Action("trtc", VERSION, "UpdatePublishCdnStream", per_second=20)
STOP = Action("trtc", VERSION, "StopPublishCdnStream", per_second=20)


class VideoEncode(Model):
    """How the picture is encoded: pixels, frames a second, kilobits a second, seconds between key frames."""

    width: Annotated[int, Field(ge=1, le=1920)] | None = None
    height: Annotated[int, Field(ge=1, le=1920)] | None = None
    fps: Annotated[int, Field(ge=1, le=60)]
    bit_rate: Annotated[int, Field(ge=1, le=10000)]
    gop: Annotated[int, Field(ge=1, le=5)]

    def to_request(self) -> dict[str, Any]:
        """VideoEncode."""
        return {
            "Width": self.width,
            "Height": self.height,
            "Fps": self.fps,
            "BitRate": self.bit_rate,
            "Gop": self.gop,
        }


class PublishSpec(RoomScoped, Spec):
    """What every publish task's document has."""

    region: Annotated[Region | None, RESTART] = None
    state: Literal["running", "stopped"] = "running"
    agent: Annotated[Agent, RESTART] = Agent()
    publish: Targets = ()
    feed_back_rooms: FeedBackRooms = ()
    sei: Annotated[Sei | None, Mark(removed=Impact.RESTART)] = None

    def robots(self) -> list[tuple[Path, Robot]]:
        """Its robots, each with its path."""
        rooms = [(("feedBackRooms", index), room) for index, room in enumerate(self.feed_back_rooms)]
        return [(("agent",), self.agent), *rooms]

    def shown(self) -> Iterable[User]:
        """The users that the stream shows or plays by name."""
        return ()


class PublishKind(ABC):
    """What the kinds of the family do alike; each adds what is in the picture and in the sound."""

    version = 1
    actions = (START, UPDATE, STOP)
    exact = False
    handle_seconds = 30 * 86400
    transcoding: int

    @abstractmethod
    def content(self, spec: Any) -> dict[str, Any]:
        """The request's parts that say what is streamed, as a start has them."""

    @abstractmethod
    def content_changes(self, spec: Any, bases: tuple[Any, ...]) -> dict[str, Any]:
        """Of those parts, what an update must send so that any of the bases becomes the spec."""

    def references(self, spec: Any) -> tuple[tuple[Path, Address], ...]:
        """Nothing, unless a kind says otherwise."""
        return ()

    def faults(self, spec: Any) -> list[Fault]:
        """The rules of the spec alone."""
        found = [
            Fault(("audio", "encode", *fault.path), fault.message) for fault in spec.audio.encode.faults()
        ]
        if not spec.publish and not spec.feed_back_rooms:
            found.append(
                Fault(("publish",), "a stream goes somewhere: give publish or feedBackRooms an entry")
            )
        targets = [one.target() for one in spec.publish]
        found += [
            Fault(("publish", index, "url"), "the stream is pushed to this address already")
            for index, target in enumerate(targets)
            if target in targets[:index]
        ]
        if spec.sei is not None and not spec.sei.to_request():
            found.append(Fault(("sei",), "says nothing: give it layoutVolume, or drop it"))
        found += [
            Fault(("publish", index, *f.path), f.message)
            for index, one in enumerate(spec.publish)
            for f in one.faults()
        ]
        rooms = [(room.room, room.user_id) for room in spec.feed_back_rooms]
        if spec.agent.user_id is not None and (spec.room, spec.agent.user_id) in rooms:
            found.append(Fault(("agent", "userId"), "is a feedBackRooms robot of the same room already"))
        return found + [
            Fault(
                ("feedBackRooms", index),
                f"the stream goes back into room {room[0]!r} with this robot already",
            )
            for index, room in enumerate(rooms)
            if room in rooms[:index]
        ]

    def resolve(self, spec: Any, scope: Scope) -> tuple[Any, list[Fault]]:
        """The spec with application, region and robots filled in."""
        given = {
            "sdk_app_id": spec.sdk_app_id or scope.settings.sdk_app_id,
            "region": spec.region or scope.settings.region,
        }
        robot = name_of(spec.agent, scope, spec.room, "agent")
        rooms = tuple(
            room.model_copy(update={"user_id": name_of(room, scope, room.room, "feedback")})
            for room in spec.feed_back_rooms
        )
        agent = spec.agent.model_copy(update={"user_id": robot})
        resolved = spec.model_copy(update={**given, "agent": agent, "feed_back_rooms": rooms})
        return resolved, scope_faults(given, PUBLISH_REGIONS, spec.robots(), scope.settings)

    def wanted(self, spec: Any) -> Status:
        """Running or stopped."""
        return Status(spec.state)

    def occupies(self, spec: Any) -> frozenset[str]:
        """Its push addresses and its robots."""
        app = spec.sdk_app_id
        pushes = {f"push {target.target()}" for target in spec.publish}
        robots = {robot_key(app, room.room, room.user_id) for room in spec.feed_back_rooms}
        return frozenset({*pushes, *robots, self.identity(spec)})

    def needs(self, spec: Any) -> frozenset[str]:
        """The live streams that its push addresses are, and the users it shows."""
        lives = {f"live {target.target()}" for target in spec.publish}
        users = {robot_key(spec.sdk_app_id, user.room, user.user_id) for user in spec.shown()}
        return frozenset(lives | users)

    def opens(self, spec: Any) -> frozenset[str]:
        """The robots that bring the stream back into rooms, where others can show them."""
        app = spec.sdk_app_id
        return frozenset(robot_key(app, room.room, room.user_id) for room in spec.feed_back_rooms)

    def watched(self, spec: Any) -> tuple[PushTarget, ...]:
        """The live streams that its pushes make."""
        return tuple(target for one in spec.publish for target in one.watched())

    def judge(
        self, spec: Any, states: Mapping[PushTarget, str], recorded: Status, at: float
    ) -> Observation | None:
        """Silent if none of the pushes is active: the room may be quiet, so nothing follows from it."""
        known = [states.get(target) for target in self.watched(spec)]
        if not known or None in known:
            return None
        active = sum(state == ACTIVE for state in known)
        evidence = f"{active} of {len(known)} pushes to Tencent's CDN are active"
        return Observation(None, evidence, at, silent=not active)

    def still_signed(self, spec: Any, bases: tuple[Any, ...], signed: Mapping[str, str]) -> dict[str, str]:
        """The txTimes of pushes that no base has otherwise: any other push is set up again anyway."""
        kept = [one for one in spec.publish if all(_same_push(one, base) for base in bases)]
        return {one.url: signed[one.url] for one in kept if isinstance(one.url, str) and one.url in signed}

    def identity(self, spec: Any) -> str:
        """The robot in its room: a second one of that name throws the first out."""
        return robot_key(spec.sdk_app_id, spec.room, spec.agent.user_id)

    def start(self, subject: Subject) -> Call:
        """StartPublishCdnStream."""
        spec = subject.spec
        request = {
            "SdkAppId": spec.sdk_app_id,
            **publish_room(spec.room),
            "AgentParams": {
                **robot_request(spec.agent, subject),
                "MaxIdleTime": spec.agent.max_idle_time,
            },
            "WithTranscoding": self.transcoding,
            **self.content(spec),
            **_targets(spec, subject),
        }
        return Call(START, spec.region, request)

    def update(self, subject: Subject) -> Call | None:
        """UpdatePublishCdnStream with every block that differs, complete (semantics §3)."""
        spec = subject.spec
        blocks = {
            **changed_blocks(_targets(spec, subject), (_targets(base, subject) for base in subject.bases)),
            **self.content_changes(spec, subject.bases),
        }
        if not blocks:
            return None
        request = {
            "SdkAppId": spec.sdk_app_id,
            "TaskId": subject.task_id,
            "SequenceNumber": subject.sequence,
            "WithTranscoding": self.transcoding,
            **blocks,
        }
        return Call(UPDATE, spec.region, request)

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """StopPublishCdnStream, in the region that the task was started in."""
        request = {"SdkAppId": subject.spec.sdk_app_id, "TaskId": subject.task_id}
        return (Call(STOP, subject.spec.region, request),)


def _same_push(push: Publish, base: Any) -> bool:
    """Whether a base has the same push: the same address, key and network."""

    def seen(one: Publish) -> tuple[Any, ...]:
        return (one.url, one.auth and one.auth.key, one.is_tencent_cdn)

    return any(seen(push) == seen(one) for one in base.publish)


def changed_blocks(new: Mapping[str, Any], olds: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Those blocks of `new` that differ from any of `olds`, complete (semantics §3.3)."""
    others = list(olds)
    return {name: block for name, block in new.items() if any(old.get(name) != block for old in others)}


def feedback_entry(room: FeedBackRoom, subject: Subject) -> dict[str, Any]:
    """One entry of FeedBackRoomParams."""
    return {**publish_room(room.room), **robot_request(room, subject)}


def _targets(spec: Any, subject: Subject) -> dict[str, Any]:
    blocks: dict[str, Any] = {}
    if spec.publish:
        blocks["PublishCdnParams"] = [target.to_request(subject.signed) for target in spec.publish]
    if spec.feed_back_rooms:
        blocks["FeedBackRoomParams"] = [feedback_entry(room, subject) for room in spec.feed_back_rooms]
    if spec.sei is not None:
        blocks["SeiParams"] = spec.sei.to_request()
    return blocks
