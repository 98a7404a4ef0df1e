"""An index as bytes: the same comes back, and whatever is not wholly an index of this version is noticed."""

from dataclasses import replace

import pytest

from reconciler.index import codec
from reconciler.index.codec import Unusable, index_to_bytes, stored_index
from reconciler.index.model import (
    Answered,
    Index,
    Meaning,
    Nothing,
    Row,
    Settings,
    SharedFault,
    Subject,
    Told,
    tie_digests,
)
from reconciler.model import Address
from reconciler.plan.model import Expiry
from reconciler.planning.settled import Settled

HALL, STAGE = Address("MixStream", "hall"), Address("MixLayout", "stage")
SUBJECT = Subject("context", "demo", "/srv/state/demo.json", "lineage")
ENDS = (Expiry(HALL, "TaskId", "2026-12-01T00:00:00Z", "it runs on", soon=True, expired=True),)
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
            ENDS,
            asked=True,
            alive=False,
        ),
        "entry",
    ),
    Row("p2", Meaning(Address("Override", "first"), target=STAGE, is_resource=False), 1),
    Row("p3", Meaning(Address("RelayStream", "one")), 1, Settled(), "entry"),
)
ANSWERS = (
    Answered(("push.example", "live", "a"), "active", authoritative=False),
    Answered(("push.example", "live", "b"), "active", authoritative=False),
    Answered(("push.example", "live", "c"), "inactive", authoritative=True),
    Answered(("one",), "", authoritative=True),
)
NOTHING = Nothing("files", "demo.yaml", 4, 1_800_000_000.5, True, ("a warning",), ENDS, ANSWERS, 2)
INDEX = Index(SUBJECT, Settings("tencentcloud", None), ROWS, frozenset({"blank"}), "mark", "9", NOTHING)


def test_what_is_written_comes_back() -> None:
    assert stored_index(index_to_bytes(INDEX)).whole() == INDEX


def test_each_cut_is_noticed() -> None:
    data = index_to_bytes(INDEX)
    for end in range(len(data)):
        with pytest.raises(Unusable):
            stored_index(data[:end]).whole()


def test_each_altered_byte_is_noticed() -> None:
    data = index_to_bytes(INDEX)
    for at, byte in enumerate(data):
        with pytest.raises(Unusable):
            stored_index(data[:at] + bytes([byte ^ 1]) + data[at + 1 :]).whole()


def test_another_version_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = index_to_bytes(INDEX)
    monkeypatch.setattr(codec, "FORMAT", codec.FORMAT + 1)
    with pytest.raises(Unusable, match=f"format {codec.FORMAT - 1}"):
        stored_index(data)


@pytest.mark.parametrize("key", ["context", "workspace", "state", "lineage"])
def test_it_says_what_it_is_of(key: str) -> None:
    other = replace(SUBJECT, **{key: "other"})
    assert stored_index(index_to_bytes(replace(INDEX, subject=other))).subject == other != SUBJECT
