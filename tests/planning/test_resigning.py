"""Pushes that are signed anew in place: what is sent, what is told, what is recorded of a lost answer."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.calls import EnvSecret, PushUrl
from reconciler.cloud.redact import Redactor
from reconciler.cloud.resolve import SecretResolver
from reconciler.cloud.secrets import Vault
from reconciler.errors import SecretError, UsageError
from reconciler.model import Address, Effect, Impact, Observation, Source, Standing, Verb
from reconciler.moments import rfc3339, unix_seconds
from reconciler.plan.model import Change, Plan
from reconciler.planning.choice import Choice
from reconciler.planning.drift import find_drift
from reconciler.planning.planner import make_plan
from reconciler.state.model import Entry, Pending, State
from reconciler.state.unanswered import after_unknown

from ..support import LONG_AGO, TX_TIME, WORKSPACE, applied, examples, loaded, task_id_of

HALL = Address("MixStream", "hall")
SOLO = Address("RelayStream", "solo")
UNTIL = float(int(TX_TIME, 16))
NOW = unix_seconds(LONG_AGO) + 60
KINDS = {
    HALL: "spec:\n  room: 7\n",
    SOLO: "spec:\n  room: 7\n  user: {userId: anna}\n",
}
PUSHES = {
    "signed": "{{url: rtmp://3891.livepush.myqcloud.com/live/{n}, auth: {{key: {{env: STREAM_KEY}}}}}}",
    "held": "{{url: {{env: STREAM_{n}}}}}",
    "plain": "{{url: rtmp://3891.livepush.myqcloud.com/live/{n}}}",
}


def text_of(address: Address, pushes: Sequence[str], more: str = "") -> str:
    head = f"apiVersion: reconciler/v1\nkind: {address.kind}\nmetadata: {{name: {address.name}}}\n"
    entries = ", ".join(PUSHES[one].format(n=number) for number, one in enumerate(pushes))
    return f"{head}{KINDS[address]}  publish: [{entries}]\n{more}"


def planned(text: str, state: State, address: Address | None = None, now: float = NOW) -> Plan:
    workspace = loaded(text)
    choice = Choice(resign=frozenset() if address is None else frozenset({address}))
    return make_plan(workspace.settings, workspace.resources, state, {}, choice, now=now)


def the_change(plan: Plan) -> Change:
    (change,) = plan.changes
    return change


def sent(change: Change) -> list[object]:
    """The addresses of the update, as what they are made from."""
    (step,) = change.steps
    assert step.call.action.effect is Effect.UPDATE
    return [one["PublishCdnUrl"] for one in step.call.request["PublishCdnParams"]]


@examples(100)
@given(st.sampled_from(sorted(KINDS)), st.lists(st.sampled_from(sorted(PUSHES)), min_size=1, max_size=4))
def test_one_update_sends_every_address_and_tells_of_those_that_are_cut(
    address: Address, pushes: list[str]
) -> None:
    text = text_of(address, pushes)
    state = applied(loaded(text))
    assert planned(text, state).changes == ()
    if set(pushes) == {"plain"}:
        with pytest.raises(UsageError, match="made with a secret"):
            planned(text, state, address)
        return
    change = the_change(planned(text, state, address))
    assert (change.verb, change.impact, change.visible) == (Verb.UPDATE, Impact.RECONNECT, False)
    made = [number for number, one in enumerate(pushes) if one != "plain"]
    names = {"signed": "auth", "held": "url"}
    assert [one.path for one in change.fields] == [
        f"spec.publish[{number}].{names[pushes[number]]}" for number in made
    ]
    addresses = sent(change)
    assert len(addresses) == len(pushes)
    for one, found in zip(pushes, addresses, strict=True):
        if one == "signed":
            assert isinstance(found, PushUrl) and (found.tx_time, found.valid_for) == (None, 86400)
        else:
            assert isinstance(found, EnvSecret if one == "held" else str)
    entry = change.steps[0].entry
    assert entry is not None and entry.signed == {} and entry.task_id == task_id_of(address)
    assert "a new signature was requested" in change.reason


def lost(change: Change, state: State, signed: str) -> Entry:
    """What is recorded once an update with new signatures was never answered."""
    (step,) = change.steps
    assert step.entry is not None
    before = state.entries[change.address]
    intended = replace(step.entry, started_at=before.started_at, signed=dict.fromkeys(before.signed, signed))
    pending = Pending(step.call.action.name, LONG_AGO, str(before.task_id), effect=Effect.UPDATE)
    return after_unknown(before, intended, pending, starts=False)


def test_a_lost_answer_is_settled_with_the_signature_that_was_sent() -> None:
    text, newer = text_of(HALL, ["signed"]), "7FFFFFFF"
    state = applied(loaded(text))
    entry = lost(the_change(planned(text, state, HALL)), state, newer)
    assert entry.attempted == (entry.spec,)
    doubtful = replace(state, entries={HALL: entry})
    change = the_change(planned(text, doubtful))
    assert (change.verb, change.impact) == (Verb.UPDATE, Impact.RECONNECT)
    (found,) = sent(change)
    assert isinstance(found, PushUrl) and found.tx_time == newer
    assert change.steps[0].entry is not None and change.steps[0].entry.attempted == ()
    again = the_change(planned(text, doubtful, HALL))
    (fresh,) = sent(again)
    assert isinstance(fresh, PushUrl) and fresh.tx_time is None


def test_a_lost_update_of_something_else_leaves_signatures_alone() -> None:
    before = text_of(HALL, ["signed"])
    state = applied(loaded(before))
    wanted = text_of(HALL, ["signed"], "  audio: {subscribeAudioList: [{userId: anna}]}\n")
    entry = lost(the_change(planned(wanted, state)), state, TX_TIME)
    change = the_change(planned(wanted, replace(state, entries={HALL: entry})))
    assert change.impact is Impact.NONE and "PublishCdnParams" not in change.steps[0].call.request


def test_a_task_that_can_no_longer_be_told_is_started_anew() -> None:
    text = text_of(HALL, ["signed"])
    change = the_change(planned(text, applied(loaded(text)), HALL, now=NOW + 31 * 86400))
    assert (change.verb, change.impact) == (Verb.REPLACE, Impact.RESTART)


def test_a_renewal_is_for_the_taskid_whatever_else_has_ended() -> None:
    """The first in the calendar is a signature by then, which is none of the renewal's reasons."""
    window = "  renewal: {windows: [{begins: '00:00', ends: '00:00'}]}\n"
    text = f"{WORKSPACE}{window}---\n{text_of(HALL, ['signed'])}"
    state = applied(loaded(text))
    (url,) = state.entries[HALL].signed
    entry = replace(state.entries[HALL], signed={url: f"{int(NOW) + 7200:X}"})
    change = the_change(planned(text, replace(state, entries={HALL: entry}), now=NOW + 26 * 86400))
    assert change.verb is Verb.REPLACE and change.renewal
    assert change.reason.startswith("TaskId ends at 2026-01-31T00:00:00Z")


def test_a_forbid_that_has_ended_and_is_still_wanted_is_set_again() -> None:
    text = """
apiVersion: reconciler/v1
kind: LiveStream
metadata: {name: hall}
spec: {domainName: push.example, streamName: hall, state: forbidden}
"""
    state = applied(loaded(text))
    entries = {address: replace(entry, started_at=LONG_AGO) for address, entry in state.entries.items()}
    change = the_change(planned(text, replace(state, entries=entries), now=NOW + 8 * 86400))
    assert (change.verb, change.renewal) == (Verb.UPDATE, True)
    assert change.reason == "the forbidden state expired since 2026-01-08T00:00:00Z, so it is set again"


@pytest.mark.parametrize("after", [-1, 0, 86400], ids=["before", "as it ends", "a day later"])
def test_silence_and_signatures(after: int) -> None:
    """A push that is silent after its signature has ended is told with its likely cause."""
    text = text_of(HALL, ["signed"])
    state = applied(loaded(text))
    seen = {HALL: Observation(None, "0 of 1 pushes are active", UNTIL + after, Standing.SILENT)}
    workspace = loaded(text)
    plan = make_plan(workspace.settings, workspace.resources, state, seen, now=UNTIL + after)
    (row,) = find_drift(plan, state.entries, seen).rows
    expired = after >= 0
    assert (f"expired at {rfc3339(UNTIL)}" in row.evidence) is expired
    assert ("the likely cause" in row.evidence) is expired
    assert (f"`reconciler apply --resign {HALL}`" in row.change.reason) is expired
    assert row.change.verb is Verb.UNCHANGED


def resolver_of(key: str) -> SecretResolver:
    """What fills in requests, with this key in the variable, under one state's key of digests."""
    environ = {"STREAM_KEY": key, "TRTC_SECRET_KEY": "k"}
    resolver = SecretResolver(Vault(environ, frozenset(), str, Redactor()), lambda: NOW)
    resolver.digest_by("the-state's-key")
    return resolver


def is_told(key: str, change: Change) -> bool:
    """Whether a run with this key refuses the change before its first call, as it would cut what stays."""
    try:
        resolver_of(key).check([step.call for step in change.steps])
    except SecretError as error:
        return "would interrupt pushes that are meant to stay connected" in error.message
    return False


def test_a_key_that_was_rotated_is_told_before_the_first_call() -> None:
    """An update that sends a push as it is would cut it: with another key its address is another."""
    text, wanted = text_of(HALL, ["signed"]), text_of(HALL, ["signed", "plain"])
    state = applied(loaded(text))
    start = the_change(planned(text, State())).steps[0].call
    made = resolver_of("the-key").resolve_request(start.request, {})
    (url,) = made.signed_by
    assert made.tx_times.keys() == {url} and "the-key" not in made.signed_by[url]
    entry = replace(state.entries[HALL], signed_by=made.signed_by)
    change = the_change(planned(wanted, replace(state, entries={HALL: entry})))
    assert change.impact is Impact.NONE
    assert change.entry is not None and change.entry.signed_by == made.signed_by
    assert is_told("the-rotated-key", change) and not is_told("the-key", change)
    anew = the_change(planned(text, replace(state, entries={HALL: entry}), HALL))
    assert not is_told("the-rotated-key", anew)
    assert not is_told("the-rotated-key", the_change(planned(wanted, state)))  # by which key is not known


@pytest.mark.parametrize(
    ("standing", "seen_after", "after", "verbs"),
    [
        (Standing.FAILED, 0, 1, ["update"]),
        (Standing.FAILED, 0, -1, []),
        (Standing.FAILED, -1, 1, []),  # that they are back since may never have been told
        (Standing.SILENT, 0, 1, []),
        (Standing.DEGRADED, 0, 1, []),
    ],
)
def test_what_no_push_can_connect_of_any_more_is_signed_again(
    standing: Standing, seen_after: float, after: float, verbs: list[str]
) -> None:
    """All pushes gave up, and the signature had expired by then: nothing is cut by another."""
    workspace = loaded(text_of(HALL, ["signed"]))
    seen = {HALL: Observation(None, "callbacks say so", UNTIL + seen_after, standing, Source.CALLBACK)}
    ((address, entry),) = applied(workspace).entries.items()
    state = State("lineage", 1, {address: replace(entry, started_at=rfc3339(UNTIL - 86400))})
    plan = make_plan(workspace.settings, workspace.resources, state, seen, now=UNTIL + after)
    assert [str(change.verb) for change in plan.changes] == verbs
    for change in plan.changes:
        assert change.impact is Impact.NONE and "its signature has expired" in change.reason
        assert [step.call.action.name for step in change.steps] == ["UpdatePublishCdnStream"]
