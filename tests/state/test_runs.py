"""What is kept of a run, what is told of it later, and that older records still read."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.model import Address, Effect, Status
from reconciler.state.ending import End, Ended, Ending, Intended
from reconciler.state.journal import START, Begin, Intent, Moved, Outcome, Record, decode_line, encode
from reconciler.state.model import Entry, Pending, State
from reconciler.state.run_calls import NOT_SENT, REPEATED, calls_of, settled
from reconciler.state.runs import (
    CHANGED,
    DROPPED,
    RECORDED,
    RENAMED,
    UNANSWERED,
    KeptRun,
    RunRecord,
    Unknown,
    edit_counts,
    edits,
    entry_at,
    kept_begin,
    kept_records,
    life,
    results_of,
    still_needed,
)

from ..support import LINEAGE, LONG_AGO, lines_of

HALL, SIDE, NEW = (Address("MixStream", name) for name in ("hall", "side", "new"))
LIVE, AIR = Address("LiveStream", "live"), Address("LiveStream", "air")
ONE = Entry("MixStream", 1, "sha256:1", Status.RUNNING, {"room": 1}, task_id="one", started_at=LONG_AGO)
TWO = replace(ONE, task_id="two")
SWITCH = Entry("LiveStream", 1, "sha256:2", Status.ALLOWED, {"streamName": "a"}, started_at=LONG_AGO)
START_CALL = Pending("StartPublishCdnStream", LONG_AGO, effect=Effect.START)
UPDATE_CALL = Pending("UpdatePublishCdnStream", LONG_AGO, "one", effect=Effect.UPDATE)


def intent(address: Address = HALL, pending: Pending = START_CALL) -> Intent:
    return Intent(address, f"{address}#0", pending, pending is START_CALL, ONE)


def outcome(address: Address = HALL, result: str = "done", entry: Entry | None = ONE, **more: str) -> Outcome:
    return Outcome(address, f"{address}#0", result, entry, **more)


# What an edit did

EDITS: dict[str, tuple[Mapping[Address, Entry], Mapping[Address, Entry], dict[str, tuple[str, str]]]] = {
    # before, after, {address: (what was done, the former address)}
    "nothing": ({HALL: ONE}, {HALL: ONE}, {}),
    "dropped": ({HALL: ONE}, {}, {"MixStream/hall": (DROPPED, "")}),
    "recorded": ({}, {HALL: ONE}, {"MixStream/hall": (RECORDED, "")}),
    "changed": ({HALL: ONE}, {HALL: replace(ONE, labels={"a": "b"})}, {"MixStream/hall": (CHANGED, "")}),
    "renamed": (
        {HALL: ONE},
        {NEW: ONE},
        {"MixStream/hall": (DROPPED, ""), "MixStream/new": (RENAMED, "MixStream/hall")},
    ),
    "renamed and edited": (
        {HALL: ONE},
        {NEW: replace(ONE, digest="sha256:9")},
        {"MixStream/hall": (DROPPED, ""), "MixStream/new": (RENAMED, "MixStream/hall")},
    ),
    "a switch renamed": (
        {LIVE: SWITCH},
        {AIR: SWITCH},
        {"LiveStream/air": (RENAMED, "LiveStream/live"), "LiveStream/live": (DROPPED, "")},
    ),
    "another task in the place of one": (
        {HALL: ONE},
        {NEW: TWO},
        {"MixStream/hall": (DROPPED, ""), "MixStream/new": (RECORDED, "")},
    ),
    "exchanged": (
        {HALL: ONE, SIDE: TWO},
        {HALL: TWO, SIDE: ONE},
        {"MixStream/hall": (CHANGED, ""), "MixStream/side": (CHANGED, "")},
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_an_edit_did(name: str) -> None:
    before, after, wanted = EDITS[name]
    found = [one for one in edits(before, after) if isinstance(one, Outcome)]
    assert {str(one.address): (one.result, str(one.renamed_from or "")) for one in found} == wanted
    assert all(one.entry == after.get(one.address) for one in found)


def test_a_rename_counts_once() -> None:
    assert edit_counts(edits({HALL: ONE, SIDE: TWO}, {NEW: ONE})) == {DROPPED: 1, RENAMED: 1}


# What is kept of a journal


def test_an_intent_is_kept_without_its_entry_and_an_open_one_with_what_it_left() -> None:
    uncertain = replace(ONE, status=Status.UNCERTAIN, task_id=None)
    kept = kept_records([intent(), outcome(), intent(SIDE)], {}, {HALL: ONE, SIDE: uncertain})
    assert kept == [
        replace(intent(), entry=None),
        outcome(),
        replace(intent(SIDE), entry=None),
        outcome(SIDE, UNANSWERED, uncertain),
    ]
    assert results_of(kept) == {"done": 1, "uncertain": 1}


def test_a_rename_by_a_run_is_told() -> None:
    kept = kept_records([outcome(HALL, "recorded", None), outcome(NEW, "recorded")], {HALL: ONE}, {NEW: ONE})
    assert [one.renamed_from for one in kept if isinstance(one, Outcome)] == [None, HALL]


def test_a_rename_that_is_said_stays_so() -> None:
    said = replace(outcome(NEW), renamed_from=HALL)
    assert kept_records([said], {}, {NEW: ONE}) == [said]


def test_the_key_of_digests_is_not_kept() -> None:
    begin = Begin(LINEAGE, 1, "r", LONG_AGO, digest_key="secret")
    assert "secret" not in lines_of([kept_begin(begin)])[0].decode()


# How records are written

BEGIN = Begin(
    LINEAGE, 3, "run", LONG_AGO, holder={"user": "ana", "pid": 1}, intended=Intended({"start": 2}, "sha256:1")
)
RECORDS: list[Record] = [
    BEGIN,
    End(LONG_AGO, Ended(Ending.UNFINISHED, {"done": 1}), 4, "later"),
    End(LONG_AGO, Ended(), 4),
    intent(),
    outcome(result="refused", entry=None, at=LONG_AGO, code="LimitExceeded", request_id="r-1"),
    replace(outcome(NEW), renamed_from=HALL),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_each_record_reads_as_it_was_written(record: Record) -> None:
    line, link = encode(record, START)
    assert decode_line(line.removesuffix(b"\n"), START) == (record, link)


def test_a_record_that_says_nothing_new_is_written_as_before() -> None:
    """An earlier version reads it, and one of an earlier version reads the same here."""
    begin, done = (
        json.loads(encode(one, START)[0]) for one in (Begin(LINEAGE, 3, "run", LONG_AGO), outcome())
    )
    assert begin.keys() == {"type", "lineage", "serial", "run", "at", "base", "plan", "seq", "crc"}
    assert done.keys() == {"type", "address", "step", "entry", "result", "seq", "crc"}


# What is asked later


def kept(name: str, before: int, after: int, *records: Record) -> KeptRun:
    end = End(LONG_AGO, Ended(), after)
    return RunRecord(Begin(LINEAGE, before, name, LONG_AGO), end), records


CHANGED_ONE = replace(ONE, spec={"room": 2})
RUNS = [
    kept("r5", 4, 5),
    kept("r4", 3, 4, outcome(SIDE, entry=None), replace(outcome(NEW, entry=TWO), renamed_from=SIDE)),
    kept("r3", 2, 3, outcome(HALL, entry=CHANGED_ONE)),
    kept("r2", 1, 2, outcome(SIDE, entry=TWO)),
    kept("r1", 0, 1, intent(), outcome()),
]
NOW = State(LINEAGE, 5, {HALL: CHANGED_ONE, NEW: TWO})


@pytest.mark.parametrize(
    ("address", "run", "wanted"),
    [
        (HALL, "r1", ONE),
        (HALL, "r2", ONE),
        (HALL, "r3", CHANGED_ONE),
        (HALL, "r5", CHANGED_ONE),
        (SIDE, "r1", None),
        (SIDE, "r3", TWO),
        (SIDE, "r4", None),
        (NEW, "r5", TWO),
        (NEW, "r3", None),
    ],
)
def test_what_was_recorded_once_a_run_had_ended(address: Address, run: str, wanted: Entry | None) -> None:
    assert entry_at(address, run, RUNS, NOW) == wanted


def test_what_a_run_that_is_not_kept_did_is_not_guessed() -> None:
    gap = [one for one in RUNS if one[0].run != "r2"]
    assert entry_at(HALL, "r3", gap, NOW) == CHANGED_ONE
    assert isinstance(entry_at(SIDE, "r3", gap, NOW), Unknown), "r2 has started it"
    later = RUNS[:2]
    assert entry_at(HALL, "r4", later, NOW) == CHANGED_ONE, "nothing has touched it since"
    assert isinstance(entry_at(HALL, "r4", later, replace(NOW, serial=9)), Unknown), "others wrote since"
    assert isinstance(entry_at(NEW, "r5", RUNS[:1], replace(NOW, serial=6)), Unknown)


def test_a_life_follows_former_names() -> None:
    assert [(run.run, record.address) for run, record in life(NEW, RUNS) if isinstance(record, Outcome)] == [
        ("r4", NEW),
        ("r4", SIDE),
        ("r2", SIDE),
    ]
    assert [run.run for run, _ in life(HALL, RUNS)] == ["r3", "r1", "r1"]


@pytest.mark.parametrize(
    ("records", "entries", "wanted"),
    [
        ([intent(), outcome()], {HALL: ONE}, True),
        ([intent(), outcome()], {NEW: ONE}, True),  # renamed since
        ([intent(), outcome()], {HALL: TWO}, False),  # another task by now
        ([intent(), outcome()], {HALL: replace(ONE, status=Status.STOPPED, task_id=None)}, False),
        ([intent(HALL, UPDATE_CALL), outcome()], {HALL: ONE}, False),  # it started it not
        ([outcome(result=RECORDED)], {HALL: ONE}, True),  # imported
        ([outcome(result=RENAMED)], {HALL: ONE}, False),
        ([intent(), outcome(entry=replace(ONE, task_id=None))], {HALL: replace(ONE, task_id=None)}, True),
        ([], {HALL: ONE}, False),
    ],
)
def test_a_run_is_needed_as_long_as_a_task_of_it_runs(
    records: list[Record], entries: dict[Address, Entry], wanted: bool
) -> None:
    assert still_needed(records, State(LINEAGE, 1, entries)) is wanted


# Calls


def test_the_calls_of_a_run() -> None:
    told = [
        (one.action, one.result, one.code)
        for one in calls_of(
            [
                intent(),
                intent(SIDE),
                intent(),
                outcome(result="refused", entry=None, code="LimitExceeded"),
                outcome(SIDE, "refused", None, code="interrupted"),
                outcome(NEW, "recorded", None),
            ]
        )
    ]
    assert told == [
        ("StartPublishCdnStream", REPEATED, ""),
        ("StartPublishCdnStream", NOT_SENT, "interrupted"),
        ("StartPublishCdnStream", "refused", "LimitExceeded"),
        ("", "recorded", ""),
    ]


UNCERTAIN = replace(ONE, status=Status.UNCERTAIN, task_id=None)


@pytest.mark.parametrize(
    ("later", "run"),
    [
        ([], None),
        ([kept("r2", 1, 2, intent(), outcome(entry=TWO))], "r2"),
        ([kept("r2", 1, 2, intent(), outcome(result="gone", entry=None))], "r2"),
        ([kept("r2", 1, 2, intent(), outcome(result="refused", entry=UNCERTAIN, code="X"))], None),
        ([kept("r2", 1, 2, intent(), outcome(result="unknown", entry=UNCERTAIN))], None),
        ([kept("r2", 1, 2, outcome(result="taken over", entry=UNCERTAIN))], None),
        ([kept("r3", 2, 3, outcome(result=DROPPED, entry=None)), kept("r2", 1, 2)], "r3"),
        (
            [
                kept("r3", 2, 3, intent(), outcome()),
                kept("r2", 1, 2, intent(), outcome(result="unknown", entry=UNCERTAIN)),
            ],
            "r3",
        ),
    ],
)
def test_what_settles_a_doubt(later: list[KeptRun], run: str | None) -> None:
    first = kept("r1", 0, 1, intent(), outcome(result="unknown", entry=UNCERTAIN))
    (call,) = calls_of(first[1])
    found = settled("r1", call, list(life(HALL, [*later, first])))
    assert (found and found.run) == run


UPDATE_CALL = replace(START_CALL, action="UpdatePublishCdnStream", effect=Effect.UPDATE)
AFTER_A_RENAME: dict[str, tuple[list[Record], list[tuple[str, str, Address | None]]]] = {
    "alone": (
        [Outcome(NEW, "new", "recorded", TWO, LONG_AGO)],
        [("", RENAMED, HALL)],
    ),
    "killed at once": ([], [("", RENAMED, HALL)]),
    "updated as well": (
        [
            Intent(NEW, "new#0", UPDATE_CALL, False, ONE),
            Outcome(NEW, "new#0", "done", ONE, LONG_AGO),
        ],
        [("", RENAMED, HALL), ("UpdatePublishCdnStream", "done", None)],
    ),
    "killed in an update": (
        [Intent(NEW, "new#0", UPDATE_CALL, False, ONE)],
        [("", RENAMED, HALL), ("UpdatePublishCdnStream", UNANSWERED, None)],
    ),
}


@pytest.mark.parametrize(("behind", "told"), AFTER_A_RENAME.values(), ids=AFTER_A_RENAME)
def test_a_rename_that_a_run_journalled_is_told_once(
    behind: list[Record], told: list[tuple[str, str, Address | None]]
) -> None:
    kept = kept_records([Moved(NEW, HALL, ONE), *behind], {HALL: ONE}, {NEW: ONE})
    found = [one for one in calls_of(kept) if one.address == NEW]
    assert [(one.action, one.result, one.renamed_from) for one in found] == told
    assert [one.result for one in calls_of(kept) if one.address == HALL] == [DROPPED]
    assert sum(results_of(kept).values()) == 1
    run = RunRecord(Begin(LINEAGE, 1, "r", LONG_AGO))
    earlier = (RunRecord(Begin(LINEAGE, 0, "q", LONG_AGO)), [Outcome(HALL, "hall#0", "done", ONE, LONG_AGO)])
    lived = [one for _, one in life(NEW, [(run, kept), earlier])]
    assert isinstance(lived[-1], Outcome) and lived[-1].address == HALL
