"""What is done of a task that has ended by itself: kind x how it stands x onEnd x what is wanted, a row each.

MATRIX has, for each way in which a resource can stand and each end policy, what is done where it is wanted
running, paused, stopped, and not at all; OUTCOMES says what each of these words is: a verb, the status that
is recorded afterwards, and the sentence of the reports.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from reconciler.kinds import registry
from reconciler.kinds.records import records_of
from reconciler.kinds.restarts import POLICIES, RestartLimit
from reconciler.model import Address, EndReason, Observation, OnEnd, Status
from reconciler.moments import rfc3339
from reconciler.plan.model import Change, Plan
from reconciler.planning.choice import Choice
from reconciler.planning.drift import find_drift
from reconciler.planning.planner import make_plan
from reconciler.planning.task_ends import next_restart
from reconciler.reports.formats import Look, ReportContext, render
from reconciler.state.codec import entry_from_json, entry_to_json
from reconciler.state.model import Pending, State, TaskEnd

from ..support import applied, loaded

NOW = 1767225600.0 + 3600  # an hour after LONG_AGO
SPECS = {
    "MixStream": "room: 7, publish: [{url: rtmp://3891.livepush.myqcloud.com/live/a}]",
    "RelayStream": "room: 7, publish: [{url: rtmp://3891.livepush.myqcloud.com/live/a}], user: {userId: u}",
    "IngestStream": 'room: 7, streamUrl: "https://films.example/a.mp4"',
    "RenderStream": "userId: player-1",
    "PullStream": "sourceUrls: [rtmp://films.example/live/a], toUrl: rtmp://live.example/live/a",
    "Recording": "room: 7, record: {recordMode: mix}, storage: {cloudVod: {tencentVod: {}}}",
    "LiveMix": "inputs: [{stream: a}, {stream: b}], output: {stream: c, type: new}",
}
UNFENCED = ("PullStream",)
"""Nothing ends a start of these that was lost, before it was looked for; the next start finds it again."""
PLAYED = "IngestStream"
"""The kind whose end is, unless it is said otherwise, what was wanted."""

# how it stands   onEnd     running     paused      stopped    nothing
MATRIX = """
  new             restart   start       start       -          -
  new             leave     start       start       -          -
  new             forget    start       start       -          -
  forgotten       restart   -           -           -          -
  forgotten       leave     -           -           -          -
  forgotten       forget    -           -           -          -
  running         restart   -           pause       stop       stop
  running         leave     -           pause       stop       stop
  running         forget    -           pause       stop       stop
  paused          restart   resume      -           stop       stop
  paused          leave     resume      -           stop       stop
  paused          forget    resume      -           stop       stop
  stopped         restart   start       start       drop       drop
  stopped         leave     start       start       drop       drop
  stopped         forget    start       start       drop       drop
  uncertain       restart   settle      settle      end        end
  uncertain       leave     settle      settle      end        end
  uncertain       forget    settle      settle      end        end
  seen-ended      restart   again       again       drop-end   drop-end
  seen-ended      leave     finish      finish      drop-end   drop-end
  seen-ended      forget    forget      forget      drop-end   drop-end
  ended           restart   again       again       drop-end   drop-end
  ended           leave     finish      finish      drop-end   drop-end
  ended           forget    forget      forget      drop-end   drop-end
  seen-too-soon   restart   wait        wait        drop-end   drop-end
  seen-too-soon   leave     finish      finish      drop-end   drop-end
  seen-too-soon   forget    forget      forget      drop-end   drop-end
  too-soon        restart   warn        warn        drop-end   drop-end
  too-soon        leave     finish      finish      drop-end   drop-end
  too-soon        forget    forget      forget      drop-end   drop-end
  too-often       restart   fail        fail        drop-end   drop-end
  too-often       leave     finish      finish      drop-end   drop-end
  too-often       forget    forget      forget      drop-end   drop-end
  finished        restart   again       again       drop-end   drop-end
  finished        leave     -           -           drop-end   drop-end
  finished        forget    forget      forget      drop-end   drop-end
  failed          restart   -           -           drop-end   drop-end
  failed          leave     -           -           drop-end   drop-end
  failed          forget    forget      forget      drop-end   drop-end
"""

OUTCOMES: dict[str, tuple[str, Status | None, str]] = {
    "start": ("start", Status.RUNNING, ""),
    "settle": ("start", Status.RUNNING, "the outcome of "),
    "again": ("start", Status.RUNNING, "the task has ended"),
    "pause": ("pause", Status.PAUSED, ""),
    "resume": ("resume", Status.RUNNING, ""),
    "stop": ("stop", None, ""),
    "end": ("stop", None, "the outcome of "),
    "drop": ("forget", None, ""),
    "drop-end": ("forget", None, "the task has ended"),
    "finish": ("update", Status.FINISHED, "recorded as finished and not started again (onEnd: leave)"),
    "forget": ("forget", None, "its record is dropped and it is not started again (onEnd: forget)"),
    "wait": ("update", Status.ENDED, "restarted 2 times within 600 s, so the next restart waits until"),
    "await": ("", None, "so it waits: an apply that can query the cloud looks for it"),
    "warn": ("", None, "restarted 2 times within 600 s, so the next restart waits until"),
    "fail": ("update", Status.FAILED, "restarted 5 times within 600 s, so it is recorded as failed"),
    "-": ("", None, ""),
}
WANTED = ("running", "paused", "stopped", None)
AT = rfc3339(NOW)


@dataclass(frozen=True)
class Row:
    kind: str
    stands: str
    on_end: str
    wanted: str | None
    outcome: str

    def __str__(self) -> str:
        return f"{self.kind} {self.stands} {self.on_end} wanted {self.wanted}"


def rows() -> Iterator[Row]:
    for line in MATRIX.split("\n"):
        stands, on_end, *outcomes = line.split() or ["", ""]
        for kind in SPECS if stands else ():
            for wanted, outcome in zip(WANTED, outcomes, strict=True):
                if can(kind, stands, wanted):
                    waits = outcome == "end" and kind in UNFENCED
                    yield Row(kind, stands, on_end, wanted, "await" if waits else outcome)


def can(kind: str, stands: str, wanted: str | None) -> bool:
    """Whether the kind knows pauses where the row has one, and is observed where an end is seen."""
    found = registry()[kind]
    pauses = found.pauses is not None or "paused" not in (stands, wanted)
    bulk = found.observed_in_bulk
    asked = found.observes or found.reads_back or (bulk is not None and bulk.authoritative)
    return pauses and (bool(asked) or not stands.startswith("seen-"))


def document(kind: str, wanted: str | None, on_end: str | None) -> str:
    policy = f", onEnd: {on_end}" if on_end else ""
    head = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: a}}\n"
    return f"{head}spec: {{{SPECS[kind]}, state: {wanted or 'running'}{policy}}}\n"


ENDED = TaskEnd(EndReason.UNKNOWN, AT, "somebody said so")
RESTARTS = {"too-soon": (-25, -5), "too-often": (-500, -400, -300, -200, -100)}


def recorded(row: Row, on_end: str | None) -> State:
    """The state in which the resource stands as the row says."""
    workspace = loaded(document(row.kind, "paused" if row.stands == "paused" else "running", on_end))
    state = applied(workspace)
    if row.stands in ("new", "forgotten"):
        (resource,) = loaded(document(row.kind, row.wanted, on_end)).resources
        known = {resource.address: resource.digest} if row.stands == "forgotten" else {}
        return State(state.lineage, 1, cleared="r", forgotten=known)
    address, entry = next(iter(state.entries.items()))
    over = {"task_id": None, "end": ENDED}
    stands = row.stands.removeprefix("seen-")
    restarts = tuple(rfc3339(NOW + second) for second in RESTARTS.get(stands, ()))
    starts = registry()[row.kind].starts
    assert starts is not None
    (action, *_) = starts.starters
    pending = Pending(action.name, rfc3339(NOW - 3600), effect=action.effect)
    changes: dict[str, Any] = {
        "running": {},
        "paused": {"status": Status.PAUSED},
        "stopped": {"status": Status.STOPPED, "task_id": None},
        "uncertain": {"status": Status.UNCERTAIN, "task_id": None, "pending": pending},
        "finished": {"status": Status.FINISHED, **over},
        "failed": {"status": Status.FAILED, **over},
    }
    if row.stands.startswith("seen-"):
        found = replace(entry, restarts=restarts)
    else:
        ended = {"status": Status.ENDED, **over, "restarts": restarts}
        found = replace(entry, **changes.get(stands, ended))
    return replace(state, entries={address: found})


def observed(row: Row) -> dict[Address, Observation]:
    """What is seen in the moment of the plan."""
    seen = Observation(Status.ENDED, "DescribeStreamIngest reports NotExist", NOW)
    return {Address(row.kind, "a"): seen} if row.stands.startswith("seen-") else {}


def planned(row: Row, on_end: str | None, *, forced: bool = False, edit: str = "") -> tuple[Plan, State]:
    state = recorded(row, on_end)
    workspace = loaded(document(row.kind, row.wanted, on_end).replace("room: 7", edit or "room: 7"))
    address = Address(row.kind, "a")
    resources = () if row.wanted is None else workspace.resources
    choice = Choice(replace=frozenset({address}) if forced else frozenset())
    return make_plan(workspace.settings, resources, state, observed(row), choice, now=NOW), state


def after(plan: Plan, state: State) -> State:
    """The state once the plan was carried out, its TaskIds told."""
    entries = dict(state.entries)
    for change in plan.changes:
        if change.entry is None:
            entries.pop(change.address, None)
        else:
            known = entry_from_json({**entry_to_json(change.entry), "taskId": None})
            entries[change.address] = replace(known, task_id="T" if change.entry.task_id else None)
    forgets = {one.address: one.forgets for one in plan.changes if one.forgets}
    return replace(state, entries=entries, cleared="r").forgetting(forgets)


@pytest.mark.parametrize("row", [*rows()], ids=str)
def test_when_it_may_start_again(row: Row) -> None:
    """What waits for its next restart says when that is, and nothing else does."""
    workspace = loaded(document(row.kind, row.wanted, row.on_end))
    resources = () if row.wanted is None else workspace.resources
    records = records_of(recorded(row, row.on_end))
    at = next_restart(records, resources, observed(row), RestartLimit(), NOW)
    assert at == (NOW - 5 + 20 if row.outcome in ("wait", "warn") else None)


@pytest.mark.parametrize("row", [*rows()], ids=str)
def test_row(row: Row) -> None:
    """What is done, what is recorded, and which sentence every report has; then there is nothing to do."""
    plan, state = planned(row, row.on_end)
    verb, status, sentence = OUTCOMES[row.outcome]
    assert [str(change.verb) for change in plan.changes] == [verb] * bool(verb)
    for change in plan.changes:
        assert (change.entry and change.entry.status) == (
            Status.PAUSED if (status, row.wanted) == (Status.RUNNING, "paused") else status
        )
        assert sentence.replace("StartPublishCdnStream", "") in change.reason.replace(
            "StartPublishCdnStream", ""
        )
        for form in ("text", "markdown", "html", "json"):
            report = render(plan, form, Look(500), ReportContext("state.json"))
            assert change.reason[:30] in report, form
    if row.outcome in ("warn", "await"):
        assert sentence in plan.warnings[0]
    if row.outcome in ("finish", "forget", "fail"):
        (told,) = plan.changes
        assert told.steps == () and str(told.impact) == "none" and not told.visible
    if row.outcome in ("finish", "forget", "fail", "start", "again", "drop-end"):
        workspace = loaded(document(row.kind, row.wanted, row.on_end))
        resources = () if row.wanted is None else workspace.resources
        assert make_plan(workspace.settings, resources, after(plan, state), {}, now=NOW).changes == ()


def test_the_matrix_is_whole() -> None:
    """Every way to stand has each policy once, and every kind of task is in it."""
    found = [tuple(line.split()[:2]) for line in MATRIX.split("\n") if line.strip()]
    assert len(found) == len(set(found)) == len({one for one, _ in found}) * len(OnEnd)
    assert {name for name, kind in registry().items() if kind.knows_ends or ends(name)} == SPECS.keys()


def ends(name: str) -> bool:
    return "on_end" in registry()[name].kind.spec.model_fields


@pytest.mark.parametrize("kind", SPECS)
@pytest.mark.parametrize("stands", ["ended", "finished", "seen-ended"])
def test_what_has_played_is_finished_unless_it_is_said_otherwise(kind: str, stands: str) -> None:
    """Without onEnd: a source that was played as often as was wanted is left, all else starts again."""
    row = Row(kind, stands, "", "running", "")
    if not can(kind, stands, "running"):
        return
    state = recorded(row, None)
    ((address, entry),) = state.entries.items()
    reason = EndReason.PLAYED if kind == PLAYED else EndReason.UNKNOWN
    known = replace(entry, end=entry.end and TaskEnd(reason, AT, "said so"))
    workspace = loaded(document(kind, "running", None))
    seen = {address: Observation(Status.ENDED, "NotExist", NOW)} if stands.startswith("seen") else {}
    plan = make_plan(
        workspace.settings, workspace.resources, replace(state, entries={address: known}), seen, now=NOW
    )
    verbs = [str(change.verb) for change in plan.changes]
    assert verbs == (["start"] if kind != PLAYED else [] if stands == "finished" else ["update"])
    drift = find_drift(plan, {address: known}, seen)
    assert len(drift.rows) == (0 if kind == PLAYED or stands == "finished" else 1)


REASONS = {
    "played": ("repeatNum: 3", "running", 60, EndReason.PLAYED),
    "looped": ("repeatNum: -1", "running", 60, EndReason.UNKNOWN),
    "longest": ("repeatNum: -1, maxDuration: 1", "running", 61, EndReason.MAX_DURATION),
    "not as long": ("repeatNum: -1, maxDuration: 2", "running", 61, EndReason.UNKNOWN),
    "paused": ("repeatNum: 3", "paused", 12 * 3600, EndReason.PAUSED_TOO_LONG),
    "not as long paused": ("repeatNum: 3", "paused", 12 * 3600 - 1, EndReason.PLAYED),
}


@pytest.mark.parametrize(("spec", "state", "later", "reason"), REASONS.values(), ids=REASONS)
def test_an_ingest_knows_why_it_has_ended(spec: str, state: str, later: int, reason: EndReason) -> None:
    text = document(PLAYED, state, None).replace("room: 7", f"room: 7, {spec}")
    (entry,) = applied(loaded(text)).entries.values()
    started = replace(entry, started_at=AT, paused_at=AT if state == "paused" else None)
    knows = registry()[PLAYED].knows_ends
    assert knows is not None and knows.why_ended(started, NOW + later) is reason


@pytest.mark.parametrize("stands", ["finished", "failed", "too-often", "too-soon", "forgotten"])
@pytest.mark.parametrize("asked", ["by name", "by a change", "by a note"])
def test_what_is_not_started_is_started_by_request_and_by_a_change(stands: str, asked: str) -> None:
    """A change of what is done of the task, and of nothing else of it, asks for no start."""
    row = Row("MixStream", stands, "leave" if stands == "finished" else "restart", "running", "")
    edit = {"by a change": "room: 8", "by a note": "room: 7, prevent: [stop]"}.get(asked, "")
    plan, _ = planned(row, row.on_end, forced=asked == "by name", edit=edit)
    verbs = [str(change.verb) for change in plan.changes]
    if asked == "by a note" and stands != "forgotten":
        assert "start" not in verbs
        return
    assert verbs == ["start"]
    assert plan.changes[0].entry is not None and plan.changes[0].entry.restarts == ()


def test_each_restart_is_counted_and_waits_twice_as_long() -> None:
    limit = RestartLimit(most=5, within=600, back_off=10)
    assert [limit.wait(count) for count in range(6)] == [0, 10, 20, 40, 80, 160]
    moments, now, row = [], NOW, Row("MixStream", "ended", "restart", "running", "")
    state = recorded(row, "restart")
    workspace = loaded(document(row.kind, "running", "restart"))
    last: Change | None = None
    while now < NOW + 600 and (last is None or last.entry is None or last.entry.status is not Status.FAILED):
        plan = make_plan(workspace.settings, workspace.resources, state, {}, now=now)
        state = after(plan, state)
        last = plan.changes[0] if plan.changes else last
        if [str(change.verb) for change in plan.changes] == ["start"]:
            moments.append(now - NOW)
            ((address, entry),) = state.entries.items()
            ended = replace(entry, status=Status.ENDED, task_id=None, end=ENDED)
            state = replace(state, entries={address: ended})
        now += 1
    assert moments == [0, 10, 30, 70, 150]
    assert now == NOW + 152 and "restarted 5 times" in (last.reason if last else "")


def test_policies_are_fields_that_are_sent_nowhere() -> None:
    named = {str(info.alias) for one in registry().values() for info in one.kind.spec.model_fields.values()}
    assert {"onEnd", "prevent"} <= POLICIES & named
