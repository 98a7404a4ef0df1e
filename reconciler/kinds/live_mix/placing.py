"""The inputs of a mix in their places: slots become pixels over a canvas, and every input has its layer.

What a LiveMix sends has no slots: each input is placed in pixels of the background, which a layout makes
of a canvas in layer 1 (mixes §2).
"""

from collections.abc import Iterable, Mapping

from reconciler.kinds.live_mix.spec import MOST_INPUTS, Controls, Crop, LiveMixSpec, MixInput
from reconciler.kinds.mix_layout.fields import LayoutFields, Slot
from reconciler.layout import Size

CANVAS = "canvas"
"""The label of a layout's canvas."""
BACKGROUND = 1


def placed_inputs(
    inputs: Iterable[MixInput], slots: Mapping[str, Slot], canvas: Size
) -> tuple[MixInput, ...]:
    """The inputs with the places of their slots, which are in pixels; others as they are."""
    order = {name: rank for rank, name in enumerate(_stacked(slots))}
    return tuple(_placed(one, slots, order, canvas) for one in inputs)


def _stacked(slots: Mapping[str, Slot]) -> list[str]:
    """The slots' names from the hindmost to the foremost; of two of one zOrder the later is before."""
    return sorted(slots, key=lambda name: slots[name].z_order or 0)


def _placed(one: MixInput, slots: Mapping[str, Slot], order: Mapping[str, int], canvas: Size) -> MixInput:
    if one.slot is None:
        return one
    slot = slots[one.slot]
    rect = slot.rect(canvas)
    if rect is None:
        raise ValueError(f"slot {slot.name} has no place on {canvas}")
    places = {
        "image_width": rect.width,
        "image_height": rect.height,
        "location_x": rect.x,
        "location_y": rect.y,
        "image_layer": BACKGROUND + 1 + order[one.slot],
    }
    crop = one.crop or _crop_of(slot)
    return one.model_copy(update={**places, "crop": crop})


def _crop_of(slot: Slot) -> Crop | None:
    cut = slot.custom_crop
    if cut is None:
        return None
    return Crop.model_construct(
        width=cut.width, height=cut.height, location_x=cut.location_x, location_y=cut.location_y
    )


def canvas_input(layout: LayoutFields, canvas: Size, names: Iterable[str | None]) -> MixInput:
    """The background that a layout makes; its label is no input's name."""
    taken, label = {*names}, CANVAS
    while label in taken:
        label += "_"
    color = layout.background.color if layout.background is not None else None
    return MixInput.model_construct(
        stream=label,
        image_layer=BACKGROUND,
        input_type="canvas",
        image_width=canvas.width,
        image_height=canvas.height,
        color=color,
    )


def with_layers(inputs: Iterable[MixInput]) -> tuple[MixInput, ...]:
    """The inputs, each with a layer: those that say none get the next that are free, in order."""
    every = tuple(inputs)
    taken = {one.image_layer for one in every}
    free = (layer for layer in range(BACKGROUND, MOST_INPUTS + 1) if layer not in taken)
    return tuple(
        one if one.image_layer is not None else one.model_copy(update={"image_layer": next(free, None)})
        for one in every
    )


def with_render_mode(spec: LiveMixSpec, slots: Iterable[Slot]) -> Controls | None:
    """The controls, with what the slots say of how pictures fill them; the first slot says it for all."""
    modes = [slot.render_mode or "crop" for slot in slots]
    said = spec.controls.use_mix_crop_center if spec.controls is not None else None
    if said is not None or not modes:
        return spec.controls
    controls = spec.controls or Controls()
    return controls.model_copy(update={"use_mix_crop_center": modes[0] == "crop"})
