"""The picture of a mixed stream: how it is encoded, how it is laid out, who is seen where.

VideoParams of a publish task (reference fields, "VideoParams" and "LayoutParams"; semantics §4).
"""

from typing import Annotated, Any, Self

from pydantic import Field

from reconciler.kinds.api import NOWHERE, Api
from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.fields import Name, UserStream
from reconciler.kinds.marks import SEEN, Mark, Model
from reconciler.kinds.mix_layout import layout_address
from reconciler.kinds.mix_layout.fields import Canvas, LayoutFields
from reconciler.kinds.mix_layout.lints import binding_lints, layout_lints
from reconciler.kinds.mix_layout.rules import layout_faults, overhangs
from reconciler.kinds.publish.spec import VideoEncode
from reconciler.layout import Size
from reconciler.model import Impact

Block = dict[tuple[str, ...], Any]


class Video(Model):
    """The picture; a stream without it is sound only."""

    encode: Annotated[VideoEncode, SEEN, Api(name="VideoEncode")]
    """How the picture is encoded; its size is the layout's canvas unless it is given."""


class LayoutUse(LayoutFields):
    """The layout of a stream, by reference or inline, and who is seen where in it."""

    ref: Annotated[Name | None, NOWHERE] = None
    """The name of a MixLayout; excludes a layout of its own."""
    users: Annotated[dict[str, UserStream], Api(apart=True, at=("MixLayoutList[].UserMediaStream",))] = Field(
        default_factory=dict
    )
    """Who is seen in which slot; a slot without a user is filled in order of entry."""
    max_video_user: Annotated[
        UserStream | None,
        Mark(
            visible=True,
            removed=Impact.RESTART,
            why="that an update takes it away is unconfirmed",
            moot=("grid", "custom"),
        ),
        Api(at=("MaxVideoUser.UserMediaStream",)),
    ] = None
    """Whose picture is the big one, in the modes floating and screen-share."""

    def own_fields(self) -> list[str]:
        """What is said here that a referred layout would say."""
        given = self.model_fields_set - {"ref", "users", "max_video_user"}
        return sorted(str(LayoutFields.model_fields[name].alias) for name in given)

    def in_room(self, room: int | str) -> Self:
        """The same with the stream's own room where none is named."""
        users = {slot: user.in_room(room) for slot, user in self.users.items()}
        big = self.max_video_user.in_room(room) if self.max_video_user else None
        return self.model_copy(update={"users": users, "max_video_user": big})

    def to_request(self) -> dict[str, Any]:
        """LayoutParams."""
        params = super().to_request()
        if "MaxVideoUser" in params:
            params["MaxVideoUser"] = {"UserMediaStream": params["MaxVideoUser"]}
        if self.slots is not None and (self.slots or self.mode == "custom"):
            params["MixLayoutList"] = [slot.to_request() | self._bound(slot.name) for slot in self.slots]
        return params

    def _bound(self, slot: str) -> dict[str, Any]:
        user = self.users.get(slot)
        return {} if user is None else {"UserMediaStream": user.to_request()}

    def user_faults(self, room: int | str) -> list[Fault]:
        """What is wrong with who is seen where, once the layout is known."""
        slots = [slot.name for slot in self.slots or ()]
        found = [
            Fault(
                ("layout", "users", name),
                f"there is no slot {name!r}; the layout has {', '.join(slots) or 'none'}",
            )
            for name in self.users
            if name not in slots
        ]
        big, mode = self.max_video_user, self.mode or "floating"
        at = ("layout", "maxVideoUser")
        if mode == "screen-share" and big is None:
            found.append(Fault(at, "mode screen-share needs maxVideoUser, the user whose picture is big"))
        if big is not None and mode not in ("floating", "screen-share"):
            found.append(Fault(at, f"goes with mode floating or screen-share; the mode is {mode}"))
        if big is not None and big.in_room(room).room != room:
            found.append(Fault((*at, "room"), f"mode {mode} shows one room only, the stream's {room!r}"))
        return found


def resolved_picture(
    video: Video | None, layout: LayoutUse | None, room: int | str, scope: Scope
) -> tuple[Video | None, LayoutUse | None, list[Fault]]:
    """(video with its size, layout inline and in pixels, what is wrong with them)."""
    if video is None:
        return None, None, []
    use = layout or LayoutUse()
    inline = _inline(use, scope)
    sized, faults = _sized(video, inline.canvas)
    faults += inline.user_faults(room)
    canvas = None if any(not fault.warns for fault in faults) else _size(sized)
    if use.ref is None:
        faults += layout_faults(inline, canvas, ("layout",))
    elif canvas is not None and inline.canvas is None:
        faults += overhangs(inline, canvas, ("layout", "ref"))
    if canvas is None or any(not fault.warns for fault in faults):
        return sized, layout, faults
    at = ("layout",) if use.ref is None else ("layout", "ref")
    if use.ref is None or inline.canvas is None:
        faults += layout_lints(inline, canvas, at)
    faults += binding_lints(inline, inline.users.keys(), canvas, at)
    pixels = tuple(slot.in_pixels(canvas) for slot in inline.slots or ())
    update = {"canvas": None, **({"slots": pixels} if inline.slots is not None else {})}
    return sized, layout and inline.model_copy(update=update), faults


def _inline(use: LayoutUse, scope: Scope) -> LayoutUse:
    if use.ref is None:
        return use
    shared = scope.specs[layout_address(use.ref)]
    fields = {name: getattr(shared, name) for name in LayoutFields.model_fields}
    return LayoutUse.model_construct(**fields, users=use.users, max_video_user=use.max_video_user)


def _size(video: Video) -> Size:
    return Size(video.encode.width or 0, video.encode.height or 0)


def _sized(video: Video, canvas: Canvas | None) -> tuple[Video, list[Fault]]:
    """The video with its width and height from the canvas; the same one, and why, if that cannot be."""
    encode = video.encode
    width, height = encode.width, encode.height
    if canvas is not None:
        width = canvas.width if width is None else width
        height = canvas.height if height is None else height
        if (width, height) != (canvas.width, canvas.height):
            text = f"{width}x{height} is not the canvas of the layout, {canvas.width}x{canvas.height}"
            return video, [Fault(("video", "encode"), text)]
    if width is None or height is None:
        text = "the size is not known: give width and height, or a layout with a canvas"
        return video, [Fault(("video", "encode"), text)]
    sized = encode.model_copy(update={"width": width, "height": height})
    return video.model_copy(update={"encode": sized}), []


def video_blocks(video: Video | None, layout: LayoutUse | None) -> Block:
    """The parts of VideoParams, each for itself; none for sound only."""
    if video is None:
        return {}
    parts = {"VideoEncode": video.encode.to_request()}
    if layout is not None:
        around = layout.around()
        params = layout.to_request()
        if params or not around:
            parts["LayoutParams"] = params
        parts |= around
    return {("VideoParams", name): part for name, part in parts.items()}
