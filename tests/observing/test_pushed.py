"""Events of live streams as evidence of what makes them, or is mixed from them: each kind, and since when."""

from dataclasses import replace

import pytest

from reconciler.kinds.live import PushTarget
from reconciler.kinds.live_events import LiveEvent
from reconciler.kinds.records import records_of
from reconciler.model import Address, Observation, Source, Standing
from reconciler.moments import rfc3339, unix_seconds
from reconciler.observing.pushed import told_by_live_events
from reconciler.planning.planner import make_plan

from ..support import LONG_AGO, applied, loaded

S = Standing
BEGAN = unix_seconds(LONG_AGO)
DOMAIN = "3891.livepush.myqcloud.com"
URL = f"rtmp://{DOMAIN}/live"
SPECS = {
    "MixStream": f"room: 7, publish: [{{url: {URL}/a}}, {{url: {URL}/b}}]",
    "RelayStream": f"room: 7, user: {{userId: u}}, publish: [{{url: {URL}/a}}]",
    "PullStream": f"sourceUrls: [rtmp://films.example/live/a], publish: {{url: {URL}/a}}",
    "LiveStream": f"domainName: {DOMAIN}, streamName: a",
    "LiveMix": "inputs: [{stream: a}, {stream: b}], output: {stream: c, type: new, pushDomain: main}",
}
HEAD = f"""
apiVersion: reconciler/v1
kind: Workspace
metadata: {{name: demo}}
spec:
  region: ap-guangzhou
  trtc: {{sdkAppId: 1400188366, secretKey: {{env: TRTC_SECRET_KEY}}}}
  pushDomains: {{main: {{domain: {DOMAIN}}}}}
---
"""


def says(stream: str, *, begins: bool, code: str = "1", after: float = 60) -> LiveEvent:
    return LiveEvent(PushTarget(DOMAIN, "live", stream), BEGAN + after, begins, stream, code)


UP = {stream: says(stream, begins=True) for stream in "abc"}
DOWN = {stream: says(stream, begins=False, after=90) for stream in "abc"}
CUT = says("a", begins=False, code="21/101")


def seen(kind: str, *events: LiveEvent, started_at: str = LONG_AGO) -> Observation | None:
    document = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{{SPECS[kind]}}}\n"
    workspace = loaded(HEAD + document)
    state = applied(workspace)
    entries = {one: replace(entry, started_at=started_at) for one, entry in state.entries.items()}
    told = told_by_live_events(records_of(replace(state, entries=entries)).values(), events)
    plan = make_plan(
        workspace.settings, workspace.resources, replace(state, entries=entries), told, now=BEGAN + 99
    )
    assert plan.changes == (), "nothing may be done by what is not signed"
    return told.get(Address(kind, "x"))


@pytest.mark.parametrize(
    ("kind", "events", "standing"),
    [
        ("MixStream", (UP["a"], UP["b"]), S.RUNNING),
        ("MixStream", (UP["a"], DOWN["b"]), S.DEGRADED),
        ("MixStream", (DOWN["a"], DOWN["b"]), S.SILENT),
        ("MixStream", (CUT, DOWN["b"]), S.FORBIDDEN),
        ("MixStream", (DOWN["a"],), S.UNKNOWN),  # nobody told of the other one
        ("RelayStream", (UP["a"],), S.RUNNING),
        ("RelayStream", (DOWN["a"],), S.SILENT),
        ("RelayStream", (UP["b"],), None),
        ("PullStream", (UP["a"],), S.RUNNING),
        ("PullStream", (DOWN["a"],), S.SILENT),
        ("LiveStream", (UP["a"],), S.ALLOWED),
        ("LiveStream", (DOWN["a"],), S.ALLOWED),
        ("LiveStream", (CUT,), S.FORBIDDEN),
        ("LiveMix", (UP["a"], UP["c"]), S.RUNNING),
        ("LiveMix", (DOWN["a"], DOWN["b"], DOWN["c"]), S.SILENT),
        ("LiveMix", (UP["a"], DOWN["c"]), S.UNKNOWN),  # which would be its end, had it been asked
        ("LiveMix", (UP["a"],), S.UNKNOWN),
    ],
)
def test_how_it_stands(kind: str, events: tuple[LiveEvent, ...], standing: Standing | None) -> None:
    found = seen(kind, *events)
    assert (found and found.standing) == standing
    if found is not None:
        assert (found.status, found.source) == (None, Source.LIVE_EVENT)
        assert found.at == max(event.at for event in events)
        assert ("ended" in found.evidence) is any(not event.begins for event in events)


@pytest.mark.parametrize(("kind", "counts"), [("RelayStream", False), ("LiveStream", True)])
def test_what_was_before_a_task_began_says_nothing_of_it(kind: str, *, counts: bool) -> None:
    assert (seen(kind, DOWN["a"], started_at=rfc3339(BEGAN + 95)) is not None) is counts
