"""An index as bytes: the same comes back, and whatever is not wholly an index of this version is noticed."""

import json
from dataclasses import replace

import pytest

from reconciler.index.codec import FORMAT, Unusable, index_to_bytes, stored_index
from reconciler.index.model import Index, Meaning, Row, SharedFault, Subject, Told, tie_digests
from reconciler.model import Address
from reconciler.plan.model import Expiry
from reconciler.planning.settled import Settled

HALL, STAGE = Address("MixStream", "hall"), Address("MixLayout", "stage")
SUBJECT = Subject("context", "demo", "/srv/state/demo.json", "lineage")
ROWS = (
    Row("p0", Meaning(STAGE, is_resource=False)),
    Row(
        "p1",
        Meaning(
            HALL,
            (STAGE, Address("Override", "first")),
            tie_digests(["push a", "robot b"]),
            tie_digests(["live c"]),
            (Told(2, 5, "spec.region", "is slow"),),
            (SharedFault(("defaults", "MixStream", "volume"), "is loud", warns=True),),
            lasting=False,
        ),
        3,
        Settled(
            {"hall": "a", "": ""},
            1_800_000_000.5,
            ("MixStream/hall: ends", "the whole: ends"),
            (Expiry(HALL, "TaskId", "2026-12-01T00:00:00Z", "it runs on", soon=True, expired=True),),
            asked=True,
            alive=False,
        ),
        "entry",
    ),
    Row("p2", Meaning(Address("Override", "first"), target=STAGE, is_resource=False), 1),
    Row("p3", Meaning(Address("RelayStream", "one")), 1, Settled(), "entry"),
)
INDEX = Index(SUBJECT, ROWS, frozenset({"blank"}))


def test_what_is_written_comes_back() -> None:
    assert stored_index(index_to_bytes(INDEX)).whole() == INDEX


def test_rows_can_be_had_without_what_ties_them() -> None:
    rows, blanks = stored_index(index_to_bytes(INDEX)).settled_rows()
    assert blanks == INDEX.blanks
    assert [(row.piece, row.settled, row.entry, row.begins) for row in rows] == [
        (row.piece, row.settled, row.entry, row.begins) for row in ROWS
    ]
    assert [row.meaning.told for row in rows] == [row.meaning.told for row in ROWS]


def test_each_cut_is_noticed() -> None:
    data = index_to_bytes(INDEX)
    for end in range(len(data)):
        with pytest.raises(Unusable):
            stored_index(data[:end])


def test_each_altered_byte_is_noticed_or_is_of_something_else() -> None:
    """A byte of the first line may make it an index of another workspace, which whoever reads it compares."""
    data = index_to_bytes(INDEX)
    for at, byte in enumerate(data):
        altered = data[:at] + bytes([byte ^ 1]) + data[at + 1 :]
        try:
            found = stored_index(altered)
        except Unusable:
            continue
        assert found.subject != SUBJECT


def test_another_version_is_noticed() -> None:
    head, rest = index_to_bytes(INDEX).split(b"\n", 1)
    other = json.dumps({**json.loads(head), "format": FORMAT + 1}).encode()
    with pytest.raises(Unusable, match=f"format {FORMAT + 1}"):
        stored_index(b"\n".join((other, rest)))


@pytest.mark.parametrize("key", ["context", "workspace", "state", "lineage"])
def test_it_says_what_it_is_of(key: str) -> None:
    other = replace(SUBJECT, **{key: "other"})
    assert stored_index(index_to_bytes(replace(INDEX, subject=other))).subject == other != SUBJECT
