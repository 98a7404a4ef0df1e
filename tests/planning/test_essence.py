"""What starts is told in full, what goes dark too; starts are alike but for names, rooms and addresses."""

import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler.kinds.concealing import conceal
from reconciler.model import Address, Status, Verb
from reconciler.plan.model import Change, Plan
from reconciler.planning.planner import make_plan
from reconciler.reports.formats import FORMS, Look, render
from reconciler.reports.view import view_of
from reconciler.state.model import State
from tests.support import applied, edited, loaded

STREAM = """\
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: NAME}
spec:
  room: ROOM
  publish: [{url: "rtmp://3891.livepush.myqcloud.com/live/NAME"}]
  video: {encode: {width: 1280, height: 720, fps: 25, bitRate: 1500, gop: 2}}
  layout:
    mode: custom
    slots:
    - {name: left, imageWidth: 640, imageHeight: 720}
    - {name: right, locationX: 640, imageWidth: 640, imageHeight: 720}
    users: {left: {userId: ann}}
"""


def streams(count: int, text: str = STREAM) -> str:
    found = (
        text.replace("NAME", f"hall-{number:03}").replace("ROOM", str(number + 1)) for number in range(count)
    )
    return "---\n".join(found)


def planned(after: str, before: str = "") -> Plan:
    workspace = loaded(after or "")
    state = applied(loaded(before)) if before else State()
    return make_plan(workspace.settings, workspace.resources, state, {}, now=0)


def of_json(plan: Plan) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render(plan, "json"))["changes"]
    return found


def test_a_start_has_fields_without_a_before() -> None:
    (change,) = of_json(planned(streams(1)))
    assert {one["path"] for one in change["fields"]} >= {
        "spec.room",
        "spec.publish[0]",
        "spec.video.encode",
        "spec.audio.encode",
        "spec.layout.users",
    }
    assert all(one["before"] is None and one["after"] is not None for one in change["fields"])
    values = {one["path"]: one["after"] for one in change["fields"]}
    assert values["spec.video.encode"]["fps"] == 25 and values["spec.room"] == 1


def test_a_stop_has_what_goes_dark() -> None:
    (change,) = of_json(planned("", streams(1)))
    assert [(one["label"], one["words"]) for one in change["fields"]] == [
        ("room", "1"),
        ("to", "rtmp://3891.livepush.myqcloud.com/live/hall-000"),
        ("users", "ann in left"),
    ]
    assert all(one["after"] is None for one in change["fields"])


def test_a_forget_of_what_runs_on_tells_it_and_of_what_has_ended_nothing() -> None:
    left = streams(1).replace("{name: hall-000}", "{name: hall-000, onRemoval: leave}")
    (change,) = planned("", left).changes
    assert change.verb is Verb.FORGET and [one.label for one in change.fields] == ["room", "to", "users"]
    state = applied(loaded(streams(1)))
    ended = {address: replace(one, status=Status.ENDED) for address, one in state.entries.items()}
    (change,) = make_plan(loaded("").settings, (), replace(state, entries=ended), {}, now=0).changes
    assert (change.verb, change.fields) == (Verb.FORGET, ())


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_form_shows_what_starts(form: str) -> None:
    shown = render(planned(streams(1)), form, Look(100)).replace("&#34;", '"')
    for words in (
        "rtmp://3891.livepush.myqcloud.com/live/hall-000",
        "1280x720, 25 fps, 1500 kbit/s",
        "ann in left",
    ):
        assert words in shown


def test_starts_of_one_sort_are_told_once_and_all_of_them_in_html_and_json() -> None:
    plan = planned(streams(14))
    (group,) = view_of(plan).groups
    assert group.title == "14 MixStreams, same settings"
    text = render(plan, "text", Look(100))
    assert text.count("1280x720, 25 fps") == 1 and "and 4 more" in text
    assert "+ MixStream/hall-009  room 10 → rtmp://3891.livepush.myqcloud.com/live/hall-009" in text
    assert "hall-010" not in text
    for form in ("html", "json"):
        assert "live/hall-013" in render(plan, form)
    assert render(plan, "html").count("<figure") == 1


# What a start differs in: alike or not.
EDITS = [
    ({"room: 2": 'room: "two"'}, True),
    ({"live/hall-001": "live/elsewhere"}, True),
    ({"  room: 2\n": "  room: 2\n  agent: {userId: mixer}\n"}, True),
    ({"userId: ann": "userId: ann, room: 2"}, True),
    ({"{name: hall-001}": "{name: hall-001, labels: {a: b}}"}, True),
    ({"userId: ann": "userId: bob"}, False),
    ({"userId: ann": "userId: ann, streamType: screen"}, False),
    ({"fps: 25": "fps: 24"}, False),
    (
        {
            "width: 640, imageHeight: 720}\n    users".replace(
                "width", "imageWidth"
            ): "imageWidth: 600, imageHeight: 720}\n    users"
        },
        False,
    ),
    ({"  room: 2\n": "  room: 2\n  agent: {maxIdleTime: 60}\n"}, False),
    ({"gop: 2": "gop: 3"}, False),
    ({"}]\n  video": '}, {url: "rtmp://a.example/b/c", isTencentCdn: false}]\n  video'}, False),
]


@pytest.mark.parametrize(("edits", "alike"), EDITS)
def test_what_is_alike(edits: dict[str, str], alike: bool) -> None:
    first, second = streams(2).split("---\n")
    plan = planned(f"{first}---\n{edited(second, edits)}")
    assert (len({change.alike for change in plan.changes}) == 1) is alike


def test_a_layout_that_several_have_is_drawn_once() -> None:
    first, second, third = streams(3).split("---\n")
    other = edited(third, {"locationX: 640": "locationX: 320"})
    page = render(planned(f"{first}---\n{edited(second, {'fps: 25': 'fps: 24'})}---\n{other}"), "html")
    assert page.count("<figure") == 2 and "Same layout as <code>MixStream/hall-000</code>" in page


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_in_clear_is_masked_where_it_starts_and_where_it_stops(form: str) -> None:
    secret = "s3cr3t-k3y-0f-th3-str3am"
    signed = f'{{url: "rtmp://a.example/app/NAME?token={secret}", isTencentCdn: false}}, {{url: "rtmp://'
    workspace = loaded(streams(2, STREAM.replace('{url: "rtmp://', signed)))
    resources = conceal(workspace.resources, "k" * 32).resources
    start = make_plan(workspace.settings, resources, State(), {}, now=0)
    entries = {change.address: replace(change.entry, task_id="t") for change in start.changes if change.entry}
    stop = make_plan(workspace.settings, (), State("l", 1, entries), {}, now=0)
    for plan in (start, stop):
        shown = render(plan, form)
        assert secret not in shown and "hmac-sha256" not in shown
        assert "***" in shown


def test_a_change_of_what_runs_is_not_told_as_a_whole() -> None:
    (change,) = planned(edited(streams(1), {"userId: ann": "userId: bob"}), streams(1)).changes
    assert isinstance(change, Change) and change.address == Address("MixStream", "hall-000")
    assert [one.label for one in change.fields] == [""] and not change.alike
