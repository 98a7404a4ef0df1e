"""The threat model: who is trusted with what, and for each "cannot" something that shows it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text()
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| **")]
WHO = ("author of applied manifests", "pull request", "runner", "cloud", "proxy", "store")


@pytest.mark.parametrize("who", WHO)
def test_everybody_is_in_the_threat_model(who: str) -> None:
    assert any(who in row[0] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"\W+", "-", row[0])[:30])
def test_what_nobody_can_do_is_shown_somewhere(row: list[str]) -> None:
    assert len(row) == 4 and all(row)
    named = re.findall(r"`(tests/[\w/.]+)`|\]\((docs/[\w.-]+)\)", row[3])
    assert named
    for test, page in named:
        path = ROOT / (test or page)
        assert path.is_file() or any(path.glob("test_*.py")), path
