"""A valve: it is set under an ID of the caller's own, and the same call sets it again; it has no TaskId."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from reconciler.calls import Action, Call
from reconciler.claims import Claim, ClaimKind
from reconciler.errors import Refused
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Subject
from reconciler.kinds.marks import RESTART
from reconciler.meanings import ErrorAdvice, ErrorMeaning
from reconciler.model import Effect

from .host import Denied
from .plain import PlainKind

SET = Action(
    "works",
    "2020-01-01",
    "SetValve",
    per_second=10,
    regional=False,
    effect=Effect.START,
    by_name=True,
    token="ValveId",
    errors={"InvalidParameter.Taken": ErrorAdvice(Refused, "give the pipe another valve")},
)
CLOSE = Action(
    "works",
    "2020-01-01",
    "CloseValve",
    per_second=10,
    regional=False,
    effect=Effect.STOP,
    once=True,
    errors={"InvalidParameter.Closed": ErrorMeaning.ENDED},
)


class ValveSpec(Spec):
    """A valve by its ID, and how far it is open."""

    state: Literal["running", "stopped"] = "running"
    valve: Annotated[str, RESTART] = "v"
    flow: int = 1


class ValveKind(PlainKind):
    """Set, set again, closed."""

    name = "Valve"
    spec = ValveSpec
    actions = (SET, CLOSE)
    starters = (SET,)

    def identity(self, spec: ValveSpec) -> Claim:
        return Claim(ClaimKind.SESSION, spec.valve)

    def task_name(self, spec: ValveSpec) -> str:
        return spec.valve

    def start(self, subject: Subject) -> Call:
        return Call(SET, "", {"ValveId": subject.spec.valve, "Flow": subject.spec.flow})

    def update(self, subject: Subject) -> Call | None:
        if all(base.flow == subject.spec.flow for base in subject.bases):
            return None
        return self.start(subject)

    def verify(self, subject: Subject) -> Call:
        return self.start(subject)

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        return (self.stop_by_name(subject),)

    def stop_by_name(self, subject: Subject) -> Call:
        return Call(CLOSE, "", {"ValveId": subject.spec.valve})


@dataclass
class Valves:
    """The world of valves: how far each that is open is open."""

    open: dict[str, int] = field(default_factory=dict)

    def serve(self, action: str, body: Mapping[str, Any], now: float) -> dict[str, Any]:
        if action == SET.name:
            self.open[body["ValveId"]] = body["Flow"]
        elif self.open.pop(body["ValveId"], None) is None:
            raise Denied("InvalidParameter.Closed")
        return {"RequestId": "r"}


VALVE = ValveKind()
