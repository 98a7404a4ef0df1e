"""Every rule of docs/rules.md, by manifests that break it and manifests at its boundary.

cases/<area>.yaml has the cases of one area of the page, in the page's order. Keys of a case:

    rule       its ID
    base       the document that it is a change of, in bases/; each of those is told nothing of by itself
    set        {path below spec: value} laid over the base; null takes out
    workspace  the same, laid over the Workspace
    with       whole documents beside the base
    listed     variables that RECONCILER_SECRETS lists
    applied    as `set`, of what was applied before; for `sends`

and one of

    refused    "PATH: text": refused, for this one reason; text stands in the message
    warned     the same, or a list: not refused, and told just this
    accepted   true: told nothing
    sends      {action: {path in the request: value}}: told nothing, and this is sent; null is nothing,
               and the path `.` is the whole request

`!times [65, a]` is a long text, `!each [17, {userId: "u{}"}]` a long list. golden/rules/<area>.txt has what
is told of each, with places in the files as kit.py writes them; UPDATE_GOLDEN=1 rewrites those. Read what
it wrote as a user would.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.errors import Problem

from ...support import TESTS, one_in
from .kit import RULES, Case, at, cases_in, requests, told

PAGE = TESTS.parent / "docs" / "rules.md"
GOLDEN = TESTS / "golden" / "rules"
AREAS = sorted((RULES / "cases").glob("*.yaml"))
BASES = sorted((RULES / "bases").glob("*.yaml"))
CASES = {area: cases_in(area) for area in AREAS}

EFFECTS = ("refused", "warned", "by construction")
_ROW = re.compile(r"\| ([A-Z]{2,3}-\d{2}) \| (.+) \| (.+) \| ([a-z ]+) \| (.+) \|")


class Rule(NamedTuple):
    """A row of the page, and the heading it stands under."""

    area: str
    name: str
    effect: str


def rules_of_the_page() -> list[Rule]:
    rules, area = [], ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            area = line.removeprefix("## ").lower().replace(" ", "-")
        elif row := _ROW.fullmatch(line):
            rules.append(Rule(area, row[1], row[4]))
    return rules


PAGE_RULES = rules_of_the_page()

CASES_OF: dict[str, list[Case]] = {}
for _case in (case for cases in CASES.values() for case in cases):
    CASES_OF.setdefault(_case.rule, []).append(_case)
each_area = pytest.mark.parametrize("area", AREAS, ids=lambda path: str(path.stem))


def assert_told(found: Iterable[Problem], expected: Iterable[str]) -> None:
    """Just what is expected, each `PATH: text`, in any order."""
    problems, left = list(found), list(expected)
    for problem in problems:
        fitting = [one for one in left if _fits(problem, one)]
        assert fitting, f"{problem}; expected {left or 'nothing'}"
        left.remove(fitting[0])
    assert not left, f"not told: {left}; found {[str(one) for one in problems] or 'nothing'}"


def _fits(problem: Problem, expected: str) -> bool:
    path, _, text = expected.partition(": ")
    assert text, f"{expected!r} is not PATH: text"
    return problem.path == path and text in problem.message


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each case's files are written: a case names its own, and others do no harm."""
    return tmp_path_factory.mktemp("cases")


@pytest.fixture
def folder(written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(written)
    return written


@pytest.mark.parametrize("rule", CASES_OF)
def test_cases(rule: str, folder: Path) -> None:
    for case in CASES_OF[rule]:
        assert_case(case, folder)


def assert_case(case: Case, folder: Path) -> None:
    found = told(case, folder)
    assert_told(found.problems, [case.refused] if case.refused else [])
    assert_told(found.warnings, case.warned)
    sent = list(requests(case, folder)) if case.sends else []
    for action, fields in case.sends.items():
        whole = [request for name, request in sent if name == action]
        assert len(whole) == 1, f"{len(whole)} calls of {action}: {sent}"
        found_fields = {path: whole[0] if path == "." else at(whole[0], path) for path in fields}
        assert found_fields == fields


@pytest.mark.parametrize("area", one_in(4, AREAS, lambda area: str(area.stem)))
def test_messages(area: Path, folder: Path) -> None:
    golden = GOLDEN / f"{area.stem}.txt"
    lines = [f"{case.rule}  {line}\n" for case in CASES[area] for line in told(case, folder).lines()]
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text("".join(lines))
    assert "".join(lines) == golden.read_text()


@pytest.mark.parametrize("base", BASES, ids=lambda path: str(path.stem))
def test_nothing_is_told_of_a_base(base: Path, folder: Path) -> None:
    assert told(Case("", base.stem), folder).lines() == ["nothing is told"]


# The page and the cases


def test_a_rule_has_one_name_and_a_known_effect() -> None:
    names = [rule.name for rule in PAGE_RULES]
    assert len(names) > 190 and len(set(names)) == len(names)
    assert {rule.effect for rule in PAGE_RULES} == set(EFFECTS)


def test_every_row_of_a_rule_is_read() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if re.match(r"\| *[A-Z]+-\d", line)]
    assert len(rows) == len(PAGE_RULES)


def test_an_area_has_a_file_of_cases_and_what_is_told_of_them() -> None:
    areas = {rule.area for rule in PAGE_RULES}
    assert {file.stem for file in AREAS} == areas
    assert {file.stem for file in GOLDEN.iterdir()} == areas


@each_area
def test_cases_stand_in_the_order_of_the_page(area: Path) -> None:
    page = [rule.name for rule in PAGE_RULES if rule.area == area.stem]
    assert list(dict.fromkeys(case.rule for case in CASES[area])) == page
    places = [page.index(case.rule) for case in CASES[area]]
    assert places == sorted(places)


@pytest.mark.parametrize("rule", PAGE_RULES, ids=lambda rule: str(rule.name))
def test_a_rule_is_broken_and_kept(rule: Rule) -> None:
    cases = [case for listed in CASES.values() for case in listed if case.rule == rule.name]
    if rule.effect == "by construction":
        assert any(case.sends or case.accepted for case in cases)
        return
    assert any(case.refused if rule.effect == "refused" else case.warned for case in cases)
    assert any(case.accepted or case.sends for case in cases)
