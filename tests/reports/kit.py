"""The situations of tests/golden/reports as plans and drift, and plans of any size.

A situation is a directory with `before.yaml` (what was applied; may be empty), `after.yaml` (what
is planned) and perhaps `observed.json` (what the cloud says) and `beside.json` (what a plan holds
besides its changes, where manifests alone do not bring it about). `selection.json` has what is chosen
on the command line, and `recorded.json` what an entry records otherwise; see _as_recorded.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reconciler.cli.options import Selection
from reconciler.model import Address, Impact, Observation, Resource, Standing, Status, Verb
from reconciler.plan.drift import Drift
from reconciler.plan.model import Change, Expiry, Plan, PlannedField, Refusal
from reconciler.planning.choice import labels_of
from reconciler.planning.drift import find_drift
from reconciler.planning.planner import make_plan
from reconciler.state.codec import fingerprint
from reconciler.state.model import State
from tests.support import LINEAGE, TESTS, applied, loaded, patched

GOLDEN = TESTS / "golden" / "reports"
SITUATIONS = sorted(path.name for path in GOLDEN.iterdir())


@dataclass(frozen=True, slots=True)
class Situation:
    """What was planned, from what, and the drift where something was observed."""

    plan: Plan
    resources: tuple[Resource, ...]
    drift: Drift | None

    @property
    def labels(self) -> dict[Address, Any]:
        return {resource.address: resource.labels for resource in self.resources}


def situation(name: str) -> Situation:
    folder = GOLDEN / name
    before = (folder / "before.yaml").read_text()
    after = loaded((folder / "after.yaml").read_text())
    state = applied(loaded(before)) if before.strip() else State()
    state = _as_recorded(state, _json(folder / "recorded.json"))
    observed = _observed(_json(folder / "observed.json"))
    chosen = _json(folder / "selection.json")
    choice = Selection(*(tuple(chosen.get(name, ())) for name in ("targets", "excludes", "selects"))).choice(
        labels_of(after.resources, state)
    )
    plan = make_plan(after.settings, after.resources, state, observed, choice, now=0)
    plan = replace(plan, fingerprint=fingerprint(state))
    plan = _with(replace(plan, not_refreshed="noRefresh" in chosen), _json(folder / "beside.json"))
    drift = find_drift(plan, state.entries, observed) if observed else None
    return Situation(plan, after.resources, drift)


def _as_recorded(state: State, given: dict[str, Any]) -> State:
    """The state with entries patched; one that is `lost` records nothing, though it was written."""
    if "lost" in given:
        return State(LINEAGE, 1)
    patches = {Address.parse(address): patch for address, patch in given.items()}
    entries = {address: patched(one, patches.get(address, {})) for address, one in state.entries.items()}
    return replace(state, entries=entries)


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _observed(data: dict[str, Any]) -> dict[Address, Observation]:
    return {
        Address.parse(address): Observation(
            Status(seen["status"]) if seen["status"] else None,
            seen["evidence"],
            0,
            Standing.SILENT if seen.get("silent") else None,
        )
        for address, seen in data.items()
    }


def _with(plan: Plan, beside: dict[str, Any]) -> Plan:
    if not beside:
        return plan
    return replace(
        plan,
        warnings=tuple(beside["warnings"]),
        probation={Address.parse(one): until for one, until in beside["probation"].items()},
        refusals=tuple(
            Refusal(one["gate"], one["message"], tuple(map(Address.parse, one["addresses"])))
            for one in beside["refusals"]
        ),
        expiries=tuple(
            Expiry(Address.parse(one["address"]), one["what"], one["at"], one["note"], one["soon"])
            for one in beside["expiries"]
        ),
    )


IMPACTS = list(Impact)
VERBS = {
    Impact.NONE: Verb.UPDATE,
    Impact.START: Verb.START,
    Impact.RECONNECT: Verb.UPDATE,
    Impact.RESTART: Verb.REPLACE,
    Impact.PAUSE: Verb.PAUSE,
    Impact.STOP: Verb.STOP,
}


def large_plan(count: int) -> Plan:
    """A plan of so many changes of every impact, no two of them alike, each with three fields."""
    return Plan(
        workspace="large",
        lineage="",
        serial=7,
        fingerprint="",
        changes=tuple(_large_change(number) for number in range(count)),
        unchanged=count,
        eta_seconds=count / 18,
        warnings=tuple(f"MixStream/stream-{number}: hardly ever meant" for number in range(20)),
    )


def _large_change(number: int) -> Change:
    impact = IMPACTS[number % len(IMPACTS)]
    kind = ("MixStream", "RelayStream", "IngestStream")[number % 3]
    fields = tuple(
        PlannedField(path, f"{before}-{number}", f"{before}-{number + 1}", impact, True)
        for path, before in (
            ("spec.publish[0].url", "rtmp://3891.livepush.myqcloud.com/live/stream"),
            ("spec.video.encode.bitRate", "1500"),
            ("spec.layout.slots.guest.userId", "camera"),
        )
    )
    address = Address(kind, f"stream-{number}")
    return Change(address, VERBS[impact], impact, True, f"it changes for reason {number}", fields)


def alike_plan(count: int) -> Plan:
    """The same plan with the same fields, reason and impact in every change, as one layout makes them."""
    plan = large_plan(count)
    first = plan.changes[0]
    return replace(plan, changes=tuple(replace(first, address=one.address) for one in plan.changes))


def large_labels(count: int) -> dict[Address, Any]:
    plan = large_plan(count)
    return {
        change.address: {"event": f"event-{number % 40}", "stage": "prod" if number % 2 else "test"}
        for number, change in enumerate(plan.changes)
    }
