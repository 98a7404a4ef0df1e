"""The fields of a mixed stream, and the rules that need nothing but its workspace."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.fields import RoomScoped
from reconciler.kinds.marks import RESTART, SEEN, Mark, Spec
from reconciler.kinds.mix_stream.picture import LayoutUse, Video
from reconciler.kinds.publish import Agent, Audio, FeedBackRooms, Robot, Sei, Targets
from reconciler.model import Impact, Path


class MixStreamSpec(RoomScoped, Spec):
    """The fields of the document."""

    state: Literal["running", "stopped"] = "running"
    agent: Annotated[Agent, RESTART] = Agent()
    audio: Audio = Audio()
    video: Annotated[Video | None, Mark(added=Impact.RESTART, removed=Impact.RESTART)] = None
    layout: Annotated[LayoutUse | None, SEEN] = None
    publish: Targets = ()
    feed_back_rooms: FeedBackRooms = ()
    sei: Annotated[Sei | None, Mark(removed=Impact.RESTART)] = None


def scope_faults(spec: MixStreamSpec, given: Mapping[str, Any], scope: Scope) -> list[Fault]:
    """What the workspace leaves open; `given` are application and region as they were found."""
    found = []
    if given["sdk_app_id"] is None:
        found.append(Fault(("sdkAppId",), "not known: set trtc.sdkAppId in the workspace, or sdkAppId here"))
    if given["region"] is None:
        found.append(Fault(("region",), "not known: set region in the workspace, or region here"))
    robots: list[tuple[Path, Robot]] = [
        (("agent",), spec.agent),
        *((("feedBackRooms", index), room) for index, room in enumerate(spec.feed_back_rooms)),
    ]
    if scope.settings.secret_key is None:
        found += [
            Fault(
                place,
                "no UserSig can be made for the robot: set trtc.secretKey in the workspace, or userSig here",
            )
            for place, robot in robots
            if robot.user_sig is None
        ]
    rooms = [(room.room, room.user_id) for room in spec.feed_back_rooms]
    return found + [
        Fault(("feedBackRooms", index), f"the stream goes back into room {room[0]!r} with this robot already")
        for index, room in enumerate(rooms)
        if room in rooms[:index]
    ]
