"""Writes the tree of rooms in docs/architecture.md, and draws docs/architecture.svg: layers and imports.

    python scripts/architecture.py

Rooms and imports are read off the syntax trees, what a room is for is the first sentence of its docstring,
and the layers are those of the import contracts in pyproject.toml. Tests hold page and picture in step.
"""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "reconciler"
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "architecture.svg"
BEGIN, END = "<!-- rooms: written by scripts/architecture.py -->", "<!-- /rooms -->"
TREE_WIDTH = 108

WIDTH, ROW, BOX, CHARACTER = 880, 74, 34, 8.2
MARGIN, LANE, HEAD = 34, 4, 7
"""In pixels: above the first layer, what an arrow takes that passes one, and the length of its head."""
SWEEPS = 24
STYLE = """
text { font: 14px ui-monospace, Menlo, Consolas, monospace; text-anchor: middle; fill: #1f2328 }
.box { fill: #f6f8fa; stroke: #59636e }
.pure { fill: #ddf4ff; stroke: #0969da }
.arrow { fill: none; stroke: #59636e; stroke-width: 1.3 }
.head { fill: #59636e }
.paper { fill: #ffffff }
.note { font: 12px ui-sans-serif, sans-serif; text-anchor: start; fill: #59636e }
.line { stroke: #0969da; stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .box { fill: #161b22; stroke: #8b949e }
  .pure { fill: #0c2d4d; stroke: #58a6ff }
  .arrow { stroke: #8b949e }
  .head { fill: #8b949e }
  .paper { fill: #0d1117 }
  .note { fill: #8b949e }
  .line { stroke: #58a6ff }
}
"""

Imports = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Node:
    """A room in its layer, or the lane of an arrow (`target` of `room`) that passes the layer."""

    room: str
    target: str = ""
    layer: int = -1

    @property
    def width(self) -> float:
        """In pixels."""
        return LANE if self.target else len(self.room) * CHARACTER + 24


def main() -> None:
    """Writes both."""
    PAGE.write_text(with_tree(PAGE.read_text()))
    PICTURE.write_text(picture())


# Reading the house


def layers() -> list[list[str]]:
    """The rooms that are there, layer by layer, the highest first; neighbours share one."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows: list[str] = next(one["layers"] for one in contracts if one["type"] == "layers")
    named = ([name.strip(" ()") for name in row.split("|")] for row in rows)
    return [there for row in named if (there := [name for name in row if source_of(name) is not None])]


def source_of(room: str) -> Path | None:
    """The file that says what a room or a top module is for; None if it is not there."""
    found = (PACKAGE / room / "__init__.py", PACKAGE / f"{room}.py")
    return next((path for path in found if path.exists()), None)


@cache
def imports() -> dict[str, frozenset[str]]:
    """Each room -> the other rooms that any of its modules imports, be it late or by a text."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        targets = (name.split(".") for name in imported(ast.parse(path.read_text())))
        rooms = {parts[1] for parts in targets if parts[0] == PACKAGE.name and len(parts) > 1}
        found.setdefault(room, set()).update(name for name in rooms - {room} if source_of(name))
    return {room: frozenset(targets) for room, targets in found.items()}


def imported(tree: ast.Module) -> Iterator[str]:
    """The full name of each module that is imported, and of each name that is imported from one."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(name))]):
                yield name


def without_implied(found: Imports) -> dict[str, list[str]]:
    """The imports but for those that another way down implies."""
    return {
        room: sorted(
            target
            for target in targets
            if not any(target in below(other, found) for other in targets - {target})
        )
        for room, targets in found.items()
    }


def below(room: str, found: Imports) -> set[str]:
    """All that a room imports, and what that imports, down to the bottom."""
    direct = found.get(room, frozenset())
    return {*direct, *(name for target in direct for name in below(target, found))}


# The tree


def with_tree(page: str) -> str:
    """The page with the rooms as they are now."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return "\n".join([f"{before}{BEGIN}", "```", *tree(), "```", f"{END}{after}"])


def tree() -> Iterator[str]:
    """Lines of text: each layer's rooms, and the folders in them."""
    yield f"{PACKAGE.name}/"
    for row in layers():
        for room in row:
            folder = (PACKAGE / room).is_dir()
            yield line(1, f"{room}/" if folder else f"{room}.py", source_of(room))
            if folder:
                yield from inner(room)


def inner(room: str) -> Iterator[str]:
    """The folders in a room."""
    for path in sorted((PACKAGE / room).glob("*/__init__.py")):
        yield line(2, f"{path.parent.name}/", path)


def line(depth: int, name: str, path: Path | None) -> str:
    """A name, and what it is for as far as there is room."""
    text = (path and ast.get_docstring(ast.parse(path.read_text()))) or ""
    sentence = re.split(r"\.(?:\s|$)|\n\n", text, maxsplit=1)[0].replace("\n", " ")
    said = f"{'  ' * depth}{name:<{18 - 2 * depth}} {sentence}"
    return said if len(said) <= TREE_WIDTH else re.split(r"[,;:(][^,;:(]*$", said[:TREE_WIDTH])[0].rstrip()


# The picture


def picture() -> str:
    """An SVG that stands by itself, in the colours that the reader prefers."""
    rows = layers()
    chains = [*lanes(rows, without_implied(imports()))]
    links = {pair for chain in chains for pair in pairwise(chain)}
    places = {
        node: (x, MARGIN + ROW * number)
        for number, row in enumerate(untangled(nodes(rows, chains), links))
        for node, x in spread(row)
    }
    height = ROW * len(rows) + MARGIN
    body = [
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        *border(rows),
        *(arrow([places[node] for node in chain]) for chain in chains),
        *(box(node.room, node.width, *places[node]) for node in places if not node.target),
    ]
    title = "<title>Rooms of reconciler, layer by layer, with the imports between them</title>"
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">{title}<style>{STYLE}</style>'
    return "\n".join([opening, *body, "</svg>", ""])


def lanes(rows: list[list[str]], arrows: Mapping[str, list[str]]) -> Iterator[list[Node]]:
    """Each arrow as the nodes on its way, one a layer."""
    layer = {room: number for number, row in enumerate(rows) for room in row}
    for room in layer:
        for target in arrows.get(room, ()):
            passed = range(layer[room] + 1, layer[target])
            yield [Node(room), *(Node(room, target, number) for number in passed), Node(target)]


def nodes(rows: list[list[str]], chains: list[list[Node]]) -> list[list[Node]]:
    """Every layer's boxes, and the lanes that pass it."""
    passing = [node for chain in chains for node in chain if node.target]
    return [
        [*map(Node, row), *(node for node in passing if node.layer == number)]
        for number, row in enumerate(rows)
    ]


def untangled(rows: list[list[Node]], links: set[tuple[Node, Node]]) -> list[list[Node]]:
    """The rows in the order in which the fewest arrows cross, of those that sweeping down and up comes to."""
    best, fewest = rows, crossings(rows, links)
    for sweep in range(SWEEPS):
        numbers = range(1, len(rows)) if sweep % 2 == 0 else range(len(rows) - 2, -1, -1)
        for number in numbers:
            beside = rows[number - 1 if sweep % 2 == 0 else number + 1]
            rows = [*rows[:number], sorted_by(rows[number], beside, links), *rows[number + 1 :]]
        if (found := crossings(rows, links)) < fewest:
            best, fewest = rows, found
    return best


def sorted_by(row: list[Node], beside: list[Node], links: set[tuple[Node, Node]]) -> list[Node]:
    """The row in the order of the middles of what each node is linked with in the row beside it."""
    place = {node: (number + 0.5) / len(beside) for number, node in enumerate(beside)}
    own = {node: (number + 0.5) / len(row) for number, node in enumerate(row)}

    def middle(node: Node) -> float:
        linked = [place[one] for one in beside if (one, node) in links or (node, one) in links]
        return sum(linked) / len(linked) if linked else own[node]

    return sorted(row, key=middle)


def crossings(rows: list[list[Node]], links: set[tuple[Node, Node]]) -> int:
    """How many pairs of arrows cross between neighbouring layers."""
    number = 0
    for upper, lower in pairwise(rows):
        ends = [
            (x, y) for x, one in enumerate(upper) for y, other in enumerate(lower) if (one, other) in links
        ]
        number += sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(ends, 2))
    return number


def spread(row: list[Node]) -> Iterator[tuple[Node, float]]:
    """Each node with the x of its middle; what is left of the width is shared out between them."""
    gap = (WIDTH - sum(node.width for node in row)) / (len(row) + 1)
    x = gap
    for node in row:
        yield node, x + node.width / 2
        x += node.width + gap


def border(rows: list[list[str]]) -> Iterator[str]:
    """The line below which everything is pure."""
    number = next(number for number, row in enumerate(rows) if "cloud" in row)
    y = MARGIN + ROW * (number + 0.5)
    yield f'<path class="line" d="M0 {y:g}H{WIDTH}"/>'
    yield f'<text class="note" x="8" y="{y - 6:g}">effects</text>'
    yield f'<text class="note" x="8" y="{y + 16:g}">pure</text>'


def arrow(way: list[tuple[float, float]]) -> str:
    """A curve through the lanes of its way, upright in each layer, with its head on the last box."""
    (x, y), *rest = way
    curve = [f"M{x:.1f} {y + BOX / 2:g}"]
    above = y + BOX / 2
    for number, (to, middle) in enumerate(rest, start=1):
        last = number == len(rest)
        top, half = middle - BOX / 2 - (HEAD if last else 0), (middle - BOX / 2 - above) / 2
        curve.append(f"C{x:.1f} {above + half:g} {to:.1f} {top - half:g} {to:.1f} {top:g}")
        if not last:
            curve.append(f"V{middle + BOX / 2:g}")
        x, above = to, middle + BOX / 2
    tip = rest[-1][1] - BOX / 2
    head = f'<path class="head" d="M{x:.1f} {tip:g}l-4 -{HEAD}h8z"/>'
    return f'<path class="arrow" d="{"".join(curve)}"/>{head}'


def box(room: str, width: float, x: float, y: float) -> str:
    """A room with its name; those below the cloud in another colour."""
    kind = "pure" if room in pure() else "box"
    place = f'x="{x - width / 2:.1f}" y="{y - BOX / 2:g}" width="{width:.1f}" height="{BOX}"'
    return f'<rect class="{kind}" {place} rx="6"/><text x="{x:.1f}" y="{y + 5:g}">{room}</text>'


def pure() -> set[str]:
    """The rooms below the cloud; the simulator beside them is a world of its own."""
    rows = layers()
    number = next(number for number, row in enumerate(rows) if "cloud" in row)
    return {room for row in rows[number + 1 :] for room in row} - {"simulator"}


if __name__ == "__main__":
    main()
