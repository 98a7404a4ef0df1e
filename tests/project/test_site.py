"""The documentation as a site: each page is in its navigation, each link leads somewhere."""

from pathlib import Path

import pytest
import yaml

from scripts import site


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    for name in site.AT_ROOT:
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.yml").write_text("a: 1\n")
    return tmp_path


LINKS = [
    ("docs/deep/page.md", "[x](../other.md#part)", "[x](../other.md#part)"),
    ("docs/deep/page.md", "[x](../../README.md)", "[x](../index.md)"),
    ("docs/other.md", "[x](../.hidden/a.yml)", "[x](files/hidden/a.yml)"),
    ("docs/other.md", "[x](../.hidden)", "[x](files/hidden/index.md)"),
    ("README.md", "[x](docs/other.md)", "[x](other.md)"),
    ("README.md", "[x](https://h/docs/other.md) [y](#part)", "[x](https://h/docs/other.md) [y](#part)"),
    ("README.md", "```\n[x](docs/other.md)\n```", "```\n[x](docs/other.md)\n```"),
]


@pytest.mark.parametrize(("page", "text", "linked"), LINKS)
def test_a_link_leads_to_the_same_in_the_site(root: Path, page: str, text: str, linked: str) -> None:
    (root / "docs" / "other.md").write_text("# Other\n")
    (root / page).write_text(text)
    assert site.build(root, root / "pages") == []
    made = root / "pages" / site.Site(root, root / "pages").place(Path(page))
    assert made.read_text() == linked
    for name in ("files/hidden/a.yml", "files/hidden/index.md") if "hidden" in text else ():
        assert (root / "pages" / name).exists() or "a.yml" in text


def test_a_link_that_leads_nowhere_is_told(root: Path) -> None:
    (root / "docs" / "other.md").write_text("[x](gone.md)")
    assert site.build(root, root / "pages") == ["docs/other.md: gone.md leads nowhere"]


def test_what_a_page_fetches_from_elsewhere_is_told(root: Path) -> None:
    (root / "docs" / "page.html").write_text('<a href="https://h/a">a</a><script src="https://h/a.js">')
    assert [one.partition(":")[0] for one in site.fetched(root / "docs")] == ["page.html"]


def test_every_page_is_in_the_navigation() -> None:
    read = yaml.safe_load((site.ROOT / "mkdocs.yml").read_text())

    def named(entry: object) -> list[str]:
        if isinstance(entry, dict):
            return [name for value in entry.values() for name in named(value)]
        return [name for one in entry for name in named(one)] if isinstance(entry, list) else [str(entry)]

    docs = {str(path.relative_to(site.ROOT / "docs")) for path in (site.ROOT / "docs").rglob("*.md")}
    assert set(named(read["nav"])) == docs | {to or name for name, to in site.AT_ROOT.items()}
