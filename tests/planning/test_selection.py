"""A plan of a part: which resources it leaves out, whether these would change, and that nothing hides it."""

import json
from dataclasses import replace

import pytest

from reconciler.cli.options import Selection
from reconciler.errors import SecretError
from reconciler.model import Address, Status
from reconciler.plan.model import Plan
from reconciler.planning.choice import labels_of
from reconciler.planning.planner import make_plan
from reconciler.reports.formats import render
from reconciler.state.model import State
from tests.support import LINEAGE, WORKSPACE, applied, edited, loaded

A, B, C = (Address("MixStream", name) for name in "abc")
STREAM = """\
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: {name}, labels: {{hall: "{name}"}}}}
spec:
  room: {room}
  publish: [{{url: "rtmp://3891.livepush.myqcloud.com/live/{name}"}}]
"""
THREE = "---\n".join(STREAM.format(name=name, room=room) for room, name in enumerate("abc", 1))


def planned(before: str, after: str, *chosen: tuple[str, ...]) -> Plan:
    workspace, state = loaded(after), applied(loaded(before)) if before else State()
    choice = Selection(*chosen).choice(labels_of(workspace.resources, state))
    return make_plan(workspace.settings, workspace.resources, state, {}, choice, now=0)


CHANGED = edited(THREE, {"live/b": "live/b2"})
CASES = [
    # (before, after, targets, excludes, labels) -> (left out, of which would change)
    ("", THREE, ((str(A),), (), ()), (2, 2)),
    (THREE, THREE, ((str(A),), (), ()), (2, 0)),
    (THREE, CHANGED, ((str(A),), (), ()), (2, 1)),
    (THREE, CHANGED, ((), (str(B),), ()), (1, 1)),
    (THREE, CHANGED, ((), (str(A),), ()), (1, 0)),
    (THREE, CHANGED, ((), (), ("hall=b",)), (2, 0)),
    (THREE, CHANGED, ((str(A), str(B), str(C)), (), ()), (0, 0)),
    # What is recorded and in no manifest any more is left out as well, and would be stopped.
    (THREE, STREAM.format(name="a", room=1), ((str(A),), (), ()), (2, 2)),
]


@pytest.mark.parametrize(("before", "after", "chosen", "expected"), CASES)
def test_what_is_left_out(
    before: str, after: str, chosen: tuple[tuple[str, ...], ...], expected: tuple[int, int]
) -> None:
    selection = planned(before, after, *chosen).selection
    assert selection is not None
    assert (selection.left_out, selection.left_out_changes) == expected


def test_a_plan_of_everything_says_nothing_of_it() -> None:
    plan = planned(THREE, CHANGED, (), (), ())
    assert plan.selection is None and "selection" not in json.loads(render(plan, "json"))
    for form in ("text", "markdown", "html"):
        assert "artial" not in render(plan, form) and "left out" not in render(plan, form)


def test_what_cannot_be_planned_is_left_out_and_not_in_the_way() -> None:
    """The key that its robot is signed with is gone, and only a start of it would end it."""
    signed = edited(THREE, {"  room: 1\n": "  room: 1\n  agent: {userSig: {env: STREAM_SIG}}\n"})
    state = applied(loaded(signed))
    doubtful = replace(state.entries[B], status=Status.UNCERTAIN, task_id=None)
    state = State(LINEAGE, 1, {A: state.entries[A], B: doubtful})
    one = signed.split("---\n", maxsplit=1)[0]
    workspace = loaded(f"{edited(WORKSPACE, {', secretKey: {env: TRTC_SECRET_KEY}': ''})}---\n{one}")
    labels = labels_of(workspace.resources, state)
    with pytest.raises(SecretError):
        make_plan(workspace.settings, workspace.resources, state, {}, now=0)
    choice = Selection((str(A),), (), ()).choice(labels)
    plan = make_plan(workspace.settings, workspace.resources, state, {}, choice, now=0)
    assert plan.selection is not None and plan.selection.left_out_changes == 1


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_form_says_so_in_title_and_summary(form: str) -> None:
    shown = render(planned(THREE, CHANGED, (str(A),), (), ()), form).replace("</b>", "")
    assert shown.count("2 resources left out, 1 of which would change") >= 2
    assert "Partial plan" in shown and "--target MixStream/a" in shown


def test_without_a_refresh_every_form_says_so() -> None:
    plan = replace(planned(THREE, CHANGED, (), (), ()), not_refreshed=True)
    assert json.loads(render(plan, "json"))["notRefreshed"] is True
    for form in ("text", "markdown", "html"):
        assert "The cloud was not queried" in render(plan, form)
