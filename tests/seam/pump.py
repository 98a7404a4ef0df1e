"""A pump: a task with a TaskId whose start ends no other, which ends at a moment, and can be read back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Annotated, Any, Literal

from reconciler.calls import Action, Call, OwnId, SentMoment
from reconciler.claims import Claim
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Subject
from reconciler.kinds.expirations import Expiration, moment_of
from reconciler.kinds.marks import RESTART, read_recorded
from reconciler.kinds.questions import Listing, Page, Question
from reconciler.meanings import ErrorMeaning
from reconciler.model import Effect, Observation, Status
from reconciler.moments import unix_seconds
from reconciler.state.model import Entry

from .host import Denied
from .plain import PlainKind

GONE = {"InvalidParameter.TaskNotExist": ErrorMeaning.ENDED}
START = Action(
    "works", "2020-01-01", "StartPump", per_second=10, regional=False, effect=Effect.START, token="OwnId"
)
CHANGE = Action(
    "works", "2020-01-01", "ChangePump", per_second=10, regional=False, effect=Effect.UPDATE, errors=GONE
)
STOP = Action(
    "works", "2020-01-01", "StopPump", per_second=10, regional=False, effect=Effect.STOP, errors=GONE
)
DESCRIBE = Action("works", "2020-01-01", "DescribePumps", per_second=10, regional=False)
PER_PAGE = 2
END, TOKEN = "end", "token"
HOUR = 3600
LASTS = 100 * HOUR


class PumpSpec(Spec):
    """What is pumped, how hard, and until when."""

    state: Literal["running", "paused", "stopped"] = "running"
    source: Annotated[str, RESTART] = "well"
    power: int = 1
    end: str | None = None


@dataclass(frozen=True)
class PumpKind(PlainKind):
    """Started with an ID of ours where the works know such `tokens`, else with one in a note."""

    tokens: bool = True
    name: str = "Pump"
    spec: type[Spec] = PumpSpec
    actions: tuple[Action, ...] = (START, CHANGE, STOP, DESCRIBE)
    pause_ends: str = "never"
    starters: tuple[Action, ...] = (START,)

    def identity(self, spec: PumpSpec) -> Claim | None:
        return None

    def start(self, subject: Subject) -> Call:
        spec: PumpSpec = subject.spec
        known = subject.made.get(TOKEN)
        own = known or OwnId(TOKEN, f"{subject.address.name}-")
        note = f"a pump [{known}]" if known else OwnId(TOKEN, f"{subject.address.name}-", "a pump [", "]")
        named = {"OwnId": own} if self.tokens else {"Note": note}
        end = spec.end or SentMoment(END, LASTS)
        return Call(START, "", {"Source": spec.source, "Power": spec.power, "End": end, **named})

    def update(self, subject: Subject) -> Call | None:
        changed = self._changed(subject)
        return self._change(subject, changed) if changed else None

    def expirations(self, entry: Entry) -> tuple[Expiration, ...]:
        """The end that the entry tells of."""
        end = self.ends(entry)
        return () if end is None else (Expiration("the pump", end, "an apply before that goes on", HOUR),)

    def ends(self, entry: Entry) -> float | None:
        declared = read_recorded(PumpSpec, entry.spec).end
        return moment_of(declared or entry.made.get(END))

    def renew_at(self, entry: Entry) -> float | None:
        """Half way, where the manifest does not say when it ends."""
        end = self.ends(entry)
        declared = read_recorded(PumpSpec, entry.spec).end is not None
        return None if end is None or declared else end - LASTS / 2

    def renew(self, subject: Subject) -> Call:
        return self._change(subject, {**self._changed(subject), "End": SentMoment(END, LASTS)})

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        return (Call(STOP, "", {"TaskId": subject.task_id}),)

    def pause(self, subject: Subject) -> Call:
        return self._change(subject, {**self._changed(subject), "Paused": True})

    def resume(self, subject: Subject) -> Call:
        return self._change(subject, {**self._changed(subject), "Paused": False})

    def sought(self, subject: Subject) -> Question | None:
        """By its TaskId, by its ID of ours, or in the list by its note."""
        token = subject.made.get(TOKEN)
        if subject.task_id is not None and (token is None or not subject.doubled):
            return Question(("pump", str(subject.task_id)), asks({"TaskId": subject.task_id}), one_of, LIST)
        if token is None:
            return None
        if self.tokens:
            return Question(("pump", token), asks({"OwnId": token}), one_of)
        return Question(("pump", token), None, one_of, LIST)

    def found(self, subject: Subject, answer: Any, at: float) -> Observation:
        if not answer or unix_seconds(answer["End"]) <= at:
            return Observation(Status.ENDED, f"{DESCRIBE.name} has no such pump", at)
        status = Status.PAUSED if answer["Paused"] else Status.RUNNING
        made = {} if subject.spec.end else {END: answer["End"]}
        return Observation(
            status, f"{DESCRIBE.name} reports {status}", at, task_id=answer["TaskId"], made=made
        )

    def as_told(self, spec: Any, answer: Any) -> Spec:
        end = answer["End"] if spec.end is not None else None
        told = {"source": answer["Source"], "power": answer["Power"], "end": end}
        return PumpSpec(**{**spec.model_dump(), **told})

    def _changed(self, subject: Subject) -> dict[str, Any]:
        spec: PumpSpec = subject.spec
        found: dict[str, Any] = {}
        if any(base.power != spec.power for base in subject.bases):
            found["Power"] = spec.power
        if any(base.end != spec.end for base in subject.bases):
            found["End"] = spec.end or SentMoment(END, LASTS)
        return found

    def _change(self, subject: Subject, changed: Mapping[str, Any]) -> Call:
        return Call(CHANGE, "", {"TaskId": subject.task_id, **changed})


def about(what: Mapping[str, Any]) -> Call:
    return Call(DESCRIBE, "", what)


def asks(what: Mapping[str, Any]) -> Callable[[], Call]:
    return partial(about, what)


def one_of(response: Mapping[str, Any]) -> Any:
    return next(iter(response["Pumps"]), {})


def page_of(response: Mapping[str, Any]) -> Page:
    found = {("pump", key): one for one in response["Pumps"] for key in (one["TaskId"], one["Own"]) if key}
    return Page(found, response["Pages"])


LIST = Listing(
    ("pumps",),
    lambda page, size: about({"Page": page}),
    lambda site: (1,),
    page_of,
    absent={},
    newest_first=True,
)


@dataclass(frozen=True)
class Pump:
    """One task of the works."""

    id: str
    body: Mapping[str, Any]
    paused: bool = False

    @property
    def ends(self) -> float:
        return unix_seconds(self.body["End"])


def told(pump: Pump) -> dict[str, Any]:
    note = pump.body.get("Note", "")
    own = note.partition("[")[2].rstrip("]") or pump.body.get("OwnId")
    said = {name: pump.body[name] for name in ("Source", "Power", "End")}
    return {"TaskId": pump.id, "Own": own, "Paused": pump.paused, **said}


@dataclass
class Works:
    """The world of pumps; `twice` is what a second start with the same ID is answered with."""

    twice: str = "same"
    pumps: dict[str, Pump] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    def running(self, now: float) -> list[Pump]:
        return [one for one in self.pumps.values() if one.ends > now]

    def serve(self, action: str, body: Mapping[str, Any], now: float) -> dict[str, Any]:
        every = {
            START.name: self._start,
            CHANGE.name: self._change,
            STOP.name: self._stop,
            DESCRIBE.name: self._describe,
        }
        return every[action](body, now)

    def _describe(self, body: Mapping[str, Any], now: float) -> dict[str, Any]:
        listed = list(reversed(self.pumps.values()))
        if "TaskId" in body:
            listed = [one for one in listed if one.id == body["TaskId"]]
        elif "OwnId" in body:
            listed = [one for one in listed if one.body.get("OwnId") == body["OwnId"]]
        page = body.get("Page", 1)
        pages = -(-len(listed) // PER_PAGE) or 1
        return {
            "Pumps": [told(one) for one in listed[(page - 1) * PER_PAGE : page * PER_PAGE]],
            "Pages": pages,
        }

    def _start(self, body: Mapping[str, Any], now: float) -> dict[str, Any]:
        own = body.get("OwnId")
        there = next((one for one in self.pumps.values() if own and one.body.get("OwnId") == own), None)
        if there is not None:
            if self.twice == "same":
                return {"TaskId": there.id}
            raise Denied("FailedOperation.TaskExist")
        task_id = f"pump-{next(self.numbers)}"
        self.pumps[task_id] = Pump(task_id, dict(body))
        return {"TaskId": task_id}

    def _there(self, body: Mapping[str, Any]) -> Pump:
        found = self.pumps.get(body["TaskId"])
        if found is None:
            raise Denied("InvalidParameter.TaskNotExist")
        return found

    def _change(self, body: Mapping[str, Any], now: float) -> dict[str, Any]:
        there = self._there(body)
        changed = {name: value for name, value in body.items() if name not in ("TaskId", "Paused")}
        paused = body.get("Paused", there.paused)
        self.pumps[there.id] = replace(there, body={**there.body, **changed}, paused=paused)
        return {"RequestId": "r"}

    def _stop(self, body: Mapping[str, Any], now: float) -> dict[str, Any]:
        del self.pumps[self._there(body).id]
        return {"RequestId": "r"}
