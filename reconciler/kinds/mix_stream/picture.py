"""The picture of a mixed stream: how it is encoded, how it is laid out, who is seen where.

VideoParams of a publish task (reference fields, "VideoParams" and "LayoutParams"; semantics §4).
"""

from typing import Annotated, Any

from pydantic import Field

from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.fields import Name, UserStream, code
from reconciler.kinds.marks import SEEN, Model
from reconciler.kinds.mix_layout import (
    MODES,
    RENDER_MODES,
    UNCONFIRMED_CLEAR,
    Canvas,
    LayoutFields,
    layout_address,
)
from reconciler.kinds.publish import VideoEncode
from reconciler.layout import Size


class Video(Model):
    """The picture; a stream without it is sound only. Its size is the canvas unless it is given."""

    encode: Annotated[VideoEncode, SEEN]


class LayoutUse(LayoutFields):
    """The layout of a stream, by reference or inline, and who is seen where in it."""

    ref: Name | None = None
    users: dict[str, UserStream] = Field(default_factory=dict)
    max_video_user: Annotated[UserStream | None, UNCONFIRMED_CLEAR] = None

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


def resolved_picture(
    video: Video | None, layout: LayoutUse | None, room: int | str, scope: Scope
) -> tuple[Video | None, LayoutUse | None, list[Fault]]:
    """(video with its size, layout inline and with its rooms, what is wrong with them)."""
    if video is None:
        return None, None, []
    use = layout or LayoutUse()
    inline = _inline(use, room, scope)
    sized, faults = _sized(video, inline.canvas)
    faults += inline.user_faults(room)
    canvas = Size(sized.encode.width or 0, sized.encode.height or 0) if not faults else None
    if use.ref is None:
        faults += inline.faults(canvas, ("layout",))
    elif canvas is not None and inline.canvas is None:
        faults += inline.overhangs(canvas, ("layout", "ref"))
    return sized, inline.model_copy(update={"canvas": None}), faults


def _inline(use: LayoutUse, room: int | str, scope: Scope) -> LayoutUse:
    shared = scope.specs[layout_address(use.ref)] if use.ref is not None else use
    fields = {name: getattr(shared, name) for name in LayoutFields.model_fields}
    users = {slot: user.in_room(room) for slot, user in use.users.items()}
    big = use.max_video_user.in_room(room) if use.max_video_user else None
    return LayoutUse.model_construct(**fields, users=users, max_video_user=big)


def _sized(video: Video, canvas: Canvas | None) -> tuple[Video, list[Fault]]:
    """The video with its width and height from the canvas; the same one, and why, if that cannot be."""
    encode = video.encode
    width, height = encode.width, encode.height
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


def video_blocks(video: Video | None, layout: LayoutUse | None) -> dict[str, Any]:
    """The parts of VideoParams; none for sound only."""
    if video is None or layout is None:
        return {}
    blocks: dict[str, Any] = {
        "VideoEncode": video.encode.to_request(),
        "LayoutParams": layout.to_request(),
    }
    if layout.background.color is not None:
        blocks["BackGroundColor"] = layout.background.color
    if layout.background.image_url is not None:
        blocks["BackgroundImageUrl"] = layout.background.image_url
    if layout.watermarks:
        blocks["WaterMarkList"] = [watermark.to_request() for watermark in layout.watermarks]
    return blocks
