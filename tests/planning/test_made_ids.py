"""IDs of our making: kept while the record lives, and never used twice."""

from dataclasses import replace

import pytest

from reconciler.kinds.records import records_of
from reconciler.model import Address
from reconciler.planning.made_ids import with_recorded_ids
from reconciler.state.model import LateCall, State
from tests.support import WORKSPACE, applied, loaded

MIX = """
---
apiVersion: reconciler/v1
kind: LiveMix
metadata: {name: NAME}
spec:
  inputs: [{stream: a}, {stream: b}]
  output: {stream: NAME, type: new}
"""


def named(*names: str) -> str:
    return WORKSPACE + "".join(MIX.replace("NAME", name) for name in names)


def sessions(text: str, state: State) -> dict[str, str]:
    """The sessions of the manifests, settled with what is recorded."""
    workspace = loaded(text)
    found = with_recorded_ids(workspace.resources, records_of(state), workspace.settings)
    return {one.address.name: one.spec["sessionId"] for one in found}


def moved(state: State, old: str, new: str) -> State:
    entries = dict(state.entries)
    entries[Address("LiveMix", new)] = entries.pop(Address("LiveMix", old))
    return replace(state, entries=entries)


def test_one_is_kept_under_another_name_and_not_given_again() -> None:
    state = applied(loaded(named("hall")))
    (first,) = sessions(named("hall"), state).values()
    found = sessions(named("hall", "stage"), moved(state, "hall", "stage"))
    assert found["stage"] == first != found["hall"]
    assert sessions(named("hall", "stage"), State())["hall"] == first


@pytest.mark.parametrize("where", ["attempted", "late_calls"])
def test_nor_is_one_given_again_that_a_call_in_doubt_has(where: str) -> None:
    state = moved(applied(loaded(named("hall"))), "hall", "stage")
    entry = state.entries[Address("LiveMix", "stage")]
    doubt = (entry.spec,) if where == "attempted" else (LateCall("2999-01-01T00:00:00Z", entry.spec),)
    mine = replace(entry, spec={**entry.spec, "sessionId": "mine"}, **{where: doubt})
    doubtful = State(entries={Address("LiveMix", "stage"): mine})
    assert sessions(named("hall"), doubtful)["hall"] != entry.spec["sessionId"]


def test_names_that_differ_in_signs_that_a_session_cannot_have_are_two() -> None:
    found = sessions(named("town-hall", "town.hall", "townhall"), State())
    assert len({*found.values()}) == 3


def test_one_that_the_manifest_gives_is_left_alone() -> None:
    text = named("hall").replace("spec:\n  inputs", "spec:\n  sessionId: mine\n  inputs")
    assert sessions(text, applied(loaded(named("hall")))) == {"hall": "mine"}
