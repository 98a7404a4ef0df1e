"""Bugs that were found and fixed, each with what a user would have lost by it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path
from typing import Any, NoReturn

import pytest

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.journal import decode
from reconciler.errors import ManifestError, PlanRefused, StateError
from reconciler.kinds import actions
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.model import Address, Effect, Impact, Observation, Resource, Status, Verb
from reconciler.plan.model import Plan
from reconciler.plan.saved import saved_from_json
from reconciler.planning.choice import Choice
from reconciler.planning.planner import make_plan
from reconciler.planning.walk import differences
from reconciler.state.codec import state_from_json
from reconciler.state.journal import Begin, Outcome
from reconciler.state.model import Entry, Owner, Pending, State
from reconciler.state.seal import checksum_of
from reconciler.state.unanswered import after_unknown

from ..disk import Content, Disk, Killed
from ..fake_host import (
    AFTER,
    FIRST,
    FORBID,
    GONE,
    HALL,
    JOURNAL,
    PATH,
    SIDE,
    START,
    FakeHost,
    dying,
    everything_is_known,
    failing,
    repaired,
    settled,
)
from ..support import (
    LINEAGE,
    LONG_AGO,
    TESTS,
    WORKSPACE,
    applied,
    attempted,
    edited,
    lines_of,
    loaded,
    patched,
    saved_sample,
    state_sample,
)

PLAIN = (TESTS / "planning/cases/mix-stream/base/plain.txt").read_text()
SWITCH = (TESTS / "planning/cases/live-stream/base/one.txt").read_text()


def plan_of(
    text: str,
    state: State,
    observed: Mapping[Address, Observation] | None = None,
    choice: Choice | None = None,
) -> Plan:
    workspace = loaded(text)
    return make_plan(workspace.settings, workspace.resources, state, observed or {}, choice, now=0)


def applied_one(text: str) -> tuple[Address, State]:
    """What the manifests' one resource is called, and the state after they were applied."""
    state = applied(loaded(text))
    (address,) = state.entries
    return address, state


# State and journal on a disk that fails


@pytest.mark.slow
@pytest.mark.parametrize("half", [False, True], ids=["nothing written", "half written"])
def test_a_start_whose_outcome_cannot_be_recorded_stays_known(half: bool) -> None:
    """The task ran on and was billed, and no record had its TaskId."""
    for _, host, _ in failing(2, half=half):
        everything_is_known(repaired(host, host.disk.copy()))


@pytest.mark.slow
def test_the_apply_after_a_failed_write_succeeds_at_once() -> None:
    """A sequence number that was used but not recorded made the next apply fail with RequestOutdated."""
    for number, host, _ in failing(3):
        endings = repaired(host, host.disk.copy()).apply(AFTER)
        assert [ending.error for ending in endings if ending.error is not None] == [], number


@pytest.mark.slow
@pytest.mark.parametrize("cut", [Disk.after_kill, Disk.after_power_cut], ids=["killed", "power cut"])
def test_a_torn_record_does_not_spoil_the_next_journal(cut: Callable[[Disk], Disk]) -> None:
    """The next run wrote behind the torn line; when it died too, all that it had started was lost."""
    first = FIRST.copy()
    base = checksum_of(bytes(first.disk.names[PATH].data))
    begin, line = lines_of([Begin(LINEAGE, 1, "run", LONG_AGO, base), Outcome(HALL, "0", "done", None)])
    first.disk.names[PATH.with_name(JOURNAL)] = Content(bytearray(begin + line[: len(line) // 2]))
    sent: set[str] = set()
    for host in dying(first):
        sent.update(host.sent())
        again = repaired(host, cut(host.disk))
        everything_is_known(again)
        again.apply(AFTER)
        settled(again)
    assert {START, FORBID} <= sent


@pytest.mark.parametrize("operation", ["is_directory", "lock", "truncate", "write"])
def test_a_lock_that_cannot_be_written_is_a_state_error(operation: str) -> None:
    """A full disk ended in a traceback instead of a message."""
    host = FIRST.copy()

    def fail(*_: object) -> NoReturn:
        raise OSError(ENOSPC, "No space left on device")

    setattr(host.disk, operation, fail)
    with pytest.raises(StateError, match="No space left on device") as caught:
        host.apply(AFTER)
    assert caught.value.hint and host.sent() == []


def test_after_a_failed_append_the_journal_takes_nothing_more_and_stays_readable() -> None:
    """A line behind one that failed broke the chain: the whole journal was refused, with all it knew."""
    host = FIRST.copy()
    known, failed, late = (Outcome(address, str(address), "done", None) for address in (HALL, SIDE, GONE))
    with pytest.raises(Killed), host.backend().hold(Owner("demo"), {}) as held:
        held.begin("run", LONG_AGO, LINEAGE)
        held.append(known)
        host.disk.armed, host.disk.fail_at = True, 1
        with pytest.raises(StateError, match="No space left on device"):
            held.append(failed)
        written = host.disk.text(PATH.with_name(JOURNAL))
        for record in (late, failed):
            with pytest.raises(StateError, match="No space left on device"):
                held.append(record)
        assert host.disk.text(PATH.with_name(JOURNAL)) == written
        raise Killed
    again = repaired(host, host.disk.after_kill())
    assert FIRST.state().entries.keys() - again.state().entries.keys() == {HALL}
    again.cloud.tasks.pop(str(FIRST.state().entries[HALL].task_id))
    again.apply(AFTER)
    settled(again)
    assert PATH.with_name(JOURNAL) not in again.disk.names


def test_states_whose_names_differ_behind_a_dot_have_journals_of_their_own() -> None:
    """`prod.v1` and `prod.v2` shared one journal and one lock, and each refused the other's."""
    one, other = (LocalBackend(Path("state", name), Disk(), str) for name in ("prod.v1", "prod.v2"))
    assert one.paths.journal != other.paths.journal and one.paths.lock.path != other.paths.lock.path


# What is read back

RECORDS = [Begin(LINEAGE, 1, "run", LONG_AGO), *(Outcome(HALL, f"{HALL}#{n}", "done", None) for n in (0, 1))]
LINES = lines_of(RECORDS)


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_newline_before_the_last_record_is_refused(bit: int) -> None:
    """It passed for a torn end: a finished record was dropped without a word."""
    data = bytearray(b"".join(LINES))
    data[len(b"".join(LINES[:-1])) - 1] ^= 1 << bit
    with pytest.raises(StateError, match="the journal is damaged"):
        decode(bytes(data), "f")


def test_a_journal_line_that_nests_too_deep_is_refused() -> None:
    """It ended in a RecursionError and a traceback."""
    with pytest.raises(StateError, match="f:1: the journal is damaged"):
        decode(b"[" * 100_000 + b"\n" + b"".join(LINES), "f")


def test_a_state_file_that_nests_too_deep_is_refused() -> None:
    """It ended in a RecursionError and a traceback."""
    host = FakeHost()
    host.disk.names[PATH] = Content(bytearray(b"[" * 100_000))
    with pytest.raises(StateError, match="not valid JSON"):
        host.state()


@pytest.mark.parametrize("patch", [{"resources": {"hall": {}}}, {"serial": float("inf")}], ids=str)
def test_a_state_with_foreign_values_is_refused(patch: dict[str, Any]) -> None:
    """It ended in a traceback that says nothing of the file."""
    with pytest.raises(StateError, match=r"^f: not a reconciler state file"):
        state_from_json(json.loads(json.dumps({**state_sample(), **patch})), "f")


ODD_VALUES = [
    *[("taskId", 7), ("taskId", {"$secret": {"env": "X"}}), ("sequenceNumber", "x"), ("attempted", "x")],
    *[("pending", ""), ("startedAt", 5), ("labels", [["a", "b"]])],
]


@pytest.mark.parametrize(("key", "value"), ODD_VALUES, ids=str)
def test_an_entry_with_foreign_values_is_refused(key: str, value: Any) -> None:
    """It was read, and failed in the middle of an apply, or was sent."""
    data = state_sample()
    data["resources"]["MixStream/hall"][key] = value
    with pytest.raises(StateError, match=r"^f: not a reconciler state file"):
        state_from_json(data, "f")


@pytest.mark.parametrize(("key", "value"), [("address", "hall"), ("after", ["hall"]), ("because", ["hall"])])
def test_a_saved_plan_with_a_bad_address_is_refused(key: str, value: Any) -> None:
    """It ended as a mistake in the command line, with the advice for that."""
    data = saved_sample()
    data["changes"][0][key] = value
    with pytest.raises(PlanRefused):
        saved_from_json(data, actions())


def test_a_saved_plan_with_an_endless_serial_is_refused() -> None:
    """It ended in an OverflowError and a traceback."""
    with pytest.raises(PlanRefused):
        saved_from_json({**saved_sample(), "stateSerial": float("inf")}, actions())


# Decisions after a call that nobody answered


def test_going_back_on_a_lost_update_that_added_what_cannot_be_cleared_replaces() -> None:
    """An update without SEI leaves the SEI in force: the stream kept what the manifest no longer had."""
    lost = attempted(applied(loaded(PLAIN)), loaded(PLAIN + "  sei: {layoutVolume: {}}\n"))
    assert [change.verb for change in plan_of(PLAIN, lost).changes] == [Verb.REPLACE]


def test_going_back_on_a_lost_change_of_an_address_tells_that_it_reconnects() -> None:
    """The plan promised that viewers would notice nothing, and apply reconnected the push."""
    lost = attempted(applied(loaded(PLAIN)), loaded(edited(PLAIN, {"live/hall": "live/other"})))
    (change,) = plan_of(PLAIN, lost).changes
    assert change.impact is Impact.RECONNECT


def unanswered(entry: Entry, action: str, wanted: Resource) -> Entry:
    """The entry after a call of a switch that nobody answered."""
    intended = replace(entry, status=wanted.wanted, spec=wanted.spec)
    return after_unknown(entry, intended, Pending(action, LONG_AGO, effect=Effect.OTHER), starts=False)


def unanswered_switch(text: str, action: str) -> tuple[Address, State]:
    """A switch that was applied as SWITCH says, then set as `text` says without an answer."""
    address, state = applied_one(SWITCH)
    (wanted,) = loaded(text).resources
    return address, replace(state, entries={address: unanswered(state.entries[address], action, wanted)})


def test_forgetting_a_switch_whose_forbid_was_never_answered_warns() -> None:
    """A stream stayed forbidden that no record and no manifest knew any more."""
    address, state = unanswered_switch(edited(SWITCH, {"allowed": "forbidden"}), "ForbidLiveStream")
    plan = plan_of(WORKSPACE, state)
    assert [change.verb for change in plan.changes] == [Verb.FORGET]
    (warning,) = plan.warnings
    assert str(address) in warning


def test_a_switch_whose_call_was_never_answered_is_set_again_whatever_is_seen() -> None:
    """Seen as wanted, it stayed uncertain for ever, and every plan said so."""
    address, state = unanswered_switch(SWITCH, "ResumeLiveStream")
    assert plan_of(SWITCH, state, {address: Observation(Status.ALLOWED, "says active", 0)}).changes


def test_a_switch_recorded_forbidden_but_seen_allowed_is_recorded() -> None:
    """The record stayed forbidden for ever, and a plan without a look at the cloud said something else."""
    address, state = applied_one(edited(SWITCH, {"allowed": "forbidden"}))
    assert plan_of(SWITCH, state, {address: Observation(Status.ALLOWED, "says active", 0)}).changes


def test_a_replace_of_a_switch_sets_it_again() -> None:
    """`--replace` was ignored without a word."""
    address, state = applied_one(SWITCH)
    assert plan_of(SWITCH, state, choice=Choice(replace=frozenset({address}))).changes


def test_the_task_that_fences_a_lost_start_has_no_moment_of_the_lost_one() -> None:
    """The record had the wrong start, and its age was reckoned from that."""
    address, state = applied_one(PLAIN)
    pending = {"action": "StartPublishCdnStream", "at": LONG_AGO}
    lost = patched(state.entries[address], {"status": "uncertain", "taskId": None, "pending": pending})
    (change,) = plan_of(WORKSPACE, replace(state, entries={address: lost})).changes
    fence = change.steps[0].entry
    assert fence is not None and fence.started_at is None


# Messages


def message_of(text: str) -> str:
    with pytest.raises(ManifestError) as caught:
        load(["-"], text.encode, LoadContext())
    return "".join(map(str, caught.value.problems))


SECRETS: dict[str, tuple[str, dict[str, str]]] = {
    # the document, and the edit that puts a secret into it
    "a key": (WORKSPACE, {"{env: TRTC_SECRET_KEY}": "canary"}),
    "a UserSig": (PLAIN, {"userId: hall-robot": "userSig: canary"}),
    "a signed address": (PLAIN, {"live/hall": "live/hall?txSecret=canary&txTime=1"}),
    "the key of an address": (PLAIN, {"live/hall}": "live/hall, auth: {key: canary}}"}),
    "a password in an address": (PLAIN, {"rtmp://push": "rtmp://user:canary@push"}),
}


@pytest.mark.parametrize(("document", "edit"), SECRETS.values(), ids=SECRETS)
def test_a_secret_that_is_written_out_is_not_repeated(document: str, edit: dict[str, str]) -> None:
    """The secret stood in the log of every build that read the manifest."""
    text = edited(document, edit)
    whole = text if document is WORKSPACE else f"{WORKSPACE}---\n{text}"
    assert "canary" in whole and "canary" not in message_of(whole)


def test_a_mistake_in_defaults_is_told_where_it_stands() -> None:
    """It was told of a line without mistake, once for each document, or never if the kind had none."""
    text = f"{WORKSPACE}  defaults:\n    LiveStream: {{bogus: 1}}\n---\n{PLAIN}"
    assert "-:8:18: spec.defaults.LiveStream.bogus: unknown field" in message_of(text)


def test_keys_that_begin_with_two_underscores_are_compared() -> None:
    """A change of nothing but such a key was no change: the plan was empty."""
    assert differences({"__a": 1}, {"__a": 2}, {})
