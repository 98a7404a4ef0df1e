"""How plans and drift look, pinned by golden files: every form, text at two widths and in colour.

UPDATE_GOLDEN=1 rewrites what is expected; read what it wrote as a user would. Of HTML the style,
the script and the pictures are left out: tests of their own look at these.
"""

import json
import os
import re
from datetime import timedelta, timezone

import pytest

from reconciler.moments import unix_seconds
from reconciler.plan.model import Plan
from reconciler.plan.saved import SavedPlan, saved_to_json
from reconciler.reports.calendar import Clock
from reconciler.reports.formats import FORMS, Look, ReportContext, render
from reconciler.reports.text import render_text
from reconciler.reports.view import view_of
from tests.reports.kit import GOLDEN, SITUATIONS, large_plan, situation


def reports(name: str) -> dict[str, str]:
    given = situation(name)
    clock = Clock(unix_seconds("2026-01-01T00:00:00Z"), timezone(timedelta(hours=8), "CST"))
    plan = given.plan
    context = ReportContext("state/demo.json", given.labels, cloud="tencentcloud", clock=clock)
    found = {
        "plan-60.txt": render(plan, "text", Look(60), context),
        "plan-100.txt": render(plan, "text", Look(100), context),
        "plan-color.txt": render(plan, "text", Look(100, color=True), context).replace("\x1b", "ESC"),
        "plan-concise.txt": render(plan, "text", Look(100, concise=True), context),
        "plan.md": render(plan, "markdown", context=context),
        "plan.html": bare(render(plan, "html", context=context)),
        "plan.json": render(plan, "json", context=context),
        "saved.json": json.dumps(saved_to_json(SavedPlan(plan, "0", {})), indent=2) + "\n",
    }
    if given.drift is not None:
        found["drift.txt"] = render(given.drift, "text", Look(100), context)
        found["drift-concise.txt"] = render(given.drift, "text", Look(100, concise=True), context)
        found["drift.md"] = render(given.drift, "markdown", context=context)
        found["drift.html"] = bare(render(given.drift, "html", context=context))
        found["drift.json"] = render(given.drift, "json", context=context)
    return found


def bare(text: str) -> str:
    text = re.sub(r"<(style|script)>.*?</\1>", r"<\1>…</\1>", text, flags=re.DOTALL)
    text = re.sub(r"<figure [^>]*><svg.*?</svg><figcaption>", "<figure><figcaption>", text)
    return re.sub(r"sha256-[A-Za-z0-9+/]+=*", "sha256-…", text)


@pytest.mark.parametrize("name", SITUATIONS)
def test_report(name: str) -> None:
    for file, text in reports(name).items():
        path = GOLDEN / name / file
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text)
        assert path.read_text() == text, f"{path} differs; look, then run with UPDATE_GOLDEN=1"


def plans() -> list[Plan]:
    return [*(situation(name).plan for name in SITUATIONS), large_plan(30)]


@pytest.mark.parametrize("concise", [False, True])
@pytest.mark.parametrize("plan", plans(), ids=[*SITUATIONS, "large"])
def test_lines_fit(plan: Plan, concise: bool) -> None:
    for width in (60, 72, 100):
        text = render_text(view_of(plan), width=width, color=False, concise=concise)
        assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("plan", plans(), ids=[*SITUATIONS, "large"])
def test_colour_changes_nothing_but_colour(plan: Plan) -> None:
    view = view_of(plan)
    coloured = render_text(view, width=100, color=True)
    for code in ("0", "1", "31", "32", "33", "36", "90", "1;31", "1;33"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    plain = render_text(view, width=100, color=False)
    assert [line.rstrip() for line in coloured.splitlines()] == plain.splitlines()


def test_each_change_or_group_is_one_line_of_concise_text() -> None:
    view = view_of(large_plan(30))
    lines = render_text(view, width=100, color=False, concise=True).splitlines()
    rows = [line for line in lines if "Stream/stream-" in line]
    assert len(rows) == len(view.groups) == 30
    assert [line.split()[0] for line in rows] == [str(group.row.impact) for group in view.groups]


def test_every_form_begins_with_the_gravest_impact() -> None:
    plan = situation("five-changes").plan
    order = ["IngestStream/opening-film", "MixStream/panel", "RelayStream/interpreter-fr"]
    for form in set(FORMS) - {"json"}:
        text = render(plan, form)
        assert sorted(order, key=text.index) == order


def test_another_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="pdf"):
        render(large_plan(1), "pdf")
