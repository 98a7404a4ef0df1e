"""Every citation of the API reference, in the product, the tests and the documents, leads somewhere."""

import re
from functools import cache
from pathlib import Path

import pytest

from .citations import REFERENCE, ROOT, Citation, Grammar, Page, pages, slug, written

PAGES = pages()
GRAMMAR = Grammar(tuple(PAGES))
ROOMS = ("reconciler", "scripts", "tests", "benchmarks", "pipelines", "manifests", "docs")
SUFFIXES = (".py", ".md", ".yaml", ".yml", ".toml")
HERE = (Path(__file__), ROOT / "tests" / "project" / "citations.py")
"""These two hold citations that lead nowhere on purpose."""
APART = {"golden", "files"}
"""What stands below these is input or output of tests, some of it no text."""
FILES = sorted(
    file
    for place in (ROOT, *(ROOT / room for room in ROOMS))
    for file in (place.glob("*") if place == ROOT else place.rglob("*"))
    if file.suffix in SUFFIXES and file not in HERE and not APART & set(file.parts)
)
HINTED = [file for file in FILES if GRAMMAR.hinted(file.read_text())]
DOCUMENTS = [file for file in FILES if file.suffix == ".md"]
RULES = ROOT / "docs" / "rules.md"


def at(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def text_of(file: Path) -> str:
    return written(file)


@cache
def citing() -> dict[Path, list[Citation]]:
    """What each file cites."""
    return {file: list(GRAMMAR.citations(text_of(file))) for file in HINTED}


def broken(found: list[Citation], known: dict[str, Page]) -> list[str]:
    return [str(one) for one in found if one.page not in known or not known[one.page].has(one.place)]


@pytest.mark.parametrize("file", HINTED, ids=at)
def test_citations_lead_somewhere(file: Path) -> None:
    assert broken(citing()[file], PAGES) == []


def test_nothing_looks_like_a_citation_and_is_none() -> None:
    strays = {at(file): list(GRAMMAR.strays(text_of(file))) for file in HINTED}
    assert {name: found for name, found in strays.items() if found} == {}


def test_citations_are_found() -> None:
    product = [one for file, found in citing().items() if at(file).startswith("reconciler/") for one in found]
    assert len(product) > 120
    assert {one.page for found in citing().values() for one in found} == PAGES.keys()


# The test bites


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("by its start (semantics §99)", ["line 1: semantics §99"]),
        ("(reference semantics §1, §98 and §11)", ["line 1: semantics §98"]),
        ("signing.md §97", ["line 1: signing §97"]),
        ("\n# as the cloud (semantics\n# §3.99) has it", ["line 2: semantics §3.99"]),
        ('(fields, "McuLayout", "Mc\n    Layout"; semantics §4)', ["line 1: fields Mc Layout"]),
        (
            '(reference errors, "AuthFailure.SignatureExpired")',
            ["line 1: errors AuthFailure.SignatureExpired"],
        ),
        ('(errors, "AuthFailure.SignatureExpire"; fields.md; Semantics §1-4, §3.1 to §3.3)', []),
    ],
)
def test_a_citation_that_leads_nowhere_is_told(text: str, found: list[str]) -> None:
    assert broken(list(GRAMMAR.citations(text)), PAGES) == found


@pytest.mark.parametrize(
    "text",
    ["(reliability §4)", "(semantics 10)", "§3", "as reference fields say", "(semantic §3)", "fields §"],
)
def test_what_no_one_can_follow_is_told(text: str) -> None:
    assert list(GRAMMAR.citations(text)) == []
    assert len(list(GRAMMAR.strays(text))) == 1


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_loses_what_is_cited_is_told(page: str) -> None:
    emptied = {**PAGES, page: Page("")}
    assert any(broken(found, emptied) for found in citing().values())


# The rules of the API


SOURCES = [
    (row[1], row[2])
    for row in re.finditer(r"^\| ([A-Z]{2,3}-\d{2}) \|.* \| ([^|]+) \|$", RULES.read_text(), re.MULTILINE)
]
TARGETS = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", RULES.read_text(), re.MULTILINE))


def targets(source: str) -> dict[str, str]:
    """Where each part of a source has to lead: {label: address}."""
    found = {}
    for part in source.split("; "):
        label = part.removeprefix("[").removesuffix("]")
        page, _, place = re.split("(, | )", label, maxsplit=1)
        number = re.fullmatch(r"§(\d+)", place)
        headings = re.findall(r"^#+ (.+)$", PAGES[page].text, re.MULTILINE) if page in PAGES else []
        fitting = [slug(title) for title in headings if number and title.startswith(f"{number[1]}. ")]
        anchors = fitting or [anchor for anchor in map(slug, headings) if anchor == slug(place)]
        found[label] = f"reference/{page}.md#{anchors[0]}" if anchors and part == f"[{label}]" else "nowhere"
    return found


def test_every_rule_has_a_source() -> None:
    rows = [line for line in RULES.read_text().splitlines() if re.match(r"\| [A-Z]+-\d", line)]
    assert len(SOURCES) == len(rows) > 190


@pytest.mark.parametrize(("rule", "source"), SOURCES, ids=[rule for rule, _ in SOURCES])
def test_the_source_of_a_rule_is_a_section(rule: str, source: str) -> None:
    if source != "house":
        wanted = targets(source)
        assert {label: TARGETS.get(label) for label in wanted} == wanted


def test_every_label_of_the_rules_is_used() -> None:
    assert {
        label for _, source in SOURCES if source != "house" for label in targets(source)
    } == TARGETS.keys()


@pytest.mark.parametrize(
    "source",
    ["[semantics §99]", "[fields, McLayout]", "[reliability §4]", "semantics §8", "[fields McuLayouts]"],
)
def test_a_source_that_leads_nowhere_is_told(source: str) -> None:
    assert set(targets(source).values()) == {"nowhere"}


# Links in documents


def leads(file: Path, target: str) -> bool:
    """Whether a relative link has a file, and a heading if it names one."""
    path, _, anchor = target.partition("#")
    wanted = file if not path else (file.parent / path).resolve()
    return wanted.exists() and (not anchor or anchor in Page(wanted.read_text()).anchors)


@pytest.mark.parametrize("file", DOCUMENTS, ids=at)
def test_links_between_documents_lead_somewhere(file: Path) -> None:
    found = [target for _, target in Page(file.read_text()).links() if "://" not in target]
    assert [target for target in found if not leads(file, target)] == []


@pytest.mark.parametrize("target", ["semantics.md#99-nothing", "nowhere.md", "#nowhere"])
def test_a_link_that_leads_nowhere_is_told(target: str) -> None:
    assert not leads(REFERENCE / "fields.md", target)
