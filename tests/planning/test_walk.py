"""Which differences are found and how they are told: a table of cases, and what holds for any two specs."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from deepdiff import DeepDiff
from deepdiff.helper import notpresent
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import canonical_json
from reconciler.planning.walk import Identity, differences

from ..support import names, scalars, texts

BY_NAME = {("slots",): Identity(("name",), ordered=True)}
BY_KEY = {("to",): Identity(("url",))}
BY_TWO = {("users",): Identity(("id", "room"))}
NESTED = {("layout", "slots"): Identity(("name",), ordered=True)}

Found = list[tuple[tuple[str | int, ...], Any, Any]]


def found(before: dict[str, Any], after: dict[str, Any], identities: Any) -> Found:
    return [(change.path, change.before, change.after) for change in differences(before, after, identities)]


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Any, Found]] = {
    # before, after, identities, what is found
    "nothing": ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, {}, []),
    "a value": ({"a": 1}, {"a": 2}, {}, [(("a",), 1, 2)]),
    "another type": ({"room": 5}, {"room": "5"}, {}, [(("room",), 5, "5")]),
    "a number is not a truth value": ({"a": 1}, {"a": True}, {}, [(("a",), 1, True)]),
    "a field comes": ({}, {"a": {"b": 1}}, {}, [(("a",), None, {"b": 1})]),
    "a field goes": ({"a": {"b": 1}}, {}, {}, [(("a",), {"b": 1}, None)]),
    "deep": ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, {}, [(("a", "b", 0, "c"), 1, 2)]),
    "several, sorted by path": (
        {"b": 1, "a": {"z": 1, "y": 1}},
        {"b": 2, "a": {"z": 2, "y": 2}},
        {},
        [(("a", "y"), 1, 2), (("a", "z"), 1, 2), (("b",), 1, 2)],
    ),
    "list indexes sort as numbers": (
        {"a": list(range(12))},
        {"a": [*range(2), -1, *range(3, 10), -1, 11]},
        {},
        [(("a", 2), 2, -1), (("a", 10), 10, -1)],
    ),
    "a plain list is compared by place": (
        {"a": ["x", "y"]},
        {"a": ["y"]},
        {},
        [(("a", 0), "x", "y"), (("a", 1), "y", None)],
    ),
    "keys that look like paths": ({"a['b']": {'"': 1}}, {"a['b']": {'"': 2}}, {}, [(("a['b']", '"'), 1, 2)]),
    "keyed: another property of the same element": (
        {"to": [{"url": "a", "cdn": True}, {"url": "b", "cdn": True}]},
        {"to": [{"url": "b", "cdn": False}, {"url": "a", "cdn": True}]},
        BY_KEY,
        [(("to", 0, "cdn"), True, False)],
    ),
    "keyed: order alone means nothing": (
        {"to": [{"url": "a"}, {"url": "b"}]},
        {"to": [{"url": "b"}, {"url": "a"}]},
        BY_KEY,
        [],
    ),
    "keyed: an element comes": (
        {"to": [{"url": "b"}]},
        {"to": [{"url": "a"}, {"url": "b"}]},
        BY_KEY,
        [(("to", 0), None, {"url": "a"})],
    ),
    "keyed: an element goes, at its old place": (
        {"to": [{"url": "a"}, {"url": "b"}, {"url": "c"}]},
        {"to": [{"url": "a"}, {"url": "c"}]},
        BY_KEY,
        [(("to", 1), {"url": "b"}, None)],
    ),
    "keyed: leftovers are paired in order": (
        {"to": [{"url": "a"}, {"url": "b"}, {"url": "c"}]},
        {"to": [{"url": "x"}, {"url": "b"}, {"url": "y"}]},
        BY_KEY,
        [(("to", 0, "url"), "a", "x"), (("to", 2, "url"), "c", "y")],
    ),
    "keyed: more leftovers before than after": (
        {"to": [{"url": "a"}, {"url": "b"}]},
        {"to": [{"url": "x"}]},
        BY_KEY,
        [(("to", 0, "url"), "a", "x"), (("to", 1), {"url": "b"}, None)],
    ),
    "keyed: more leftovers after than before": (
        {"to": [{"url": "a"}]},
        {"to": [{"url": "x"}, {"url": "y"}]},
        BY_KEY,
        [(("to", 0, "url"), "a", "x"), (("to", 1), None, {"url": "y"})],
    ),
    "keyed: a list comes": ({}, {"to": [{"url": "a"}]}, BY_KEY, [(("to",), None, [{"url": "a"}])]),
    "keyed: all elements go": (
        {"to": [{"url": "a"}, {"url": "b"}]},
        {"to": []},
        BY_KEY,
        [(("to", 0), {"url": "a"}, None), (("to", 1), {"url": "b"}, None)],
    ),
    "keyed: equal keys pair in order": (
        {"to": [{"url": "a", "n": 1}, {"url": "a", "n": 2}]},
        {"to": [{"url": "a", "n": 1}, {"url": "a", "n": 3}]},
        BY_KEY,
        [(("to", 1, "n"), 2, 3)],
    ),
    "keyed by a mapping": (
        {"to": [{"url": {"env": "A"}, "n": 1}, {"url": {"env": "B"}, "n": 1}]},
        {"to": [{"url": {"env": "B"}, "n": 2}, {"url": {"env": "A"}, "n": 1}]},
        BY_KEY,
        [(("to", 0, "n"), 1, 2)],
    ),
    "keyed by two: a user in another room is another": (
        {"users": [{"id": "u", "room": 1, "level": 5}, {"id": "u", "room": "1", "level": 6}]},
        {"users": [{"id": "u", "room": "1", "level": 6}, {"id": "u", "room": 1, "level": 7}]},
        BY_TWO,
        [(("users", 1, "level"), 5, 7)],
    ),
    "named: by name whatever the place": (
        {"slots": [{"name": "l", "x": 0}, {"name": "r", "x": 1}]},
        {"slots": [{"name": "l", "x": 0}, {"name": "r", "x": 2}]},
        BY_NAME,
        [(("slots", "r", "x"), 1, 2)],
    ),
    "named: another name is another element": (
        {"slots": [{"name": "l", "x": 0}]},
        {"slots": [{"name": "m", "x": 0}]},
        BY_NAME,
        [(("slots", "l"), {"name": "l", "x": 0}, None), (("slots", "m"), None, {"name": "m", "x": 0})],
    ),
    "ordered: moved": (
        {"slots": [{"name": "l"}, {"name": "m"}, {"name": "r"}]},
        {"slots": [{"name": "r"}, {"name": "l"}, {"name": "m"}]},
        BY_NAME,
        [(("slots",), ["l", "m", "r"], ["r", "l", "m"])],
    ),
    "ordered: moved and changed": (
        {"slots": [{"name": "l", "x": 0}, {"name": "r", "x": 1}]},
        {"slots": [{"name": "r", "x": 5}, {"name": "l", "x": 0}]},
        BY_NAME,
        [(("slots",), ["l", "r"], ["r", "l"]), (("slots", "r", "x"), 1, 5)],
    ),
    "ordered: what comes and goes moves nothing": (
        {"slots": [{"name": "a"}, {"name": "b"}, {"name": "c"}]},
        {"slots": [{"name": "b"}, {"name": "x"}, {"name": "c"}]},
        BY_NAME,
        [(("slots", "a"), {"name": "a"}, None), (("slots", "x"), None, {"name": "x"})],
    ),
    "nested lists are found by their field names": (
        {"layout": {"slots": [{"name": "l", "x": 0}]}},
        {"layout": {"slots": [{"name": "l", "x": 1}]}},
        NESTED,
        [(("layout", "slots", "l", "x"), 0, 1)],
    ),
}


@pytest.mark.parametrize(("before", "after", "identities", "expected"), CASES.values(), ids=CASES)
def test_cases(before: dict[str, Any], after: dict[str, Any], identities: Any, expected: Found) -> None:
    assert found(before, after, identities) == expected


keys = texts | st.sampled_from(["__", "__a", "__class__", "a__"])
parts = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
specs = st.dictionaries(keys, parts, max_size=4)


@given(specs, specs)
def test_empty_if_and_only_if_equal(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert (differences(before, after, {}) == ()) == (canonical_json(before) == canonical_json(after))


@given(specs)
def test_nothing_differs_from_itself(spec: dict[str, Any]) -> None:
    assert differences(spec, spec, {}) == ()


@given(specs, specs)
def test_every_path_leads_to_what_is_told(before: dict[str, Any], after: dict[str, Any]) -> None:
    for change in differences(before, after, {}):
        assert value(before, change.path) == change.before
        assert value(after, change.path) == change.after


def value(spec: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        inside = part in spec if isinstance(spec, dict) else isinstance(part, int) and part < len(spec)
        if not inside:
            return None
        spec = spec[part]
    return spec


@given(specs, specs)
def test_turned_round(before: dict[str, Any], after: dict[str, Any]) -> None:
    there = {
        (change.path, repr(change.before), repr(change.after)) for change in differences(before, after, {})
    }
    back = {
        (change.path, repr(change.after), repr(change.before)) for change in differences(after, before, {})
    }
    assert there == back


def by_deepdiff(before: Any, after: Any) -> Counter[tuple[Any, ...]]:
    """The paths that deepdiff finds, each with its values as one text."""
    options = {
        "threshold_to_diff_deeper": 0,
        "zip_ordered_iterables": True,
        "ignore_private_variables": False,
    }
    tree = DeepDiff(before, after, view="tree", **options)
    levels = [level for found in tree.values() for level in found]
    told = [[None if side is notpresent else side for side in (level.t1, level.t2)] for level in levels]
    paths = [tuple(level.path(output_format="list")) for level in levels]
    return Counter((path, canonical_json(values)) for path, values in zip(paths, told, strict=True))


def by_walk(before: Any, after: Any, identities: Any) -> Counter[tuple[Any, ...]]:
    changes = differences(before, after, identities)
    return Counter((change.path, canonical_json([change.before, change.after])) for change in changes)


def edited(spec: Any, random: Random) -> Any:
    """The same with some values others, gone or in other places, which two random specs hardly ever are."""
    if isinstance(spec, dict):
        kept = {key: edited(value, random) for key, value in spec.items() if random.random() > 0.15}
        return kept if random.random() > 0.2 else {**kept, "new": random.choice([None, True, 0, "0", {}, []])}
    if isinstance(spec, list):
        kept_items = [edited(value, random) for value in spec if random.random() > 0.15]
        return (
            kept_items if random.random() > 0.2 else [*kept_items, random.choice([None, False, 1, {"a": 1}])]
        )
    return spec if random.random() > 0.3 else random.choice([None, True, False, 0, 1, 1.0, "", "1", [], {}])


@given(specs, specs, st.randoms(use_true_random=False))
def test_the_same_is_found_as_deepdiff_finds(before: Any, strange: Any, random: Random) -> None:
    for after in (strange, edited(before, random)):
        assert by_walk(before, after, {}) == by_deepdiff(before, after)


elements = st.fixed_dictionaries({"name": names, "x": st.integers(0, 3)})
named_lists = st.lists(elements, max_size=5, unique_by=lambda element: str(element["name"]))


@given(named_lists, named_lists)
def test_ordered_lists_are_equal_if_and_only_if_nothing_is_found(before: list[Any], after: list[Any]) -> None:
    assert (differences({"slots": before}, {"slots": after}, BY_NAME) == ()) == (before == after)


@given(named_lists, named_lists)
def test_named_elements_differ_as_deepdiff_finds_them_by_name(before: list[Any], after: list[Any]) -> None:
    """A walk over lists of named elements is one over mappings, but for what only moved."""
    found = by_walk({"slots": before}, {"slots": after}, {("slots",): Identity(("name",))})
    old, new = ({"slots": {element["name"]: element for element in side}} for side in (before, after))
    assert found == by_deepdiff(old, new)


@given(named_lists, st.randoms(use_true_random=False))
def test_an_unordered_list_can_be_shuffled(elements: list[Any], random: Any) -> None:
    shuffled = list(elements)
    random.shuffle(shuffled)
    unordered = {("slots",): Identity(("x", "name"))}
    assert differences({"slots": elements}, {"slots": shuffled}, unordered) == ()


@given(named_lists, named_lists)
def test_each_named_element_is_told_once(before: list[Any], after: list[Any]) -> None:
    changes = [
        change for change in differences({"slots": before}, {"slots": after}, BY_NAME) if len(change.path) > 1
    ]
    told = [change.path[1] for change in changes]
    old, new = ({element["name"]: element for element in side} for side in (before, after))
    assert told == sorted(told) and len(set(told)) == len(told)
    assert set(told) == {name for name in old | new if old.get(name) != new.get(name)}
