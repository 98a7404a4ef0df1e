"""One user's stream, relayed without video transcoding: audio and video, or audio only.

A publish task with WithTranscoding 0 (reference semantics §2). The sound is always transcoded;
the picture is passed on, and its encoding states what the user really sends.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.base import Fault
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.essence import Essential, Role, user_words
from reconciler.kinds.publish.base import PublishKind
from reconciler.kinds.publish.blocks import Blocks
from reconciler.kinds.publish.essence import task_places, task_settings
from reconciler.kinds.relay_stream.convert import read_relay
from reconciler.kinds.relay_stream.spec import RelayStreamSpec


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
                Fault(("video", "encode", name), "is required: use the values of the user's actual video")
                for name, value in (("width", encode.width), ("height", encode.height))
                if value is None
            ]
        if spec.feed_back_rooms:
            text = (
                "the API documents this for mixed streams only; it is unconfirmed whether a relayed stream "
                "can be fed back into rooms"
            )
            found.append(Fault(("feedBackRooms",), text, warns=True))
        return found

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The spec that a request becomes."""
        return read_relay(request, reading)

    def essence(self, spec: RelayStreamSpec) -> tuple[Essential, ...]:
        """Its places, whose stream it is, how picture and sound are, its recording."""
        whose = user_words(spec.user, spec.room)
        user = Essential(("user",), "user", whose, spec.user, Role.CONTENT)
        return (*task_places(spec), user, *task_settings(spec))

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
    return {"SingleSubscribeParams": {"UserMediaStream": spec.user.in_room(spec.room).to_request()}}


KIND = RelayStreamKind()
