"""The rules of a mix between its fields (reference fields, "CreateCommonMixStream"; mixes §1 to §3)."""

from collections.abc import Iterator
from itertools import pairwise

from reconciler.kinds.base import Fault
from reconciler.kinds.live_mix.placing import BACKGROUND
from reconciler.kinds.live_mix.sides import in_pixels
from reconciler.kinds.live_mix.spec import TEMPLATES, LiveMixSpec, MixInput
from reconciler.model import Path

_BELONGS = {
    "color": ("color", ("canvas",)),
    "watermark_id": ("watermarkId", ("picture",)),
    "web_page_url": ("webPageUrl", ("web-page",)),
    "crop": ("crop", ("stream", "video")),
    "portrait_segment": ("portraitSegment", ("stream", "video")),
}
"""What means something of inputs of some types alone."""


def spec_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    """The rules that a spec breaks by itself."""
    if not spec.inputs:
        yield Fault(("inputs",), "a mix needs inputs: name the streams to mix")
    for index, one in enumerate(spec.inputs):
        yield from _input_faults(one, ("inputs", index))
    yield from _layer_faults(spec)
    if spec.layout is not None:
        yield from spec.layout.reference_faults()
    elif spec.canvas is not None:
        text = "only valid with a layout: add an input of type canvas in layer 1 instead"
        yield Fault(("canvas",), text)
    yield from _template_faults(spec)
    yield from _asked_faults(spec)


def _input_faults(one: MixInput, at: Path) -> Iterator[Fault]:
    for attribute, (alias, types) in _BELONGS.items():
        if getattr(one, attribute) is not None and one.kind not in types:
            text = f"ignored unless the type is {' or '.join(types)}; it is {one.kind}"
            yield Fault((*at, alias), text, warns=True)
    if one.kind == "picture" and one.watermark_id is None:
        yield Fault((*at, "watermarkId"), "requires the number of an uploaded watermark, with type picture")
    if one.kind == "web-page" and one.web_page_url is None:
        yield Fault((*at, "webPageUrl"), "requires the page's address, with type web-page")
    sized = one.image_width is not None and one.image_height is not None
    if one.kind == "canvas" and not sized:
        text = "a canvas without imageWidth and imageHeight takes the lowest stream's size, or is refused"
        yield Fault(at, text, warns=True)


def _layer_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    seen: dict[int, int] = {}
    for index, one in enumerate(spec.inputs):
        if one.image_layer in seen:
            text = f"layer {one.image_layer} is already that of inputs[{seen[one.image_layer]}]: every input "
            yield Fault(("inputs", index, "layer"), text + "needs a layer of its own")
        elif one.image_layer is not None:
            seen[one.image_layer] = index


def _template_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    wanted = TEMPLATES.get(spec.template_id or 0)
    seen = sum(one.is_counted for one in spec.inputs)
    if wanted is not None and seen != wanted:
        text = f"template {spec.template_id} takes {wanted} inputs that are seen; the mix has {seen}"
        yield Fault(("templateId",), text)


def _asked_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    """What is only for asking after a stream of its own."""
    given = {"domainName": spec.output.domain_name, "appName": spec.output.app_name}
    for name, value in given.items():
        if value is not None and not spec.output.is_new:
            text = "only valid with type: new, as a stream that replaces another is live either way"
            yield Fault(("output", name), text)


def resolved_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    """The rules of a mix whose inputs have names, places and layers."""
    yield from _number_faults(spec)
    yield from _output_faults(spec)
    yield from _sound_faults(spec)
    yield from _background_faults(spec)
    yield from _streams_twice(spec)


def _number_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    copies = spec.controls is not None and spec.controls.allow_copy
    if len(spec.inputs) == 1 and not copies:
        does = "ends the mix instead" if spec.output.is_new else "is refused"
        text = f"a single input {does}: add another, or copy it with type: new and controls.allowCopy: true"
        yield Fault(("inputs",), text)


def _output_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    name, names = spec.output.stream, spec.streams()
    at: Path = ("output", "stream")
    if spec.output.is_new and name in names:
        yield Fault(at, f"a new stream cannot be called as an input: {name!r} is one")
    elif not spec.output.is_new and name not in names:
        text = f"must be one of the inputs, which it replaces: {', '.join(names) or 'there are none'}; "
        yield Fault(at, text + "or set type: new")


def _sound_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    """One stream with sound and picture, and else sound alone (mixes §2)."""
    streams = [one for one in spec.inputs if one.kind == "stream"]
    others = {one.kind for one in spec.inputs} - {"stream"}
    if len(streams) != 1 or others != {"audio"}:
        return
    (stream,) = streams
    if spec.template_id:
        yield Fault(("templateId",), "one stream with the audio of others takes no template", warns=True)
    if stream.image_layer != BACKGROUND or spec.output.stream != stream.stream:
        text = f"with the audio of others alone, {stream.stream} should be in layer 1, and the output"
        yield Fault(("inputs", spec.inputs.index(stream), "layer"), text, warns=True)


def _background_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    background = next((one for one in spec.inputs if one.image_layer == BACKGROUND), None)
    if background is None:
        text = "no input is in layer 1, the background, whose size is the output's"
        yield Fault(("inputs",), text, warns=True)
        return
    for index, one in enumerate(spec.inputs):
        for start, side, name in (
            ("location_x", "image_width", "imageWidth"),
            ("location_y", "image_height", "imageHeight"),
        ):
            whole = getattr(background, side)
            if whole is None or whole < 1:
                continue
            begins = in_pixels(getattr(one, start) or 0, whole)
            ends = begins + in_pixels(getattr(one, side) or 0, whole)
            if ends > whole:
                text = f"ends at {ends:g}, past the edge of the background at {whole:g}, which is refused"
                yield Fault(("inputs", index, name), text)


def _streams_twice(spec: LiveMixSpec) -> Iterator[Fault]:
    """One stream in two places: nothing says whether it may be."""
    places = sorted((one.stream or "", index) for index, one in enumerate(spec.inputs) if one.is_stream)
    for (name, _), (again, index) in pairwise(places):
        if name == again:
            text = f"{name!r} is already an input: whether a stream can be one twice is unconfirmed"
            yield Fault(("inputs", index, "stream"), text, warns=True)
