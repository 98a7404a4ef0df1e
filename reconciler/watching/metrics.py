"""What a watch counts, for Prometheus; names are promised in docs/watch.md."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from reconciler.plan.status import Health
from reconciler.watching.model import Doing, Round

CONTENT_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """One registry; `text` is what a scrape gets."""

    def __init__(self, workspace: str, version: str) -> None:
        self._registry = registry = CollectorRegistry()
        self.info = Gauge("reconciler_watch_info", "This watch.", ["workspace", "version"], registry=registry)
        self.info.labels(workspace, version).set(1)
        self.rounds = Counter("reconciler_watch_rounds", "Rounds by outcome.", ["outcome"], registry=registry)
        for outcome in ("ok", "waiting", "busy", "trouble"):
            self.rounds.labels(outcome)
        self.seconds = Histogram(
            "reconciler_watch_round_seconds", "How long a round took.", buckets=_BUCKETS, registry=registry
        )
        self.last = Gauge(
            "reconciler_watch_last_seen_timestamp_seconds",
            "When a round last saw how all stands.",
            registry=registry,
        )
        self.leader = Gauge("reconciler_watch_leader", "1 if this watch leads.", registry=registry)
        self.frozen = Gauge("reconciler_watch_frozen", "1 if the workspace is frozen.", registry=registry)
        self.invalid = Gauge(
            "reconciler_watch_manifest_problems",
            "Problems of manifests that do not validate.",
            registry=registry,
        )
        self.waiting = Gauge(
            "reconciler_watch_waiting", "Reasons why changes wait for an apply by hand.", registry=registry
        )
        self._count(registry)

    def _count(self, registry: CollectorRegistry) -> None:
        """What is counted of resources, changes and messages."""
        self.resources = Gauge(
            "reconciler_watch_resources",
            "Resources by whether they stand as wanted.",
            ["health"],
            registry=registry,
        )
        for health in Health:
            self.resources.labels(str(health))
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

    def hears(self, made: Round) -> None:
        """Counts a round."""
        self.rounds.labels(made.outcome).inc()
        self.seconds.observe(max(made.seconds, 0.0))
        self.invalid.set(len(made.problems))
        self.waiting.set(len(made.waits) if made.doing is not Doing.FROZEN else 0)
        for one in made.results:
            self.changes.labels(str(one.change.verb), str(one.result)).inc()
        if made.seen is None:
            return
        self.last.set(made.at)
        self.frozen.set(1 if made.seen.frozen else 0)
        for health in Health:
            count = sum(one.health is health for one in made.seen.report.resources)
            self.resources.labels(str(health)).set(count)

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)
