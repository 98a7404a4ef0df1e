"""The situations of tests/golden/status as status reports.

A situation is a directory with `manifests.yaml` (what is wanted, and was applied), perhaps `recorded.yaml`
(what was applied and is declared no more), `recorded.json` (what entries record otherwise; null for none) and
`observed.json` (what the cloud says).
"""

import json
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from reconciler.kinds.concealing import conceal
from reconciler.kinds.records import records_of
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address, Observation, Source, Standing, Status
from reconciler.moments import unix_seconds
from reconciler.plan.status import StatusReport
from reconciler.planning.choice import Choice
from reconciler.planning.planner import make_plan
from reconciler.planning.status import status_of
from reconciler.reports.calendar import Clock
from reconciler.reports.status import StatusContext
from reconciler.state.model import State
from tests.support import LINEAGE, TESTS, applied, loaded, patched

GOLDEN = TESTS / "golden" / "status"
SITUATIONS = sorted(path.name for path in GOLDEN.iterdir())
NOW = unix_seconds("2026-01-01T12:00:00Z")
KEY = "the state's own key"
CONTEXT = StatusContext("tencentcloud-intl", Clock(NOW, timezone(timedelta(hours=8), "CST")))


def situation(name: str) -> StatusReport:
    folder = GOLDEN / name
    wanted = concealed(loaded((folder / "manifests.yaml").read_text()))
    beside = folder / "recorded.yaml"
    entries = dict(applied(wanted).entries)
    entries |= applied(loaded(beside.read_text())).entries if beside.exists() else {}
    for text, patch in _json(folder / "recorded.json").items():
        entry = entries.pop(Address.parse(text))
        if patch is not None:
            entries[Address.parse(text)] = patched(entry, patch)
    return reported(wanted, State(LINEAGE, 7, entries), _observed(_json(folder / "observed.json")))


def reported(
    wanted: Workspace, state: State, observed: dict[Address, Observation], choice: Choice | None = None
) -> StatusReport:
    """The status of resources that were planned from the same."""
    plan = make_plan(wanted.settings, wanted.resources, state, observed, choice, now=NOW)
    plan = replace(plan, state_location="state/demo.json", state_status="present", cloud="tencentcloud-intl")
    return status_of(plan, wanted.resources, records_of(state), observed, NOW)


def concealed(workspace: Workspace) -> Workspace:
    return replace(workspace, resources=conceal(workspace.resources, KEY).resources)


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _observed(data: dict[str, Any]) -> dict[Address, Observation]:
    return {
        Address.parse(address): Observation(
            Status(seen["status"]) if seen["status"] else None,
            seen["evidence"],
            NOW,
            Standing.SILENT if seen.get("silent") else None,
            Source.DESCRIBE if address.startswith("Ingest") else Source.LIVE,
        )
        for address, seen in data.items()
    }
