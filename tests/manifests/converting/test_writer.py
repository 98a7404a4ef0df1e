"""The writer: what it writes is read back as it was, and by any reader of YAML for the same."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests.converting.writer import write_document, write_documents
from reconciler.manifests.reading.guard import forbidden
from reconciler.manifests.reading.reader import read_documents

from .values import NASTY

texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=40).filter(lambda text: not forbidden(text)),
    st.from_regex(r"\A[-+]?[0-9._:eExXobaTZ -]{1,12}\Z"),
)
scalars = st.one_of(
    texts,
    st.booleans(),
    st.none(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
)
keys = st.one_of(st.from_regex(r"\A[a-z][A-Za-z]{0,12}\Z"), texts)
trees = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(keys, below, max_size=4),
    max_leaves=20,
)
documents = st.dictionaries(keys, trees, max_size=5)


def read(text: str) -> list[Any]:
    return [document.value for document in read_documents(text.encode(), "written")]


@given(documents)
def test_what_is_written_is_read_back(document: dict[str, Any]) -> None:
    assert read(write_document(document)) == [document]


@given(st.lists(documents.filter(bool), min_size=1, max_size=4))
def test_documents_are_read_back_one_by_one(several: list[dict[str, Any]]) -> None:
    assert read(write_documents(several)) == several


@given(texts)
def test_a_text_is_a_text_to_readers_of_yaml_1_1_too(text: str) -> None:
    written = write_document({"key": [text]})
    assert yaml.safe_load(written) == {"key": [text]}


# What YAML 1.2's core schema takes for something else, which PyYAML does not know (its chapter 10.3.2).
NUMBERS_OF_1_2 = (
    "1e3",
    "089",
    "+12",
    "0o17",
    "-.5e-1",
    "1.",
    ".5",
    "00",
    "12e03",
    ".INF",
    "-.Inf",
    ".NAN",
    "Null",
)
# What the types of YAML 1.1 take for something else, and PyYAML leaves out.
WORDS_OF_1_1 = ("y", "Y", "n", "N")


@pytest.mark.parametrize(
    "text", [*NUMBERS_OF_1_2, *WORDS_OF_1_1, "yes", "0x1F", "12:30", "2026-01-01", "1_000", "~"]
)
def test_what_could_be_read_otherwise_is_quoted(text: str) -> None:
    assert write_document({"key": text}) == f'key: "{text}"\n'


@pytest.mark.parametrize(
    "text", ["LC-AAC", "ap-guangzhou", "5000.livepush.myqcloud.com", "é", "rtmp://a/b/c?d=1"]
)
def test_what_is_plain_stays_so(text: str) -> None:
    assert write_document({"key": text}) == f"key: {text}\n"


def test_the_style() -> None:
    shared = {"a": 1}
    document = {"room": "hall", "list": [{"room": 7, "x": [1, 2]}, shared, shared], "none": {}, "empty": []}
    assert write_document(document, {"room"}) == (
        'room: "hall"\n'
        "list:\n"
        "  - room: 7\n"
        "    x:\n"
        "      - 1\n"
        "      - 2\n"
        "  - a: 1\n"
        "  - a: 1\n"
        "none: {}\n"
        "empty: []\n"
    )


def test_no_line_is_folded() -> None:
    words = "word " * 100 + "end"
    assert write_document({"key": words}) == f"key: {words}\n"
    assert write_document({"key": f"{words}: {words}"}) == f'key: "{words}: {words}"\n'
