"""A gateway that answers nothing of use, or not at all: little is in doubt, and the next apply converges."""

import re
import signal
import socket
from pathlib import Path

import pytest

from reconciler.cli import connection
from reconciler.cloud.circuit import FEW

from ..support import one_in
from .kit import Kit, wait_until

STREAMS = 12
START = "StartPublishCdnStream"
ALWAYS = {"action": "*", "count": 10**6}


def stream(number: int) -> str:
    return f"""\
---
apiVersion: reconciler/v1
kind: RelayStream
metadata: {{name: relay-{number}}}
spec:
  room: {1000 + number}
  user: {{userId: host}}
  publish: [{{url: "rtmp://push.example/live/relay-{number}"}}]
"""


def streams(count: int) -> str:
    return "".join(stream(number) for number in range(count))


@pytest.fixture
def many(kit: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kit:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    kit.write("streams.yaml", streams(STREAMS))
    return kit


def doubtful(kit: Kit) -> list[str]:
    return [address for address, entry in kit.state()["resources"].items() if entry["status"] == "uncertain"]


def converges(kit: Kit, count: int = STREAMS) -> None:
    """One more apply in fair weather: each stream runs once, and each task is recorded."""
    kit.faults()
    again = kit.run("apply", "--auto-approve")
    assert again.code == 0, again.err
    running = [task["taskId"] for task in kit.running()]
    assert sorted(running) == sorted(entry["taskId"] for entry in kit.state()["resources"].values())
    assert len(running) == count
    kit.assert_settled()


@pytest.mark.slow
def test_sixty_streams_at_a_gateway_that_answers_500_leave_few_in_doubt(many: Kit) -> None:
    many.write("streams.yaml", streams(60))
    many.faults({**ALWAYS, "kind": "http-500"})
    assert many.run("apply", "--auto-approve", "--outage-timeout", "0s").code == 1
    assert len(many.calls()) == len(doubtful(many)) == FEW
    converges(many, 60)


@pytest.mark.parametrize("kind", one_in(3, ["drop-response", "http-500", "drop-request"]))
def test_a_gateway_that_is_dead_from_the_first_call_leaves_few_in_doubt(many: Kit, kind: str) -> None:
    many.faults({**ALWAYS, "kind": kind})
    ran = many.run("apply", "--auto-approve", "--outage-timeout", "1s")
    assert ran.code == 1
    assert f"Apply: {FEW} uncertain, {STREAMS - FEW} skipped" in ran.out
    assert len(many.calls()) == len(many.state()["resources"]) == len(doubtful(many)) == FEW
    counted = re.search(
        r"the cloud stopped responding: 0 done, 3 uncertain \((.*)\), (\d+) not started", ran.err
    )
    assert counted is not None and sorted(counted[1].split(", ")) == doubtful(many)
    assert int(counted[2]) == STREAMS - FEW
    why = r"\S+ has not responded properly since [\d:]{8} UTC \(last response: .+\)"
    each = rf"RelayStream/\S+: start skipped: not started: {why}\n"
    assert len(re.findall(each, ran.err)) == STREAMS - FEW
    converges(many)


def test_an_outage_in_the_middle_leaves_in_doubt_what_was_in_flight(many: Kit) -> None:
    """Beyond what was sent by the time of the first silence nothing is begun."""
    many.faults({**ALWAYS, "nth": 6, "kind": "drop-response"})
    ran = many.run("apply", "--auto-approve", "--outage-timeout", "0s")
    assert ran.code == 1
    assert 1 <= len(doubtful(many)) <= connection.WORKERS
    assert len(many.calls()) == 5 + len(doubtful(many))
    assert f"5 done, {len(doubtful(many))} uncertain" in ran.err
    converges(many)


def test_an_endpoint_that_cannot_be_reached_leaves_nothing_in_doubt(
    many: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody, monkeypatch.context() as away:
        nobody.bind(("127.0.0.1", 0))
        away.setenv("RECONCILER_ENDPOINT", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        ran = many.run("apply", "--auto-approve", "--outage-timeout", "1s")
    assert ran.code == 1
    assert f"0 done, 0 uncertain, {STREAMS} not started" in ran.err
    assert many.state()["resources"] == {} and many.calls() == []
    converges(many)


def test_after_an_outage_the_run_goes_on(many: Kit) -> None:
    """The first calls and the first question are lost; a later question is answered."""
    many.faults({**ALWAYS, "count": FEW + 1, "kind": "http-500"})
    ran = many.run("apply", "--auto-approve")
    assert ran.code == 1
    assert f"Apply: {STREAMS - FEW} done, {FEW} uncertain" in ran.out
    assert "retrying for up to 60 s" in ran.err
    assert "responds again; continuing" in ran.err
    converges(many)


def test_a_refused_question_is_an_answer(many: Kit) -> None:
    many.faults(
        {"action": START, "count": FEW, "kind": "http-500"},
        {**ALWAYS, "action": "DescribeStreamIngest", "kind": "error", "code": "UnauthorizedOperation"},
    )
    ran = many.run("apply", "--auto-approve")
    assert f"Apply: {STREAMS - FEW} done, {FEW} uncertain" in ran.out
    converges(many)


@pytest.mark.slow
def test_questions_that_are_answered_do_not_let_doubt_multiply(many: Kit) -> None:
    """The API is there, but none of what is to be done ends in anything that is known."""
    many.faults({**ALWAYS, "action": START, "kind": "error", "code": "InternalError"})
    ran = many.run("apply", "--auto-approve", "--outage-timeout", "3s")
    assert ran.code == 1
    assert FEW < len(doubtful(many)) <= 2 * FEW
    converges(many)


@pytest.mark.slow
def test_an_interrupt_ends_the_waiting_at_once(many: Kit) -> None:
    many.faults({**ALWAYS, "kind": "http-500"})
    process = many.spawn("apply", "--auto-approve", "--outage-timeout", "5m")
    wait_until(lambda: any(call["action"].startswith("Describe") for call in many.get("calls")["calls"]))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert f"Apply: {FEW} uncertain, {STREAMS - FEW} interrupted" in out
    assert "Traceback" not in err
    assert len(doubtful(many)) == FEW
    converges(many)


@pytest.mark.slow
def test_a_destroy_waits_too(many: Kit) -> None:
    many.apply()
    many.faults({**ALWAYS, "kind": "http-500"})
    ran = many.run("destroy", "--auto-approve", "--outage-timeout", "1s")
    assert ran.code == 1
    assert len(doubtful(many)) <= FEW
    many.faults()
    assert many.run("destroy", "--auto-approve").code == 0
    assert many.running() == []
