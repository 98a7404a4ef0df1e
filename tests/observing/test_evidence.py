"""Evidence of several sources: a table of who says what and when, and what follows; and what always holds."""

from dataclasses import replace
from itertools import permutations
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.callback_bodies import task_event
from reconciler.kinds.callbacks import reported_tasks
from reconciler.kinds.records import records_of
from reconciler.model import Address, EndReason, Observation, Source, Standing, Status
from reconciler.observing.evidence import (
    FRESH_SECONDS,
    answered,
    combine,
    combined,
    contested,
    told_by_events,
)

from ..support import LONG_AGO, applied, examples, loaded

S = Standing
STATUSES = {S.GONE: Status.ENDED, S.PAUSED: Status.PAUSED, S.ALLOWED: Status.ALLOWED}


def says(source: Source, standing: Standing, at: float) -> Observation:
    """What a source said; a Describe alone may be concluded from, and an end."""
    status = None if source is Source.LIVE_EVENT else STATUSES.get(standing)
    if source is Source.DESCRIBE and standing is S.RUNNING:
        status = Status.RUNNING
    return Observation(status, f"{source} at {at:g}", at, standing, source)


class Case(NamedTuple):
    told: tuple[tuple[Source, Standing, float], ...]
    standing: Standing
    source: Source
    acts: bool = False


DESCRIBE, CALLBACK, UPDATE, LIVE = Source.DESCRIBE, Source.CALLBACK, Source.UPDATE, Source.LIVE
LIVE_EVENT = Source.LIVE_EVENT
CASES = {
    "a Describe alone": Case(((DESCRIBE, S.GONE, 1),), S.GONE, DESCRIBE, True),
    "a Describe over a later event": Case(
        ((DESCRIBE, S.RUNNING, 1), (CALLBACK, S.GONE, 2)), S.RUNNING, DESCRIBE, True
    ),
    "a Describe, and nothing of what it feeds": Case(
        ((DESCRIBE, S.RUNNING, 1), (LIVE, S.SILENT, 2)), S.SILENT, DESCRIBE, True
    ),
    "a Describe, and what it feeds": Case(
        ((DESCRIBE, S.RUNNING, 1), (LIVE, S.RUNNING, 2)), S.RUNNING, DESCRIBE, True
    ),
    "an end by a Describe, and pushes": Case(
        ((DESCRIBE, S.GONE, 1), (LIVE, S.RUNNING, 2)), S.GONE, DESCRIBE, True
    ),
    "an event alone": Case(((CALLBACK, S.GONE, 1),), S.GONE, CALLBACK, True),
    "an end, then an answer": Case(((CALLBACK, S.GONE, 1), (UPDATE, S.RUNNING, 2)), S.RUNNING, UPDATE),
    "an answer, then an end": Case(((UPDATE, S.RUNNING, 1), (CALLBACK, S.GONE, 2)), S.GONE, CALLBACK, True),
    "an end, then silence": Case(((CALLBACK, S.GONE, 1), (LIVE, S.SILENT, 2)), S.GONE, CALLBACK, True),
    "an end, then pushes": Case(((CALLBACK, S.GONE, 1), (LIVE, S.RUNNING, 2)), S.UNKNOWN, CALLBACK),
    "an end, then some pushes": Case(((CALLBACK, S.GONE, 1), (LIVE, S.DEGRADED, 2)), S.UNKNOWN, CALLBACK),
    "pushes, then an end": Case(((LIVE, S.RUNNING, 1), (CALLBACK, S.GONE, 2)), S.GONE, CALLBACK, True),
    "pushes, then a failure": Case(((LIVE, S.RUNNING, 1), (CALLBACK, S.FAILED, 2)), S.FAILED, CALLBACK),
    "a failure, then pushes": Case(((CALLBACK, S.FAILED, 1), (LIVE, S.RUNNING, 2)), S.RUNNING, LIVE),
    "a failure, then silence": Case(((CALLBACK, S.FAILED, 1), (LIVE, S.SILENT, 2)), S.FAILED, CALLBACK),
    "running, then silence": Case(((CALLBACK, S.RUNNING, 1), (LIVE, S.SILENT, 2)), S.SILENT, LIVE),
    "running, then a forbid": Case(((CALLBACK, S.RUNNING, 1), (LIVE, S.FORBIDDEN, 2)), S.FORBIDDEN, LIVE),
    "pushes gave up, then an answer": Case(
        ((CALLBACK, S.FAILED, 1), (UPDATE, S.RUNNING, 2)), S.FAILED, CALLBACK
    ),
    "a push gave up, then an answer": Case(
        ((CALLBACK, S.DEGRADED, 1), (UPDATE, S.RUNNING, 2)), S.DEGRADED, CALLBACK
    ),
    "one push down": Case(((CALLBACK, S.DEGRADED, 1),), S.DEGRADED, CALLBACK),
    "one push down, then all up": Case(((CALLBACK, S.DEGRADED, 1), (LIVE, S.RUNNING, 2)), S.RUNNING, LIVE),
    "running, then a push ended": Case(
        ((CALLBACK, S.RUNNING, 1), (LIVE_EVENT, S.SILENT, 2)), S.SILENT, LIVE_EVENT
    ),
    "a push ended, then it runs": Case(
        ((LIVE_EVENT, S.SILENT, 1), (CALLBACK, S.RUNNING, 2)), S.RUNNING, CALLBACK
    ),
    "an end, then a push began": Case(
        ((CALLBACK, S.GONE, 1), (LIVE_EVENT, S.RUNNING, 2)), S.UNKNOWN, CALLBACK
    ),
    "an end, then a push began, and none arrives": Case(
        ((CALLBACK, S.GONE, 1), (LIVE_EVENT, S.RUNNING, 2), (LIVE, S.SILENT, 3)), S.GONE, CALLBACK, True
    ),
    "what is seen over a later event": Case(
        ((LIVE, S.RUNNING, 1), (LIVE_EVENT, S.SILENT, 2)), S.RUNNING, LIVE
    ),
    "a Describe over a later event of a push": Case(
        ((DESCRIBE, S.GONE, 1), (LIVE_EVENT, S.RUNNING, 2)), S.GONE, DESCRIBE, True
    ),
    "pushes gave up, then one ended": Case(
        ((CALLBACK, S.FAILED, 1), (LIVE_EVENT, S.SILENT, 2)), S.FAILED, CALLBACK
    ),
    "an event of a push alone": Case(((LIVE_EVENT, S.SILENT, 1),), S.SILENT, LIVE_EVENT),
    "silence alone": Case(((LIVE, S.SILENT, 1),), S.SILENT, LIVE),
    "what says nothing counts last": Case(((DESCRIBE, S.UNKNOWN, 2), (LIVE, S.SILENT, 1)), S.SILENT, LIVE),
    "nothing but what says nothing": Case(((DESCRIBE, S.UNKNOWN, 2),), S.UNKNOWN, DESCRIBE),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_follows(case: Case) -> None:
    """In whatever order they are told; and what is done about it is only what is sure."""
    for told in permutations(says(*one) for one in case.told):
        found = combine(told)
        assert found is not None
        assert (found.standing, found.source, found.status is not None) == (
            case.standing,
            case.source,
            case.acts,
        )


def test_an_event_says_why_a_push_is_down_and_nothing_of_one_that_is_up() -> None:
    why = says(LIVE_EVENT, S.SILENT, 1)
    for standing, told in ((S.SILENT, True), (S.DEGRADED, True), (S.FORBIDDEN, True), (S.RUNNING, False)):
        found = combine((why, says(LIVE, standing, 2)))
        assert found is not None and (why.evidence in found.evidence) is told
    began = says(LIVE_EVENT, S.RUNNING, 1)
    found = combine((began, says(LIVE, S.SILENT, 2)))
    assert found is not None and began.evidence not in found.evidence


def test_pushes_that_gave_up_and_are_seen_to_be_silent_are_down_until_then() -> None:
    gave_up = says(CALLBACK, S.FAILED, 1)
    for standing, at in ((S.SILENT, 5), (S.UNKNOWN, 1), (S.FORBIDDEN, 1)):
        found = combine((gave_up, says(LIVE, standing, 5)))
        assert found is not None and (found.standing, found.at) == (S.FAILED, at)


def test_what_events_say_against_is_looked_at_whoever_else_is_not_asked() -> None:
    standings = {S.GONE: True, S.FAILED: True, S.DEGRADED: False, S.RUNNING: False, S.UNKNOWN: False}
    told = {Address("MixStream", str(one)): says(CALLBACK, one, 1) for one in standings}
    assert contested(told) == {Address("MixStream", str(one)) for one, asked in standings.items() if asked}


observations = st.builds(
    says,
    st.sampled_from([DESCRIBE, CALLBACK, UPDATE, LIVE, LIVE_EVENT]),
    st.sampled_from(Standing),
    st.integers(0, 5),
).filter(
    lambda one: one.source not in (LIVE, LIVE_EVENT) or one.standing is not S.GONE
)  # a push proves no end


@examples(200)
@given(st.lists(observations, min_size=1, max_size=4, unique_by=lambda one: (one.source, one.at)))
def test_what_always_holds(told: list[Observation]) -> None:
    """Silence ends nothing, nothing acts but by what one source said, and repeating changes nothing.

    A task that says itself that it runs does, however its pushes stand.
    """
    found = combine(told)
    assert found is not None and combine([*told, *told]) == found
    if found.standing in (S.UNKNOWN, S.SILENT, S.DEGRADED, S.FAILED):
        assert found.status is (Status.RUNNING if says_that_it_runs(told) else None)
    if found.status is not None:
        assert any((one.status, one.source, one.at) == (found.status, found.source, found.at) for one in told)
    if found.standing is S.GONE:
        assert any(one.standing is S.GONE for one in told)


@examples(200)
@given(st.lists(observations, min_size=1, max_size=3), observations)
def test_events_of_pushes_make_nothing_be_done(told: list[Observation], event: Observation) -> None:
    """What may be acted on is what it was without them, or nothing."""
    given_event = replace(event, status=None, source=LIVE_EVENT)
    if given_event.standing is S.GONE:
        return
    without = combine([one for one in told if one.source is not LIVE_EVENT])
    found = combine([*(one for one in told if one.source is not LIVE_EVENT), given_event])
    assert found is not None
    assert found.status in (None, without.status if without else None)
    if found.standing is S.FAILED and without is not None and without.standing is S.FAILED:
        assert found.at == without.at


def says_that_it_runs(told: list[Observation]) -> bool:
    """Whether the last thing that a Describe told for sure is that the task runs."""
    sure = [one for one in told if one.source is DESCRIBE and one.standing is not S.UNKNOWN]
    return bool(sure) and max(sure, key=lambda one: one.at).standing is S.RUNNING


def test_why_it_ended_is_kept_whoever_says_so() -> None:
    failed = replace(says(CALLBACK, S.FAILED, 1), reason=EndReason.START_FAILED)
    found = combine([failed, says(DESCRIBE, S.GONE, 2)])
    assert found is not None and found.reason is EndReason.START_FAILED
    found = combine([failed, says(DESCRIBE, S.RUNNING, 2)])
    assert found is not None and found.reason is None


# Events of recorded tasks

RELAY = """
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: one}
spec:
  room: 7
  user: {userId: u}
  publish: [{url: rtmp://a.example/live/1}, {url: rtmp://a.example/live/2}]
"""
INGEST = """
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: one}
spec: {room: 7, streamUrl: "https://films.example/a.mp4"}
"""
A, B, OTHER = (
    "rtmp://a.example/live/1?txSecret=x&txTime=y",
    "rtmp://a.example/live/2",
    "rtmp://a.example/live/3",
)
IDLE, CONNECTING, RUNNING, RECOVERING, FAILURE, DISCONNECTING = range(6)
PUSHES: dict[str, tuple[tuple[tuple[str, int], ...], Standing]] = {
    "connecting": (((A, CONNECTING), (B, CONNECTING)), S.UNKNOWN),
    "both run": (((A, RUNNING), (B, RUNNING)), S.RUNNING),
    "one is cut and comes back": (((A, RUNNING), (B, RUNNING), (B, RECOVERING), (B, RUNNING)), S.RUNNING),
    "one gave up": (((A, RUNNING), (B, RUNNING), (B, RECOVERING), (B, FAILURE), (B, IDLE)), S.DEGRADED),
    "both gave up": (((A, FAILURE), (A, IDLE), (B, FAILURE), (B, IDLE)), S.FAILED),
    "one gave up, then an end": (((A, FAILURE), (A, IDLE), (B, DISCONNECTING), (B, IDLE)), S.FAILED),
    "both ended": (((A, DISCONNECTING), (A, IDLE), (B, DISCONNECTING), (B, IDLE)), S.GONE),
    "one end was never told": (((A, RUNNING), (B, DISCONNECTING), (B, IDLE)), S.RUNNING),
    "of one nothing was ever told": (((A, DISCONNECTING), (A, IDLE)), S.UNKNOWN),
    "what it no longer pushes to": (((OTHER, FAILURE), (OTHER, IDLE), (A, RUNNING), (B, RUNNING)), S.RUNNING),
}


def relayed(pushes: tuple[tuple[str, int], ...], task_id: str = "task-of-one") -> list[dict[str, object]]:
    task = {"RoomId": "7", "RoomType": 0, "UserId": "robot", "TaskId": task_id}
    infos = [
        {**task, "EventMsTs": 1_700_000_000_000 + at, "Payload": {"Url": url, "Status": status}}
        for at, (url, status) in enumerate(pushes)
    ]
    return [{"EventGroupId": 4, "EventType": 401, "EventInfo": info} for info in infos]


@pytest.mark.parametrize(("pushes", "standing"), PUSHES.values(), ids=PUSHES)
def test_events_of_pushes_in_any_order_and_doubled(
    pushes: tuple[tuple[str, int], ...], standing: Standing
) -> None:
    state = applied(loaded(RELAY))
    for bodies in (relayed(pushes), [*reversed(relayed(pushes))], relayed(pushes) * 2):
        events = [event for body in bodies if (event := task_event(body))]
        (found,) = told_by_events(records_of(state).values(), events).values()
        assert found.standing is standing and found.source is CALLBACK
        assert (found.status is Status.ENDED) is (standing is S.GONE)


def test_events_of_another_task_say_nothing() -> None:
    """Such as of one that ran before it by the same robot."""
    events = [event for body in relayed(((A, IDLE), (B, IDLE)), "before") if (event := task_event(body))]
    assert told_by_events(records_of(applied(loaded(RELAY))).values(), events) == {}


INGESTS = {
    "started": (((701, 0),), S.RUNNING, None),
    "failed to start": (((701, 0), (701, 1)), S.FAILED, EndReason.START_FAILED),
    "tries again": (((701, 1), (701, 2)), S.RUNNING, None),
    "stopped": (((701, 0), (702, 0)), S.GONE, None),
}


@pytest.mark.parametrize(("told", "standing", "reason"), INGESTS.values(), ids=INGESTS)
def test_events_of_an_ingest(
    told: tuple[tuple[int, int], ...], standing: Standing, reason: EndReason | None
) -> None:
    infos = [
        (kind, {"TaskId": "task-of-one", "EventMsTs": at, "Status": status})
        for at, (kind, status) in enumerate(told)
    ]
    bodies = [{"EventGroupId": 7, "EventType": kind, "EventInfo": info} for kind, info in infos]
    (task,) = reported_tasks(event for body in bodies if (event := task_event(body)))
    assert (task.seen().standing, task.seen().reason) == (standing, reason)


def test_an_answered_update_says_for_a_while_that_a_task_runs() -> None:
    state = applied(loaded(INGEST))
    ((address, entry),) = state.entries.items()
    known = replace(state, entries={address: replace(entry, answered_at=LONG_AGO)})
    records = records_of(known).values()
    at = 1767225600.0
    assert answered(records, at + FRESH_SECONDS)[address].standing is S.RUNNING
    assert answered(records, at + FRESH_SECONDS + 1) == answered(records_of(state).values(), at) == {}
    assert combined([answered(records, at), {}])[address].source is UPDATE
