"""HTML built from values that know whether they are markup: a plain text is always escaped.

`Html` can only be made here: by `tag`, which escapes, and by `svg_of_ours`, which checks.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from reconciler.reports.escape import safe

_VOID = {"meta", "input", "br", "link"}
_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = {
    *("svg", "g", "defs", "title", "desc", "text", "tspan", "rect", "circle", "ellipse", "line", "path"),
    *("polyline", "polygon", "pattern", "clipPath", "mask", "marker", "linearGradient", "radialGradient"),
    *("stop",),
}
_ACTIVE = ("on", "style", "href", "src")

Attributes = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Html:
    """Markup; everything from outside in it is escaped."""

    text: str


Content = Html | str

BREAK = Html("\n")
"""Where a line may end, so that the markup of a long report can be read and compared."""


def tag(name: str, attributes: Attributes | None = None, *content: Content) -> Html:
    """An element; of the attributes, True stands alone and False is left out."""
    opening = name + "".join(_attribute(*item) for item in (attributes or {}).items())
    if name in _VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{joined(*content).text}</{name}>")


def joined(*content: Content) -> Html:
    """Texts and markup one after the other."""
    return Html("".join([one.text if isinstance(one, Html) else escaped(one) for one in content]))


def raw(name: str, attributes: Attributes, source: str) -> Html:
    """A script or style of ours as it stands in its file; raises ValueError if it would end itself."""
    if f"</{name}" in source.lower() or "<!--" in source:
        raise ValueError(f"what stands in a {name} element must not end it")
    return Html(f"<{name}{''.join(_attribute(*item) for item in attributes.items())}>{source}</{name}>")


def escaped(text: str) -> str:
    """The text for an element or for an attribute in double quotes."""
    return html.escape(safe(text))


def svg_of_ours(text: str) -> Html:
    """A drawing of ours as markup.

    Raises ValueError unless it is well-formed SVG of nothing but shapes and words: no script,
    handler, style, link or other document.
    """
    if "<!" in text or "<?" in text:
        raise ValueError("a picture must not hold declarations")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"a picture is not well-formed: {error}") from error
    if root.tag != f"{_SVG}svg":
        raise ValueError("a picture is not SVG")
    for element in root.iter():
        if element.tag.removeprefix(_SVG) not in _DRAWN:
            raise ValueError(f"a picture must not hold {element.tag}")
        for name in element.attrib:
            if name.rpartition("}")[2].startswith(_ACTIVE):
                raise ValueError(f"a picture must not hold the attribute {name}")
    return Html(text)


def _attribute(name: str, value: str | int | bool) -> str:
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{escaped(str(value))}"'
