"""Drives several processes at one rate limit of the simulator, and counts what its server saw.

    python benchmarks/pace.py [--seconds 20 | --short] [--processes 4] [--jitter 0.1] [--back 0]
                              [--latency 0] [--window sliding|calendar] [--unshared] [--applies 60]

The processes share nothing but the file of slots. Every call is delayed at random on its way to the
server (`--jitter`, seconds) and on its way back (`--back`). `--unshared` gives each process a file of
its own, to show what sharing is worth. `--latency` holds every answer back for so many seconds.
`--applies` lets each process be a `reconciler apply` of its own workspace, state and so many relays,
instead of threads that only call. Also tells what one look at the file costs.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import requests

from reconciler.backends.local.pace import FileSlotStore, boot_id
from reconciler.calls import Action, Call
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.pace import SlotPace
from reconciler.cloud.retry import Caller, Timing
from reconciler.cloud.signing import Credentials
from reconciler.cloud.transport import RequestsTransport
from reconciler.errors import CloudError
from reconciler.pacing.store import account_of
from reconciler.simulator import running

DESCRIBE = Action("trtc", "2019-07-22", "DescribeStreamIngest", 20)
BODY = {"SdkAppId": 1400188366, "TaskId": "none"}
SHORT = 5.0
THREADS = 16
WARM_UP = 1.5


class Jittery(RequestsTransport):
    def __init__(self, there: float, back: float) -> None:
        super().__init__()
        self._there = there
        self._back = back

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> tuple[int, bytes]:
        time.sleep(random.uniform(0, self._there))
        answer = super().post(url, headers, body, timeout)
        time.sleep(random.uniform(0, self._back))
        return answer


def worker(directory: str, url: str, end: str, there: str, back: str) -> None:
    """One process: calls until the moment `end` of the machine's steady clock, and tells how many."""
    stop = threading.Event()
    threading.Timer(float(end) - time.monotonic(), stop.set).start()
    store = FileSlotStore(Path(directory), boot_id(), time.monotonic, time.sleep)
    keys = Credentials("AKIDexample", "secretexample")
    with Jittery(float(there), float(back)) as transport, ThreadPoolExecutor(THREADS) as pool:
        client = Client(transport, keys, Endpoint.parse(url), time.time, str)
        pace = SlotPace(store, account_of(keys.secret_id, url), stop.wait, stop.is_set)
        caller = Caller(client, pace, Timing(time.monotonic, stop.wait, random.uniform))
        print(sum(pool.map(lambda _: calls(caller, stop), range(THREADS))))


def calls(caller: Caller, stop: threading.Event) -> int:
    made = 0
    while not stop.is_set():
        try:
            caller.call(Call(DESCRIBE, "ap-guangzhou", BODY), BODY)
        except CloudError as error:
            assert error.code in ("interrupted", "RequestLimitExceeded"), error.message
        else:
            made += 1
    return made


def choose_window(chosen: argparse.Namespace, url: str) -> None:
    window = {"rate-window": chosen.window}
    requests.post(f"{url}/_admin/variants", json=window, timeout=10).raise_for_status()


def drive(chosen: argparse.Namespace, directory: Path) -> tuple[list[int], list[dict[str, Any]]]:
    """(answers of each process, the calls as the server saw them)."""
    with running(latency=chosen.latency) as url:
        choose_window(chosen, url)
        end = str(time.monotonic() + WARM_UP + chosen.seconds)
        processes = []
        for number in range(chosen.processes):
            place = directory / str(number) if chosen.unshared else directory
            command = [sys.executable, __file__, "--worker", str(place), url, end]
            command += [str(chosen.jitter), str(chosen.back)]
            processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        made = [int(process.communicate()[0]) for process in processes]
        return made, requests.get(f"{url}/_admin/calls", timeout=10).json()["calls"]


def relays(workspace: str, first: int, count: int) -> str:
    """A workspace of so many relays, the first in the room of that number."""
    head = "apiVersion: reconciler/v1\nkind: {}\nmetadata: {{name: {}}}\nspec:\n"
    documents = [
        head.format("Workspace", workspace)
        + "  region: ap-guangzhou\n  trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}\n"
    ]
    for room in range(first, first + count):
        documents.append(
            head.format("RelayStream", f"relay-{room}")
            + f"  room: {room}\n  user: {{userId: alice}}\n"
            + "  video: {encode: {width: 640, height: 360, fps: 15, bitRate: 800, gop: 2}}\n"
            + f"  publish: [{{url: rtmp://push.example/live/{room}}}]\n"
        )
    return "---\n".join(documents)


def apply_all(chosen: argparse.Namespace, directory: Path) -> tuple[list[int], list[dict[str, Any]]]:
    """The same of applies at once, each with a state of its own."""
    with running(latency=chosen.latency) as url:
        choose_window(chosen, url)
        processes = []
        for number in range(chosen.processes):
            manifests = directory / f"{number}.yaml"
            manifests.write_text(relays(f"bench-{number}", 1 + number * chosen.applies, chosen.applies))
            command = [sys.executable, "-m", "reconciler", "apply", "--auto-approve", str(manifests)]
            environ = {
                **os.environ,
                "TENCENTCLOUD_SECRET_ID": "AKIDexample",
                "TENCENTCLOUD_SECRET_KEY": "secretexample",
                "TRTC_SECRET_KEY": "key",
                "RECONCILER_ENDPOINT": url,
                "XDG_STATE_HOME": str(directory / str(number) if chosen.unshared else directory),
            }
            state = ["--state", str(directory / f"{number}.json")]
            processes.append(
                subprocess.Popen(
                    command + state,
                    env=environ,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        told = [process.communicate()[1] for process in processes]
        assert not any(process.returncode for process in processes), told
        calls = requests.get(f"{url}/_admin/calls", timeout=30).json()["calls"]
        return [err.count(" done (") for err in told], calls


def report(chosen: argparse.Namespace, made: list[int], arrived: list[dict[str, Any]]) -> None:
    at = [call["at"] for call in arrived if call["errorCode"] is None]
    refused = sum(call["errorCode"] == "RequestLimitExceeded" for call in arrived)
    assert len(at) + refused == len(arrived)
    limit = DESCRIBE.per_second
    most = max(sum(1 for other in at[index:] if other < moment + 1) for index, moment in enumerate(at))
    closest = min((at[index + limit] - moment for index, moment in enumerate(at[:-limit])), default=0.0)
    rate = (len(at) - 1) / (at[-1] - at[0])
    way = f"applies of {chosen.applies}" if chosen.applies else f"jitter {chosen.jitter} s + {chosen.back} s"
    print(f"{chosen.processes} processes, {chosen.window} window, {way}, latency {chosen.latency} s")
    print(
        f"{len(arrived)} calls in {at[-1] - at[0]:.1f} s, {refused} rejected ({refused / len(arrived):.1%})"
    )
    print(f"{rate:.2f} calls a second, {rate / limit:.1%} of the limit; most in any second {most}")
    print(f"{limit} calls apart at least {closest:.4f} s; answered by each process: {made}")
    print(f"smallest gap at the server {min(b - a for a, b in pairwise(at)) * 1000:.1f} ms")


def look(directory: Path, per_second: int) -> None:
    """What taking a slot and giving it back costs, with a file full of held ones."""
    moment = 1000.0
    store = FileSlotStore(directory, "benchmark", lambda: moment, time.sleep)
    pace = SlotPace(store, "account", time.sleep)
    action = Action("trtc", "2019-07-22", f"Look{per_second}", per_second)
    times = []
    for _ in range(2000):
        moment += 1.2 / per_second
        began = time.perf_counter()
        ticket = pace.take(action, "ap-guangzhou")
        assert ticket is not None
        pace.give_back(ticket, trip=0.0, throttled=False)
        times.append((time.perf_counter() - began) / 2)
    times.sort()
    median, high = times[len(times) // 2] * 1e6, times[len(times) * 99 // 100] * 1e6
    print(f"limit {per_second}: one look at the file {median:.0f} us, 99th percentile {high:.0f} us")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--short", dest="seconds", action="store_const", const=SHORT)
    options.add_argument("--processes", type=int, default=4)
    options.add_argument("--jitter", type=float, default=0.1, help="at most, on the way there")
    options.add_argument("--latency", type=float, default=0.0, help="of each answer, always the same")
    options.add_argument("--back", type=float, default=0.0, help="at most, on the way back")
    options.add_argument("--window", choices=["sliding", "calendar"], default="sliding")
    options.add_argument("--unshared", action="store_true")
    options.add_argument("--applies", type=int, default=0, metavar="RELAYS", help="for each process")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        way = apply_all if chosen.applies else drive
        report(chosen, *way(chosen, Path(directory)))
        for per_second in (20, 300):
            look(Path(directory), per_second)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:])
    else:
        main()
