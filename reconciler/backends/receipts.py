"""What a run was told to be durable, as a line for people and pipelines to keep outside the store."""

import json
import re
from dataclasses import dataclass

from reconciler.model import canonical_json

MARK = "RECEIPT"
_LINE = re.compile(rf"\b{MARK} (\{{.*\}})\s*$")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a run was told to be durable at its end: of which workspace and state, by which run.

    `mark` is the store's own token for that version, and `server` tells one server from another; "" where
    it is not known.
    """

    workspace: str
    lineage: str
    serial: int
    mark: str
    server: str
    run: str

    @property
    def line(self) -> str:
        """The line that says it."""
        names = ("workspace", "lineage", "serial", "mark", "server", "run")
        return f"{MARK} {canonical_json({name: getattr(self, name) for name in names})}"


def receipts_in(text: str) -> list[Receipt]:
    """What the lines of a text say, such as a job's log; other lines say nothing. Raises ValueError."""
    return [_receipt(match[1]) for line in text.splitlines() if (match := _LINE.search(line))]


def _receipt(text: str) -> Receipt:
    try:
        data = json.loads(text)
        texts = [data[name] for name in ("workspace", "lineage", "mark", "server", "run")]
        serial = data["serial"]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if not (all(isinstance(one, str) for one in texts) and isinstance(serial, int)):
        raise ValueError("it is not a receipt")
    workspace, lineage, mark, server, run = texts
    return Receipt(workspace, lineage, serial, mark, server, run)
