"""What every publish task's document has."""

from collections.abc import Iterable, Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.api import NOWHERE, Api, Part, Spec
from reconciler.kinds.base import Fault
from reconciler.kinds.ending import Ending
from reconciler.kinds.fields import REGION, Region, User
from reconciler.kinds.marks import IN_PLACE, RESTART, ChangeEffect
from reconciler.kinds.prevent import Preventable
from reconciler.kinds.publish.fields import Agent, AudioEncode, FeedBackRooms, Stop, Targets
from reconciler.kinds.publish.record import Record
from reconciler.kinds.publish.sei import Sei
from reconciler.kinds.regions import PUBLISH
from reconciler.kinds.robots import Robot, RoomScoped
from reconciler.kinds.sites import Site
from reconciler.kinds.timing import Timed
from reconciler.model import Impact, Path


class VideoEncode(Part):
    """How the picture is encoded."""

    width: Annotated[int, Field(ge=0, le=1920)] | None = None
    """Width in pixels; default for a mixed stream: its layout's canvas."""
    height: Annotated[int, Field(ge=0, le=1920)] | None = None
    """Height in pixels; default for a mixed stream: its layout's canvas."""
    fps: Annotated[int, Field(ge=0, le=60)]
    """Frames per second; 0 only on the international site."""
    bit_rate: Annotated[int, Field(ge=0, le=10000)]
    """Kilobits per second; 0 only on the international site."""
    gop: Annotated[int, Field(ge=1, le=5)]
    """Seconds between key frames."""

    def faults(self, site: Site | None) -> Iterator[Fault]:
        """The zeros: a size shows nothing, and the sites differ in the rest (fields, "VideoParams")."""
        for name, value in (("width", self.width), ("height", self.height)):
            if value == 0:
                yield Fault((name,), "a picture of 0 pixels shows nothing", warns=True)
        for name, value, most in (("fps", self.fps, 60), ("bitRate", self.bit_rate, 10000)):
            if value == 0 and site is Site.MAINLAND:
                yield Fault((name,), f"found 0; allowed: 1 to {most} (0 on the international site only)")
            elif value == 0:
                yield Fault(
                    (name,), "the mainland site accepts 1 or more, the international site also 0", warns=True
                )


class PublishSpec(RoomScoped, Preventable, Ending, Timed, Spec):
    """What every publish task's document has."""

    served: ClassVar = PUBLISH

    region: Annotated[Region | None, RESTART, REGION] = None
    """The region to start the task in; default: the workspace's."""
    state: Annotated[Literal["running", "stopped"], NOWHERE] = "running"
    """The desired state."""
    agent: Annotated[Agent, RESTART, Api(name="AgentParams")] = Agent()
    """The robot that joins the room for the task."""
    publish: Targets = ()
    """The addresses to push the stream to, at most 10."""
    feed_back_rooms: FeedBackRooms = ()
    """The rooms to feed the stream back into, at most 10; requires client SDK 10.4 or newer."""
    sei: Annotated[
        Sei | None,
        Api(name="SeiParams"),
        ChangeEffect(removed=Impact.RESTART, why="it is unconfirmed whether an update can remove it"),
    ] = None
    """Supplemental information in the video stream."""
    record: Annotated[Record | None, RESTART, Api(name="RecordParams")] = None
    """How the stream is recorded."""
    stop: Annotated[Stop | None, IN_PLACE, Api(at=("",))] = None
    """What to send to the API when the task is stopped."""

    def robots(self) -> list[tuple[Path, Robot]]:
        """Its robots, each with its path."""
        rooms = [(("feedBackRooms", index), room) for index, room in enumerate(self.feed_back_rooms)]
        return [(("agent",), self.agent), *rooms]

    def shown(self) -> Iterable[tuple[Path, User]]:
        """The users that the stream shows or plays by name, each with its path."""
        return ()

    def shown_rooms(self) -> frozenset[int | str]:
        """The rooms that the stream shows or plays: its own, and those of the users it names."""
        return frozenset({self.room, *(user.room_in(self.room) for _, user in self.shown())})

    def rooms(self) -> Iterator[tuple[Path, int | str]]:
        """Every room that it names, each with its path; the stream's own first."""
        yield ("room",), self.room
        for path, user in self.named():
            if user.room is not None:
                yield (*path, "room"), user.room
        for index, room in enumerate(self.feed_back_rooms):
            yield ("feedBackRooms", index, "room"), room.room

    def named(self) -> Iterable[tuple[Path, User]]:
        """The users that it names, whether they are shown or left out, each with its path."""
        return self.shown()

    def sound(self) -> AudioEncode:
        """How its sound is encoded."""
        raise NotImplementedError

    def encoded(self) -> VideoEncode | None:
        """How its picture is encoded; None if it is sound only."""
        raise NotImplementedError
