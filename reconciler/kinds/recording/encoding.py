"""How a mixed recording is encoded, in units of its own (reference fields, "CreateCloudRecording").

These are bits per second, where streams have kilobits.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.api import Api, Part
from reconciler.kinds.base import Fault
from reconciler.layout import Size

MOST_PIXELS = 1920 * 1080
USUAL = Size(360, 640)
"""How large the picture is where nothing is said of it."""
Side = Annotated[int, Field(ge=1, le=1920)]


class VideoEncoding(Part):
    """How the picture is encoded; all fields together, or none of them."""

    width: Side | None = None
    """Width in pixels, at most 1920x1080 together with the height; default: the layout's canvas."""
    height: Side | None = None
    """Height in pixels; default: the layout's canvas."""
    fps: Annotated[int, Field(ge=1, le=60)]
    """Frames per second."""
    bit_rate: Annotated[int, Field(ge=64000, le=8192000)]
    """Bits per second, not kilobits as in streams: 64000 to 8192000."""
    gop: Annotated[int, Field(ge=1)]
    """Seconds between key frames."""

    def size(self) -> Size | None:
        """The size, once it is known."""
        return None if self.width is None or self.height is None else Size(self.width, self.height)

    def faults(self) -> Iterator[Fault]:
        """A picture that is too large, or of which one side alone is given."""
        if (self.width is None) is not (self.height is None):
            missing = "height" if self.height is None else "width"
            yield Fault((missing,), "width and height are set together, or both by the layout's canvas")
        size = self.size()
        if size is not None and size.width * size.height > MOST_PIXELS:
            text = f"{size.width}x{size.height} is more than 1920x1080 pixels together, which is the most"
            yield Fault((), text)


class AudioEncoding(Part):
    """How the sound is encoded; all fields together, or none of them."""

    sample_rate: Annotated[Literal[48000, 44100, 16000], Api(words=(48000, 44100, 16000), first=1)]
    """Samples per second."""
    channel: Literal[1, 2]
    """1 mono, 2 stereo."""
    bit_rate: Annotated[int, Field(ge=32000, le=128000)]
    """Bits per second, not kilobits as in streams: 32000 to 128000."""


class MixTranscode(Part):
    """How a mixed recording is encoded; what is left out is as the API has it."""

    video: Annotated[VideoEncoding | None, Api(name="VideoParams")] = None
    """The picture; default: 360x640, 15 frames per second, 550000 bits per second, gop 10."""
    audio: Annotated[AudioEncoding | None, Api(name="AudioParams")] = None
    """The sound; default: 48000 Hz, 2 channels, 64000 bits per second."""
