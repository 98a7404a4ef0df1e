"""State, plans and journal records through their JSON and back, and what is not one of them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.backends.local.journal import Reading, decode
from reconciler.errors import PlanRefused, StateError, UsageError
from reconciler.kinds import actions
from reconciler.late_values import request_from_json, request_to_json
from reconciler.model import Address, canonical_json, digest
from reconciler.plan.codec import plan_to_json
from reconciler.plan.saved import saved_from_json, saved_to_json
from reconciler.state.codec import entry_from_json, entry_to_json, fingerprint, state_from_json, state_to_json
from reconciler.state.journal import Begin, Intent, Moved, Outcome, Record
from reconciler.state.model import REMEMBERED_PLANS, State, remembered
from reconciler.state.seal import Damaged, Sealed, checksum_of, seal, unseal

from ..support import (
    addresses,
    entries,
    json_values,
    later_task_ids,
    lines_of,
    moments,
    mutations,
    pendings,
    plans,
    requests,
    saved_plans,
    saved_sample,
    state_sample,
    states,
    texts,
    through_text,
)

STATE = state_sample()

# Round trips


@given(entries(st.none() | texts | later_task_ids))
def test_entry(entry: Any) -> None:
    assert entry_from_json(through_text(entry_to_json(entry))) == entry


@given(entries())
def test_an_entry_says_nothing_that_says_nothing(entry: Any) -> None:
    data = entry_to_json(entry)
    assert None not in data.values()
    assert "taskId" in data or entry.task_id is None


@given(texts, states)
def test_state(workspace: str, state: State) -> None:
    assert state_from_json(through_text(state_to_json(workspace, state)), "f") == (workspace, state)


@given(states)
def test_the_text_of_a_state_does_not_depend_on_the_order_of_recording(state: State) -> None:
    turned = replace(state, entries=dict(reversed(list(state.entries.items()))))
    assert json.dumps(state_to_json("w", state)) == json.dumps(state_to_json("w", turned))
    assert list(state_to_json("w", state)["resources"]) == [str(one) for one in sorted(state.entries)]
    assert fingerprint(turned) == fingerprint(state)


@given(states, states)
def test_the_fingerprint_tells_states_apart(one: State, other: State) -> None:
    assert fingerprint(one) == fingerprint(replace(one, entries=dict(one.entries)))
    assert one == other or fingerprint(one) != fingerprint(other)


@pytest.mark.slow
@given(saved_plans)
def test_saved_plan(saved: Any) -> None:
    assert saved_from_json(through_text(saved_to_json(saved)), actions()) == saved


@given(requests)
def test_request(request: Any) -> None:
    assert request_from_json(through_text(request_to_json(request))) == request


@given(plans)
def test_the_plan_of_a_report_is_the_saved_one_without_requests(plan: Any) -> None:
    data = plan_to_json(plan)
    assert set(data) - {"likelyRenames"} == {
        "formatVersion",
        "workspace",
        "stateSerial",
        "stateLineage",
        "changes",
        "summary",
        "etaSeconds",
        "warnings",
        "probation",
        "refusals",
        "expiries",
    }
    for change in data["changes"]:
        assert all(call.keys() == {"service", "action"} for call in change["calls"])
    counted = {verb: number for verb, number in data["summary"].items() if verb != "unchanged"}
    assert sum(counted.values()) == len(plan.changes)


begins = st.builds(Begin, texts, st.integers(0, 10**9), texts, moments, texts, st.none() | texts)
intents = st.builds(Intent, addresses, texts, pendings, st.booleans(), st.none() | entries())
outcomes = st.builds(Outcome, addresses, texts, texts, st.none() | entries())
moved = st.builds(Moved, addresses, addresses, entries())
records = begins | intents | outcomes | moved


@given(st.lists(records, max_size=4))
def test_journal(listed: list[Record]) -> None:
    assert decode(b"".join(lines_of(listed)), "f") == Reading(tuple(listed), torn=False)


@given(texts, states)
def test_sealed(workspace: str, state: State) -> None:
    data = seal(state_to_json(workspace, state))
    sealed = unseal(data)
    assert sealed.checksum == checksum_of(data) != ""
    assert state_from_json(sealed.value, "f") == (workspace, state)
    assert data.isascii() and next(iter(sealed.value)) == "checksum"


@given(st.dictionaries(texts.filter(lambda text: text != "checksum"), json_values, min_size=1, max_size=3))
def test_what_is_not_sealed_is_told_from_what_is(value: dict[str, Any]) -> None:
    assert unseal(json.dumps(value).encode()) == Sealed(value, "")
    with pytest.raises(Damaged, match="edited by hand"):
        unseal(json.dumps({**value, "checksum": "sha256:0"}).encode())
    data = seal(value)
    for altered in (data + b"\n", data[:-1], data.replace(b"  ", b"\t"), b"\xef\xbb\xbf" + data):
        with pytest.raises(Damaged):
            unseal(altered)


@given(st.lists(st.lists(texts, max_size=25).map(tuple), max_size=3))
def test_the_last_nonces_are_remembered_once_each(lists: list[tuple[str, ...]]) -> None:
    found = remembered(*lists)
    every = [nonce for listed in lists for nonce in listed]
    assert len(found) == len(set(found)) == min(REMEMBERED_PLANS, len(set(every)))
    assert every[-1:] == list(found[-1:])


# Canonical text


@given(json_values)
def test_canonical_json_is_json_on_one_ascii_line(value: Any) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value and text.isascii() and "\n" not in text


@given(st.dictionaries(texts, json_values, max_size=4))
def test_canonical_json_does_not_depend_on_order(value: dict[str, Any]) -> None:
    assert canonical_json(dict(reversed(list(value.items())))) == canonical_json(value)


@given(st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_digests_are_equal_for_equal_parts_only(some: list[str], others: list[str]) -> None:
    assert (digest(*some) == digest(*others)) == (some == others)


# Addresses


@given(addresses)
def test_address(address: Address) -> None:
    assert Address.parse(str(address)) == address


NO_ADDRESSES = [
    *("", "/", "MixStream", "MixStream/", "/hall", "mixStream/hall", "MixStream/Hall", "MixStream/a b"),
    *("MixStream/-a", "MixStream/a-", "MixStream/a/b", "MixStream/hall\n", " MixStream/hall", "MixStream/é"),
    f"MixStream/{'a' * 254}",
]


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_not_an_address(text: str) -> None:
    with pytest.raises(UsageError, match="is not a valid address"):
        Address.parse(text)


# What is none of ours

GARBAGE: list[Any] = [None, True, 0, 1.5, "", "x", [], [1], {}, {"a": 1}, {"formatVersion": None}]


@pytest.mark.parametrize("data", GARBAGE, ids=repr)
def test_garbage_is_neither_state_nor_plan(data: Any) -> None:
    with pytest.raises(StateError, match=r"^state/demo\.json: "):
        state_from_json(data, "state/demo.json")
    with pytest.raises(PlanRefused):
        saved_from_json(data, actions())


@pytest.mark.parametrize("version", [0, 2, "1", None, [1]])
def test_another_format_version_is_named(version: Any) -> None:
    with pytest.raises(StateError, match="is not supported; this version reads 1") as caught:
        state_from_json({**STATE, "formatVersion": version}, "f")
    assert "version of reconciler that wrote it" in caught.value.hint
    with pytest.raises(PlanRefused, match=r"plan format .* is not supported"):
        saved_from_json({"formatVersion": version}, actions())


OTHERS: list[Any] = [
    *(None, True, -1, 10**30, 0.5, float("inf"), float("nan"), "", "x", [], [[]], ["x"], {}, {"x": []}),
    *({"x": {}}, {"$secret": 1}, {"$secret": {"env": "X"}}, {"$taskIdOf": []}),
]


def test_a_mutated_state_is_read_or_refused() -> None:
    for data in mutations(STATE, OTHERS):
        try:
            state_from_json(data, "f")
        except StateError as error:
            assert error.message.startswith("f: ")


def test_a_mutated_plan_is_read_or_refused() -> None:
    for data in mutations(saved_sample(), OTHERS):
        try:
            saved_from_json(data, actions())
        except PlanRefused as error:
            assert error.hint


@pytest.mark.parametrize(
    ("key", "value"), [("service", "other"), ("action", "DescribeRelayUsage"), ("version", "2018-01-01")]
)
def test_a_plan_with_a_call_that_no_kind_makes_is_refused(key: str, value: str) -> None:
    data = saved_sample()
    data["changes"][0]["calls"][0][key] = value
    with pytest.raises(PlanRefused, match="which no kind of this version uses"):
        saved_from_json(data, actions())


ORDERS = {
    "waits for itself": [("a", ["a"])],
    "waits for a later one": [("a", ["b"]), ("b", [])],
    "waits for what is not in the plan": [("a", ["x"])],
    "twice the same": [("a", []), ("a", [])],
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_a_plan_in_an_impossible_order_is_refused(order: list[tuple[str, list[str]]]) -> None:
    data = saved_sample()
    (change,) = data["changes"]
    data["changes"] = [
        {**change, "address": f"MixStream/{name}", "after": [f"MixStream/{one}" for one in after]}
        for name, after in order
    ]
    with pytest.raises(PlanRefused, match=r"impossible order of changes at MixStream/."):
        saved_from_json(data, actions())
