"""What is promised of a whole state that moves: it is in one place alone, wherever a process dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import Any

from reconciler.backends.protocol import Replacing, Session
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError, UsageError
from reconciler.model import Address
from reconciler.running.migrating import Journey, migrate
from reconciler.state.model import Entry, Owner, State

from ..backends.conformance import entry, holder
from ..backends.stores import STORES, Store
from ..disk import Killed

Make = Callable[[], Store]
NAMES = [Address("MixStream", f"s{number}") for number in range(3)]
ENTRIES: dict[Address, Entry] = {name: entry(f"task-{name.name}") for name in NAMES}
DEMO = Owner("demo", "tencentcloud")
THERE = Journey("here", "there")
BACK = Journey("there", "here")
PAIRS = [("local", "memory"), ("memory", "local"), ("local", "objects"), ("objects", "local")]
PAIRS += [("objects", "cos"), ("cos", "objects")]
_RUNS = count()


def written(store: Store, entries: dict[Address, Entry] = ENTRIES, lineage: str = "of demo") -> State:
    """The state of a store, as a run has written it."""
    with store.backend().hold(DEMO, who()) as session:
        state = State(lineage, entries=entries, digest_key="key", used_plans=("p1", "p2"))
        return session.finish(state)


def who() -> dict[str, str | int]:
    return holder(f"r{next(_RUNS)}")


class Dying:
    """A session or a replacement whose process dies once so many states were written."""

    def __init__(self, part: Session | Replacing, left: Iterator[int]) -> None:
        self._part, self._left = part, left

    def __getattr__(self, name: str) -> object:
        if name in ("finish", "put") and next(self._left, None) is None:
            raise Killed
        return getattr(self._part, name)


@contextmanager
def both(here: Store, there: Store) -> Iterator[tuple[Session, Replacing]]:
    source = here.backend().hold(None, who())
    with source as held, there.backend().overrule(DEMO, who()) as target:
        yield held, target


def moved(here: Store, there: Store, journey: Journey = THERE, dies: int = 99) -> int:
    """One attempt; the serial that was written."""
    left = iter(range(dies))
    with both(here, there) as (source, target):
        parts: list[Any] = [Dying(source, left), Dying(target, left)]
        return migrate(parts[0], parts[1], journey, lambda: read(there))


def read(store: Store) -> Snapshot:
    return store.backend().snapshot(None)


def usable(store: Store) -> bool:
    """Whether an apply would go on from what is there."""
    return bool(read(store).state.entries) and not read(store).state.moved


def is_there(here: Store, there: Store, before: State) -> None:
    found, left = read(there), read(here)
    assert found.state.entries == before.entries and found.owner == DEMO
    assert (found.state.lineage, found.state.digest_key) == (before.lineage, before.digest_key)
    assert found.state.used_plans == before.used_plans and found.state.serial > before.serial
    assert (left.state.entries, left.state.moved) == ({}, "there")
    assert left.state.was_emptied, "an earlier release would go on with nothing"


def it_is_in_one_place_whenever_it_dies(make: Make, other: Make) -> None:
    for dies in range(4):
        here, there = make(), other()
        before = written(here)
        with suppress(Killed):
            moved(here, there, dies=dies)
        assert [usable(here), usable(there)].count(True) <= 1
        recorded = [read(here).state.entries or read(there).state.entries, read(there).state.entries]
        assert ENTRIES in recorded, dies
        for _ in range(2):
            moved(here, there)
        is_there(here, there, before)


def it_can_be_brought_back(make: Make, other: Make) -> None:
    for dies in range(4):
        here, there = make(), other()
        written(here)
        moved(here, there)
        with suppress(Killed):
            moved(there, here, BACK, dies=dies)
        moved(there, here, BACK)
        assert read(here).state.entries == ENTRIES and not read(here).state.moved
        assert read(there).state.moved == "here" and not read(there).state.entries
        moved(here, there)
        assert read(there).state.entries == ENTRIES and not read(there).state.moved


def what_went_on_there_is_not_written_over(make: Make, other: Make) -> None:
    here, there = make(), other()
    written(here)
    with suppress(Killed):
        moved(here, there, dies=2)
    with there.backend().hold(DEMO, who()) as session:
        session.finish(replace(session.state, entries={NAMES[0]: entry("task-new")}))
    assert moved(here, there) == 0
    assert read(there).state.entries == {NAMES[0]: entry("task-new")}
    assert read(here).state.moved == "there"


def nothing_is_written_over(make: Make, other: Make) -> None:
    for lineage in ("of demo", "of another"):
        here, there = make(), other()
        before = written(here)
        written(there, {NAMES[0]: entry("task-other")}, lineage)
        with both(here, there) as (source, target):
            is_refused(lambda source=source, target=target: migrate(source, target, THERE, read_nothing))
        assert read(here).state == before, "it was marked all the same"
        assert read(there).state.entries == {NAMES[0]: entry("task-other")}


def what_is_not_as_it_was_written_stays_where_it_was(make: Make, other: Make) -> None:
    for wrong in (
        {NAMES[0]: ENTRIES[NAMES[0]]},
        {**ENTRIES, NAMES[1]: entry("task-wrong")},
        {**ENTRIES, NAMES[1]: replace(ENTRIES[NAMES[1]], digest="sha256:2")},
    ):
        here, there = make(), other()
        written(here)
        found = Snapshot(
            State("of demo", 9, wrong, digest_key="key", used_plans=("p1", "p2"), cloud=DEMO.cloud)
        )
        with both(here, there) as (source, target):
            message = is_refused(
                lambda source=source, target=target, found=found: migrate(
                    source, target, THERE, lambda: found
                )
            )
        assert "does not read back as it was written" in message
        assert usable(here) and read(here).state.entries == ENTRIES


def read_nothing() -> Snapshot:
    raise AssertionError("it was written")


def is_refused(act: Callable[[], object]) -> str:
    try:
        act()
    except (StateError, UsageError) as error:
        assert error.hint
        return error.message
    raise AssertionError("not refused")


CHECKS: dict[str, Callable[[Make, Make], None]] = {
    check.__name__.replace("_", " "): check
    for check in (
        it_is_in_one_place_whenever_it_dies,
        it_can_be_brought_back,
        what_went_on_there_is_not_written_over,
        nothing_is_written_over,
        what_is_not_as_it_was_written_stays_where_it_was,
    )
}


def pair(name: tuple[str, str]) -> tuple[Make, Make]:
    return STORES[name[0]], STORES[name[1]]
