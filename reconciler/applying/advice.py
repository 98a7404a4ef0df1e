"""What to do next after a call has failed, where the code of the error alone does not tell.

Whoever follows it has to come out: at what is wanted, or at a resource that is no longer recorded.
"""

from reconciler.calls import TaskIdOf
from reconciler.errors import CloudError, Gone, ReconcilerError, Refused, Superseded, UnknownTask
from reconciler.model import Effect
from reconciler.plan.model import Change, Step
from reconciler.state.sequence import follows_time

_ENDED_AT_ONCE = (
    "find out why it ended right after its start (its source, or an empty room), then run the command again"
)


def advise(error: ReconcilerError, change: Change, step: Step) -> ReconcilerError:
    """The error, with the advice that fits the step that it is of."""
    if not isinstance(error, CloudError):
        return error
    if isinstance(error, UnknownTask) and names_new_task(step):
        return _with_hint(
            Refused, error, "wait a moment (the task has only just started), then run the command again"
        )
    if isinstance(error, Gone) and names_new_task(step):
        return _with_hint(Gone, error, _ENDED_AT_ONCE)
    hint = _hint(error, change, step)
    return error if hint is None else _with_hint(type(error), error, hint)


def names_new_task(step: Step) -> bool:
    """Whether the TaskId of a call is one that an earlier step of the same change was told."""
    return isinstance(step.call.request.get("TaskId"), TaskIdOf)


def _with_hint(kind: type[CloudError], error: CloudError, hint: str) -> CloudError:
    return kind(error.message, code=error.code, request_id=error.request_id, hint=hint)


def _hint(error: CloudError, change: Change, step: Step) -> str | None:
    request = step.call.request
    if isinstance(error, Superseded) and follows_time(int(request.get("SequenceNumber", 0))):
        return (
            "find out who else updates this task and record the highest SequenceNumber they sent, as in "
            f"reconciler state import {change.address} {request['TaskId']} --sequence-number HIGHEST, then "
            f"run the command again; or restart the task with apply --replace {change.address}"
        )
    if type(error) is Refused and _only_ends(step, change):
        return (
            "end the task by other means, or wait for it to end; then remove it with reconciler state rm "
            f"{change.address}, then run the command again"
        )
    return None


def _only_ends(step: Step, change: Change) -> bool:
    """Whether a step is there to end something, so that nothing in the manifest corrects it."""
    if step.call.action.effect is Effect.STOP:
        return True
    told = TaskIdOf(step.id)
    stops = (one.call for one in change.steps if one.call.action.effect is Effect.STOP)
    return any(told in call.request.values() for call in stops)
