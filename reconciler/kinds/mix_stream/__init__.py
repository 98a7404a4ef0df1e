"""Users of one or more rooms mixed into one stream, pushed to addresses or back into rooms.

A publish task with WithTranscoding 1 (reference semantics §2 to §6).
"""

from typing import Any

from reconciler.kinds.base import Fault, Scope
from reconciler.kinds.mix_layout import layout_address
from reconciler.kinds.mix_stream.picture import resolved_picture, video_blocks
from reconciler.kinds.mix_stream.spec import MixStreamSpec
from reconciler.kinds.publish import PublishKind, changed_blocks
from reconciler.model import Address, Path


class MixStreamKind(PublishKind):
    """A mixed stream: starts, updates in place where the API can, stops."""

    name = "MixStream"
    spec = MixStreamSpec
    transcoding = 1

    def references(self, spec: MixStreamSpec) -> tuple[tuple[Path, Address], ...]:
        """The layout, where it is not inline."""
        if spec.layout is None or spec.layout.ref is None:
            return ()
        return ((("layout", "ref"), layout_address(spec.layout.ref)),)

    def faults(self, spec: MixStreamSpec) -> list[Fault]:
        """The rules of the spec alone."""
        found = super().faults(spec)
        if spec.layout is not None and spec.video is None:
            found.append(
                Fault(("layout",), "a stream without video has no picture: add video, or drop layout")
            )
        if spec.layout is not None and spec.layout.ref is not None and spec.layout.own_fields():
            given = ", ".join(spec.layout.own_fields())
            found.append(
                Fault(
                    ("layout", "ref"),
                    f"a layout is referred to or inline, not both; also given: {given}",
                )
            )
        return found

    def resolve(self, spec: MixStreamSpec, scope: Scope) -> tuple[MixStreamSpec, list[Fault]]:
        """The spec with its layout inline, its rooms, robots and application filled in."""
        resolved, faults = super().resolve(spec, scope)
        video, layout, picture_faults = resolved_picture(spec.video, spec.layout, spec.room, scope)
        parts = {"audio": spec.audio.in_room(spec.room), "video": video, "layout": layout}
        return resolved.model_copy(update=parts), [*faults, *picture_faults]

    def content(self, spec: MixStreamSpec) -> dict[str, Any]:
        """AudioParams, and VideoParams unless it is sound only."""
        picture = _picture(spec)
        return {
            "AudioParams": spec.audio.to_request(),
            **({"VideoParams": picture} if picture else {}),
        }

    def content_changes(self, spec: MixStreamSpec, bases: tuple[MixStreamSpec, ...]) -> dict[str, Any]:
        """Both audio lists if either differs, and each part of VideoParams that does."""
        blocks: dict[str, Any] = {}
        if any(base.audio.lists() != spec.audio.lists() for base in bases):
            blocks["AudioParams"] = spec.audio.lists()
        picture = changed_blocks(_picture(spec), map(_picture, bases))
        if picture:
            blocks["VideoParams"] = picture
        return blocks


def _picture(spec: MixStreamSpec) -> dict[str, Any]:
    return video_blocks(spec.video, spec.layout)


KIND = MixStreamKind()
