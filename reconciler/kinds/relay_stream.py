"""One user's stream relayed without video transcoding: picture and sound, or sound only.

A publish task with WithTranscoding 0 (reference semantics §2). The sound is always transcoded;
the picture is passed on, and its encoding states what the user really sends.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from reconciler.kinds.api import Api, Part, settled
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import User, UserStream
from reconciler.kinds.marks import RESTART, SEEN, Model
from reconciler.kinds.publish import Blocks, PublishKind
from reconciler.kinds.publish.fields import AudioEncode
from reconciler.kinds.publish.spec import PublishSpec, VideoEncode
from reconciler.kinds.reading import Reading
from reconciler.kinds.relay_reading import read_relay
from reconciler.model import Path


class RelayAudio(Part):
    """How the sound is encoded."""

    encode: Annotated[AudioEncode, RESTART, Api(name="AudioEncode")] = AudioEncode()
    """How the sound is encoded."""


class RelayVideo(Model):
    """What the user's picture is like; declares that there is one, and changes nothing of it."""

    encode: Annotated[VideoEncode, Api(name="VideoEncode")]
    """What the user really sends; width and height are needed."""


class RelayStreamSpec(PublishSpec):
    """The fields of the document; without video, only the sound is relayed."""

    user: Annotated[UserStream, SEEN, Api(at=("SingleSubscribeParams.UserMediaStream",))]
    """Whose stream is relayed."""
    audio: Annotated[RelayAudio, Api(name="AudioParams")] = RelayAudio()
    """The sound, which is always encoded anew."""
    video: Annotated[RelayVideo | None, RESTART, Api(name="VideoParams")] = None
    """The picture, which is passed on; without it, only the sound is relayed."""

    def settled(self) -> Self:
        """The same with the API's defaults said; the user is in the stream's own room."""
        full = settled(self)
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


class RelayStreamKind(PublishKind):
    """A relayed stream: another user's is an update, another encoding a replace."""

    name = "RelayStream"
    spec = RelayStreamSpec
    transcoding = 0

    def faults(self, spec: RelayStreamSpec) -> list[Fault]:
        """The rules of the spec alone."""
        found = super().faults(spec)
        if spec.video is not None:
            encode = spec.video.encode
            found += [
                Fault(("video", "encode", name), "is required: state what the user's picture really has")
                for name, value in (("width", encode.width), ("height", encode.height))
                if value is None
            ]
        if spec.feed_back_rooms:
            text = (
                "the API speaks of mixed streams only; that a relayed one goes back into rooms is unconfirmed"
            )
            found.append(Fault(("feedBackRooms",), text, warns=True))
        return found

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The spec that a request becomes."""
        return read_relay(request, reading)

    def content(self, spec: RelayStreamSpec) -> dict[str, Any]:
        """SingleSubscribeParams and AudioParams, and VideoParams unless it is sound only."""
        video = {} if spec.video is None else {"VideoParams": {"VideoEncode": spec.video.encode.to_request()}}
        return {
            "AudioParams": {"AudioEncode": spec.audio.encode.to_request()},
            **video,
            **_subscribed(spec),
        }

    def blocks(self, spec: RelayStreamSpec) -> Blocks:
        """SingleSubscribeParams."""
        return {(name,): block for name, block in _subscribed(spec).items()}


def _subscribed(spec: RelayStreamSpec) -> dict[str, Any]:
    return {"SingleSubscribeParams": {"UserMediaStream": spec.user.to_request()}}


KIND = RelayStreamKind()
