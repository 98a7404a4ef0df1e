"""What a worker of the fleet counts, for Prometheus; names are promised in docs/scale.md.

It counts over all workspaces: figures of one would be those of whichever worker had it last. What is the
whole fleet's is the same whoever is asked.
"""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from reconciler.backends.work import WorkStanding
from reconciler.watching.model import Round

_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class FleetMetrics:
    """One registry; `text` is what a scrape gets."""

    def __init__(self, worker: str, version: str) -> None:
        self._registry = registry = CollectorRegistry()
        info = Gauge("reconciler_fleet_info", "This worker.", ["worker", "version"], registry=registry)
        info.labels(worker, version).set(1)
        self.rounds = Counter(
            "reconciler_watch_rounds", "Rounds of this worker by outcome.", ["outcome"], registry=registry
        )
        for outcome in ("ok", "waiting", "busy", "trouble"):
            self.rounds.labels(outcome)
        self.seconds = Histogram(
            "reconciler_watch_round_seconds", "How long a round took.", buckets=_BUCKETS, registry=registry
        )
        self.changes = Counter(
            "reconciler_watch_changes",
            "Changes carried out by verb and result.",
            ["verb", "result"],
            registry=registry,
        )
        self.messages = Counter(
            "reconciler_watch_messages", "Messages by result.", ["result"], registry=registry
        )
        for result in ("sent", "failed", "dropped"):
            self.messages.labels(result)
        self.taken_over = Counter(
            "reconciler_fleet_taken_over", "Rounds taken over from a worker that died.", registry=registry
        )
        self._gauges(registry)

    def _gauges(self, registry: CollectorRegistry) -> None:
        """How it stands, and how the fleet does."""
        self.under_way = Gauge(
            "reconciler_fleet_rounds_under_way", "Rounds of this worker now.", registry=registry
        )
        self.draining = Gauge(
            "reconciler_fleet_draining", "1 if this worker takes nothing new.", registry=registry
        )
        self.left = Gauge(
            "reconciler_fleet_workspaces_left_to_others",
            "How many workspaces there are of which this worker has no manifests, or only older ones.",
            registry=registry,
        )
        self.workspaces = Gauge(
            "reconciler_fleet_workspaces",
            "How many workspaces the fleet has, by account.",
            ["account"],
            registry=registry,
        )
        self.outcomes = Gauge(
            "reconciler_fleet_outcomes",
            "How many workspaces had their last round end so.",
            ["outcome"],
            registry=registry,
        )
        self.late = Gauge(
            "reconciler_fleet_late_seconds",
            "How long the round that has waited longest has been due.",
            registry=registry,
        )

    def hears(self, made: Round) -> None:
        """Counts a round."""
        self.rounds.labels(made.outcome).inc()
        self.seconds.observe(max(made.seconds, 0.0))
        for one in made.results:
            self.changes.labels(str(one.change.verb), str(one.result)).inc()

    def sees(self, all_of_them: Sequence[WorkStanding]) -> None:
        """How the fleet stands."""
        for gauge, key in ((self.workspaces, "account"), (self.outcomes, "outcome")):
            gauge.clear()
            for one in all_of_them:
                gauge.labels(getattr(one, key)).inc()
        self.late.set(max((-one.due for one in all_of_them if not one.worker), default=0.0))

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)
