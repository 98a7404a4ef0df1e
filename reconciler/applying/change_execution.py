"""The steps of one change, one after the other, as far as they succeed."""

from reconciler.applying.advice import advise
from reconciler.applying.results import ChangeResult, Result, result_of
from reconciler.applying.step_execution import StepExecution
from reconciler.applying.tools import Tools
from reconciler.calls import TaskIdOf
from reconciler.errors import Gone, ReconcilerError
from reconciler.moments import rfc3339
from reconciler.plan.model import Change, Step
from reconciler.state.journal import Outcome
from reconciler.state.model import Entry

NAP = 0.5
"""How soon a pause ends once the run is interrupted, in seconds."""


def execute_change(change: Change, before: Entry | None, tools: Tools) -> tuple[ChangeResult, Entry | None]:
    """(the result, what is recorded of the resource) after as many steps as succeed."""
    entry, task_ids = before, dict[str, str]()
    try:
        if not change.steps:
            at = rfc3339(tools.clock())
            tools.append(Outcome(change.address, str(change.address), "recorded", change.entry, at))
            return ChangeResult(change, Result.DONE), change.entry
        for step in change.steps:
            pause(step.pause_seconds, tools)
            if step is not change.steps[0] and tools.interrupted() and not _ends_what_began(step):
                reason = ReconcilerError(f"{step.call.action.name} was not sent: the run was interrupted")
                return ChangeResult(change, Result.FAILED, reason), entry
            error, entry = StepExecution(change.address, step, entry, task_ids, tools).execute()
            if isinstance(error, Gone) and step.if_task_gone is not None and not tools.interrupted():
                renewed = StepExecution(change.address, step.renewed(), entry, task_ids, tools)
                error, entry = renewed.execute()
            if error is not None:
                error, begun = advise(error, change, step), entry != before or bool(task_ids)
                return ChangeResult(change, result_of(error, begun=begun), error), entry
        return ChangeResult(change, Result.DONE, task_id=_task_id(entry)), entry
    except ReconcilerError as error:
        return ChangeResult(change, Result.FAILED, error, next(iter(task_ids.values()), None)), entry
    except (MemoryError, RuntimeError, OSError) as failure:
        spent = tools.relieved(failure)
        return ChangeResult(change, Result.FAILED, spent, next(iter(task_ids.values()), None)), entry


def pause(seconds: float, tools: Tools) -> None:
    """Lets the seconds pass that the API wants between two calls, unless the run is interrupted."""
    while seconds > 0 and not tools.interrupted():
        tools.wait(min(seconds, NAP))
        seconds -= NAP


def _ends_what_began(step: Step) -> bool:
    """Whether it is about a task that an earlier step of the change has started: that is seen through."""
    return any(isinstance(value, TaskIdOf) for value in step.call.request.values())


def _task_id(entry: Entry | None) -> str | None:
    return entry.task_id if entry is not None and isinstance(entry.task_id, str) else None
