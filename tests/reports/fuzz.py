"""Hostile texts in every text field of plans, drift, statuses and problems, and what reports show of them.

A plan of a fixed shape is filled with texts made of hostile pieces, rendered, and parsed back by a
parser that is not ours; its structure must be that of the same plan filled with harmless texts.
A text is worn in the places of one field after the other, so that each sees many.

    python -m tests.reports.fuzz [--texts 10000] [--seed 1]
"""

import argparse
import itertools
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from reconciler.calls import Call
from reconciler.errors import Problem
from reconciler.kinds import actions, managed
from reconciler.model import Address, Impact, Status, Verb
from reconciler.plan.drift import Drift, Drifted
from reconciler.plan.model import Change, Expiry, Plan, PlannedField, Refusal, Step
from reconciler.plan.status import Condition, Health, ResourceStatus, Source, StatusReport
from reconciler.reports.formats import Look, ReportContext, render
from reconciler.reports.markdown import LIMIT
from reconciler.reports.problems import Checked, problems_json, problems_sarif
from reconciler.reports.status import StatusContext, render_status
from tests.support import loaded

PIECES = (
    *("`", "``", "```", "````", "~~~", "\n", "\r", "\r\n", "\n\n", " ", "  ", "\t", "|", "||", "\\", "\\|"),
    *("<", ">", "&", '"', "'", "&lt;", "&#96;", "&#x3c;script&#x3e;", "<!--", "-->", "<![CDATA[", "]]>"),
    *(
        "<script>alert(1)</script>",
        "</script>",
        "</style>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
    ),
    *(
        "</details>",
        "</summary>",
        "<details open>",
        "</code>",
        "</td></tr></table>",
        "</li></ol>",
        "</title>",
    ),
    *(
        "<a href=javascript:alert(1)>",
        "<iframe src=//evil.example>",
        "<base href=//evil.example>",
        "<plaintext>",
    ),
    *("<form action=//evil.example>", "<meta http-equiv=refresh content=0>", "<textarea>", "<!DOCTYPE x>"),
    *('" onmouseover="alert(1)', "' autofocus onfocus='alert(1)", "javascript:alert(1)", "data:text/html,x"),
    *(
        "@octocat",
        "@org/team",
        "#123",
        "GH-7",
        "org/repo#9",
        "!42",
        "~label",
        ":rocket:",
        "http://evil.example",
    ),
    *(
        "www.evil.example",
        "[link](http://evil.example)",
        "![image](http://evil.example/x.png)",
        "[x]: http://e",
    ),
    *(
        "# head",
        "\n# head",
        "\n- item",
        "\n1. item",
        "\n> quote",
        "\n---",
        "\n===",
        "\n    code",
        "**b**",
        "_i_",
    ),
    *("\n| a | b |\n|---|---|", "\n```diff\n", "\n@@ x @@", "\n+ x", "\n- x", "$x^2$", "[^1]", "- [x] done"),
    *(
        "::error::x",
        "\n::error file=a::x",
        "::set-output name=a::b",
        "##[error]x",
        "##vso[task.setvariable]x",
    ),
    *("\n##[group]x", "###[", "##teamcity[x]", "::stop-commands::x", "\n::add-mask::x", "##", "[", "::"),
    *(
        "\x1b[31m",
        "\x1b]8;;http://evil.example\x07",
        "\x1b[2J",
        "\x9b31m",
        "\x00",
        "\x07",
        "\x08",
        "\x0b",
        "\x0c",
    ),
    *("\x7f", "\x85", "\xa0", "\xad", "\u061c", "\u200b", "\u200d", "\u202e", "\u2066", "\u2028", "\u2029"),
    *(
        "\ufeff",
        "\ufffe",
        "\u3164",
        "\U000e0041",
        "\ud800",
        "\u4e2d\u6587",
        "\u0301",
        "\U0001f600",
        "..",
        "%00",
    ),
    *("word", "x", "spec.publish[0].url", "Kind/name", "{}", "${{ github.token }}", "%s", "{0}", "null", "0"),
)
"""What markup, terminals, CI services and parsers take for something else than text."""

FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)
MARKDOWN = MarkdownIt("gfm-like", {"html": True})


def texts(count: int, seed: int) -> list[str]:
    """So many texts of one to six pieces, the same for the same seed; each piece alone comes first."""
    chance = random.Random(seed)
    made = ("".join(chance.choices(PIECES, k=chance.randint(1, 6))) for _ in itertools.count())
    return list(itertools.islice(itertools.chain(PIECES, made), count))


class Filler:
    """Gives one text after the other, and begins again at the end; counts how many were taken."""

    def __init__(self, given: list[str]) -> None:
        self._texts = itertools.cycle(given)
        self.taken = 0

    def __call__(self) -> str:
        self.taken += 1
        return next(self._texts)


# What is filled; which fields are absent, which impacts there are and what is alike never changes


def plan_of(fill: Filler) -> Plan:
    """A plan of seven changes, the last two of them alike."""
    singles = [_change(fill, number) for number in range(6)]
    alike = _change(fill, 6)
    return Plan(
        workspace=fill(),
        lineage=fill(),
        serial=3,
        fingerprint="",
        changes=(*singles, alike, replace(alike, address=Address("Kind7", fill()))),
        unchanged=1,
        eta_seconds=1.5,
        warnings=(fill(), fill()),
        probation={Address("Kind", fill()): f"1{fill()}"},
        refusals=(Refusal(fill(), fill(), (Address("Kind", fill()),)),),
        expiries=(
            Expiry(_address(fill), fill(), f"2{fill()}", fill(), True),
            Expiry(_address(fill), fill(), f"3{fill()}", fill(), False),
        ),
    )


def _address(fill: Filler) -> Address:
    return Address(fill(), fill())


def _change(fill: Filler, number: int) -> Change:
    impact = list(Impact)[number % len(Impact)]
    fields = (
        PlannedField(fill(), fill(), {fill(): [fill()]}, impact, True, fill(), fill()),
        PlannedField(fill(), None, fill(), Impact.NONE, False),
        PlannedField(fill(), fill(), None, Impact.NONE, True, fill()),
    )
    return Change(
        address=Address(f"Kind{number}", fill()),
        verb=list(Verb)[number % len(Verb)],
        impact=impact,
        visible=bool(number % 2),
        reason=fill(),
        fields=fields if number % 3 or number == 6 else (),
        steps=(Step(fill(), Call(next(iter(actions().values())), fill(), {}), None),),
        because=(_address(fill),),
    )


def drift_of(fill: Filler) -> Drift:
    plan = plan_of(fill)
    alike = (fill(), fill(), fill(), fill())
    rows = [Drifted(change, fill(), fill(), fill(), fill()) for change in plan.changes[:6]]
    return Drift(plan, (*rows, *(Drifted(change, *alike) for change in plan.changes[6:])), 1, 2)


def context_of(fill: Filler, plan: Plan) -> ReportContext:
    return ReportContext(fill(), {change.address: {fill(): fill()} for change in plan.changes}, cloud=fill())


RELAY = """
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: hall}
spec: {room: 1, user: {userId: host}, publish: [{url: rtmp://push.example/live/hall}]}
"""


def status_of(fill: Filler) -> StatusReport:
    """A status with a resource of each health; the kind and the spec are what a card is made of."""
    [resource] = loaded(RELAY).resources
    rows = [
        ResourceStatus(
            address=Address(resource.address.kind, fill()),
            status=list(Condition)[number],
            wanted=None if number else Status.RUNNING,
            health=health,
            since="2026-01-01T00:00:00Z",
            started_at=None,
            source=list(Source)[number],
            evidence=fill(),
            goes_to=(_unbroken(fill()), fill()),
            ends=(Expiry(resource.address, fill(), "2026-01-01T12:00:00Z", fill(), soon=True),),
            labels={fill(): fill()},
            spec=managed(resource.address).read(resource.spec),
        )
        for number, health in enumerate(Health)
    ]
    return StatusReport(
        workspace=fill(),
        at="2026-01-01T06:00:00Z",
        serial=1,
        lineage=fill(),
        resources=tuple(rows),
        warnings=(fill(), fill()),
        state_location=fill(),
    )


def _unbroken(text: str) -> str:
    """A text that is a card's route: where it could break after each slash, pages would differ."""
    return text.replace("/", "|")


def checked_of(fill: Filler) -> Checked:
    found = tuple(Problem(_file(fill()), line, line, fill(), fill()) for line in (1, 2, 0) * 8)
    return Checked(found[:12], found[12:], fill(), 1, 1)


def _file(text: str) -> str:
    """A text that a file can be named by: it has no zero byte, and can be encoded."""
    return text.replace("\x00", "").replace("\ud800", "") + "x"


# What a reader finds


def lines_are_safe(text: str) -> None:
    """No line is a command for a CI service, and no character is more than ink."""
    assert FORBIDDEN.search(text) is None, FORBIDDEN.search(text)
    assert COMMAND.search(text) is None, COMMAND.search(text)


def text_shape(text: str) -> None:
    """Text has lines alone; in colour there are no escapes but those that colour."""
    lines_are_safe(re.sub(r"\x1b\[[0-9;]*m", "", text))


def markdown_shape(text: str) -> list[Any]:
    """The tree of a comment with all text in it that does not stand in code."""
    lines_are_safe(text)
    assert len(text) <= LIMIT
    return [_token_shape(token) for token in MARKDOWN.parse(text)]


def _token_shape(token: Token) -> Any:
    if token.type == "html_block" and not token.content.startswith("<!-- reconciler "):
        root = html5lib.parseFragment(token.content, treebuilder="etree", namespaceHTMLElements=False)
        return ("html", [_html_shape(element) for element in root.iter()])
    if token.type == "html_block":
        return ("marker", token.content.count("-->"), token.content.endswith("-->\n"))
    if token.type == "fence":
        return ("fence", token.info, [line[:2] for line in token.content.splitlines()])
    if token.type == "inline":
        return [(one.type, one.tag, one.content * (one.type == "text")) for one in token.children or ()]
    return (token.type, token.tag, sorted(token.attrs.items()))


def _html_shape(element: Element) -> Any:
    text = "" if element.tag == "code" else element.text
    return (element.tag, dict(element.attrib), text, element.tail)


def html_shape(text: str) -> list[Any]:
    """Every element in order with the names of its attributes, as browsers read it; an error in it is one."""
    lines_are_safe(text)
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return [_element_shape(one) for one in parser.parse(text).iter()]


def _element_shape(element: Element) -> Any:
    active = {"href", "http-equiv", "class", "type", "role", "id"}
    kept = {name: value for name, value in element.attrib.items() if name in active}
    source = element.text if element.tag in ("style", "script") else ""
    return (element.tag, sorted(element.attrib), kept, source)


def json_shape(text: str) -> Any:
    """The types of everything, with the keys that are ours."""
    lines_are_safe(text)
    assert text.isascii()
    return _types(json.loads(text))


def _types(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        ours = name not in ("probation", "before", "after", "labels")
        return [(key if ours else "", _types(inner, key)) for key, inner in value.items()]
    if isinstance(value, list):
        return [_types(inner, name) for inner in value]
    return type(value).__name__


def sarif_shape(text: str) -> Any:
    """The same, of what the standard's own schema allows."""
    Sarif.model_validate_json(text)
    return json_shape(text)


# All of it


def _plan_in(form: str, look: Look) -> Callable[[Filler], str]:
    def rendered(fill: Filler) -> str:
        plan = plan_of(fill)
        return render(plan, form, look, context_of(fill, plan))

    return rendered


def _drift_in(form: str, look: Look) -> Callable[[Filler], str]:
    def rendered(fill: Filler) -> str:
        drift = drift_of(fill)
        return render(drift, form, look, context_of(fill, drift.plan))

    return rendered


def _status_in(form: str, look: Look) -> Callable[[Filler], str]:
    return lambda fill: render_status(status_of(fill), form, look, StatusContext(fill()))


def _sarif(fill: Filler) -> str:
    return problems_sarif(checked_of(fill), Path("/directory"), "1.0")


CHECKS: dict[str, tuple[Callable[[str], Any], list[Callable[[Filler], str]]]] = {
    "text": (
        text_shape,
        [
            each("text", look)
            for each in (_plan_in, _drift_in, _status_in)
            for look in (Look(60), Look(100, color=True), Look(72, concise=True))
        ],
    ),
    "markdown": (markdown_shape, [_plan_in("markdown", Look()), _drift_in("markdown", Look())]),
    "html": (html_shape, [each("html", Look()) for each in (_plan_in, _drift_in, _status_in)]),
    "json": (json_shape, [each("json", Look()) for each in (_plan_in, _drift_in, _status_in)]),
    "problems": (json_shape, [lambda fill: problems_json(checked_of(fill))]),
    "sarif": (sarif_shape, [_sarif]),
}
"""For each form what is compared, and what is rendered."""


def check(form: str, given: list[str]) -> int:
    """Renders all texts in every way, as many at a time as are taken; gives how many reports that were.

    Raises AssertionError where a report is not built like that of harmless texts.
    """
    shape, ways = CHECKS[form]
    return sum(_check(shape, way, given) for way in ways)


def _check(shape: Callable[[str], Any], way: Callable[[Filler], str], given: list[str]) -> int:
    first = Filler([f"harmless {number}" for number in range(1000)])
    harmless = shape(way(first))
    starts = range(0, len(given), first.taken)
    for number, start in enumerate(starts):
        # The last is as long as the others: a text that comes twice could make two labels one.
        start = min(start, max(0, len(given) - first.taken))
        batch = given[start : start + first.taken]
        turn = number % len(batch)  # else the first field met none but the first text of each batch
        turned = [*batch[turn:], *batch[:turn]]
        assert shape(way(Filler(turned))) == harmless, turned
    return len(starts)


def main() -> None:
    """Every form with so many texts; prints what was done."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for form in CHECKS:
        count = check(form, texts(options.texts, options.seed))
        print(f"{form}: {options.texts} texts in {count} reports, none built otherwise than harmless ones")


if __name__ == "__main__":
    main()
