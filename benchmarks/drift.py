"""How many calls a `drift` of many resources makes, and how many of each action in any second.

    python -m benchmarks.drift [--resources 10000 | --short]

Six tenths are mixes, three tenths ingests, one tenth live streams. The command runs in a process of its own
against a server that counts and checks nothing: once without callbacks, and once beside those of every task.
Ends with 1 where an action came more often in any second than the API allows, or callbacks cost a call.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from benchmarks.plan import WORKSPACE
from reconciler.backends.local.events import LocalEvents
from reconciler.backends.parts import Event
from reconciler.kinds import managed
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.model import Address
from reconciler.moments import rfc3339
from reconciler.state.codec import state_to_json
from reconciler.state.model import Entry, State
from reconciler.state.seal import seal
from tests.support import LINEAGE, applied

HERE = Path(__file__).parent.parent
DOMAIN = "3891.livepush.myqcloud.com"
ALLOWED = {"DescribeStreamIngest": 20, "DescribeLiveStreamState": 300, "DescribeLiveStreamOnlineList": 100}
"""Calls a second by the reference (semantics §9)."""
STREAMS = {
    "MixStream": (6, f"room: NUMBER, publish: [{{url: rtmp://{DOMAIN}/live/mix-NUMBER}}]"),
    "IngestStream": (3, 'room: NUMBER, streamUrl: "https://films.example/NUMBER.mp4", repeatNum: -1'),
    "LiveStream": (1, f"domainName: {DOMAIN}, streamName: live-NUMBER"),
}
KEYS = {
    "TENCENTCLOUD_SECRET_ID": "AKIDbenchmark",
    "TENCENTCLOUD_SECRET_KEY": "benchmark",
    "TRTC_KEY": "benchmark",
    "XDG_CACHE_HOME": "",
}


class Counted(ThreadingHTTPServer):
    """Answers that all is as recorded; `arrived` has, by action, when each call came, in seconds.

    The streams of mixes, in each domain, are named by their numbers, which count from 1.
    """

    daemon_threads = True

    def __init__(self, mixes: int, name: Callable[[int], str]) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.mixes = mixes
        self.name = name
        self.arrived: dict[str, list[float]] = defaultdict(list)

    def answer(self, action: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.arrived[action].append(time.monotonic())
        if action == "DescribeStreamIngest":
            return {"Status": "InProgress"}
        if action == "DescribeLiveStreamState":
            return {"StreamState": "active"}
        page, size = int(request["PageNum"]), int(request["PageSize"])
        numbers = range((page - 1) * size + 1, min(page * size, self.mixes) + 1)
        domain = request["DomainName"]
        online = [{"DomainName": domain, "AppName": "live", "StreamName": self.name(one)} for one in numbers]
        pages = -(-self.mixes // size)
        return {"TotalNum": self.mixes, "TotalPage": pages, "PageNum": page, "OnlineInfo": online}


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counted

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        found = self.server.answer(self.headers["x-tc-action"], request)
        body = json.dumps({"Response": {**found, "RequestId": "r"}}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def counting(mixes: int, name: Callable[[int], str] = "mix-{}".format) -> Iterator[Counted]:
    server = Counted(mixes, name)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def manifests(count: int) -> tuple[str, int]:
    """So many resources, and how many of them are mixes."""
    documents, mixes = [WORKSPACE], 0
    for kind, (tenths, spec) in STREAMS.items():
        many = count * tenths // 10
        mixes = many if kind == "MixStream" else mixes
        for number in range(1, many + 1):
            head = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {kind.lower()}-{number}}}\n"
            documents.append(f"{head}spec: {{{spec.replace('NUMBER', str(number))}}}\n")
    return "---\n".join(documents), mixes


def callbacks_of(state: State, now: float) -> Iterator[Event]:
    """One that says of each task that it runs."""
    at = int(now * 1000)
    for number, (address, entry) in enumerate(state.entries.items()):
        if entry.task_id is not None:
            yield Event(f"key-{number}", rfc3339(now), body_of(address, entry, at))


def body_of(address: Address, entry: Entry, at: int) -> Mapping[str, Any]:
    pushes = managed(address).pushes
    if pushes is None:
        about = {"TaskId": entry.task_id, "EventMsTs": at, "Status": 0}
        return {"EventGroupId": 7, "EventType": 701, "EventInfo": about}
    url = f"rtmp://{DOMAIN}/live/{address.name.replace('mixstream', 'mix')}"
    room = entry.spec["room"]
    about = {"RoomId": str(room), "RoomType": 0, "EventMsTs": at, "UserId": "robot", "TaskId": entry.task_id}
    return {"EventGroupId": 4, "EventType": 401, "EventInfo": {**about, "Payload": {"Url": url, "Status": 2}}}


def drift(root: Path, url: str) -> float:
    """Runs it; how many seconds it took. All is as recorded, or the benchmark is wrong."""
    began = time.monotonic()
    command = [sys.executable, "-m", "reconciler", "drift", "all.yaml", "--state", "state.json"]
    ran = subprocess.run(
        [*command, "--detailed-exitcode"],
        env={**os.environ, **KEYS, "XDG_CACHE_HOME": str(root / "cache"), "RECONCILER_ENDPOINT": url},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise SystemExit(ran.stdout[-2000:] + ran.stderr[-2000:])
    return time.monotonic() - began


def most_in_a_second(moments: Sequence[float]) -> int:
    """The most of them in any second."""
    ordered = sorted(moments)
    return max(
        (bisect_left(ordered, one + 1.0) - number for number, one in enumerate(ordered)),
        default=0,
    )


def told(title: str, arrived: Mapping[str, Sequence[float]], seconds: float) -> bool:
    """Prints a line for each action; whether each stayed within what the API allows."""
    print(f"{title}: {sum(map(len, arrived.values()))} calls in {seconds:.0f} s")
    fits = True
    for action, moments in sorted(arrived.items()):
        most = most_in_a_second(moments)
        fits = fits and most <= ALLOWED[action]
        print(f"  {action}: {len(moments)}, at most {most} in any second of {ALLOWED[action]}")
    return fits


def main() -> int:
    form = argparse.RawDescriptionHelpFormatter
    options = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    options.add_argument("--resources", type=int, default=10_000)
    options.add_argument("--short", action="store_true", help="300 resources, for a try")
    chosen = options.parse_args()
    text, mixes = manifests(300 if chosen.short else chosen.resources)
    now = time.time()
    recorded = applied(load(["-"], text.encode, LoadContext()))
    entries = {
        address: entry if entry.started_at is None else replace(entry, started_at=rfc3339(now - 3600))
        for address, entry in recorded.entries.items()
    }
    state = replace(recorded, lineage=LINEAGE, entries=entries)
    with tempfile.TemporaryDirectory() as place, counting(mixes) as server:
        root, url = Path(place), f"http://127.0.0.1:{server.server_port}"
        (root / "all.yaml").write_text(text)
        (root / "state.json").write_bytes(seal(state_to_json("benchmark", state)))
        seconds = drift(root, url)
        fits, before = told("without callbacks", server.arrived, seconds), counts(server)
        server.arrived.clear()
        events = LocalEvents(root / "state.events")
        for event in callbacks_of(state, now - 60):
            events.put(event)
        fits = told("with callbacks of every task", server.arrived, drift(root, url)) and fits
        return 0 if fits and counts(server) == before else 1


def counts(server: Counted) -> dict[str, int]:
    return {action: len(moments) for action, moments in server.arrived.items()}


if __name__ == "__main__":
    sys.exit(main())
