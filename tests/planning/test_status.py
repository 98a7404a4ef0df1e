"""How each resource stands: a table by kind, what is recorded and what was seen; and what is made of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from reconciler.kinds import registry
from reconciler.model import Address, Observation, Source, Standing, Status, Verb
from reconciler.plan.status import Condition, Health, ResourceStatus
from reconciler.planning.status import HEALTH
from reconciler.state.model import State
from tests.reports.status_kit import NOW, reported
from tests.support import LINEAGE, LONG_AGO, applied, loaded, patched

PUSH = "rtmp://push.conference.example/live/one"
DOCUMENTS = {
    "MixStream": f"{{room: 1, publish: [{{url: {PUSH}}}]}}",
    "RelayStream": f"{{room: 1, user: {{userId: a}}, publish: [{{url: {PUSH}}}]}}",
    "IngestStream": '{room: 1, streamUrl: "https://media.example/film.mp4"}',
    "RenderStream": f"{{userId: poll, publish: {{url: {PUSH}}}}}",
    "LiveMix": "{inputs: [{stream: a}, {stream: b}], "
    "output: {stream: c, type: new, domainName: push.conference.example}}",
    "LiveStream": "{domainName: push.conference.example, streamName: one}",
    "PullStream": f"{{sourceUrls: [rtmp://films.example/live/one], publish: {{url: {PUSH}-pulled}}}}",
    "Recording": "{room: 9, record: {recordMode: mix}, storage: {cloudVod: {tencentVod: {}}}}",
}
RELAY = DOCUMENTS["RelayStream"]
LOOPED = '{room: 1, streamUrl: "https://media.example/film.mp4", repeatNum: -1}'
ELSEWHERE = "{room: 1, publish: [{url: rtmp://a.example/live/one, isTencentCdn: false}]}"
BACK = "{room: 1, feedBackRooms: [{room: lobby}]}"
STOPPED_AT, PAUSED_AT = "2026-01-01T11:00:00Z", "2026-01-01T11:30:00Z"
PENDING = {"action": "StartPublishCdnStream", "at": STOPPED_AT, "effect": "start", "taskId": None}
UNCERTAIN = {"status": "uncertain", "taskId": None, "pending": PENDING}
PAUSED = {"status": "paused", "pausedAt": PAUSED_AT}
ENDED = {"status": "ended", "taskId": None}
PULLED = "DescribeLivePullStreamTasks says so"
RECORDS = "DescribeCloudRecording reports so"
NO_DESCRIBE = "recorded; cannot be asked: the API has no Describe for it"
NO_PUSH = "recorded; cannot be asked: no Describe for the task, and no push to Tencent's CDN"
UNANSWERED = "recorded; asked, but not answered"
ACTIVE, INACTIVE = "1 of 1 pushes to Tencent's CDN are active", "0 of 1 pushes to Tencent's CDN are active"
IN_PROGRESS, NOT_EXIST = "DescribeStreamIngest says InProgress", "DescribeStreamIngest says NotExist"
UNKNOWN = "the outcome of StartPublishCdnStream is unknown"
MIX_ENDED = "its input a is active and its output c is not"
STATE, LIVE, DESCRIBE, NOBODY = Source.STATE, Source.LIVE, Source.DESCRIBE, Source.NOBODY
C, H = Condition, Health


class Seen(NamedTuple):
    status: str | None
    evidence: str
    silent: bool = False
    standing: Standing | None = None


class Case(NamedTuple):
    """A kind, what its entry records otherwise (None: nothing is recorded), and what was seen of it."""

    kind: str
    recorded: dict[str, Any] | None
    seen: Seen | None
    status: Condition
    since: str | None
    source: Source
    evidence: str
    health: Health
    spec: str = ""


TROUBLES = {Standing.DEGRADED: H.DOUBT, Standing.FORBIDDEN: H.DOWN, Standing.FAILED: H.DOWN}


def publish(kind: str) -> Iterator[Case]:
    yield Case(kind, None, None, C.ABSENT, None, NOBODY, "not in the state", H.DOWN)
    yield Case(kind, {}, Seen(None, ACTIVE), C.RUNNING, LONG_AGO, LIVE, ACTIVE, H.OK)
    yield Case(kind, {}, Seen(None, INACTIVE, True), C.SILENT, None, LIVE, INACTIVE, H.DOUBT)
    half = "1 of 2 pushes are active"
    for standing, health in TROUBLES.items():
        status = C(str(standing))
        yield Case(kind, {}, Seen(None, half, False, standing), status, None, LIVE, half, health)
    yield Case(kind, {}, None, C.RUNNING, LONG_AGO, STATE, UNANSWERED, H.OK)
    yield Case(kind, UNCERTAIN, None, C.UNCERTAIN, STOPPED_AT, STATE, UNKNOWN, H.DOUBT)
    yield Case(kind, UNCERTAIN, Seen(None, ACTIVE), C.UNCERTAIN, STOPPED_AT, STATE, UNKNOWN, H.DOUBT)
    told = "the API told the last apply that the task has ended"
    yield Case(kind, ENDED, None, C.ENDED, None, STATE, told, H.DOWN)
    yield Case(kind, ENDED, Seen(None, INACTIVE, True), C.ENDED, None, LIVE, INACTIVE, H.DOWN)


CASES = [
    *publish("MixStream"),
    *publish("RelayStream"),
    Case("MixStream", {}, None, C.RUNNING, LONG_AGO, STATE, NO_PUSH, H.OK, ELSEWHERE),
    Case("MixStream", {}, None, C.RUNNING, LONG_AGO, STATE, NO_PUSH, H.OK, BACK),
    Case("IngestStream", None, None, C.ABSENT, None, NOBODY, "not in the state", H.DOWN),
    Case("IngestStream", {}, Seen("running", IN_PROGRESS), C.RUNNING, LONG_AGO, DESCRIBE, IN_PROGRESS, H.OK),
    Case("IngestStream", {}, Seen("ended", NOT_EXIST), C.FINISHED, None, DESCRIBE, NOT_EXIST, H.OK),
    Case("IngestStream", {}, Seen("ended", NOT_EXIST), C.ENDED, None, DESCRIBE, NOT_EXIST, H.DOWN, LOOPED),
    Case("IngestStream", {}, None, C.RUNNING, LONG_AGO, STATE, UNANSWERED, H.OK),
    Case(
        "IngestStream",
        PAUSED,
        Seen("paused", IN_PROGRESS),
        C.PAUSED,
        PAUSED_AT,
        DESCRIBE,
        IN_PROGRESS,
        H.DOWN,
    ),
    Case(
        "IngestStream", PAUSED, Seen("ended", NOT_EXIST), C.ENDED, None, DESCRIBE, NOT_EXIST, H.DOWN, LOOPED
    ),
    Case("RenderStream", None, None, C.ABSENT, None, NOBODY, "not in the state", H.DOWN),
    Case("RenderStream", {}, None, C.RUNNING, LONG_AGO, STATE, NO_DESCRIBE, H.OK),
    Case("RenderStream", UNCERTAIN, None, C.UNCERTAIN, STOPPED_AT, STATE, UNKNOWN, H.DOUBT),
    Case("LiveMix", None, None, C.ABSENT, None, NOBODY, "not in the state", H.DOWN),
    Case(
        "LiveMix",
        {},
        Seen(None, "its output c is active"),
        C.RUNNING,
        LONG_AGO,
        LIVE,
        "its output c is active",
        H.OK,
    ),
    Case("LiveMix", {}, Seen("ended", MIX_ENDED), C.ENDED, None, LIVE, MIX_ENDED, H.DOWN),
    Case("LiveStream", None, None, C.ABSENT, None, NOBODY, "not in the state", H.DOWN),
    Case("LiveStream", {}, Seen("allowed", "active"), C.ALLOWED, LONG_AGO, LIVE, "active", H.OK),
    Case("LiveStream", {}, Seen("forbidden", "forbid"), C.FORBIDDEN, None, LIVE, "forbid", H.DOWN),
    Case("LiveStream", {}, None, C.ALLOWED, LONG_AGO, STATE, UNANSWERED, H.OK),
    Case("PullStream", None, None, C.ABSENT, None, NOBODY, "not in the state", H.DOWN),
    Case("PullStream", {}, Seen("running", PULLED), C.RUNNING, LONG_AGO, DESCRIBE, PULLED, H.OK),
    Case("PullStream", {}, Seen("running", PULLED, True), C.SILENT, None, DESCRIBE, PULLED, H.DOUBT),
    Case("PullStream", {}, Seen("ended", PULLED), C.ENDED, None, DESCRIBE, PULLED, H.DOWN),
    Case("PullStream", {}, None, C.RUNNING, LONG_AGO, STATE, UNANSWERED, H.OK),
    Case("Recording", None, None, C.ABSENT, None, NOBODY, "not in the state", H.DOWN),
    Case("Recording", {}, Seen("running", RECORDS), C.RUNNING, LONG_AGO, DESCRIBE, RECORDS, H.OK),
    Case("Recording", {}, Seen("running", RECORDS, True), C.SILENT, None, DESCRIBE, RECORDS, H.DOUBT),
    Case("Recording", {}, Seen("ended", RECORDS), C.ENDED, None, DESCRIBE, RECORDS, H.DOWN),
    Case("Recording", {}, None, C.RUNNING, LONG_AGO, STATE, UNANSWERED, H.OK),
]


def status_of(
    kind: str, recorded: dict[str, Any] | None, seen: Seen | None, spec: str = "", *, declared: bool = True
) -> ResourceStatus:
    text = (
        f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: one}}\nspec: {spec or DOCUMENTS[kind]}\n"
    )
    workspace, address = loaded(text), Address(kind, "one")
    entries = dict(applied(workspace).entries)
    if recorded is None:
        entries = {}
    else:
        entries[address] = patched(replace(entries[address], started_at=LONG_AGO), recorded)
    observed = {}
    if seen is not None:
        status = Status(seen.status) if seen.status else None
        silent = Standing.SILENT if seen.silent else seen.standing
        source = DESCRIBE if kind in ("IngestStream", "PullStream", "Recording") else LIVE
        observed[address] = Observation(status, seen.evidence, NOW, silent, source)
    wanted = workspace if declared else replace(workspace, resources=())
    [found] = reported(wanted, State(LINEAGE, 7, entries) if entries else State(), observed).resources
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.status}-{case.source}")
def test_how_it_stands(case: Case) -> None:
    found = status_of(case.kind, case.recorded, case.seen, case.spec)
    assert (found.status, found.since, found.source, found.evidence, found.health) == case[3:8]


def test_every_kind_is_in_the_table() -> None:
    assert {case.kind for case in CASES} == registry().keys() == DOCUMENTS.keys()


WANTED = [Status.RUNNING, Status.PAUSED, Status.STOPPED]
SWITCHED = [Status.ALLOWED, Status.FORBIDDEN]


def test_every_pair_has_its_health() -> None:
    """All that can be recorded or seen of a task, and of a switch, has a cell for all that can be wanted."""
    on = {C.RUNNING, C.PAUSED, C.DEGRADED, C.SILENT, C.FORBIDDEN}
    over = {C.STOPPED, C.ENDED, C.FINISHED, C.FAILED, C.ABSENT}
    for wanted in WANTED:
        assert HEALTH[wanted].keys() == {*on, C.UNCERTAIN, *over}
    for wanted in SWITCHED:
        assert HEALTH[wanted].keys() == {C.ALLOWED, C.FORBIDDEN, C.UNCERTAIN, C.ABSENT}
    assert HEALTH[None].keys() == set(C) - {C.ABSENT}
    healthy = {
        (wanted, status) for wanted, cells in HEALTH.items() for status, one in cells.items() if one is H.OK
    }
    assert healthy == {
        (Status.RUNNING, C.RUNNING),
        (Status.PAUSED, C.PAUSED),
        (Status.RUNNING, C.FINISHED),
        (Status.PAUSED, C.FINISHED),
        (Status.ALLOWED, C.ALLOWED),
        (Status.FORBIDDEN, C.FORBIDDEN),
        *((Status.STOPPED, status) for status in (C.STOPPED, C.ENDED, C.FINISHED, C.FAILED, C.ABSENT)),
        *((None, status) for status in (C.STOPPED, C.ENDED, C.FINISHED, C.FAILED)),
    }


@pytest.mark.parametrize("status", ["running", "paused", "allowed"])
def test_what_should_be_on_and_is_not_is_never_healthy(status: str) -> None:
    for condition, health in HEALTH[Status(status)].items():
        off = condition in (C.STOPPED, C.ENDED, C.FAILED, C.ABSENT)
        off = off or (condition is C.FORBIDDEN and status != "paused")
        assert not off or health is H.DOWN


def test_what_left_the_manifests_says_so() -> None:
    found = status_of("MixStream", {}, Seen(None, ACTIVE), declared=False)
    assert (found.wanted, found.health, found.verb) == (None, H.DIFFERS, Verb.STOP)


def test_what_is_declared_stopped_and_not_recorded_is_as_wanted() -> None:
    found = status_of(
        "RelayStream", None, None, DOCUMENTS["RelayStream"].replace("{room", "{state: stopped, room")
    )
    assert (found.status, found.health, found.verb) == (C.STOPPED, H.OK, Verb.UNCHANGED)


def test_where_records_were_lost_nobody_knows_that_nothing_runs() -> None:
    workspace = loaded(
        f"apiVersion: reconciler/v1\nkind: RelayStream\nmetadata: {{name: one}}\nspec: {RELAY}\n"
    )
    [found] = reported(workspace, State(LINEAGE, 7), {}).resources
    assert (found.status, found.health, found.source) == (C.ABSENT, H.DOUBT, NOBODY)
    assert found.evidence == "not in the state; a task that no state records may be running"
    [found] = reported(workspace, State(LINEAGE, 7, cleared="run"), {}).resources
    assert (found.health, found.evidence) == (H.DOWN, "not in the state")


def test_where_it_goes_is_told_of_every_kind() -> None:
    places = {kind: status_of(kind, {}, None).goes_to for kind in DOCUMENTS}
    assert places == {
        "MixStream": (PUSH,),
        "RelayStream": (PUSH,),
        "IngestStream": ("room 1",),
        "RenderStream": (PUSH,),
        "LiveMix": ("the live stream c",),
        "LiveStream": ("push.conference.example/live/one",),
        "PullStream": ("push.conference.example/live/one-pulled",),
        "Recording": ("Tencent VOD",),
    }
    assert status_of("MixStream", {}, None, BACK).goes_to == ('room "lobby"',)
    bound = status_of("RenderStream", {}, None, "{userId: poll}").goes_to
    assert bound == ("the domain that the console has bound",)


def test_what_ends_is_told_while_it_runs() -> None:
    running = status_of("MixStream", {"startedAt": "2025-12-04T12:00:00Z"}, Seen(None, ACTIVE))
    assert [(one.what, one.at, one.soon) for one in running.ends] == [
        ("TaskId", "2026-01-03T12:00:00Z", True)
    ]
    assert status_of("MixStream", ENDED, None).ends == ()
    spec = status_of("RenderStream", {}, None).spec.to_json()
    waiting = status_of(
        "RenderStream", {"probation": [{"until": "2026-01-01T12:03:00Z", "spec": spec}]}, None
    )
    assert waiting.status is C.RUNNING
    assert [one.at for one in waiting.ends if "may still arrive" in one.what] == ["2026-01-01T12:03:00Z"]


def test_silence_names_an_expired_signature() -> None:
    signed = {"signed": {PUSH: "60000000"}}
    found = status_of("MixStream", signed, Seen(None, INACTIVE, True))
    assert found.evidence.startswith(f"{INACTIVE}; the signature of {PUSH} expired at")
    assert "expired" not in status_of("MixStream", signed, Seen(None, ACTIVE)).evidence


def test_sums_and_what_is_missed() -> None:
    text = "\n---\n".join(
        f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: one}}\nspec: {spec}"
        for kind, spec in DOCUMENTS.items()
        if kind not in ("RelayStream", "PullStream", "Recording")
    ).replace("/live/one}}", "/live/poll}}")
    workspace = loaded(text)
    state = State(LINEAGE, 7, {a: e for a, e in applied(workspace).entries.items() if a.kind != "MixStream"})
    film = Address("IngestStream", "one")
    report = reported(
        workspace, state, {film: Observation(Status.RUNNING, IN_PROGRESS, NOW, source=DESCRIBE)}
    )
    counts = {key: count for key, count in report.summary().items() if count}
    assert counts == {"running": 3, "allowed": 1, "absent": 1, "down": 1, "ok": 4, "unobservable": 2}
    assert report.missed == 1
    assert str(report.resources[0].address) == "MixStream/one"
