"""What became of tasks that were said to run: a table, the same in JSON, and the lines of a single one."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from reconciler.cli.holding import say
from reconciler.planning.imports.said import Outcome, Row
from reconciler.reports.escape import json_text, safe

FORMAT_VERSION = 1
GOOD = (Outcome.IMPORTED, Outcome.RECORDED, Outcome.SKIPPED)


def show_rows(rows: Sequence[Row], workspace: str, serial: int, form: str) -> None:
    """Every row on standard output; why one is as it is stands below it, or in its own key."""
    if form == "json":
        click.echo(json_text(_document(rows, workspace, serial)), nl=False)
        return
    cells = [(str(row.outcome), row.address or "-", row.task_id or "-", row.place) for row in rows]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(3)]
    for row, line in zip(rows, cells, strict=True):
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        say("  ".join([*padded, line[3]]), err=False)
        for words in filter(None, (row.message, row.hint and f"hint: {row.hint}")):
            say(f"    {words}", err=False)
    for note in dict.fromkeys(note for row in rows if row.outcome in _RECORDED for note in row.notes):
        say(f"note: {note}")
    say(f"Import: {summary(rows)}; state serial {serial}.", err=False)


_RECORDED = (Outcome.IMPORTED, Outcome.UNVERIFIED)


def summary(rows: Sequence[Row]) -> str:
    """`3 imported, 1 refused`."""
    counts = Counter(row.outcome for row in rows)
    return ", ".join(f"{counts[one]} {one}" for one in Outcome if counts[one]) or "nothing to import"


def _document(rows: Sequence[Row], workspace: str, serial: int) -> dict[str, Any]:
    counts = Counter(row.outcome for row in rows)
    return {
        "formatVersion": FORMAT_VERSION,
        "workspace": workspace,
        "stateSerial": serial,
        "tasks": [
            {
                "place": safe(row.place),
                "address": row.address or None,
                "taskId": row.task_id or None,
                "outcome": str(row.outcome),
                "verified": row.verified,
                "message": row.message,
                "hint": row.hint,
                "notes": list(row.notes),
            }
            for row in rows
        ],
        "summary": {str(one): counts[one] for one in Outcome},
    }
