"""What is shared is equal to what it was, and equal parts are one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.planning import sharing
from reconciler.planning.sharing import Sharing

SHARED = st.none() | st.booleans() | st.integers(-2, 1000) | st.text("ab1")


def values(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and mappings of these."""
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3)
    )


def exact(value: Any) -> str:
    """Its text, in which 1, 1.0 and true are told apart and the order of keys counts."""
    return json.dumps(value)


@given(st.lists(values(SHARED | st.sampled_from([0.0, 1.0, 2.5])), max_size=8), st.integers(1, 20))
def test_values_stay_what_they_were(every: list[Any], most: int) -> None:
    before = [exact(value) for value in every]
    shared, limit = Sharing(), sharing.REMEMBERED
    sharing.REMEMBERED = most
    try:
        found = [shared.of(value) for value in every]
    finally:
        sharing.REMEMBERED = limit
    assert [exact(value) for value in found] == before


@given(values(SHARED))
def test_equal_ones_are_one(value: Any) -> None:
    shared, again = Sharing(), json.loads(exact(value))
    found, other = shared.of(value), shared.of(again)
    if isinstance(value, dict | list | str):
        assert found is other


def test_parts_are_shared_where_the_whole_differs() -> None:
    shared = Sharing()
    one = shared.of({"room": "a", "video": {"fps": 15, "tiles": [{"x": 1}, {"x": 2}]}})
    other = shared.of({"room": "b", "video": {"fps": 15, "tiles": [{"x": 1}, {"x": 2}]}})
    assert one is not other and one["video"] is other["video"]


def test_what_is_made_of_equal_values_is_one() -> None:
    shared = Sharing()
    first = shared.made("name", {"fps": 15}, lambda: ["first"])
    assert shared.made("name", {"fps": 15}, lambda: ["second"]) is first
    assert shared.made("name", {"fps": 16}, lambda: ["third"]) == ["third"]
    assert shared.made("other", {"fps": 15}, lambda: ["fourth"]) == ["fourth"]


def test_of_many_names_the_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "REMEMBERED", 3)
    shared = Sharing()
    for number in range(9):
        assert shared.made(number, number, lambda number=number: [number]) == [number]
    again = [shared.made(number, number, lambda: ["anew"]) for number in (8, 0)]
    assert again == [[8], ["anew"]]
