"""Cases that the kinds do not answer as the page says yet; each must fail until it is struck out."""

from pathlib import Path

import pytest

OPEN = (Path(__file__).parent / "open.txt").read_text().splitlines()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.name in OPEN:
            item.add_marker(pytest.mark.xfail(strict=True, reason="not answered as docs/rules.md says yet"))
