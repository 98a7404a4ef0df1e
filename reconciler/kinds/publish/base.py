"""The family of TRTC publish tasks: mixed or relayed, they start, update and stop by the same calls.

StartPublishCdnStream, UpdatePublishCdnStream, StopPublishCdnStream. A task cannot be read back;
it is known by the TaskId that its start was told (reference semantics §1, §3 and §11).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from reconciler.calls import Action, Call
from reconciler.claims import Claim, ClaimKind
from reconciler.kinds.api import with_resets
from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.callbacks import EventGroup
from reconciler.kinds.essence import Essential
from reconciler.kinds.feeds import feeds_of
from reconciler.kinds.fields import publish_room
from reconciler.kinds.importing import Fact, TaskRobot
from reconciler.kinds.live import live_claim, state_question
from reconciler.kinds.publish.blocks import PUSHES, Blocks, nested, same_push, target_blocks
from reconciler.kinds.publish.convert import DECLINED, is_mix, title
from reconciler.kinds.publish.essence import task_destinations
from reconciler.kinds.publish.fields import held_cdn_fault
from reconciler.kinds.publish.pushes import seen_of, watched
from reconciler.kinds.publish.rules import spec_faults, surrounded_faults
from reconciler.kinds.questions import Key, Question
from reconciler.kinds.regions import PUBLISH
from reconciler.kinds.robots import name_of, robot_claim, robot_request, room_claim, scope_faults
from reconciler.model import Address, Effect, Observation, Path, Status

VERSION = "2019-07-22"
_HELD = {"PublishCdnUrl": held_cdn_fault}
START = Action(
    "trtc",
    VERSION,
    "StartPublishCdnStream",
    per_second=20,
    effect=Effect.START,
    addresses=_HELD,
    regions=PUBLISH,
)
UPDATE = Action(
    "trtc",
    VERSION,
    "UpdatePublishCdnStream",
    per_second=20,
    effect=Effect.UPDATE,
    addresses=_HELD,
    regions=PUBLISH,
)
STOP = Action("trtc", VERSION, "StopPublishCdnStream", per_second=20, effect=Effect.STOP, regions=PUBLISH)

NEEDED = {
    Fact.ROBOT: "an uncertain task, or one with an expired TaskId, is ended by starting its robot again",
    Fact.SINCE: "a TaskId expires 30 days after its start",
    Fact.SEQUENCE_NUMBER: "an update is rejected unless its SequenceNumber is higher than all previous ones",
}


_NONE = frozenset[Claim]()


class PublishKind(ABC):
    """What the kinds of the family do alike; each adds what is in the picture and in the sound."""

    version = 1
    actions = (START, UPDATE, STOP)
    starters = (START,)
    authoritative = False
    event_group = EventGroup.PUBLISH
    declined = DECLINED
    transcoding: int

    @abstractmethod
    def content(self, spec: Any) -> dict[str, Any]:
        """The request's parts that say what is streamed, as a start has them."""

    @abstractmethod
    def blocks(self, spec: Any) -> Blocks:
        """Of those parts, what an update can send each for itself."""

    @abstractmethod
    def essence(self, spec: Any) -> tuple[Essential, ...]:
        """What a reviewer of its start has to know."""

    def destinations(self, spec: Any) -> tuple[str, ...]:
        """Its push addresses, and the rooms that it is brought back into."""
        return task_destinations(spec)

    def references(self, spec: Any) -> tuple[tuple[Path, Address], ...]:
        """Nothing, unless a kind says otherwise."""
        return ()

    def faults(self, spec: Any) -> list[Fault]:
        """The rules of the spec alone."""
        return list(spec_faults(spec))

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
        faults = scope_faults(spec, spec.robots(), self.actions, scope.settings)
        return resolved, [*faults, *surrounded_faults(spec, resolved, scope.settings)]

    def converts(self, action: str, request: Mapping[str, Any]) -> bool:
        """A start, by its WithTranscoding."""
        return action == START.name and is_mix(request) == bool(self.transcoding)

    def title(self, request: Mapping[str, Any]) -> str:
        """The robot's user ID."""
        return title(request)

    def wanted(self, spec: Any) -> Status:
        """Running or stopped."""
        return Status(spec.state)

    def occupies(self, spec: Any) -> frozenset[Claim]:
        """Its push addresses and its robots."""
        app = spec.sdk_app_id
        pushes = {target.claim() for target in spec.publish}
        robots = {robot_claim(app, room.room, room.user_id) for room in spec.feed_back_rooms}
        return frozenset({*pushes, *robots, self.identity(spec)})

    def needs(self, spec: Any) -> frozenset[Claim]:
        """The live streams that its push addresses are, and the users it shows."""
        lives = {live_claim(target) for one in spec.publish if (target := one.live_target())}
        app = spec.sdk_app_id
        users = {robot_claim(app, user.room_in(spec.room), user.user_id) for _, user in spec.shown()}
        return frozenset(lives | users)

    def opens(self, spec: Any) -> frozenset[Claim]:
        """The robots that bring the stream back into rooms, its live streams, and the rooms that it shows."""
        rooms = {room_claim(spec.sdk_app_id, room) for room in spec.shown_rooms()}
        return self.brought_back(spec) | feeds_of(one.live_target() for one in spec.publish) | rooms

    def brought_back(self, spec: Any) -> frozenset[Claim]:
        """The robots of its feedBackRooms."""
        app, rooms = spec.sdk_app_id, spec.feed_back_rooms
        return frozenset(robot_claim(app, room.room, room.user_id) for room in rooms) if rooms else _NONE

    def distinct(self, spec: Any) -> frozenset[Claim]:
        """The robot's name, in whatever room (fields, "AgentParams"); its room, if it is recorded."""
        name = Claim(ClaimKind.NAME, f"{spec.agent.user_id} (application {spec.sdk_app_id})")
        records = spec.record is not None and spec.record.is_on
        return frozenset({name, *([room_claim(spec.sdk_app_id, spec.room)] if records else ())})

    def handle_seconds(self, spec: Mapping[str, Any]) -> int:
        """30 days (semantics §1)."""
        return 30 * 86400

    def questions(self, spec: Any) -> tuple[Question, ...]:
        """How the live streams stand that its pushes make."""
        return tuple(state_question(target) for target in watched(spec))

    def interpret(
        self, spec: Any, answers: Mapping[Key, str], recorded: Status, at: float
    ) -> Observation | None:
        """Silent if no push is active: the room may be quiet, so nothing follows from it."""
        return seen_of([answers.get(target) for target in watched(spec)], at)

    def pushes_to(self, spec: Any) -> frozenset[str]:
        """The addresses of its pushes."""
        return frozenset(
            one.url.partition("?")[0] if isinstance(one.url, str) else f"{{{one.target()}}}"
            for one in spec.publish
        )

    def still_signed(self, spec: Any, bases: tuple[Any, ...], signed: Mapping[str, str]) -> dict[str, str]:
        """The txTimes of pushes that no base has otherwise: any other push is set up again anyway."""
        kept = [one for one in spec.publish if all(same_push(one, base) for base in bases)]
        return {one.url: signed[one.url] for one in kept if isinstance(one.url, str) and one.url in signed}

    def made_from_secrets(self, spec: Any) -> tuple[tuple[Path, str], ...]:
        """Those that are signed, and those that a secret holds."""
        pushes = [(index, one, one.secret_words()) for index, one in enumerate(spec.publish)]
        return tuple(
            (("publish", index, "url" if one.auth is None else "auth"), words)
            for index, one, words in pushes
            if words
        )

    def identity(self, spec: Any) -> Claim:
        """The robot in its room: a second one of that name throws the first out."""
        return robot_claim(spec.sdk_app_id, spec.room, spec.agent.user_id)

    def start(self, subject: Subject) -> Call:
        """StartPublishCdnStream."""
        spec = subject.spec
        request = {
            "SdkAppId": spec.sdk_app_id,
            **publish_room(spec.room),
            "AgentParams": {**spec.agent.idle(), **robot_request(spec.agent, subject)},
            "WithTranscoding": self.transcoding,
            **self.content(spec),
            **nested(target_blocks(spec, subject)),
            **({} if spec.record is None else {"RecordParams": spec.record.to_request()}),
        }
        return Call(START, spec.region, request)

    def update(self, subject: Subject) -> Call | None:
        """UpdatePublishCdnStream with every block that differs, complete (semantics §3)."""
        spec = subject.spec
        said = self._changeable(with_resets(spec, subject.bases), subject)
        new = self._changeable(spec.with_defaults(), subject)
        olds = [self._changeable(base.with_defaults(), subject) for base in subject.bases]
        again = {PUSHES} if subject.resends else set()
        changed = [p for p, block in new.items() if p in again or any(old.get(p) != block for old in olds)]
        blocks = nested({path: said.get(path, new[path]) for path in changed})
        return self._updated(subject, blocks) if blocks else None

    def verify(self, subject: Subject) -> Call:
        """UpdatePublishCdnStream with what is heard or shown as it is, which interrupts nothing."""
        content = self.blocks(subject.spec)
        name = next(iter(content))
        return self._updated(subject, nested({name: content[name]}))

    def robots_in(self, spec: Any) -> tuple[TaskRobot, ...]:
        """The task's own, and those that bring it back into rooms."""
        agent = TaskRobot(("agent", "userId"), spec.room, spec.agent.user_id, "agent")
        rooms = (
            TaskRobot(("feedBackRooms", index, "userId"), one.room, one.user_id, "feedback")
            for index, one in enumerate(spec.feed_back_rooms)
        )
        return (agent, *rooms)

    def needed(self, spec: Any) -> Mapping[Fact, str]:
        """All that an update and the end of a TaskId's use are known by (semantics §1 and §3)."""
        return NEEDED

    def probe(self, subject: Subject) -> Call | None:
        """UpdatePublishCdnStream that names no block: what an update leaves out stays (semantics §3.2)."""
        return self._updated(subject, {})

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """StopPublishCdnStream, in the region that the task was started in."""
        spec = subject.spec
        request = {"SdkAppId": spec.sdk_app_id, "TaskId": subject.task_id}
        also = {} if spec.stop is None else spec.stop.to_request()
        return (Call(STOP, spec.region, request | also),)

    def _updated(self, subject: Subject, blocks: Mapping[str, Any]) -> Call:
        request = {
            "SdkAppId": subject.spec.sdk_app_id,
            "TaskId": subject.task_id,
            "SequenceNumber": subject.sequence,
            "WithTranscoding": self.transcoding,
            **blocks,
        }
        return Call(UPDATE, subject.spec.region, request)

    def _changeable(self, spec: Any, subject: Subject) -> Blocks:
        return {**target_blocks(spec, subject), **self.blocks(spec)}
