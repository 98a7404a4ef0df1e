"""The fields of a mixed stream."""

from collections.abc import Iterable
from typing import Annotated, Self

from reconciler.kinds.api import Api, with_defaults
from reconciler.kinds.fields import User
from reconciler.kinds.marks import SEEN, ChangeEffect
from reconciler.kinds.mix_stream.picture import LayoutUse, Video
from reconciler.kinds.publish.fields import Audio, AudioEncode
from reconciler.kinds.publish.spec import PublishSpec, VideoEncode
from reconciler.model import Impact, Path


class MixStreamSpec(PublishSpec):
    """The fields of the document."""

    audio: Annotated[Audio, Api(name="AudioParams")] = Audio()
    """Whose audio is heard, and how it is encoded."""
    video: Annotated[
        Video | None, ChangeEffect(added=Impact.RESTART, removed=Impact.RESTART), Api(name="VideoParams")
    ] = None
    """The video; without it, the stream is audio only."""
    layout: Annotated[LayoutUse | None, SEEN, Api(default=LayoutUse(), at=("VideoParams.LayoutParams",))] = (
        None
    )
    """The arrangement of users: a reference to a MixLayout, or an inline layout."""

    def with_defaults(self) -> Self:
        """The same with the API's defaults said; a user without a room is in the stream's own."""
        full = with_defaults(self)
        shown = full.layout if self.video is not None else self.layout
        layout = shown.in_room(self.room) if shown is not None else None
        return full.model_copy(update={"audio": full.audio.in_room(self.room), "layout": layout})

    def shown(self) -> Iterable[tuple[Path, User]]:
        """Who is heard or seen by name."""
        for index, user in enumerate(self.audio.heard()):
            yield ("audio", "subscribeAudioList", index), user
        if self.layout is not None:
            yield from ((("layout", "users", slot), user) for slot, user in self.layout.users.items())
            if self.layout.max_video_user is not None:
                yield ("layout", "maxVideoUser"), self.layout.max_video_user

    def named(self) -> Iterable[tuple[Path, User]]:
        """Who is heard, seen or left out by name."""
        yield from self.shown()
        for index, user in enumerate(self.audio.un_subscribe_audio_list or ()):
            yield ("audio", "unSubscribeAudioList", index), user

    def sound(self) -> AudioEncode:
        """How its sound is encoded."""
        return self.audio.encode

    def encoded(self) -> VideoEncode | None:
        """How its picture is encoded."""
        return self.video.encode if self.video is not None else None
