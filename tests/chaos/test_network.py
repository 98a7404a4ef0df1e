"""Every fault of the network on every route, for every action: how it is classed, and what is sent again."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from reconciler.calls import Call
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.pace import MemorySlotStore, SlotPace
from reconciler.cloud.retry import Caller, Policy, Timing
from reconciler.cloud.signing import Credentials
from reconciler.cloud.transport import RequestsTransport
from reconciler.errors import CloudError, Gone, Refused
from reconciler.model import Effect
from reconciler.simulator import running

from ..cloud.faulty import deaf_host
from ..support import one_in
from .processes_network import ACTIONS, DONE, NOBODY, NONE, SLOW, Requests, after_one, cells
from .processes_proxy import CERTIFICATE, Proxy, proxy
from .processes_routes import relay

CELLS = cells()
SOON, LONG = 0.25, 10.0
"""Seconds that a client waits: where only that ends it, and else."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with running() as url:
        yield url.removeprefix("http://")


@pytest.fixture(scope="module")
def fresh(upstream: str) -> Iterator[Requests]:
    """Requests of each action, never two about the same."""
    with RequestsTransport() as transport:
        plain = client(transport, f"http://{upstream}", (LONG, LONG))
        yield Requests(lambda call: plain.send(call, dict(call.request)))


@pytest.fixture(autouse=True)
def afresh(upstream: str) -> None:
    """An empty world, which forgets how many requests came in the last second."""
    requests.post(f"http://{upstream}/_admin/reset", timeout=LONG).raise_for_status()


def client(transport: RequestsTransport, base: str, timeout: tuple[float, float]) -> Client:
    keys = Credentials("AKIDexample", "secretexample")
    return Client(transport, keys, Endpoint.parse(base), time.time, str, timeout)


@dataclass
class Noted:
    """A sender that notes in what each attempt ended; the first may be given little time."""

    first: Client
    others: Client
    classes: list[type[CloudError] | None] = field(default_factory=list)

    def send(self, call: Call, body: dict[str, Any], moment: float | None = None) -> dict[str, Any]:
        sender = self.others if self.classes else self.first
        try:
            answer = sender.send(call, body, moment)
        except CloudError as error:
            self.classes.append(type(error))
            raise
        self.classes.append(None)
        return answer


@contextmanager
def standing(upstream: str, name: str) -> Iterator[tuple[Noted, Proxy]]:
    """What a cell describes, with a sender to it and the API's end."""
    cell = CELLS[name]
    route = cell.route
    scheme = "https" if route.tls else "http"
    with ExitStack() as stack:

        def reaching(host: str, base: str, connect: float, read: float) -> Client:
            url = f"{route.proxy}://{host}" if route.proxy else ""
            transport = stack.enter_context(RequestsTransport(lambda _: url, str(CERTIFICATE)))
            return client(transport, base, (connect, read))

        end = stack.enter_context(proxy(upstream, cell.fault, tls=route.tls))
        stop, base = end.host, f"{scheme}://{end.host}"
        if route.tunnels:
            stop = stack.enter_context(relay(end.host, route.proxy, cell.spoil)).host
        elif route.proxy:
            base = f"http://{upstream}"
        others = first = reaching(stop, base, LONG, LONG)
        if name.endswith(NOBODY):
            nobody = deaf_host()
            first = reaching(nobody, base if route.proxy else f"{scheme}://{nobody}", LONG, LONG)
        elif name.rpartition(": ")[2] in SLOW:
            # Whoever is silent to the wish for a tunnel keeps a connection from coming about.
            first = reaching(stop, base, *((SOON, LONG) if cell.spoil else (LONG, SOON)))
        yield Noted(first, others), end


def judged(upstream: str, name: str, call: Call) -> str:
    """What is wrong with a call whose first attempt meets the fault; an empty text if nothing is."""
    cell = CELLS[name]
    # What only begins or asks has nothing that could have ended: to it that is a refusal.
    begins = cell.wanted is Gone and call.action.effect in (Effect.START, Effect.OTHER)
    wanted_class: type[CloudError] = Refused if begins else cell.wanted
    ends_in, sent = after_one(call.action, wanted_class, cell.effect)
    ended: type[CloudError] | None = None
    with standing(upstream, name) as (sender, end):
        pace = SlotPace(MemorySlotStore(time.monotonic), "account", time.sleep)
        caller = Caller(sender, pace, Timing(time.monotonic, time.sleep, random.uniform), Policy(base=0.001))
        try:
            caller.call(call, dict(call.request))
        except CloudError as error:
            ended = type(error)
    arrived = sent - (not cell.arrives)
    seen = (sender.classes[0], ended, len(sender.classes), end.requests)
    wanted = (wanted_class, ends_in, sent, arrived)
    least = 1 if DONE in (cell.effect, ends_in is None) else 0
    most = least if call.action.tells_id or cell.effect == NONE else sent
    if seen == wanted and least <= end.carried_out <= most:
        return ""
    return f"{call.action.name}: {seen}, not {wanted}; carried out {end.carried_out} times"


@pytest.mark.share(30)
@pytest.mark.parametrize("name", one_in(16, CELLS))
def test_each_fault_on_each_route_is_classed_by_its_effect_for_every_action(
    upstream: str, fresh: Requests, name: str
) -> None:
    """How its first attempt ends, how all do, how often it is tried, how many arrive, what is done."""
    calls = [fresh.call(action) for action in ACTIONS]
    # A mix cannot be ended in the first seconds (docs/reference/mixes.md).
    ahead = {"advanceSeconds": 6}
    requests.post(f"http://{upstream}/_admin/clock", json=ahead, timeout=LONG).raise_for_status()
    with ThreadPoolExecutor(len(calls)) as pool:
        wrong = "\n".join(filter(None, pool.map(lambda call: judged(upstream, name, call), calls)))
    assert not wrong, wrong


def test_there_are_enough_cells() -> None:
    assert len(CELLS) * len(ACTIONS) > 800
