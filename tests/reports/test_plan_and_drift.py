"""How plans and drift look, pinned by golden files: text at two widths, coloured text, JSON, the saved plan.

A situation is a directory of tests/golden/reports with `before.yaml` (what was applied; may be
empty), `after.yaml` (what is planned) and perhaps `observed.json`. UPDATE_GOLDEN=1 rewrites what
is expected; read what it wrote as a user would.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.drift import drift_to_json, find_drift
from reconciler.model import Address, Observation, Status
from reconciler.plan import Plan, SavedPlan, plan_to_json, saved_to_json
from reconciler.planner import make_plan
from reconciler.reports.drift import render_drift
from reconciler.reports.text import render_text
from reconciler.reports.view import view_of
from reconciler.state import State
from tests.support import TESTS, applied, loaded

GOLDEN = TESTS / "golden" / "reports"
SITUATIONS = sorted(path.name for path in GOLDEN.iterdir())


def observed_in(situation: Path) -> dict[Address, Observation]:
    file = situation / "observed.json"
    data: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return {
        Address.parse(address): Observation(
            Status(seen["status"]) if seen["status"] else None, seen["evidence"], 0, seen.get("silent", False)
        )
        for address, seen in data.items()
    }


def planned(situation: Path) -> tuple[Plan, State, dict[Address, Observation]]:
    before = (situation / "before.yaml").read_text()
    after = loaded((situation / "after.yaml").read_text())
    state = applied(loaded(before)) if before.strip() else State()
    observed = observed_in(situation)
    return make_plan(after.settings, after.resources, state, observed, now=0), state, observed


def reports(situation: Path) -> dict[str, str]:
    plan, state, observed = planned(situation)
    view = view_of(plan)
    found = {
        "plan-60.txt": render_text(view, width=60, color=False),
        "plan-100.txt": render_text(view, width=100, color=False),
        "plan-color.txt": render_text(view, width=100, color=True).replace("\x1b", "ESC"),
        "plan.json": json.dumps(plan_to_json(plan), indent=2) + "\n",
        "saved.json": json.dumps(saved_to_json(SavedPlan(plan, "0", {})), indent=2) + "\n",
    }
    if observed:
        drift = find_drift(plan, state.entries, observed)
        found["drift.txt"] = render_drift(drift, width=100, color=False)
        found["drift.json"] = json.dumps(drift_to_json(drift), indent=2) + "\n"
    return found


@pytest.mark.parametrize("name", SITUATIONS)
def test_report(name: str) -> None:
    situation = GOLDEN / name
    for file, text in reports(situation).items():
        path = situation / file
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text)
        assert path.read_text() == text, f"{path} differs; look, then run with UPDATE_GOLDEN=1"


@pytest.mark.parametrize("name", SITUATIONS)
def test_lines_fit(name: str) -> None:
    for width in (60, 72, 100):
        text = render_text(view_of(planned(GOLDEN / name)[0]), width=width, color=False)
        assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("name", SITUATIONS)
def test_colour_changes_nothing_but_colour(name: str) -> None:
    view = view_of(planned(GOLDEN / name)[0])
    coloured = render_text(view, width=100, color=True)
    for code in ("0", "1", "31", "32", "33", "36", "90", "1;31", "1;33"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    plain = render_text(view, width=100, color=False)
    assert [line.rstrip() for line in coloured.splitlines()] == plain.splitlines()
