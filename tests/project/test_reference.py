"""The API reference is complete and true: its sources, and what simulator, product and tests hold of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from reconciler.kinds import actions
from reconciler.simulator.open_questions import VARIANTS
from reconciler.simulator.services import ACTIONS
from scripts.api_map import HEADER, request_paths

from .citations import REFERENCE, ROOT, Page, pages

PAGES = pages()
INDEX = Page((REFERENCE / "README.md").read_text())
LABEL = re.compile(r"\[((?:cn |trtc\.io/)?\d+(?:/\d+)?)\](?!:)")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def tables(page: Page) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """(heading, names of the columns, rows) of every table of a page."""
    heading, names, rows = "", list[str](), list[list[str]]()
    for line in (*page.text.splitlines(), ""):
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if not line.startswith("|"):
            if names:
                yield heading, names, rows
            names, rows = [], []
        elif not names:
            names = cells(line)
        elif not set(line) <= set("|- "):
            rows.append(cells(line))


TABLES = [(name, *table) for name, page in PAGES.items() for table in tables(page)]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", cell)


WORDS = {
    word
    for heading, _, rows in tables(INDEX)
    if heading == "Sources"
    for row in rows
    for word in named(row[0])
}


def unknown(cell: str) -> set[str]:
    """What of a source cell is neither a word of the index nor the number of a page."""
    return {one for one in cell.split(", ") if one not in WORDS and not LABEL.fullmatch(one)}


# Sources


@pytest.mark.parametrize(("page", "heading", "names", "rows"), TABLES)
def test_every_fact_has_a_source(page: str, heading: str, names: list[str], rows: list[list[str]]) -> None:
    assert names[-1] == "source" and rows
    assert [row for row in rows if len(row) != len(names)] == []
    assert [row for row in rows if unknown(row[-1])] == []


@pytest.mark.parametrize("cell", ["", "somebody", "[647/48247", "SDK, ", "647/48247", "SDK and tccli"])
def test_a_fact_without_a_source_is_told(cell: str) -> None:
    assert unknown(cell)


@pytest.mark.parametrize("page", PAGES)
def test_every_source_has_an_address(page: str) -> None:
    text = PAGES[page].text
    defined = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", text, re.MULTILINE))
    assert set(LABEL.findall(text)) == defined.keys()
    for label, address in defined.items():
        host = "cloud.tencent.com" if label.startswith("cn ") else "www.tencentcloud.com"
        number = label.removeprefix("cn ").removeprefix("trtc.io/")
        wanted = f"trtc.io/document/{number}" if "trtc.io" in label else f"{host}/document/product/{number}"
        assert address == f"https://{wanted}"


# What the simulator and the product know


def limits() -> dict[str, str]:
    """Calls a second by action."""
    (rows,) = (rows for _, names, rows in tables(PAGES["semantics"]) if "calls a second" in names)
    return {row[0]: row[1] for row in rows}


def test_the_limits_are_those_of_simulator_and_product() -> None:
    known = {action.name: str(action.per_second) for action in (*ACTIONS, *actions().values())}
    assert {name: limit for name, limit in limits().items() if name in known} == known


def fields() -> dict[str, str]:
    """What an update does to each field: by its section's name and its own, or the first of its own alone."""
    found: dict[str, str] = {}
    for heading, names, rows in tables(PAGES["fields"]):
        at = names.index("on update") if "on update" in names else None
        for row in rows:
            for name in named(row[0].replace("[]", "")):
                done = "" if at is None else row[at]
                found[f"{heading}.{name}"] = done
                found.setdefault(name, done)
    return found


FIELDS = fields()


# Where the parts of requests are described that are not called as their section is
SECTIONS = {"MixLayoutList": "McuLayout", "RemoveUserByStrRoomId": "RemoveUser"}
NAMED_ALIKE = {"ForbidLiveStream.StreamName": "Live.StreamName"}


def names_of(path: str, action: str, service: str) -> set[str]:
    """The names under which a field of a request may be described."""
    parts = [action, *path.split(".")]
    found = {f"{action}, top level.{path}", f"{service}.{path}"}
    for number, part in enumerate(parts[:-1]):
        rest = ".".join(parts[number + 1 :])
        found |= {f"{SECTIONS.get(part, part)}.{rest}", f"{part}.{rest}"}
    return found


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: str(action.name))
def test_every_request_field_is_described(action: Any) -> None:
    service = {"live": "Live", "car": "CAR"}.get(action.service, "")
    paths = [path.replace("[]", "") for path in request_paths(action.name) if path != HEADER]
    lacking = [path for path in paths if not names_of(path, action.name, service) & FIELDS.keys()]
    assert paths and lacking == []


def rows_of_transitions() -> dict[str, set[str]]:
    rows = yaml.safe_load((ROOT / "tests" / "planning" / "transitions" / "rows.yaml").read_text())
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["row"], set()).add(row["says"])
    return found


@pytest.mark.parametrize(("field", "says"), rows_of_transitions().items())
def test_what_an_update_does_is_what_the_tests_hold(field: str, says: set[str]) -> None:
    told = FIELDS[NAMED_ALIKE.get(field, field).replace("[]", "")]
    assert {word for word in says if word not in told} == set()


def test_every_code_has_the_class_that_the_tests_hold() -> None:
    found = {}
    for _, names, rows in tables(PAGES["errors"]):
        if names[:2] == ["code", "class"]:
            found |= {code: row[1] for row in rows for code in named(row[0])}
    assert found == json.loads((ROOT / "tests" / "cloud" / "data" / "codes.json").read_text())


def test_every_code_of_an_action_is_explained() -> None:
    explained = PAGES["errors"].rows
    listed = {
        code
        for _, names, rows in tables(PAGES["errors"])
        if "codes" in names
        for row in rows
        for code in named(row[1])
    }
    assert len(listed) > 80 and listed - explained == set()


@pytest.mark.parametrize("page", ["signing", "callbacks"])
def test_the_vectors_are_those_of_the_tests(page: str) -> None:
    held = "".join(
        file.read_text()
        for file in (*ROOT.glob("tests/cloud/data/*.json"), *ROOT.glob("tests/simulator/test_*signature.py"))
    )
    vectors = re.findall(r"`([0-9A-Za-z+/=]{32,})`", PAGES[page].text)
    assert len(vectors) > 3 and [vector for vector in vectors if vector not in held] == []


# What nobody states


def test_every_variant_is_in_the_index() -> None:
    (rows,) = (rows for _, names, rows in tables(INDEX) if names[0] == "variant")
    wanted = [
        [f"`{one.name}`", one.meaning, ", ".join(f"`{value}`" for value in one.values), one.reference]
        for one in VARIANTS
    ]
    assert rows == wanted


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: str(variant.name))
def test_a_variant_is_named_where_it_is_discussed(variant: Any) -> None:
    told = {name for page in PAGES.values() for name in named(page.text)}
    assert variant.name in told
