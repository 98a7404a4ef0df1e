"""What a call makes when it is sent: moments and IDs of our own, recorded as sent, and part of no diff."""

import pytest

from reconciler.model import Status
from reconciler.moments import rfc3339

from .host import Host
from .pump import LASTS, PumpKind, PumpSpec, Works

PLAIN = PumpSpec()


@pytest.fixture
def works() -> Works:
    return Works()


@pytest.fixture
def host(works: Works) -> Host:
    return Host(PumpKind(), works.serve)


def test_what_is_sent_is_recorded_before_and_after_and_differs_from_nothing(host: Host, works: Works) -> None:
    before = host.now
    host.apply(PLAIN)
    (_, body), made = host.sent[0], {"token": f"one-{int(before)}", "end": rfc3339(before + LASTS)}
    assert (body["OwnId"], body["End"]) == (made["token"], made["end"])
    (intent,) = host.intents()
    assert intent.entry is not None and dict(intent.entry.made) == made == dict(host.entry.made)
    host.now += 3600
    assert host.plan(PLAIN).changes == ()


def test_a_declared_moment_is_sent_as_it_is_and_changes_as_a_field(host: Host) -> None:
    host.apply(PumpSpec(end="2027-03-01T00:00:00Z"))
    assert host.sent[0][1]["End"] == "2027-03-01T00:00:00Z" and "end" not in host.entry.made
    (change,) = host.plan(PumpSpec(end="2027-03-02T00:00:00Z")).changes
    assert [one.path for one in change.fields] == ["spec.end"]
    host.apply(PLAIN)
    assert host.entry.made["end"] == host.sent[0][1]["End"]


def test_an_update_keeps_what_was_made(host: Host) -> None:
    host.apply(PLAIN)
    made = host.entry.made
    host.apply(PumpSpec(power=2))
    assert host.entry.made == made and host.actions() == ["ChangePump"]


def test_an_update_in_doubt_leaves_the_end_that_is_sure(host: Host) -> None:
    host.apply(PumpSpec(end="2027-03-01T00:00:00Z"))
    host.fates = ["late"]
    host.apply(PLAIN)
    assert "end" not in host.entry.made and host.entry.status is Status.RUNNING


def test_it_stands_in_a_text_where_the_api_has_no_field_for_it(works: Works) -> None:
    host = Host(PumpKind(tokens=False), works.serve)
    host.apply(PLAIN)
    assert host.sent[0][1]["Note"] == f"a pump [{host.entry.made['token']}]"
    assert host.sent[0][1].get("OwnId") is None


def test_a_replaced_task_has_another_id(host: Host) -> None:
    host.apply(PLAIN)
    first = host.entry.made["token"]
    host.now += 60
    host.apply(PumpSpec(source="sea"))
    assert host.actions() == ["StopPump", "StartPump"] and host.entry.made["token"] != first


def test_what_a_start_has_made_stays_where_it_is_paused_at_once(host: Host) -> None:
    host.apply(PumpSpec(state="paused"))
    assert host.actions() == ["StartPump", "ChangePump"] and host.entry.status is Status.PAUSED
    assert host.entry.made.keys() == {"token", "end"}
