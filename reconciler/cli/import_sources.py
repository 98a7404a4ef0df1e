"""Files that tell of tasks which run: a script's own log, and the cloud's callbacks as they were received."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.cli.given_moment import moment
from reconciler.cli.standard_input import read_source
from reconciler.errors import UsageError
from reconciler.kinds.callback_bodies import task_event
from reconciler.kinds.callbacks import ReportedTask, TaskEvent, reported_tasks
from reconciler.manifests.reading.guard import MAX_FILE_BYTES
from reconciler.manifests.reading.json_values import JsonValues
from reconciler.planning.imports.said import Outcome, Row, Said, TaskFacts
from reconciler.words import guess

_TX_TIME = re.compile(r"[0-9A-Fa-f]{8}|[0-9]{10}")
_MOST = 2**64 - 1


def tx_time(text: str) -> str:
    """A txTime as it stands in a signed address; raises UsageError for what is none."""
    if _TX_TIME.fullmatch(text) is None:
        raise UsageError(f"{text!r} is not a txTime", "use its eight hexadecimal or ten decimal digits")
    return text


def sequence_number(value: int) -> int:
    """A SequenceNumber; raises UsageError for what the API takes as none."""
    if not 0 <= value <= _MOST:
        raise UsageError(f"{value} is not a SequenceNumber", f"use a number from 0 (none so far) to {_MOST}")
    return value


def log_lines(source: str) -> list[Said | Row]:
    """The tasks of a script's log, one JSON object each; what is wrong with a line is told in its row."""
    found: list[Said | Row] = []
    for place, value in _values(source, found.append):
        try:
            found.append(_said(place, value))
        except UsageError as error:
            task_id, address = (str(value.get(key, "")) for key in ("taskId", "address"))
            found.append(Row(place, address, task_id, Outcome.REFUSED, error.message, error.hint))
    return found


def callback_tasks(source: str) -> tuple[list[ReportedTask], list[Row]]:
    """(the tasks that the callbacks tell of, a row for each line that is none, and one for the others)."""
    rows: list[Row] = []
    events: list[TaskEvent] = []
    others = 0
    for place, value in _values(source, rows.append):
        try:
            event = task_event(value)
        except ValueError as error:
            hint = "remove this line, or use the callback's body as it was received"
            rows.append(Row(place, "", "", Outcome.REFUSED, f"not a callback: {error}", hint))
            continue
        others += event is None
        events += [] if event is None else [event]
    if others:
        words = f"{others} of its events {'is' if others == 1 else 'are'} not about a task"
        rows.append(Row(source, "", "", Outcome.SKIPPED, words))
    return reported_tasks(events), rows


def _values(source: str, report: Callable[[Row], None]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(where it stands, the object) of each; what is no object is reported. Raises UsageError for no file."""
    data = read_source(source, MAX_FILE_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source}: found bytes that are not UTF-8", "save the file as UTF-8") from error

    def refused(line: int, message: str) -> None:
        hint = "write one JSON object per line, or a list of objects"
        report(Row(f"{source}:{line}", "", "", Outcome.REFUSED, message, hint))

    count = 0
    for line, _, value, _ in JsonValues(text).each(refused):
        count += 1
        if isinstance(value, dict):
            yield f"{source}:{line}", value
        else:
            refused(line, "not a JSON object")
    if not count and not text.strip():
        raise UsageError(f"{source}: the file is empty", "use a file with one JSON object per line")


def _said(place: str, line: Mapping[str, Any]) -> Said:
    unknown = sorted(line.keys() - _KEYS.keys() - {"address", "taskId"})
    allowed = ["address", "taskId", *_KEYS]
    if unknown:
        meant = guess(unknown[0], allowed, 0.6)
        raise UsageError(f"unknown key {unknown[0]!r}", f"{meant}allowed: {', '.join(allowed)}")
    facts = {_KEYS[key][0]: _value(key, value) for key, value in line.items() if key in _KEYS}
    address, task_id = (_typed(key, line.get(key), str) for key in ("address", "taskId"))
    return Said(place, address, TaskFacts(task_id, **facts))


def _value(key: str, value: Any) -> Any:
    _, kind, read = _KEYS[key]
    return read(_typed(key, value, kind))


def _typed(key: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        word = "a string" if kind is str else "a whole number"
        raise UsageError(f"{key} is {'missing' if value is None else 'not ' + word}", f"set {key} to {word}")
    return value


_KEYS: Mapping[str, tuple[str, type, Callable[[Any], Any]]] = {
    "robot": ("robot", str, str),
    "since": ("since", str, moment),
    "sequenceNumber": ("sequence_number", int, sequence_number),
    "pausedSince": ("paused_since", str, moment),
    "txTime": ("tx_time", str, tx_time),
}
