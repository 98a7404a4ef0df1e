"""What must hold of a state's files, each as one check that raises AssertionError; the mutants must fail one.

The checks are the suite's own: its tests run them whole, and the tests of the mutants in steps.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from errno import EBUSY, EDQUOT, EIO, ENOSPC, EROFS
from itertools import count
from os import strerror
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reconciler.applying.scheduler import Result
from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.files import Aliases, PosixFiles
from reconciler.backends.local.preflight import preflight
from reconciler.calls import Call
from reconciler.errors import LockedError, PlanRefused, ReconcilerError, StateError
from reconciler.kinds import actions
from reconciler.model import Effect, Status
from reconciler.plan.saved import SavedPlan, read_plan, saved_to_json
from reconciler.running.run import RunResult
from reconciler.state.codec import state_to_json
from reconciler.state.journal import Begin, Intent, Outcome
from reconciler.state.model import Entry, Owner, Pending, State
from reconciler.state.seal import seal

from ..disk import Content, Disk, Killed
from ..fake_host import (
    AFTER,
    BEFORE,
    FIRST,
    HALL,
    JOURNAL,
    PATH,
    START,
    FakeHost,
    everything_is_known,
    failing,
    repaired,
    settled,
)
from ..support import LINEAGE, LONG_AGO, lines_of
from .power import OPERATIONS, cut_power

ERRORS = {"ENOSPC": ENOSPC, "EIO": EIO, "EDQUOT": EDQUOT, "EROFS": EROFS}

# Its name has characters from which one bit leads to others of the same meaning.
SPEC = {"streamName": "J * J @ \u00ea\U0001f3a5", "state": "forbidden"}
ENTRY = Entry("LiveStream", 1, "sha256:1", Status.FORBIDDEN, SPEC, started_at=LONG_AGO)
SMALL = State(LINEAGE, 7, {HALL: ENTRY}, "run", ("nonce",))


def flips(data: bytes, step: int = 1) -> Iterator[bytes]:
    """The data with one bit flipped, for each of its bits, or each so manieth."""
    for number in range(0, 8 * len(data), step):
        flipped = bytearray(data)
        flipped[number // 8] ^= 1 << number % 8
        yield bytes(flipped)


def refused(read: Callable[[], object]) -> ReconcilerError:
    """The error of a reading that must end in one, and in one that says what to do."""
    try:
        found = read()
    except (StateError, PlanRefused) as error:
        assert error.message and error.hint
        return error
    raise AssertionError(f"taken for sound: {found}")


def state_damage(step: int = 1) -> None:
    """Each flipped bit and each truncation of a state is refused."""
    data = seal(state_to_json("demo", SMALL))
    host = FakeHost()
    host.disk.names[PATH] = content = Content.settled(data)
    assert host.state() == SMALL
    for damaged in (*flips(data, step), *(data[:end] for end in range(0, len(data), step))):
        content.data[:] = damaged
        refused(host.state)


def plan_damage(step: int = 1) -> None:
    """Each flipped bit and each truncation of a saved plan is refused."""
    plan = FIRST.plan(BEFORE.replace("state: allowed", "state: forbidden"))
    saved = SavedPlan(plan, "1", {"endpoint": "simulator", "state": "s"}, "nonce")
    data = seal(saved_to_json(saved))
    assert read_plan(data, "f", actions()) == saved
    for damaged in (*flips(data, step), *(data[:end] for end in range(0, len(data), step))):
        if b'"checksum"' in damaged or damaged not in data:
            refused(lambda damaged=damaged: read_plan(damaged, "f", actions()))
        else:
            assert read_plan(damaged, "f", actions()) is None  # nothing in it says that it was a plan


def journal_damage(step: int = 1) -> None:
    """Each flipped bit of a journal is refused; a truncation leaves what stands before it, if any does."""
    data = seal(state_to_json("demo", SMALL))
    base = data.split(b'"')[3].decode()
    records = [
        Begin(LINEAGE, 7, "later", LONG_AGO, base, "used"),
        Outcome(HALL, "one", "done", replace(ENTRY, started_at="1")),
        Outcome(HALL, "two", "done", replace(ENTRY, started_at="2")),
    ]
    lines = lines_of(records)
    whole = b"".join(lines)
    host = FakeHost()
    host.disk.names[PATH] = Content.settled(data)
    host.disk.names[PATH.with_name(JOURNAL)] = content = Content.settled(whole)
    begun = SMALL.begun("later", "used")
    after = [begun, *(replace(begun, entries={HALL: record.entry}) for record in records[1:])]
    assert host.state() == after[-1]
    for damaged in flips(whole, step):
        content.data[:] = damaged
        refused(host.state)
    for end in range(0, len(whole), step):
        content.data[:] = whole[:end]
        sound = sum(len(b"".join(lines[:count])) <= end + 1 for count in range(1, len(lines) + 1))
        if sound:
            assert host.state() == after[sound - 1], end
        else:
            assert "emptied or truncated" in refused(host.state).message


def spliced_journal() -> None:
    """A line that is sound in another journal, at the same place, is refused in this one."""
    begin = Begin(LINEAGE, 0, "one", LONG_AGO)
    rest = [Outcome(HALL, "one", "done", ENTRY), Outcome(HALL, "two", "done", None)]
    one, other = (lines_of([replace(begin, run=run), *rest]) for run in ("one", "other"))
    host = FakeHost()
    content = host.disk.names[PATH.with_name(JOURNAL)] = Content()
    for number in range(1, len(one)):
        content.data[:] = b"".join([*one[:number], other[number], *one[number + 1 :]])
        refused(host.state)


def put_back() -> None:
    """Each older state that was written here is refused once it is put in the place of the newest."""
    host = FIRST.copy()
    texts = [bytes(host.disk.names[PATH].data)]
    for text in (AFTER, BEFORE, AFTER):
        host.apply(text)
        texts.append(bytes(host.disk.names[PATH].data))
    for older in texts[:-1]:
        host.disk.names[PATH] = Content.settled(older)
        refused(host.state)
    host.disk.names[PATH] = Content.settled(texts[-1])
    settled(host)


def used_once() -> None:
    """A plan is used up before its first call, whatever comes of the run."""
    host = FakeHost()
    seen: list[bool] = []
    send = host.cloud.send

    def look(call: Call, body: dict[str, Any]) -> dict[str, Any]:
        seen.append("nonce" in repaired(host, host.disk.after_power_cut()).state().used_plans)
        return send(call, body)

    host.cloud.send = look
    host.apply(BEFORE, nonce="nonce")
    assert seen and all(seen)
    host.apply(AFTER)
    assert "nonce" in host.state().used_plans


def held_by_one() -> None:
    """Whoever has the lock has it alone, begins nothing once it is lost, and leaves its file."""
    host = FIRST.copy()
    lock = host.backend().paths.lock.path
    with host.backend().hold(Owner("demo"), {}) as held:
        with suppress(LockedError), host.backend().hold(Owner("demo"), {}):
            raise AssertionError("held twice")
        held.begin("one", LONG_AGO, LINEAGE)
        host.disk.names[lock] = Content()
        with host.backend().hold(Owner("demo"), {}) as other:
            intent = Intent(HALL, "step", Pending(START, LONG_AGO, effect=Effect.START), True, None)
            refused(lambda: held.append(intent))
            refused(lambda: held.finish(held.state))
            other.recover()
    file = host.disk.names.get(lock)
    host.apply(AFTER)
    assert file is not None and host.disk.names.get(lock) is file, "the lock file was removed"


def overtaken() -> None:
    """Who wrote nothing down of what another run did meanwhile does not write over it."""
    host = FIRST.copy()
    with host.backend().hold(Owner("demo"), {}) as held:
        data = seal(state_to_json("demo", replace(held.state, serial=held.state.serial + 1, run="other")))
        host.disk.names[PATH] = Content.settled(data)
        refused(lambda: held.finish(held.state))
    assert bytes(host.disk.names[PATH].data) == data


def failing_disk(step: int = 1) -> None:
    """Once an operation has failed nothing is begun or written to the same file; the next run converges."""
    for name, number in ERRORS.items():
        for lasting in (False, True):
            for at, host, error in failing(step, error=number, lasting=lasting, half=number % 2 == 0):
                _after_a_failure(host, error, f"{name} at operation {at}, lasting: {lasting}")


def _after_a_failure(host: FakeHost, error: ReconcilerError | None, where: str) -> None:
    log = host.disk.log
    failed = [name for name, _ in log].index("failed")
    operation, file = log[failed - 1][0], log[failed][1]
    later = log[failed + 1 :]
    assert "send" not in [name for name, _ in later], f"{where}: something was begun"
    if operation in ("write", "sync"):
        again = {(name, file) for name in ("write", "sync")} & set(later)
        assert not again, f"{where}: {file} was written to again"
    if host.carried is not None and error is not None:
        told = {entry.task_id for entry in host.carried.entries.values()}
        assert host.carried.disk_failed and told >= host.cloud.task_ids(), f"{where}: a task is not told"
        _tells_what_was_kept_back(host.carried, strerror(host.disk.error), where)
    put_in_order(host, where)


def _tells_what_was_kept_back(carried: RunResult, reason: str, where: str) -> None:
    """Each change is told, and one that was not begun with what kept it from that."""
    told = {ending.change.address for ending in carried.results}
    assert told == {change.address for change in PLAN.changes}, f"{where}: a change is not told"
    for ending in carried.results:
        if ending.result is Result.SKIPPED:
            assert ending.error is not None
            why = ending.error.message
            assert "waiting for" in why or reason in why, f"{where}: {why}"


def killed(step: int = 1) -> None:
    """Wherever the process dies, before an operation or in its midst, the next apply puts all in order."""
    for at in range(1, len(OPERATIONS) + 1, step):
        for half in (False, True):
            host = FIRST.copy()
            host.disk.fail_at, host.disk.kills, host.disk.half = at, True, half
            with suppress(Killed):
                host.apply(AFTER)
            put_in_order(host, f"died at operation {at}, half way: {half}")


def put_in_order(host: FakeHost, where: str) -> None:
    """The next run knows every task, and leaves what the manifests say."""
    again = repaired(host, host.disk.after_kill())
    try:
        everything_is_known(again)
        errors = [str(ending.error) for ending in again.apply(AFTER) if ending.error is not None]
        assert errors == [], where
        settled(again)
    except StateError as error:
        raise AssertionError(f"{where}: refused: {error.message}") from error


def rehearsal(step: int = 1) -> None:
    """On a disk of any size, or on which the state cannot be replaced, nothing is sent or all is done."""
    outcomes = [sent_or_refused(Small(room=room)) for room in range(4_000, 120_000, 2_000 * min(step, 4))]
    assert outcomes.count(False) > 3 and outcomes.count(True) > 3
    assert not sent_or_refused(Mounted())
    for at in preflight_operations()[::step]:
        refused_before_the_first_call(at)


def probes() -> None:
    """Probes are called as long as the longest of the files that a state's life writes beside it."""
    tokens = map(str, count(100))
    for name in ("n.json", f"{'n' * 228}.json", "n" * 100):
        disk = Disk(folders={Path("/s")})
        paths = LocalBackend(Path("/s") / name, disk, lambda: next(tokens)).paths
        preflight(paths, None, 10, 10)
        made = [file for operation, file in disk.log if operation == "create"]
        beside = (f".{name}.100.tmp", f".{paths.lock.path.name}.100.tmp", f"{paths.journal.name}.100")
        longest = (*beside, ".0.json.gz.100.tmp")
        assert max(map(len, made)) == max(map(len, longest)), name


def one_name() -> None:
    """A state to which a second name leads is not held, and each path has files of its own."""
    for aliases in (Aliases(links=2), Aliases(mounted=True)):
        host = FIRST.copy()
        host.disk.known_as[PATH] = aliases
        refused(lambda host=host: host.apply(AFTER))
        assert host.cloud.calls == []
    one, other = (LocalBackend(Path("s", name), Disk(), str).paths for name in ("adv", "adv.json"))
    assert one.lock.path != other.lock.path and one.journal != other.journal


def emptied_journal() -> None:
    """A journal without its first line is not taken for none: something had begun."""
    for left in (b"", b"{", bytes(100)):
        host = FIRST.copy()
        host.disk.names[PATH.with_name(JOURNAL)] = Content.settled(left)
        assert "emptied or truncated" in refused(lambda host=host: host.apply(AFTER)).message
        assert host.cloud.calls == []


def no_regular_file() -> None:
    """A pipe is neither waited for nor read."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "demo.json"
        os.mkfifo(path)
        error = refused(lambda: LocalBackend(path, PosixFiles(), str).snapshot(Owner("demo")).state)
        assert "a named pipe" in error.message


def power(images: int = 4000) -> None:
    """See the module `power`."""
    cut_power(images, 1)


PLAN = FIRST.plan(AFTER)


def preflight_operations() -> list[int]:
    """The numbers of the operations of an apply that its rehearsal is made of."""
    begins = [name for name, _ in OPERATIONS].index("create")
    return list(range(begins + 1, OPERATIONS.index(("rename", JOURNAL)) - 3))


def refused_before_the_first_call(at: int, error: int = ENOSPC) -> tuple[FakeHost, StateError]:
    """An apply whose operation of this number fails: it ends in a StateError, and nothing was sent."""
    host = FIRST.copy()
    host.disk.fail_at, host.disk.error = at, error
    try:
        host.apply(AFTER, PLAN)
    except StateError as raised:
        assert host.cloud.calls == [], f"operation {at}: something was sent"
        assert host.copy().state() == FIRST.state(), f"operation {at}: the state has changed"
        return host, raised
    raise AssertionError(f"operation {at} failed, and nobody noticed")


@dataclass
class Small(Disk):
    """A disk with room for so many bytes."""

    room: int = 0

    def write(self, descriptor: int, data: bytes) -> None:
        if self.armed and sum(len(content.data) for content in self.names.values()) + len(data) > self.room:
            raise OSError(ENOSPC, strerror(ENOSPC))
        super().write(descriptor, data)


@dataclass
class Mounted(Disk):
    """A disk on which the state's file cannot be replaced, though nothing else tells."""

    def rename(self, old: Path, new: Path) -> None:
        if self.armed and new == PATH:
            raise OSError(EBUSY, strerror(EBUSY))
        super().rename(old, new)


def sent_or_refused(disk: Disk) -> bool:
    """Whether an apply was carried out on such a disk; False where it was refused and nothing was sent."""
    host = FIRST.copy()
    disk.names, disk.folders, disk.durable = host.disk.names, host.disk.folders, host.disk.durable
    host.disk = disk
    try:
        errors = [ending.error for ending in host.apply(AFTER, PLAN)]
    except StateError as error:
        assert host.cloud.calls == [], f"something was sent before it was seen: {error.message}"
        return False
    assert errors == [None] * len(errors)
    return True


CHECKS: dict[str, Callable[[int], None]] = {
    "damage to the state": state_damage,
    "damage to the journal": journal_damage,
    "damage to a plan": plan_damage,
    "lines of another journal": lambda step: spliced_journal(),
    "an older state put back": lambda step: put_back(),
    "a plan used twice": lambda step: used_once(),
    "two holders": lambda step: held_by_one(),
    "two writers": lambda step: overtaken(),
    "no room at the end": rehearsal,
    "names of probes": lambda step: probes(),
    "two names": lambda step: one_name(),
    "a journal emptied": lambda step: emptied_journal(),
    "no regular file": lambda step: no_regular_file(),
    "a power cut": lambda step: power(),
    "a process that dies": lambda step: killed(max(1, step // 4)),
    "a disk that fails": lambda step: failing_disk(max(1, step // 8)),
}
"""All of them; the larger the step, the fewer of the cases that are alike."""
