"""One user's stream relayed without video transcoding: picture and sound, or sound only.

A publish task with WithTranscoding 0 (reference semantics §2). The sound is always transcoded;
the picture is passed on, and its encoding states what the user really sends.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.fields import User, UserStream
from reconciler.kinds.marks import RESTART, SEEN, Model
from reconciler.kinds.publish import PublishKind, PublishSpec, VideoEncode
from reconciler.kinds.publish.fields import AudioEncode


class RelayAudio(Model):
    """How the sound is encoded."""

    encode: Annotated[AudioEncode, RESTART] = AudioEncode()


class RelayVideo(Model):
    """What the user's picture is like; declares that there is one, and changes nothing of it."""

    encode: VideoEncode


class RelayStreamSpec(PublishSpec):
    """The fields of the document; without video, only the sound is relayed."""

    user: Annotated[UserStream, SEEN]
    audio: RelayAudio = RelayAudio()
    video: Annotated[RelayVideo | None, RESTART] = None

    def shown(self) -> Iterable[User]:
        """The user whose stream it is."""
        return (self.user,)


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

    def resolve(self, spec: RelayStreamSpec, scope: Scope) -> tuple[RelayStreamSpec, list[Fault]]:
        """The spec with its user's room, robots and application filled in."""
        resolved, faults = super().resolve(spec, scope)
        return resolved.model_copy(update={"user": spec.user.in_room(spec.room)}), faults

    def content(self, spec: RelayStreamSpec) -> dict[str, Any]:
        """SingleSubscribeParams and AudioParams, and VideoParams unless it is sound only."""
        video = {} if spec.video is None else {"VideoParams": {"VideoEncode": spec.video.encode.to_request()}}
        return {
            "AudioParams": {"AudioEncode": spec.audio.encode.to_request()},
            **video,
            **_subscribed(spec),
        }

    def content_changes(self, spec: RelayStreamSpec, bases: tuple[RelayStreamSpec, ...]) -> dict[str, Any]:
        """SingleSubscribeParams if it is another user's stream."""
        if all(_subscribed(base) == _subscribed(spec) for base in bases):
            return {}
        return _subscribed(spec)


def _subscribed(spec: RelayStreamSpec) -> dict[str, Any]:
    return {"SingleSubscribeParams": {"UserMediaStream": spec.user.to_stream_request()}}


KIND = RelayStreamKind()
