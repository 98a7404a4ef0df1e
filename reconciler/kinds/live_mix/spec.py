"""What a LiveMix's document has (reference fields, "CreateCommonMixStream"; mixes §1 to §3)."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.address_parts import AppName, Domain
from reconciler.kinds.addresses import AnyAddress
from reconciler.kinds.api import NOWHERE, Api, Part, Spec, switch
from reconciler.kinds.ending import Ending
from reconciler.kinds.fields import NAME, Color, Name
from reconciler.kinds.forms import pattern_validator
from reconciler.kinds.live_mix.sides import Cut, Measured, Side
from reconciler.kinds.marks import IN_PLACE, RESTART, SEEN, ChangeEffect, Many
from reconciler.kinds.mix_layout.fields import Canvas
from reconciler.kinds.mix_layout.referring import LayoutReference
from reconciler.kinds.prevent import Preventable
from reconciler.kinds.push_domains import DomainName, Shortened, ShortForm, place_of
from reconciler.kinds.sites import Site
from reconciler.kinds.timing import Timed
from reconciler.model import Impact

MOST_INPUTS = 16
TYPES = ("stream", "", "picture", "canvas", "audio", "video", "", "", "web-page")
"""The API's numbers of InputType; 1, 6 and 7 mean nothing."""
STREAMS = ("stream", "audio", "video")
"""The types whose name is that of a stream."""
OUTPUTS = ("replace", "new")
TEMPLATES = {10: 2, 20: 2, 30: 2, 40: 2, 50: 2, 310: 3, 390: 3, 391: 3, 410: 4, 510: 5, 590: 5, 610: 6}
"""How many inputs that are seen each template arranges (mixes §3)."""
_NAME = r"[A-Za-z0-9_]{1,80}"
_NO_NAME = "allowed are 1 to 80 of the characters A-Z a-z 0-9 _"
SessionId = Annotated[str, pattern_validator(_NAME, f"not a session ID: {_NO_NAME}", "town_hall")]
InputName = Annotated[str, pattern_validator(_NAME, f"not a name of an input: {_NO_NAME}", "hall_1")]
OutputName = Annotated[
    str, pattern_validator(r"[^\s/?#]{1,255}", "1 to 255 characters without spaces, / ? or #", "town_hall")
]
Source = Annotated[
    str,
    pattern_validator(
        rf"[A-Z][A-Za-z0-9]*/{NAME[0]}",
        "not a resource: use its kind and name, such as RelayStream/hall-1",
        "RelayStream/hall-1",
    ),
]
Layer = Annotated[int, Field(ge=1, le=MOST_INPUTS)]


class Crop(Measured):
    """The part of the stream's picture that is shown, in pixels of that picture; it is cut, then scaled."""

    width: Annotated[Cut | None, Api(name="CropWidth")] = None
    """Width of the part."""
    height: Annotated[Cut | None, Api(name="CropHeight")] = None
    """Height of the part."""
    location_x: Annotated[Cut | None, Api(name="CropStartLocationX")] = None
    """Left edge of the part."""
    location_y: Annotated[Cut | None, Api(name="CropStartLocationY")] = None
    """Top edge of the part."""


class PortraitSegment(Part):
    """A colour of the stream's picture that is cut out, as of a green screen."""

    color: Color | None = None
    """The colour."""


class MixInput(Measured):
    """One input: a stream, an uploaded picture, a canvas or a page; placed by a slot, or here."""

    stream: Annotated[InputName | None, Api(name="InputStreamName", apart=True)] = None
    """The stream's name; of a picture, canvas or page, any label. Default: what `from` publishes."""
    source: Annotated[Source | None, Field(alias="from"), NOWHERE] = None
    """The resource that publishes the stream, such as RelayStream/hall-1; it is applied first."""
    slot: Annotated[Name | None, NOWHERE] = None
    """The slot of the layout that shows it; without one, it is placed here."""
    image_layer: Annotated[
        Layer | None, Field(alias="layer"), Api(name="ImageLayer", at=("LayoutParams.ImageLayer",))
    ] = None
    """The layer: a higher one is in front, and 1 is the background, whose size is the output's. Default: by
    the slot's zOrder, or the next that is free.
    """
    input_type: Annotated[
        Literal["stream", "picture", "canvas", "audio", "video", "web-page"] | None,
        Field(alias="type"),
        Api(name="InputType", words=TYPES, default="stream", at=("LayoutParams.InputType",)),
    ] = None
    """What it is: a stream with audio and video, an uploaded picture, a canvas of one colour, the audio or
    the video of a stream alone, or an animated web page.
    """
    image_width: Annotated[Side | None, Api(at=("LayoutParams.ImageWidth",))] = None
    """Width, in pixels or as a share of the background's width; default: the stream's own."""
    image_height: Annotated[Side | None, Api(at=("LayoutParams.ImageHeight",))] = None
    """Height, in pixels or as a share of the background's height; default: the stream's own."""
    location_x: Annotated[Side | None, Api(default=0, at=("LayoutParams.LocationX",))] = None
    """Left edge, in pixels or as a share of the background's width."""
    location_y: Annotated[Side | None, Api(default=0, at=("LayoutParams.LocationY",))] = None
    """Top edge, in pixels or as a share of the background's height."""
    color: Annotated[Color | None, Api(at=("LayoutParams.Color",))] = None
    """The colour of a canvas."""
    watermark_id: Annotated[Annotated[int, Field(ge=0)] | None, Api(at=("LayoutParams.WatermarkId",))] = None
    """The number of the uploaded watermark that a picture shows."""
    web_page_url: Annotated[AnyAddress | None, Api(only=Site.MAINLAND, at=("LayoutParams.WebPageUrl",))] = (
        None
    )
    """The address of a web page, or a reference to a secret that holds it."""
    crop: Annotated[Crop | None, Api(name="CropParams", apart=True)] = None
    """The part of the stream's picture that is shown."""
    portrait_segment: Annotated[
        PortraitSegment | None, Api(name="PortraitSegmentParams", apart=True, only=Site.MAINLAND)
    ] = None
    """The colour that is cut out of the stream's picture."""

    def to_request(self) -> dict[str, Any]:
        """An entry of InputStreamList."""
        beside = {"CropParams": self.crop, "PortraitSegmentParams": self.portrait_segment}
        return {
            "InputStreamName": self.stream,
            "LayoutParams": super().to_request(),
            **{name: part.to_request() for name, part in beside.items() if part is not None},
        }

    @property
    def kind(self) -> str:
        """What it is, also where that is left out."""
        return self.input_type or "stream"

    @property
    def is_stream(self) -> bool:
        """Whether its name is that of a live stream."""
        return self.kind in STREAMS

    @property
    def is_seen(self) -> bool:
        """Whether it has a picture."""
        return self.kind != "audio"

    @property
    def is_counted(self) -> bool:
        """Whether a template counts it: what it makes of pages is stated nowhere (mixes §3)."""
        return self.is_seen and self.kind != "web-page"


OTHER_OUTPUT = ChangeEffect(
    changed=Impact.RESTART,
    why="a session keeps its output, so the mix is ended, and started again 30 seconds later",
)


class Output(Shortened, Part):
    """The stream that the mix makes, and how it is encoded; what is left out, the API chooses."""

    short_form: ClassVar = ShortForm("pushDomain", (), ("domainName", "appName"), place_of)

    stream: Annotated[OutputName, OTHER_OUTPUT, Api(name="OutputStreamName")]
    """Its name: with `type: replace` that of an input, else of no input and of no live stream."""
    output_type: Annotated[
        Literal["replace", "new"] | None,
        Field(alias="type"),
        OTHER_OUTPUT,
        Api(name="OutputStreamType", words=OUTPUTS, default="replace"),
    ] = None
    """Whether it replaces an input, or is a new stream."""
    push_domain: Annotated[DomainName, NOWHERE] = None
    """A push domain of the workspace's `pushDomains`, in place of `domainName` and `appName`."""
    domain_name: Annotated[Domain | None, NOWHERE] = None
    """The push domain under which a new stream is asked after; default: that of the first input `from` a
    resource. Without one, nothing is seen of the mix.
    """
    app_name: Annotated[AppName | None, NOWHERE] = None
    """The path under which it is asked after; default: that of the same input, or live."""
    bit_rate: Annotated[
        Annotated[int, Field(ge=1, le=10000)] | None, Api(name="OutputStreamBitRate"), SEEN
    ] = None
    """Kilobits per second of the video."""
    gop: Annotated[Annotated[int, Field(ge=1, le=10)] | None, Api(name="OutputStreamGop")] = None
    """Seconds between key frames."""
    frame_rate: Annotated[
        Annotated[int, Field(ge=1, le=60)] | None, Api(name="OutputStreamFrameRate"), SEEN
    ] = None
    """Frames per second."""
    audio_bit_rate: Annotated[
        Annotated[int, Field(ge=1, le=500)] | None, Api(name="OutputAudioBitRate"), SEEN
    ] = None
    """Kilobits per second of the audio."""
    audio_sample_rate: Annotated[
        Literal[96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000] | None,
        Api(name="OutputAudioSampleRate"),
        SEEN,
    ] = None
    """Samples per second of the audio, in Hz."""
    audio_channels: Annotated[Literal[1, 2] | None, Api(name="OutputAudioChannels"), SEEN] = None
    """Channels of the audio."""
    mix_sei: str | None = None
    """Supplemental information in the video stream."""

    @property
    def is_new(self) -> bool:
        """Whether it is a stream of its own."""
        return self.output_type == "new"


class Controls(Part):
    """What else is done to the mix."""

    use_mix_crop_center: Annotated[bool | None, switch(default=False), SEEN] = None
    """Whether pictures fill their places and are cropped, rather than shown whole with black bars. Default
    with a layout: by the renderMode of its slots.
    """
    allow_copy: Annotated[bool | None, switch(default=False)] = None
    """Whether a single input is copied into the new stream, where it would end the mix otherwise."""
    pass_input_sei: Annotated[bool | None, switch(default=False)] = None
    """Whether the SEI of the inputs is passed through."""
    use_picture_transparent: Annotated[bool | None, switch(default=False, only=Site.MAINLAND), SEEN] = None
    """Whether the transparent parts of pictures are."""


class LiveMixSpec(Preventable, Ending, Timed, Spec):
    """The fields of the document; every change but of its session and output is made without interruption."""

    state: Annotated[Literal["running", "stopped"], NOWHERE] = "running"
    """The desired state."""
    session_id: Annotated[SessionId | None, RESTART, Api(name="MixStreamSessionId")] = None
    """The session's ID, unique in the account; default: generated, the same in every run."""
    inputs: Annotated[
        tuple[MixInput, ...],
        Many,
        Field(max_length=MOST_INPUTS),
        ChangeEffect(visible=True, key=("stream",)),
        Api(name="InputStreamList"),
    ]
    """What is mixed: at most 16 streams, pictures and canvases, also counting the one of a layout."""
    layout: Annotated[LayoutReference | None, SEEN, NOWHERE] = None
    """The arrangement of inputs in slots: a reference to a MixLayout, or an inline layout of mode custom."""
    canvas: Annotated[Canvas | None, NOWHERE] = None
    """The size of the mixed picture, where the layout does not state one."""
    template_id: Annotated[
        Literal[0, 10, 20, 30, 40, 50, 310, 390, 391, 410, 510, 590, 610] | None,
        SEEN,
        Api(name="MixStreamTemplateId", default=0),
    ] = None
    """The number of an arrangement of the API, in place of a layout; 0 for none."""
    output: Annotated[Output, Api(name="OutputParams"), IN_PLACE]
    """The stream that the mix makes."""
    controls: Annotated[Controls | None, Api(name="ControlParams", default=Controls())] = None
    """What else is done to the mix."""

    def streams(self) -> list[str]:
        """The names of its inputs that are streams, once they are known."""
        return [one.stream for one in self.inputs if one.is_stream and one.stream is not None]
