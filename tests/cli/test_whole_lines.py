"""A report goes to a stream in pieces of whole lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.reporting import whole_lines


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("\n", ["\n"]),
        ("ab\ncd\n", ["ab\ncd\n"]),
        ("abcd\nef\n", ["abcd\n", "ef\n"]),
        ("ab\nabcdefgh\nc", ["ab\n", "abcdefgh\n", "c"]),
        ("abcdefghij", ["abcdefghij"]),
    ],
)
def test_pieces(text: str, pieces: list[str]) -> None:
    assert list(whole_lines(text, 6)) == pieces


@given(st.text("ab\n", max_size=40), st.integers(1, 12))
def test_nothing_is_lost_and_no_line_is_cut(text: str, most: int) -> None:
    pieces = list(whole_lines(text, most))
    assert "".join(pieces) == text and all(pieces)
    assert all(piece.endswith("\n") for piece in pieces[:-1])
    assert all(len(piece) <= most or piece.count("\n") <= 1 for piece in pieces)
