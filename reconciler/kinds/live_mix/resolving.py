"""A mix once it is known what surrounds it: sources and session named, the layout spent on its inputs."""

from collections.abc import Iterator

from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.live_mix.layouts import layout_use_faults
from reconciler.kinds.live_mix.placing import (
    canvas_input,
    placed_inputs,
    with_layers,
    with_render_mode,
)
from reconciler.kinds.live_mix.rules import resolved_faults
from reconciler.kinds.live_mix.sessions import session_id
from reconciler.kinds.live_mix.sources import first_place, with_stream
from reconciler.kinds.live_mix.spec import LiveMixSpec, MixInput, Output
from reconciler.kinds.mix_layout.expanding import expanded, is_placeable, with_slots
from reconciler.kinds.mix_layout.lints import binding_lints, layout_lints
from reconciler.kinds.mix_layout.referring import LayoutReference, used_layout_faults
from reconciler.layout import Size

USUAL_APP = "live"


def resolved(spec: LiveMixSpec, scope: Scope) -> tuple[LiveMixSpec, list[Fault]]:
    """(the spec without references and layout, what is wrong with it)."""
    inputs, faults = _named(spec.inputs, scope)
    found = spec.model_copy(update={"inputs": inputs})
    if all(fault.warns for fault in faults):
        found, more = _laid_out(found, scope)
        faults += more
    if not all(fault.warns for fault in faults):
        return spec, faults
    found = found.model_copy(
        update={
            "session_id": spec.session_id or session_id(scope.settings.workspace, scope.address),
            "inputs": with_layers(found.inputs),
            "output": _with_place(spec, scope),
        }
    )
    faults += resolved_faults(found)
    return (_canvas_first(found) if spec.layout is not None else found), faults


def _canvas_first(spec: LiveMixSpec) -> LiveMixSpec:
    """The spec with the canvas of its layout first; it was last, so that the others kept their places."""
    *inputs, background = spec.inputs
    return spec.model_copy(update={"inputs": (background, *inputs)})


def _named(inputs: tuple[MixInput, ...], scope: Scope) -> tuple[tuple[MixInput, ...], list[Fault]]:
    found, faults = [], []
    for index, one in enumerate(inputs):
        named, wrong = with_stream(one, ("inputs", index), scope)
        found.append(named)
        faults += wrong
    return tuple(found), faults


def _with_place(spec: LiveMixSpec, scope: Scope) -> Output:
    """The output with the place that it is asked after at, if it is a stream of its own."""
    output = spec.output
    place = first_place(spec, scope) if output.is_new and output.domain_name is None else None
    if place is not None:
        return output.model_copy(
            update={"domain_name": place.domain, "app_name": output.app_name or place.app}
        )
    if output.domain_name is None:
        return output
    return output.model_copy(update={"app_name": output.app_name or USUAL_APP})


def _laid_out(spec: LiveMixSpec, scope: Scope) -> tuple[LiveMixSpec, list[Fault]]:
    """The spec with its inputs where the layout has them, and no layout any more."""
    use = spec.layout
    if use is None:
        wrong = [
            Fault(
                ("inputs", index, "slot"), "only valid with a layout: add layout, or place the input itself"
            )
            for index, one in enumerate(spec.inputs)
            if one.slot is not None
        ]
        return spec, wrong
    inline = with_slots(LayoutReference.model_construct(**use.shared_fields(scope)))
    given = inline.canvas or spec.canvas
    canvas = given.size() if given is not None else None
    faults = list(layout_use_faults(spec, inline))
    if canvas is None:
        faults.append(Fault(use.place(), "its size is unknown: set canvas here, or in the layout"))
    elif all(fault.warns for fault in faults):
        faults += used_layout_faults(use, inline, canvas, scope)
    if canvas is None or not all(fault.warns for fault in faults) or not is_placeable(inline, canvas):
        return spec, faults
    return _placed(spec, inline, canvas), [*faults, *_lints(spec, use, inline, canvas)]


def _lints(spec: LiveMixSpec, use: LayoutReference, inline: LayoutReference, canvas: Size) -> Iterator[Fault]:
    at = use.place()
    if use.ref is None or inline.canvas is None:
        yield from layout_lints(inline, canvas, at)
    bound = {one.slot for one in spec.inputs if one.slot is not None}
    yield from binding_lints(inline, bound, canvas, at)


def _placed(spec: LiveMixSpec, inline: LayoutReference, canvas: Size) -> LiveMixSpec:
    whole = expanded(inline, canvas)
    slots = {slot.name: slot for slot in whole.slots or ()}
    bound = [one.slot for one in spec.inputs if one.slot is not None]
    shown = {name: slots[name] for name in slots if name in bound}
    background = canvas_input(inline, canvas, (one.stream for one in spec.inputs))
    inputs = placed_inputs(spec.inputs, shown, canvas)
    return spec.model_copy(
        update={
            "inputs": (*inputs, background),
            "controls": with_render_mode(spec, shown.values()),
            "layout": None,
            "canvas": None,
        }
    )
