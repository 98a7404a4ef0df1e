"""A task that tells what it is made of: found again instead of started again, and its drift is a change."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Impact, Status, Verb
from reconciler.plan.model import Change
from reconciler.planning.choice import Choice
from reconciler.planning.drift import find_drift
from reconciler.reports.formats import render

from .host import Host
from .plain import known
from .pump import CHANGE, DESCRIBE, START, STOP, Pump, PumpKind, PumpSpec, Works

PLAIN, STRONG, SEA = PumpSpec(), PumpSpec(power=2), PumpSpec(source="sea")
PAUSED = PumpSpec(state="paused")
LATE = 400.0
BY_ID, BY_NOTE = PumpKind(), PumpKind(tokens=False)


@pytest.fixture
def works() -> Works:
    return Works()


@pytest.fixture(params=[BY_ID, BY_NOTE], ids=["by ID", "by note"])
def host(request: pytest.FixtureRequest, works: Works) -> Host:
    return Host(request.param, works.serve)


def only(host: Host, spec: PumpSpec | None) -> Change:
    (change,) = host.plan(spec).changes
    return change


def changed(works: Works, **values: Any) -> None:
    (pump,) = works.pumps.values()
    works.pumps[pump.id] = replace(pump, body={**pump.body, **values})


def settled(host: Host, works: Works, spec: PumpSpec = PLAIN) -> None:
    """One task runs, it is the recorded one, and nothing is left to do."""
    host.look()
    assert host.plan(spec).changes == () and host.plan(spec).warnings == ()
    (pump,) = works.pumps.values()
    assert (pump.id, pump.body["Power"], pump.body["Source"]) == (host.entry.task_id, spec.power, spec.source)
    assert host.entry.pending is None and not host.entry.attempted


# A start whose answer was lost


def test_what_a_lost_start_has_made_is_found_and_recorded_without_a_call(host: Host, works: Works) -> None:
    host.fates = ["lost"]
    host.apply(PLAIN)
    host.look()
    change = only(host, PLAIN)
    assert (change.verb, change.impact, change.steps) == (Verb.UPDATE, Impact.NONE, ())
    assert change.reason == (
        "the task whose start was never answered was found (DescribePumps reports running): "
        "recorded without a call"
    )
    host.apply(PLAIN)
    assert host.sent == []
    settled(host, works)


def test_what_was_found_is_changed_or_stopped_by_its_task_id(host: Host, works: Works) -> None:
    host.fates = ["lost"]
    host.apply(PLAIN)
    host.settle(STRONG)
    settled(host, works, STRONG)
    host.now += LATE
    host.fates = ["lost"]
    host.settle(SEA)
    host.settle(SEA)
    host.settle(SEA)
    settled(host, works, SEA)
    host.settle(None)
    assert works.pumps == {}  # its starts may still arrive once more
    host.now += 400
    host.settle(None)
    assert works.pumps == {} and host.entries == {}


@pytest.mark.parametrize("fate", ["lost", "late"])
def test_an_update_of_what_was_found_leaves_it_in_doubt_where_it_got_no_answer(
    host: Host, works: Works, fate: str
) -> None:
    host.fates = ["lost"]
    host.apply(PLAIN)
    host.look()
    host.fates = [fate]
    host.apply(STRONG)
    assert host.actions() == [CHANGE.name] and host.entry.task_id in works.pumps
    assert (host.entry.spec, host.entry.attempted) == (PLAIN.to_json(), (STRONG.to_json(),))
    host.observations = {}
    (step,) = only(host, STRONG).steps
    assert step.call.request["Power"] == 2
    host.settle(STRONG)
    host.now += LATE
    host.settle(STRONG)
    settled(host, works, STRONG)


def test_one_that_may_still_arrive_is_waited_for_where_nothing_tells_it_from_another(works: Works) -> None:
    host = Host(BY_NOTE, works.serve)
    host.fates = ["late"]
    host.apply(PLAIN)
    for looks in (lambda: None, host.look):
        looks()
        plan = host.plan(PLAIN)
        assert plan.changes == () and "so it waits: an apply after 2027-01-15T08:0" in plan.warnings[0]
        assert host.plan(None).changes == ()
    host.now += LATE
    host.look()
    assert only(host, PLAIN).verb is Verb.START and only(host, None).verb is Verb.FORGET
    host.apply(PLAIN)
    settled(host, works)


def test_one_that_has_arrived_by_then_is_found(works: Works) -> None:
    host = Host(BY_NOTE, works.serve)
    host.fates = ["late"]
    host.apply(PLAIN)
    host.now += LATE / 2
    host.arrive()
    host.now += LATE
    host.observations = {}
    assert host.plan(PLAIN).changes == () and "an apply that can query" in host.plan(PLAIN).warnings[0]
    host.settle(PLAIN)
    settled(host, works)


@pytest.mark.parametrize("twice", ["same", "refused"])
@pytest.mark.parametrize("looks", [True, False])
def test_one_with_an_id_of_ours_is_sent_again_and_is_the_same_task(
    works: Works, twice: str, looks: bool
) -> None:
    works.twice = twice
    host = Host(BY_ID, works.serve)
    host.fates = ["late"]
    host.apply(PLAIN)
    own = host.entry.made["token"]
    host.now += 60
    if looks:
        host.look()
    change = only(host, PLAIN)
    assert (change.verb, change.impact) == (Verb.START, Impact.START)
    host.apply(PLAIN)
    assert host.actions() == [START.name] and host.sent[0][1]["OwnId"] == own == host.entry.made["token"]
    if twice == "same":
        host.arrive()
    settled(host, works)


@pytest.mark.parametrize("arrives", [True, False])
def test_one_that_may_arrive_after_its_task_was_stopped_is_looked_for_until_it_cannot(
    works: Works, arrives: bool
) -> None:
    host = Host(BY_ID, works.serve)
    host.fates = ["late"]
    host.apply(PLAIN)
    host.apply(PLAIN)
    host.settle(None)
    assert works.pumps == {} and host.entry.status is Status.STOPPED
    if arrives:
        host.arrive()
    host.look()
    assert [change.verb for change in host.plan(None).changes] == ([Verb.STOP] if arrives else [])
    host.apply(None)
    assert works.pumps == {}
    host.now += LATE
    host.observations = {}
    assert host.plan(None).changes == () and "so it waits" in host.plan(None).warnings[0]
    host.settle(None)
    assert host.entries == {}


def test_a_task_that_takes_the_place_of_one_whose_start_may_arrive_has_its_id(works: Works) -> None:
    host = Host(BY_ID, works.serve)
    host.choice = Choice(replace=frozenset({host.address}))
    host.fates = ["late"]
    host.apply(PLAIN)
    host.apply(PLAIN)
    own = host.entry.made["token"]
    host.now += 60
    host.settle(STRONG)
    assert host.actions() == [STOP.name, START.name, CHANGE.name]
    assert host.entry.made["token"] == own
    host.arrive()
    host.choice = Choice()
    settled(host, works, STRONG)
    host.now += LATE
    host.settle(SEA)
    settled(host, works, SEA)
    assert host.entry.made["token"] != own


@pytest.mark.parametrize("arrives", [True, False])
def test_what_no_update_could_set_waits_until_a_lost_start_cannot_answer_for_it(
    works: Works, arrives: bool
) -> None:
    host = Host(BY_ID, works.serve)
    host.fates = ["late"]
    host.apply(PLAIN)
    host.apply(PLAIN)
    host.look()
    plan = host.plan(SEA)
    assert plan.changes == () and plan.warnings == (
        "Pump/one: a start was never answered and may still take effect; spec.source cannot be changed while "
        "its task runs, and another start could be answered with it, so what runs is not replaced yet: an "
        "apply after 2027-01-15T08:05:31Z replaces it",
    )
    host.now += LATE
    if arrives:
        host.arrive()
    host.settle(SEA)
    settled(host, works, SEA)


# A start that is answered with the task of a lost one


def test_a_start_with_other_words_sets_the_task_of_the_lost_one(works: Works) -> None:
    host = Host(BY_ID, works.serve)
    host.fates = ["lost"]
    host.apply(PLAIN)
    change = only(host, STRONG)
    assert change.verb is Verb.START
    assert [step.call.action.name for step in change.steps] == [START.name, CHANGE.name]
    assert change.reason.endswith("find again by its ID and set as declared")
    host.apply(STRONG)
    settled(host, works, STRONG)


def test_a_start_with_the_same_words_takes_one_call(works: Works) -> None:
    host = Host(BY_ID, works.serve)
    host.fates = ["lost"]
    host.apply(PLAIN)
    (step,) = only(host, PLAIN).steps
    assert step.call.action is START and step.entry is not None and step.entry.attempted == ()


def test_what_starts_paused_is_set_before_that(works: Works) -> None:
    host = Host(BY_ID, works.serve)
    host.fates = ["lost"]
    host.apply(PLAIN)
    host.apply(PumpSpec(power=2, state="paused"))
    assert [(body.get("Power"), body.get("Paused")) for _, body in host.sent] == [
        (2, None),
        (2, None),
        (None, True),
    ]
    settled(host, works, PumpSpec(power=2, state="paused"))


@pytest.mark.parametrize("dies", ["at the start", "at the update"])
def test_its_content_stays_in_doubt_until_the_update_is_answered(works: Works, dies: str) -> None:
    host = Host(BY_ID, works.serve)
    host.fates = ["lost"]
    host.apply(PLAIN)
    host.fates = ["lost"] if dies == "at the start" else ["", "late"]
    host.apply(STRONG)
    assert host.entry.attempted == (PLAIN.to_json(),)
    host.observations = {}
    (step,) = only(host, STRONG).steps[-1:]
    assert step.call.action is CHANGE and step.call.request["Power"] == 2
    host.settle(STRONG)
    host.now += LATE
    host.settle(STRONG)
    settled(host, works, STRONG)


@pytest.mark.parametrize("sure", [True, False])
def test_a_start_that_was_looked_for_and_is_over_says_all_by_itself(works: Works, sure: bool) -> None:
    host = Host(BY_ID, works.serve)
    host.fates = ["late"]
    host.apply(PLAIN)
    host.now += LATE
    if sure:
        host.look()
    assert len(only(host, STRONG).steps) == (1 if sure else 2)
    host.settle(STRONG)
    settled(host, works, STRONG)


# A start and a stop whose answers were lost


def doubled(host: Host) -> None:
    """A start that was sent twice and may arrive once more, and a stop that got no answer."""
    host.fates = ["late"]
    host.apply(PLAIN)
    host.settle(PLAIN)
    host.fates = ["lost"]
    host.apply(None)
    assert host.entry.status is Status.UNCERTAIN


@pytest.mark.parametrize("wanted", [None, PLAIN, STRONG])
def test_what_a_late_start_made_after_a_lost_stop_is_found(works: Works, wanted: PumpSpec | None) -> None:
    host = Host(BY_ID, works.serve)
    doubled(host)
    host.arrive()
    (left,) = works.pumps
    host.settle(wanted)
    assert list(works.pumps) == ([] if wanted is None else [left])
    host.now += LATE
    host.settle(wanted)
    if wanted is None:
        assert host.entries == {}
    else:
        settled(host, works, wanted)


def test_it_waits_for_a_look_where_a_late_start_may_have_made_another(works: Works) -> None:
    host = Host(BY_ID, works.serve)
    doubled(host)
    host.now += LATE
    host.observations = {}
    plan = host.plan(None)
    assert plan.changes == () and "the outcome of a start is unknown" in plan.warnings[0]
    host.settle(None)
    assert host.entries == {}


def test_one_that_takes_the_place_of_what_somebody_ended_is_recorded(works: Works) -> None:
    host = Host(BY_ID, works.serve)
    host.fates = ["late"]
    host.apply(PLAIN)
    host.apply(PLAIN)
    works.pumps.clear()
    host.arrive()
    host.look()
    change = only(host, PLAIN)
    assert change.steps == () and "the task whose start was never answered was found" in change.reason
    host.apply(PLAIN)
    settled(host, works)


def test_an_end_that_something_else_has_moved_is_known(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    changed(works, End="2027-01-18T00:00:00Z")
    host.settle(PLAIN)
    assert host.entry.made["end"] == "2027-01-18T00:00:00Z"


def test_a_second_that_is_refused_is_looked_for(works: Works) -> None:
    works.twice = "refused"
    host = Host(BY_ID, works.serve)
    host.fates = ["lost"]
    host.apply(PLAIN)
    host.apply(PLAIN)
    assert host.entry.status is Status.UNCERTAIN and len(works.pumps) == 1
    host.settle(PLAIN)
    settled(host, works)


def test_a_lost_stop_is_sent_again_unless_it_was_seen_to_have_come(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    host.fates = ["late"]
    host.apply(None)
    assert only(host, None).verb is Verb.STOP
    host.look()
    assert only(host, None).verb is Verb.STOP
    host.arrive()
    host.look()
    assert only(host, None).verb is Verb.FORGET


# Drift


def test_a_value_that_something_else_has_changed_is_put_back(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    changed(works, Power=7)
    host.look()
    change = only(host, PLAIN)
    (field,) = change.fields
    assert (field.path, field.before, field.after, field.recorded) == ("spec.power", 7, 1, 1)
    assert field.why == "changed outside of the manifests, recorded as 1"
    (step,) = change.steps
    assert dict(step.call.request) == {"TaskId": host.entry.task_id, "Power": 1}
    host.apply(PLAIN)
    settled(host, works)


def test_recorded_observed_and_desired_stand_side_by_side(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    changed(works, Power=7)
    host.look()
    (field,) = only(host, STRONG).fields
    assert (field.before, field.recorded, field.after) == (7, 1, 2)
    with known(host.kind):
        text = render(host.plan(STRONG), "text")
    assert "7 → 2" in text and "changed outside of the manifests, recorded as 1" in text


def test_what_something_else_has_set_as_it_is_wanted_is_only_recorded(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    changed(works, Power=2)
    host.look()
    change = only(host, STRONG)
    assert (change.verb, change.steps) == (Verb.UPDATE, ())
    host.apply(STRONG)
    settled(host, works, STRONG)


def test_a_value_that_cannot_be_put_back_restarts_it(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    changed(works, Source="sea")
    host.look()
    change = only(host, PLAIN)
    assert (change.verb, change.impact) == (Verb.REPLACE, Impact.RESTART)
    assert change.reason == "spec.source: changed outside of the manifests, recorded as 'well'"


def test_drift_tells_each_field_that_differs(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    changed(works, Power=7)
    host.look()
    with known(host.kind):
        (row,) = find_drift(host.plan(PLAIN), host.entries, host.observations).rows
    assert (row.status, row.evidence) == (
        "changed",
        "DescribePumps reports running; changed outside of the manifests: spec.power",
    )


def test_a_pause_by_something_else_is_ended(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    (pump,) = works.pumps.values()
    works.pumps[pump.id] = replace(pump, paused=True)
    host.look()
    assert only(host, PLAIN).verb is Verb.RESUME and host.plan(PAUSED).changes[0].steps == ()
    host.apply(PLAIN)
    assert not works.pumps[pump.id].paused


def test_an_update_that_arrived_without_an_answer_is_known_from_what_runs(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    host.fates = ["lost"]
    host.apply(STRONG)
    host.look()
    change = only(host, STRONG)
    assert change.steps == () and change.reason.startswith("it runs as it is declared")
    (field,) = only(host, PLAIN).fields
    assert (field.before, field.after, field.why) == (2, 1, "")
    host.apply(STRONG)
    assert host.sent == [] and host.entry.attempted == ()


def test_what_has_ended_starts_again_with_another_id(host: Host, works: Works) -> None:
    host.apply(PLAIN)
    works.pumps.clear()
    host.now += 60
    host.look()
    assert only(host, PLAIN).verb is Verb.START
    first = host.entry.made["token"]
    host.apply(PLAIN)
    settled(host, works)
    assert host.entry.made["token"] != first


# The list


def test_a_list_is_read_again_from_its_beginning_as_what_changes_moves_there(works: Works) -> None:
    host = Host(BY_NOTE, works.serve)
    for number in range(5):
        works.serve(START.name, {"Source": "x", "Power": 1, "End": "2027-09-01T00:00:00Z"}, host.now + number)
    host.fates = ["lost"]
    host.apply(PLAIN)
    mine = next(one for one in works.pumps.values() if one.body.get("Note"))
    works.pumps = {mine.id: mine, **works.pumps}  # the oldest: on the last page
    pages: list[int] = []

    def moving(action: str, body: Mapping[str, Any], now: float) -> dict[str, Any]:
        if action == DESCRIBE.name:
            pages.append(body["Page"])
            if pages == [1, 2]:
                pump: Pump = works.pumps.pop(mine.id)
                works.pumps[mine.id] = pump
        return works.serve(action, body, now)

    host.serve = moving
    host.look()
    assert pages == [1, 2, 3, 1]
    assert host.observations[host.address].task_id == mine.id
