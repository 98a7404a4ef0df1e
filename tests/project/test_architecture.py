"""docs/architecture.md and its picture are as the house stands."""

import re

import pytest

from scripts.architecture import (
    PAGE,
    PICTURE,
    ROOT,
    below,
    imports,
    layers,
    picture,
    with_tree,
    without_implied,
)
from tests.project.house import MODULES, room_of


def test_the_tree_is_as_written_from_the_rooms() -> None:
    assert PAGE.read_text() == with_tree(PAGE.read_text()), "run python scripts/architecture.py"


@pytest.mark.slow
def test_the_picture_is_as_drawn_from_the_imports() -> None:
    assert PICTURE.read_text() == picture(), "run python scripts/architecture.py"


def test_every_room_is_in_the_tree_and_in_the_picture() -> None:
    rooms = {room_of(file) for file in MODULES} - {"__init__", "__main__"}
    assert {room for row in layers() for room in row} == rooms
    assert set(re.findall(r"^  (\w+)(?:/|\.py) ", PAGE.read_text(), re.MULTILINE)) == rooms
    assert set(re.findall(r">(\w+)</text>", PICTURE.read_text())) - {"effects", "pure"} == rooms


@pytest.mark.slow
def test_the_arrows_say_all_and_nothing_twice() -> None:
    found = imports()
    arrows = {room: frozenset(targets) for room, targets in without_implied(found).items()}
    assert {room: below(room, arrows) for room in found} == {room: below(room, found) for room in found}
    for targets in arrows.values():
        for target in targets:
            assert target not in {name for other in targets - {target} for name in below(other, arrows)}
    assert PICTURE.read_text().count('class="arrow"') == sum(map(len, arrows.values())) - len(
        arrows["__main__"]
    )


def test_an_import_made_by_a_text_goes_down_as_well() -> None:
    """The linter does not see `import_module("reconciler.simulator")`."""
    layer = {room: number for number, row in enumerate(layers()) for room in row}
    up = [
        (room, to)
        for room, found in imports().items()
        if room in layer
        for to in found
        if layer[to] <= layer[room]
    ]
    assert up == []
    assert {room for room, found in imports().items() if "simulator" in found} == {"cli"}
    assert imports()["simulator"] == frozenset()


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md"])
def test_newcomers_are_led_there(page: str) -> None:
    assert "(docs/architecture.md)" in (ROOT / page).read_text()
