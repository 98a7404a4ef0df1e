"""Schedules and protection in plans: what is wanted now, in which words, and what may not be interrupted."""

from dataclasses import replace

import pytest

from reconciler.kinds import registry
from reconciler.model import Impact, Status, Verb
from reconciler.moments import unix_seconds
from reconciler.plan.model import Plan
from reconciler.planning.choice import Choice
from reconciler.planning.gates import refusals
from reconciler.planning.limits import Gate, Limits, Most
from reconciler.planning.planner import make_plan
from reconciler.planning.timing import next_change
from reconciler.state.model import State

from ..support import LINEAGE, loaded, told
from .test_ends import SPECS, after

SPECS_OF_ALL = {**SPECS, "LiveStream": "domainName: push.example, streamName: a"}
OFFICE = (
    "{from: '2026-01-05T09:00', rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', ends: '17:00', zone: Europe/Paris}"
)
OPEN, CLOSED = unix_seconds("2026-03-30T07:30:00Z"), unix_seconds("2026-03-30T15:30:00Z")


def document(kind: str, more: str) -> str:
    head = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: a}}\n"
    return f"{head}spec: {{{SPECS_OF_ALL[kind]}, {more}}}\n"


def planned(text: str, state: State, now: float, choice: Choice | None = None) -> Plan:
    workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, state, {}, choice, now=now)


def started(text: str) -> State:
    """The state after an apply an hour before the schedule is looked at."""
    plan = planned(text, State(), OPEN)
    entries = {change.address: told(change) for change in plan.changes}
    recent = {
        address: replace(entry, started_at="2026-03-30T07:00:00Z") for address, entry in entries.items()
    }
    return State(LINEAGE, 1, recent)


@pytest.mark.parametrize("kind", SPECS_OF_ALL)
def test_a_day_of_each_kind(kind: str) -> None:
    """Nothing before nine, a start then, nothing until five, a stop then, and nothing until the next day."""
    text = document(kind, f"schedule: [{OFFICE}]")
    state = State("lineage", 1, cleared="r")
    night, nine = unix_seconds("2026-03-30T06:59:59Z"), unix_seconds("2026-03-30T07:00:00Z")
    five, tomorrow = unix_seconds("2026-03-30T15:00:00Z"), unix_seconds("2026-03-31T07:00:00Z")
    is_switch = registry()[kind].is_switch
    on, off = (Verb.RESUME, Verb.STOP) if is_switch else (Verb.START, Verb.STOP)
    if is_switch:
        state = after(planned(text, state, night), state)
    changes = []
    for moment in (night, nine, nine + 3600, five - 1, five, five + 3600, tomorrow):
        plan = planned(text, state, moment)
        changes += [(moment, change.verb, change.reason) for change in plan.changes]
        state = after(plan, state)
        assert planned(text, state, moment).changes == ()
    assert [(moment, verb) for moment, verb, _ in changes] == [(nine, on), (five, off), (tomorrow, on)]
    reasons = [reason for *_, reason in changes]
    assert reasons[1] == "outside its schedule, which begins again at 2026-03-31T07:00:00Z"
    if not is_switch:
        assert reasons[0] == "scheduled since 2026-03-30T07:00:00Z until 2026-03-30T15:00:00Z"


NINE, FIVE = unix_seconds("2026-03-30T07:00:00Z"), unix_seconds("2026-03-30T15:00:00Z")
ONCE = "{from: '2026-03-30T10:00', until: '2026-03-30T12:00'}"
NEXT_CHANGE = [
    ((), OPEN, None),
    (("onEnd: leave",), OPEN, None),
    ((f"schedule: [{OFFICE}]",), NINE - 1, NINE),
    ((f"schedule: [{OFFICE}]",), NINE, FIVE),
    ((f"schedule: [{OFFICE}]",), FIVE, NINE + 86400),
    (("schedule: [{from: '2026-03-30T10:00'}]",), OPEN, unix_seconds("2026-03-30T10:00:00Z")),
    (("schedule: [{from: '2026-03-30T10:00'}]",), CLOSED, None),
    ((f"schedule: [{ONCE}]",), CLOSED, None),
    ((f"protect: [{OFFICE}]",), NINE - 1, None),
    ((f"protect: [{OFFICE}]",), NINE, FIVE),
    ((f"protect: [{OFFICE}], schedule: [{ONCE}]",), OPEN, unix_seconds("2026-03-30T10:00:00Z")),
    ((f"schedule: [{OFFICE}]", f"schedule: [{ONCE}]"), OPEN, unix_seconds("2026-03-30T10:00:00Z")),
]


@pytest.mark.parametrize(("declared", "now", "at"), NEXT_CHANGE)
def test_when_the_clock_changes_what_is_wanted(declared: tuple[str, ...], now: float, at: float) -> None:
    each = [document("RenderStream", more) for more in declared]
    texts = [one.replace("player-1", f"p{at}").replace(": a}", f": a{at}}}") for at, one in enumerate(each)]
    resources = loaded("---\n".join(texts)).resources
    assert len(resources) == len(declared) and next_change(resources, now) == at


def test_an_end_that_was_forgotten_is_of_that_day_alone() -> None:
    text = document("MixStream", f"schedule: [{OFFICE}], onEnd: forget")
    before = started(text)
    ((address, entry),) = before.entries.items()

    ended = replace(before, entries={address: replace(entry, status=Status.ENDED, task_id=None)})
    plan = planned(text, ended, OPEN)
    assert [change.verb for change in plan.changes] == [Verb.FORGET]
    known = after(plan, ended)
    assert planned(text, known, OPEN + 3600).changes == ()
    assert [change.verb for change in planned(text, known, OPEN + 86400).changes] == [Verb.START]


def test_a_scheduled_stop_needs_no_consent() -> None:
    """Any number of streams can end with their schedules; of other stops there is a limit."""
    one = document("MixStream", f"schedule: [{OFFICE}]")
    text = "---\n".join(
        one.replace("name: a", f"name: a{number}")
        .replace("live/a", f"live/a{number}")
        .replace("room: 7", f"room: {number}")
        for number in range(1, 21)
    )
    state = started(text)
    plan = planned(text, state, CLOSED)
    assert len(plan.changes) == 20 and all(change.scheduled for change in plan.changes)
    assert refusals(plan.changes, state.entries, Limits(), CLOSED) == ()
    gone = planned(
        "apiVersion: reconciler/v1\nkind: MixLayout\nmetadata: {name: m}\nspec: {mode: grid}\n", state, CLOSED
    )
    assert [one.gate for one in refusals(gone.changes, state.entries, Limits(), CLOSED)] == [Gate.STOPS]


PROTECTED = {
    "a restart": ("room: 7", "room: 8", Impact.RESTART, "restart it"),
    "a reconnect": ("live/a", "live/b", Impact.RECONNECT, "reconnect it"),
    "a stop": ("room: 7", "state: stopped, room: 7", Impact.STOP, "stop it"),
    "what interrupts nothing": ("room: 7", "room: 7, onEnd: leave", Impact.NONE, ""),
}


@pytest.mark.parametrize(("old", "new", "impact", "words"), PROTECTED.values(), ids=PROTECTED)
def test_what_is_on_air_is_not_interrupted(old: str, new: str, impact: Impact, words: str) -> None:
    text = document("MixStream", f"protect: [{OFFICE}]")
    state, wanted = started(text), text.replace(old, new)
    for now, is_open in ((OPEN, True), (CLOSED, False)):
        plan = planned(wanted, state, now)
        assert [change.impact for change in plan.changes] == [impact]
        found = refusals(plan.changes, state.entries, Limits(Most(), Most()), now)
        assert [one.gate for one in found] == ([Gate.ON_AIR] if is_open and words else [])
        assert all(words in one.message and "until 2026-03-30T15:00:00Z" in one.message for one in found)
        assert refusals(plan.changes, state.entries, Limits(Most(), Most(), on_air=True), now) == ()
    lifted = planned(wanted.replace(f", protect: [{OFFICE}]", ""), state, OPEN)
    assert bool(refusals(lifted.changes, state.entries, Limits(Most(), Most()), OPEN)) is bool(words)


def test_a_renewal_waits_until_the_air_is_free() -> None:
    window = "renewal: {windows: [{begins: '00:00', ends: '23:59'}]}"
    workspace = (
        "apiVersion: reconciler/v1\nkind: Workspace\nmetadata: {name: demo}\nspec: {region: ap-guangzhou, "
        f"trtc: {{sdkAppId: 1400188366, secretKey: {{env: TRTC_SECRET_KEY}}}}, {window}}}\n---\n"
    )
    text = workspace + document("MixStream", f"protect: [{OFFICE}]")
    state = started(text)

    ((address, entry),) = state.entries.items()
    old = replace(state, entries={address: replace(entry, started_at="2026-03-02T00:00:00Z")})
    assert planned(text, old, OPEN).changes == ()
    assert [change.verb for change in planned(text, old, CLOSED).changes] == [Verb.REPLACE]
