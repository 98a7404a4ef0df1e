"""A process of its own that shares slots: run by tests as `pace_child.py MODE DIRECTORY [URL CALLS]`.

`lock` takes a step and never ends it, `slot` takes a slot and never gives it back, `churn` writes
without a rest, and `calls` makes real calls with jitter on the way there and back. Each
says a line on standard output once it is at it, or, of calls, how many were answered.
"""

import random
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reconciler.backends.local.pace import FileSlotStore, boot_id
from reconciler.calls import Action, Call
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.pace import SlotPace
from reconciler.cloud.retry import Caller, Timing
from reconciler.cloud.signing import Credentials
from reconciler.cloud.transport import RequestsTransport
from reconciler.pacing.slots import Limit, RateWindow, take
from reconciler.pacing.store import account_of

LIMIT = Limit("limit", 2)
DESCRIBE = Action("trtc", "2019-07-22", "DescribeStreamIngest", 20)
BODY = {"SdkAppId": 1400188366, "TaskId": "none"}
JITTER = 0.05


class Jittery(RequestsTransport):
    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> tuple[int, bytes]:
        time.sleep(random.uniform(0, JITTER))
        answer = super().post(url, headers, body, timeout)
        time.sleep(random.uniform(0, JITTER))
        return answer


def say(word: object) -> None:
    print(word, flush=True)


def lock(store: FileSlotStore) -> None:
    def stay(slots: RateWindow, now: float) -> tuple[RateWindow, None]:
        say("locked")
        time.sleep(600)
        return slots, None

    store.change(LIMIT, stay)


def slot(store: FileSlotStore) -> None:
    store.change(LIMIT, lambda slots, now: take(slots, LIMIT, now))
    say("taken")
    time.sleep(600)


def churn(store: FileSlotStore) -> None:
    say("churning")
    while True:
        store.change(LIMIT, lambda slots, now: (RateWindow((now,) * random.randrange(300), now), None))


def calls(store: FileSlotStore, url: str, number: int) -> None:
    with Jittery() as transport, ThreadPoolExecutor(8) as pool:
        keys = Credentials("AKIDexample", "secretexample")
        client = Client(transport, keys, Endpoint.parse(url), time.time, str)
        pace = SlotPace(store, account_of(keys.secret_id, url), time.sleep)
        caller = Caller(client, pace, Timing(time.monotonic, time.sleep, random.uniform))
        call = Call(DESCRIBE, "ap-guangzhou", BODY)
        say(
            sum(
                answer["Status"] == "NotExist"
                for answer in pool.map(caller.call, [call] * number, [BODY] * number)
            )
        )


def main(mode: str, directory: str, url: str = "", number: str = "0") -> None:
    store = FileSlotStore(Path(directory), boot_id(), time.monotonic, time.sleep)
    match mode:
        case "lock":
            lock(store)
        case "slot":
            slot(store)
        case "churn":
            churn(store)
        case "calls":
            calls(store, url, int(number))


if __name__ == "__main__":
    main(*sys.argv[1:])
