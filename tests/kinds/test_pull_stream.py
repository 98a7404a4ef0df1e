"""A pull task on the international site, which knows no IDs of ours: it is found by its comment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.calls import Call, OwnId, SentMoment
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.pull_stream.kind import KIND
from reconciler.kinds.pull_stream.observed import seen
from reconciler.kinds.pull_stream.questions import NOT_THERE
from reconciler.kinds.records import records_of
from reconciler.kinds.registration import register
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address, Effect, Observation, Status, Verb
from reconciler.moments import rfc3339
from reconciler.observing.asking import Connection
from reconciler.observing.observer import observe
from reconciler.plan.model import Plan
from reconciler.planning.planner import make_plan
from reconciler.state.model import Pending, State

from ..fake_host import Inline
from ..support import LINEAGE, loaded

NOW = 1_800_000_000.0
TOKEN = "rc-0123456789ab-1800000000"
BACKUP = Address("PullStream", "backup")
ABROAD = """
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: demo}
spec: {endpoint: tencentcloud-intl, region: ap-singapore}
---
apiVersion: reconciler/v1
kind: PullStream
metadata: {name: backup}
spec:
  sourceUrls: [rtmp://5000.liveplay.example/live/main]
  publish: {url: rtmp://3891.livepush.myqcloud.com/live/backup}
"""
COMMENTED = ABROAD + "  comment: of the hall\n"


def told(**changes: Any) -> dict[str, Any]:
    """A task as the list has it."""
    task = {
        "TaskId": "985452",
        "SourceType": "PullLivePushLive",
        "SourceUrls": ["rtmp://5000.liveplay.example/live/main"],
        "EndTime": rfc3339(NOW + 5 * 86400),
        "Status": "enable",
        "Comment": f"[{TOKEN}]",
        "VodLoopTimes": -1,
        "CallbackEvents": [],
        "WatermarkList": [],
        "BackupSourceType": "",
        "VodLocalMode": 0,
    }
    return {**task, **changes}


def planned(text: str, state: State | None = None, seen: Mapping[Address, Observation] | None = None) -> Plan:
    workspace: Workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, state or State(), seen or {}, now=NOW)


def recorded(text: str = ABROAD, **changes: Any) -> State:
    (change,) = planned(text).changes
    assert change.entry is not None
    made = {"token": TOKEN, "end": rfc3339(NOW + 5 * 86400)}
    entry = replace(change.entry, task_id="985452", started_at=rfc3339(NOW), made=made)
    return State(LINEAGE, 1, {BACKUP: replace(entry, **changes)}, cleared="before")


def lost(at: float) -> State:
    pending = Pending("CreateLivePullStreamTask", rfc3339(at), effect=Effect.START)
    return recorded(status=Status.UNCERTAIN, task_id=None, pending=pending)


def looked(state: State, *pages: list[dict[str, Any]]) -> tuple[Observation | None, list[Mapping[str, Any]]]:
    asked: list[Mapping[str, Any]] = []

    def send(call: Call, body: dict[str, Any]) -> dict[str, Any]:
        if call.action.name != "DescribeLivePullStreamTasks":
            return {"StreamState": "active"}
        asked.append(body)
        tasks = pages[body.get("PageNum", 1) - 1]
        if "TaskId" in body:
            tasks = [one for page in pages for one in page if one["TaskId"] == body["TaskId"]]
        return {"TaskInfos": tasks, "TotalPage": len(pages)}

    settings: Settings = loaded(ABROAD).settings
    found = observe(records_of(state).values(), settings, Connection(send, Inline(), lambda: NOW))
    return found.observed.get(BACKUP), asked


def test_a_start_carries_its_mark_in_the_comment_and_no_field_that_the_site_lacks() -> None:
    for text, before in ((ABROAD, "["), (COMMENTED, "of the hall [")):
        (step,) = planned(text).changes[0].steps
        assert "SpecifyTaskId" not in step.call.request and not step.call.repeatable
        comment = step.call.request["Comment"]
        assert isinstance(comment, OwnId) and (comment.before, comment.after) == (before, "]")
        assert isinstance(step.call.request["EndTime"], SentMoment)


def test_a_comment_is_changed_beside_its_mark() -> None:
    state = recorded()
    (change,) = planned(COMMENTED, state).changes
    assert change.steps[0].call.request["Comment"] == f"of the hall [{TOKEN}]"
    (back,) = planned(ABROAD, recorded(COMMENTED)).changes
    assert back.steps[0].call.request["Comment"] == f"[{TOKEN}]"


@pytest.mark.parametrize(
    ("pages", "verb"),
    [
        ([[told()]], Verb.UPDATE),
        ([[told(TaskId="1", Comment="another")], [told()]], Verb.UPDATE),
        ([[told(TaskId="1", Comment="another")]], Verb.START),
        ([[told(EndTime=rfc3339(NOW - 1))]], Verb.START),
    ],
)
def test_a_lost_start_is_looked_for_in_the_whole_list(pages: list[list[dict[str, Any]]], verb: Verb) -> None:
    state = lost(NOW - 1000)
    seen, asked = looked(state, *pages)
    assert seen is not None and [one.get("PageNum") for one in asked][: len(pages)] == [
        *range(1, len(pages) + 1)
    ]
    (change,) = planned(ABROAD, state, {BACKUP: seen}).changes
    assert change.verb is verb
    if verb is Verb.UPDATE:
        assert change.steps == () and change.entry is not None and change.entry.task_id == "985452"


def test_until_it_can_no_longer_arrive_nothing_is_started() -> None:
    state = lost(NOW - 10)
    seen, _ = looked(state, [])
    assert seen is not None and seen.status is Status.ENDED
    plan = planned(ABROAD, state, {BACKUP: seen})
    assert plan.changes == () and "so it waits" in plan.warnings[0]


def test_the_mark_is_no_drift_and_another_comment_is() -> None:
    state = recorded(COMMENTED)
    for comment, fields in ((f"of the hall [{TOKEN}]", []), (f"mine [{TOKEN}]", ["spec.comment"])):
        seen, _ = looked(state, [told(Comment=comment)])
        assert seen is not None
        changes = planned(COMMENTED, state, {BACKUP: seen}).changes
        assert [field.path for change in changes for field in change.fields] == fields


def test_what_the_cloud_leaves_empty_is_not_taken_for_a_change() -> None:
    state = recorded()
    seen, _ = looked(
        state, [told(CallbackUrl="", VodRefreshType="", CallbackEvents=None, WatermarkList=None)]
    )
    assert seen is not None and planned(ABROAD, state, {BACKUP: seen}).changes == ()


def recognised(*listed: dict[str, Any], text: str = ABROAD) -> str | None:
    """The TaskId of the task by which a list answers for one that is not recorded."""
    workspace: Workspace = loaded(text)
    (resource,) = workspace.resources
    about = Subject(BACKUP, register(KIND).read(resource.spec), workspace.settings)
    for question in KIND.recognised_by(about):
        assert question.call is None and question.listing is not None
        answers, _ = question.listing.read({"TaskInfos": list(listed), "TotalPage": 1})
        if question.key in answers:
            return KIND.found(about, answers[question.key], NOW).task_id
    return None


def test_one_that_is_not_recorded_is_known_by_its_mark_or_by_where_it_pushes_to() -> None:
    (step,) = planned(ABROAD).changes[0].steps
    mine = f"[{step.call.request['Comment'].prefix}1700000000]"
    here = {"DomainName": "3891.livepush.myqcloud.com", "AppName": "live", "StreamName": "backup"}
    assert recognised(told(Comment="another"), told(TaskId="7", Comment=f"of the hall {mine}")) == "7"
    assert recognised(told(TaskId="8", Comment="", **here), told(**here | {"StreamName": "other"})) == "8"
    assert recognised(told(TaskId="8", **here), told(TaskId="7", Comment=mine)) == "7"
    assert recognised(told(TaskId="9", **here), told(TaskId="8", **here)) == "9"
    assert recognised(told(), told(**here | {"AppName": "other"})) is None
    to = ABROAD.replace(
        "publish: {url: rtmp://3891.livepush.myqcloud.com/live/backup}", "toUrl: {env: STREAM_OTHER}"
    )
    assert recognised(told(DomainName="", AppName="", StreamName=""), text=to) is None


def test_it_can_all_that_is_asked_of_it() -> None:
    kind = register(KIND)
    assert None not in (kind.starts, kind.updates, kind.pauses, kind.resumes, kind.stops, kind.renews)
    assert None not in (kind.reads_back, kind.converts, kind.expires, kind.observed_in_bulk)
    assert kind.stops_by_name is None and seen(NOT_THERE, NOW, declared=False).status is Status.ENDED
