"""Power cuts: whatever of the unsynced part of a disk comes through, nothing acknowledged is lost.

Runs are carried out on a disk in memory. Before each of its operations the power is cut in many
ways: what was not synced comes through or does not, in any order, torn or as zeros. From each of
these images the state is read as the next run would read it, and must be one that the run may have
left there; every task of the cloud must be known from it; and a sample of the images is applied,
after which what runs is what the manifests say, once each.

    python -m tests.durability.power --images 50000 --seed 1
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from random import Random

from reconciler.backends.local import backend, replacement
from reconciler.backends.local.session import LocalSession
from reconciler.backends.protocol import Replacement
from reconciler.errors import OutcomeUnknown, ReconcilerError, Refused
from reconciler.state.codec import fingerprint
from reconciler.state.ending import NOTHING_INTENDED, SIMPLY_DONE, Ended, Intended
from reconciler.state.journal import Begin, Record, replay
from reconciler.state.model import Owner, State
from reconciler.state.seal import checksum_of

from ..disk import Disk, Killed
from ..fake_host import (
    AFTER,
    BEFORE,
    FIRST,
    FORBID,
    JOURNAL,
    PATH,
    START,
    UPDATE,
    FakeHost,
    everything_is_known,
    repaired,
    settled,
)

AT_A_TIME = 8
"""Random images of one operation in one round; the extremes are in the first round only."""

SAMPLE = 40
"""Every so manieth distinct image is applied."""


class Violation(AssertionError):
    """An image from which the next run would go wrong."""


@dataclass
class Witness:
    """The states that may be found: the last that was acknowledged, and the one that is being written."""

    allowed: list[State]

    def expect(self, state: State) -> None:
        self.allowed.append(state)

    def acknowledge(self) -> None:
        del self.allowed[:-1]


WITNESS = Witness([])


class Witnessed(LocalSession):
    """A held state that tells what it is about to write, and when it has."""

    base = State()
    noted: tuple[Record, ...] = ()

    def begin(
        self,
        run: str,
        at: str,
        lineage: str,
        plan: str | None = None,
        intended: Intended = NOTHING_INTENDED,
    ) -> None:
        base = checksum_of(self._found)
        begin = Begin(self.state.lineage or lineage, self.state.serial, run, at, base, plan)
        self.base, self.noted = self.state, (begin,)
        WITNESS.expect(replay(self.base, self.noted, "", base))
        super().begin(run, at, lineage, plan, intended)
        WITNESS.acknowledge()

    def append(self, record: Record) -> None:
        noted = (*self.noted, record)
        begin = noted[0]
        WITNESS.expect(replay(self.base, noted, "", begin.base if isinstance(begin, Begin) else ""))
        super().append(record)
        self.noted = noted
        WITNESS.acknowledge()

    def finish(self, state: State, ended: Ended = SIMPLY_DONE) -> State:
        WITNESS.expect(replace(state, serial=state.serial + 1))
        written = super().finish(state, ended)
        WITNESS.acknowledge()
        return written


@contextmanager
def witnessed() -> Iterator[None]:
    """Every state that is held meanwhile tells the witness."""
    rooms = (backend, replacement)
    for room in rooms:
        room.LocalSession = Witnessed
    try:
        yield
    finally:
        for room in rooms:
            room.LocalSession = LocalSession


@dataclass
class Figures:
    """How much was tried."""

    images: int = 0
    operations: int = 0
    scenarios: int = 0
    applied: int = 0
    seen: set[bytes] = field(default_factory=set)

    def __str__(self) -> str:
        return (
            f"{self.images} images of {self.operations} operations in {self.scenarios} runs; "
            f"{len(self.seen)} distinct, {self.applied} of them applied; nothing lost, nothing corrupt taken"
        )


@dataclass
class Cutter:
    """Cuts the power before every operation of one run."""

    host: FakeHost
    text: str
    random: Random
    number: int
    extremes: bool
    figures: Figures

    def __call__(self) -> None:
        self.figures.operations += 1
        disk = self.host.disk
        number = self.number if disk.unsynced or any(map(self._counts, disk.names)) else 0
        for image in disk.images(self.random, number, extremes=self.extremes):
            self.figures.images += 1
            key = self._key(image)
            if key not in self.figures.seen:
                self.figures.seen.add(key)
                self._judge(image)

    def _counts(self, path: Path) -> bool:
        """Whether a file has anything to lose; what a lock says of its holder is for messages only."""
        return path.suffix != ".lock" and bool(self.host.disk.names[path].unsynced)

    def _key(self, image: Disk) -> bytes:
        """The same for images that nothing tells apart: files, cloud, and what may be found."""
        digest = sha256()
        for path, content in sorted(image.names.items()):
            data = b"" if path.suffix == ".lock" else bytes(content.data)
            digest.update(f"{path} {len(data)} ".encode() + data)
        digest.update(repr((sorted(image.folders), sorted(self.host.cloud.task_ids()))).encode())
        digest.update("".join(fingerprint(state) for state in WITNESS.allowed).encode())
        return digest.digest()

    def _judge(self, image: Disk) -> None:
        again = repaired(self.host, image)
        try:
            state = again.state()
        except ReconcilerError as error:
            raise self._violation(f"refused: {error.message}") from error
        if state not in WITNESS.allowed:
            raise self._violation(
                f"found {told(state)}, but may be {' or '.join(map(told, WITNESS.allowed))}"
            )
        audit = again.backend().parts.audit
        if audit is None or (state.run and state.run not in {run.run for run in audit.runs(99)}):
            raise self._violation(f"run {state.run}, which is in the state, is told of nowhere")
        try:
            everything_is_known(again, state)
            if len(self.figures.seen) % SAMPLE == 0:
                self._apply(image)
        except (AssertionError, ReconcilerError) as error:
            raise self._violation(f"{type(error).__name__}: {error}") from error

    def _apply(self, image: Disk) -> None:
        self.figures.applied += 1
        before = list(WITNESS.allowed)
        again = FakeHost(image, self.host.cloud.copy(), self.host.now, tokens=self.host.tokens)
        again.apply(self.text)
        settled(again, self.text)
        WITNESS.allowed[:] = before

    def _violation(self, what: str) -> Violation:
        log = [" ".join(line) for line in self.host.disk.log[-6:]]
        return Violation(f"after {', '.join(log)}: {what}")


def told(state: State) -> str:
    """A state in short, for the message."""
    tasks = ", ".join(
        f"{address} {entry.status} {entry.task_id}" for address, entry in sorted(state.entries.items())
    )
    return f"serial {state.serial} by {state.run or '(none)'} with {tasks or 'nothing'}"


Run = Callable[[FakeHost], None]


def edit(host: FakeHost) -> None:
    """As `state rm` does: one record less, without a journal."""
    host.disk.armed = True
    with host.backend().hold(Owner("demo"), {}) as held:
        entries = dict(list(held.state.entries.items())[1:])
        held.finish(replace(held.state, entries=entries))
    host.disk.armed = False


def push(host: FakeHost) -> None:
    """As `state push` does: the state that is there, once more."""
    data = bytes(host.disk.names[PATH].data)
    given = Replacement(host.state(), "demo", checksum_of(data))
    host.disk.armed = True
    with host.backend().overrule(Owner("demo"), {}) as replacement:
        assert replacement.objections(given) == []
        replacement.put(given, "")
    host.disk.armed = False


def applies(text: str = AFTER) -> Run:
    return lambda host: (host.apply(text), None)[1]


def first(random: Random) -> FakeHost:
    return FIRST.copy()


def failing_calls(random: Random) -> FakeHost:
    host = FIRST.copy()
    host.cloud.script = {
        START: ["lost"],
        UPDATE: [Refused("no", code="InvalidParameter")],
        FORBID: [OutcomeUnknown("silence", code="no-answer")],
    }
    return host


def many_states(random: Random) -> FakeHost:
    """One whose history is full, so that the next write prunes it."""
    host = FIRST.copy()
    for _ in range(5):
        for text in (AFTER, BEFORE):
            host.apply(text)
    return host.copy()


def operations() -> list[tuple[str, str]]:
    """The operations of an apply that goes well."""
    host = FIRST.copy()
    host.apply(AFTER)
    return [one for one in host.disk.log if one[0] != "send"]


OPERATIONS = operations()


def last(operation: tuple[str, str]) -> int:
    """Which operation is the last of its sort."""
    return max(at for at, one in enumerate(OPERATIONS) if one == operation)


def torn_beginning(random: Random) -> FakeHost:
    """What is left of an apply that died while it wrote its journal's first line."""
    written = OPERATIONS.index(("rename", JOURNAL)) - 2
    assert OPERATIONS[written][0] == "write"
    return died(FIRST.copy(), written + 1, half=True)


def unsynced_name(random: Random) -> FakeHost:
    """What is left of an apply that died when the new state had its name, but not for certain yet."""
    return died(FIRST.copy(), last(("rename", PATH.name)) + 2, half=False)


def died_before(random: Random) -> FakeHost:
    """What is left of applies that were killed, or lost their power, up to three in a row."""
    host = FIRST.copy()
    for _ in range(random.randint(1, 3)):
        host = died(host, random.randint(1, len(OPERATIONS)), half=random.random() < 0.5)
        if random.random() < 0.5:
            host = repaired(host, random.choice(list(host.disk.images(random, 3))))
    return host


def died(host: FakeHost, at: int, *, half: bool) -> FakeHost:
    """The machine after an apply that was killed at its operation of this number, or that went well."""
    host.disk.fail_at, host.disk.kills, host.disk.half = at, True, half
    try:
        host.apply(AFTER)
    except Killed:
        return repaired(host, host.disk.after_kill())
    return host.copy()


@dataclass(frozen=True)
class Scenario:
    made: Callable[[Random], FakeHost]
    run: Run
    text: str = AFTER


SCENARIOS: dict[str, Scenario] = {
    "the first apply of all": Scenario(lambda random: FakeHost(), applies(BEFORE), BEFORE),
    "one change of each sort": Scenario(first, applies()),
    "calls that fail": Scenario(failing_calls, applies()),
    "an edit": Scenario(first, edit),
    "a push": Scenario(first, push),
    "a history that is full": Scenario(many_states, applies()),
    "after a torn beginning": Scenario(torn_beginning, applies()),
    "after a name that was not synced": Scenario(unsynced_name, applies()),
    "another plan after that": Scenario(unsynced_name, applies(BEFORE), BEFORE),
    **{f"after {number} deaths": Scenario(died_before, applies()) for number in ("some", "more", "other")},
}


def cut_power(images: int, seed: int) -> Figures:
    """Tries at least so many images; raises Violation for one from which the next run would go wrong."""
    figures, turn = Figures(), 0
    while figures.images < images:
        random = Random(f"{seed}/{turn}")
        for name, scenario in SCENARIOS.items():
            figures.scenarios += 1
            host = scenario.made(random)
            survives = repaired(host, host.disk.after_power_cut())
            WITNESS.allowed[:] = [survives.state(), host.state()]
            host.disk.watch = Cutter(
                host, scenario.text, random, AT_A_TIME if turn else 1, turn == 0, figures
            )
            try:
                with witnessed():
                    scenario.run(host)
            except Violation as violation:
                raise Violation(f"{name}, seed {seed}, round {turn}: {violation}") from violation
        turn += 1
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.monotonic()
    try:
        figures = cut_power(given.images, given.seed)
    except Violation as violation:
        print(violation)
        return 1
    print(f"{figures}; {time.monotonic() - begun:.1f} s, seed {given.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
