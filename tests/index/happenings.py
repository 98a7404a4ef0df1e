"""What happens to recorded tasks in a history: they end, are restarted, and callbacks tell of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from types import SimpleNamespace
from typing import Any

from reconciler.calls import Call
from reconciler.errors import Refused
from reconciler.kinds import managed
from reconciler.kinds.callbacks import EventGroup, Phase, Received, RemovedUser, TaskEvent
from reconciler.model import Address, EndReason, Status
from reconciler.moments import rfc3339
from reconciler.state.model import Entry, TaskEnd

from ..fake_host import Inline

SWITCH = "LiveStream"
GROUPS = {
    "MixStream": EventGroup.PUBLISH,
    "RelayStream": EventGroup.PUBLISH,
    "IngestStream": EventGroup.INGEST,
}
POLICIES = (
    "  onEnd: leave\n",
    "  onEnd: forget\n",
    "  onEnd: restart\n",
    "  schedule: [{from: '2026-09-21T00:00', rule: FREQ=DAILY, lasts: 15h}]\n",
    "  schedule: [{from: '2026-09-20T00:00', until: '2026-10-01T00:00'}]\n",
    "  protect: [{from: '2026-09-21T00:00', rule: FREQ=WEEKLY, lasts: 3d}]\n",
)


def policy(chance: Random, kind: str) -> str:
    """A line of a spec that says what the end of a task means, or when it is wanted or protected; or none."""
    line = chance.choice(POLICIES) if chance.random() < 0.4 else ""
    return "" if kind == SWITCH and "onEnd" in line else line


def ended_otherwise(chance: Random, entry: Entry, now: float) -> Entry:
    """A record of a task that has ended by itself, or runs again since, or was asked by an update."""
    end = TaskEnd(chance.choice([*EndReason]), rfc3339(now - chance.choice((5, 400, 90000))), "it was seen")
    ago = sorted(chance.sample((3, 40, 150, 500, 5000, 90000), chance.randint(0, 5)), reverse=True)
    restarts = tuple(rfc3339(now - one) for one in ago)
    over = replace(entry, task_id=None, sequence_number=None, end=end, restarts=restarts)
    return chance.choice(
        (
            replace(over, status=Status.ENDED),
            replace(over, status=Status.FINISHED),
            replace(over, status=Status.FAILED),
            replace(entry, end=end, restarts=restarts),
            replace(entry, answered_at=rfc3339(now - chance.choice((10, 590, 7000)))),
        )
    )


@dataclass
class Callbacks:
    """Events as they were received, each with its number."""

    events: list[tuple[int, TaskEvent | RemovedUser]] = field(default_factory=list)
    last: int = 0

    def since(self, place: str) -> Received:
        """Those behind a place."""
        found = [event for number, event in self.events if number > int(place or 0)]
        return Received(tuple(found), str(self.last))

    def all(self) -> list[TaskEvent | RemovedUser]:
        """All that are kept."""
        return [event for _, event in self.events]

    def put(self, event: TaskEvent | RemovedUser) -> None:
        """One more."""
        self.last += 1
        self.events.append((self.last, event))

    def sweep(self, chance: Random) -> None:
        """The older ones go."""
        self.events = self.events[chance.randint(0, len(self.events)) :]

    def tell_of(self, chance: Random, address: Address, entry: Entry, now: float) -> None:
        """Some events of a task: of some of its pushes, in no sure order; or of a start that was lost."""
        kind = managed(address)
        if address.kind not in GROUPS:
            return
        spec, lost = kind.read(entry.spec), entry.status is Status.UNCERTAIN
        task_id = entry.task_id if isinstance(entry.task_id, str) else "found" if lost else "another"
        pushes = kind.pushes.pushes_to(spec) if kind.pushes is not None else frozenset({""})
        robot = kind.imports.robots_in(spec)[0] if kind.imports is not None else None
        for target in sorted(pushes):
            for phase in chance.choices([*Phase], weights=(3, 3, 1, 2), k=chance.randint(0, 3)):
                at = now - chance.choice((1, 20, 300))
                event = TaskEvent(GROUPS[address.kind], task_id, at, phase, target)
                if robot is not None and event.group is EventGroup.PUBLISH:
                    event = replace(event, room=robot.room, robot=robot.user_id)
                self.put(event)
        if robot is not None and chance.random() < 0.2:
            self.put(RemovedUser(str(robot.room), robot.user_id, now - 2))


@dataclass(frozen=True)
class Cloud:
    """Answers as it did before, as long as the history is where it was; most of the time, it refuses."""

    seed: str
    now: float

    def send(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a question."""
        chance = Random(f"{self.seed} {self.now} {call.action.name} {sorted(body.items(), key=str)}")
        if call.action.name == "DescribeStreamIngest":
            return {"Status": chance.choice(("InProgress", "InProgress", "NotExist"))}
        if call.action.name == "DescribeLiveStreamState":
            return {"StreamState": chance.choice(("active", "inactive", "forbid"))}
        raise Refused("not now", code="InternalError")

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """A connection to it."""
        resolver = SimpleNamespace(know=lambda texts: None)
        yield SimpleNamespace(send=self.send, resolver=resolver, executor=Inline())


@dataclass(frozen=True)
class Steady(Cloud):
    """One whose pushes arrive, nearly all, and for days; now and then it says nothing of one."""

    def send(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a question."""
        if call.action.name != "DescribeLiveStreamState":
            return super().send(call, body)
        about = f"{self.seed} {self.now // 400_000} {sorted(body.items(), key=str)}"
        chance = Random(f"{about} steady").choices(("active", "inactive", "forbid", ""), (20, 2, 1, 1))[0]
        if not chance:
            raise Refused("not now", code="InternalError")
        return {"StreamState": chance}
