"""Puts the pages of the documentation together, for mkdocs: README first, then docs/.

    python scripts/site.py && mkdocs build --strict && python scripts/site.py --built

Writes build/site-pages. A link to a file outside docs/, such as a workflow or a directory of examples,
leads to a copy, so that the site is whole without the repository; a link that leads nowhere is an error.
With --built, looks through what was built for anything that a reader's browser would fetch from elsewhere.
"""

import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "build" / "site-pages"
BUILT = ROOT / "build" / "site"
AT_ROOT = {"README.md": "index.md", "CONTRIBUTING.md": "", "SECURITY.md": "", "CHANGELOG.md": ""}
"""The pages beside docs/, and what they are called in the site, "" for their own names."""

_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")
_TAG = r'(?:script|img|iframe|source|link rel="(?:stylesheet|preload|icon)")'
_FETCHED = re.compile(rf'<{_TAG}[^>]*?(?:src|href)="?(?:https?:)?//[^">]*')
_FENCE = re.compile(r"^(```.*?^```$)", re.M | re.S)


@dataclass
class Site:
    """What is put together: the pages, and whatever else they link to, by its path in the repository."""

    root: Path
    pages: Path
    beside: set[Path] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def place(self, path: Path) -> Path:
        """Where a file or directory of the repository is in the site, both relative."""
        if str(path) in AT_ROOT:
            return Path(AT_ROOT[str(path)] or path)
        if path.is_relative_to("docs"):
            return path.relative_to("docs")
        self.beside.add(path)
        return Path("files") / str(path).lstrip(".")  # what is hidden would be left out

    def linked(self, page: Path, text: str) -> str:
        """The text of a page with its links as the site has them; what is in a fence is left alone."""
        parts = _FENCE.split(text)
        return "".join(part if part.startswith("```") else self._linked(page, part) for part in parts)

    def _linked(self, page: Path, text: str) -> str:
        def one(found: re.Match[str]) -> str:
            target = Path(os.path.normpath(page.parent / found[1]))
            if not (self.root / target).exists():
                self.broken.append(f"{page}: {found[1]} leads nowhere")
                return found[0]
            if (self.root / target).is_dir():
                self.beside.add(target)
                target /= "index.md"
            return f"{os.path.relpath(self.place(target), self.place(page).parent)}{found[2] or ''}"

        return _LINK.sub(one, text)


def build(root: Path = ROOT, pages: Path = PAGES) -> list[str]:
    """Writes the pages; the links that lead nowhere, which is none where all is well."""
    shutil.rmtree(pages, ignore_errors=True)
    site = Site(root, pages)
    shutil.copytree(root / "docs", pages)
    docs = sorted(path.relative_to(root) for path in (root / "docs").rglob("*.md"))
    for page in (*map(Path, AT_ROOT), *docs):
        written = pages / site.place(page)
        written.write_text(site.linked(page, (root / page).read_text()))
    for path in sorted(site.beside):
        _copy(site, path)
    return site.broken


def _copy(site: Site, path: Path) -> None:
    """A file as it is; a directory as a page that lists what is in it."""
    source, target = site.root / path, site.pages / site.place(path)
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    elif source.is_dir() and not (source / "README.md").exists():
        target.mkdir(parents=True, exist_ok=True)
        files = sorted(one for one in source.iterdir() if one.is_file())
        for one in files:
            shutil.copyfile(one, target / one.name)
        lines = "".join(f"- [{one.name}]({one.name})\n" for one in files)
        (target / "index.md").write_text(f"# {path}\n\n{lines}")


def fetched(built: Path = BUILT) -> list[str]:
    """What the site's pages would have a browser fetch from elsewhere."""
    return [
        f"{page.relative_to(built)}: fetches {found[0]}"
        for page in sorted(built.rglob("*.html"))
        for found in _FETCHED.finditer(page.read_text())
    ]


if __name__ == "__main__":
    problems = fetched() if "--built" in sys.argv[1:] else build()
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(bool(problems))
