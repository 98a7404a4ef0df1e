"""A resolved recording as a scene: exact in its places, a guess where the API places the pictures itself."""

from collections.abc import Iterator

from reconciler.kinds.fields import SecretSource
from reconciler.kinds.recording.mixed import Mark, MixedLayout, Place
from reconciler.kinds.recording.rules import size_of
from reconciler.kinds.recording.spec import RecordingSpec
from reconciler.layout import Rect, Size, dynamic_tiles
from reconciler.layout.scene import Scene, SceneMark, SceneTile
from reconciler.plaintext import masked

_CLOCK = (4, 24)
"""The share of the picture's width, and of its height, that a time of day is drawn with."""


def recording_scene(spec: RecordingSpec, inputs: int) -> Scene | None:
    """What is recorded, with so many users where there are no places; None where nothing is mixed or seen."""
    layout = spec.mix_layout
    if layout is None or spec.record.stream_type == "audio":
        return None
    canvas = size_of(spec)
    tiles = tuple(_tiles(layout, canvas, inputs))
    note = "" if layout.mode == "custom" else f"Mode {layout.mode}: the exact pixels are not documented."
    return Scene(
        canvas=canvas,
        mode=layout.mode,
        tiles=tiles,
        marks=tuple(_mark(one, canvas) for one in layout.water_mark_list or ()),
        color=layout.back_ground_color or "",
        image=_told(layout.background_image_url),
        image_mode=layout.background_image_render_mode or "crop",
        note=note,
    )


def _tiles(layout: MixedLayout, canvas: Size, inputs: int) -> Iterator[SceneTile]:
    if layout.mode == "custom":
        yield from (_in_place(one, layout) for one in layout.mix_layout_list or ())
        return
    big = layout.max_resolution_user_id if layout.mode != "grid" else None
    named = layout.mode == "screen-share" or big is not None
    for index, picture in enumerate(dynamic_tiles(layout.mode, inputs, canvas)):
        first = not index and big is not None
        yield SceneTile(
            rect=picture.rect,
            z_order=picture.z_order,
            render_mode=layout.render_mode or "crop",
            user=big or "" if first else "",
            stream=(layout.media_id or "camera") if first else "camera",
            entry=0 if first else index + (0 if named else 1),
        )


def _in_place(place: Place, layout: MixedLayout) -> SceneTile:
    holder = place.sub_background_image or layout.default_sub_background_image
    see_through = f"alpha {place.alpha}" if place.alpha else ""
    return SceneTile(
        rect=place.rect,
        z_order=place.image_layer or 0,
        render_mode=place.render_mode or "crop",
        user=place.user_id or "",
        stream=place.media_id or "camera",
        placeholder=_told(holder) if layout.place_holder_mode else "",
        remarks=(see_through,) if see_through else (),
    )


def _mark(mark: Mark, canvas: Size) -> SceneMark:
    image, text = mark.image, mark.text
    if mark.kind == "image" and image is not None:
        rect = Rect(image.left, image.top, image.width, image.height)
        return SceneMark(rect, 0, "image", _told(image.url))
    if mark.kind == "text" and text is not None:
        rect = Rect(text.left, text.top, text.width, text.height)
        colors = (text.font_color or "", text.back_ground_color or "")
        return SceneMark(rect, 0, "text", text.chars, "off", text.font_size or 14, *colors)
    return SceneMark(_clock(mark, canvas), 0, "text", "time of day", "off", 14)


def _clock(mark: Mark, canvas: Size) -> Rect:
    """Where a time of day stands, roughly: its size is not documented."""
    width, height = (side // share for side, share in zip((canvas.width, canvas.height), _CLOCK, strict=True))
    pos = (mark.timestamp.pos if mark.timestamp is not None else None) or "top-left"
    across = 0 if "left" in pos else canvas.width - width if "right" in pos else (canvas.width - width) // 2
    down = 0 if "top" in pos else canvas.height - height
    return Rect(across, down if pos != "center" else down // 2, width, height)


def _told(address: str | SecretSource | None) -> str:
    """An address as a picture names it: one that a secret holds is only told to be one."""
    if isinstance(address, SecretSource):
        return f"the address in {address.env or address.file}"
    return masked(address or "")
