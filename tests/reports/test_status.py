"""How a status looks, pinned by golden files: text at two widths and in colour, json and html; its schema.

UPDATE_GOLDEN=1 rewrites what is expected; read what it wrote as a user would. Of HTML the style, the script
and the pictures are left out: tests of their own look at these.
"""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.cli.options import Selection
from reconciler.cli.status_watch import fitted
from reconciler.kinds.concealing import conceal
from reconciler.model import Address, Status, Verb
from reconciler.plan.codec import status_to_json
from reconciler.plan.schema import status_schema
from reconciler.plan.status import Condition, Health, ResourceStatus, Source, StatusReport
from reconciler.planning.choice import labels_of
from reconciler.reports.calendar import Clock
from reconciler.reports.formats import Look
from reconciler.reports.page import cells
from reconciler.reports.status import STATUS_FORMS, changed_lines, render_status, status_line
from reconciler.schema import schema_text
from reconciler.state.model import State
from tests.reports.fuzz import html_shape, lines_are_safe
from tests.reports.status_kit import CONTEXT, GOLDEN, NOW, SITUATIONS, reported, situation
from tests.secrets.checks import EVERY, KEY, TOKEN
from tests.support import LINEAGE, applied, examples, loaded, names

from .test_plan_schema import closed

FILE = Path(__file__).parents[2] / "docs" / "schema" / "status.json"
STRICT = Draft202012Validator(closed(status_schema()))
OPEN = Draft202012Validator(status_schema())


def reports(name: str) -> dict[str, str]:
    report = situation(name)
    return {
        "status-68.txt": render_status(report, "text", Look(68), CONTEXT),
        "status-100.txt": render_status(report, "text", Look(100), CONTEXT),
        "status-color.txt": render_status(report, "text", Look(100, color=True), CONTEXT).replace(
            "\x1b", "ESC"
        ),
        "status.json": render_status(report, "json", context=CONTEXT),
        "status.html": bare(render_status(report, "html", context=CONTEXT)),
    }


def bare(text: str) -> str:
    text = re.sub(r"<(style|script)>.*?</\1>", r"<\1>…</\1>", text, flags=re.DOTALL)
    text = re.sub(r"<svg.*?</svg>(?=\s*(<p|</div>))", "<svg/>", text, flags=re.DOTALL)
    return re.sub(r"sha256-[A-Za-z0-9+/]+=*", "sha256-…", text)


@pytest.mark.parametrize("name", SITUATIONS)
def test_report(name: str) -> None:
    for file, text in reports(name).items():
        path = GOLDEN / name / file
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text)
        assert path.read_text() == text, f"{path} differs; look, then run with UPDATE_GOLDEN=1"


@pytest.mark.parametrize("name", SITUATIONS)
def test_lines_fit_and_colour_changes_nothing_else(name: str) -> None:
    report, context = situation(name), replace(CONTEXT, clock=Clock(NOW))
    for width in (60, 72, 84, 100, 120):
        text = render_status(report, "text", Look(width), context)
        assert max(map(len, text.splitlines()[1:])) <= width
        coloured = render_status(report, "text", Look(width, color=True), context)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
        assert [line.rstrip() for line in plain.splitlines()] == text.splitlines()


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_page_is_sound_and_shows_each_resource_once(name: str) -> None:
    report = situation(name)
    page = render_status(report, "html", context=CONTEXT)
    assert html_shape(page)
    names = re.findall(r'<code class="name"><span>(\w+)<i class="heard">/</i></span>([^<]+)</code>', page)
    assert sorted("/".join(one) for one in names) == sorted(str(one.address) for one in report.resources)


def test_another_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="markdown"):
        render_status(situation("conference"), "markdown")


# JSON


def test_the_committed_schema_is_as_generated() -> None:
    assert FILE.read_text() == schema_text(status_schema())
    Draft202012Validator.check_schema(status_schema())


@pytest.mark.parametrize("name", SITUATIONS)
def test_real_reports_fit_the_schema(name: str) -> None:
    STRICT.validate(json.loads(render_status(situation(name), "json")))


def test_a_part_fits_the_schema_and_says_what_it_leaves_out() -> None:
    workspace = loaded((GOLDEN / "all-as-wanted" / "manifests.yaml").read_text())
    state = State(LINEAGE, 7, applied(workspace).entries)
    choice = Selection(("MixStream/hall",), (), ()).choice(labels_of(workspace.resources, state))
    report = reported(workspace, state, {}, choice)
    data = status_to_json(report)
    STRICT.validate(data)
    assert data["selection"]["leftOut"] == 1
    text = render_status(report, "text")
    assert text.startswith("Partial status of workspace demo") and "1 resource left out" in text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("formatVersion",), 2),
        (("at",), None),
        (("resources", 0, "status"), "on"),
        (("resources", 0, "wanted"), "on"),
        (("resources", 0, "health"), ""),
        (("resources", 0, "source"), "somebody"),
        (("resources", 0, "address"), "mixstream"),
        (("resources", 0, "goesTo"), None),
        (("resources", 0, "ends"), [{}]),
        (("summary", "running"), -1),
    ],
)
def test_what_is_no_status_does_not_fit(path: tuple[str | int, ...], value: Any) -> None:
    data = json.loads(render_status(situation("conference"), "json"))
    assert OPEN.is_valid({**data, "cost": 1})
    inner: Any = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert not OPEN.is_valid(data)


@pytest.mark.parametrize("key", ["formatVersion", "workspace", "at", "resources", "summary", "warnings"])
def test_what_is_promised_is_required(key: str) -> None:
    data = json.loads(render_status(situation("conference"), "json"))
    del data[key]
    assert not OPEN.is_valid(data)


def test_as_one_line_it_says_the_same() -> None:
    report = situation("conference")
    line = render_status(report, "json", context=replace(CONTEXT, as_line=True))
    assert line.count("\n") == 1 and line.endswith("\n")
    assert json.loads(line) == json.loads(render_status(report, "json"))


hostile = st.text(max_size=30) | st.sampled_from(
    ["\x1b[2J", "::error::x", "##[error]x", "a\u202eb", "漢字" * 9]
)
resources = st.builds(
    ResourceStatus,
    address=st.builds(Address, st.sampled_from(["MixStream", "LiveStream"]), names),
    status=st.sampled_from(Condition),
    wanted=st.none() | st.sampled_from(Status),
    health=st.sampled_from(Health),
    since=st.none() | st.just("2026-01-01T07:45:00Z"),
    started_at=st.none() | st.just("2026-01-01T07:45:00Z"),
    source=st.sampled_from(Source),
    evidence=hostile,
    goes_to=st.lists(hostile, max_size=3).map(tuple),
    labels=st.dictionaries(hostile, hostile, max_size=2),
    verb=st.sampled_from(Verb),
)


@examples(40)
@given(
    st.lists(resources, max_size=4, unique_by=lambda one: one.address),
    st.lists(hostile, max_size=2).map(tuple),
    hostile,
)
def test_any_status_is_sound_and_harmless(
    found: list[ResourceStatus], warnings: tuple[str, ...], name: str
) -> None:
    report = replace(report_of(*found), warnings=warnings, workspace=name)
    STRICT.validate(json.loads(render_status(report, "json")))
    for width in (60, 100):
        text = render_status(report, "text", Look(width))
        lines_are_safe(text)
        assert max(map(cells, text.split("\n")[1:])) <= width


# Secrets


@pytest.mark.parametrize("form", STATUS_FORMS)
@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "declared"])
def test_no_secret_in_clear_is_in_any_form(form: str, recorded: bool) -> None:
    workspace = loaded(EVERY.replace("TOKEN", TOKEN))
    workspace = replace(workspace, resources=conceal(workspace.resources, KEY).resources)
    state = State(LINEAGE, 7, applied(workspace).entries if recorded else {})
    text = render_status(reported(workspace, state, {}), form, Look(200), CONTEXT)
    assert TOKEN not in text and "hmac" not in text
    assert "relayed" in text


# Watching


def resource(name: str, status: Condition, evidence: str = "so") -> ResourceStatus:
    address = Address("MixStream", name)
    return ResourceStatus(address, status, Status.RUNNING, Health.OK, None, None, Source.LIVE, evidence)


def report_of(*resources: ResourceStatus) -> StatusReport:
    return StatusReport(workspace="w", at="2026-01-01T12:00:00Z", serial=1, lineage="", resources=resources)


def test_what_has_changed_is_told_in_a_line_each() -> None:
    run, silent = Condition.RUNNING, Condition.SILENT
    before = report_of(resource("a", run), resource("b", run), resource("gone", run))
    after = report_of(resource("a", run, "otherwise"), resource("b", silent, "no push"), resource("new", run))
    assert [*changed_lines(before, before)] == []
    assert [*changed_lines(before, after)] == [
        "MixStream/b: running → silent (no push)",
        "MixStream/new: unknown → running (so)",
        "MixStream/gone: running → no longer recorded or declared",
    ]
    assert status_line(after) == "2 running, 1 silent; all as the manifests want"
    assert status_line(report_of()) == "nothing is declared or recorded; nothing to run"


@pytest.mark.parametrize("rows", range(12))
def test_what_is_too_high_for_a_terminal_keeps_its_sums(rows: int) -> None:
    lines = [str(number) for number in range(10)]
    shown = fitted(lines, rows)
    assert shown[-1] == "9"
    assert len(shown) <= max(rows, 5)
    if rows >= 10:
        assert shown == lines
    else:
        left_out = next(int(line.split()[1]) for line in shown if line.startswith("…"))
        assert left_out + len(shown) - 1 == len(lines)
