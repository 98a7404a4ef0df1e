"""What a plan may interrupt is said by impact, counted and asked for: starts that may end a task, pauses."""

from dataclasses import replace

import click
import pytest
from click.testing import CliRunner

from reconciler.cli.applying import MANY, approved
from reconciler.kinds import managed
from reconciler.model import Address, Effect, Impact, Status, Verb, worst
from reconciler.plan.model import Plan
from reconciler.planning.choice import Choice
from reconciler.planning.gates import refusals
from reconciler.planning.limits import Limits
from reconciler.planning.planner import make_plan
from reconciler.reports.formats import render
from reconciler.reports.view import view_of
from reconciler.state.model import Pending, State
from tests.reports.kit import situation
from tests.support import LINEAGE, MIX, applied, edited, loaded

HALL = Address("MixStream", "hall")
WORKSPACE = loaded(MIX)
RECORDED = applied(WORKSPACE)
LOST = State(LINEAGE, 1)
OTHER = edited(MIX, {"{name: hall,": "{name: other,", "live/hall": "live/other"})


def uncertain() -> State:
    pending = Pending("StartPublishCdnStream", "1969-12-31T00:00:00Z", effect=Effect.START)
    entry = replace(RECORDED.entries[HALL], status=Status.UNCERTAIN, task_id=None, pending=pending)
    return replace(RECORDED, entries={HALL: entry})


def removed() -> State:
    """After a `state rm` of one of two."""
    both = applied(loaded(f"{MIX}---{OTHER}"))
    return both.without_tracking([HALL], {a: one for a, one in both.entries.items() if a != HALL})


CAUSES = {
    "no state at a real endpoint": (State(), Choice(unaccounted=True)),
    "a lost state": (LOST, Choice()),
    "state rm of what is declared": (removed(), Choice()),
    "a retry of an uncertain start": (uncertain(), Choice()),
}


def planned(state: State, choice: Choice, text: str = MIX) -> Plan:
    workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, state, {}, choice, now=0)


@pytest.mark.parametrize("cause", CAUSES)
def test_a_start_that_may_end_a_task(cause: str) -> None:
    plan = planned(*CAUSES[cause])
    (change,) = (one for one in plan.changes if one.address == HALL)
    assert (change.verb, change.impact) == (Verb.START, Impact.RESTART)
    (gate,) = refusals(plan.changes, {}, Limits(max_impact=Impact.RECONNECT), 0)
    assert gate.gate == "max-impact" and HALL in gate.addresses
    assert "1 start (may interrupt)" in render(plan, "text")
    assert 'class="verdict"' in render(plan, "html")


def test_a_start_of_what_is_new_or_was_ended_interrupts_nothing() -> None:
    cleared = replace(LOST, cleared="run")
    again = removed().without_tracking((), RECORDED.entries)
    for state in (State(), cleared, replace(again, entries={}, cleared="run")):
        (change,) = planned(state, Choice()).changes
        assert change.impact is Impact.START
    assert again.untracked == ()


def test_a_first_plan_is_neither_green_nor_called_harmless() -> None:
    page = render(planned(State(), Choice()), "html")
    assert 'class="verdict wary"' in page and "No known stream is interrupted" in page
    update = planned(RECORDED, Choice(), edited(MIX, {"  room": "  stop: {recordKey: a}\n  room"}))
    assert 'class="verdict calm"' in render(update, "html")


def test_a_pause_ranks_as_a_stop_and_a_gate_sees_it() -> None:
    plan = situation("paused").plan
    (change,) = plan.changes
    assert (change.verb, change.impact, change.visible) == (Verb.PAUSE, Impact.PAUSE, True)
    assert Impact.PAUSE.rank == Impact.STOP.rank > Impact.RESTART.rank
    assert worst([Impact.RESTART, Impact.PAUSE]) is Impact.PAUSE
    assert refusals(plan.changes, {}, Limits(max_impact=Impact.RESTART), 0)


def test_a_pause_names_what_shows_it_and_when_it_ends() -> None:
    (change,) = situation("paused").plan.changes
    assert [str(one) for one in change.shown_by] == ["MixStream/hall", "RelayStream/film-alone"]
    assert "shown by MixStream/hall, RelayStream/film-alone" in change.reason and "12 h" in change.reason


VIDEO = "video: {encode: {width: 640, height: 360, fps: 15, bitRate: 800, gop: 2}}"
SLOT = (
    "layout: {mode: custom, slots: [{name: a, imageWidth: 640, imageHeight: 360}], users: {a: {userId: ann}}}"
)
HEARD = "audio: {subscribeAudioList: [{userId: ann}]}"
ROOMS = [
    ("", True),
    (VIDEO, True),
    (f"{VIDEO}, {HEARD}", True),
    (f"{VIDEO}, {SLOT}", True),
    (f"{VIDEO}, {SLOT}, {HEARD}", False),
    (HEARD, False),
]


@pytest.mark.parametrize(("spec", "shown"), ROOMS)
def test_a_mix_shows_whoever_is_in_its_room_unless_all_are_named(spec: str, shown: bool) -> None:
    document = (
        f"apiVersion: reconciler/v1\nkind: MixStream\nmetadata: {{name: hall}}\nspec: {{room: 1, {spec}}}\n"
    )
    text = document.replace(
        "room: 1, ", "room: 1, publish: [{url: 'rtmp://3891.livepush.myqcloud.com/live/x'}], "
    )
    (resource,) = loaded(text).resources
    kind = managed(resource.address)
    assert kind.shows_rooms is not None
    assert bool(kind.shows_rooms.rooms_shown(kind.read(resource.spec))) is shown


def stops(count: int) -> Plan:
    names = (f"hall-{number}" for number in range(count))
    before = "---".join(
        MIX.replace("{name: hall", f"{{name: {name}").replace("live/hall", f"live/{name}") for name in names
    )
    return planned(applied(loaded(before)), Choice(), "")


ANSWERS = [
    # (what is planned, what is typed) -> (whether it is carried out, what was asked)
    (
        planned(RECORDED, Choice(), edited(MIX, {"event: autumn": "event: spring"})),
        "y",
        True,
        "Apply these changes?",
    ),
    (stops(1), "y", True, "This interrupts 1 stop."),
    (stops(1), "", False, "Cancelled; nothing was done."),
    (stops(MANY - 1), "y", True, f"This interrupts {MANY - 1} stops."),
    (stops(MANY), "y", False, "type the number"),
    (stops(MANY), "9", False, "Cancelled; nothing was done."),
    (stops(MANY), f" {MANY} ", True, "type the number"),
    (planned(State(), Choice()), "y", True, "No known stream is interrupted"),
]


@pytest.mark.parametrize(("plan", "typed", "agreed", "asked"), ANSWERS)
def test_the_confirmation(plan: Plan, typed: str, agreed: bool, asked: str) -> None:
    found: list[bool] = []
    command = click.command()(lambda: found.append(approved(view_of(plan))))
    ran = CliRunner().invoke(command, input=f"{typed}\n")
    assert found == [agreed] and asked in ran.output
