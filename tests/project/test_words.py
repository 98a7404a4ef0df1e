"""Moments and phrases that everything shares, each said in one way only."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.moments import rfc3339, unix_seconds
from reconciler.words import and_more, did_you_mean, guess, listed, nearest

MOMENTS = {
    "1970-01-01T00:00:00Z": 0.0,
    "2026-11-30T00:52:54Z": 1795999974.0,
    "2026-01-01T08:00:00+08:00": 1767225600.0,
    "2025-12-31T19:00:00-05:00": 1767225600.0,
    "2026-01-01T00:00:00.250Z": 1767225600.25,
    "2026-01-01T00:00:00": 1767225600.0,
}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize(("text", "moment"), MOMENTS.items(), ids=MOMENTS)
def test_a_moment_is_the_same_in_every_zone(
    monkeypatch: pytest.MonkeyPatch, text: str, moment: float, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert unix_seconds(text) == moment
        assert unix_seconds(rfc3339(moment)) == int(moment)
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.integers(0, 253402300799))
def test_a_moment_survives_the_way_to_text_and_back(moment: int) -> None:
    assert unix_seconds(rfc3339(moment)) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z"])
def test_what_is_no_moment_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|day|hour"):
        unix_seconds(text)


@pytest.mark.parametrize(
    ("count", "most", "text"),
    [
        (0, 2, ""),
        (1, 2, "a"),
        (2, 2, "a, b"),
        (3, 2, "a, b and 1 more"),
        (5, 2, "a, b and 3 more"),
    ],
)
def test_a_list_says_how_many_more_there_are(count: int, most: int, text: str) -> None:
    assert listed("abcde"[:count], most) == text
    assert text.endswith(and_more(count - most)) == (count > most)


@pytest.mark.parametrize(
    ("word", "closeness", "meant"),
    [("MixStrem", 0.6, ["MixStream"]), ("mix", 0.9, []), ("RelayStream", 1.0, ["RelayStream"])],
)
def test_what_is_close_is_suggested(word: str, closeness: float, meant: list[str]) -> None:
    known = ["MixStream", "RelayStream"]
    assert nearest(word, known, closeness) == meant
    assert did_you_mean(meant) == (f"did you mean {meant[0]}?" if meant else "")
    assert guess(word, known, closeness) == (f"did you mean {meant[0]}? " if meant else "")


def test_several_may_be_meant() -> None:
    assert did_you_mean(["a", "b"]) == "did you mean a or b?"
