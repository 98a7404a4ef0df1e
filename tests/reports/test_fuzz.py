"""Hostile texts change no report's structure; `python -m tests.reports.fuzz` does it with more of them."""

import pytest

from tests.reports.fuzz import CHECKS, COMMAND, FORBIDDEN, check, markdown_shape, texts

TEXTS = texts(10_000, seed=20_260_101)


@pytest.mark.slow
@pytest.mark.parametrize("form", CHECKS)
def test_ten_thousand_hostile_texts(form: str) -> None:
    assert check(form, TEXTS) > 60


def test_the_texts_are_hostile() -> None:
    assert sum(FORBIDDEN.search(text) is not None for text in TEXTS) > 3000
    assert sum(COMMAND.search(text) is not None for text in TEXTS) > 1000
    shapes = [
        repr(markdown_shape(text)) for text in ("@a", "<b>x</b>", "[a](http://b)", "http://evil.example")
    ]
    assert len(set(shapes)) == 4
    assert "link_open" in shapes[2] and "link_open" in shapes[3]
