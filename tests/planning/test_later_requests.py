"""Requests of starts are made when they are asked for, and are those that the kind makes."""

from typing import Any

import pytest

from reconciler.calls import LaterRequest
from reconciler.kinds import managed, registry
from reconciler.kinds.base import Subject
from reconciler.plan.model import Plan
from reconciler.planning.planner import make_plan
from reconciler.reports.formats import Look, ReportContext, render
from reconciler.state.model import State

from ..kinds.test_essence import CASES
from ..support import loaded


def planned(kind: str, spec: str) -> Plan:
    head = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: a}}\n"
    workspace = loaded(f"{head}spec: {{{spec}}}\n")
    return make_plan(workspace.settings, workspace.resources, State(), {}, now=0.0)


def held(plan: Plan) -> list[LaterRequest]:
    calls = (step.call for change in plan.changes for step in change.steps)
    return [call.request for call in calls if isinstance(call.request, LaterRequest)]


def test_one_is_made_once_and_is_as_any_other() -> None:
    made: list[str] = []

    def make() -> dict[str, Any]:
        made.append("x")
        return {"Name": 1, "Tags": ["a"]}

    later = LaterRequest(make)
    assert made == []
    assert later == {"Name": 1, "Tags": ["a"]} and {**later} == later and later["Name"] == 1
    assert (len(later), list(later), repr(later)) == (2, ["Name", "Tags"], "{'Name': 1, 'Tags': ['a']}")
    assert made == ["x"]


@pytest.mark.parametrize(("kind", "spec"), [case[:2] for case in CASES], ids=lambda text: text[:40])
def test_the_start_of_each_kind_is_the_one_that_it_makes(kind: str, spec: str) -> None:
    starts = registry()[kind].starts
    (change,) = planned(kind, spec).changes
    if starts is None:
        assert not any(isinstance(step.call.request, LaterRequest) for step in change.steps)
        return
    call, entry = change.steps[0].call, change.steps[0].entry
    assert entry is not None
    settings = loaded("").settings
    eager = starts.start(Subject(change.address, managed(change.address).read(entry.spec), settings))
    assert (call.action, call.region) == (eager.action, eager.region)
    assert call.request == eager.request and call == eager
    assert isinstance(call.request, LaterRequest) == (len(starts.starters) == 1)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_people_read_makes_none(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(*CASES[0][:2])
    (later,) = held(plan)
    monkeypatch.setattr(LaterRequest, "_made", lambda self: pytest.fail("it was made"))
    assert "StartPublishCdnStream" in render(plan, form, Look(100), ReportContext("state.json"))
    monkeypatch.undo()
    assert later["WithTranscoding"] == 1
