"""Users of one or more rooms mixed into one stream, pushed to addresses or back into rooms.

StartPublishCdnStream with WithTranscoding 1, its update and its stop. The task cannot be read
back; it is known by the TaskId that its start was told (reference semantics §1 and §11).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler.kinds.base import RESTART, SEEN, Fault, Mark, Model, Scope, Spec, SpecError, Subject
from reconciler.kinds.fields import Name, RoomScoped, UserStream, code, publish_room, robot_id
from reconciler.kinds.mix_layout import MODES, RENDER_MODES, Canvas, LayoutFields, layout_address
from reconciler.kinds.publish import (
    ACTIONS,
    START,
    UPDATE,
    Agent,
    Audio,
    FeedBackRooms,
    Robot,
    Sei,
    Targets,
    changed_blocks,
    named_rooms,
    robot_key,
    robot_request,
    stop_call,
)
from reconciler.layout import Size
from reconciler.model import Address, Call, Impact, Path, Status


class VideoEncode(Model):
    """How the picture is encoded: pixels, frames a second, kilobits a second, seconds between key frames.

    Width and height are the layout's canvas unless they are given.
    """

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


class Video(Model):
    """The picture; a stream without it is sound only."""

    encode: Annotated[VideoEncode, SEEN]


class LayoutUse(LayoutFields):
    """The layout of a stream, by reference or inline, and who is seen where in it."""

    ref: Name | None = None
    users: dict[str, UserStream] = Field(default_factory=dict)
    max_video_user: UserStream | None = None

    def own_fields(self) -> list[str]:
        """What is said here that a referred layout would say."""
        given = self.model_fields_set - {"ref", "users", "max_video_user"}
        return sorted(str(LayoutFields.model_fields[name].alias) for name in given)

    def to_request(self) -> dict[str, Any]:
        """LayoutParams."""
        params: dict[str, Any] = {
            "MixLayoutMode": 1 + code(self.mode, *MODES),
            "PureAudioHoldPlaceMode": int(self.pure_audio_hold_place_mode),
        }
        if self.mode == "custom":
            params["MixLayoutList"] = [slot.to_request(self.users.get(slot.name)) for slot in self.slots]
        if self.render_mode is not None:
            params["RenderMode"] = code(self.render_mode, *RENDER_MODES)
        if self.max_video_user is not None:
            params["MaxVideoUser"] = {"UserMediaStream": self.max_video_user.to_stream_request()}
        return params

    def user_faults(self, room: int | str) -> list[Fault]:
        """What is wrong with who is seen where, once the layout is known."""
        slots = [slot.name for slot in self.slots]
        found = [
            Fault(
                ("layout", "users", name),
                f"there is no slot {name!r}; the layout has {', '.join(slots) or 'none'}",
            )
            for name in self.users
            if name not in slots
        ]
        big = self.max_video_user
        at = ("layout", "maxVideoUser")
        if self.mode == "screen-share" and big is None:
            found.append(Fault(at, "mode screen-share needs maxVideoUser, the user whose picture is big"))
        if big is not None and self.mode not in ("floating", "screen-share"):
            found.append(Fault(at, f"goes with mode floating or screen-share; the mode is {self.mode}"))
        if big is not None and big.in_room(room).room != room:
            found.append(Fault((*at, "room"), f"mode {self.mode} shows one room only, the stream's {room!r}"))
        return found


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


class MixStreamKind:
    """A mixed stream: starts, updates in place where the API can, stops; cannot be observed."""

    name = "MixStream"
    version = 1
    spec = MixStreamSpec
    actions = ACTIONS

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

    def resolve(self, spec: MixStreamSpec, scope: Scope) -> MixStreamSpec:
        """The spec with its layout inline, its rooms, robots and application filled in."""
        settings = scope.settings
        given = {
            "sdk_app_id": spec.sdk_app_id or settings.sdk_app_id,
            "region": spec.region or settings.region,
        }
        faults = _scope_faults(spec, given, scope)
        layout = _resolved_layout(spec, scope)
        video, size_faults = _sized(spec.video, layout.canvas if layout else None)
        if layout is not None and video is not None:
            canvas = Size(video.encode.width or 0, video.encode.height or 0)
            faults += [*size_faults, *layout.user_faults(spec.room)]
            if not size_faults:
                faults += layout.faults(canvas, ("layout",))
        if faults:
            raise SpecError(faults)
        robot = spec.agent.user_id or robot_id(settings.workspace, scope.address, spec.room, "mix")
        return spec.model_copy(
            update={
                **given,
                "agent": spec.agent.model_copy(update={"user_id": robot}),
                "audio": spec.audio.in_room(spec.room),
                "video": video,
                "layout": layout and layout.model_copy(update={"canvas": None}),
                "feed_back_rooms": named_rooms(spec.feed_back_rooms, scope),
            }
        )

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

    def start(self, subject: Subject) -> Call:
        """StartPublishCdnStream."""
        spec: MixStreamSpec = subject.spec
        request = {
            "SdkAppId": spec.sdk_app_id,
            **publish_room(spec.room),
            "AgentParams": {
                **robot_request(spec.agent, subject),
                "MaxIdleTime": spec.agent.max_idle_time,
            },
            "WithTranscoding": 1,
            "AudioParams": spec.audio.to_request(),
            **_video_params(spec),
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
        video = changed_blocks(_video_blocks(spec), map(_video_blocks, subject.bases))
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

    def stop(self, subject: Subject) -> Call:
        """StopPublishCdnStream."""
        return stop_call(subject)


def _scope_faults(spec: MixStreamSpec, given: Mapping[str, Any], scope: Scope) -> list[Fault]:
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


def _resolved_layout(spec: MixStreamSpec, scope: Scope) -> LayoutUse | None:
    use = spec.layout or LayoutUse()
    if spec.video is None:
        return None
    shared = scope.specs[layout_address(use.ref)] if use.ref is not None else use
    fields = {name: getattr(shared, name) for name in LayoutFields.model_fields}
    users = {slot: user.in_room(spec.room) for slot, user in use.users.items()}
    big = use.max_video_user.in_room(spec.room) if use.max_video_user else None
    return LayoutUse.model_construct(**fields, users=users, max_video_user=big)


def _sized(video: Video | None, canvas: Canvas | None) -> tuple[Video | None, list[Fault]]:
    """The video with its width and height from the canvas, or why that cannot be."""
    if video is None:
        return None, []
    encode = video.encode
    width, height = (encode.width, encode.height)
    if canvas is not None:
        width, height = width or canvas.width, height or canvas.height
        if (width, height) != (canvas.width, canvas.height):
            text = f"{width}x{height} is not the canvas of the layout, {canvas.width}x{canvas.height}"
            return video, [Fault(("video", "encode"), text)]
    if width is None or height is None:
        text = "the size is not known: give width and height, or a layout with a canvas"
        return video, [Fault(("video", "encode"), text)]
    sized = encode.model_copy(update={"width": width, "height": height})
    return video.model_copy(update={"encode": sized}), []


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


def _video_params(spec: MixStreamSpec) -> dict[str, Any]:
    blocks = _video_blocks(spec)
    return {"VideoParams": blocks} if blocks else {}


def _video_blocks(spec: MixStreamSpec) -> dict[str, Any]:
    if spec.video is None or spec.layout is None:
        return {}
    layout = spec.layout
    blocks: dict[str, Any] = {
        "VideoEncode": spec.video.encode.to_request(),
        "LayoutParams": layout.to_request(),
    }
    if layout.background.color is not None:
        blocks["BackGroundColor"] = layout.background.color
    if layout.background.image_url is not None:
        blocks["BackgroundImageUrl"] = layout.background.image_url
    if layout.watermarks:
        blocks["WaterMarkList"] = [watermark.to_request() for watermark in layout.watermarks]
    return blocks


KIND = MixStreamKind()
