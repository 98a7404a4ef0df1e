"""Case files: manifests, what is recorded and what was seen in, the whole plan out.

cases/<kind>/<situation>.yaml; a file may hold several cases that differ in little. Keys of a case:

    about     in a word, where a file holds several
    base      the manifests that stand in <kind>/base/<base>.txt; `manifests` gives them as text instead
    before    edits {old: new} that make of them what was applied; `applied: false` for nothing applied
    after     edits that make of them what is wanted now
    attempted edits that make of what was applied the spec of an update whose outcome is unknown
    recorded  {address: {key: value}}: keys of entries in the state file's own JSON; null takes one out
    suspects  {address: [{until, edits}]}: starts that were never answered, of what was applied with edits
    observed  {address: {status, evidence}}
    replace, only, label    what the command line can choose
    now       unix seconds, 0 if it is not given
    expect    changes, unchanged (default 0), warnings (default none; fragments)

Of a change everything that is given is compared; address, verb and impact must be given. `calls` are actions
with `request` (the whole, as in a saved plan) or `has` (some of it) and `blocks` (the names of what is in it
beside what names the task). `fields` maps each path to its impact, `visible` after it where it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.kinds import KINDS
from reconciler.kinds.base import Managed, Settings
from reconciler.kinds.capabilities import CanPause
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import ENDED_BY_ITSELF, Address, Observation, Status, Verb
from reconciler.plan.model import Change, Plan
from reconciler.plan.saved import SavedPlan, saved_to_json
from reconciler.planning.choice import Choice
from reconciler.planning.decisions import SWITCHES, TASKS, otherwise
from reconciler.planning.planner import make_plan
from reconciler.state.model import Entry, LateCall, State

from ..support import TESTS, applied, attempted, by_address, edited, loaded, patched

CASES = TESTS / "planning" / "cases"
NAMING = {"SdkAppId", "TaskId", "SequenceNumber", "WithTranscoding"}


@dataclass(frozen=True)
class Given:
    settings: Settings
    desired: Workspace
    state: State
    observed: dict[Address, Observation]
    choice: Choice
    now: float

    def plan(self) -> Plan:
        resources = self.desired.resources
        return make_plan(self.settings, resources, self.state, self.observed, self.choice, now=self.now)

    def situations(self) -> Iterator[tuple[Address, Status | None, Status | None]]:
        """(address, wanted, actual) of everything that is planned."""
        desired = by_address(self.desired.resources)
        for address in desired.keys() | self.state.entries.keys():
            resource, entry, seen = (
                desired.get(address),
                self.state.entries.get(address),
                self.observed.get(address),
            )
            labels = resource.labels if resource else self.state.entries[address].labels
            if self.choice.includes(address, labels):
                actual = entry and ((seen and seen.status) or entry.status)
                yield address, resource and resource.wanted, actual


def case_files() -> list[Any]:
    found = []
    for file in sorted(CASES.glob("*/*.yaml")):
        cases = list(yaml.load_all(file.read_text(), yaml.CSafeLoader))
        for case in cases:
            name = f"{file.parent.name}/{file.stem}"
            found.append(pytest.param(file, case, id=f"{name}: {case['about']}" if len(cases) > 1 else name))
    return found


def given_by(file: Path, case: dict[str, Any]) -> Given:
    text = (
        case["manifests"]
        if "manifests" in case
        else (file.parent / "base" / f"{case['base']}.txt").read_text()
    )
    before, after = edited(text, case.get("before", {})), edited(text, case.get("after", {}))
    desired = loaded(after)
    state = applied(loaded(before)) if case.get("applied", True) else State()
    if "attempted" in case:
        state = attempted(state, loaded(edited(before, case["attempted"])))
    entries = dict(state.entries)
    for name, patch in case.get("recorded", {}).items():
        entries[Address.parse(name)] = patched(entries[Address.parse(name)], patch)
    for name, listed in case.get("suspects", {}).items():
        address = Address.parse(name)
        specs = [loaded(edited(before, one.get("edits", {}))).resources for one in listed]
        late_calls = [
            LateCall(one["until"], by_address(resources)[address].spec)
            for one, resources in zip(listed, specs, strict=True)
        ]
        entries[address] = replace(entries[address], late_calls=tuple(late_calls))
    observed = {
        Address.parse(name): Observation(
            Status(seen["status"]) if seen["status"] else None, seen["evidence"], 0
        )
        for name, seen in case.get("observed", {}).items()
    }
    whole = replace(state, entries=entries)
    return Given(desired.settings, desired, whole, observed, choice_of(case), case.get("now", 0))


def choice_of(case: dict[str, Any]) -> Choice:
    only, label = case.get("only"), case.get("label", {})

    def includes(address: Address, labels: Any) -> bool:
        return (only is None or str(address) in only) and label.items() <= dict(labels).items()

    return Choice(includes, frozenset(map(Address.parse, case.get("replace", []))))


@pytest.mark.parametrize(("file", "case"), case_files())
def test_case(file: Path, case: dict[str, Any]) -> None:
    plan = given_by(file, case).plan()
    expect = case["expect"]
    saved = saved_to_json(SavedPlan(plan, ""))
    changes = expect.get("changes", [])
    assert [str(change.address) for change in plan.changes] == [change["address"] for change in changes]
    for change, data, expected in zip(plan.changes, saved["changes"], changes, strict=True):
        assert {"address", "verb", "impact"} <= expected.keys() <= {*data, "recorded"}
        check_change(change, data, expected)
    assert plan.unchanged == expect.get("unchanged", 0)
    fragments = expect.get("warnings", [])
    assert len(plan.warnings) == len(fragments), plan.warnings
    for warning, fragment in zip(plan.warnings, fragments, strict=True):
        assert fragment in warning


def check_change(change: Change, data: dict[str, Any], expected: dict[str, Any]) -> None:
    assert (data["verb"], data["impact"]) == (expected["verb"], expected["impact"])
    assert expected.get("reason", "") in change.reason
    for key in ("visible", "after", "because"):
        assert data[key] == expected.get(key, data[key]), key
    if "fields" in expected:
        told = {
            field["path"]: field["impact"] + (" visible" if field["visible"] else "")
            for field in data["fields"]
            if "label" not in field  # what starts or stops as a whole has a test of its own
        }
        assert told == (expected["fields"] or {})
    if "calls" in expected:
        assert [call["action"] for call in data["calls"]] == [call["action"] for call in expected["calls"]]
        for call, wanted in zip(data["calls"], expected["calls"], strict=True):
            check_call(call, wanted)
    if "recorded" in expected:
        entry = data["entry"] or {}
        assert {key: entry.get(key) for key in expected["recorded"]} == expected["recorded"]


def check_call(call: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert wanted.keys() <= {"action", "request", "has", "blocks", "goneIsDone", "region"}
    assert call["request"] == wanted.get("request", call["request"])
    assert part_of(call["request"], wanted.get("has", {})), call["request"]
    for key in ("goneIsDone", "region"):
        assert call[key] == wanted.get(key, call[key])
    if "blocks" in wanted:
        assert sorted(call["request"].keys() - NAMING) == sorted(wanted["blocks"])


def part_of(whole: Any, part: Any) -> bool:
    """Whether every key of the part, however deep, stands in the whole with the same value."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and part_of(whole[key], value) for key, value in part.items())
    return bool(whole == part)


def test_every_decision_is_covered_or_needs_what_no_kind_can() -> None:
    covered = {
        (wanted, actual)
        for file, case in (parameter.values for parameter in case_files())
        for _, wanted, actual in given_by(file, case).situations()
    }
    by_itself = {pair for pair in TASKS if pair[1] in ENDED_BY_ITSELF}  # test_ends has each of them
    covered |= by_itself
    pause = {pair for pair in TASKS if Status.PAUSED in pair}
    out_of_reach = set() if any(isinstance(kind, CanPause) for kind in KINDS.values()) else pause
    assert (TASKS.keys() | SWITCHES.keys()) - covered <= out_of_reach
    assert {(Status.STOPPED, None)} <= covered


def test_what_the_table_does_not_list_cannot_be() -> None:
    """Every pair of what one kind can want and what can be recorded of it is decided or needs nothing."""
    tasks = {Status.RUNNING, Status.PAUSED, Status.STOPPED, *ENDED_BY_ITSELF, Status.UNCERTAIN, None}
    switches = {Status.ALLOWED, Status.FORBIDDEN, Status.UNCERTAIN, None}
    of_tasks = {
        (want, actual) for want in (Status.RUNNING, Status.PAUSED, Status.STOPPED, None) for actual in tasks
    }
    of_switches = {(want, actual) for want in (Status.ALLOWED, Status.FORBIDDEN, None) for actual in switches}
    assert of_tasks - TASKS.keys() == {(Status.STOPPED, None), (None, None)}
    assert of_switches - SWITCHES.keys() == {(None, None)}
    assert TASKS.keys() <= of_tasks and SWITCHES.keys() <= of_switches


def test_every_cell_ends_in_a_row_that_always_holds() -> None:
    for cell in (*TASKS.values(), *SWITCHES.values()):
        assert cell.rows[-1][0] is otherwise
        assert otherwise not in [condition for condition, _ in cell.rows[:-1]]


def test_every_folder_of_cases_is_of_a_kind_that_is_planned() -> None:
    planned = {name.lower() for name, kind in KINDS.items() if isinstance(kind, Managed)}
    folders = {folder.name.replace("-", "") for folder in CASES.iterdir()}
    assert {"mixstream", "livestream"} <= folders <= planned


def ended_of(entry: Entry) -> dict[str, Any]:
    """What an end by itself leaves of a record."""
    if entry.end is None:
        return {}
    over = {"status": entry.status, "end": entry.end, "restarts": entry.restarts, "task_id": None}
    return {**over, "sequence_number": None, "paused_at": None, "signed": {}, "signed_by": {}}


@pytest.mark.parametrize(("file", "case"), case_files())
def test_what_holds_for_every_plan(file: Path, case: dict[str, Any]) -> None:
    """Equal input makes an equal plan; steps are named once; each plan says which state it is of."""
    given = given_by(file, case)
    plan = given.plan()
    assert plan == given_by(file, case).plan()
    assert (plan.lineage, plan.serial) == (given.state.lineage, given.state.serial)
    ids = [step.id for change in plan.changes for step in change.steps]
    assert len(ids) == len(set(ids))
    assert sum(plan.summary().values()) == len(plan.changes) + plan.unchanged
    for change in plan.changes:
        assert change.reason and change.verb is not Verb.UNCHANGED
        if change.steps or change.verb is Verb.FORGET:
            assert change.entry == (change.steps[-1].entry if change.steps else None)
            continue
        assert change.verb is Verb.UPDATE and change.entry is not None and change.before is not None
        noted = {"spec": change.entry.spec, "digest": change.entry.digest, "labels": change.entry.labels}
        assert change.entry == replace(change.before, **noted, **ended_of(change.entry))
