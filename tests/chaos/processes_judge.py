"""Holds the simulated cloud against the state file and against what the manifests ask for.

Four ways to be wrong: a task that runs and is not recorded, a record of a task that does not run,
two tasks for one resource, and a world that is not what was asked for.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.processes_wishes import STATES, Wish, Wishes
from tests.chaos.processes_world import STATE, World

RUNS = ("running", "paused")
SETTLED = {"demo.json", "demo.lock", "demo.history", "demo.runs"}
"""All that lies beside the state once nothing is under way."""


@dataclass
class Verdict:
    """What is wrong, by the way in which it is; each with the words for people."""

    orphans: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)

    def words(self) -> list[str]:
        return [f"{name}: {one}" for name, found in vars(self).items() for one in found]


def judge(world: World, wishes: Wishes) -> Verdict:
    """The world after an apply that ended well."""
    tasks, resources = world.tasks(), world.state()["resources"]
    verdict = Verdict(doubles=doubles(tasks))
    verdict.orphans, verdict.dead = unrecorded(tasks, resources)
    verdict.unlike = [*_unlike(world, tasks, wishes), *_misrecorded(resources, wishes)]
    verdict.unlike += [f"{name} lies beside the state" for name in world.beside_the_state() - SETTLED]
    verdict.unlike += sequences(world.calls())
    return verdict


def unrecorded(
    tasks: Iterable[Mapping[str, Any]], resources: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """(what runs without a record, what is recorded and does not run), by TaskId or a render's address."""
    running = {_known_as(task) for task in tasks}
    recorded = {
        address if entry["kind"] == "RenderStream" else entry.get("taskId")
        for address, entry in resources.items()
        if entry["status"] in RUNS and entry["kind"] != "LiveStream"
    }
    return sorted(running - recorded), sorted(map(str, recorded - running))


def doubles(tasks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Resources that more than one task runs for, and addresses that more than one pushes to."""
    listed = list(tasks)
    whose = Counter(_seen(task)[:2] for task in listed)
    pushes = Counter(_address(task) for task in listed if task["kind"] != "ingest")
    return [f"{what} {count} times" for what, count in (whose + Counter(pushes)).items() if count > 1]


def sequences(calls: Iterable[Mapping[str, Any]]) -> list[str]:
    """Updates of one task whose SequenceNumber fell, or stood under another request before."""
    last: dict[str, tuple[int, str]] = {}
    found = []
    for call in calls:
        if call["action"] != "UpdatePublishCdnStream":
            continue
        task, number = call["request"]["TaskId"], call["request"]["SequenceNumber"]
        sent = json.dumps(call["request"], sort_keys=True)
        before = last.get(task, (0, ""))
        if number < before[0] or (number == before[0] and sent != before[1]):
            found.append(f"update {number} of {task} after {before[0]}")
        last[task] = number, sent
    return found


def name_of(task: Mapping[str, Any]) -> str:
    """The resource's name, as the task's address tells it."""
    return _seen(task)[1]


def _known_as(task: Mapping[str, Any]) -> str:
    return f"RenderStream/{task['request']['UserId']}" if task["kind"] == "render" else str(task["taskId"])


def _address(task: Mapping[str, Any]) -> str:
    request = task["request"]
    if task["kind"] == "ingest":
        return str(request["StreamUrl"])
    if task["kind"] == "render":
        return str(request["PublishStreamURL"])
    return str(request["PublishCdnParams"][0]["PublishCdnUrl"])


def _seen(task: Mapping[str, Any]) -> tuple[str, str, int, str]:
    """(kind, name, look, room and status) of what runs, as its address tells."""
    name, _, look = _address(task).rpartition("/")[2].removesuffix(".mp4").rpartition("-")
    room = "" if task["kind"] == "render" else str(task["request"]["RoomId"])
    return task["kind"], name, int(look), f"{room} {task['status']}"


_KINDS = {
    "MixStream": "publish",
    "RelayStream": "publish",
    "IngestStream": "ingest",
    "RenderStream": "render",
}


def _asked(wish: Wish) -> tuple[str, str, int, str]:
    room = "" if wish.kind == "RenderStream" else str(wish.room)
    return _KINDS[wish.kind], wish.name, wish.look, f"{room} {wish.state}"


def _unlike(world: World, tasks: Iterable[Mapping[str, Any]], wishes: Wishes) -> list[str]:
    """What runs and is not asked for, the other way round, and live streams that stand otherwise."""
    seen = Counter(_seen(task) for task in tasks)
    asked = Counter(_asked(wish) for wish in wishes.values() if wish.state in RUNS)
    found = [f"runs unasked: {one}" for one in seen - asked]
    found += [f"does not run: {one}" for one in asked - seen]
    live = {stream["streamName"]: stream["state"] for stream in world.get("live")["streams"]}
    for wish in wishes.values():
        is_live, forbidden = wish.state in STATES["LiveStream"], live.get(wish.name) == "forbid"
        if is_live and forbidden is (wish.state == "allowed"):
            found.append(f"{wish.address} is {live.get(wish.name)}, not {wish.state}")
    return found


def _misrecorded(resources: Mapping[str, Any], wishes: Wishes) -> list[str]:
    """Entries whose status is not what was asked for; one that is to be stopped may have none."""
    found = []
    for wish in wishes.values():
        status = resources.get(wish.address, {}).get("status", "stopped")
        if status != wish.state:
            found.append(f"{wish.address} is recorded as {status}, not {wish.state}")
    return found


def bytes_of_state(world: World) -> bytes:
    """The state's file as it lies there; empty if there is none."""
    path = world.root / STATE
    return path.read_bytes() if path.exists() else b""
