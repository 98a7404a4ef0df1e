"""Lists of objects, which a store tells page by page."""

from collections.abc import Callable
from xml.etree import ElementTree

from reconciler.backends.objects.bucket import Rejected, Unanswered

KEYS = "{*}Contents/{*}Key"
FOLDERS = "{*}CommonPrefixes/{*}Prefix"


def listed(page: Callable[[str], bytes], what: str, further: str) -> list[str]:
    """The names of all pages, of which `page` gives the one that begins at a mark, the first at "".

    `further` is what a page calls the next one's mark. Raises Unanswered for what is no page, and Rejected
    where a page leads back to one that was read, for there would be no end.
    """
    found: list[str] = []
    mark, seen = "", {""}
    while True:
        names, mark = _read(page(mark), what, further)
        found += names
        if not mark:
            return found
        if mark in seen:
            raise Rejected("its list of objects has no end: a page leads back to an earlier page")
        seen.add(mark)


def _read(body: bytes, what: str, further: str) -> tuple[list[str], str]:
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Unanswered("its list of objects cannot be read") from error
    names = [one.text or "" for one in root.findall(what)]
    truncated = root.findtext("{*}IsTruncated") == "true"
    return names, ((root.findtext(f"{{*}}{further}") or "") if truncated else "")
