"""Bugs of reports and comparing on purpose: each is switched on for a block, and its check must fail of it.

python -m tests.reports.mutants
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any
from unittest.mock import patch

from jinja2 import Environment, Undefined, UndefinedError
from markupsafe import Markup

from reconciler import moments
from reconciler.kinds import essence as kinds_essence
from reconciler.model import Address, Impact, Path, Verb
from reconciler.plan.model import Change, Selection
from reconciler.planning import cases, drafting, impact, pauses, walk
from reconciler.planning import essence as planned_essence
from reconciler.planning.choice import Choice
from reconciler.planning.planner import make_plan
from reconciler.planning.walk import FieldChange, Identity, differences
from reconciler.reports import html, notices, rows, view
from reconciler.reports.formats import render
from reconciler.reports.html import render_html
from reconciler.reports.parts import Parted
from reconciler.reports.pictures import Pictures
from reconciler.reports.rows import Line, Row
from reconciler.reports.view import view_of
from reconciler.state.model import State
from tests.support import MIX, loaded

from .kit import large_plan, situation

Mutant = Callable[[], AbstractContextManager[Any]]
Check = Callable[[], None]


def templates(**options: Any) -> Mutant:
    """The templates in an environment that differs in some options."""

    @contextmanager
    def switched() -> Iterator[None]:
        def other(**given: Any) -> Environment:
            return Environment(**{**given, **options})

        html._environment.cache_clear()
        try:
            with patch.object(html, "Environment", other):
                yield
        finally:
            html._environment.cache_clear()

    return switched


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a class or a module, replaced."""
    return lambda: patch.multiple(owner, **attributes)


def page_of(workspace: str) -> str:
    return render_html(replace(view_of(large_plan(1)), workspace=workspace))


def escapes() -> None:
    page = page_of("<script>&\"'")
    assert "workspace &lt;script&gt;&amp;&#34;&#39;" in page and "workspace <script>" not in page


def spells_out() -> None:
    assert "\u202e" not in page_of("a\u202eb")


def looks_at_pictures() -> None:
    plan = large_plan(1)
    picture = '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'
    try:
        render_html(view_of(plan), Pictures({plan.changes[0].address: picture}))
    except ValueError:
        return
    raise AssertionError("a picture with a script is in the page")


def tells_types_apart() -> None:
    assert paths({"a": 1}, {"a": True}) == [("a",)]


def tells_null_from_absent() -> None:
    assert paths({"a": None}, {}) == [("a",)]


def pairs_by_key() -> None:
    found = differences(
        {"to": [{"url": "a", "n": 1}, {"url": "b", "n": 1}]},
        {"to": [{"url": "b", "n": 2}, {"url": "a", "n": 1}]},
        {("to",): Identity(("url",))},
    )
    assert found == (FieldChange(("to", 0, "n"), 1, 2),)


def tells_what_moved() -> None:
    sides = ({"slots": [{"name": name} for name in names]} for names in ("ab", "ba"))
    assert len(differences(*sides, {("slots",): Identity(("name",), ordered=True)})) == 1


def refuses_what_is_not_there() -> None:
    with patch.object(html, "filters_of", lambda _: object()):
        try:
            page_of("demo")
        except UndefinedError:
            return
    raise AssertionError("a page is made without its filters")


def is_in_utc() -> None:
    assert moments.rfc3339(0) == "1970-01-01T00:00:00Z"
    assert moments.unix_seconds("1970-01-01T00:00:00") == 0


def says_what_is_left_out() -> None:
    plan = replace(large_plan(1), selection=Selection(left_out=2, left_out_changes=1))
    shown = render(plan, "text")
    assert "Partial plan" in shown and "2 resources left out, 1 of which would change" in shown


def judges_what_is_left_out() -> None:
    hall = loaded(MIX)
    choice = Choice(lambda address, labels: False, selection=Selection())
    plan = make_plan(hall.settings, hall.resources, State(), {}, choice, now=0)
    assert plan.selection == Selection(left_out=1, left_out_changes=1)


def tells_what_starts() -> None:
    (change,) = started(MIX)
    assert [one.label for one in change.fields][:2] == ["room", "to"]


def tells_starts_apart() -> None:
    louder = MIX.replace("hall", "other").replace("  room", "  audio: {encode: {bitRate: 128}}\n  room")
    found = {change.alike for change in started(f"{MIX}---{louder}")}
    assert len(found) == 2


def masks_what_starts() -> None:
    spec = "room: 1, streamUrl: 'https://example.com/a.mp4?sig=abcdefgh'"
    (change,) = started(
        f"apiVersion: reconciler/v1\nkind: IngestStream\nmetadata: {{name: film}}\nspec: {{{spec}}}\n"
    )
    assert not any("abcdefgh" in one.words for one in change.fields)


def started(text: str) -> tuple[Change, ...]:
    workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, State(), {}, now=0).changes


def tells_one_cause_once() -> None:
    assert len(notices.notices_of(["MixStream/a: ends", "MixStream/b: ends"])) == 1


def tells_what_is_shared_once() -> None:
    line = Line("spec.a", "1", "2", Impact.NONE, False)
    own = replace(line, path="spec.b")
    names = (Address("MixStream", name) for name in "ab")
    made = [
        Row(address, Verb.UPDATE, Impact.NONE, False, "", lines, ())
        for address, lines in zip(names, ((line,), (line, own)), strict=True)
    ]
    assert len(view.parted(made).parts) == 1


def shows_where_long_values_differ() -> None:
    before, after = rows.cut_both("x" * 100 + "a", "x" * 100 + "b", 40)
    assert before != after


def asserted(holds: Callable[[], bool]) -> Check:
    """A check that something holds."""

    def check() -> None:
        assert holds()

    return check


def paths(before: Any, after: Any) -> list[Path]:
    return [change.path for change in differences(before, after, {})]


def _absent_is_null(old: Any, new: Any, path: Path, fields: tuple[str, ...], identities: Any) -> Any:
    none = [None if value is walk._ABSENT else value for value in (old, new)]
    return WALK(*none, path, fields, identities)


def _loosely(old: Any, new: Any, path: Path, fields: tuple[str, ...], identities: Any) -> Any:
    return WALK(old, new, path, fields, identities) if old != new else iter(())


WALK = walk._walk
EAST = timezone(timedelta(hours=8))
MUTANTS: dict[str, tuple[Mutant, Check]] = {
    "values are not escaped": (templates(autoescape=False), escapes),
    "what is invisible is shown": (templates(finalize=str), spells_out),
    "pictures are not looked at": (changed(html, svg_of_ours=Markup), looks_at_pictures),
    "1 is true": (changed(walk, _walk=_loosely), tells_types_apart),
    "what is absent is null": (changed(walk, _walk=_absent_is_null), tells_null_from_absent),
    "lists are compared by place": (
        changed(walk, _by_identity=lambda old, new, _: walk._by_place(old, new)),
        pairs_by_key,
    ),
    "what moved is not told": (changed(walk, _moved=lambda *_: iter(())), tells_what_moved),
    "a page does without what is not there": (templates(undefined=Undefined), refuses_what_is_not_there),
    "a start shows nothing": (
        changed(drafting, whole_of=lambda *_: planned_essence.Whole()),
        tells_what_starts,
    ),
    "any two starts are alike": (changed(planned_essence, _likeness=lambda *_: "same"), tells_starts_apart),
    "a source's secret is shown": (changed(kinds_essence, masked=str), masks_what_starts),
    "each place is told by itself": (
        changed(notices, _cause=lambda place, text: (place, text)),
        tells_one_cause_once,
    ),
    "what is shared is told with each": (
        changed(view, parted=lambda of: Parted(tuple(of))),
        tells_what_is_shared_once,
    ),
    "long values are cut at their end": (
        changed(rows, cut_both=lambda one, other, most: (one[:most], other[:most])),
        shows_where_long_values_differ,
    ),
    "a pause is no impact of its own": (
        changed(impact, _BY_VERB={}),
        asserted(lambda: situation("paused").plan.changes[0].impact is Impact.PAUSE),
    ),
    "a start in doubt interrupts nothing": (
        changed(cases.Case, is_doubtful=False),
        asserted(lambda: situation("uncertain-retry").plan.changes[0].impact is Impact.RESTART),
    ),
    "a first plan is green": (
        changed(view.View, is_calm=True),
        asserted(lambda: "verdict wary" in render(situation("first-apply").plan, "html")),
    ),
    "a pause does not say what shows it": (
        changed(pauses, _shown=lambda records: {}),
        asserted(lambda: len(situation("paused").plan.changes[0].shown_by) == 2),
    ),
    "a part looks like the whole": (changed(view, left_out=lambda selection: ""), says_what_is_left_out),
    "what is left out is not judged": (changed(drafting, plan_case=lambda *_: None), judges_what_is_left_out),
    "a text without an offset is in the machine's zone": (changed(moments, UTC=EAST), is_in_utc),
}


def caught_by(mutant: Mutant, check: Check) -> bool:
    """Whether the check fails of it; without it, the check passes."""
    check()
    with mutant():
        try:
            check()
        except AssertionError:
            return True
    return False


def main() -> int:
    missed = [name for name, pair in MUTANTS.items() if not caught_by(*pair)]
    for name in MUTANTS:
        print(f"{'missed' if name in missed else 'caught'}: {name}")
    return len(missed)


if __name__ == "__main__":
    sys.exit(main())
