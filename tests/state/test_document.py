"""A state as a file with a line a resource: both ways, one entry at a time, and files of older versions."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from reconciler.backends.local.packing import checksum_in, packed, unpacked
from reconciler.errors import StateError
from reconciler.model import Address, Effect, Status
from reconciler.state.codec import state_to_json
from reconciler.state.document import checked_whole, former_document, read_document, write_document
from reconciler.state.lines import Brief, EntryLines, brief_of, briefs
from reconciler.state.model import Entry, LateCall, Pending, State
from reconciler.state.seal import Damaged, checksum_of, seal, sealed, unseal

from ..support import LINEAGE, states, texts

HALL, SIDE = Address("MixStream", "hall"), Address("MixStream", "side")
SPEC = {"room": "hall", "labels": {"spec": 1}}
SINCE = "2026-01-01T00:00:00Z"
RUNNING = Entry("MixStream", 1, "sha256:0", Status.RUNNING, SPEC, task_id="T-1", started_at=SINCE)
LATE = replace(
    RUNNING,
    status=Status.UNCERTAIN,
    task_id=None,
    pending=Pending("StartPublishCdnStream", SINCE, effect=Effect.START),
    late_calls=(LateCall("2026-01-01T00:05:30Z", SPEC),),
)
PAIR = State(lineage=LINEAGE, serial=1, entries={SIDE: LATE, HALL: RUNNING}, digest_key="key")


@given(texts, states)
def test_a_document_is_read_as_it_was_written(workspace: str, state: State) -> None:
    data = write_document(workspace, state)
    found = read_document(data, "f")
    assert (found.workspace, found.state, found.checksum) == (workspace, state, checksum_of(data))
    assert json.loads(data) == {
        **json.loads(json.dumps(state_to_json(workspace, state))),
        "checksum": found.checksum,
    }
    assert data.isascii() and write_document(workspace, found.state) == data
    assert briefs(found.state.entries) == briefs(state.entries)


@given(texts, states)
def test_a_document_of_an_older_version_is_read(workspace: str, state: State) -> None:
    data = former_document(workspace, state)
    found = read_document(data, "f")
    assert (found.workspace, found.state, found.checksum) == (workspace, state, checksum_of(data))
    assert unseal(write_document(workspace, state)).value.keys() == unseal(data).value.keys()


def test_a_resource_is_a_line_of_its_own_in_the_order_of_addresses() -> None:
    lines = write_document("demo", PAIR).decode().splitlines()
    at = lines.index('  "resources": {')
    assert [line.split(":")[0].strip() for line in lines[at + 1 : at + 3]] == [
        '"MixStream/hall"',
        '"MixStream/side"',
    ]
    assert lines[at + 3 :] == ["  }", "}"]


def test_only_the_entry_that_is_asked_for_is_read() -> None:
    entries = read_document(write_document("demo", PAIR), "f").state.entries
    assert isinstance(entries, EntryLines)
    assert (len(entries), HALL in entries, Address("MixStream", "other") in entries) == (2, True, False)
    briefs({HALL: RUNNING})
    assert entries.read == 0
    assert entries[HALL] == RUNNING and entries.read == 1


def test_a_list_reads_no_spec_but_where_it_cannot_be_left_out() -> None:
    entries = read_document(write_document("demo", PAIR), "f").state.entries
    assert isinstance(entries, EntryLines)
    assert briefs(entries) == [
        (HALL, Brief("running", SINCE, "T-1")),
        (SIDE, brief_of(LATE)),
    ]
    assert entries.read == 1  # the one whose late call has a spec before its own


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        pytest.param((b'"status":"running"', b'"status":"walking"'), "walking", id="entry"),
        pytest.param((b"MixStream/hall", b"MixStream hall"), "address", id="address"),
        pytest.param((b'"serial": 1', b'"serial": "1"'), "expected int", id="head"),
    ],
)
def test_what_is_no_state_is_told_with_its_file_before_anything_is_written(
    spoilt: tuple[bytes, bytes], words: str
) -> None:
    data = write_document("demo", PAIR).replace(*spoilt)
    rest = data[data.index(b"\n", 2) + 1 :]
    with pytest.raises(StateError, match=f"state.json: not a reconciler state file.*{words}"):
        checked_whole(read_document(sealed(rest), "state.json").state)


def test_a_seal_is_looked_at_before_any_line() -> None:
    data = write_document("demo", PAIR)
    with pytest.raises(Damaged):
        read_document(data.replace(b"T-1", b"T-2"), "f")


@pytest.mark.parametrize("state", [PAIR, State(lineage=LINEAGE)], ids=["two", "none"])
def test_what_another_program_has_laid_out_anew_is_read_as_a_whole(state: State) -> None:
    value = state_to_json("demo", state)
    assert read_document(json.dumps(value).encode(), "f").state == state
    assert read_document(seal({**value, "more": 1}), "f").state == state


def test_a_copy_is_compressed_and_comes_back() -> None:
    data = write_document("demo", PAIR)
    copy = packed(data)
    assert copy == packed(data) and len(copy) < len(data)
    assert unpacked(copy) == data == unpacked(data)
    assert checksum_in(copy) == checksum_in(data) == checksum_of(data)


@pytest.mark.parametrize("length", [2, 12, -9, -1])
def test_a_copy_that_was_cut_short_is_damaged(length: int) -> None:
    with pytest.raises(Damaged, match="cannot be decompressed"):
        unpacked(packed(write_document("demo", PAIR))[:length])


def test_a_copy_grows_to_no_more_than_a_state_may_have() -> None:
    with pytest.raises(Damaged, match="more than 1000 bytes"):
        unpacked(packed(b"0" * 1001), limit=1000)
    assert unpacked(packed(b"0" * 1000), limit=1000) == b"0" * 1000
