"""What is promised of tasks that are taken over, as checks of the pure rules."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import chain, combinations, permutations
from typing import Any

from reconciler.applying.step_execution import StepExecution
from reconciler.applying.tools import Tools
from reconciler.cloud.resolve import ResolvedRequest
from reconciler.errors import CloudError, Gone, OutcomeUnknown, Superseded
from reconciler.kinds import callback_bodies
from reconciler.kinds.callbacks import ReportedTask, reported_tasks
from reconciler.kinds.importing import Fact
from reconciler.kinds.robots import robot_id
from reconciler.model import Address, Effect, Resource, Status
from reconciler.moments import rfc3339
from reconciler.plan.model import Change
from reconciler.planning.imports.judging import Judge
from reconciler.planning.imports.matching import Matcher
from reconciler.planning.imports.said import Outcome, Row, Said, TaskFacts
from reconciler.state import unanswered
from reconciler.state.model import Entry, LateCall, Pending, State

from ...support import MIX, applied, by_address, loaded, mutations

NOW = 1_800_000_000.0
DAY = 86400
EMPTY = State()
HALL = Address("MixStream", "hall")
TWO = MIX + "---" + MIX.replace("name: hall", "name: side").replace("live/hall", "live/side")
STRING_ROOM = (
    MIX.replace("name: hall", "name: text").replace("295066", '"295066"').replace("live/hall", "live/t")
)
ROBOT = robot_id("demo", HALL, 295066, "agent")
FACTS = TaskFacts("T-1", ROBOT, NOW - DAY, 7)
NEEDED = {Fact.ROBOT: "robot", Fact.SINCE: "since", Fact.SEQUENCE_NUMBER: "sequence_number"}
URL = "rtmp://3891.livepush.myqcloud.com/live/hall"


def resources(text: str = MIX) -> dict[Address, Resource]:
    return by_address(loaded(text).resources)


def judge(text: str = MIX, state: State = EMPTY, *, verifies: bool = True) -> Judge:
    return Judge(resources(text), loaded(text).settings, state, NOW, verifies)


def row(facts: TaskFacts = FACTS, text: str = MIX, state: State = EMPTY, **how: bool) -> Row:
    return judge(text, state, **how).row(Said("here", str(HALL), facts))


def change_of(found: Row) -> Change:
    assert found.change is not None, found.message
    return found.change


def nothing_that_is_needed_is_made_up() -> None:
    """Whatever is left out is named, and nothing else is."""
    every = chain.from_iterable(combinations(NEEDED, count) for count in range(len(NEEDED) + 1))
    for left_out in every:
        found = row(replace(FACTS, **dict.fromkeys(map(NEEDED.__getitem__, left_out))))
        assert (found.outcome is Outcome.REFUSED) == bool(left_out)
        assert (found.change is None) == bool(left_out)
        assert {fact for fact in NEEDED if f"{fact} (" in found.message} == set(left_out)


def what_is_recorded_is_what_is_said() -> None:
    entry = change_of(row(verifies=False)).entry
    assert entry is not None
    assert (entry.task_id, entry.sequence_number, entry.started_at) == ("T-1", 7, "2027-01-14T08:00:00Z")
    assert (entry.status, entry.signed) == (Status.RUNNING, {})
    entry = change_of(row(replace(FACTS, tx_time="69A0B1C2"))).entry
    assert entry is not None and entry.signed == {URL: "69A0B1C2"}


def it_is_looked_for_by_the_next_number_and_by_nothing_else() -> None:
    (step,) = change_of(row()).steps
    assert step.entry is not None and step.entry.sequence_number == 8
    wanted = {"SdkAppId": 1400188366, "TaskId": "T-1", "SequenceNumber": 8, "WithTranscoding": 1}
    assert step.call.request == wanted


def what_the_api_cannot_know_any_more_is_not_asked() -> None:
    for age, asked in ((29 * DAY, 1), (30 * DAY, 0), (90 * DAY, 0)):
        assert len(change_of(row(replace(FACTS, since=NOW - age))).steps) == asked
    assert change_of(row(verifies=False)).steps == ()


def another_robot_or_room_is_refused() -> None:
    assert row(replace(FACTS, robot="another")).outcome is Outcome.REFUSED
    assert row(replace(FACTS, room="295066")).outcome is Outcome.REFUSED
    assert row(replace(FACTS, room=295066)).outcome is None
    named = MIX.replace("room: 295066", "room: 295066\n  agent: {userId: mine}")
    assert row(replace(FACTS, robot=None), named).outcome is None
    fed = named.replace("agent:", "feedBackRooms: [{room: other}]\n  agent:")
    assert row(replace(FACTS, robot="mine"), fed).outcome is Outcome.REFUSED
    assert row(text=MIX.replace("room: 295066", "room: 295066\n  feedBackRooms: [{room: o}]")).outcome is None


def a_task_and_a_resource_go_together_once() -> None:
    for second in (
        Said("there", str(HALL), replace(FACTS, task_id="T-2")),
        Said("there", "MixStream/side", FACTS),
        Said("here", "MixStream/side", replace(FACTS, robot=robot_id("demo", HALL, 1, "agent"))),
    ):
        both = judge(TWO)
        assert both.row(Said("here", str(HALL), FACTS)).outcome is None
        refused = both.row(second)
        assert refused.outcome is Outcome.REFUSED and "was already given at here" in refused.message


def what_is_recorded_is_left_alone() -> None:
    state = applied(loaded(MIX))
    task = str(state.entries[HALL].task_id)
    assert row(state=state).outcome is Outcome.REFUSED
    assert row(TaskFacts(task), state=state).outcome is Outcome.RECORDED
    former = replace(state, entries={Address("MixStream", "former"): state.entries[HALL]})
    found = row(replace(FACTS, task_id=task), state=former)
    assert found.outcome is Outcome.REFUSED and "state mv MixStream/former" in found.hint


def what_has_not_begun_is_refused() -> None:
    assert row(replace(FACTS, since=NOW + 3600)).outcome is Outcome.REFUSED
    assert row(replace(FACTS, since=NOW + 60)).outcome is None


# Callbacks


def told(status: int, at: float, **changes: Any) -> Mapping[str, Any]:
    info = {
        "RoomId": "295066",
        "RoomType": 0,
        "EventMsTs": int(at * 1000),
        "UserId": ROBOT,
        "TaskId": "T-1",
        "Payload": {"Url": changes.pop("url", URL), "Status": status},
        **changes,
    }
    return {"EventGroupId": 4, "EventType": 401, "EventInfo": info}


def tasks(*bodies: Mapping[str, Any]) -> list[ReportedTask]:
    return reported_tasks(filter(None, map(callback_bodies.task_event, bodies)))


LIVES: Iterable[tuple[tuple[tuple[int, float], ...], bool, float | None]] = [
    # statuses with their moments; whether it has ended, and since when it runs
    (((1, 10), (2, 11)), False, 10),
    (((2, 11), (3, 12)), False, None),
    (((1, 10), (2, 11), (5, 20), (0, 21)), True, 10),
    (((1, 10), (2, 11), (3, 15), (4, 20), (0, 21)), False, 10),
    (((0, 21),), True, None),
    (((1, 10), (0, 21), (1, 30)), False, 10),
]


def a_life_is_read_in_whatever_order_it_comes() -> None:
    for statuses, ended, since in LIVES:
        for order in permutations(statuses):
            (task,) = tasks(*(told(*one) for one in (*order, order[0])))
            assert (task.has_ended, task.since) == (ended, since), order


def whatever_is_no_callback_is_told() -> None:
    """Nothing but an event, none, or a reason comes of any text of JSON."""
    for body in mutations(told(1, NOW), [None, -1, 10**30, "", "x", [], {}, 1.5, True]):
        if not isinstance(body, dict):
            continue
        try:
            event = callback_bodies.task_event(body)
        except ValueError as error:
            assert str(error)
        else:
            assert event is None or rfc3339(event.at)


def a_task_lives_as_long_as_one_of_its_pushes() -> None:
    other = "rtmp://3891.livepush.myqcloud.com/live/second"
    (task,) = tasks(
        told(1, 10), told(2, 11), told(5, 20), told(0, 21), told(2, 15, url=f"{other}?txSecret=x")
    )
    assert not task.has_ended and task.since is None
    assert set(task.targets) == {URL, other}


def matched(text: str, *bodies: Mapping[str, Any], state: State = EMPTY) -> Said | Row:
    (task,) = tasks(*bodies)
    return Matcher(resources(text), state, "here").matched(task)


def a_task_is_matched_by_what_its_events_say() -> None:
    begun = (told(1, NOW - 20), told(2, NOW - 19))
    found = matched(MIX + "---" + STRING_ROOM, *begun)
    assert isinstance(found, Said) and found.address == str(HALL)
    assert found.facts == TaskFacts("T-1", ROBOT, NOW - 20, room=295066)
    by_push = matched(TWO, *(told(one, NOW, UserId="other") for one in (1, 2)))
    assert isinstance(by_push, Said) and by_push.address == str(HALL)
    stranger = matched(TWO, told(1, NOW, UserId="other", url="rtmp://push.example.com/live/x"))
    assert isinstance(stranger, Row) and stranger.outcome is Outcome.SKIPPED
    text = told(1, NOW, RoomType=1, url="rtmp://push.example.com/live/x")
    assert isinstance(matched(MIX, text), Row), "an integer room and a string room are two"
    assert isinstance(matched(MIX, told(1, NOW), told(0, NOW + 1)), Row)


def several_that_fit_are_told_and_none_is_chosen() -> None:
    named = TWO.replace("room: 295066", "room: 295066\n  agent: {userId: mine}")
    named = "sdkAppId: 1400188367\n  room".join(named.rsplit("room", 1))
    found = matched(named, told(1, NOW, UserId="mine", url="rtmp://push.example.com/live/x"))
    assert isinstance(found, Row) and found.outcome is Outcome.REFUSED
    assert "MixStream/hall, MixStream/side" in found.message
    by_push = matched(named, told(1, NOW, UserId="mine"))
    assert isinstance(by_push, Said) and by_push.address == str(HALL)


def an_ingest_is_known_by_its_task_id_alone() -> None:
    body = {"EventGroupId": 7, "EventType": 701, "EventInfo": {"EventMsTs": 1, "TaskId": "T-1", "Status": 0}}
    film = Address("IngestStream", "film")
    text = "apiVersion: reconciler/v1\nkind: IngestStream\nmetadata: {name: film}\n" + (
        'spec: {room: 1, streamUrl: "https://media.example/a.mp4"}\n'
    )
    assert isinstance(matched(text, body), Row)
    entry = replace(applied(loaded(text)).entries[film], task_id="T-1")
    found = matched(text, body, state=State(entries={film: entry}))
    assert isinstance(found, Said) and found.address == str(film)
    pending = Pending("StopStreamIngest", "2026-01-01T00:00:00Z", "T-1", effect=Effect.STOP)
    doubtful = replace(entry, task_id=None, status=Status.UNCERTAIN, pending=pending)
    assert isinstance(matched(text, body, state=State(entries={film: doubtful})), Said)


# What is recorded of a task that is looked for


def looked_for(error: CloudError | None, before: Entry | None = None) -> Entry | None:
    """What is recorded once the call is answered so."""
    state = State(entries={} if before is None else {HALL: before})
    (step,) = change_of(row(state=state)).steps

    def send(call: Any, body: Any, begin: Callable[[], float]) -> dict[str, Any]:
        begin()
        if error is not None:
            raise error
        return {"TaskId": "T-1", "RequestId": "r"}

    kept: list[Any] = []
    tools = Tools(
        send=send,
        resolve=lambda request, task_ids: ResolvedRequest(dict(request), {}),
        append=kept.append,
        clock=lambda: NOW,
        executor=None,  # type: ignore[arg-type]
    )
    _, entry = StepExecution(HALL, step, before, {}, tools).execute()
    assert len(kept) == 2 and kept[0].pending.task_id == "T-1"
    replayed = unanswered.after_unknown(before, kept[0].entry, kept[0].pending, kept[0].starts)
    assert replayed.task_id == "T-1" and replayed.late_calls, (
        "killed in between, it is recorded, to be verified"
    )
    return entry


def a_task_is_recorded_only_once_it_is_found() -> None:
    found = looked_for(None)
    assert found is not None and (found.task_id, found.sequence_number, found.late_calls) == ("T-1", 8, ())
    doubt = Pending("StartPublishCdnStream", "2027-01-15T07:59:00Z", effect=Effect.START)
    late = LateCall("2027-01-15T08:05:00Z", resources()[HALL].spec)
    uncertain = replace(
        applied(loaded(MIX)).entries[HALL],
        task_id=None,
        status=Status.UNCERTAIN,
        pending=doubt,
        late_calls=(late,),
    )
    for before in (None, uncertain):
        for error in (Gone("x"), Superseded("x")):
            assert looked_for(error, before) == before
        lost = looked_for(OutcomeUnknown("x"), before)
        assert (
            lost is not None and lost.task_id == "T-1" and lost.status is Status.RUNNING and lost.late_calls
        )
    known = looked_for(None, uncertain)
    assert known is not None and known.pending is None and known.late_calls == (late,)


CHECKS: tuple[Callable[[], None], ...] = (
    nothing_that_is_needed_is_made_up,
    what_is_recorded_is_what_is_said,
    it_is_looked_for_by_the_next_number_and_by_nothing_else,
    what_the_api_cannot_know_any_more_is_not_asked,
    another_robot_or_room_is_refused,
    a_task_and_a_resource_go_together_once,
    what_is_recorded_is_left_alone,
    what_has_not_begun_is_refused,
    a_life_is_read_in_whatever_order_it_comes,
    whatever_is_no_callback_is_told,
    a_task_lives_as_long_as_one_of_its_pushes,
    a_task_is_matched_by_what_its_events_say,
    several_that_fit_are_told_and_none_is_chosen,
    an_ingest_is_known_by_its_task_id_alone,
    a_task_is_recorded_only_once_it_is_found,
)
