"""A week of a hundred streams in simulated time: all ends by itself, and an apply an hour sets it right.

People leave rooms and come back, sources end, robots are kicked, forbids lapse or are lifted by another hand,
pushes are cut once their signatures have expired, recordings are renewed at night, tasks run by a schedule;
callbacks of all that come late, doubled, in any order, or never, which is why each apply asks with --probe.
The cloud is the simulator without HTTP; all else is what an apply of the command is made of.

    python -m tests.chaos.week --seed 1 --hours 168 --streams 110
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from reconciler.applying.results import ChangeResult
from reconciler.applying.tools import Append, Tools
from reconciler.calls import Call
from reconciler.cloud.retry import Caller, Timing
from reconciler.cloud.translate import ApiError, translate
from reconciler.errors import Gone
from reconciler.kinds import managed
from reconciler.kinds.callback_bodies import removed_user, task_event
from reconciler.kinds.callbacks import RemovedUser, TaskEvent, reported_tasks
from reconciler.kinds.records import records_of
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address, Status
from reconciler.observing.asking import Connection
from reconciler.observing.evidence import answered, combined, contested, told_by_events, told_by_removals
from reconciler.observing.observer import observe
from reconciler.observing.receiving import Keys, judge
from reconciler.plan.model import Change, Plan
from reconciler.planning.found_tasks import found_tasks
from reconciler.planning.planner import draft_plan
from reconciler.planning.probing import probing_plan
from reconciler.planning.timing import scheduled
from reconciler.running.run import Run, execute_plan
from reconciler.simulator import actions
from reconciler.simulator.callbacks import Delivery, signature
from reconciler.simulator.clock import Clock as SimulatedClock
from reconciler.simulator.cloud import Cloud as Simulated
from reconciler.simulator.errors import ApiError as Refused
from reconciler.simulator.services import ACTIONS
from reconciler.simulator.store import Store
from reconciler.simulator.tasks import Task
from reconciler.state.model import Entry, Owner, State

from ..disk import Disk
from ..fake_host import Computer, Inline
from ..support import LINEAGE, loaded
from .wire import Clock
from .world import Free

BY_NAME = {action.name: action for action in ACTIONS}
HOUR, DAY = 3600.0, 86400.0
BEGIN = 1_774_224_000.0  # Monday, 23 March 2026, 00:00 UTC: daylight-saving time begins in Europe at its end
KEY = "Callback0Key1"
PACE_SECONDS = 0.05
STEPS = 6
"""So often in an hour something can befall the cloud, and a judge looks."""

HEAD = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: week}
spec:
  region: ap-guangzhou
  trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}
  safety: {maxStops: {percent: 100}, maxReplaces: {percent: 100}}
  renewal: {windows: [{begins: "03:00", ends: "05:00", utcOffset: "+08:00"}]}
"""
DOMAIN = "3891.livepush.myqcloud.com"
SPECS = {
    "mix": ("MixStream", "agent: {userId: robot-N, maxIdleTime: 600}, publish: [{url: rtmp://D/live/s-N}]"),
    "signed": (
        "MixStream",
        "publish: [{url: rtmp://D/live/s-N, auth: {key: {env: STREAM_KEY}, validFor: 24h}}]",
    ),
    "relay": (
        "RelayStream",
        "user: {userId: speaker}, agent: {userId: robot-N, maxIdleTime: 600}, publish: [{url: rtmp://D/live/s-N}]",
    ),
    "once": ("IngestStream", 'streamUrl: "https://films.example/N.mp4"'),
    "again": ("IngestStream", 'streamUrl: "https://films.example/N.mp4", onEnd: restart'),
    "loop": ("IngestStream", 'streamUrl: "https://films.example/N.mp4", repeatNum: -1, maxDuration: 600'),
    "office": (
        "RelayStream",
        "user: {userId: speaker}, publish: [{url: rtmp://D/live/s-N}], schedule: [{from: '2026-01-05T09:00', "
        "rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', ends: '17:00', zone: Europe/Paris}]",
    ),
    "night": (
        "IngestStream",
        "streamUrl: \"https://films.example/N.mp4\", repeatNum: -1, schedule: [{from: '2026-01-05T22:00', "
        "rule: 'FREQ=DAILY', lasts: 8h, zone: America/New_York}]",
    ),
    "pull": ("PullStream", "sourceUrls: [rtmp://feeds.example/live/N], publish: {url: rtmp://D/live/p_N}"),
    "tape": (
        "Recording",
        "resourceExpiredHour: 24, record: {recordMode: single, maxIdleTime: 3600}, "
        "storage: {cloudVod: {tencentVod: {expireTime: 604800}}}",
    ),
    "blend": (
        "LiveMix",
        "inputs: [{stream: p_M, slot: all}], layout: {mode: custom, canvas: {width: 640, height: 360}, "
        "slots: [{name: all, imageWidth: 640, imageHeight: 360}]}, output: {stream: b_N, type: new}",
    ),
}
ROOMLESS = ("LiveStream", "PullStream", "LiveMix")
FORBIDDEN = "domainName: D, streamName: f-N, state: forbidden"


def documents(streams: int) -> str:
    """So many streams, each sort in turn; every tenth is one that is forbidden."""
    sorts, texts = list(SPECS), [HEAD]
    for number in range(1, streams + 1):
        kind, spec = ("LiveStream", FORBIDDEN) if number % 10 == 0 else SPECS[sorts[number % len(sorts)]]
        room = "" if kind in ROOMLESS else f"room: {number}, "
        body = (
            f"{room}{spec}".replace("-N", f"-{number}")
            .replace("/N.", f"/{number}.")
            .replace("p_M", f"p_{_pulled(number)}")
            .replace("_N", f"_{number}")
            .replace("/live/N", f"/live/{number}")
            .replace("//D/", f"//{DOMAIN}/")
        )
        body = body.replace("domainName: D", f"domainName: {DOMAIN}")
        head = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: s-{number}}}\n"
        texts.append(f"{head}spec: {{{body}}}\n")
    return "---\n".join(texts)


def _pulled(number: int) -> int:
    """The last stream before that one which is pulled."""
    sorts = list(SPECS)
    return next((at for at in range(number, 0, -1) if at % 10 and sorts[at % len(sorts)] == "pull"), 0)


@dataclass
class Week(Computer):
    """A computer that applies once an hour, and a cloud in which things end meanwhile."""

    seed: int
    streams: int = 100
    loss: float = 0.1
    clock: Clock = field(default_factory=lambda: Clock(BEGIN))
    disk: Disk = field(default_factory=Disk)
    tokens: Iterator[int] = field(default_factory=count)
    carried: Any = None
    notices: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, float] = field(default_factory=dict)
    longest: float = 0.0
    slowest: str = ""
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.simulated = Simulated(Store(), {})
        self.simulated.clock = SimulatedClock(self.simulated.store, machine=self.clock)
        self.simulated.callbacks._clock = self.simulated.clock
        self.simulated.callbacks._machine = self.clock
        with self.simulated.store.transaction():
            self.simulated.callbacks.set(Delivery(KEY))
        self.caller = Caller(self, Free(), Timing(self.clock, self.clock.sleep, Random(self.seed).uniform))
        self.workspace = loaded(documents(self.streams))
        self.known = State()
        self.events: list[tuple[float, str, TaskEvent | RemovedUser]] = []
        self._taken = 0
        self._seen_keys: set[str] = set()
        for number in range(1, self.streams + 1):
            with self.simulated.store.transaction():
                seconds = self.random.choice((600, 5400, 4 * HOUR, 2 * DAY))
                self.simulated.world.playbacks.measure(f"https://films.example/{number}.mp4", seconds, BEGIN)

    # What an apply is made of

    def send(self, call: Call, body: dict[str, Any], moment: float | None = None) -> dict[str, Any]:
        """One attempt of a call, answered without HTTP."""
        self.clock.sleep(PACE_SECONDS)
        self.calls[call.action.name] += 1
        now = self.clock.now
        request = actions.Call(
            call.action.name, call.region, "account", json.loads(json.dumps(body)), now, now
        )
        try:
            with self.simulated.store.transaction():
                self.simulated.settle()
                try:
                    return self.simulated.perform(BY_NAME[call.action.name], request)
                finally:
                    if not call.action.name.startswith("Describe"):
                        self.simulated.callbacks.note()
        except Refused as refusal:
            raise translate(call.action, ApiError(refusal.code, str(refusal), "r"), str) from refusal

    def tools(self, append: Append) -> Tools:
        return Tools(
            send=self.caller.call,
            resolve=self.resolver(self.clock).resolve_request,
            append=append,
            clock=self.clock,
            executor=Inline(),
            interrupted=lambda: False,
        )

    def planned(self, workspace: Workspace, state: State, at: float | None = None) -> Plan:
        records = records_of(state)
        told = [event for due, _, event in self.events if due <= self.clock.now]
        tasks = [one for one in told if isinstance(one, TaskEvent)]
        by_events = told_by_events(records.values(), tasks)
        connection = Connection(self.caller.call, Inline(), self.clock)
        asked = observe(
            records.values(),
            workspace.settings,
            connection,
            only_authoritative=True,
            also=contested(by_events),
        )
        removals = told_by_removals(records.values(), [one for one in told if isinstance(one, RemovedUser)])
        late = answered(records.values(), self.clock.now)
        drafted = draft_plan(
            workspace.settings,
            workspace.resources,
            state,
            combined((asked.observed, by_events, removals, late)),
            now=self.clock.now if at is None else at,
            found=found_tasks(records, reported_tasks(tasks)),
        )
        return drafted.plan

    def probe(self) -> list[ChangeResult]:
        """Asks the tasks that have no Describe, as --probe does before an apply."""
        holder = {"pid": 1, "host": "h", "command": "apply --probe", "since": "now"}
        with self.backend().hold(Owner("demo"), holder) as held:
            records = records_of(held.state).values()
            plan = probing_plan(self.workspace.settings, held.state, records, self.clock.now)
            if not plan.changes:
                return []
            run = Run(f"probe{next(self.tokens)}", "2026-11-21T10:00:00Z", LINEAGE)
            return list(execute_plan(plan, held, run, self.tools).results)

    # What happens meanwhile

    def tasks(self) -> list[Task]:
        return self.simulated.world.tasks.living()

    def befall(self) -> None:
        """Some minutes of the cloud: who leaves, who comes back, what is thrown out, cut or lifted."""
        world, now, random = self.simulated.world, self.clock.now, self.random
        with self.simulated.store.transaction():
            self.simulated.settle()
            for task in self.tasks():
                chance = random.random()
                if task.kind == "publish" and chance < 0.008:
                    self.happened["rooms emptied"] += 1
                    world.rooms.occupy(_room(task), [], now)
                elif chance > 0.998 and task.kind in ("publish", "recording"):
                    self.happened["robots kicked"] += 1
                    world.tasks.end(task.task_id, "robot-kicked", now)
            for stream in world.streams.all(now, world.forbid_by_name):
                if stream.state == "forbid" and random.random() < 0.0005:
                    self.happened["forbids lifted"] += 1
                    world.streams.resume(stream.name, world.forbid_by_name, now)
                elif stream.state == "active" and random.random() < 0.004:
                    self.happened["pushes cut"] += 1
                    world.streams.drop(stream.name, now)
            for room in world.rooms.all():
                if not room["users"] and random.random() < 0.3:
                    place = (int(str(room["sdkAppId"])), str(room["roomId"]), int(str(room["roomIdType"])))
                    world.rooms.occupy(place, ["speaker"], now)
            self.simulated.settle()
            self.simulated.callbacks.note()
        self.receive()

    def receive(self) -> None:
        """The callbacks of what has happened: lost, doubled, and late by up to half an hour."""
        query = "SELECT id, body FROM outbox WHERE id > ? ORDER BY id"
        for one in self.simulated.store.rows(query, (self._taken,)):
            self._taken = one["id"]
            self.happened["callbacks"] += 1
            if self.random.random() < self.loss:
                self.happened["callbacks lost"] += 1
                continue
            for _ in range(1 + (self.random.random() < 0.2)):
                self.accept(
                    one["body"].encode(), self.clock.now + self.random.choice((0.0, 1.0, 60.0, 1800.0))
                )

    def accept(self, body: bytes, due: float) -> None:
        """What the receiver does of a callback that arrives then."""
        verdict = judge(body, signature(KEY, body), Keys(KEY), due)
        if verdict.event is None:
            return
        if verdict.event.key in self._seen_keys:
            self.happened["callbacks doubled"] += 1
            return
        self._seen_keys.add(verdict.event.key)
        event = task_event(verdict.event.body) or removed_user(verdict.event.body)
        if event is not None:
            self.events.append((due, verdict.event.key, event))

    # Who judges

    def judge(self, since: float) -> None:
        """Notes each stream that is on and should be off, or the other way round, and for how long."""
        wanted = {one.address: one for one in scheduled(self.workspace.resources, self.clock.now)}
        state = self.known
        running = {_task_name(task) for task in self.tasks()}
        world = self.simulated.world
        streams = world.streams.all(self.clock.now, world.forbid_by_name)
        forbidden = {one.name.stream for one in streams if one.state == "forbid"}
        for address, resource in wanted.items():
            entry = state.entries.get(address)
            right = self._is_right(address, resource.wanted, entry, running, forbidden)
            name = str(address)
            if right:
                began = self.wrong.pop(name, self.clock.now)
                if self.clock.now - began > self.longest:
                    self.longest, self.slowest = self.clock.now - began, name
            else:
                self.wrong.setdefault(name, since)
        for name in running - {_recorded_name(entry) for entry in state.entries.values()}:
            self.failures.append(f"{self.clock.now - BEGIN:.0f} s: task {name[:8]} runs untracked")

    def _is_right(
        self, address: Address, wanted: Status, entry: Any, running: set[str], forbidden: set[str]
    ) -> bool:
        if managed(address).is_switch:
            return (f"f-{address.name.removeprefix('s-')}" in forbidden) is (wanted is Status.FORBIDDEN)
        runs = entry is not None and _recorded_name(entry) in running
        if wanted is Status.RUNNING:
            return runs or (entry is not None and entry.status is Status.FINISHED)
        return not runs

    def run(self, hours: int) -> None:
        """So many hours, each with an apply at its beginning, and a plan after it that is empty."""
        for hour in range(hours):
            begun = self.clock.now = max(self.clock.now, BEGIN + hour * HOUR)
            with self.simulated.store.transaction():
                self.simulated.settle()
                self.simulated.callbacks.note()
            self.receive()
            self.judge(begun)
            results = [*self.probe(), *self.apply_all(self.workspace)]
            self.known = self.state()
            self.failures += [
                f"hour {hour}: {one.change.address}: {one.error}"
                for one in results
                if one.error is not None and not isinstance(one.error, Gone)
            ]
            self.happened["changes"] += len(results)
            self.receive()
            self.judge(self.clock.now)
            left = self._left(begun)
            ended = {
                _task_name(one) for one in self.simulated.world.tasks.all() if (one.ended_at or 0.0) >= begun
            }
            for one in left:
                if one.before is None or _recorded_name(one.before) not in ended:
                    self.failures.append(f"hour {hour}: {one.address} is still to be changed: {one.reason}")
            for step in range(1, STEPS):
                self.clock.now = max(self.clock.now, BEGIN + hour * HOUR + step * HOUR / STEPS)
                self.befall()
                self.judge(self.clock.now - HOUR / STEPS)

    def _left(self, begun: float) -> list[Change]:
        """What a plan would still do, but for what has become due since the apply began."""
        left = self.planned(self.workspace, self.known).changes
        then = (
            {one.address for one in self.planned(self.workspace, self.known, begun).changes} if left else ()
        )
        return [one for one in left if one.address in then]

    @property
    def worst(self) -> float:
        """The longest time for which anything was wrong, in seconds."""
        return max([self.longest, *(self.clock.now - since for since in self.wrong.values())])


def _task_name(task: Task) -> str:
    """What is known of a task: the session of a live mix, which tells no TaskId, and else its TaskId."""
    return str(task.request["MixStreamSessionId"]) if task.kind == "mix" else task.task_id


def _recorded_name(entry: Entry) -> str:
    """The same of what is recorded; "" where no task is."""
    session = None if entry.status.is_over else entry.spec.get("sessionId")
    return str(entry.task_id or session or "")


def _room(task: Task) -> tuple[int, str, int]:
    return task.request["SdkAppId"], task.request["RoomId"], task.request["RoomIdType"]


def summary(week: Week, hours: int, seconds: float) -> str:
    """The figures in lines."""
    reasons = Counter(task.end_reason for task in week.simulated.world.tasks.all() if task.end_reason)
    words = [
        f"{week.streams} streams, {hours} hours, seed {week.seed}: {sum(week.calls.values())} calls",
        ", ".join(f"{number} {name}" for name, number in sorted(week.happened.items())),
        "tasks ended: " + ", ".join(f"{number} {name}" for name, number in sorted(reasons.items())),
        ", ".join(f"{number} {name}" for name, number in sorted(week.calls.items())),
        f"wrong for at most {week.worst:.0f} s ({week.slowest}); {len(week.failures)} failures",
        f"{seconds:.1f} s",
    ]
    return "\n".join(words)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=int, default=168)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--loss", type=float, default=0.1, help="share of callbacks that never come")
    given = parser.parse_args()
    week, begun = Week(given.seed, given.streams, given.loss), time.monotonic()
    week.run(given.hours)
    print(summary(week, given.hours, time.monotonic() - begun))
    print("\n".join(week.failures[:20]))
    return 1 if week.failures else 0


if __name__ == "__main__":
    sys.exit(main())
