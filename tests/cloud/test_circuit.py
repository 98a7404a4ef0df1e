"""When a circuit opens, who may begin, and when it closes: what happens, in order, and what follows."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cloud import circuit
from reconciler.cloud.circuit import FEW, LONGEST_PAUSE, TRIALS, Circuit, Permit, Turn

PATIENCE = 60.0
Event = Callable[["Bench"], None]


class Bench:
    """One circuit on a virtual clock; calls that are out are kept in the order in which they began."""

    def __init__(self, chance: float = 1.0) -> None:
        self.circuit = Circuit()
        self.now = 100.0
        self.chance = chance
        self.out: list[Permit] = []

    def turn(self) -> Turn:
        return circuit.turn(self.circuit, self.now, PATIENCE)

    def begin(self) -> None:
        assert self.turn() is Turn.BEGIN
        self.out.append(Permit("h", self.circuit.epoch))
        self.circuit = circuit.begun(self.circuit)

    def end(self, known: bool, which: int = 0) -> None:
        permit = self.out.pop(which)
        self.circuit = circuit.ended(self.circuit, permit, known=known, now=self.now, chance=self.chance)

    def drop(self) -> None:
        self.circuit = circuit.unsent(self.circuit, self.out.pop(0))

    def ask(self, back: bool) -> None:
        assert self.turn() is Turn.ASK
        self.circuit = circuit.asking(self.circuit)
        assert self.turn() is Turn.WAIT
        self.circuit = circuit.answered(self.circuit, back=back, now=self.now, chance=self.chance)

    def wait(self, seconds: float) -> None:
        self.now += seconds


def begin(count: int = 1) -> Event:
    return lambda bench: [bench.begin() for _ in range(count)] and None


def wait(seconds: float) -> Event:
    return lambda bench: bench.wait(seconds)


def known(bench: Bench) -> None:
    bench.end(True)


def unknown(bench: Bench) -> None:
    bench.end(False)


def drop(bench: Bench) -> None:
    bench.drop()


back, not_back = partial(Bench.ask, back=True), partial(Bench.ask, back=False)
DEAD = [begin(FEW), *[unknown] * FEW]
TRUSTED = [begin(), known]

TABLE: dict[str, tuple[list[Event], Turn]] = {
    "nothing is known yet": ([], Turn.BEGIN),
    "a few are out before the first answer": ([begin(FEW)], Turn.WAIT),
    "one of them was not sent after all": ([begin(FEW), drop], Turn.BEGIN),
    "the first answer makes room for all": ([begin(FEW), known], Turn.BEGIN),
    "as many as there are once it is trusted": ([*TRUSTED, begin(50)], Turn.BEGIN),
    "an unknown outcome takes the trust": ([*TRUSTED, begin(FEW), unknown], Turn.WAIT),
    "and leaves room for so many that they are few": ([*TRUSTED, begin(), unknown], Turn.BEGIN),
    "for two after one": ([*TRUSTED, begin(), unknown, begin(FEW - 1)], Turn.WAIT),
    "a known one in between gives it back": ([*TRUSTED, begin(3), unknown, known, unknown], Turn.BEGIN),
    "a few in a row open it": (DEAD, Turn.WAIT),
    "after a pause it is asked": ([*DEAD, wait(1)], Turn.ASK),
    "no answer": ([*DEAD, wait(1), not_back], Turn.WAIT),
    "the next pause is longer": ([*DEAD, wait(1), not_back, wait(1)], Turn.WAIT),
    "twice as long": ([*DEAD, wait(1), not_back, wait(2)], Turn.ASK),
    "an answer lets one go first": ([*DEAD, wait(1), back], Turn.BEGIN),
    "and one alone": ([*DEAD, wait(1), back, begin()], Turn.WAIT),
    "which closes it": ([*DEAD, wait(1), back, begin(), known, begin(50)], Turn.BEGIN),
    "or opens it again": ([*DEAD, wait(1), back, begin(), unknown], Turn.WAIT),
    "at the end of the patience it gives up": ([*DEAD, wait(PATIENCE)], Turn.GIVE_UP),
    "which counts from its first opening": (
        [*DEAD, wait(59), back, begin(), unknown, wait(1)],
        Turn.GIVE_UP,
    ),
    "and anew after an answer": ([*DEAD, wait(59), back, begin(), known, *DEAD, wait(1)], Turn.ASK),
    "questions that tell nothing are believed so often": (
        [*DEAD, *[wait(LONGEST_PAUSE), back, begin(), unknown] * TRIALS],
        Turn.GIVE_UP,
    ),
    "what was out before tells by its answer": (
        [*TRUSTED, begin(FEW + 1), *[unknown] * FEW, known],
        Turn.BEGIN,
    ),
    "and nothing by failing later": (
        [*TRUSTED, begin(FEW + 2), *[unknown] * FEW, wait(1), back, unknown, unknown],
        Turn.BEGIN,
    ),
}


@pytest.mark.parametrize(("events", "wanted"), TABLE.values(), ids=TABLE)
def test_what_may_be_done(events: list[Event], wanted: Turn) -> None:
    bench = Bench()
    for event in events:
        event(bench)
    assert bench.turn() is wanted


def test_a_circuit_that_has_given_up_stays_so() -> None:
    bench = Bench()
    for event in [*TRUSTED, begin(FEW + 1), *[unknown] * FEW, wait(PATIENCE)]:
        event(bench)
    bench.circuit = circuit.gave_up(bench.circuit)
    bench.end(True)
    assert bench.turn() is Turn.GIVE_UP


def test_processes_that_ask_at_the_same_time_are_kept_apart() -> None:
    for chance, due in ((0.0, 0.5), (1.0, 1.0)):
        bench = Bench(chance)
        for event in DEAD:
            event(bench)
        assert bench.circuit.ask_at == bench.now + due


@given(st.lists(st.sampled_from(["begin", "known", "unknown", "drop", "wait"]), max_size=120))
def test_without_a_known_outcome_few_are_in_doubt(events: list[str]) -> None:
    """Whatever the order: since the last known outcome a few are in doubt, or what was out then."""
    bench, doubtful, most = Bench(), 0, FEW
    for event in events:
        if event == "begin" and bench.turn() is Turn.BEGIN:
            bench.begin()
        elif event == "wait":
            bench.wait(0.1)
        elif bench.out and event == "drop":
            bench.drop()
        elif bench.out and event == "known":
            bench.end(True)
            doubtful, most = 0, max(FEW, len(bench.out))
        elif bench.out and event == "unknown":
            bench.end(False)
            doubtful += 1
        if bench.circuit.trusted:
            most = max(FEW, len(bench.out))
        assert bench.circuit.out >= 0
        assert doubtful + len(bench.out) <= most or bench.circuit.trusted
        assert doubtful <= most
