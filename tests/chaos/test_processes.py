"""The short forms of what `python -m tests.chaos.processes` does at length, and the network's faults."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from reconciler.cloud.client import Client, Endpoint
from reconciler.cloud.pacing import MemoryBook, SlotPace
from reconciler.cloud.retry import Caller, Policy, Timing
from reconciler.cloud.signing import Credentials
from reconciler.cloud.transport import RequestsTransport
from reconciler.errors import CloudError, NotSent
from reconciler.model import Call
from reconciler.simulator import running
from tests.chaos.processes_network import ACTIONS, DONE, FAULTS, SLOW, Requests, after_one
from tests.chaos.processes_proxy import Fault, Proxy, proxy
from tests.cloud.faulty import deaf_host

DEADLINE = 0.15
LONG = 10.0
TREE = Path(__file__).parents[2]


def processes(words: list[str], place: Path) -> "subprocess.CompletedProcess[str]":
    """Runs a subcommand; what it leaves of worlds that are wrong is left in the place."""
    command = [sys.executable, "-m", "tests.chaos.processes", *words]
    environ = {**os.environ, "TMPDIR": str(place)}
    return subprocess.run(command, cwd=TREE, env=environ, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    "words",
    [
        ["kills", "--count", "40"],
        ["races", "--rounds", "12"],
        ["interrupts", "--count", "12", "--jobs", "4"],
        ["stopped", "--rounds", "4", "--jobs", "2"],
    ],
    ids=lambda words: words[0],
)
def test_nothing_is_lost_doubled_or_recorded_wrongly(words: list[str], tmp_path: Path) -> None:
    done = processes(words, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) >= int(words[2])


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        (["kills", "--count", "150", "--jobs", "1", "--edited", "1", "--spoil", "intents"], "killed "),
        (["races", "--rounds", "12", "--jobs", "1", "--spoil", "lock"], "while"),
        (["races", "--rounds", "60", "--jobs", "1", "--spoil", "state-lock"], "while"),
        (["interrupts", "--count", "12", "--jobs", "4", "--spoil", "interrupts"], "after the signal"),
        (["stopped", "--rounds", "4", "--jobs", "1", "--spoil", "fence"], "has written the state"),
    ],
    ids=lambda words: words[-1] if isinstance(words, list) else "",
)
def test_what_is_spoilt_on_purpose_shows(words: list[str], sign: str, tmp_path: Path) -> None:
    done = processes(words, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert sign in done.stdout


# The network


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with running() as url:
        yield url.removeprefix("http://")


def client(transport: RequestsTransport, base: str, seconds: float) -> Client:
    keys = Credentials("AKIDexample", "secretexample")
    return Client(transport, keys, Endpoint.parse(base), time.time, str, (LONG, seconds))


@pytest.fixture
def fresh(upstream: str) -> Iterator[Requests]:
    """Requests of each action, in a world that is empty but for what they need."""
    requests.post(f"http://{upstream}/_admin/reset", timeout=LONG).raise_for_status()
    with RequestsTransport() as transport:
        plain = client(transport, f"http://{upstream}", LONG)
        yield Requests(lambda call: plain.send(call, dict(call.request)))


def carried_out(upstream: str, call: Call) -> int:
    """How often the simulator has carried a call out."""
    calls = requests.get(f"http://{upstream}/_admin/calls", timeout=LONG).json()["calls"]
    same = [one for one in calls if (one["action"], one["request"]) == (call.action.name, call.request)]
    return sum(one["response"] is not None and one["errorCode"] is None for one in same)


def base_of(standing: Proxy, fault: Fault) -> str:
    return f"{'https' if fault.tls else 'http'}://{standing.host}"


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_the_network_is_classed_by_its_effect(
    upstream: str, fresh: Requests, tmp_path: Path, name: str, action: str
) -> None:
    fault, wanted, effect = FAULTS[name]
    call = fresh.call(action)
    pem = tmp_path / "proxy.pem"
    with proxy(upstream, fault, pem) as standing, RequestsTransport(verify=str(pem)) as transport:
        began = time.monotonic()
        seconds = DEADLINE if name in SLOW else LONG
        with pytest.raises(CloudError) as caught:
            client(transport, base_of(standing, fault), seconds).send(call, dict(call.request))
        assert type(caught.value) is wanted, caught.value.message
        assert time.monotonic() - began < LONG
    assert carried_out(upstream, call) == effect


@pytest.mark.parametrize("action", ACTIONS)
def test_a_connection_that_is_refused_proves_that_nothing_was_sent(fresh: Requests, action: str) -> None:
    call = fresh.call(action)
    with RequestsTransport() as transport, pytest.raises(NotSent) as caught:
        client(transport, f"http://{deaf_host()}", LONG).send(call, dict(call.request))
    assert type(caught.value) is NotSent


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", [name for name in FAULTS if name not in SLOW])
def test_a_call_is_repeated_where_that_does_no_harm_and_no_start_twice(
    upstream: str, fresh: Requests, tmp_path: Path, name: str, action: str
) -> None:
    fault, wanted, effect = FAULTS[name]
    call = fresh.call(action)
    ends_in, sent = after_one(call.action, wanted, effect)
    pem = tmp_path / "proxy.pem"
    with proxy(upstream, fault, pem) as standing, RequestsTransport(verify=str(pem)) as transport:
        sender = client(transport, base_of(standing, fault), LONG)
        pace = SlotPace(MemoryBook(time.monotonic), "account", time.sleep)
        timing = Timing(time.monotonic, time.sleep, random.uniform)
        caller = Caller(sender, pace, timing, Policy(base=0.001))
        if ends_in is None:
            assert "RequestId" in caller.call(call, dict(call.request))
        else:
            with pytest.raises(CloudError) as caught:
                caller.call(call, dict(call.request))
            assert type(caught.value) is ends_in, caught.value.message
        assert standing.requests == sent - fault.unread
    if call.action.name.startswith("Start"):
        assert carried_out(upstream, call) == (effect == DONE or ends_in is None)
