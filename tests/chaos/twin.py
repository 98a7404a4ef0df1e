"""The small cloud beside the simulator: every request goes to both, and both must answer the same.

The simulator checks each request whole, by the fields of the reference; it has neither HTTP nor
signatures here. What the two share is the reference alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kinds.ingest_stream.kind import NO_TASK
from reconciler.simulator.actions import Action, Call
from reconciler.simulator.cloud import Cloud as Simulated
from reconciler.simulator.errors import ApiError
from reconciler.simulator.services import ACTIONS
from reconciler.simulator.store import Store

from ..disk import Disk
from ..fake_cloud import Cloud, Denied, Params
from .scenarios import Scenario
from .wire import Clock

BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}


class Differs(AssertionError):
    """The two answers to one request are not the same."""


@dataclass
class Twin(Cloud):
    """A cloud that asks the simulator too; `ids` has the simulator's TaskId for each of ours."""

    clock: Clock = field(default_factory=Clock)
    simulator: Simulated = field(default_factory=lambda: Simulated(Store(), {}))
    ids: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def __post_init__(self) -> None:
        """The small cloud lets a session be ended and begun at once, and a recording is gone at once."""
        with self.simulator.store.transaction():
            self.simulator.world.variants.choose(
                {
                    "mix-cancelled-early": "accept",
                    "mix-started-early": "accept",
                    "recording-exit": "gone",
                }
            )

    def serve(self, action: str, region: str, params: Params) -> dict[str, Any]:
        if action not in BY_NAME or params.get("TaskId") == NO_TASK:
            return super().serve(action, region, params)  # a question whether anybody is there
        self.asked += 1
        theirs = self._simulated(action, region, params)
        try:
            ours: dict[str, Any] | str = super().serve(action, region, params)
        except Denied as refusal:
            ours = str(refusal)
        self._compare(action, params, ours, theirs)
        if isinstance(ours, str):
            raise Denied(ours)
        return ours

    def _simulated(self, action: str, region: str, params: Params) -> dict[str, Any] | str:
        known = {"TaskId": self.ids[params["TaskId"]]} if "TaskId" in params else {}
        now = self.clock.now
        call = Call(action, region, "account", {**params, **known}, now, now)
        try:
            with self.simulator.store.transaction():
                return self.simulator.perform(BY_NAME[action], call)
        except ApiError as refusal:
            return refusal.code

    def _compare(
        self, action: str, params: Params, ours: dict[str, Any] | str, theirs: dict[str, Any] | str
    ) -> None:
        if isinstance(ours, dict) and isinstance(theirs, dict) and "TaskId" in ours:
            self.ids.setdefault(ours["TaskId"], theirs["TaskId"])
            ours = {**ours, "TaskId": self.ids[ours["TaskId"]]}
        if isinstance(ours, dict) and isinstance(theirs, dict) and "TaskInfos" in ours:
            ours, theirs = self._listed(ours), self._as_listed(theirs, ours)
        if isinstance(theirs, dict) and "OnlineInfo" in theirs:
            theirs = {**theirs, "OnlineInfo": [_told_by_both(one) for one in theirs["OnlineInfo"]]}
        if ours != theirs:
            raise Differs(f"{action} {dict(params)}: {ours}, and the simulator {theirs}")
        kept = {self.ids.get(task.id, task.id) for task in self.running() if task.id in self.ids}
        living = {task.task_id for task in self.simulator.world.tasks.all() if task.status != "ended"}
        if kept != living & set(self.ids.values()):
            raise Differs(f"after {action}: {kept} run, and in the simulator {living}")

    def _listed(self, ours: Params) -> dict[str, Any]:
        """A list by the simulator's TaskIds, without what says nothing."""
        tasks = [{**one, "TaskId": self.ids[one["TaskId"]]} for one in ours["TaskInfos"]]
        told = [{name: value for name, value in one.items() if value is not None} for one in tasks]
        return {"TaskInfos": told}

    def _as_listed(self, theirs: Params, ours: Params) -> dict[str, Any]:
        """The simulator's list, as far as the small cloud tells of each task."""
        told = self._listed(ours)["TaskInfos"]
        known = {one["TaskId"]: one.keys() for one in told}
        return {
            "TaskInfos": [
                {name: value for name, value in one.items() if name in known.get(one["TaskId"], one)}
                for one in theirs["TaskInfos"]
            ]
        }


def _told_by_both(online: Params) -> dict[str, Any]:
    """A stream that is active, without since when."""
    return {name: online[name] for name in ("DomainName", "AppName", "StreamName")}


class Paired(Scenario):
    """A scenario whose cloud is a twin; it begins with nothing, as the simulator does."""

    def beginning(self) -> tuple[Disk, Cloud, Clock]:
        self.choice = ()
        clock = Clock()
        return Disk(), Twin(clock=clock), clock
