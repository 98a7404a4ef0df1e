"""The JSON Schema of plans: as committed, sound, and of one mind with real plans, drift and saved plans."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from reconciler.plan.codec import plan_to_json
from reconciler.plan.drift import drift_to_json
from reconciler.plan.model import Plan
from reconciler.plan.saved import SavedPlan, saved_to_json
from reconciler.plan.schema import plan_schema
from reconciler.reports.formats import render
from reconciler.schema import schema_text
from reconciler.state.seal import seal
from tests.reports.kit import SITUATIONS, large_plan, situation
from tests.support import examples, plans, saved_sample

FILE = Path(__file__).parents[2] / "docs" / "schema" / "plan.json"


def closed(node: Any) -> Any:
    """The schema without room for keys that it does not list, so that it must list all that there are."""
    if isinstance(node, dict):
        inner = {key: closed(value) for key, value in node.items()}
        return {**inner, "additionalProperties": False} if "required" in node else inner
    return [closed(one) for one in node] if isinstance(node, list) else node


STRICT = Draft202012Validator(closed(plan_schema()))
OPEN = Draft202012Validator(plan_schema())


def test_the_committed_schema_is_as_generated() -> None:
    assert FILE.read_text() == schema_text(plan_schema())


def test_the_schema_is_sound() -> None:
    Draft202012Validator.check_schema(plan_schema())


@pytest.mark.parametrize("name", SITUATIONS)
def test_real_plans_drift_and_saved_plans_fit(name: str) -> None:
    found = situation(name)
    STRICT.validate(json.loads(render(found.plan, "json")))
    STRICT.validate(json.loads(seal(saved_to_json(SavedPlan(found.plan, "0", {}, "nonce")))))
    if found.drift is not None:
        STRICT.validate(drift_to_json(found.drift))


def test_large_and_saved_samples_fit() -> None:
    STRICT.validate(plan_to_json(large_plan(10)))
    STRICT.validate(saved_sample())


@examples(60)
@given(plans)
def test_any_plan_fits(plan: Plan) -> None:
    STRICT.validate(json.loads(json.dumps(plan_to_json(plan))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("formatVersion",), 2),
        (("changes", 0, "verb"), "destroy"),
        (("changes", 0, "impact"), "grave"),
        (("changes", 0, "address"), "mixstream"),
        (("changes", 0, "calls", 0, "action"), 1),
        (("changes", 0, "fields"), None),
        (("summary", "start"), -1),
        (("etaSeconds",), "soon"),
        (("warnings",), "none"),
        (("probation",), {"nobody": "2026-01-01T00:00:00Z"}),
        (("refusals",), [{"gate": "stops"}]),
        (("expiries",), [{}]),
    ],
)
def test_what_is_no_plan_does_not_fit(path: tuple[str | int, ...], value: Any) -> None:
    plan = plan_to_json(situation("every-impact").plan)
    assert OPEN.is_valid(plan)
    assert not OPEN.is_valid(_changed(plan, path, value))


@pytest.mark.parametrize("key", ["formatVersion", "workspace", "changes", "summary", "warnings", "refusals"])
def test_what_the_contract_promises_is_required(key: str) -> None:
    plan = plan_to_json(situation("every-impact").plan)
    del plan[key]
    assert not OPEN.is_valid(plan)


def test_new_keys_may_come() -> None:
    plan = plan_to_json(situation("every-impact").plan)
    assert OPEN.is_valid({**plan, "cost": 1})


def _changed(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    whole = deepcopy(data)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return whole
