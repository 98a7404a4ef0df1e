"""A video layout that many streams can share."""

from reconciler.kinds.api import Api, Spec
from reconciler.kinds.base import Fault
from reconciler.kinds.marks import SEEN
from reconciler.kinds.mix_layout.drawing import layout_scene
from reconciler.kinds.mix_layout.fields import LayoutFields
from reconciler.kinds.mix_layout.lints import layout_lints
from reconciler.kinds.mix_layout.rules import layout_faults
from reconciler.layout.scene import USUAL_INPUTS, Scene
from reconciler.model import Address, Path


class LayoutSpec(LayoutFields, Spec):
    """The fields of a layout of its own; what they do is seen in the streams that refer to it."""

    within = (SEEN, Api(at=("VideoParams.LayoutParams",)))


class MixLayoutKind:
    """Referred to by streams; makes no calls of its own."""

    name = "MixLayout"
    version = 1
    spec = LayoutSpec

    def references(self, spec: LayoutSpec) -> tuple[tuple[Path, Address], ...]:
        """A layout refers to nothing."""
        return ()

    def faults(self, spec: LayoutSpec) -> list[Fault]:
        """The rules of a layout that need no stream."""
        canvas = spec.canvas.size() if spec.canvas else None
        found = list(layout_faults(spec, canvas))
        clean = canvas is not None and all(fault.warns for fault in found)
        return [*found, *(layout_lints(spec, canvas) if canvas is not None and clean else ())]

    def scene(self, spec: LayoutSpec, inputs: int = USUAL_INPUTS) -> Scene | None:
        """The layout with nobody in its slots, or with so many inputs in a mode that has none."""
        return layout_scene(spec, spec.canvas.size() if spec.canvas else None, inputs=inputs)


KIND = MixLayoutKind()


def layout_address(name: str) -> Address:
    """The address of a layout document."""
    return Address(KIND.name, name)
