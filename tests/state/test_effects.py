"""What a call does is recorded with it; records of before that are read as they always were."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.backends.local.journal import decode
from reconciler.calls import Action
from reconciler.kinds import actions
from reconciler.model import Address, Effect, Status, Verb
from reconciler.state.codec import (
    entry_from_json,
    entry_to_json,
    pending_from_json,
    pending_to_json,
    state_from_json,
)
from reconciler.state.journal import Intent, replay
from reconciler.state.model import Entry, LateCall, Pending, State
from reconciler.state.seal import checksum_of, unseal
from reconciler.state.unanswered import after_unknown, taken_over

from ..support import LONG_AGO, lines_of

DATA = Path(__file__).parent / "data"
"""A state and a journal as they were written before, and what was then made of each."""
STATE, JOURNAL = (DATA / "without-effect.json").read_bytes(), (DATA / "without-effect.journal").read_bytes()
REPLAYED: dict[str, Any] = json.loads((DATA / "without-effect.replayed.json").read_text())


def older_state() -> State:
    return state_from_json(unseal(STATE).value, "state")[1]


def older_replayed() -> State:
    return replay(older_state(), decode(JOURNAL, "journal").records, "journal", checksum_of(STATE))


def without_effect(entry: Entry) -> dict[str, Any]:
    """The entry's JSON as it was before."""
    data = entry_to_json(entry)
    data.get("pending", {}).pop("effect", None)
    return data


def test_there_is_no_effect_in_what_was_written_before() -> None:
    assert b"effect" not in STATE + JOURNAL


def test_an_older_state_is_read_as_it_was() -> None:
    written = unseal(STATE).value["resources"]
    assert {str(key): without_effect(entry) for key, entry in older_state().entries.items()} == written


def test_an_older_journal_is_replayed_as_it_was() -> None:
    found = {str(key): without_effect(entry) for key, entry in older_replayed().entries.items()}
    assert found == {key: one["replayed"] for key, one in REPLAYED.items()}


def test_what_is_taken_over_of_an_older_record_is_as_it_was() -> None:
    at = "2026-01-01T00:20:00Z"
    taken = {str(key): taken_over(entry, at) for key, entry in older_replayed().entries.items()}
    found = {key: entry_to_json(entry)["probation"] for key, entry in taken.items()}
    assert found == {key: one["takenOver"] for key, one in REPLAYED.items()}


OLDER = [action for action in actions().values() if "CommonMix" not in action.name]
"""Those that were recorded before an effect was."""


@pytest.mark.parametrize("action", OLDER, ids=lambda action: action.name)
def test_an_older_record_of_an_action_is_derived_as_the_action_declares(action: Action) -> None:
    assert pending_from_json({"action": action.name, "at": LONG_AGO}).effect is action.effect


@pytest.mark.parametrize("effect", Effect)
def test_the_effect_is_what_is_written_whatever_the_name(effect: Effect) -> None:
    pending = Pending("StartOrSo", LONG_AGO, "t", effect=effect)
    assert pending_to_json(pending)["effect"] == effect
    assert pending_from_json(json.loads(json.dumps(pending_to_json(pending)))) == pending
    intent = Intent(Address("MixStream", "hall"), "hall#1", pending, False, None)
    begin = decode(JOURNAL, "journal").records[0]
    assert decode(b"".join(lines_of([begin, intent])), "journal").records == (begin, intent)


def test_an_effect_that_is_none_is_no_record() -> None:
    entry = entry_to_json(older_state().entries[Address("MixStream", "doubt-0")])
    entry["pending"]["effect"] = "begin"
    with pytest.raises(ValueError, match="begin"):
        entry_from_json(entry)


@pytest.mark.parametrize(("effect", "verb"), [(Effect.START, Verb.START), (Effect.STOP, Verb.STOP)])
def test_what_is_in_doubt_counts_by_its_effect(effect: Effect, verb: Verb) -> None:
    """By names that say the contrary, so that none of it can be had from them."""
    name = "StopThat" if effect is Effect.START else "StartThat"
    entry = Entry("RenderStream", 1, "sha256:1", Status.UNCERTAIN, {"userId": "u"})
    taken = taken_over(replace(entry, pending=Pending(name, LONG_AGO, effect=effect)), LONG_AGO)
    assert [one.verb for one in taken.late_calls] == [verb, Verb.START]


@pytest.mark.parametrize("effect", Effect)
def test_only_an_update_without_a_number_can_undo_a_later_one(effect: Effect) -> None:
    before = Entry("IngestStream", 1, "sha256:1", Status.RUNNING, {"room": 1}, task_id="t")
    intended = Entry("IngestStream", 1, "sha256:1", Status.RUNNING, {"room": 2}, task_id="t")
    found = after_unknown(before, intended, Pending("Set", LONG_AGO, "t", effect=effect), starts=False)
    late = (LateCall("2026-01-01T00:05:30Z", {"room": 2}, Verb.UPDATE),)
    assert found.late_calls == (late if effect is Effect.UPDATE else ())


def test_only_a_start_has_a_task_id_to_tell() -> None:
    for action in actions().values():
        assert not action.tells_id or action.effect is Effect.START
        assert not action.by_name or action.effect is Effect.START
