"""What a worker keeps of workspaces between rounds, so that it need not read their manifests anew."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import click

from reconciler.backends.protocol import StateLocation
from reconciler.cli.fleet_desk import FleetDesk
from reconciler.cli.unexpected import of_a_round
from reconciler.cli.watch_desk import Watched
from reconciler.plan.status import Health
from reconciler.watching.events import Event, Ledger
from reconciler.watching.model import Round
from reconciler.watching.rounds import Rounds, Trace
from reconciler.watching.versions import InForce, InStep, in_force

MOST_RESOURCES = 50_000
"""Resources of all workspaces whose manifests a worker keeps in memory; those used last stay."""


@dataclass
class FleetWatch:
    """One workspace: `context` has the variables that its rounds are made with."""

    desk: FleetDesk
    rounds: Rounds
    context: click.Context
    ledger: Ledger = field(default_factory=Ledger)
    force: InForce = field(default_factory=InForce)
    step: InStep = field(default_factory=InStep)
    unknown: dict[str, float] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many resources it has in memory."""
        reading = self.desk.desk.last
        return 0 if reading is None else len(reading.workspace.resources)

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Goes on from the round before, whoever made that."""
        self.force = in_force(kept.get("manifests", {}))
        self.rounds.recall(kept.get("rounds", {}))
        self.ledger = Ledger(kept.get("told", {}))
        self.desk.desk.was_there = bool(kept.get("wasThere", False))

    def news(self, made: Round) -> list[Event]:
        """What of a round nobody was told of yet; by its manifests the next one is made."""
        reading = self.desk.desk.last
        if reading is not None:
            if reading.version != self.force.version:
                self.force = self.force.followed_by(reading.version)
            self.step = InStep(self.force.number, reading.version)
        return self.ledger.news(made)

    def kept(self, made: Round) -> dict[str, Any]:
        """What the next round has to know, and what is shown of this one."""
        return {
            "manifests": self.force.to_json(),
            "rounds": self.rounds.to_json(),
            "told": dict(self.ledger.told),
            "wasThere": self.desk.desk.was_there,
            "shown": shown(made),
        }


def outcome(made: Round) -> str:
    """A round in a word: as a watch counts it, or that changes failed."""
    return "failing" if made.failing and made.outcome == "ok" else made.outcome


def shown(made: Round) -> dict[str, Any]:
    """What others are shown of a round."""
    resources = {} if made.seen is None else made.seen.report.resources
    counts = {str(health): sum(one.health is health for one in resources) for health in Health}
    return {
        "doing": str(made.doing),
        "seconds": round(made.seconds, 1),
        "resources": {health: count for health, count in counts.items() if count},
        "told": [
            *(*made.problems, *made.troubles, *made.waits),
            *(f"{address}: {why}" for address, why in made.failing.items()),
            *([made.busy] if made.busy else []),
        ],
    }


class FleetWatches:
    """The workspaces that a worker has seen last. `watched` is what is said of all of them."""

    def __init__(
        self,
        watched: Watched,
        store: StateLocation,
        interval: float,
        clock: Callable[[], float],
        trace: Trace,
    ) -> None:
        self._watched, self._store, self._interval = watched, store, interval
        self._clock, self._trace = clock, trace
        self._root = click.get_current_context().find_root()
        self._lock = Lock()
        self._watches: OrderedDict[str, FleetWatch] = OrderedDict()

    def of(self, name: str, paths: tuple[str, ...]) -> FleetWatch:
        """That of a workspace; one that was forgotten begins as a new worker's does."""
        with self._lock:
            found = self._watches.get(name) or self._made(name, paths)
            self._watches[name] = found
            self._watches.move_to_end(name)
            return found

    def shrink(self) -> None:
        """Forgets those that were used longest ago, where all take too much memory."""
        with self._lock:
            most = MOST_RESOURCES
            for name in reversed(list(self._watches)):
                most -= self._watches[name].size
                if most < 0:
                    del self._watches[name]

    def _made(self, name: str, paths: tuple[str, ...]) -> FleetWatch:
        desk = FleetDesk(name, self._store, replace(self._watched, paths=paths))
        context = click.Context(self._root.command, info_name=self._root.info_name, obj=self._root.obj)
        context.params = self._root.params
        rounds = Rounds(
            desk, self._clock, self._interval, self._trace, of_a_round, confirmed=self._watched.new_state
        )
        return FleetWatch(desk, rounds, context)
