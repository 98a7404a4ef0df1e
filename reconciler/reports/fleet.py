"""The fleet as text and as data: its workers, and whose each workspace is, due when, and how it stood."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.backends.holders import said_of
from reconciler.backends.work import WorkerStanding, WorkStanding
from reconciler.reports.calendar import duration
from reconciler.reports.escape import safe
from reconciler.reports.history import table

FORMAT_VERSION = 1
NONE = "-"


def fleet_text(workers: Sequence[WorkerStanding], works: Sequence[WorkStanding]) -> str:
    """A line a worker, and a line a workspace."""
    rows = [(one.name, _worker_words(one), str(one.rounds), _ago(one.heard), _host(one)) for one in workers]
    text = (
        table(("WORKER", "STANDS", "ROUNDS", "HEARD OF", "HOST"), rows) if rows else "No worker is alive.\n"
    )
    listed = [
        (one.workspace, one.account or NONE, _next(one), one.worker or NONE, one.outcome or NONE, _ended(one))
        for one in works
    ]
    if not listed:
        return f"{text}\nNo workspace is in the fleet.\n"
    head = ("WORKSPACE", "ACCOUNT", "NEXT ROUND", "WORKER", "LAST ROUND", "ENDED")
    return f"{text}\n{table(head, listed)}"


def workspace_text(one: WorkStanding) -> str:
    """All that is known of one workspace."""
    shown = _shown(one)
    resources = ", ".join(f"{count} {health}" for health, count in shown.get("resources", {}).items())
    facts = [
        ("account", one.account or NONE),
        ("next round", _next(one) + (f": {one.why}" if one.why else "")),
        ("worker", f"{one.worker}, fence {one.fence}" if one.worker else NONE),
        ("last round", f"{one.outcome}, {_ended(one)}, by {one.last}" if one.outcome else NONE),
        ("resources", resources or NONE),
    ]
    told = [f"  told:        {text}" for text in shown.get("told", [])]
    lines = [
        f"The fleet's workspace {one.workspace}",
        *(f"  {name + ':':12} {text}" for name, text in facts),
        *told,
    ]
    return "".join(f"{safe(line)}\n" for line in lines)


def worker_text(one: WorkerStanding, works: Sequence[WorkStanding]) -> str:
    """All that is known of one worker, and the workspaces whose rounds it has."""
    facts = [
        ("stands", _worker_words(one)),
        ("is", said_of(one.who)),
        ("heard of", _ago(one.heard)),
        ("worker for", duration(one.since)),
        ("has now", ", ".join(_held(one, works)) or NONE),
    ]
    lines = [f"Worker {one.name}", *(f"  {name + ':':12} {text}" for name, text in facts)]
    return "".join(f"{safe(line)}\n" for line in lines)


def fleet_to_json(workers: Sequence[WorkerStanding], works: Sequence[WorkStanding]) -> dict[str, Any]:
    """The same as data."""
    return {
        "formatVersion": FORMAT_VERSION,
        "workers": [worker_to_json(one, works) for one in workers],
        "workspaces": [workspace_to_json(one) for one in works],
    }


def worker_to_json(one: WorkerStanding, works: Sequence[WorkStanding]) -> dict[str, Any]:
    """One worker as data; times are in seconds."""
    return {
        "name": one.name,
        "draining": one.draining,
        "heardSecondsAgo": round(one.heard, 1),
        "sinceSeconds": round(one.since, 1),
        "rounds": one.rounds,
        "workspaces": _held(one, works),
        "who": dict(one.who),
    }


def workspace_to_json(one: WorkStanding) -> dict[str, Any]:
    """One workspace as data; times are in seconds, below 0 for what is overdue."""
    shown = _shown(one)
    return {
        "name": one.workspace,
        "account": one.account,
        "dueInSeconds": round(one.due, 1),
        "why": one.why,
        "worker": one.worker or None,
        "fence": one.fence,
        "lastWorker": one.last or None,
        "lastOutcome": one.outcome or None,
        "endedSecondsAgo": None if one.ended is None else round(one.ended, 1),
        **({"lastRound": dict(shown)} if shown else {}),
    }


def _held(one: WorkerStanding, works: Sequence[WorkStanding]) -> list[str]:
    return [work.workspace for work in works if work.worker == one.name]


def _shown(one: WorkStanding) -> Mapping[str, Any]:
    found = one.kept.get("shown", {})
    return found if isinstance(found, Mapping) else {}


def _worker_words(one: WorkerStanding) -> str:
    return "draining" if one.draining else "at work"


def _next(one: WorkStanding) -> str:
    if one.worker:
        return "now"
    return f"in {duration(one.due)}" if one.due > 0 else f"due for {duration(-one.due)}"


def _ended(one: WorkStanding) -> str:
    return NONE if one.ended is None else _ago(one.ended)


def _ago(seconds: float) -> str:
    return f"{duration(seconds)} ago"


def _host(one: WorkerStanding) -> str:
    return str(one.who.get("host", NONE))
