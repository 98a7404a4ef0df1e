"""Command blocks of README and docs: each runs as it stands, or says why it does not."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
MARK = re.compile(r"<!-- (setup: \w+|run|not run: \S.{10,}) -->")
TOOLS = re.compile(r"^(\.venv/bin/|reconciler |python3? |pipx |podman |psql |export )", re.M)


class Block(NamedTuple):
    """A fenced block: where it is, in which language, with what above it, and its text."""

    page: str
    line: int
    language: str
    above: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    lines = page.read_text().split("\n")
    begun = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if begun is None:
            begun = number
        else:
            text = "\n".join(lines[begun + 1 : number])
            above = lines[begun - 1] if begun else ""
            yield Block(str(page.relative_to(ROOT)), begun + 1, lines[begun][3:], above, text)
            begun = None


COMMANDS = [block for page in PAGES for block in blocks(page) if block.language == "sh"]
RUN = [page for page in PAGES if any(block.above == "<!-- run -->" for block in blocks(page))]


def test_each_block_of_commands_is_marked() -> None:
    assert len(COMMANDS) > 20
    assert [f"{one.page}:{one.line}" for one in COMMANDS if not MARK.fullmatch(one.above)] == []


def test_no_block_of_commands_hides_as_text() -> None:
    plain = [one for page in PAGES for one in blocks(page) if not one.language]
    assert [f"{one.page}:{one.line}" for one in plain if TOOLS.match(one.text)] == []


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Path:
    """A copy of the repository as a reader has it, with the environment that the README makes."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(lambda name: (ROOT / name).is_file(), listed.stdout.split("\n")):
        copy = tmp_path / "checkout" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy)
    (tmp_path / "checkout" / ".venv").symlink_to(Path(sys.prefix))
    return tmp_path / "checkout"


def environment(home: Path) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(home), "XDG_STATE_HOME": str(home / "state")}


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_run_one_after_the_other(page: Path, checkout: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if block.above == "<!-- setup: demo -->":  # what CI has done before; here is what it leaves behind
            _run(".venv/bin/reconciler apply manifests/demo --auto-approve", checkout, tmp_path)
        if block.above == "<!-- run -->":
            _run(block.text, checkout, tmp_path)


def _run(text: str, checkout: Path, home: Path) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=checkout,
        env=environment(home),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
