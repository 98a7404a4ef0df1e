"""The page of limits: as generated, complete, and no figure elsewhere that differs from it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from reconciler.kinds.fields import Name
from reconciler.manifests.loading import header, notes
from reconciler.manifests.reading import guard
from scripts import limits

ROOT = Path(__file__).parents[2]
SCRIPT = Path(limits.__file__).read_text()
NAMED = re.compile(r"(MAX|MOST|LARGEST|LONGEST|LIMIT|KEPT)(_[A-Z_]+)?")
ELSEWHERE = ("kinds", "layout", "simulator/services")
"""Ranges of the API's fields: docs/manifests.md and docs/rules.md have them."""
API_RANGES = {"simulator/playbacks.py: MOST_PAUSE_SECONDS"}


def constants() -> Iterator[tuple[str, str]]:
    """(module, name) of every limit at the top of a module."""
    for path in sorted((ROOT / "reconciler").rglob("*.py")):
        module = path.relative_to(ROOT / "reconciler").as_posix()
        if module.startswith(ELSEWHERE):
            continue
        for node in ast.parse(path.read_text()).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if isinstance(target, ast.Name) and NAMED.fullmatch(target.id):
                    yield module, target.id


def without_a_row(script: str) -> list[str]:
    told = [f"{module}: {name}" for module, name in constants() if not in_script(module, name, script)]
    return [one for one in told if one not in API_RANGES]


def in_script(module: str, name: str, script: str) -> bool:
    return f"{Path(module).stem}.{name}" in script


def test_the_page_is_as_generated() -> None:
    assert (ROOT / limits.PAGE).read_text() == limits.page(), "run python scripts/limits.py"


@pytest.mark.slow
def test_every_limit_has_a_row() -> None:
    assert len([*constants()]) > 15
    assert without_a_row(SCRIPT) == []


@pytest.mark.slow
def test_a_limit_without_a_row_is_noticed() -> None:
    spoilt = SCRIPT.replace("guard.MAX_DEPTH", "32")
    assert without_a_row(spoilt) == ["manifests/reading/guard.py: MAX_DEPTH"]


def test_the_page_follows_its_constants(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "| levels of nesting | 32 |" in limits.page()
    assert limits.size(guard.MAX_FILE_BYTES) == "64 MiB" and limits.size(1536) == "1,536 bytes"
    assert limits.size(64 * 1024) == "64 KiB" and limits.amount(65_536) == "65,536"


@pytest.mark.parametrize(("length", "sound"), [(253, True), (254, False)])
def test_a_name_is_as_long_as_the_page_says(length: int, sound: bool) -> None:
    assert "| a resource's name | 253 " in limits.page()
    assert is_valid(Name, "a" * length) is sound


@pytest.mark.parametrize(("length", "sound"), [(63, True), (64, False)])
def test_a_label_is_as_long_as_the_page_says(length: int, sound: bool) -> None:
    assert "| a label's key or value | 63 characters; a key's prefix 252 |" in limits.page()
    assert is_valid(header.LabelKey, "a" * length) is is_valid(header.LabelValue, "a" * length) is sound
    assert is_valid(header.LabelKey, f"{'a' * (length + 189)}/a") is sound


def is_valid(kind: object, text: str) -> bool:
    try:
        return bool(TypeAdapter(kind).validate_python(text))
    except ValidationError:
        return False


def test_every_row_says_what_happens() -> None:
    rows = [one for section in limits.SECTIONS for one in section.limits]
    assert len({one.what for one in rows}) == len(rows) > 20
    assert all(one.most and one.beyond and "|" not in "".join(one) for one in rows)


def test_the_page_of_hostile_input_says_the_same() -> None:
    text = (ROOT / "docs" / "hostile-input.md").read_text()
    for figure in (
        limits.size(guard.MAX_FILE_BYTES),
        f"{limits.amount(guard.MAX_EVENTS)} values, {guard.MAX_DEPTH} levels",
        f"| documents of a file | {limits.amount(guard.MAX_DOCUMENTS)} |",
        f"every {guard.BYTES_PER_EVENT} bytes, a document counting as {guard.EVENTS_PER_DOCUMENT}",
        f"{guard.MAX_PROBLEMS} of a file, {limits.amount(notes.MAX_PROBLEMS)} of all files",
    ):
        assert figure in text, figure
