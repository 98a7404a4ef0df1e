"""What is of one cause is told once, and nothing that differs is hidden by it."""

from dataclasses import replace
from datetime import timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import Address, Impact, Verb
from reconciler.moments import rfc3339
from reconciler.plan.model import Expiry
from reconciler.planning.planner import make_plan
from reconciler.reports.calendar import Clock, beside, calendar_of, remaining
from reconciler.reports.formats import FORMS, Look, render
from reconciler.reports.notices import Notice, notices_of
from reconciler.reports.parts import parted
from reconciler.reports.rows import Line, Row, cut_both
from reconciler.state.model import State
from reconciler.words import shortened, shortened_apart
from tests.reports.kit import situation
from tests.support import examples, loaded

WARNINGS = [
    (["a.yaml:1:2: too wide", "b.yaml:7:9: too wide"], [Notice("too wide", ("a.yaml:1:2", "b.yaml:7:9"))]),
    (["MixStream/a: ends", "MixStream/b: ends"], [Notice("ends", ("MixStream/a", "MixStream/b"))]),
    (
        ["MixStream/a: ends", "MixStream/b: begins"],
        [Notice("ends", ("MixStream/a",)), Notice("begins", ("MixStream/b",))],
    ),
    (["too wide", "a.yaml:1:2: too wide"], [Notice("too wide"), Notice("too wide", ("a.yaml:1:2",))]),
    (
        ["MixStream/a: ends at 2026-01-01T00:00:01Z", "MixStream/b: ends at 2026-01-01T00:00:09Z"],
        [Notice("ends at 2026-01-01T00:00:01Z to 2026-01-01T00:00:09Z", ("MixStream/a", "MixStream/b"))],
    ),
    (
        ["MixStream/a: ends at 2026-01-01T00:00:01Z", "MixStream/b: ends at 2026-01-02T00:00:01Z"],
        [
            Notice("ends at 2026-01-01T00:00:01Z", ("MixStream/a",)),
            Notice("ends at 2026-01-02T00:00:01Z", ("MixStream/b",)),
        ],
    ),
]


@pytest.mark.parametrize(("warnings", "expected"), WARNINGS)
def test_warnings_by_cause(warnings: list[str], expected: list[Notice]) -> None:
    assert list(notices_of(warnings)) == expected


def test_all_places_are_in_json_and_html_and_the_first_in_text_and_markdown() -> None:
    plan = situation("equal-warnings").plan
    last = "manifests/halls.yaml:2698:17"
    for form in FORMS:
        shown = render(plan, form)
        assert (last in shown) is (form in ("json", "html")), form
        shown = " ".join(shown.split())  # as text is broken into lines
        assert "empty until someone joins" in shown
        if form != "json":
            assert shown.count("empty until someone joins") == 1 and "300 places" in shown


LAYOUT = """\
apiVersion: reconciler/v1
kind: MixLayout
metadata: {name: duo}
spec:
  canvas: {width: 1280, height: 720}
  mode: custom
  slots:
  - {name: left, imageWidth: 640, imageHeight: 720}
  - {name: right, locationX: 640, imageWidth: 640, imageHeight: 720}
"""
STREAM = """\
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: hall-{number:03}}}
spec:
  room: {room}
  publish: [{{url: "rtmp://3891.livepush.myqcloud.com/live/hall-{number:03}"}}]
  video: {{encode: {{fps: 25, bitRate: 1500, gop: 2}}}}
  layout: {{ref: duo, users: {{left: {{userId: ann}}}}}}
"""


@pytest.mark.slow
def test_three_hundred_streams_with_one_unbound_slot_are_eighty_lines_at_most() -> None:
    streams = (STREAM.format(number=number, room=number + 1) for number in range(300))
    workspace = loaded(LAYOUT + "".join(streams))
    plan = make_plan(workspace.settings, workspace.resources, State(), {}, now=0)
    told = [str(warning) for warning in workspace.warnings]
    assert sum("no user and no" in warning for warning in told) == 300
    for width in (60, 80, 100):
        text = render(replace(plan, warnings=tuple(told)), "text", Look(width))
        assert text.count("backgroundImageUrl") == 1 and "300 places" in text
        assert len(text.splitlines()) <= 80


MOMENTS = [
    (2 * 86400 + 23 * 3600 + 59, "in 2 d 23 h"),
    (86400, "in 1 d"),
    (86400 + 59 * 60, "in 1 d"),
    (3600 + 60, "in 1 h 1 min"),
    (61, "in 1 min 1 s"),
    (5, "in 5 s"),
    (0, "in 0 s"),
    (-7200, "2 h ago"),
]


@pytest.mark.parametrize(("seconds", "expected"), MOMENTS)
def test_how_long_it_is_to_a_moment(seconds: float, expected: str) -> None:
    assert remaining(seconds) == expected


def test_a_moment_is_told_in_the_zone_that_is_asked_for() -> None:
    zone = timezone(timedelta(hours=8), "CST")
    assert beside("2026-01-01T20:00:00Z", Clock(None, zone)) == "2026-01-02 04:00 CST"
    assert beside("1970-01-01T01:00:00Z", Clock(0, zone)) == "in 1 h, 1970-01-01 09:00 CST"
    assert beside("1970-01-01T01:00:00Z", Clock()) == ""


def test_what_ends_in_one_minute_and_is_of_one_sort_is_one_row() -> None:
    def due(name: str, what: str, at: float, kind: str = "MixStream") -> Expiry:
        return Expiry(Address(kind, name), what, rfc3339(at), "")

    found = [
        *(due("a", "TaskId", 0), due("b", "TaskId", 59), due("c", "TaskId", 60)),
        *(due("d", "forbid", 0), due("e", "TaskId", 0, "RelayStream")),
    ]
    rows = calendar_of(found, Clock())
    assert sorted(tuple(str(one) for one in row.addresses) for row in rows) == [
        ("MixStream/a", "MixStream/b"),
        ("MixStream/c",),
        ("MixStream/d",),
        ("RelayStream/e",),
    ]


texts = st.text('ab"', max_size=120)


@examples(200)
@given(texts, texts, texts)
def test_two_values_that_differ_do_so_once_they_are_cut(start: str, one: str, other: str) -> None:
    before, after = start + one, start + other
    cut = cut_both(before, after, 40)
    assert all(len(text) <= 40 for text in cut)
    assert (cut[0] == cut[1]) is (before == after)


lines = st.builds(
    Line,
    st.sampled_from(["spec.a", "spec.b", "spec.c"]),
    st.just("1"),
    st.sampled_from(["2", "3"]),
    st.just(Impact.NONE),
    st.just(False),
)
rows = st.lists(
    st.builds(
        Row,
        st.builds(Address, st.just("MixStream"), st.from_regex("[a-z]{1,8}", fullmatch=True)),
        st.just(Verb.UPDATE),
        st.just(Impact.NONE),
        st.just(False),
        st.just("why"),
        st.lists(lines, max_size=3, unique_by=lambda line: line.path).map(tuple),
        st.just(()),
    ),
    max_size=6,
    unique_by=lambda row: row.address,
)


@examples(200)
@given(rows)
def test_what_is_shared_is_told_once_and_nothing_is_lost(given_rows: list[Row]) -> None:
    found = parted(given_rows)
    by_mark = {part.mark: part for part in found.parts}
    for before, after in zip(given_rows, found.rows, strict=True):
        told = [*after.lines, *(line for mark in after.parts for line in by_mark[mark].lines)]
        assert sorted(told, key=str) == sorted(before.lines, key=str)
        assert all(after.address in by_mark[mark].addresses for mark in after.parts)
    shared = [line for part in found.parts for line in part.lines]
    assert len(shared) == len(set(shared))
    for part in found.parts:
        assert len({row.lines for row in given_rows if row.address in part.addresses}) > 1


@pytest.mark.parametrize(
    ("form", "line"), [("text", "240 → 480"), ("markdown", "\n+ 480\n"), ("html", "<td>480</td>")]
)
def test_a_shared_part_is_told_once_beside_what_each_has_of_its_own(form: str, line: str) -> None:
    shown = render(situation("shared-and-own").plan, form)
    assert shown.count(line) == 1
    assert "MixLayout/stage changed, in 3 changes" in shown


def test_long_names_are_shortened_unless_they_read_alike_then() -> None:
    long = ["x" * 9 + str(number) * 30 + "y" * 9 for number in range(3)]
    assert shortened(long[0]) == "xxxxxxxxx…yyyyyyyyy" and shortened("short") == "short"
    assert shortened_apart(long) == long
    other = [f"{number}{'x' * 40}" for number in range(3)]
    assert all(one != after and len(one) == 19 for one, after in pairwise(shortened_apart(other)))
    assert shortened_apart(["-", "-"]) == ["-", "-"]
