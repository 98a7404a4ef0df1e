"""What a RelayStream's document has: a user's stream, and how its picture and sound are encoded."""

from collections.abc import Iterable
from typing import Annotated, Self

from reconciler.kinds.api import Api, Part, with_defaults
from reconciler.kinds.fields import User, UserStream
from reconciler.kinds.marks import RESTART, SEEN, Model
from reconciler.kinds.publish.fields import AudioEncode
from reconciler.kinds.publish.spec import PublishSpec, VideoEncode
from reconciler.kinds.robots import RoomScoped
from reconciler.model import Path


class RelayAudio(Part):
    """How the audio is encoded."""

    encode: Annotated[AudioEncode, RESTART, Api(name="AudioEncode")] = AudioEncode()
    """How the audio is encoded."""


class RelayVideo(Model):
    """What the user's picture is like; declares that there is one, and changes nothing of it."""

    encode: Annotated[VideoEncode, Api(name="VideoEncode")]
    """The values of the user's actual video; width and height are required."""


class RelayedUser(RoomScoped):
    """Whose stream it is; apart from the rest, so that it stands behind the room in documents."""

    user: Annotated[UserStream, SEEN, Api(at=("SingleSubscribeParams.UserMediaStream",))]
    """The user whose stream is relayed."""


class RelayStreamSpec(PublishSpec, RelayedUser):
    """The fields of the document; without video, only the sound is relayed."""

    audio: Annotated[RelayAudio, Api(name="AudioParams")] = RelayAudio()
    """The audio, which is always re-encoded."""
    video: Annotated[RelayVideo | None, RESTART, Api(name="VideoParams")] = None
    """The video, which is passed through; without it, only audio is relayed."""

    def with_defaults(self) -> Self:
        """The same with the API's defaults said; the user is in the stream's own room."""
        full = with_defaults(self)
        return full.model_copy(update={"user": full.user.in_room(self.room)})

    def shown(self) -> Iterable[tuple[Path, User]]:
        """The user whose stream it is."""
        return ((("user",), self.user),)

    def sound(self) -> AudioEncode:
        """How its sound is encoded."""
        return self.audio.encode

    def encoded(self) -> VideoEncode | None:
        """What its picture is like."""
        return self.video.encode if self.video is not None else None
