"""The picture of a mixed stream: how it is encoded, how it is laid out, who is seen where.

VideoParams of a publish task (reference fields, "VideoParams" and "LayoutParams"; semantics §4).
"""

from typing import Annotated, Any, Self

from pydantic import Field

from reconciler.kinds.api import Api
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import UserStream
from reconciler.kinds.marks import SEEN, ChangeEffect, Model
from reconciler.kinds.mix_layout.drawing import layout_scene
from reconciler.kinds.mix_layout.referring import LayoutReference
from reconciler.kinds.publish.spec import VideoEncode
from reconciler.kinds.rooms import room_words
from reconciler.layout import Size
from reconciler.layout.scene import Scene
from reconciler.model import Impact

Block = dict[tuple[str, ...], Any]


class Video(Model):
    """The picture; a stream without it is sound only."""

    encode: Annotated[VideoEncode, SEEN, Api(name="VideoEncode")]
    """How the video is encoded; default size: the layout's canvas."""

    def size(self) -> Size:
        """The size of a picture whose width and height are known."""
        return Size(self.encode.width or 0, self.encode.height or 0)


class LayoutUse(LayoutReference):
    """The layout of a stream, by reference or inline, and who is seen where in it."""

    users: Annotated[dict[str, UserStream], Api(apart=True, at=("MixLayoutList[].UserMediaStream",))] = Field(
        default_factory=dict
    )
    """The user shown in each slot; slots without a user are filled in order of joining."""
    max_video_user: Annotated[
        UserStream | None,
        ChangeEffect(
            visible=True,
            removed=Impact.RESTART,
            why="it is unconfirmed whether an update can remove it",
            ignored_in_modes=("grid", "custom"),
        ),
        Api(at=("MaxVideoUser.UserMediaStream",)),
    ] = None
    """The user shown large, in the modes floating and screen-share."""

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
                f"unknown slot {name!r}; the layout has {', '.join(slots) or 'none'}",
            )
            for name in self.users
            if name not in slots
        ]
        big, mode = self.max_video_user, self.mode or "floating"
        at = ("layout", "maxVideoUser")
        if mode == "screen-share" and big is None:
            found.append(Fault(at, "mode screen-share requires maxVideoUser, the user shown large"))
        if big is not None and mode not in ("floating", "screen-share"):
            found.append(Fault(at, f"only valid with mode floating or screen-share; the mode is {mode}"))
        if big is not None and big.room_in(room) != room:
            found.append(
                Fault((*at, "room"), f"mode {mode} shows only one room, the stream's {room_words(room)}")
            )
        return found


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


def picture_scene(
    video: Video | None, layout: LayoutUse | None, room: int | str, inputs: int
) -> Scene | None:
    """The picture of a resolved stream as a scene; None for sound only."""
    if video is None:
        return None
    use = (layout or LayoutUse()).in_room(room)
    return layout_scene(use, video.size(), users=use.users, big=use.max_video_user, inputs=inputs)
