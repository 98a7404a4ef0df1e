"""The HTML report's templates: every text is escaped, and a picture is nothing but shapes and words."""

import ast
import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
from jinja2 import UndefinedError

import reconciler
from reconciler.reports import html
from reconciler.reports.html import render_html
from reconciler.reports.markup import svg_of_ours
from reconciler.reports.pictures import Pictures, svg_of
from reconciler.reports.rows import Row
from reconciler.reports.view import View, view_of
from tests.reports.kit import SITUATIONS, large_plan, situation

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
TEMPLATES = Path(html.__file__).parent / "templates"
SOURCES = sorted(TEMPLATES.glob("*.j2"))
HOSTILE = """"<&'>{{ 7 * 7 }}{% raw %}</style></script><!-- &quot; &#39;"""


def hostile() -> View:
    view = view_of(situation("five-changes").plan, state=HOSTILE, cloud=HOSTILE)
    rows = tuple(replace(row, labels={"label": HOSTILE}, reason=HOSTILE) for row in view.rows)
    groups = tuple(replace(group, rows=rows[:1]) for group in view.groups)
    return replace(view, workspace=HOSTILE, rows=rows, groups=groups, warnings=(HOSTILE,))


def test_a_text_is_itself_again_for_whoever_reads_the_page() -> None:
    """In elements and in attributes, whatever HTML or a template would take it for."""
    page = html5lib.parse(render_html(hostile()), namespaceHTMLElements=False)
    texts = ["".join(one.itertext()) for one in page.iter() if one.tag in ("code", "li", "dd")]
    assert texts.count(HOSTILE) >= 3
    assert f"Plan for workspace {HOSTILE}" in [one.text for one in page.iter("h1")]
    assert f"label={HOSTILE}" in [one.attrib.get("value") for one in page.iter("option")]


def test_what_is_invisible_is_spelled_out() -> None:
    view = replace(view_of(large_plan(1)), workspace="a\u202eb\x00")
    page = render_html(view)
    assert r"workspace a\u{202e}b\u{0}" in page and "\u202e" not in page


def test_what_a_template_misspells_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Row, "unsent")
    with pytest.raises(UndefinedError, match="unsent"):
        render_html(view_of(large_plan(1)))


@pytest.mark.parametrize(("tag", "file"), [("style", "report.css"), ("script", "report.js")])
def test_style_and_script_are_the_files_that_the_policy_names(tag: str, file: str) -> None:
    source = (TEMPLATES / file).read_text(encoding="utf-8")
    page = render_html(view_of(large_plan(1)))
    assert re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL) == [source]
    assert f"</{tag}" not in source.lower() and "<!--" not in source
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    assert f"{tag}-src &#39;sha256-{digest}&#39;;" in page


@pytest.mark.parametrize("file", SOURCES, ids=[file.name for file in SOURCES])
def test_no_template_says_that_a_text_is_safe(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|Markup|__html__|\|\s*(tojson|xmlattr|urlize)\b", source)


@pytest.mark.slow
def test_markup_is_made_in_one_place() -> None:
    """Where a picture was looked at; nothing else is called Markup or has the method that stands for it."""
    root = Path(reconciler.__file__).parent
    calls = [
        (str(file.relative_to(root)), node.lineno)
        for file in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Call) and "Markup" in ast.unparse(node.func))
        or (isinstance(node, ast.FunctionDef) and node.name == "__html__")
    ]
    assert [place for place, _ in calls] == ["reports/markup.py"]


@pytest.mark.slow
def test_templates_are_imported_only_where_a_page_is_asked_for() -> None:
    code = (
        "import sys, reconciler.cli.commands.plan\n"
        "from reconciler.plan.model import Plan\n"
        "from reconciler.reports.formats import render\n"
        "for form in ('text', 'markdown', 'json', 'html'):\n"
        "    render(Plan(workspace='demo', lineage='', serial=1, fingerprint=''), form)\n"
        "    print(form, 'jinja2' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["text False", "markdown False", "json False", "html True"]


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_picture_of_ours_is_allowed(name: str) -> None:
    for change in situation(name).plan.changes:
        picture = svg_of(change)
        if picture is not None:
            assert svg_of_ours(picture) == picture


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<svg>",
        "<svg/>",
        f"<html {NAMESPACE}/>",
        f"<svg {NAMESPACE}><script>alert(1)</script></svg>",
        f'<svg {NAMESPACE} onload="alert(1)"/>',
        f'<svg {NAMESPACE}><rect style="fill:url(http://e)"/></svg>',
        f'<svg {NAMESPACE}><a href="http://e"/></svg>',
        f'<svg {NAMESPACE}><image href="http://e"/></svg>',
        f'<svg {NAMESPACE} xmlns:x="http://www.w3.org/1999/xlink"><rect x:href="#a"/></svg>',
        f"<svg {NAMESPACE}><foreignObject/></svg>",
        f'<svg {NAMESPACE}><p xmlns="http://www.w3.org/1999/xhtml"/></svg>',
        f"<svg {NAMESPACE}><![CDATA[<script>]]></svg>",
        f"<!DOCTYPE svg><svg {NAMESPACE}/>",
        f"<?xml version='1.0'?><svg {NAMESPACE}/>",
        f"<svg {NAMESPACE}/><svg {NAMESPACE}/>",
    ],
)
def test_a_picture_of_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="picture"):
        svg_of_ours(text)


def test_a_report_does_not_take_a_strange_picture() -> None:
    plan = large_plan(1)
    with pytest.raises(ValueError, match="script"):
        render_html(view_of(plan), Pictures({plan.changes[0].address: f"<svg {NAMESPACE}><script/></svg>"}))
