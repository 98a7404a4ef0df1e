"""What a mix cannot do of a layout, and who is bound to which slot (mixes §2)."""

from collections.abc import Iterator

from reconciler.kinds.base import Fault
from reconciler.kinds.live_mix.spec import MOST_INPUTS, LiveMixSpec, MixInput
from reconciler.kinds.mix_layout.fields import Slot
from reconciler.kinds.mix_layout.referring import LayoutReference
from reconciler.model import Path

PLACES = {
    "image_width": "imageWidth",
    "image_height": "imageHeight",
    "location_x": "locationX",
    "location_y": "locationY",
    "image_layer": "layer",
}
"""What of an input a slot says."""
UNSHOWN = {
    "background_image_url": "backgroundImageUrl",
    "transparent_url": "transparentUrl",
    "back_ground_color_mode": "backGroundColorMode",
    "background_render_mode": "backgroundRenderMode",
    "background_custom_render": "backgroundCustomRender",
    "enable_stream_sei": "enableStreamSEI",
}
"""What of a slot the mix of live streams has no field for."""
_NO_FIELD = "a mix of live streams has nothing of the kind, and leaves it out"


def layout_use_faults(spec: LiveMixSpec, inline: LayoutReference) -> Iterator[Fault]:
    """What is wrong between a mix and its layout; `inline` has the slots of a preset, and no reference."""
    use = spec.layout
    if use is None:
        return
    at = use.place()
    yield from _size_faults(spec, inline)
    if spec.template_id:
        text = f"template {spec.template_id} places the inputs itself: remove templateId, or layout"
        yield Fault(("templateId",), text)
    if (inline.mode or "floating") != "custom":
        mode = inline.mode or "floating"
        text = f"a mix of live streams has no mode {mode}: use mode custom, or templateId instead of layout"
        yield Fault(at if use.ref is not None else ("layout", "mode"), text)
        return
    yield from _slot_faults(spec, inline)
    yield from _number_faults(spec)
    yield from _unshown(use, inline)
    yield from _render_modes(use, spec, inline)


def _size_faults(spec: LiveMixSpec, inline: LayoutReference) -> Iterator[Fault]:
    if spec.canvas is not None and inline.canvas is not None and spec.canvas != inline.canvas:
        own, its = spec.canvas, inline.canvas
        text = f"{own.width}x{own.height} differs from the layout's canvas, {its.width}x{its.height}"
        yield Fault(("canvas",), text)


def _slot_faults(spec: LiveMixSpec, inline: LayoutReference) -> Iterator[Fault]:
    names = [slot.name for slot in inline.slots or ()]
    bound: set[str] = set()
    for index, one in enumerate(spec.inputs):
        at: Path = ("inputs", index, "slot")
        if one.slot is None:
            continue
        if one.slot not in names:
            yield Fault(at, f"unknown slot {one.slot!r}; the layout has {', '.join(names) or 'none'}")
        elif one.slot in bound:
            yield Fault(at, f"slot {one.slot!r} shows another input already: it can show only one")
        elif one.kind in ("audio", "canvas"):
            yield Fault(at, f"an input of type {one.kind} is not shown in a slot: remove slot, or the type")
        bound.add(one.slot)
        yield from _twice_placed(one, index)
    if not bound:
        yield Fault(("layout",), "no input is in a slot of the layout: set slot in inputs, or remove layout")


def _twice_placed(one: MixInput, index: int) -> Iterator[Fault]:
    for attribute, alias in PLACES.items():
        if getattr(one, attribute) is not None:
            text = f"slot {one.slot!r} places the input: remove {alias}, or slot"
            yield Fault(("inputs", index, alias), text)


def _number_faults(spec: LiveMixSpec) -> Iterator[Fault]:
    """The layout's canvas is an input of its own."""
    if len(spec.inputs) > MOST_INPUTS - 1:
        text = f"found {len(spec.inputs)}; allowed with a layout: at most {MOST_INPUTS - 1}, as its canvas "
        yield Fault(("inputs",), text + "is an input too")
    layers = [one.image_layer for one in spec.inputs]
    if 1 in layers:
        at: Path = ("inputs", layers.index(1), "layer")
        yield Fault(at, "layer 1 is the layout's canvas: use another layer, or none")


def _unshown(use: LayoutReference, inline: LayoutReference) -> Iterator[Fault]:
    """What is said for a mix of a room's users and has no field here; told, as one layout serves both."""
    place = use.place()
    inside = use.ref is None
    if inline.background is not None and inline.background.image_url is not None:
        at = (*place, "background", "imageUrl") if inside else place
        yield Fault(at, f"background.imageUrl: {_NO_FIELD}: add it as an input of type picture", warns=True)
    if inline.watermarks:
        at = (*place, "watermarks") if inside else place
        yield Fault(at, f"watermarks: {_NO_FIELD}: add images as inputs of type picture", warns=True)
    for index, slot in enumerate(inline.slots or ()):
        for attribute, alias in UNSHOWN.items():
            if getattr(slot, attribute) is not None:
                at = (*place, "slots", index, alias) if inside else place
                yield Fault(at, f"slot {slot.name!r}, {alias}: {_NO_FIELD}", warns=True)


def _render_modes(use: LayoutReference, spec: LiveMixSpec, inline: LayoutReference) -> Iterator[Fault]:
    """How pictures fill their places is said once for a mix, and not for each slot."""
    if spec.controls is not None and spec.controls.use_mix_crop_center is not None:
        return
    slots: dict[str, Slot] = {slot.name: slot for slot in inline.slots or ()}
    bound = [slots[one.slot] for one in spec.inputs if one.slot in slots]
    modes = {slot.render_mode or "crop" for slot in bound}
    if "crop" in modes and len(modes) > 1:
        text = "its slots have more than one renderMode, but a mix of live streams has one for all: set "
        yield Fault(use.place(), text + "controls.useMixCropCenter to true (crop) or false", warns=True)
