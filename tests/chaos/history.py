"""A history of runs of every sort, held against what this test saw happen and against the simulator's world.

Real processes apply changing manifests: some to their end, some from a saved plan, some are killed (SIGKILL)
at any point, some interrupted (SIGINT), some meet faults, and the state is edited by hand in between. Then
`reconciler history` must tell of each what became of it, and of each call what the cloud knows of it.

    python -m tests.chaos.history [--runs 100] [--seed 1] [--spoil NAME]
"""

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.backends.local.keeper import RunKeeper
from reconciler.backends.local.runs import Runs
from reconciler.state.ending import SIMPLY_DONE
from reconciler.state.model import State
from tests.chaos.processes_children import PATIENCE, Child, Hook, import_commands
from tests.chaos.processes_steps import CALLS, Steps, put
from tests.chaos.processes_wishes import Wishes, changed, first
from tests.chaos.processes_world import APPLY, STATE, World, world

OF_EACH = {"MixStream": 3, "RelayStream": 2, "IngestStream": 2, "RenderStream": 1, "LiveStream": 2}
CHANGED = 0.5
LAST_POINT = 160
"""Of the points at which an apply of so many changes can die; a run that has fewer outlives its death."""

DEATHS = (
    *CALLS,
    *("journal: sync, after", "journal: sync, before", "journal: remove, before", "journal: remove, after"),
    *("state: rename, after", "run: rename, before", "run: rename, after"),
)
"""Points at which a death is told best, beside any other."""

SLOW = {"action": "*", "kind": "delay", "nth": 1, "count": 10**6, "seconds": 0.3}
REFUSAL, LOSS = "InvalidParameterValue", "drop-response"
READ_ONLY = "Describe"
DOUBTS = ("unknown", "unanswered")

Call = Mapping[str, Any]


@dataclass
class Deed:
    """One command that was run: what was done to it, how its process ended, which calls arrived meanwhile.

    `recorded` is what the state's file said afterwards, unless a journal was left beside it.
    """

    way: str
    command: str
    pid: int
    code: int
    calls: list[Call] = field(default_factory=list)
    recorded: Mapping[str, Any] | None = None
    grave: str = ""
    said: str = ""


class Teller:
    """Runs commands of every sort in one world, and notes what it saw."""

    def __init__(self, cloud: World, chance: Random, spoil: Hook) -> None:
        self.world = cloud
        self.chance = chance
        self.spoil = spoil
        self.deeds: list[Deed] = []
        self.wishes: Wishes = {}
        self._plans = 0
        self._seen = 0

    def deed(self) -> None:
        """One more command of a sort that is drawn."""
        ways = (self.simply, self.saved, self.killed, self.interrupted, self.faulty, self.edited)
        (way,) = self.chance.choices(ways, weights=(3, 1, 5, 2, 3, 2))
        self.wishes = changed(self.wishes, first(OF_EACH), self.chance, CHANGED if self.wishes else 1.0)
        self.world.write(self.wishes)
        way()

    def simply(self) -> None:
        self._note("simply", "apply", self._start(*APPLY))

    def saved(self) -> None:
        self._plans += 1
        self.world.run("plan", "--out", f"plan-{self._plans}")
        self._note("saved", "apply", self._start("apply", f"plan-{self._plans}", "--auto-approve"))

    def killed(self) -> None:
        grave = self.world.root / "grave"
        grave.unlink(missing_ok=True)
        anywhere = self.chance.random() < 0.4
        number = self.chance.randint(1, LAST_POINT if anywhere else 4)
        steps = Steps(number, grave, "" if anywhere else self.chance.choice(DEATHS))
        child = self._start(*APPLY, hook=steps.install)
        self._note("killed", "apply", child)
        self.deeds[-1].grave = grave.read_text() if grave.exists() else ""

    def interrupted(self) -> None:
        self.world.post("faults", [SLOW])
        before = len(self.world.calls())
        child = self._start(*APPLY)
        end = time.monotonic() + PATIENCE
        while not child.ended(0.02) and time.monotonic() < end:
            if any(_changes(call) for call in self.world.calls()[before:]):
                child.signal(signal.SIGINT)
                break
        self._note("interrupted", "apply", child)
        self.world.post("faults", [])

    def faulty(self) -> None:
        kind = self.chance.choice((LOSS, "error"))
        action = self.chance.choice(("Start", "Update", "Stop")) + "PublishCdnStream"
        fault = {
            "action": action,
            "kind": kind,
            "nth": self.chance.randint(1, 2),
            "count": 1,
            "code": REFUSAL,
        }
        self.world.post("faults", [fault])
        self._note(f"faulty ({kind})", "apply", self._start(*APPLY))
        self.world.post("faults", [])

    def edited(self) -> None:
        """An edit that leaves what runs known: a name that goes there and back, or a state that is pushed."""
        if not (self.world.root / STATE).exists():
            return
        if self.chance.random() < 0.4:
            pulled = self.world.run("state", "pull")
            (self.world.root / "pulled.json").write_text(pulled.out)
            self._note("edited", "state push", self._start("state", "push", "pulled.json"))
            return
        resources = self.world.state()["resources"]
        if not resources:
            return
        old = self.chance.choice(sorted(resources))
        for source, target in ((old, f"{old}-once"), (f"{old}-once", old)):
            self._note("edited", "state mv", self._start("state", "mv", source, target))

    def _start(self, *arguments: str, hook: Hook = lambda: None) -> Child:
        def both() -> None:
            self.spoil()
            hook()

        return self.world.start(*arguments, hook=both)

    def _note(self, way: str, command: str, child: Child) -> None:
        pid, ran = child.pid, child.ran()
        time.sleep(0.06 if ran.code < 0 else 0)  # what a dead process has sent is carried out
        calls = self.world.calls()
        arrived = [call for call in calls[self._seen :] if _changes(call)]
        self._seen = len(calls)
        is_left = any("journal" in name for name in self.world.beside_the_state())
        recorded = None if is_left else self.world.state()["resources"]
        self.deeds.append(Deed(way, command, pid, ran.code, arrived, recorded, said=ran.out))


def _changes(call: Call) -> bool:
    return not call["action"].startswith(READ_ONLY)


class Judge:
    """Holds the history against the deeds; gives every way in which it is wrong."""

    def __init__(self, teller: Teller) -> None:
        self.world = teller.world
        self.deeds = teller.deeds
        self.runs = self.asked()["runs"]
        self.by_pid = {run["who"]["pid"]: run for run in self.runs}
        self.calls = {run["run"]: self.asked("--run", run["run"])["calls"] for run in self.runs}
        self.told = [(deed, self.by_pid.get(deed.pid)) for deed in self.deeds]

    def asked(self, *question: str) -> Any:
        ran = self.world.run("history", "--format", "json", *question)
        assert ran.code == 0, ran.err
        return json.loads(ran.out)

    def wrongs(self) -> Iterator[str]:
        pids = [deed.pid for deed, run in self.told if run is not None]
        if pids != [run["who"]["pid"] for run in reversed(self.runs)]:
            yield "the runs are not those that were, in their order"
        for number, (deed, run) in enumerate(self.told):
            where = f"{deed.way} ({deed.grave}), exit {deed.code}"
            found = self.missing(deed) if run is None else self.ending(deed, run, number)
            yield from (f"{where}: {one}" for one in found)
            if run is not None:
                yield from (f"{where}: {one}" for one in self.sent(deed, run))
        yield from self.settlements()
        yield from self.lives()
        yield from self.shown()

    def missing(self, deed: Deed) -> Iterator[str]:
        """A command without a run: it must have sent and changed nothing."""
        if deed.calls:
            yield f"no run is kept, though {len(deed.calls)} calls arrived"
        if deed.way == "edited" and "is unchanged" not in deed.said:
            yield "an edit is not kept"

    def ending(self, deed: Deed, run: Mapping[str, Any], number: int) -> Iterator[str]:
        if run["command"] != deed.command:
            yield f"it is said to be {run['command']}"
        if deed.code >= 0:
            wanted = {0: "done", 1: "failed", 130: "interrupted"}[deed.code]
            if run["result"] != wanted or run["recoveredBy"]:
                yield f"it is said to be {run['result']}, and not {wanted}"
            return
        later = (other["run"] for _, other in self.told[number + 1 :] if other is not None)
        if run["result"] == "unfinished":
            if run["recoveredBy"] != next(later, None):
                yield f"it was recovered by {run['recoveredBy']}"
        elif sum(run["results"].values()) != sum(run["changes"].values()) or not deed.grave:
            yield f"it was killed, and is said to be {run['result']}"

    def sent(self, deed: Deed, run: Mapping[str, Any]) -> Iterator[str]:
        """Each call that arrived is told with its outcome, and none that did not of one that lived."""
        told = [call for call in self.calls[run["run"]] if call["action"]]
        missing = Counter(call["action"] for call in deed.calls) - Counter(call["action"] for call in told)
        if missing:
            yield f"not told of: {dict(missing)}"
        told = [call for call in told if call["result"] != "not sent"]
        if deed.code >= 0 and len(told) != len(deed.calls):
            yield f"{len(told)} calls are told, and {len(deed.calls)} arrived"
        for call in deed.calls:
            answer = call["response"] or {}
            request, task = answer.get("RequestId"), answer.get("TaskId")
            # One that was killed may not have heard the answer, and then tells a call in doubt.
            unheard = deed.code < 0 and any(
                one["action"] == call["action"] and one["result"] in DOUBTS for one in told
            )
            if (
                call["errorCode"]
                and not unheard
                and not any(
                    (one["code"], one["requestId"]) == (call["errorCode"], request)
                    or one["result"] == "repeated"
                    for one in told
                )
            ):
                yield f"{call['action']} ended in {call['errorCode']} ({request}), which is not told"
            starts = call["action"].startswith("Start") and task and not call["errorCode"]
            if starts and not any(one["taskId"] == task or one["result"] in DOUBTS for one in told):
                yield f"TaskId {task} is not told"

    def settlements(self) -> Iterator[str]:
        """What settled a doubt came after it, and a start in doubt was settled by the runs that followed."""
        order = [run["run"] for run in reversed(self.runs)]
        for run, calls in self.calls.items():
            for call in calls:
                if call["result"] not in DOUBTS:
                    continue
                settled = call["settledBy"]
                if settled is not None and order.index(settled["run"]) < order.index(run):
                    yield f"{call['address']} in doubt by {run} was settled before"
                if settled is None and call["action"] == "StartPublishCdnStream":
                    yield f"{call['address']}: the start in doubt of {run} was never settled"

    def lives(self) -> Iterator[str]:
        """One resource's life is what all runs tell of it, under either of its names."""
        for address in sorted(first(OF_EACH)):
            names = (address, f"{address}-once")
            told = [
                (run["run"], call)
                for run in self.runs
                for call in reversed(self.calls[run["run"]])
                if call["address"] in names and call["result"] != "dropped"
            ]
            life = self.asked("--address", address)["calls"]
            found = [(call.pop("run"), call) for call in life if call["result"] != "dropped"]
            if found != told:
                yield f"the life of {address} is not what its runs tell: {len(found)} and {len(told)} calls"

    def shown(self) -> Iterator[str]:
        """`state show --at` gives what the state's file said then."""
        kept = [(deed, run) for deed, run in self.told if run is not None and deed.recorded]
        for deed, run in kept[:: max(1, len(kept) // 8)]:
            address, wanted = max((deed.recorded or {}).items())
            ran = self.world.run("state", "show", address, "--at", run["run"])
            if ran.code or json.loads(ran.out) != wanted:
                yield f"{address} at {run['run']} is not as it was: {ran.out}{ran.err}"


def tell(runs: int, seed: int, spoil: Hook) -> tuple[Counter[str], list[str]]:
    """(how many deeds ended how, what is wrong) of a history of so many commands."""
    import_commands()
    with world() as cloud:
        teller = Teller(cloud, Random(seed), spoil)
        while len(teller.deeds) < runs:
            teller.deed()
        for _ in range(2):  # settles what is in doubt
            teller.simply()
        judge = Judge(teller)
        text = cloud.run("history").out
        wrongs = [*judge.wrongs()]
        if len(text.splitlines()) != len(judge.runs) + 1:
            wrongs.append("the text does not have a line a run")
        ends = Counter(f"{deed.way}: {run['result'] if run else 'no run'}" for deed, run in judge.told)
        cloud.keep = bool(wrongs)
    return ends, wrongs


def unkept() -> None:
    """Spoils the history in this process: no run is kept."""
    put(Runs, "keep", lambda *_: None)


def always_done() -> None:
    """Spoils it: what was found unfinished is said to be done."""
    write = RunKeeper._write

    def written(self: RunKeeper, begin: Any, ended: Any, state: State, records: Any, *by: str) -> None:
        write(self, begin, SIMPLY_DONE if by else ended, state, records, *by)

    put(RunKeeper, "_write", written)


def without_edits() -> None:
    """Spoils it: an edit by hand is no run."""
    put(RunKeeper, "keep_edit", lambda *_: None)


SPOILS: dict[str, Callable[[], None]] = {
    "unkept": unkept,
    "always-done": always_done,
    "edits": without_edits,
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spoil", choices=SPOILS)
    chosen = parser.parse_args()
    began = time.monotonic()
    ends, wrongs = tell(chosen.runs, chosen.seed, SPOILS.get(chosen.spoil, lambda: None))
    print(f"{sum(ends.values())} commands in {time.monotonic() - began:.0f} s, {len(wrongs)} told wrongly")
    for end, count in sorted(ends.items()):
        print(f"{count:6} {end}")
    for wrong in wrongs:
        print(wrong)
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
