"""What became of each change of a run."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.cloud.stopped import STOPPED
from reconciler.errors import Exists, NotSent, Outage, OutcomeUnknown, ReconcilerError, UnknownTask
from reconciler.plan.model import Change


class Result(StrEnum):
    """How a change ended; `skipped` and `interrupted` ones were never begun."""

    DONE = "done"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


NOT_BEGUN = (Result.SKIPPED, Result.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """What became of one change; `error` tells why it is not done."""

    change: Change
    result: Result
    error: ReconcilerError | None = None
    task_id: str | None = None


def result_of(error: ReconcilerError, *, begun: bool) -> Result:
    """How a change ends by an error; `begun` tells whether anything of it has taken effect before.

    What is recorded as uncertain is told as that, whatever error it was.
    """
    if isinstance(error, OutcomeUnknown | Exists | UnknownTask):
        return Result.UNCERTAIN
    if begun or not isinstance(error, NotSent):
        return Result.FAILED
    if error.code == STOPPED:
        return Result.INTERRUPTED
    return Result.SKIPPED if isinstance(error, Outage) else Result.FAILED
