"""HTML from values: texts are escaped by their type, and a picture is nothing but shapes and words."""

import pytest

from reconciler.reports.html import render_html
from reconciler.reports.markup import escaped, joined, raw, svg_of_ours, tag
from reconciler.reports.pictures import svg_of
from reconciler.reports.view import view_of
from tests.reports.kit import SITUATIONS, large_plan, situation

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'


def test_a_text_is_escaped_in_an_element_and_in_an_attribute() -> None:
    made = tag("p", {"title": "\"<&'>", "hidden": True, "open": False}, "<b>&", tag("b", {}, "x"))
    assert made.text == ('<p title="&quot;&lt;&amp;&#x27;&gt;" hidden>&lt;b&gt;&amp;<b>x</b></p>')
    assert joined("<", tag("br")).text == "&lt;<br>"
    assert escaped("a\u202e") == r"a\u{202e}"


def test_a_script_cannot_end_itself() -> None:
    assert raw("script", {}, "1 < 2").text == "<script>1 < 2</script>"
    for source in ("x</script>", "x</SCRIPT >", "<!-- x"):
        with pytest.raises(ValueError, match="must not end it"):
            raw("script", {}, source)


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_picture_of_ours_is_allowed(name: str) -> None:
    for change in situation(name).plan.changes:
        picture = svg_of(change)
        if picture is not None:
            assert svg_of_ours(picture).text == picture


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
        render_html(view_of(plan), {plan.changes[0].address: f"<svg {NAMESPACE}><script/></svg>"})
