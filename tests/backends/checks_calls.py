"""What a call owes to a shared state: signed when its intent was written, timed from its sending alone."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reconciler.calls import Action, Call
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.retry import Caller, Timing
from reconciler.cloud.signing import Credentials
from reconciler.errors import CloudError
from reconciler.pacing.slots import Limit, Ticket

ACTION = Action("trtc", "2019-07-22", "DescribeStreamIngest", 20)
NOW = 1_800_000_000.0
WRITING, WAY = 400.0, 0.25
"""Seconds between an intent and the sending, as where a process stood still; and of the way and back."""


class Cloud:
    """A transport whose clock goes on while it answers, and a pace that only notes."""

    def __init__(self) -> None:
        self.now = NOW
        self.signed: list[int] = []
        self.trips: list[float | None] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> tuple[int, bytes]:
        self.signed.append(int(headers["X-TC-Timestamp"]))
        day = datetime.fromtimestamp(self.signed[-1], UTC).strftime("%Y-%m-%d")
        assert f"/{day}/" in headers["Authorization"]
        self.now += WAY
        return 200, json.dumps({"Response": {"RequestId": "r"}}).encode()

    def take(self, action: Action, region: str) -> Ticket:
        return Ticket(Limit("k", 20), self.now, self.now + 60)

    def ready(self, ticket: Ticket) -> None:
        """At once."""

    def give_back(self, ticket: Ticket, *, trip: float | None, throttled: bool) -> None:
        self.trips.append(trip)


def called() -> Cloud:
    """A cloud that was called once, long after the intent."""
    cloud = Cloud()
    client = Client(cloud, Credentials("id", "key"), Endpoint("http://127.0.0.1"), cloud.clock, str)
    caller = Caller(client, cloud, Timing(cloud.clock, cloud.sleep, lambda low, high: low))

    def intent(failures: Sequence[CloudError] = ()) -> float:
        moment = cloud.now
        cloud.now += WRITING
        return moment

    caller.call(Call(ACTION, "ap-guangzhou", {}), {}, intent)
    return cloud


def a_call_is_signed_with_the_moment_of_its_intent(make: Any) -> None:
    """So that the cloud refuses one which is sent by a holder that stood still for longer than its hold."""
    assert called().signed == [int(NOW)]


def a_round_trip_is_the_sending_alone(make: Any) -> None:
    """A journal that is far away is no part of it: another process may have a near one."""
    [trip] = called().trips
    assert trip is not None and abs(trip - WAY) < 1e-6


CALL_CHECKS: dict[str, Callable[[Any], None]] = {
    check.__name__.replace("_", " "): check
    for check in (a_call_is_signed_with_the_moment_of_its_intent, a_round_trip_is_the_sending_alone)
}
