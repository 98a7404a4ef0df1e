"""The property: what is converted and applied sends the request that it was converted from.

    python -m tests.manifests.converting.property --count 2000 --seed 1

generates that many requests of each action, converts and applies them in batches, each against a
simulator of its own over HTTP, and compares what arrived with what was generated.
"""

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import requests as http

from reconciler.manifests.reading.reader import read_documents
from reconciler.simulator import running

from .generator import requests
from .scan import complaints
from .sdk import ACTIONS

KEYS = {"TENCENTCLOUD_SECRET_ID": "AKIDproperty", "TENCENTCLOUD_SECRET_KEY": "property-key"}
BATCH = 50
"""Few enough to be applied and planned within a minute: the shortest maxDuration of an ingest."""
WORKERS = 4
"""Batches at a time: what takes long is the pace that the API's limits allow."""
_WARNING = re.compile(r"warning: requests\.jsonl:(\d+): \S+: (\S+): (.*)")
_VARIABLE = re.compile(r"set (STREAM_[A-Z0-9_]+) to")
_STEP = re.compile(r"\.?([A-Za-z]+)|\[(\d+)\]")
_SIGNED = re.compile(r"(txSecret|txTime)=", re.IGNORECASE)

Sent = tuple[str, dict[str, Any]]
"""An action, and the body of a request."""


@dataclass
class Figures:
    """What was done, and what differed."""

    requests: Counter[str] = field(default_factory=Counter)
    warnings: int = 0
    references: int = 0
    convert_seconds: float = 0.0
    apply_seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        self.requests.update(other.requests)
        self.warnings += other.warnings
        self.references += other.references
        self.convert_seconds += other.convert_seconds
        self.apply_seconds += other.apply_seconds
        self.differences += other.differences


def drawn(seed: int, count: int, batch_size: int) -> Iterator[list[Sent]]:
    """Batches with as many requests of each action, in a random order."""
    random, numbers, now = Random(seed), itertools.count(1), datetime.now(UTC)
    makers = {action: requests(action, random, numbers, now) for action in ACTIONS}
    while count > 0:
        size = min(count, batch_size)
        batch = [(action, next(maker)) for action, maker in makers.items() for _ in range(size)]
        random.shuffle(batch)
        yield batch
        count -= size


def check(batches: Iterable[list[Sent]], root: Path) -> Figures:
    """Converts and applies each batch in a directory of its own below `root`."""
    figures = Figures()
    with ThreadPoolExecutor(WORKERS) as executor:
        for one in executor.map(lambda item: _check(item[1], root / str(item[0])), enumerate(batches)):
            figures.add(one)
    return figures


def _check(batch: Sequence[Sent], place: Path) -> Figures:
    (place / "manifests").mkdir(parents=True)
    with running(credentials={KEYS["TENCENTCLOUD_SECRET_ID"]: KEYS["TENCENTCLOUD_SECRET_KEY"]}) as url:
        return _checked(batch, place, url)


def _checked(batch: Sequence[Sent], place: Path, url: str) -> Figures:
    figures = Figures(Counter(action for action, _ in batch))
    lines = [json.dumps({"action": action, "request": body}) for action, body in batch]
    (place / "requests.jsonl").write_text("\n".join(lines))
    began = time.monotonic()
    converted = _reconciler(place, {}, "convert", "requests.jsonl", "--workspace")
    figures.convert_seconds += time.monotonic() - began
    (place / "manifests" / "converted.yaml").write_text(converted.stdout)
    documents = [one.value for one in read_documents(converted.stdout.encode(), "converted")]
    figures.differences += [text for document in documents for text in complaints(document)]
    secrets = _secrets(converted.stderr, batch, figures)
    shown = converted.stdout + converted.stderr
    figures.differences += [f"{name}'s value is shown" for name, value in secrets.items() if value in shown]
    figures.differences += ["a push signature is shown"] if re.search("txSecret=|txTime=", shown) else []
    began = time.monotonic()
    there = {**KEYS, **secrets, "TRTC_SECRET_KEY": "property-trtc-key", "RECONCILER_ENDPOINT": url}
    _reconciler(place, there, "apply", "--auto-approve")
    figures.apply_seconds += time.monotonic() - began
    _reconciler(place, there, "plan", "--detailed-exitcode")
    figures.differences += differences(batch, arrived(url), set(secrets.values()))
    return figures


def _reconciler(
    place: Path, environ: Mapping[str, str], *arguments: str
) -> "subprocess.CompletedProcess[str]":
    """The command line in a process of its own, which must exit with 0."""
    ran = subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=place,
        env={**_bare(), **environ, "XDG_STATE_HOME": str(place / "xdg")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{arguments}: {ran.stderr[-4000:]}{ran.stdout[-4000:]}"
    return ran


def _bare() -> dict[str, str]:
    ours = ("TENCENTCLOUD_", "TRTC_", "STREAM_", "RECONCILER_")
    named = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**named, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUTF8": "1"}


def _secrets(told: str, batch: Sequence[Sent], figures: Figures) -> dict[str, str]:
    """Every variable that a warning names, with what stands in the request where the warning points."""
    found: dict[str, str] = {}
    for line in told.splitlines():
        warning = _WARNING.fullmatch(line)
        figures.warnings += 1
        variable = _VARIABLE.search(warning[3]) if warning else None
        if warning is None or variable is None:
            continue
        figures.references += 1
        value = _at(batch[int(warning[1]) - 1][1], warning[2])
        if variable[1].startswith("STREAM_PUSH_KEY_"):
            value = "property-push-key"
        assert found.setdefault(variable[1], value) == value, f"{variable[1]} stands for two secrets"
    return found


def _at(value: Any, path: str) -> Any:
    for name, index in _STEP.findall(path):
        value = value[name] if name else value[int(index)]
    return value


def arrived(url: str) -> list[dict[str, Any]]:
    answer = http.get(f"{url}/_admin/calls", timeout=60)
    calls = [call for call in answer.json()["calls"] if call["errorCode"] != "RequestLimitExceeded"]
    return [call for call in calls if not call["action"].startswith("Describe")]


def differences(batch: Sequence[Sent], calls: Sequence[Mapping[str, Any]], held: set[str]) -> list[str]:
    """Each request that did not arrive as it was; `held` are the values that variables hold."""
    waiting = {_key(call["action"], call["request"]): call for call in calls}
    found = []
    if len(waiting) != len(calls) or len(calls) != len(batch):
        found.append(f"{len(batch)} requests, {len(calls)} calls, {len(waiting)} of them unlike")
    for action, body in batch:
        call = waiting.get(_key(action, body))
        if call is None or call["errorCode"] is not None:
            found.append(f"{action} {body} became {call}")
        elif _comparable(with_rooms(body, body), held) != _comparable(call["request"], held):
            found.append(f"{action} {json.dumps(body)} became {json.dumps(call['request'])}")
    return found


def _key(action: str, body: Mapping[str, Any]) -> tuple[str, str]:
    """What a request is told apart by: its robot or user, its operator, its stream or its session."""
    agent = body.get("AgentParams", body)
    names = ("UserId", "Operator", "StreamName", "MixStreamSessionId")
    return action, str(next((agent[name] for name in names if agent.get(name)), None))


def with_rooms(value: Any, task: Mapping[str, Any]) -> Any:
    """The same with the task's room for each user of whom none is named: that is sent, and told of."""
    if isinstance(value, list):
        return [with_rooms(one, task) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: with_rooms(one, task) for name, one in value.items()}
    user = found.get("UserInfo")
    if isinstance(user, dict) and "RoomId" not in user:
        found["UserInfo"] = {**user, "RoomId": task["RoomId"], "RoomIdType": task["RoomIdType"]}
    return found


def _comparable(value: Any, held: set[str]) -> Any:
    """The same without UserSigs, IDs of ours, and the signatures of push addresses that are made anew."""
    if isinstance(value, dict):
        said = {name: one for name, one in value.items() if name != "UserSig" and not _is_ours(one)}
        args = said.get("PushArgs")
        if isinstance(args, str) and args not in held:
            said["PushArgs"] = [one for one in args.split("&") if not _SIGNED.match(one)]
        return {name: _comparable(one, held) for name, one in said.items()}
    if isinstance(value, list):
        return [_comparable(one, held) for one in value]
    if isinstance(value, str) and value.startswith("rtmp://") and value not in held and "?" in value:
        address, _, query = value.partition("?")
        return address, [one for one in query.split("&") if not _SIGNED.match(one)]
    return (type(value), value) if isinstance(value, bool) else value


def _is_ours(value: Any) -> bool:
    """Whether it is an ID that a start gets of ours."""
    return isinstance(value, str) and re.fullmatch(r"rc-[0-9a-f]{12}-[0-9]+", value) is not None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="requests of each action")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        figures = check(drawn(given.seed, given.count, BATCH), Path(root))
    for action, count in figures.requests.items():
        print(f"{action:28} {count:6} requests")
    print(f"{figures.warnings} warnings, {figures.references} of them name a variable to set")
    took = f"converted in {figures.convert_seconds:.1f} s, applied in {figures.apply_seconds:.1f} s"
    print(f"{took}: the times of all batches, of which {WORKERS} run at once")
    for difference in figures.differences[:20]:
        print(difference)
    print(f"{len(figures.differences)} differences")
    return 1 if figures.differences else 0


if __name__ == "__main__":
    sys.exit(main())
