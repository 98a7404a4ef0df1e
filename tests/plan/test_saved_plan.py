"""A saved plan: what reading one imports, what its keys are called, and when it is refused."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.streamed import replace_sealed
from reconciler.errors import PlanRefused
from reconciler.kinds import actions
from reconciler.model import Address
from reconciler.plan.keys import attributes
from reconciler.plan.model import Change, Expiry, Plan, PlannedField, Refusal, Step
from reconciler.plan.saved import (
    PLAN_SECONDS,
    RENEWAL_SECONDS,
    Binding,
    SavedPlan,
    binding_of,
    fitting,
    read_plan,
    saved_from_json,
    saved_in_parts,
    valid_until,
)
from reconciler.state.codec import fingerprint
from reconciler.state.model import Entry, State

from ..support import saved_sample

STATE = State("lineage", 3)
PLAN = Plan(workspace="demo", lineage="lineage", serial=3, fingerprint=fingerprint(STATE))
BINDING = Binding("simulator", "state/demo.json")
SAVED = SavedPlan(PLAN, "1", BINDING.context(), "nonce", "1970-01-01T00:00:10Z")

READS = """
import sys
from pathlib import Path
from reconciler.plan.saved import read_plan
assert read_plan(Path(sys.argv[1]).read_bytes(), "f", {}).plan.workspace == "demo"
print({"pydantic", "deepdiff", "requests", "reconciler.kinds"} & sys.modules.keys())
"""
APPLIES = """
import sys
from reconciler.cli.main import main
try:
    main(["apply", sys.argv[1]])
except SystemExit as end:
    streams = [name for name in sys.modules if name.startswith("reconciler.kinds.") and "_stream" in name]
    print(end.code, streams)
"""


def version_of(state: State) -> tuple[str, int, str]:
    return state.lineage, state.serial, fingerprint(state)


def test_a_plan_in_which_nothing_changed_needs_no_kind(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    replace_sealed(PosixFiles(), path, saved_in_parts(SAVED), "t")
    for before, found in (("", "set()"), ("import pydantic\n", "{'pydantic'}")):
        ran = subprocess.run(
            [sys.executable, "-c", before + READS, path], capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip() == found
    assert read_plan(path.read_bytes(), "f", {}) == SAVED


@pytest.mark.slow
def test_a_saved_plan_without_steps_is_read_without_importing_the_kinds(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    for saved, imported in ((SAVED, "[]"), (saved_from_json(saved_sample(), actions()), "['reconciler")):
        saved = replace(saved, tool_version="another's", nonce="nonce")
        replace_sealed(PosixFiles(), path, saved_in_parts(saved), "t")
        ran = subprocess.run(
            [sys.executable, "-c", APPLIES, path], capture_output=True, text=True, check=True, cwd=tmp_path
        )
        assert ran.stdout.startswith(f"1 {imported}"), ran.stdout + ran.stderr
        assert "was made by reconciler another's" in ran.stderr


def test_which_keys_are_not_called_as_their_attributes_are() -> None:
    """No other may be: the contract's words, and what is counted."""
    classes = (Plan, Change, Step, PlannedField, Refusal, Expiry, SavedPlan)
    found = {one.path: one.key.name for cls in classes for one in attributes(cls)}
    plain = {path: name for path, name in found.items() if name.lower() != path.replace("_", "")}
    assert plain == {
        "serial": "stateSerial",
        "lineage": "stateLineage",
        "fingerprint": "stateFingerprint",
        "unchanged": "summary",
        "steps": "calls",
    }


def test_a_plan_holds_for_a_week_or_until_its_calls_go_out_of_date() -> None:
    change = saved_from_json(saved_sample(), actions()).plan.changes[0]
    plan, renewed = replace(PLAN, changes=(change,)), replace(PLAN, changes=(replace(change, renewal=True),))
    ends = {"none": None, "over": 5.0, "soon": 20.0}
    found = {
        name: [valid_until(one, _ending(end), 10.0) for one in (PLAN, plan, renewed)]
        for name, end in ends.items()
    }
    week, hour = _moment(10 + PLAN_SECONDS), _moment(10 + RENEWAL_SECONDS)
    assert found["none"] == found["over"] == [week, week, hour]
    assert found["soon"] == [week, _moment(20), _moment(20)]


def _ending(at: float | None) -> Callable[[Address, Entry], float | None]:
    return lambda address, entry: at


def _moment(seconds: int) -> str:
    return valid_until(PLAN, lambda address, entry: None, seconds - PLAN_SECONDS)


REFUSED = {
    "too old": (SAVED, STATE, 11.0, "expired at"),
    "without an end": (replace(SAVED, valid_until=""), STATE, 9.0, "no time given"),
    "used": (SAVED, replace(STATE, used_plans=("nonce",)), 9.0, "applied once"),
    "of another serial": (SAVED, replace(STATE, serial=4), 9.0, "the state is at serial 4"),
    "of another lineage": (SAVED, replace(STATE, lineage="other"), 9.0, "of lineage other"),
    "of another content": (SAVED, replace(STATE, run="other"), 9.0, "was made for serial 3"),
}


@pytest.mark.parametrize(("saved", "state", "now", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(saved: SavedPlan, state: State, now: float, message: str) -> None:
    assert fitting(SAVED, STATE, version_of(STATE), 9.0) is PLAN
    with pytest.raises(PlanRefused, match=message):
        fitting(saved, state, version_of(state), now)


def _checked(endpoint: str) -> str:
    if endpoint != "simulator":
        raise ValueError("no endpoint")
    return endpoint


@pytest.mark.parametrize(
    "context",
    [{}, {"endpoint": "x", "state": "s"}, {"endpoint": "simulator"}, {**BINDING.context(), "state": 1}],
)
def test_a_context_that_is_none_is_refused(context: dict[str, object]) -> None:
    assert binding_of(SAVED, "1", _checked) == BINDING
    with pytest.raises(PlanRefused, match="context is invalid"):
        binding_of(replace(SAVED, context=context), "1", _checked)
    with pytest.raises(PlanRefused, match="made by reconciler 1; this is 2"):
        binding_of(SAVED, "2", _checked)
