"""A resolved mix as a scene: exact where its inputs are placed in pixels, a guess where sizes are their own.

Templates are documented roughly (mixes §3), and drawn as such.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.kinds.live_mix.placing import BACKGROUND
from reconciler.kinds.live_mix.sides import in_pixels
from reconciler.kinds.live_mix.spec import LiveMixSpec, MixInput
from reconciler.layout import Rect, Size
from reconciler.layout.scene import Scene, SceneMark, SceneTile

USUAL = Size(1280, 720)
_MARGIN = 20


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the places of a template are fractions of."""

    size: Size

    def third(self, right: int, bottom: int) -> Rect:
        """A picture of a third of either side; 0 is the left or top, 1 the middle, 2 the right or bottom."""
        width, height = self.size.width // 3, self.size.height // 3
        return Rect(*self._at(width, height, right, bottom), width, height)

    def half(self, place: int, *, beside: bool) -> Rect:
        """One of two halves, side by side or one above the other, centred."""
        width, height = self.size.width // 2, self.size.height // 2
        x = place * width if beside else (self.size.width - width) // 2
        y = (self.size.height - height) // 2 if beside else place * height
        return Rect(x, y, width, height)

    def corner(self, right: int, bottom: int) -> Rect:
        """A picture of 20/43 of either side in a corner."""
        width, height = self.size.width * 20 // 43, self.size.height * 20 // 43
        return Rect(*self._at(width, height, right, bottom), width, height)

    def _at(self, width: int, height: int, right: int, bottom: int) -> tuple[int, int]:
        across = (_MARGIN, (self.size.width - width) // 2, self.size.width - width - _MARGIN)
        down = (_MARGIN, (self.size.height - height) // 2, self.size.height - height - _MARGIN)
        return across[right], down[bottom]


def _thirds(*places: tuple[int, int]) -> Callable[[_Ground], list[Rect]]:
    return lambda ground: [ground.third(*place) for place in places]


_TEMPLATES: Mapping[int, Callable[[_Ground], list[Rect]]] = {
    10: _thirds((0, 0)),
    20: _thirds((2, 2)),
    30: _thirds((0, 2)),
    40: _thirds((2, 0)),
    50: lambda ground: [Rect(244, 400, 120, 120 * ground.size.height // max(ground.size.width, 1))],
    310: _thirds((0, 0), (2, 2)),
    390: lambda ground: [ground.half(place, beside=True) for place in (0, 1)],
    391: lambda ground: [ground.half(place, beside=False) for place in (0, 1)],
    410: _thirds((0, 0), (2, 2), (0, 2)),
    510: _thirds((0, 0), (2, 2), (2, 0), (0, 2)),
    590: lambda ground: [ground.corner(right, bottom) for bottom in (0, 2) for right in (0, 2)],
    610: _thirds((0, 0), (2, 2), (2, 0), (1, 2), (0, 2)),
}


def mix_scene(spec: LiveMixSpec) -> Scene | None:
    """What a resolved spec shows; None for sound only."""
    seen = sorted((one for one in spec.inputs if one.is_seen), key=lambda one: one.image_layer or 0)
    if not seen:
        return None
    background = next((one for one in seen if one.image_layer == BACKGROUND), None)
    canvas, sized = _canvas(background)
    places = iter(_TEMPLATES[spec.template_id](_Ground(canvas)) if spec.template_id else ())
    tiles, marks, guessed = list[SceneTile](), list[SceneMark](), bool(spec.template_id) or not sized
    for one in seen:
        given = None if one is background else next(places, None)
        rect, known = _rect(one, canvas, given, is_background=one is background)
        guessed = guessed or not known
        if one.kind == "picture":
            marks.append(SceneMark(rect, one.image_layer or 0, "image", f"watermark {one.watermark_id}"))
        elif one is not background or one.kind != "canvas":
            tiles.append(_tile(one, rect, spec))
    return Scene(
        canvas=canvas,
        mode=f"template {spec.template_id}" if spec.template_id else "custom",
        tiles=tuple(tiles),
        marks=tuple(marks),
        color=(background.color or "") if background is not None and background.kind == "canvas" else "",
        note=_note(spec, canvas, sized=sized) if guessed else "",
    )


def _canvas(background: MixInput | None) -> tuple[Size, bool]:
    """(the background's size, whether it is told)."""
    width = background.image_width if background is not None else None
    height = background.image_height if background is not None else None
    if width is None or height is None or width < 1 or height < 1:
        return USUAL, False
    return Size(round(width), round(height)), True


def _rect(one: MixInput, canvas: Size, given: Rect | None, *, is_background: bool) -> tuple[Rect, bool]:
    """(where an input is, whether that is told); its own numbers go before a template's."""
    usual = Rect(0, 0, canvas.width, canvas.height)
    if given is not None:
        usual = given
    elif not is_background:
        usual = Rect(0, 0, canvas.width // 3, canvas.height // 3)
    sides = (
        (one.location_x, usual.x, canvas.width),
        (one.location_y, usual.y, canvas.height),
        (one.image_width, usual.width, canvas.width),
        (one.image_height, usual.height, canvas.height),
    )
    found = (other if side is None else round(in_pixels(side, whole)) for side, other, whole in sides)
    known = one.image_width is not None and one.image_height is not None
    return Rect(*found), known


def _tile(one: MixInput, rect: Rect, spec: LiveMixSpec) -> SceneTile:
    cropped = spec.controls is not None and spec.controls.use_mix_crop_center
    return SceneTile(
        rect=rect,
        z_order=one.image_layer or 0,
        render_mode="crop" if cropped else "fit-black",
        slot=one.slot or "",
        user=one.stream or "",
        noun=one.kind,
        remarks=tuple(_remarks(one)),
    )


def _remarks(one: MixInput) -> list[str]:
    found = []
    if one.crop is not None:
        size = f"{one.crop.width or 0:g}x{one.crop.height or 0:g}"
        place = f"{one.crop.location_x or 0:g},{one.crop.location_y or 0:g}"
        found.append(f"shows {size} of it, starting at {place}")
    if one.portrait_segment is not None:
        found.append(f"without {one.portrait_segment.color or 'its background'}")
    if one.kind == "canvas":
        found.append(f"a canvas {one.color}" if one.color else "a canvas")
    return found


def _note(spec: LiveMixSpec, canvas: Size, *, sized: bool) -> str:
    parts = []
    if not sized:
        parts.append(
            f"The background has no size of its own here; {canvas.width}x{canvas.height} is assumed."
        )
    if spec.template_id:
        parts.append(f"Template {spec.template_id} is documented roughly: the exact pixels are not.")
    elif sized:
        parts.append("Inputs without a size are shown in their own, which is not known here.")
    return " ".join(parts)
