"""The fields of a mixed stream."""

from collections.abc import Iterable
from typing import Annotated

from reconciler.kinds.fields import User
from reconciler.kinds.marks import SEEN, Mark
from reconciler.kinds.mix_stream.picture import LayoutUse, Video
from reconciler.kinds.publish import PublishSpec
from reconciler.kinds.publish.fields import Audio
from reconciler.model import Impact


class MixStreamSpec(PublishSpec):
    """The fields of the document."""

    audio: Audio = Audio()
    video: Annotated[Video | None, Mark(added=Impact.RESTART, removed=Impact.RESTART)] = None
    layout: Annotated[LayoutUse | None, SEEN] = None

    def shown(self) -> Iterable[User]:
        """Who is heard or seen by name."""
        yield from self.audio.subscribe_audio_list
        if self.layout is not None:
            yield from self.layout.users.values()
            yield from [self.layout.max_video_user] if self.layout.max_video_user else []
