"""A difference in words: what is told of it, and that deepdiff, which tells it, is not asked for nothing."""

from typing import Any, NoReturn

import pytest

from reconciler.planning import differences
from reconciler.planning.differences import differences_in_words

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str]]] = {
    # before, after, what is said of each path
    "a value": ({"region": "a"}, {"region": "b"}, {"spec.region": '"a" → "b"'}),
    "another type": ({"a": 1}, {"a": True}, {"spec.a": "1 → true"}),
    "what comes and what goes": (
        {"a": {"b": 1}},
        {"c": ["\u202e"]},
        {"spec.a": '{"b": 1} → null', "spec.c": 'null → ["\\u202e"]'},
    ),
    "places sort as numbers": (
        {"a": list(range(11))},
        {"a": [0, 1, "x", *range(3, 10), "y"]},
        {"spec.a[2]": '2 → "x"', "spec.a[10]": '10 → "y"'},
    ),
    "a key that no path has": ({"a b": {"__c": 1}}, {"a b": {"__c": 2}}, {'spec["a b"].__c': "1 → 2"}),
}


@pytest.mark.parametrize(("before", "after", "said"), CASES.values(), ids=CASES)
def test_cases(before: dict[str, Any], after: dict[str, Any], said: dict[str, str]) -> None:
    found = differences_in_words(before, after, ("spec",))
    assert list(found.items()) == list(said.items())


def test_nothing_is_asked_of_deepdiff_where_nothing_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> NoReturn:
        raise AssertionError("deepdiff was asked")

    monkeypatch.setattr(differences, "DeepDiff", asked)
    assert differences_in_words({"a": [{"b": 1}]}, {"a": [{"b": 1}]}, ()) == {}
    with pytest.raises(AssertionError, match="deepdiff was asked"):
        differences_in_words({"a": 1}, {"a": 2}, ())
