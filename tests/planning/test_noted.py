"""Labels, annotations and onRemoval are recorded as they stand in the manifests, without a call."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import Impact, Status, Verb
from reconciler.plan.model import Plan
from reconciler.planning.planner import make_plan
from reconciler.state.codec import entry_from_json, entry_to_json
from reconciler.state.model import State

from ..support import applied, examples, loaded, patched

Texts = Mapping[str, str]
NOW = 1767225600.0  # LONG_AGO
KINDS = {
    "MixStream": "{room: 7, publish: [{url: rtmp://3891.livepush.myqcloud.com/live/a}]}",
    "IngestStream": '{room: 7, streamUrl: "https://films.example/a.mp4"}',
    "RenderStream": "{userId: player-1}",
    "LiveStream": "{domainName: push.example, streamName: a}",
}
keys = st.from_regex(r"([a-z]{1,4}\.example/)?[a-z][a-z0-9._-]{0,5}[a-z0-9]", fullmatch=True)
values = st.from_regex(r"[A-Za-z0-9]{0,6}", fullmatch=True)
texts = st.dictionaries(keys, values, max_size=3)


def text_of(kind: str, labels: Texts, annotations: Texts) -> str:
    metadata = {"name": "a", "labels": dict(labels), "annotations": dict(annotations)}
    head = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {json.dumps(metadata)}\n"
    return f"{head}spec: {KINDS[kind]}\n"


def planned(text: str, state: State) -> Plan:
    workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, state, {}, now=NOW)


def after(plan: Plan, state: State) -> State:
    """The state once a plan without calls was carried out."""
    assert not any(change.steps for change in plan.changes)
    changed = {one.address: one.entry for one in plan.changes if one.entry is not None}
    return replace(state, entries={**state.entries, **changed})


@examples(200)
@given(st.sampled_from(sorted(KINDS)), texts, texts, texts, texts)
def test_what_changes_is_recorded_once(
    kind: str, labels: Texts, annotations: Texts, new_labels: Texts, new_annotations: Texts
) -> None:
    state = applied(loaded(text_of(kind, labels, annotations)))
    wanted = text_of(kind, new_labels, new_annotations)
    plan = planned(wanted, state)
    same = (labels, annotations) == (new_labels, new_annotations)
    assert (plan.changes == ()) is same
    for change in plan.changes:
        assert (change.verb, change.impact, change.visible) == (Verb.UPDATE, Impact.NONE, False)
        assert all(one.before != one.after for one in change.fields)
        assert "recorded without a call" in change.reason
    then = after(plan, state)
    (entry,) = then.entries.values()
    assert (entry.labels, entry.annotations) == (new_labels, new_annotations)
    assert entry_from_json(entry_to_json(entry)) == entry
    assert planned(wanted, then).changes == ()


def test_each_label_that_changes_is_a_field() -> None:
    state = applied(loaded(text_of("MixStream", {"event": "autumn", "old": "1"}, {})))
    (change,) = planned(text_of("MixStream", {"event": "spring", "a.b/c": "2"}, {"n": "x"}), state).changes
    assert [(one.path, one.before, one.after) for one in change.fields] == [
        ("metadata.annotations.n", None, "x"),
        ('metadata.labels["a.b/c"]', None, "2"),
        ("metadata.labels.event", "autumn", "spring"),
        ("metadata.labels.old", "1", None),
    ]
    assert change.reason.startswith("metadata.annotations.n, ") and "and 2 more changed" in change.reason


def test_a_change_with_a_call_records_it_too() -> None:
    before = text_of("MixStream", {"event": "autumn"}, {})
    wanted = text_of("MixStream", {"event": "spring"}, {}).replace("live/a", "live/b")
    (change,) = planned(wanted, applied(loaded(before))).changes
    assert len(change.steps) == 1 and change.steps[0].entry is not None
    assert change.steps[0].entry.labels == {"event": "spring"}
    assert "recorded without a call" not in change.reason


@pytest.mark.parametrize("status", [Status.RUNNING, Status.STOPPED])
def test_a_label_of_what_may_still_arrive_is_recorded(status: Status) -> None:
    """Where nothing else is done, as while a start is waited for."""
    text = text_of("MixStream", {"event": "autumn"}, {})
    state = applied(loaded(text))
    (entry,) = state.entries.values()
    late = {"probation": [{"until": "2030-01-01T00:00:00Z", "spec": entry.spec}]}
    stopped = {"status": "stopped", "taskId": None, "startedAt": None} if status is Status.STOPPED else {}
    waiting = replace(state, entries=dict.fromkeys(state.entries, patched(entry, {**late, **stopped})))
    wanted = text.replace("autumn", "spring")
    if status is Status.STOPPED:
        wanted = wanted.replace("{room: 7,", "{state: stopped, room: 7,")
    plan = planned(wanted, waiting)
    assert [one.verb for one in plan.changes] == [Verb.UPDATE] and not plan.changes[0].steps
    then = after(plan, waiting)
    (entry,) = then.entries.values()
    assert entry.labels == {"event": "spring"} and len(entry.late_calls) == 1
    assert planned(wanted, then).changes == ()


def test_no_secret_of_an_annotation_is_kept() -> None:
    address = "rtmp://3891.livepush.myqcloud.com/live/a?txSecret=0123456789abcdef"
    (resource,) = loaded(text_of("MixStream", {}, {"note": f"pushed to {address} once"})).resources
    assert resource.annotations == {
        "note": address.join(["pushed to ", " once"]).replace("0123456789abcdef", "***")
    }


def test_a_long_annotation_is_recorded_as_a_digest() -> None:
    """And is told from another all the same."""
    found = set()
    for long in ("x" * 1001, "y" * 1001, "a=1&" + "x" * 9_000, "a=1 " * 2_000):
        (resource,) = loaded(text_of("MixStream", {}, {"note": long})).resources
        found.add(resource.annotations["note"])
    assert len(found) == 4 and all(one.startswith("sha256:") for one in found)
    (resource,) = loaded(text_of("MixStream", {}, {"note": "x" * 1000})).resources
    assert resource.annotations == {"note": "x" * 1000}
