"""Documents that are read when their turn has come: the outcome is that of a reading of all at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli import second_process
from reconciler.cli.second_process import SecondProcess
from reconciler.errors import ManifestError, Problem
from reconciler.kinds import registered
from reconciler.manifests.loading import deferring, loader, validation
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.deferring import Deferring, Passed
from reconciler.manifests.loading.loader import Workspace, load_sources
from reconciler.manifests.loading.sources import Source
from reconciler.manifests.reading import chunks, guard, reader

from ...support import examples
from .test_validation import CASES, LAYOUT, MIX, OVERRIDE, STREAM, WORKSPACE, in_clear, same, streams, unknown

FLOW = """\
---
{apiVersion: reconciler/v1, kind: RelayStream, metadata: {name: flow}, spec: {room: "7",
 user: {userId: host}, publish: [{url: "rtmp://push.example.com/live/flow"}]}}
"""
PULL = """\
---
apiVersion: reconciler/v1
kind: PullStream
metadata: {name: pull-NUMBER}
spec:
  source: {type: live, urls: ["rtmp://in.example.com/live/NUMBER"]}
  to: "rtmp://push.example.com/live/pulled-NUMBER"
"""
ONE = STREAM.replace("NUMBER", "9")
TWO_KINDS = ONE.replace("metadata:", "# or\nkind: MixStream\nmetadata:")
TEXT = ONE.replace("by: somebody}", "by: 'a\n\nkind: MixStream\n\n b'}")
DOMAINS = WORKSPACE.replace(
    "spec: {",
    "spec: {pushDomains: {main: {domain: push.example.com, key: {env: STREAM_KEY}, validFor: 24h}}, ",
)


def robot(text: str) -> str:
    return text.replace("  user:", "  agent: {userId: robot}\n  user:")


def short(text: str) -> str:
    return text.replace(
        "{url: 'rtmp://push.example.com/live/stage-NUMBER'}", "{domain: main, stream: stage-NUMBER}"
    )


KNOWN = {
    "robots of one name in both halves": WORKSPACE + streams(wrong=(1, 3, 6), by=robot),
    "push domains": DOMAINS + streams(wrong=(1, 2, 6), by=short),
    "push domains and robots": DOMAINS + streams(wrong=(1, 2, 6), by=lambda text: robot(short(text))),
    "one in flow style first": WORKSPACE + FLOW + streams(),
    "and last": WORKSPACE + streams() + FLOW,
    "the workspace last": streams() + "---\n" + WORKSPACE,
    "with a byte order mark and Windows line ends": "\ufeff" + (WORKSPACE + streams()).replace("\n", "\r\n"),
    "between markers, blanks and comments": "# one\n...\n"
    + WORKSPACE
    + "...\n---\n# two\n"
    + streams()
    + "...\n---\n",
    "a name in quotes, and blanks after the kind": WORKSPACE
    + streams().replace("RelayStream", '"RelayStream"   '),
    "a text that looks like a kind": WORKSPACE + streams() + TEXT,
    "comments behind kinds": WORKSPACE
    + streams().replace("kind: RelayStream", "kind: RelayStream # as ever"),
    "layouts last": WORKSPACE + MIX.replace("NUMBER", "1") + LAYOUT,
}
UNKNOWN = {
    "two kinds in one": WORKSPACE + streams() + TWO_KINDS,
    "a kind that is none": WORKSPACE + streams() + ONE.replace("RelayStream", "RelayStreem"),
    "a wrong header": WORKSPACE + streams() + ONE.replace("metadata: {", "metadata: {names: 1, "),
    "no header": WORKSPACE + streams() + "---\nkind: RelayStream\n",
    "the same twice": WORKSPACE + streams() + streams(1),
    "a placeholder": WORKSPACE + streams() + ONE.replace("room-9", "${ROOM}"),
    "no YAML": WORKSPACE + streams() + "---\nkind: RelayStream\nspec: {\n",
    "a forbidden character": WORKSPACE + streams() + ONE.replace("somebody", "some\u202ebody"),
    "no workspace": streams(),
    "two workspaces": WORKSPACE + streams() + "---\n" + WORKSPACE,
    "an override": WORKSPACE + streams() + OVERRIDE,
    "no documents": "",
}
EVERY = CASES | KNOWN | UNKNOWN
TAKEN = {
    *("sound", "layouts", "secrets in clear", "what the workspace breaks"),
    *KNOWN,
}


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_process, "can_fork", lambda: True)
    monkeypatch.setattr(validation, "FEWEST", 2)
    monkeypatch.setattr(loader, "FEWEST", 1)


@contextmanager
def at_once() -> Iterator[None]:
    """Every document is read before the first is validated."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "FEWEST", 10**9)
        yield


def outcome(sources: list[Source], *, helped: bool = False) -> Workspace | tuple[Problem, ...]:
    context = LoadContext(learn=True, helper=SecondProcess() if helped else None)
    try:
        return load_sources(sources, context)
    except ManifestError as error:
        return error.problems


def files(text: str) -> list[Source]:
    return [Source("all.yaml", text.encode())]


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[Deferring]:
    """What was read by turns to its end."""
    found: list[Deferring] = []
    settle = Deferring.settle

    def noting(self: Deferring) -> None:
        settle(self)
        found.append(self)

    monkeypatch.setattr(Deferring, "settle", noting)
    return found


@pytest.mark.parametrize("helped", [False, True], ids=["alone", "helped"])
@pytest.mark.parametrize("name", EVERY)
def test_the_outcome_is_the_same(name: str, helped: bool, settled: list[Deferring]) -> None:
    found = outcome(files(EVERY[name]), helped=helped)
    assert isinstance(found, Workspace) or name not in TAKEN
    if isinstance(found, Workspace):
        assert bool(settled) == (name in TAKEN)
    with at_once():
        assert found == outcome(files(EVERY[name]))
    if isinstance(found, Workspace):
        assert [str(one.address) for one in found.resources] == order(EVERY[name])


def order(text: str) -> list[str]:
    """The addresses of resources as they stand in the text."""
    with at_once():
        return [str(one.address) for one in load_sources(files(text), LoadContext()).resources]


@pytest.mark.parametrize("helped", [False, True], ids=["alone", "helped"])
def test_nothing_is_kept_of_a_document_but_where_it_stands(settled: list[Deferring], helped: bool) -> None:
    text = WORKSPACE + streams(600)
    outcome(files(text), helped=helped)
    (one,) = settled
    every = one.declarations.by_address
    assert len(every) == 601 and len(one.turns) == 600
    with at_once():
        outcome(files(text))
    for address, declared in every.items():
        if address.kind == "RelayStream":
            document = declared.document
            assert isinstance(document, Passed) and document.lightened() is document
            assert declared.header.spec == {} and not document.text and not document.value
            name = address.name
            assert text.splitlines()[document.where(("metadata", "name"))[0] - 1].count(f"name: {name},") == 1
            assert document.has(("spec", "room")) and not document.has(("spec", "rooms"))
            assert document.where_key(("spec", "user")) == (document.line + 5, 3)
            number = name.removeprefix("stage-")
            assert document.sources == (STREAM.replace("NUMBER", number).removeprefix("---\n").rstrip(),)


def test_few_documents_are_read_at_once(settled: list[Deferring], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "FEWEST", 9)
    outcome(files(WORKSPACE + streams(8)))
    assert not settled
    outcome(files(WORKSPACE + streams(9)))
    assert len(settled) == 1


@pytest.mark.parametrize(("limit", "most"), [("MAX_DOCUMENTS", 6), ("MAX_FILE_BYTES", 900)])
def test_the_limits_of_a_file_are_kept(limit: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (guard, deferring, chunks, reader):
        if hasattr(module, limit):
            monkeypatch.setattr(module, limit, most)
    found = outcome(files(WORKSPACE + streams(8)))
    with at_once():
        assert found == outcome(files(WORKSPACE + streams(8)))
    assert not isinstance(found, Workspace)


def test_what_stands_beside_a_kind_is_not_remembered() -> None:
    """Thousands of documents can each have a long comment there, which is no name of a kind."""
    before = registered.cache_info().currsize
    each = (
        ONE.replace("kind: RelayStream", f"kind: RelayStream  # {at}").replace("9", f"{at}")
        for at in range(20)
    )
    found = outcome(files(WORKSPACE + "".join(each)))
    assert isinstance(found, Workspace) and len(found.resources) == 20
    assert registered.cache_info().currsize - before < 20


def test_a_file_that_is_too_dense_is_looked_at_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound documents are let off, however many values they have; one that is not is one too many."""
    monkeypatch.setattr(guard, "MAX_EVENTS", 1)
    monkeypatch.setattr(guard, "BYTES_PER_EVENT", 10**9)
    for text in (WORKSPACE + streams(), WORKSPACE + streams(wrong=(6,), by=unknown)):
        found = outcome(files(text))
        with at_once():
            assert found == outcome(files(text))


DOCUMENTS = [
    *(STREAM.replace("NUMBER", str(number)) for number in range(5)),
    *(
        change(STREAM).replace("NUMBER", str(number))
        for number in (5, 6)
        for change in (unknown, in_clear, same)
    ),
    *(document.replace("NUMBER", "9") for document in (MIX, FLOW, PULL, TWO_KINDS, TEXT, STREAM)),
    *(MIX.replace("NUMBER", "10"), LAYOUT, LAYOUT.replace("mode: grid", "mode: gird"), OVERRIDE),
    *(
        "---\n",
        "# nothing\n",
        "...\n",
        "---\nkind: RelayStream\n",
        "---\n- kind: RelayStream\n",
        "%TAG ! x\n---\n",
    ),
]
SETTINGS = st.sampled_from([WORKSPACE, WORKSPACE, WORKSPACE.replace("ap-guangzhou", "ap-singapore"), DOMAINS])


@st.composite
def workspaces(draw: st.DrawFn) -> list[Source]:
    """Documents of all sorts over some files, mostly with one workspace among them."""
    chosen: list[Any] = draw(st.lists(st.sampled_from(DOCUMENTS), max_size=12))
    if draw(st.integers(0, 9)):
        chosen.insert(draw(st.integers(0, len(chosen))), "---\n" + draw(SETTINGS))
    cuts = sorted(draw(st.lists(st.integers(0, len(chosen)), max_size=2)))
    parts = [chosen[first:last] for first, last in zip([0, *cuts], [*cuts, len(chosen)], strict=True)]
    return [Source(f"{number}.yaml", "".join(part).encode()) for number, part in enumerate(parts)]


@examples(200)
@given(workspaces())
def test_any_documents_come_to_the_same(sources: list[Source]) -> None:
    found = outcome(sources)
    with at_once():
        assert found == outcome(sources)
