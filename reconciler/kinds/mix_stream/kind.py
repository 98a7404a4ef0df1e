"""Users of one or more rooms, mixed into one stream that is pushed to addresses or back into rooms.

A publish task with WithTranscoding 1 (reference semantics §2 to §6).
"""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.essence import Essential
from reconciler.kinds.mix_stream.convert import read_mix
from reconciler.kinds.mix_stream.essence import picture_essentials
from reconciler.kinds.mix_stream.picture import LayoutUse, picture_scene, video_blocks
from reconciler.kinds.mix_stream.resolving import resolved_picture
from reconciler.kinds.mix_stream.rules import mix_faults, room_faults
from reconciler.kinds.mix_stream.spec import MixStreamSpec
from reconciler.kinds.publish.base import PublishKind
from reconciler.kinds.publish.blocks import Blocks
from reconciler.kinds.publish.essence import task_places, task_settings
from reconciler.kinds.robots import room_of
from reconciler.layout.scene import USUAL_INPUTS, Scene
from reconciler.model import Address, Path


class MixStreamKind(PublishKind):
    """A mixed stream: starts, updates in place where the API can, stops."""

    name = "MixStream"
    spec = MixStreamSpec
    transcoding = 1

    def references(self, spec: MixStreamSpec) -> tuple[tuple[Path, Address], ...]:
        """The layout, where it is not inline."""
        return () if spec.layout is None else spec.layout.references()

    def faults(self, spec: MixStreamSpec) -> list[Fault]:
        """The rules of the spec alone."""
        return [*super().faults(spec), *mix_faults(spec)]

    def resolve(self, spec: MixStreamSpec, scope: Scope) -> tuple[MixStreamSpec, list[Fault]]:
        """The spec with its layout inline, its rooms, robots and application filled in."""
        resolved, faults = super().resolve(spec, scope)
        video, layout, picture_faults = resolved_picture(spec.video, spec.layout, spec.room, scope)
        faults += [*picture_faults, *room_faults(spec, layout)]
        return resolved.model_copy(update={"video": video, "layout": layout}), faults

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The spec that a request becomes."""
        return read_mix(request, reading)

    def essence(self, spec: MixStreamSpec) -> tuple[Essential, ...]:
        """Its places, who is heard and seen, its picture and layout, its sound and recording."""
        return (*task_places(spec), *picture_essentials(spec), *task_settings(spec))

    def content(self, spec: MixStreamSpec) -> dict[str, Any]:
        """AudioParams, and VideoParams unless it is sound only."""
        picture = {name: part for (_, name), part in _picture(spec).items()}
        audio = spec.audio.in_room(spec.room).to_request()
        return {"AudioParams": audio, **({"VideoParams": picture} if picture else {})}

    def blocks(self, spec: MixStreamSpec) -> Blocks:
        """Both audio lists together, and each part of VideoParams."""
        return {("AudioParams",): spec.audio.in_room(spec.room).lists(), **_picture(spec)}

    def rooms_shown(self, spec: MixStreamSpec) -> frozenset[str]:
        """Its own, unless everybody who is seen and heard is named."""
        layout = spec.layout or LayoutUse()
        slots = layout.slots or ()
        named = layout.mode == "custom" and all(slot.name in layout.users for slot in slots)
        if spec.audio.heard() and (spec.video is None or named):
            return frozenset()
        return frozenset({room_of(self.identity(spec))})

    def scene(self, spec: MixStreamSpec, inputs: int = USUAL_INPUTS) -> Scene | None:
        """What a resolved spec shows, with so many inputs where there are no slots; None for sound only."""
        return picture_scene(spec.video, spec.layout, spec.room, inputs)


def _picture(spec: MixStreamSpec) -> Blocks:
    """The parts of VideoParams, in which every user has a room (fields, "MixUserInfo")."""
    return video_blocks(spec.video, spec.layout and spec.layout.in_room(spec.room))


KIND = MixStreamKind()
