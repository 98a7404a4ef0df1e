"""The one place where a text becomes markup that is not escaped: a picture, after a look at what it holds."""

from xml.etree import ElementTree

from markupsafe import Markup

_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = {
    *("svg", "g", "defs", "title", "desc", "text", "tspan", "rect", "circle", "ellipse", "line", "path"),
    *("polyline", "polygon", "pattern", "clipPath", "mask", "marker", "linearGradient", "radialGradient"),
    *("stop",),
}
_ACTIVE = ("on", "style", "href", "src")


def svg_of_ours(text: str) -> Markup:
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
    tags, names = set[str](), set[str]()
    for element in root.iter():
        tags.add(element.tag)
        names.update(element.attrib)
    for tag in sorted(tags):
        if tag.removeprefix(_SVG) not in _DRAWN:
            raise ValueError(f"a picture must not hold {tag}")
    for name in sorted(names):
        if name.rpartition("}")[2].startswith(_ACTIVE):
            raise ValueError(f"a picture must not hold the attribute {name}")
    return Markup(text)
