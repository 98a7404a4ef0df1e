"""The fleet as it is shown: golden text, and the same as data."""

import json

from reconciler.backends.work import WorkerStanding, WorkStanding
from reconciler.reports.fleet import (
    fleet_text,
    fleet_to_json,
    worker_text,
    workspace_text,
    workspace_to_json,
)

WHO = {"host": "machine-1", "pid": 7, "command": "watch", "since": "2026-01-01T00:00:00Z"}
WORKERS = [
    WorkerStanding("worker-1", WHO, 7200.0, 2.0, 1, False),
    WorkerStanding("worker-2", {**WHO, "host": "machine-2"}, 60.0, 4.0, 0, True),
]
SHOWN = {
    "shown": {"doing": "wait", "resources": {"ok": 3, "down": 1}, "told": ["too much\x1b[31m to stop"]},
}
WORKS = [
    WorkStanding("autumn", "north", 12.0, "", "", 4, "worker-2", 18.0, "waiting", SHOWN),
    WorkStanding("spring", "", -3.0, "a callback was received", "worker-1", 9, "worker-1", 40.0, "ok"),
    WorkStanding("winter", "south", -90.0, "it came to the fleet", "", 0, "", None, ""),
]

LISTED = """\
WORKER    STANDS    ROUNDS  HEARD OF  HOST
worker-1  at work   1       2 s ago   machine-1
worker-2  draining  0       4 s ago   machine-2

WORKSPACE  ACCOUNT  NEXT ROUND          WORKER    LAST ROUND  ENDED
autumn     north    in 12 s             -         waiting     18 s ago
spring     -        now                 worker-1  ok          40 s ago
winter     south    due for 1 min 30 s  -         -           -
"""
WORKSPACE = """\
The fleet's workspace autumn
  account:     north
  next round:  in 12 s
  worker:      -
  last round:  waiting, 18 s ago, by worker-2
  resources:   3 ok, 1 down
  told:        too much\\u{1b}[31m to stop
"""


def test_the_fleet_as_text() -> None:
    assert fleet_text(WORKERS, WORKS) == LISTED
    assert fleet_text([], []) == "No worker is alive.\n\nNo workspace is in the fleet.\n"


def test_a_workspace_and_a_worker_as_text() -> None:
    assert workspace_text(WORKS[0]) == WORKSPACE
    assert "next round:  now: a callback was received" in workspace_text(WORKS[1])
    assert "worker:      worker-1, fence 9" in workspace_text(WORKS[1])
    assert "has now:     spring\n" in worker_text(WORKERS[0], WORKS)
    assert "has now:     -\n" in worker_text(WORKERS[1], WORKS)


def test_the_same_as_data() -> None:
    found = json.loads(json.dumps(fleet_to_json(WORKERS, WORKS)))
    assert found["formatVersion"] == 1
    assert [one["workspaces"] for one in found["workers"]] == [["spring"], []]
    first, second, third = found["workspaces"]
    assert first["lastRound"] == SHOWN["shown"] and first["dueInSeconds"] == 12.0
    assert (second["worker"], third["worker"], third["endedSecondsAgo"]) == ("worker-1", None, None)
    assert workspace_to_json(WORKS[0]) == first
