"""Our robots in TRTC rooms: how they are named, signed for, and told apart.

Every publish and ingest task brings one into its room; a second of the same name throws the
first out (reference semantics §1 and §10).
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar, Protocol

from reconciler.calls import Action, SecretRef, UserSig
from reconciler.claims import Claim, ClaimKind
from reconciler.errors import SecretError
from reconciler.kinds.base import Fault, Scope, Setting, Settings, Subject
from reconciler.kinds.fields import ROOM, Room, SdkAppId, SecretSource, UserId
from reconciler.kinds.generated import generated_id, is_generated
from reconciler.kinds.marks import RESTART, Model
from reconciler.kinds.placing import UNSET, Placed, region_faults
from reconciler.kinds.regions import Regions
from reconciler.model import Address, Path

USER_SIG_SECONDS = 180 * 86400

ROLES = ("agent", "feedback", "ingest", "recorder")
"""What a robot of ours does in its room; it is named after that, too."""


class Robot(Model):
    """A user of ours in a room; named, and signed for, by us unless that is said here."""

    user_id: UserId | None = None
    """The robot's user ID, unique in its room; default: generated, the same in every run."""
    user_sig: SecretSource | None = None
    """A UserSig for the robot; default: made from the workspace's `trtc.secretKey`."""


class RoomScoped(Placed):
    """What says which application and room a TRTC task belongs to."""

    served: ClassVar[Regions] = {}
    """Where a task of the kind can be looked after."""

    sdk_app_id: Annotated[SdkAppId | None, RESTART] = None
    """The TRTC application; default: the workspace's."""
    room: Annotated[Room, RESTART, ROOM]
    """The room: a number for an integer room, quoted text for a string room."""


class TaskSpec(Protocol):
    """What every TRTC task's document may leave to its workspace."""

    @property
    def sdk_app_id(self) -> int | None:
        """The application."""
        ...

    @property
    def region(self) -> str | None:
        """The region."""
        ...


def robot_claim(sdk_app_id: int | None, room: int | str | None, user_id: str | None) -> Claim:
    """One user of one room of one application; integer and string rooms are told apart."""
    return Claim(ClaimKind.ROBOT, f"{sdk_app_id}/{room!r}/{user_id}")


def room_claim(sdk_app_id: int | None, room: int | str) -> Claim:
    """One room of one application, as streams show it."""
    return Claim(ClaimKind.ROOM, f"{sdk_app_id}/{room!r}")


def room_of(claim: Claim) -> str:
    """The room of a user's claim, told apart from those of other applications and of the other kind."""
    return claim.key.rpartition("/")[0]


def name_of(robot: Robot, scope: Scope, room: int | str, role: str) -> str:
    """The robot's name: the one given, or ours, the same in every run."""
    return robot.user_id or robot_id(scope.settings.workspace, scope.address, room, role)


def robot_request(robot: Robot, subject: Subject) -> dict[str, Any]:
    """UserId and UserSig; the signature is the one that is given, or made when the call is sent."""
    user_id = robot.user_id or ""
    return {"UserId": user_id, "UserSig": _user_sig(robot, user_id, subject)}


def _user_sig(robot: Robot, user_id: str, subject: Subject) -> SecretRef:
    if robot.user_sig is not None:
        return robot.user_sig.ref()
    key = subject.settings.secret_key
    if key is None:
        raise SecretError(
            f"cannot make a UserSig for robot {user_id} of {subject.address}",
            "restore trtc.secretKey in the workspace",
        )
    return UserSig(subject.spec.sdk_app_id, user_id, key, USER_SIG_SECONDS)


def scope_faults(
    spec: TaskSpec, robots: Iterable[tuple[Path, Robot]], actions: Sequence[Action], settings: Settings
) -> list[Fault]:
    """What the workspace leaves open, or sets as it cannot be for the actions that look after a task."""
    found = []
    if (spec.sdk_app_id or settings.sdk_app_id) is None:
        text = "missing: set trtc.sdkAppId in the workspace, or sdkAppId here"
        found.append(Fault(("sdkAppId",), text, setting=Setting(("trtc", "sdkAppId"), UNSET)))
    found += region_faults(spec.region, settings, actions)
    if settings.secret_key is None:
        found += [
            Fault(
                path,
                "cannot make a UserSig for the robot: set trtc.secretKey in the workspace, or userSig here",
                setting=Setting(("trtc", "secretKey"), UNSET),
            )
            for path, robot in robots
            if robot.user_sig is None
        ]
    return found


def is_generated_robot(value: object) -> bool:
    """Whether a user ID is one that `robot_id` makes."""
    return is_generated(value)


def robot_id(workspace: str, address: Address, room: int | str, role: str, number: int = 1) -> str:
    """A user ID for a task's robot that is the same in every run.

    The room and its kind take part, as integer room 1 and string room "1" are two rooms. Another
    `number` gives another name, for where somebody has the first.
    """
    return generated_id(workspace, str(address), type(room).__name__, str(room), role, number=number)
