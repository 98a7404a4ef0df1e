"""What several tests of the pure core begin with: manifests as text, and a state that has applied them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from reconciler.backends.local.packing import unpacked
from reconciler.calls import Call, EnvSecret, FileSecret, OwnId, PushUrl, SentMoment, TaskIdOf, UserSig
from reconciler.kinds import actions
from reconciler.late_values import secrets_in
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import Workspace, load
from reconciler.model import Address, Effect, EndReason, Impact, OnRemoval, Status, Verb
from reconciler.plan.model import Change, LikelyRename, Plan, PlannedField, Step
from reconciler.plan.saved import SavedPlan, saved_to_json
from reconciler.planning.planner import make_plan
from reconciler.state.codec import entry_from_json, entry_to_json, state_to_json
from reconciler.state.journal import START, Record, encode
from reconciler.state.model import Departure, Entry, Pending, State, TaskEnd

TESTS = Path(__file__).parent
LINEAGE = "3f0c6d0e-0000-4000-8000-000000000001"
LONG_AGO = "2026-01-01T00:00:00Z"
TX_TIME = "69A0B1C2"

WORKSPACE = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: demo}
spec:
  region: ap-guangzhou
  trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}
"""


def one_in(count: int, cases: Iterable[Any], ids: Callable[[Any], str] = str) -> list[Any]:
    """The cases, of which one in so many is quick, so that no run leaves a table out."""
    return [
        pytest.param(case, id=ids(case), marks=[pytest.mark.slow] if number % count else [])
        for number, case in enumerate(cases)
    ]


def examples(count: int) -> settings:
    """So many examples of a property where they are to be thorough, and of a quick run its share."""
    return settings(max_examples=max(10, count * settings.default.max_examples // 100))


def text_in(path: Path) -> str:
    """What a file says, unpacked where it is a copy of a state: what is compressed hides no secret."""
    return unpacked(path.read_bytes()).decode()


@lru_cache(maxsize=64)
def loaded(text: str) -> Workspace:
    """The workspace that the documents make, with a usual Workspace document if they have none."""
    whole = text if "kind: Workspace" in text else f"{WORKSPACE}---\n{text}"
    return load(["-"], whole.encode, LoadContext())


def edited(text: str, edits: Mapping[str, str]) -> str:
    """The text with each old replaced by its new, once; every old must be there."""
    for old, new in edits.items():
        assert old in text, f"{old!r} is not in the text"
        text = text.replace(old, new, 1)
    return text


def task_id_of(address: Address) -> str:
    return f"task-of-{address.name}"


def applied(workspace: Workspace) -> State:
    """The state after an apply of the workspace in which every call succeeded."""
    plan = make_plan(workspace.settings, workspace.resources, State(), {}, now=0)
    return State(LINEAGE, 1, {change.address: told(change) for change in plan.changes if change.entry})


def told(change: Change) -> Entry:
    """A plan's entry with what the applier learns: TaskId, moment of the start, signatures."""
    assert change.entry is not None
    if not isinstance(change.entry.task_id, TaskIdOf):
        return change.entry
    refs = (ref for step in change.steps for ref in secrets_in(step.call.request))
    signed = {ref.url: TX_TIME for ref in refs if isinstance(ref, PushUrl)}
    return replace(change.entry, task_id=task_id_of(change.address), started_at=LONG_AGO, signed=signed)


def patched(entry: Entry, patch: Mapping[str, Any]) -> Entry:
    """The entry with keys of its JSON replaced; null takes one out."""
    data = {**entry_to_json(entry), **patch}
    return entry_from_json({key: value for key, value in data.items() if value is not None})


def attempted(state: State, workspace: Workspace) -> State:
    """The state after an update to the workspace's specs that nobody answered."""
    tried = {resource.address: resource.spec for resource in workspace.resources}
    return replace(
        state,
        entries={
            address: replace(
                entry, attempted=(tried[address],), sequence_number=(entry.sequence_number or 0) + 1
            )
            if tried[address] != entry.spec
            else entry
            for address, entry in state.entries.items()
        },
    )


def by_address(resources: Iterable[Any]) -> dict[Address, Any]:
    return {resource.address: resource for resource in resources}


def lines_of(records: Iterable[Record]) -> list[bytes]:
    """The lines of the journal that has these records."""
    lines, link = [], START
    for record in records:
        line, link = encode(record, link)
        lines.append(line)
    return lines


# What is written, as the JSON of a file

MIX = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall, labels: {event: autumn}}
spec:
  room: 295066
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/hall, auth: {key: {env: STREAM_KEY}}}]
"""


def state_sample() -> Any:
    """The state after MIX was applied."""
    return through_text(state_to_json("demo", applied(loaded(MIX))))


def saved_sample() -> Any:
    """The saved plan of a replace: steps, placeholders, secrets, entries before and after."""
    before, after = loaded(MIX), loaded(MIX.replace("295066", "777"))
    plan = make_plan(after.settings, after.resources, applied(before), {}, now=0)
    return through_text(saved_to_json(SavedPlan(plan, "1.0", {"endpoint": "simulator"})))


# Values for properties

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(texts, json_values, max_size=4)

names = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,8}[a-z0-9])?", fullmatch=True)
addresses = st.builds(Address, st.sampled_from(["MixStream", "LiveStream", "Other"]), names)
moments = st.sampled_from([LONG_AGO, "2026-11-21T10:00:00Z"])
stored_secrets = st.builds(EnvSecret, texts) | st.builds(FileSecret, texts)
whole_numbers = st.integers(0, 2**63)
user_sigs = st.builds(UserSig, whole_numbers, texts, stored_secrets, whole_numbers)
push_urls = st.builds(
    PushUrl, texts, stored_secrets, whole_numbers, *[st.none() | texts] * 2, only_query=st.booleans()
)
secret_refs = stored_secrets | user_sigs | push_urls
later_task_ids = st.builds(TaskIdOf, texts)
made_values = st.builds(SentMoment, texts, whole_numbers) | st.builds(OwnId, texts, texts, texts, texts)
# A dollar begins what stands for a reference; no parameter of the API does.
parameters = texts.filter(lambda text: not text.startswith("$"))
requests = st.dictionaries(
    parameters,
    st.recursive(
        scalars | secret_refs | later_task_ids | made_values,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(parameters, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
optional_texts = st.none() | texts
pendings = st.builds(Pending, texts, moments, st.none() | texts, effect=st.sampled_from(Effect))


def entries(task_ids: st.SearchStrategy[Any] = optional_texts) -> st.SearchStrategy[Entry]:
    return st.builds(
        Entry,
        kind=texts,
        schema_version=st.integers(1, 9),
        digest=texts,
        status=st.sampled_from(Status),
        spec=json_objects,
        labels=st.dictionaries(texts, texts, max_size=2),
        annotations=st.dictionaries(texts, texts, max_size=2),
        signed_by=st.dictionaries(texts, texts, max_size=2),
        made=st.dictionaries(texts, texts, max_size=2),
        task_id=task_ids,
        sequence_number=st.none() | whole_numbers,
        started_at=st.none() | moments,
        signed=st.dictionaries(texts, texts, max_size=2),
        attempted=st.lists(json_objects, max_size=2).map(tuple),
        pending=st.none() | pendings,
        on_removal=st.sampled_from(OnRemoval),
        departure=st.none() | st.builds(Departure, texts, texts, texts, addresses),
        end=st.none() | st.builds(TaskEnd, st.sampled_from(EndReason), moments, texts),
        answered_at=st.none() | moments,
        restarts=st.lists(moments, max_size=3).map(tuple),
    )


states = st.builds(
    State,
    texts,
    st.integers(0, 10**9),
    st.dictionaries(addresses, entries(), max_size=3),
    texts,
    st.lists(texts, max_size=3).map(tuple),
    arrivals=st.dictionaries(texts, addresses, max_size=2),
    forgotten=st.dictionaries(addresses, texts, max_size=2),
)

calls = st.builds(
    Call, st.sampled_from(sorted(actions().values(), key=lambda one: one.name)), texts, requests
)
plan_entries = st.none() | entries(st.none() | texts | later_task_ids)
steps = st.builds(Step, texts, calls, plan_entries, st.booleans())
planned_fields = st.builds(
    PlannedField, texts, json_values, json_values, st.sampled_from(Impact), st.booleans()
)
verbs = st.sampled_from([verb for verb in Verb if verb is not Verb.UNCHANGED])


@st.composite
def _changes(draw: st.DrawFn) -> tuple[Change, ...]:
    """Changes in a possible order: each waits only for some that stand before it."""
    found: list[Change] = []
    for address in draw(st.lists(addresses, unique=True, max_size=3)):
        earlier = [change.address for change in found]
        found.append(
            Change(
                address=address,
                verb=draw(verbs),
                impact=draw(st.sampled_from(Impact)),
                visible=draw(st.booleans()),
                reason=draw(texts),
                fields=tuple(draw(st.lists(planned_fields, max_size=2))),
                steps=tuple(draw(st.lists(steps, max_size=2))),
                entry=draw(plan_entries),
                before=draw(plan_entries),
                after=tuple(draw(st.lists(st.sampled_from(earlier), unique=True))) if earlier else (),
                because=tuple(draw(st.lists(addresses, max_size=2))),
                renamed_from=draw(st.none() | addresses),
                forgets=draw(texts),
            )
        )
    return tuple(found)


plans = st.builds(
    Plan,
    workspace=texts,
    lineage=texts,
    serial=st.integers(0, 10**9),
    fingerprint=texts,
    changes=_changes(),
    unchanged=st.integers(0, 10**6),
    eta_seconds=st.floats(0, 10**6),
    warnings=st.lists(texts, max_size=2).map(tuple),
    likely_renames=st.lists(st.builds(LikelyRename, addresses, addresses, texts), max_size=2).map(tuple),
)
saved_plans = st.builds(SavedPlan, plans, texts, st.dictionaries(texts, texts, max_size=2), texts)


def through_text(data: Any) -> Any:
    """What a file would give back."""
    return json.loads(json.dumps(data))


def mutations(data: Any, values: Iterable[Any]) -> Iterator[Any]:
    """The data with one value, anywhere in it, taken out or replaced by one of the others; every such way."""
    listed = list(values)
    yield from listed
    if isinstance(data, dict):
        for key, inner in data.items():
            yield {other: item for other, item in data.items() if other != key}
            yield from ({**data, key: mutated} for mutated in mutations(inner, listed))
    if isinstance(data, list):
        for index, inner in enumerate(data):
            yield [*data[:index], *data[index + 1 :]]
            yield from ([*data[:index], mutated, *data[index + 1 :]] for mutated in mutations(inner, listed))
