"""Bugs on purpose in what is done about outages and about what runs out: a check must fail of each.

python -m tests.limits.mutants
"""

import sys
from collections.abc import Mapping
from typing import Any

from reconciler.applying import change_execution
from reconciler.applying.claims import ClaimTransfers
from reconciler.applying.results import Result, result_of
from reconciler.applying.step_execution import StepExecution
from reconciler.calls import Call
from reconciler.cli.workers import Reserve, Workers
from reconciler.cloud import circuit
from reconciler.cloud.breaker import Asker
from reconciler.cloud.retry import Caller, Leave
from reconciler.errors import CloudError, ExhaustedError, NotSent, Outage

from ..durability.mutants import changed
from ..mutants import Mutant, first_failing, report
from .checks import CHECKS

ATTEMPT, START, RESULT, BROKEN_OFF = (
    Caller._attempt,
    Workers._start,
    result_of,
    StepExecution.broken_off,
)


def abandoned(
    self: Caller, leave: Leave, call: Call, body: dict[str, Any], moment: float | None
) -> dict[str, Any]:
    """What was in flight when the circuit opened counts as not begun, whatever it is answered."""
    answer = ATTEMPT(self, leave, call, body, moment)
    if not self.gate.holds(leave.permit):
        raise Outage("not begun", code="outage")
    return answer


def any_answer(self: Asker, call: Call) -> bool:
    """Whatever comes back over HTTP says that the cloud is there."""
    try:
        self.sender.send(call, {})
    except NotSent:
        return False
    except CloudError:
        return True
    return True


def swallowed(self: Workers) -> None:
    """A thread that cannot start is passed over."""
    START(self)
    if self.refusal is not None:
        self.refusal = None
        self._threads.append(self._threads[0])


def in_doubt(error: Any, *, begun: bool) -> Result:
    """What was not begun is told as in doubt."""
    return Result.UNCERTAIN if isinstance(error, Outage) else RESULT(error, begun=begun)


def not_begun(error: Any, *, begun: bool) -> Result:
    """Half of a change is told as nothing of it."""
    return Result.SKIPPED if isinstance(error, Outage) else RESULT(error, begun=begun)


def dropped(self: Any, error: ExhaustedError, intent: Any, resolved: Any) -> Any:
    """A call during which the memory ended is taken for one that was not sent."""
    return self.note("refused", self.before, error)


def kept(self: Reserve) -> None:
    """What is kept for the end stays kept."""


def nothing(*_: object) -> None:
    """Instead of a step."""


MUTANTS: Mapping[str, Mutant] = {
    "the breaker never opens": changed(circuit, FEW=10**6),
    "what is in flight when it opens is abandoned": changed(Caller, _attempt=abandoned),
    "any answer over HTTP taken for the cloud's": changed(Asker, __call__=any_answer),
    "a thread that cannot start swallowed": changed(Workers, _start=swallowed),
    "what was not begun told as in doubt": changed(change_execution, result_of=in_doubt),
    "half of a change told as nothing of it": changed(change_execution, result_of=not_begun),
    "names not given back": changed(ClaimTransfers, give_back=nothing),
    "a TaskId dropped where memory ends": changed(StepExecution, broken_off=dropped),
    "the reserve not given back": changed(Reserve, release=kept),
}


def caught_by(mutant: Mutant) -> str | None:
    """The check that fails of a mutant; None if all of them hold."""
    return first_failing(mutant, CHECKS)


if __name__ == "__main__":
    sys.exit(report(MUTANTS, CHECKS))
