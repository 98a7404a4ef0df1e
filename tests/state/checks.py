"""What is promised of a state that was edited by hand: it counts by what it says, and a mistake is told."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.replacement import LocalReplacing
from reconciler.backends.protocol import Replacement
from reconciler.kinds.checking import record_problems
from reconciler.kinds.records import records_of
from reconciler.model import Address, Effect, EndReason, OnRemoval, Status, Verb
from reconciler.state import checking, comparing
from reconciler.state.codec import entry_to_json, state_from_json, state_to_json
from reconciler.state.journal import Intent
from reconciler.state.model import Departure, Entry, LateCall, Owner, Pending, State, TaskEnd
from reconciler.state.seal import checksum_of

from ..support import LONG_AGO, MIX, applied, examples, loaded, mutations, states, through_text

HALL, SIDE = Address("MixStream", "hall"), Address("MixStream", "side")
KNOWN = applied(
    loaded(MIX + "---" + MIX.replace("name: hall", "name: side").replace("live/hall", "live/side"))
)
ENTRY = KNOWN.entries[HALL]
PENDING = Pending("StartPublishCdnStream", LONG_AGO, "T", effect=Effect.START)
FULL = replace(
    ENTRY,
    sequence_number=3,
    paused_at=LONG_AGO,
    attempted=(ENTRY.spec,),
    uses={"MixLayout/a": "x"},
    pending=PENDING,
    late_calls=(LateCall(LONG_AGO, ENTRY.spec, Verb.STOP),),
    on_removal=OnRemoval.LEAVE,
    annotations={"a": "b"},
    signed_by={"a": "b"},
    made={"end": LONG_AGO},
    departure=Departure("m", "/state/other.json", "l", SIDE),
    end=TaskEnd(EndReason.PLAYED, LONG_AGO, "DescribeStreamIngest reports NotExist"),
    restarts=(LONG_AGO,),
    answered_at=LONG_AGO,
)
EVERY_KEY = State(
    "l", 1, {HALL: FULL}, "r", ("p",), "k", "cloud", "c", {"m": SIDE}, "there", (SIDE,), {SIDE: "d"}, "f"
)


def of_hall(entry: Entry) -> State:
    return replace(KNOWN, entries={**KNOWN.entries, HALL: entry})


def every_key_that_is_written_is_known() -> None:
    assert entry_to_json(FULL).keys() == checking.ENTRY.keys()
    assert {*state_to_json("demo", EVERY_KEY), "checksum"} == checking.STATE.keys()
    assert list(checking.document_problems(through_text(state_to_json("demo", EVERY_KEY)))) == []


def whatever_is_written_has_no_mistake() -> None:
    @examples(60)
    @given(states)
    def written(state: State) -> None:
        document = through_text(state_to_json("demo", state))
        assert [one for one in checking.document_problems(document) if one[1] != "found -1"] == []

    written()


def a_value_of_another_type_is_told_where_it_stands() -> None:
    document = through_text(state_to_json("demo", EVERY_KEY))
    for path in _scalars(document):
        if path[:3] == ("resources", str(HALL), "spec") or "spec" in path[2:] or "attempted" in path:
            continue
        for wrong in (1.5, [1], {"x": []}, None):
            found = [where for where, _ in checking.document_problems(_with(document, path, wrong))]
            optional = wrong is None and path[-2:] == ("pending", "taskId")
            assert bool(found) != optional, (path, wrong)
            assert optional or any(where[: len(path)] == path for where in found), (path, found)


def _scalars(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _scalars(item, (*path, key))
    else:
        yield path


def _with(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    place = copy
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return copy


OTHERWISE: tuple[Entry, ...] = (
    replace(ENTRY, task_id="T-9"),
    replace(ENTRY, labels={"a": "b"}),
    replace(ENTRY, spec={**ENTRY.spec, "room": 7}),
    replace(ENTRY, status=Status.UNCERTAIN),
    replace(ENTRY, sequence_number=9),
    replace(ENTRY, started_at="2026-02-02T00:00:00Z"),
    replace(ENTRY, signed={}),
    replace(ENTRY, pending=PENDING),
    replace(ENTRY, attempted=(ENTRY.spec,)),
    replace(ENTRY, late_calls=(LateCall(LONG_AGO, ENTRY.spec),)),
    replace(ENTRY, uses={"MixLayout/a": "x"}),
    replace(ENTRY, end=TaskEnd(EndReason.UNKNOWN, LONG_AGO)),
    replace(ENTRY, restarts=(LONG_AGO,)),
    replace(ENTRY, answered_at=LONG_AGO),
)


def only_what_it_says_counts() -> None:
    for same in (
        KNOWN,
        replace(KNOWN, serial=9, run="other", used_plans=("n",), lineage="", cloud=""),
        of_hall(replace(ENTRY, digest="")),
        replace(KNOWN, entries=dict(reversed(KNOWN.entries.items()))),
    ):
        assert comparing.same_content(KNOWN, same) and not list(comparing.entry_changes(KNOWN, same))
    for entry in OTHERWISE:
        assert not comparing.same_content(KNOWN, of_hall(entry))
        ((address, words),) = comparing.entry_changes(KNOWN, of_hall(entry))
        assert address == HALL and words
    for other in (
        replace(KNOWN, lineage="another"),
        replace(KNOWN, entries={HALL: ENTRY}),
        replace(KNOWN, cloud="elsewhere"),
        replace(KNOWN, forgotten={HALL: "d"}),
    ):
        assert not comparing.same_content(KNOWN, other)


def a_digest_stays_only_beside_its_spec() -> None:
    edited = replace(ENTRY, spec={**ENTRY.spec, "room": 7})
    for entry, kept in ((ENTRY, True), (replace(ENTRY, task_id="T"), True), (edited, False)):
        found = comparing.without_stale_digests(of_hall(entry), KNOWN).entries[HALL]
        assert (found.digest == ENTRY.digest, bool(found.digest)) == (kept, kept)
    assert comparing.without_stale_digests(KNOWN, State()).entries[HALL].digest == ""


def a_record_is_one_of_its_kind() -> None:
    written = entry_to_json(ENTRY)
    assert list(record_problems(HALL, written)) == []
    for address, changes in (
        (Address("Stream", "hall"), {}),
        (Address("MixLayout", "hall"), {}),
        (HALL, {"kind": "RelayStream"}),
        (HALL, {"schemaVersion": 9}),
        (HALL, {"spec": {**ENTRY.spec, "room": None}}),
        (HALL, {"attempted": [{**ENTRY.spec, "room": None}]}),
        (HALL, {"probation": [{"until": LONG_AGO, "spec": {}}]}),
        (HALL, {"status": "allowed"}),
        (HALL, {"status": "ended"}),
        (HALL, {"taskId": None}),
        (
            HALL,
            {
                "spec": {
                    **ENTRY.spec,
                    "publish": [{"url": "rtmp://push.example.com/live/x?token=abc", "isTencentCdn": False}],
                }
            },
        ),
    ):
        assert list(record_problems(address, {**written, **changes})), (address, changes)


def whatever_is_edited_is_read_or_told() -> None:
    """No edit of one value, anywhere, is taken that a plan could not be made of."""
    document = through_text(state_to_json("demo", of_hall(FULL)))
    tried = 0
    for edited in mutations(document, [None, -1, "", "x" * 40, [], {}, 1.5, True]):
        if list(checking.document_problems(edited)):
            continue
        entries = edited["resources"].items()
        if any([*record_problems(Address.parse(text), entry)] for text, entry in entries):
            continue
        _, state = state_from_json(edited, "edited")
        for recorded in records_of(state).values():
            assert recorded.spec is not None and recorded.claims is not None
            [
                *map(
                    recorded.read,
                    (*recorded.entry.attempted, *(one.spec for one in recorded.entry.late_calls)),
                )
            ]
        tried += 1
    assert tried > 20


@contextmanager
def _kept(*, interrupted: bool = False) -> Iterator[Callable[[], Any]]:
    """A state that is kept as KNOWN, and what gives it to be replaced."""
    with tempfile.TemporaryDirectory() as folder:
        backend = LocalBackend(Path(folder) / "demo.json", PosixFiles(), lambda: "0")
        with backend.hold(Owner("demo"), {"run": "r"}) as session:
            session.finish(replace(KNOWN, serial=0))
        if interrupted:
            with backend.hold(Owner("demo"), {"run": "r2"}) as session:
                session.begin("r2", LONG_AGO, "")
                intent = replace(ENTRY, task_id="T-2")
                session.append(Intent(HALL, "s", replace(PENDING, task_id="T-2"), False, intent))
        yield lambda: backend.overrule(Owner("demo"), {"run": "push"})


def _objects(open_it: Callable[[], Any], given: Replacement) -> bool:
    replacing: LocalReplacing
    with open_it() as replacing:
        return bool(replacing.objections(given))


def an_edit_follows_what_it_was_made_from() -> None:
    edited = of_hall(replace(ENTRY, labels={"a": "b"}))
    with _kept() as open_it, open_it() as found:
        written = found.known
        base = checksum_of(found._raw.state)
    with _kept() as open_it:
        assert base and not _objects(
            open_it, Replacement(replace(edited, serial=1), "demo", edited_from=base)
        )
        assert _objects(open_it, Replacement(replace(edited, serial=1), "demo", edited_from="sha256:other"))
        assert not _objects(open_it, Replacement(written, "demo", edited_from="sha256:other"))
        assert _objects(open_it, Replacement(replace(edited, serial=0), "demo"))
    with _kept(interrupted=True) as open_it:
        with open_it() as found:
            known = found.known
        assert known.entries[HALL] != ENTRY
        assert _objects(open_it, Replacement(replace(edited, serial=1), "demo", edited_from=base))
        assert not _objects(open_it, Replacement(known, "demo", edited_from="sha256:other"))
        with open_it() as found:
            put = found.put(Replacement(replace(known, run=""), "demo"), "l")
        assert put.entries == known.entries
        with open_it() as found:
            assert found.recorded is not None and not found.recorded.interrupted


CHECKS: tuple[Callable[[], None], ...] = (
    every_key_that_is_written_is_known,
    whatever_is_written_has_no_mistake,
    a_value_of_another_type_is_told_where_it_stands,
    only_what_it_says_counts,
    a_digest_stays_only_beside_its_spec,
    a_record_is_one_of_its_kind,
    whatever_is_edited_is_read_or_told,
    an_edit_follows_what_it_was_made_from,
)
