"""A change as before | after: what was added, removed, moved or altered, each in its own way.

Colour never tells alone: what is new has a thick edge and a plus, what goes is hatched and dashed with
a minus, what moved leaves a dashed outline and an arrow, what is otherwise changed is dotted.
"""

from collections.abc import Sequence

from reconciler.layout import Size
from reconciler.layout.scene import Scene
from reconciler.reports.pictures.compare import Comparison, Pair, compared, onto
from reconciler.reports.pictures.marks import tag
from reconciler.reports.pictures.page import PADDING, Page
from reconciler.reports.pictures.panel import Move, Panel
from reconciler.reports.pictures.panel_svg import drawn, scale_to_fit
from reconciler.reports.pictures.single import description
from reconciler.reports.pictures.styles import EDGE, FAINT, INK, SIGNS, Fate, Style, style_by_fate
from reconciler.reports.pictures.svg import element, text_at
from reconciler.reports.pictures.words import shortened, size_text
from reconciler.words import and_more

INNER, NARROW = 1080, 360
_GAP = 40
_MOST = ((INNER - _GAP) / 2, 420.0)
_MOST_ARROWS = 8
_MOST_LINES = 24
_ORDER = (Fate.ADDED, Fate.REMOVED, Fate.MOVED, Fate.RESIZED, Fate.CHANGED)


def svg_change(before: Scene | None, after: Scene | None, title: str, *, narrow: bool = False) -> str:
    """Both scenes side by side as an SVG file like that of a single one; None is no picture.

    For a `narrow` page one stands above the other. Raises ValueError if both are None.
    """
    known = [scene for scene in (before, after) if scene is not None]
    if not known:
        raise ValueError("a change from no picture to no picture")
    comparison = compared(before, after)
    page = Page(NARROW if narrow else INNER)
    page.head(title, _sum(comparison))
    for note in dict.fromkeys(scene.note for scene in known if scene.note):
        page.warn("Illustration", note)
    _panels(page, before, after, comparison, narrow=narrow)
    _told(page, comparison)
    words = [f"{word}: {description(one) if one else 'no picture.'}" for word, one in _sides(before, after)]
    return page.svg(
        title,
        f"{_sum(comparison)}. {' '.join(words)} {' '.join(f'{text}.' for _, text in _lines(comparison))}",
    )


def _sides(before: Scene | None, after: Scene | None) -> tuple[tuple[str, Scene | None], ...]:
    return ("Before", before), ("After", after)


def _sum(comparison: Comparison) -> str:
    """`1 added, 1 removed, 2 moved, 1 unchanged`."""
    fates = [one.fate for one in (*comparison.tiles, *comparison.marks)]
    parts = [f"{fates.count(fate)} {fate}" for fate in (*_ORDER, Fate.SAME) if fate in fates]
    return ", ".join([*parts, *comparison.around]) or "nothing in the picture"


def _panels(
    page: Page, before: Scene | None, after: Scene | None, comparison: Comparison, *, narrow: bool
) -> None:
    """Both canvases to one scale, with an arrow between them: beside each other, or below."""
    canvases = [scene.canvas for scene in (before, after) if scene is not None]
    most = (float(NARROW), 420.0) if narrow else _MOST
    scale = scale_to_fit(canvases, most)
    height = max(max(canvas.height, 1) for canvas in canvases) * scale
    for index, (word, scene) in enumerate(_sides(before, after)):
        left = PADDING + (0 if narrow else index * (most[0] + _GAP))
        caption = shortened(f"{word}: {_headed(scene) if scene else 'no picture'}", most[0], 12, bold=True)
        page.add(text_at((left, page.y + 12), caption, 12, INK, bold=True))
        canvas = scene.canvas if scene else canvases[0]
        at = (left + (most[0] - max(canvas.width, 1) * scale) / 2, page.y + 24)
        panel = _panel(scene, index, before, comparison) if scene else None
        page.add(drawn(panel, at, scale) if panel else _nothing(canvas, at, scale))
        page.y += 24 + height + 16 if narrow else 0
    if not narrow:
        middle = (PADDING + most[0] + _GAP / 2, page.y + 24 + height / 2 + 8)
        page.add(text_at(middle, "→", 24, FAINT, anchor="middle"))
        page.y += 24 + height + 16


def _headed(scene: Scene) -> str:
    return f"{size_text(scene.canvas.width, scene.canvas.height)} · {scene.mode}"


def _panel(scene: Scene, side: int, before: Scene | None, comparison: Comparison) -> Panel:
    """One side: 0 is before, 1 is after, where the places that were left are shown."""
    moves = _moves(before, scene, comparison) if side and before else ()
    return Panel(scene, _styles(comparison.tiles, side), _styles(comparison.marks, side), moves)


def _styles(pairs: Sequence[Pair], side: int) -> tuple[Style, ...]:
    """How each place of one side is painted, in its order."""
    places = ((one.new if side else one.old, one.fate) for one in pairs)
    return tuple(
        style_by_fate(fate) for place, fate in sorted(found for found in places if found[0] is not None)
    )


def _moves(before: Scene, after: Scene, comparison: Comparison) -> tuple[Move, ...]:
    """The places that were left, on the canvas there is now; arrows only while one can follow them."""
    gone = [
        (some_before[one.old].rect, some_after[one.new].rect, one.fate)
        for pairs, some_before, some_after in (
            (comparison.tiles, before.tiles, after.tiles),
            (comparison.marks, before.marks, after.marks),
        )
        for one in pairs
        if one.fate in (Fate.MOVED, Fate.RESIZED) and one.old is not None and one.new is not None
    ]
    few = sum(fate is Fate.MOVED for *_, fate in gone) <= _MOST_ARROWS
    return tuple(
        Move(onto(old, before.canvas, after.canvas), new, shown=few and fate is Fate.MOVED)
        for old, new, fate in gone
    )


def _nothing(canvas: Size, at: tuple[float, float], scale: float) -> str:
    """The outline of a picture that is not there."""
    width, height = max(canvas.width, 1) * scale, max(canvas.height, 1) * scale
    sides = {"x": at[0], "y": at[1], "width": width, "height": height}
    outline = element("rect", {**sides, "fill": "none", "stroke": EDGE, "stroke-dasharray": "6 4"})
    middle = (at[0] + width / 2, at[1] + height / 2 + 5)
    return outline + text_at(middle, "no picture", 14, FAINT, anchor="middle")


def _told(page: Page, comparison: Comparison) -> None:
    """What changed in words, sign by sign as in the picture."""
    lines = _lines(comparison)
    for sign, text in lines[:_MOST_LINES]:
        page.line(text, sign=sign)
    if len(lines) > _MOST_LINES:
        page.line(and_more(len(lines) - _MOST_LINES), sign=" ", fill=FAINT)


def _lines(comparison: Comparison) -> list[tuple[str, str]]:
    """(sign, what happened) of everything that differs, by what became of it."""
    tagged = [(f"watermark {_tag(one)} ", one) for one in comparison.marks]
    both = [*(("", one) for one in comparison.tiles), *tagged]
    found = [
        (SIGNS[fate], f"{fate}: {name}{one.text}")
        for fate in _ORDER
        for name, one in both
        if one.fate is fate
    ]
    return [*found, *((SIGNS[Fate.CHANGED], f"changed: {text}") for text in comparison.around)]


def _tag(pair: Pair) -> str:
    """As it is called after the change; before it, if it is gone."""
    return tag(pair.new if pair.new is not None else pair.old or 0)
