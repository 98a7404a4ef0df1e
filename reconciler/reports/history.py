"""The history of a state as text and as data: its runs, the calls of one, the life of one resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model import Verb
from reconciler.reports.escape import safe
from reconciler.state.ending import Ending
from reconciler.state.run_calls import NOT_SENT, RunCall, Settlement
from reconciler.state.runs import SHORT, RunRecord

FORMAT_VERSION = 1
RUNNING, UNKNOWN = "running", "unknown"
"""How a run stands that is not over, or of which nobody can tell."""

_NEVER = {"unknown": "never answered", "unanswered": "killed before the answer came"}

_RESULTS = ("done", "failed", "uncertain", "skipped", "interrupted")

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class ToldCall:
    """A call of a run, and what settled it where it was in doubt."""

    run: RunRecord
    call: RunCall
    settled: Settlement | None = None


def result_of(run: RunRecord, host: str) -> str:
    """How a run ended, or that it has not; `host` is this machine, which knows of its own processes alone."""
    if run.end is not None:
        return str(run.end.ended.ending)
    if run.held:
        return RUNNING
    return str(Ending.UNFINISHED) if run.held is False and run.holder.get("host") == host else UNKNOWN


def runs_text(runs: Sequence[RunRecord], host: str) -> str:
    """A line a run, the newest first."""
    return table(("RUN", "BEGAN", "WHO", "WHAT", "REVISION", "RESULT"), run_rows(runs, host))


def run_rows(runs: Sequence[RunRecord], host: str) -> Rows:
    """(run, when it began, who, what, revision, result) of each, in words."""
    return [
        (
            run.run[:SHORT],
            run.begin.at,
            _who(run.holder),
            _what(run),
            _revision(run.holder, SHORT) or "-",
            _ending(run, host),
        )
        for run in runs
    ]


def run_text(run: RunRecord, calls: Sequence[ToldCall], host: str) -> str:
    """All that is known of one run, and a line a call."""
    lines = [f"Run {run.run}: {run.command or 'apply'}, {_ending(run, host)}"]
    lines += [f"  {name + ':':10} {text}" for name, text in _facts(run) if text]
    former = {one.call.renamed_from for one in calls}
    rows = [
        (one.call.at or run.begin.at, str(one.call.address), _action(one), _outcome(one))
        for one in calls
        if one.call.address not in former
    ]
    text = "".join(f"{safe(line)}\n" for line in lines)
    return f"{text}\n{table(('SENT', 'RESOURCE', 'CALL', 'OUTCOME'), rows)}" if rows else text


def life_text(calls: Sequence[ToldCall]) -> str:
    """A line a call of one resource, the newest first."""
    rows = [
        (
            one.call.at or one.run.begin.at,
            one.run.run[:SHORT],
            _who(one.run.holder),
            str(one.call.address),
            _action(one),
            _outcome(one),
        )
        for one in calls
    ]
    return table(("WHEN", "RUN", "WHO", "RESOURCE", "CALL", "OUTCOME"), rows)


def table(head: Sequence[str], rows: Rows) -> str:
    """Columns as wide as what is in them; the last one ends where its text does."""
    listed = [head, *([safe(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in listed) for column in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in listed)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def counted(counts: Mapping[str, int]) -> str:
    """`3 start, 1 update`."""
    order = {str(word): number for number, word in enumerate([*Verb, *_RESULTS])}
    known = sorted(counts.items(), key=lambda item: order.get(item[0], len(order)))
    return ", ".join(f"{count} {word}" for word, count in known if count)


def _who(holder: Mapping[str, Any]) -> str:
    pipeline = _mapping(holder.get("pipeline"))
    if pipeline:
        user = pipeline.get("user") or holder.get("user", "")
        return f"{user} in {pipeline['service']} {pipeline.get('run', '')}".strip()
    return f"{holder.get('user', '?')}@{holder['host']}" if "host" in holder else "-"


def _what(run: RunRecord) -> str:
    end = run.end
    counts = run.begin.intended.changes or (end.ended.results if end is not None and _is_edit(run) else {})
    return f"{run.command or 'apply'}: {counted(counts)}" if counts else run.command or "apply"


def _is_edit(run: RunRecord) -> bool:
    return not run.begin.intended.digest


def _revision(holder: Mapping[str, Any], most: int | None = None) -> str:
    commit = str(holder.get("revision", ""))[:most]
    return f"{commit}-dirty" if commit and holder.get("clean") is False else commit


def _ending(run: RunRecord, host: str) -> str:
    result, end = result_of(run, host), run.end
    if end is None:
        words = {RUNNING: "running", UNKNOWN: "running, or killed"}
        return words.get(result, "unfinished; the next apply recovers it")
    if result == Ending.DONE:
        return result
    counts = counted(end.ended.results)
    taken = f"; recovered by {end.by[:SHORT]}" if end.by else ""
    return f"{result} ({counts}){taken}" if counts else f"{result}{taken}"


def _facts(run: RunRecord) -> list[tuple[str, str]]:
    begin, end, holder = run.begin, run.end, run.holder
    pipeline = _mapping(holder.get("pipeline"))
    words = [pipeline.get(name, "") for name in ("service", "run", "url")]
    by = f"by {pipeline['user']}" if "user" in pipeline else ""
    commit = f"commit {pipeline['commit']}" if "commit" in pipeline else ""
    saved = "saved before it was applied" if begin.plan else ""
    plan = [counted(begin.intended.changes), begin.intended.digest, saved]
    process = f"process {holder['pid']}" if "pid" in holder else ""
    return [
        ("began", begin.at),
        ("ended", end.at if end is not None and not end.by else ""),
        ("recovered", f"{end.at}, by run {end.by}" if end is not None and end.by else ""),
        ("who", ", ".join(filter(None, [_who({**holder, "pipeline": None}), process])) if holder else ""),
        ("pipeline", ", ".join(filter(None, [" ".join(words[:2]).strip(), words[2], by, commit]))),
        ("manifests", _manifests(holder)),
        ("plan", ", ".join(filter(None, plan))),
        ("state", _serials(run)),
    ]


def _manifests(holder: Mapping[str, Any]) -> str:
    commit = str(holder.get("revision", ""))
    if not commit:
        return ""
    return f"{commit}, {'as committed' if holder.get('clean') else 'with uncommitted changes'}"


def _serials(run: RunRecord) -> str:
    before = run.begin.serial
    return f"serial {before}" if run.serial in (None, before) else f"serial {before} → {run.serial}"


def _action(told: ToldCall) -> str:
    """The API's action, or the command that changed the record without one."""
    return told.call.action or f"({told.run.command or 'no call'})"


def _outcome(told: ToldCall) -> str:
    call = told.call
    if call.in_doubt and told.run.end is None and told.run.held:
        return "no answer yet"
    if call.in_doubt:
        return f"{_doubt(call)}; {_settlement(told.settled)}"
    word = "forgotten" if call.result == "recorded" and call.entry is None else call.result
    words = [f"{word}: {call.code}" if call.code else word]
    if call.renamed_from is not None:
        words.append(f"from {call.renamed_from}")
    if call.request_id:
        words.append(f"(request {call.request_id})")
    task = call.entry.task_id if call.entry is not None else None
    if isinstance(task, str) and call.result not in ("refused", NOT_SENT):
        words.append(f"(TaskId {task})")
    return " ".join(words)


def _doubt(call: RunCall) -> str:
    request = f"request {call.request_id}" if call.request_id else ""
    details = ", ".join(filter(None, [call.code, request]))
    return _NEVER[call.result] + (f" ({details})" if details else "")


def _settlement(settled: Settlement | None) -> str:
    if settled is None:
        return "not resolved yet"
    call = settled.call
    what = f"{call.action} {call.result}" if call.action else call.result
    return f"resolved by {settled.run[:SHORT]}: {what}"


def _mapping(value: Any) -> Mapping[str, str]:
    return value if isinstance(value, Mapping) else {}


def run_to_json(run: RunRecord, host: str) -> dict[str, Any]:
    """A run as data; what is not known is null."""
    begin, end, holder = run.begin, run.end, run.holder
    revision = holder.get("revision")
    return {
        "run": run.run,
        "command": run.command or None,
        "result": result_of(run, host),
        "began": begin.at,
        "ended": end.at if end is not None else None,
        "recoveredBy": (end.by or None) if end is not None else None,
        "who": {name: holder.get(name) for name in ("user", "host", "pid", "pipeline")},
        "manifests": {"revision": revision, "clean": holder.get("clean")} if revision else None,
        "changes": dict(begin.intended.changes),
        "planDigest": begin.intended.digest or None,
        "savedPlan": begin.plan is not None,
        "results": dict(end.ended.results) if end is not None else {},
        "serialBefore": begin.serial,
        "serial": run.serial,
    }


def call_to_json(told: ToldCall) -> dict[str, Any]:
    """A call as data; `settledBy` stands only where it was in doubt."""
    call = told.call
    data: dict[str, Any] = {
        "address": str(call.address),
        "action": call.action or None,
        "at": call.at or None,
        "ended": call.ended or None,
        "result": call.result,
        "code": call.code or None,
        "requestId": call.request_id or None,
        "status": str(call.entry.status) if call.entry is not None else None,
        "taskId": call.entry.task_id if call.entry and isinstance(call.entry.task_id, str) else None,
    }
    if call.renamed_from is not None:
        data["renamedFrom"] = str(call.renamed_from)
    if call.in_doubt:
        data["settledBy"] = told.settled and {
            "run": told.settled.run,
            "action": told.settled.call.action or None,
            "result": told.settled.call.result,
        }
    return data
