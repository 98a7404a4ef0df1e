"""What a journal says of the state it belongs to, and that damage is never taken for a record."""

from dataclasses import replace

import pytest

from reconciler.backends.local.journal import SECTOR, Reading, decode
from reconciler.errors import StateError
from reconciler.model import Address, Effect, Status
from reconciler.state.journal import Begin, Intent, Outcome, Record, replay
from reconciler.state.model import Entry, Pending, State

from ..support import LINEAGE, LONG_AGO, lines_of

HALL, LIVE = Address("MixStream", "hall"), Address("LiveStream", "hall")
BEGIN = Begin(LINEAGE, 3, "run", LONG_AGO)


def entry(**changes: object) -> Entry:
    base = Entry("MixStream", 1, "sha256:1", Status.RUNNING, {"room": 1}, {}, "old", 4, LONG_AGO)
    return replace(base, **changes)


def switch(status: Status) -> Entry:
    return Entry("LiveStream", 1, "sha256:2", status, {"streamName": "hall"})


OLD = entry()
WITHOUT_TASK = entry(task_id=None, sequence_number=None, spec={"room": 2})
STARTED = entry(task_id="new", sequence_number=None, spec={"room": 2})
UPDATED = entry(sequence_number=5, spec={"room": 1, "fps": 2}, signed={"rtmp://a/b/c": "1"})
START = Pending("StartPublishCdnStream", LONG_AGO, effect=Effect.START)
UPDATE = Pending("UpdatePublishCdnStream", LONG_AGO, "old", effect=Effect.UPDATE)
STOP = Pending("StopPublishCdnStream", LONG_AGO, "old", effect=Effect.STOP)
RESUME = Pending("ResumeLiveStream", LONG_AGO, effect=Effect.OTHER)
FORBID = Pending("ForbidLiveStream", LONG_AGO, effect=Effect.OTHER)


def intent(pending: Pending, after: Entry | None, address: Address = HALL, step: int = 0) -> Intent:
    return Intent(address, f"{address}#{step}", pending, pending is START, after)


def outcome(result: str, after: Entry | None, address: Address = HALL, step: int = 0) -> Outcome:
    return Outcome(address, f"{address}#{step}", result, after)


UNCERTAIN_START = replace(WITHOUT_TASK, status=Status.UNCERTAIN, pending=START)
UNCERTAIN_STOP = replace(OLD, status=Status.UNCERTAIN, task_id=None, pending=STOP)
ATTEMPTED = replace(OLD, sequence_number=5, attempted=(UPDATED.spec,), signed=UPDATED.signed)

REPLAYS: dict[str, tuple[Entry | None, list[Record], Entry | None]] = {
    # recorded before, records after the first, recorded afterwards
    "nothing happened": (OLD, [], OLD),
    "a start without an answer": (None, [intent(START, WITHOUT_TASK)], UNCERTAIN_START),
    "a start": (None, [intent(START, WITHOUT_TASK), outcome("done", STARTED)], STARTED),
    "a refused start": (None, [intent(START, WITHOUT_TASK), outcome("refused", None)], None),
    "a start whose answer never came": (
        None,
        [intent(START, WITHOUT_TASK), outcome("unknown", UNCERTAIN_START)],
        UNCERTAIN_START,
    ),
    "an update without an answer": (OLD, [intent(UPDATE, UPDATED)], ATTEMPTED),
    "an update": (OLD, [intent(UPDATE, UPDATED), outcome("done", UPDATED)], UPDATED),
    "a refused update uses its number up": (
        OLD,
        [intent(UPDATE, UPDATED), outcome("refused", replace(OLD, sequence_number=5))],
        replace(OLD, sequence_number=5),
    ),
    "a second update without an answer": (
        OLD,
        [
            intent(UPDATE, UPDATED),
            outcome("done", UPDATED),
            intent(UPDATE, replace(UPDATED, sequence_number=6)),
        ],
        replace(UPDATED, sequence_number=6),
    ),
    "an update back to what is recorded, after one without an answer, without one too": (
        ATTEMPTED,
        [intent(UPDATE, replace(OLD, sequence_number=6))],
        replace(ATTEMPTED, sequence_number=6),
    ),
    "a stop without an answer": (OLD, [intent(STOP, None)], UNCERTAIN_STOP),
    "a stop": (OLD, [intent(STOP, None), outcome("done", None)], None),
    "a stop of what had ended": (OLD, [intent(STOP, None), outcome("gone", None)], None),
    "a replace that was stopped in between": (OLD, [intent(STOP, None), outcome("done", None)], None),
    "a replace whose start has no answer": (
        OLD,
        [intent(STOP, None), outcome("done", None), intent(START, WITHOUT_TASK, step=1)],
        UNCERTAIN_START,
    ),
    "a replace": (
        OLD,
        [
            intent(STOP, None),
            outcome("done", None),
            intent(START, WITHOUT_TASK, step=1),
            outcome("done", STARTED, step=1),
        ],
        STARTED,
    ),
    "a fence whose stop has no answer": (
        UNCERTAIN_START,
        [
            intent(START, WITHOUT_TASK),
            outcome("done", STARTED),
            intent(replace(STOP, task_id="new"), None, step=1),
        ],
        replace(STARTED, status=Status.UNCERTAIN, task_id=None, pending=replace(STOP, task_id="new")),
    ),
    "a record alone": (OLD, [outcome("recorded", None)], None),
}


@pytest.mark.parametrize(("before", "records", "expected"), REPLAYS.values(), ids=REPLAYS)
def test_replay(before: Entry | None, records: list[Record], expected: Entry | None) -> None:
    state = State(LINEAGE, 3, {} if before is None else {HALL: before})
    after = replay(state, [BEGIN, *records], "f")
    assert after.entries.get(HALL) == expected
    assert (after.lineage, after.serial) == (LINEAGE, 3)


SWITCHES: dict[str, tuple[Entry | None, list[Record], Entry | None]] = {
    "a first resume without an answer": (
        None,
        [intent(RESUME, switch(Status.ALLOWED), LIVE)],
        replace(switch(Status.UNCERTAIN), pending=RESUME),
    ),
    "a forbid without an answer": (
        switch(Status.ALLOWED),
        [intent(FORBID, switch(Status.FORBIDDEN), LIVE)],
        replace(switch(Status.UNCERTAIN), pending=FORBID),
    ),
    "a forbid of another stream without an answer": (
        switch(Status.ALLOWED),
        [intent(FORBID, replace(switch(Status.FORBIDDEN), spec={"streamName": "side"}), LIVE)],
        replace(switch(Status.UNCERTAIN), pending=FORBID, attempted=({"streamName": "side"},)),
    ),
    "a forbid": (
        switch(Status.ALLOWED),
        [intent(FORBID, switch(Status.FORBIDDEN), LIVE), outcome("done", switch(Status.FORBIDDEN), LIVE)],
        switch(Status.FORBIDDEN),
    ),
}


@pytest.mark.parametrize(("before", "records", "expected"), SWITCHES.values(), ids=SWITCHES)
def test_replay_of_switches(before: Entry | None, records: list[Record], expected: Entry | None) -> None:
    state = State(LINEAGE, 3, {} if before is None else {LIVE: before})
    assert replay(state, [BEGIN, *records], "f").entries.get(LIVE) == expected


def test_changes_that_overlap_are_told_apart() -> None:
    records = [
        intent(START, WITHOUT_TASK),
        intent(RESUME, switch(Status.ALLOWED), LIVE),
        outcome("done", switch(Status.ALLOWED), LIVE),
    ]
    after = replay(State(LINEAGE, 3), [BEGIN, *records], "f")
    assert after.entries == {HALL: UNCERTAIN_START, LIVE: switch(Status.ALLOWED)}


def test_the_state_itself_is_left_alone() -> None:
    state = State(LINEAGE, 3, {HALL: OLD})
    replay(state, [BEGIN, outcome("recorded", None)], "f")
    assert state == State(LINEAGE, 3, {HALL: OLD})


def test_without_records_nothing_changes() -> None:
    assert replay(State(LINEAGE, 3, {HALL: OLD}), [], "f") == State(LINEAGE, 3, {HALL: OLD})


def test_the_first_run_of_all_brings_its_lineage() -> None:
    after = replay(State(), [replace(BEGIN, serial=0), outcome("recorded", OLD)], "f")
    assert after == State(LINEAGE, 0, {HALL: OLD}, "run")


def test_a_journal_that_outlived_its_commit_says_nothing() -> None:
    for serial in (4, 5):
        state = State(LINEAGE, serial, {HALL: STARTED}, "run")
        assert replay(state, [BEGIN, outcome("recorded", None)], "f") is state


def test_a_journal_that_another_run_has_overtaken_is_refused() -> None:
    """Two runs had the state at once: what this journal knows is not in it."""
    with pytest.raises(StateError, match="the state is serial 4"):
        replay(State(LINEAGE, 4, {HALL: STARTED}, "other"), [BEGIN, outcome("recorded", None)], "f")


def test_the_plan_that_was_begun_is_used_up() -> None:
    after = replay(State(LINEAGE, 3), [replace(BEGIN, plan="nonce")], "f")
    assert after == State(LINEAGE, 3, run="run", used_plans=("nonce",))


def test_a_state_of_the_same_serial_that_is_another_file_is_refused() -> None:
    begin = replace(BEGIN, base="sha256:1")
    assert replay(State(LINEAGE, 3), [begin], "f", "sha256:1").run == "run"
    with pytest.raises(StateError, match="not the version that the journal began with"):
        replay(State(LINEAGE, 3), [begin], "f", "sha256:2")


@pytest.mark.parametrize(
    "state",
    [
        State("another", 3),
        State("another", 4, run="run"),
        State(LINEAGE, 2),
        State(LINEAGE, 5, run="other"),
        State("", 4, run="run"),
    ],
    ids=["another lineage", "another lineage, one on", "an older state", "a newer state", "no lineage"],
)
def test_the_journal_of_another_state_is_refused(state: State) -> None:
    with pytest.raises(
        StateError, match=f"f: the journal belongs to serial 3 of lineage {LINEAGE}, but the state"
    ) as caught:
        replay(state, [BEGIN], "f")
    assert caught.value.hint


def test_a_journal_without_its_beginning_is_refused() -> None:
    with pytest.raises(StateError, match="does not begin with the state that it belongs to"):
        replay(State(LINEAGE, 3), [outcome("done", OLD)], "f")


# Damage

# One bit away from a space or an at sign is a NUL, from a star or a J the end of a line, and from the
# letters of an escape others that mean the same.
ODD = replace(switch(Status.FORBIDDEN), spec={"streamName": "J * J @ \u00ea\U0001f3a5"})
RECORDS: list[Record] = [
    BEGIN,
    intent(START, WITHOUT_TASK),
    outcome("done", STARTED),
    intent(FORBID, ODD, LIVE),
    outcome("done", ODD, LIVE),
]
LINES = lines_of(RECORDS)
WHOLE = b"".join(LINES)
ENDS = [len(b"".join(LINES[:count])) for count in range(len(LINES) + 1)]
BUT_THE_LAST = Reading(tuple(RECORDS[:-1]), torn=True)


def refused(data: bytes, number: int) -> None:
    with pytest.raises(StateError, match=rf"^f:{number}: the journal is damaged") as caught:
        decode(data, "f")
    assert caught.value.hint


def test_whole() -> None:
    assert WHOLE.isascii()
    assert decode(WHOLE, "f") == Reading(tuple(RECORDS), torn=False)


def test_nothing_written_yet() -> None:
    assert decode(b"", "f") == Reading((), torn=False)


def test_every_truncation_leaves_the_records_before_it() -> None:
    for end in range(len(WHOLE)):
        # A line that lacks nothing but its newline says all that it has to say.
        whole = sum(one <= end + 1 for one in ENDS[1:])
        torn = end not in ENDS and end + 1 not in ENDS
        assert decode(WHOLE[:end], "f") == Reading(tuple(RECORDS[:whole]), torn)


def test_a_last_line_with_a_zeroed_part_is_torn() -> None:
    """Pages that were never written: at its front, at its end, or all of it."""
    last = LINES[-1]
    for count in range(1, len(last) + 1):
        before, zeros = WHOLE[: ENDS[-2]], bytes(count)
        assert decode(before + zeros + last[count:], "f") == BUT_THE_LAST
        assert decode(before + last[:-count] + zeros, "f") == BUT_THE_LAST
        assert decode(WHOLE + zeros, "f") == Reading(tuple(RECORDS), torn=True)


def test_whole_sectors_of_the_last_line_that_were_never_written_are_torn() -> None:
    long = outcome("done", replace(ODD, spec={"streamName": "x" * 4 * SECTOR}), LIVE)
    data = b"".join(lines_of([BEGIN, long]))
    begins = len(lines_of([BEGIN])[0])
    for first in range(SECTOR, len(data) - SECTOR, SECTOR):
        torn = data[:first] + bytes(SECTOR) + data[first + SECTOR :]
        assert first > begins and decode(torn, "f") == Reading((BEGIN,), torn=True)
        refused(data[: first + 1] + bytes(SECTOR) + data[first + 1 + SECTOR :], 2)
        refused(data[:first] + bytes(SECTOR - 1) + data[first + SECTOR - 1 :], 2)


@pytest.mark.parametrize("number", range(1, len(LINES)))
def test_zeros_in_a_line_that_is_followed_by_others_are_refused(number: int) -> None:
    for place in range(ENDS[number - 1], ENDS[number] - 1):
        refused(WHOLE[:place] + b"\0" + WHOLE[place + 1 :], number)


@pytest.mark.parametrize("number", range(len(LINES) - 1))
def test_a_lost_line_is_refused(number: int) -> None:
    refused(b"".join(LINES[:number] + LINES[number + 1 :]), number + 1)


@pytest.mark.parametrize("number", range(len(LINES) - 1))
def test_lines_that_changed_places_are_refused(number: int) -> None:
    first, second = LINES[number : number + 2]
    refused(b"".join([*LINES[:number], second, first, *LINES[number + 2 :]]), number + 1)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, len(LINES) + 1))
def test_every_flipped_bit_is_refused(number: int) -> None:
    for place in range(ENDS[number - 1], ENDS[number]):
        for bit in range(8):
            refused(flipped(place, bit), number)


def flipped(place: int, bit: int) -> bytes:
    data = bytearray(WHOLE)
    data[place] ^= 1 << bit
    return bytes(data)


FOREIGN = [
    b"{}",
    b"[]",
    b"1",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b"{" * 50,
    b"[" * 100_000,
    b'{"crc":"00000000"}',
    b"{\xc3}",
]


@pytest.mark.parametrize("line", [*FOREIGN, b"\0"], ids=lambda line: repr(line[:20]))
def test_a_foreign_line_without_its_end_is_cut(line: bytes) -> None:
    assert decode(line, "f") == Reading((), torn=True)
    assert decode(WHOLE + line, "f") == Reading(tuple(RECORDS), torn=True)
    refused(line + b"\n" + WHOLE, 1)


@pytest.mark.parametrize("line", [*FOREIGN, b""], ids=lambda line: repr(line[:20]))
def test_a_foreign_line_with_its_end_is_refused(line: bytes) -> None:
    refused(line + b"\n", 1)
    refused(WHOLE + line + b"\n", len(LINES) + 1)


@pytest.mark.parametrize("line", [b"x", b"}", b"{}", LINES[0]], ids=repr)
def test_what_stands_behind_a_sound_record_without_a_newline_is_refused(line: bytes) -> None:
    """The record was whole once, so the newline was lost afterwards."""
    refused(WHOLE[:-1] + line, len(LINES))


@pytest.mark.parametrize("number", range(2, len(LINES) + 1))
def test_a_line_of_another_journal_is_refused(number: int) -> None:
    """It has the right number, and is sound where it comes from."""
    other = lines_of([replace(BEGIN, run="other"), *RECORDS[1:]])
    refused(b"".join([*LINES[: number - 1], other[number - 1], *LINES[number:]]), number)


def test_a_second_journal_behind_the_first_is_refused() -> None:
    refused(WHOLE + WHOLE, len(LINES) + 1)
