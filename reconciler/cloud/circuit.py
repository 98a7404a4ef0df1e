"""When calls to one endpoint may begin, judged by how its last answers were: pure, like the slots.

An endpoint is trusted while its answers say what came of the calls. After the first that does not,
and before the first that does, only so few calls are out that all of them could end in doubt and
still be few. Once so many in a row ended so, the circuit is open: nothing begins until a question
that changes nothing is answered, and then one call goes first. Times are seconds of one clock that
never runs backwards.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

FEW = 3
"""Calls in a row of which nothing is known that open the circuit; so many are out before the first answer."""

TRIALS = 3
"""So often a call is let through after a question was answered; if none is answered, asking tells nothing."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
"""Seconds before the first question and between the later ones; each pause is twice the one before."""


class Turn(Enum):
    """What a call may do now: begin, wait, ask whether the endpoint is back, or give up."""

    BEGIN = "begin"
    WAIT = "wait"
    ASK = "ask"
    GIVE_UP = "give up"


class Permit(NamedTuple):
    """Leave to begin one call at an endpoint, as long as the circuit is in the same `epoch`."""

    host: str
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is known of one endpoint.

    `failures` came in a row, `out` calls have begun and not ended. An `epoch` ends when the circuit
    opens, at `opened` for the first time since the endpoint was trusted. Since then `asked` questions were
    not answered and `trials` were let through; the next question is due at `ask_at`, or is `asking` now.
    """

    trusted: bool = False
    failures: int = 0
    out: int = 0
    epoch: int = 0
    opened: float | None = None
    ask_at: float = 0.0
    asking: bool = False
    asked: int = 0
    trials: int = 0
    given_up: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nothing may begin."""
        return self.failures >= FEW


def turn(circuit: Circuit, now: float, patience: float) -> Turn:
    """What a call may do now, if an outage is waited out for `patience` seconds."""
    if circuit.given_up:
        return Turn.GIVE_UP
    if not circuit.is_open:
        few = circuit.failures + circuit.out < FEW
        return Turn.BEGIN if circuit.trusted or few else Turn.WAIT
    if circuit.asking:
        return Turn.WAIT
    if left(circuit, now, patience) <= 0 or circuit.trials >= TRIALS:
        return Turn.GIVE_UP
    return Turn.ASK if now >= circuit.ask_at else Turn.WAIT


def left(circuit: Circuit, now: float, patience: float) -> float:
    """How many seconds of the patience are left."""
    return patience - (now - circuit.opened) if circuit.opened is not None else patience


def begun(circuit: Circuit) -> Circuit:
    """After a call has begun."""
    return replace(circuit, out=circuit.out + 1)


def unsent(circuit: Circuit, permit: Permit) -> Circuit:
    """After a call that was to begin was not sent at all."""
    return replace(circuit, out=circuit.out - 1) if permit.epoch == circuit.epoch else circuit


def ended(circuit: Circuit, permit: Permit, *, known: bool, now: float, chance: float) -> Circuit:
    """After a call has ended, whose outcome is `known` or not.

    A call that was under way when the circuit opened tells nothing new by failing. `chance`, from 0
    to 1, keeps processes apart that ask at the same time.
    """
    circuit = unsent(circuit, permit)
    if circuit.given_up:
        return circuit
    if known:
        return Circuit(trusted=True, out=circuit.out, epoch=circuit.epoch)
    if permit.epoch != circuit.epoch:
        return circuit
    failed = replace(circuit, trusted=False, failures=circuit.failures + 1)
    return _opened(failed, now, chance) if failed.is_open else failed


def _opened(circuit: Circuit, now: float, chance: float) -> Circuit:
    opened = now if circuit.opened is None else circuit.opened
    return replace(circuit, out=0, epoch=circuit.epoch + 1, opened=opened, ask_at=_due(circuit, now, chance))


def asking(circuit: Circuit) -> Circuit:
    """While one asks, the others wait."""
    return replace(circuit, asking=True)


def answered(circuit: Circuit, *, back: bool, now: float, chance: float) -> Circuit:
    """After a question, which says that the endpoint is `back`, or was not answered."""
    heard = replace(circuit, asking=False)
    if not heard.is_open:  # what was under way has been answered meanwhile
        return heard
    if back:
        return replace(heard, failures=FEW - 1, trials=heard.trials + 1)
    asked = replace(heard, asked=heard.asked + 1)
    return replace(asked, ask_at=_due(asked, now, chance))


def gave_up(circuit: Circuit) -> Circuit:
    """After the patience has ended: nothing begins any more."""
    return replace(circuit, given_up=True)


def _due(circuit: Circuit, now: float, chance: float) -> float:
    """When to ask next: half of the pause at least, and the rest by chance."""
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (circuit.asked + circuit.trials))
    return now + pause * (0.5 + 0.5 * chance)
