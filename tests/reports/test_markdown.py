"""A comment of a pull request: never too long, never cut inside, found again, nothing in it breaks out."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.model import Impact
from reconciler.plan.model import Plan
from reconciler.reports.markdown import LIMIT, marker, render_markdown
from reconciler.reports.spans import code, fence, size
from reconciler.reports.view import view_of
from tests.reports.fuzz import MARKDOWN
from tests.reports.kit import large_plan, situation


def longest(plan: Plan) -> Plan:
    """The plan with every text as long as a state file could make it, of characters that count twice."""
    much = "\U0001f600`" * 40_000
    changes = tuple(
        replace(
            change, reason=much, fields=tuple(replace(one, before=much, why=much) for one in change.fields)
        )
        for change in plan.changes
    )
    return replace(plan, changes=changes, warnings=(much,) * 50)


def warned(plan: Plan) -> Plan:
    return replace(plan, warnings=tuple(f"warning {number}" for number in range(5000)))


@pytest.mark.parametrize(
    "count", [0, 1, 30, 200, *(pytest.param(many, marks=pytest.mark.slow) for many in (1000, 5000))]
)
@pytest.mark.parametrize("make", [lambda plan: plan, longest, warned], ids=["plain", "longest", "warned"])
def test_a_comment_is_never_too_long_and_never_cut_inside(count: int, make: Callable[[Plan], Plan]) -> None:
    text = render_markdown(view_of(make(large_plan(count))))
    assert size(text) <= LIMIT
    assert text.count("<details") == text.count("</details>") == text.count("<summary>")
    tokens = MARKDOWN.parse(text)
    fences = [token for token in tokens if token.type == "fence"]
    assert all(token.info == "diff" and token.content.startswith("@@ ") for token in fences)
    assert tokens[-1].type != "fence" or text.rstrip().endswith("`")


@pytest.mark.parametrize("count", [30, 1000, 5000])
def test_every_change_is_shown_or_counted(count: int) -> None:
    text = render_markdown(view_of(large_plan(count)))
    shown = len(re.findall(r"^(?:- |<details><summary>)(?:\*\*|<b>)", text, re.MULTILINE))
    hidden = re.search(r"\*\*(\d+) more changes are not shown here\*\*", text)
    assert shown + (int(hidden[1]) if hidden else 0) == count
    assert (hidden is None) == (count == 30)
    assert shown >= min(count, 300)


def test_the_gravest_keep_their_details_longest() -> None:
    text = render_markdown(view_of(large_plan(400)))
    folded = re.findall(r"<details><summary><b>(\w+)</b>", text)
    lines = re.findall(r"^- \*\*(\w+)\*\*", text, re.MULTILINE)
    assert folded and lines
    ranks = [Impact(word).rank for word in folded + lines]
    assert ranks == sorted(ranks, reverse=True)


def test_a_comment_has_room_for_all_that_is_small() -> None:
    text = render_markdown(view_of(large_plan(30)))
    assert text.count("```diff") == 30 and "not shown" not in text


def test_the_summary_is_in_the_first_lines() -> None:
    lines = render_markdown(view_of(situation("refused").plan)).splitlines()
    assert lines[0] == "<!-- reconciler plan demo -->"
    assert "3 to stop, 1 to forget" in lines[1]
    assert "3 stops" in lines[3] and "refuses" in lines[3] and "2 warnings" in lines[3]


def test_each_workspace_and_report_has_a_comment_of_its_own() -> None:
    view = view_of(large_plan(0))
    others = [replace(view, workspace="other"), replace(view, title="Drift"), replace(view, title="Review")]
    assert len({marker(one) for one in (view, *others)}) == 4
    assert marker(replace(view, workspace="a --> <b>\n@x")).count("-->") == 1


@pytest.mark.parametrize("text", ["`", "``` x", "a`b", " a ", "`` ``` `", "a" * 5000, "\\", "|"])
def test_a_code_span_is_one_span_with_all_of_its_text(text: str) -> None:
    (inline,) = [token for token in MARKDOWN.parse(f"x {code(text)}.") if token.type == "inline"]
    assert [child.type for child in inline.children or ()] == ["text", "code_inline", "text"]
    found = (inline.children or [])[1].content
    assert found == text if len(text) < 5000 else found.endswith("…")


@pytest.mark.parametrize("line", ["```", "````", "~~~", "`````diff", "</details>"])
def test_no_line_ends_a_fence(line: str) -> None:
    (token,) = MARKDOWN.parse(fence(["before", line, "after"], "diff"))
    assert token.content == f"before\n{line}\nafter\n"
