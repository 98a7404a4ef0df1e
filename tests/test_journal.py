"""What a journal says of the state it belongs to, and that damage is never taken for a record."""

from dataclasses import replace

import pytest

from reconciler.errors import StateError
from reconciler.journal import Begin, Intent, Outcome, Reading, Record, decode, encode, replay
from reconciler.model import Address, Status
from reconciler.state import Entry, Pending, State

from .support import LINEAGE, LONG_AGO

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
START = Pending("StartPublishCdnStream", LONG_AGO)
UPDATE = Pending("UpdatePublishCdnStream", LONG_AGO, "old")
STOP = Pending("StopPublishCdnStream", LONG_AGO, "old")
RESUME = Pending("ResumeLiveStream", LONG_AGO)
FORBID = Pending("ForbidLiveStream", LONG_AGO)


def intent(pending: Pending, after: Entry | None, address: Address = HALL, step: int = 0) -> Intent:
    return Intent(address, f"{address}#{step}", pending, pending is START, after)


def outcome(result: str, after: Entry | None, address: Address = HALL, step: int = 0) -> Outcome:
    return Outcome(address, f"{address}#{step}", result, after)


UNCERTAIN_START = replace(WITHOUT_TASK, status=Status.UNCERTAIN, pending=START)
UNCERTAIN_STOP = replace(OLD, status=Status.UNCERTAIN, task_id=None, pending=STOP)
ATTEMPTED = replace(OLD, sequence_number=5, attempted=UPDATED.spec, signed=UPDATED.signed)

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
        replace(UPDATED, sequence_number=6, attempted=UPDATED.spec),
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
    assert after == State(LINEAGE, 0, {HALL: OLD})


def test_a_journal_that_outlived_its_commit_says_nothing() -> None:
    state = State(LINEAGE, 4, {HALL: STARTED})
    assert replay(state, [BEGIN, outcome("recorded", None)], "f") == state


@pytest.mark.parametrize(
    "state",
    [
        State("another", 3),
        State("another", 4),
        State(LINEAGE, 2),
        State(LINEAGE, 5),
        State("", 4),
    ],
    ids=["another lineage", "another lineage, one on", "an older state", "a newer state", "no lineage"],
)
def test_the_journal_of_another_state_is_refused(state: State) -> None:
    with pytest.raises(
        StateError, match=f"f: the journal belongs to serial 3 of lineage {LINEAGE}, the state"
    ) as caught:
        replay(state, [BEGIN], "f")
    assert caught.value.hint


def test_a_journal_without_its_beginning_is_refused() -> None:
    with pytest.raises(StateError, match="does not begin with its state"):
        replay(State(LINEAGE, 3), [outcome("done", OLD)], "f")


# Damage

RECORDS: list[Record] = [
    BEGIN,
    intent(START, WITHOUT_TASK),
    outcome("done", STARTED),
    intent(FORBID, switch(Status.FORBIDDEN), LIVE),
    outcome("done", switch(Status.FORBIDDEN), LIVE),
]


def lines_of(records: list[Record]) -> list[bytes]:
    lines, crc = [], ""
    for record in records:
        line, crc = encode(record, crc)
        lines.append(line)
    return lines


LINES = lines_of(RECORDS)
WHOLE = b"".join(LINES)
ENDS = [len(b"".join(LINES[:count])) for count in range(len(LINES) + 1)]


def test_whole() -> None:
    assert WHOLE.isascii()
    reading = decode(WHOLE, "f")
    assert (list(reading.records), reading.length) == (RECORDS, len(WHOLE))


def test_nothing_written_yet() -> None:
    assert decode(b"", "f") == Reading((), 0, "")


def test_a_torn_tail_is_cut_at_the_last_whole_record() -> None:
    for end in range(len(WHOLE)):
        # A line that lacks nothing but its newline says all that it has to say.
        whole = sum(one <= end + 1 for one in ENDS[1:])
        assert list(decode(WHOLE[:end], "f").records) == RECORDS[:whole]


@pytest.mark.parametrize("number", range(len(LINES) - 2))
def test_a_lost_line_is_refused(number: int) -> None:
    with pytest.raises(StateError, match=f"f:{number + 1}: the journal is damaged"):
        decode(b"".join(LINES[:number] + LINES[number + 1 :]), "f")


@pytest.mark.parametrize("number", range(len(LINES) - 2))
def test_lines_that_changed_places_are_refused(number: int) -> None:
    first, second = LINES[number : number + 2]
    with pytest.raises(StateError, match=f"f:{number + 1}: the journal is damaged"):
        decode(b"".join([*LINES[:number], second, first, *LINES[number + 2 :]]), "f")


@pytest.mark.parametrize("number", range(len(LINES) - 1))
def test_every_flipped_bit_of_a_line_that_is_followed_by_others_is_refused(number: int) -> None:
    start, end = ENDS[number], ENDS[number + 1] - 1
    for place in range(start, end):
        for bit in range(8):
            with pytest.raises(StateError, match=rf"^f:{number + 1}: the journal is damaged"):
                decode(flipped(place, bit), "f")


def test_every_flipped_bit_of_the_last_line_is_refused_or_cuts_it() -> None:
    for place in range(ENDS[-2], ENDS[-1]):
        for bit in range(8):
            try:
                records = list(decode(flipped(place, bit), "f").records)
            except StateError:
                continue
            assert records == RECORDS[:-1]


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
    b"\x00",
    b"{" * 50,
    b'{"crc":"00000000"}',
    b"{\xc3}",
]


@pytest.mark.parametrize("line", FOREIGN, ids=repr)
def test_a_foreign_line_is_refused_or_cut(line: bytes) -> None:
    assert decode(line, "f").records == ()
    assert list(decode(WHOLE + line, "f").records) == RECORDS
    with pytest.raises(StateError, match="f:1: the journal is damaged"):
        decode(line + b"\n" + WHOLE, "f")


def test_a_second_journal_behind_the_first_is_refused() -> None:
    with pytest.raises(StateError, match=f"f:{len(LINES) + 1}: the journal is damaged"):
        decode(WHOLE + WHOLE, "f")
