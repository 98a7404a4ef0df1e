"""A seed's scenario: what is wanted, edits, applies in bad weather, and what is left when all is quiet.

Some resources run; the manifests change; an apply is carried out in bad weather, dies, is carried
out again, perhaps with other manifests. Then the weather is fair: one plain apply follows, and
another once nothing can arrive late any more, which verifies what was in doubt. Every second seed is
behind a proxy.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import count
from random import Random

from reconciler.errors import ReconcilerError

from ..disk import Disk, Killed
from .behind import Behind, Direct, Way
from .cloud import Cloud
from .crew import in_one_thread
from .fates import FATES
from .judge import Finding, judged
from .quick import quickly
from .scenes import WAYS, Choice, edited, first, manifests
from .wire import Clock, Outage, Weather, Wire
from .world import World

BEYOND = 331.0
"""Seconds after which no start of the last apply is suspect any more."""

ROUNDS = (1, 1, 2, 3)
"""Applies in bad weather."""

MOST_VERIFICATIONS = 3
OUTAGES = 0.15
"""The share of applies in bad weather in which an endpoint is away for some time."""

AWAY = ("unreachable", "request lost", "answer lost", "late", "fails after")
LENGTHS = (3.0, 40.0, 400.0)
"""What befalls each request then, and for how many seconds."""

OPERATIONS = 160
"""Deaths are drawn among so many operations of the disk; an apply of few changes has fewer."""


@dataclass(frozen=True, slots=True)
class Options:
    """What may befall a run: `fates` by their names, `kinds` of resources."""

    fates: tuple[str, ...] = tuple(name for name in FATES if name)
    kinds: tuple[str, ...] = tuple(dict.fromkeys(address.kind for address in WAYS))
    deaths: bool = True
    outages: bool = True


@dataclass
class Figures:
    """What has happened in so many runs, and the seeds that failed, each with what was found."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: dict[int, list[Finding]] = field(default_factory=dict)

    def add(self, other: "Figures") -> None:
        self.counts += other.counts
        self.failures |= other.failures


@dataclass
class Scenario:
    """One seed's run as it goes on."""

    seed: int
    options: Options
    figures: Figures
    random: Random = field(init=False)
    outages: Random = field(init=False)
    choice: Choice = ()
    way: Way = field(init=False)
    world: World = field(init=False)
    cloud: Cloud = field(init=False)

    def __post_init__(self) -> None:
        self.random, self.outages = Random(self.seed), Random(f"outages of {self.seed}")
        self.way = Behind(Random(-self.seed), self.figures.counts) if self.seed % 2 else Direct()
        addresses = [address for address in WAYS if address.kind in self.options.kinds]
        number = min(len(addresses), self.random.choice((1, 1, 2, 2, 3)))
        self.addresses = sorted(self.random.sample(addresses, number))
        self.choice = first(self.random, self.addresses) if self.random.random() < 0.8 else ()
        disk, self.cloud, clock = self.beginning()
        weather = Weather(self.random)
        self.world = World(disk, Wire(self.cloud, clock, weather, FATES, self.way), self.random)

    def beginning(self) -> tuple[Disk, Cloud, Clock]:
        """Disk, cloud and clock as they are after an apply of the first manifests."""
        disk, cloud, now = begun(self.choice)
        return disk.copy(), cloud.copy(count(1000)), Clock(now)

    def run(self) -> list[Finding]:
        """What is wrong in the end; a state that cannot be read is."""
        try:
            return self._run()
        except ReconcilerError as error:
            return [Finding("state", f"{type(error).__name__}: {error.message}")]

    def _run(self) -> list[Finding]:
        self.figures.counts["runs"] += 1
        for _ in range(self.random.choice(ROUNDS)):
            self.choice = edited(self.random, self.addresses, self.choice)
            self._in_bad_weather()
            self._pause()
        self.world.wire.weather.fates, self.world.wire.outage = (), Outage()
        self._in_fair_weather()
        self._at_the_edge()
        verifications = 0
        while True:
            self.world.wire.clock.sleep(BEYOND)
            self.world.wire.deliver()
            self._in_fair_weather()
            verifications += 1
            found = judged(self.world, self.cloud, self.choice)
            if not found or verifications == MOST_VERIFICATIONS:
                self.figures.counts[f"settled by verification {verifications}"] += not found
                return found

    def _pause(self) -> None:
        self.world.wire.clock.sleep(self.random.uniform(0, self.random.choice((1, 20, 400))))
        self.world.wire.deliver()

    def _at_the_edge(self) -> None:
        """Perhaps an apply in the very second after a suspicion is over, or somewhere before."""
        moments = [
            datetime.fromisoformat(late_call.until).timestamp()
            for entry in self.world.state().entries.values()
            for late_call in entry.late_calls
        ]
        clock = self.world.wire.clock
        if moments and self.random.random() < 0.5:
            end = self.random.choice(moments) + 0.001
            clock.now = max(clock.now, self.random.choice((end, self.random.uniform(clock.now, end))))
            self.world.wire.deliver()
            self._in_fair_weather()

    def _in_bad_weather(self) -> None:
        """An apply that may die at any operation, with a share of its requests befallen by a few fates."""
        random, weather, disk = self.random, self.world.wire.weather, self.world.disk
        fates = self.options.fates
        weather.fates = tuple(random.sample(fates, random.randint(1, min(4, len(fates))))) if fates else ()
        weather.share = random.choice((0.15, 0.4, 0.75))
        self.world.wire.outage = self._outage()
        self.world.share = random.choice((0.0, 0.3, 0.7))
        disk.kills, disk.half = True, random.random() < 0.5
        disk.fail_at = random.randint(1, OPERATIONS) if self.options.deaths and random.random() < 0.6 else 0
        begun = len(self.world.wire.log)
        interrupted = random.random() < 0.1
        self.world.stop_after = begun + random.randint(0, 4) if interrupted else None
        self._apply()
        self.world.stop_after = None

    def _outage(self) -> Outage:
        """Perhaps one that begins within the apply, and ends within it or not; drawn apart from all else."""
        if not self.options.outages or self.outages.random() >= OUTAGES:
            return Outage()
        begins = self.world.wire.clock.now + self.outages.choice((0.0, self.outages.uniform(0.0, 1.0)))
        return Outage(begins, begins + self.outages.choice(LENGTHS), self.outages.choice(AWAY))

    def _in_fair_weather(self) -> None:
        self.figures.counts["re-runs"] += 1
        self._apply()

    def _apply(self) -> None:
        """A process from its beginning to its end; what the next one finds is what it left on the disk."""
        self.figures.counts["applies"] += 1
        note = self.world.wire.log.append
        note(f"-- apply {', '.join(f'{address} {way}' for address, way in self.choice) or 'nothing'}")
        try:
            for ending in self.world.apply_all(manifests(self.choice)):
                note(f"   {ending.change.address} {ending.change.verb}: {ending.result} {ending.error or ''}")
        except Killed:
            self.figures.counts["deaths"] += 1
            note("   dead")
        except ReconcilerError as error:
            self.figures.counts["failed applies"] += 1
            note(f"   {type(error).__name__}: {error.message}")
        self.world.disk = self.world.disk.copy()


@lru_cache(maxsize=20_000)
def begun(choice: Choice) -> tuple[Disk, Cloud, float]:
    """Disk, cloud and time after an apply of what was chosen, in which nothing went wrong."""
    cloud = Cloud()
    wire = Wire(cloud, Clock(), Weather(Random(0)), FATES)
    world = World(Disk(), wire, Random(0), share=0.0)
    world.apply_all(manifests(choice))
    found = judged(world, cloud, choice)
    assert not found, found
    return world.disk.copy(), cloud, wire.clock.now


@contextmanager
def prepared() -> Iterator[None]:
    """Everything in one thread, and quickly."""
    with ExitStack() as stack:
        stack.enter_context(in_one_thread())
        stack.enter_context(quickly())
        yield


def run_seeds(seeds: Iterable[int], options: Options, most: int | None = None) -> Figures:
    """What came of these seeds; no more of them once `most` have failed."""
    figures = Figures()
    with prepared():
        for seed in seeds:
            scenario = Scenario(seed, options, figures)
            found = scenario.run()
            figures.counts.update(scenario.world.wire.tally)
            if found:
                figures.failures[seed] = found
                if most is not None and len(figures.failures) >= most:
                    break
    return figures


def told(seed: int, options: Options) -> str:
    """The whole scenario of a seed, for a person to read."""
    with prepared():
        scenario = Scenario(seed, options, Figures())
        beginning = f"begins with {scenario.choice}"
        found = scenario.run()
    lines = [beginning, *scenario.world.wire.log, *(f"{one.sort}: {one.what}" for one in found)]
    return "\n".join([*lines, "found nothing" if not found else f"seed {seed} fails"])
