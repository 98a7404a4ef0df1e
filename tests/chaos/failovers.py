"""Failovers of the database under runs and after them, with a real primary and standby in each round.

    python -m tests.chaos.shared failover    [--rounds 50] [--seed 1]
    python -m tests.chaos.shared synchronous [--rounds 50] [--seed 1]
    python -m tests.chaos.shared over        [--rounds 20] [--seed 1]

`failover`: the standby falls behind before a run or in the middle of it, and is promoted while the run
lives. `synchronous`: the standby confirms every commit, and is promoted likewise. `over`: it falls behind,
the run ends, and then it is promoted: the next apply with the run's receipt must refuse.
"""

import time
from functools import partial
from random import Random

from reconciler.backends.postgres.client import Tools
from reconciler.cli import shared_store
from tests.backends.postgres_store import made
from tests.backends.standbys import Pair, paired
from tests.chaos.processes_children import Child
from tests.chaos.processes_interrupts import SLOW
from tests.chaos.processes_judge import judge
from tests.chaos.processes_wishes import Wishes, changed
from tests.chaos.processes_world import APPLY
from tests.chaos.shared_world import SCHEMA, SharedWorld

AT_MOST = 1.0
"""Seconds after its first call in which something happens to a run."""
CHANGED = 0.6
LOST, RECEIPT = "the database had lost", ("--receipt", "receipt")


def patient() -> None:
    """In a child: times as users have them, as a promotion takes a while."""
    vars(shared_store)["Tools"] = partial(Tools, ttl=20.0, patience=15.0, deadline=3.0)


class Failing:
    """One round, on a pair of its own."""

    def __init__(self, world: SharedWorld, pair: Pair, chance: Random) -> None:
        self.world = world
        self.pair = pair
        self.chance = chance
        self.wrongs: list[str] = []
        world.servers = pair.primary
        made(pair.primary, SCHEMA)
        world.afresh()
        place = world.place(pair.primary.port).location.text
        both = pair.url.removeprefix("postgresql://").partition("/")[0].partition("@")[2]
        world.variables["RECONCILER_STATE"] = place.replace(f"127.0.0.1:{pair.primary.port}", both)

    def live(self, everything: Wishes, *, synchronous: bool) -> tuple[str, Wishes]:
        """What came of a failover under a run, and what is wished for now."""
        wishes = self._first(everything)
        early = not synchronous and self.chance.random() < 0.3
        if early:
            self.pair.fall_behind()
        child = self._slow()
        if not synchronous and not early:
            time.sleep(self.chance.uniform(0, AT_MOST / 2))
            self.pair.fall_behind()
        if synchronous:
            time.sleep(self.chance.uniform(0.2, 2 * AT_MOST))
        else:
            self._record(self.chance.randint(1, 8), child)
        self._fail_over()
        self.world.post("faults", [])
        ran = child.ran()
        told = LOST in ran.err
        if ran.code or (synchronous and told):
            self.wrongs.append(f"ended with {ran.code}: {ran.out} {ran.err}")
        when = "no loss by construction" if synchronous else "before the run" if early else "within it"
        return f"{when}, {'told again' if told else 'nothing was lost'}", wishes

    def over(self, everything: Wishes) -> tuple[str, Wishes]:
        """What came of a failover after a run, whose receipt is at hand."""
        wishes = self._first(everything)
        self.pair.fall_behind()
        ran = self.world.start(*APPLY, *RECEIPT, hook=patient).ran()
        if ran.code:
            self.wrongs.append(f"the run ended with {ran.code}: {ran.err}")
        self._fail_over()
        calls = len(self.world.calls())
        ran = self.world.start(*APPLY, *RECEIPT, hook=patient).ran()
        if ran.code != 1 or "wrote serial" not in ran.err or len(self.world.calls()) != calls:
            self.wrongs.append(f"not refused: {ran.code}, {ran.out} {ran.err}")
        return "refused by its receipt", wishes

    def settled(self, wishes: Wishes) -> list[str]:
        """What is wrong after a plain run on what is the primary now."""
        ran = self.world.start(*APPLY, "--lock-timeout", "40s", hook=patient).ran()
        again = self.world.start("plan", "--detailed-exitcode", hook=patient).ran()
        wrongs = [*self.wrongs, *judge(self.world, wishes).words()]
        wrongs += [f"the run after it ended with {ran.code}: {ran.out} {ran.err}"] if ran.code else []
        wrongs += [f"the next plan is not empty: {again.out} {again.err}"] if again.code else []
        return wrongs

    def _first(self, everything: Wishes) -> Wishes:
        """A state that the standby has, and manifests that want another one; what they want."""
        before = changed({}, everything, self.chance, CHANGED)
        self.world.write(before)
        ran = self.world.start(*APPLY, *RECEIPT, hook=patient).ran()
        assert ran.code == 0, ran.out + ran.err
        self.pair.catch_up()
        wishes = changed(before, everything, self.chance, CHANGED)
        self.world.write(wishes)
        return wishes

    def _slow(self) -> Child:
        """A run whose first calls are not answered yet."""
        self.world.post("faults", SLOW)
        before = len(self.world.calls())
        child = self.world.start(*APPLY, hook=patient)
        while len(self.world.calls()) == before and not child.ended(0.02):
            pass
        return child

    def _record(self, count: int, child: Child) -> None:
        """Waits until the run has recorded so much more, which the standby does not get."""
        before = self._recorded()
        while self._recorded() < before + count and not child.ended(0.02):
            pass

    def _recorded(self) -> int:
        [(seq,)] = self.pair.primary.run(f"SELECT coalesce(sum(seq), 0)::bigint FROM {SCHEMA}.hold")
        assert isinstance(seq, int)
        return seq

    def _fail_over(self) -> None:
        self.pair.fail_over()
        self.world.servers = self.pair.standby


def one_round(form: str, world: SharedWorld, chance: Random, everything: Wishes) -> tuple[str, list[str]]:
    """(what happened, what is wrong) in one round of a form."""
    with paired(synchronous=form == "synchronous") as pair:
        failing = Failing(world, pair, chance)
        if form == "over":
            how, _ = failing.over(everything)
            return how, failing.wrongs
        how, wishes = failing.live(everything, synchronous=form == "synchronous")
        return how, failing.settled(wishes)
