"""What wakes the loop: files that have settled, and callbacks that tell more than that something runs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.errors import StateError
from reconciler.kinds.callbacks import EventGroup, Phase, Received, RemovedUser, TaskEvent
from reconciler.watching.waking import BETWEEN_CALLBACKS, CallbacksSource, FilesSource, Reader, Waker

from .kit import Clock

REASON = ["a callback was received"]
REMOVED = RemovedUser("7", "robot", 1.0)


def test_files_that_still_change_wake_nobody() -> None:
    looks = iter(["a", "b", "c", "c", "c", "c"])
    waker = Waker()
    source = FilesSource(lambda: next(looks), waker)
    woken = []
    for _ in range(5):
        source.look()
        woken += waker.wait(0)
    assert woken == ["the manifests changed"]


def event(phase: Phase) -> TaskEvent:
    return TaskEvent(EventGroup.PUBLISH, "task", 1.0, phase, "rtmp://push.example.com/live/a")


class Store:
    """Callbacks in a list, where a place is how many there were; `asked` has what was read from."""

    def __init__(self, *events: TaskEvent | RemovedUser) -> None:
        self.events = [*events]
        self.asked: list[str] = []
        self.fails = False

    def read(self, place: str) -> Received:
        self.asked.append(place)
        if self.fails:
            raise StateError("gone")
        return Received(tuple(self.events[int(place or 0) :]), str(len(self.events)))

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        yield self.read


def source(store: Store, clock: Clock | None = None) -> tuple[CallbacksSource, Waker]:
    """One that has begun, and does not look by itself."""
    waker = Waker()
    found = CallbacksSource(store.reading, waker, clock or Clock())
    waker.stopping.set()
    found.begin()
    waker.stopping.clear()
    return found, waker


@pytest.mark.parametrize(
    ("events", "wakes"),
    [
        ([event(Phase.ENDED)], True),
        ([event(Phase.FAILED)], True),
        ([REMOVED], True),
        ([event(Phase.BEGINS), event(Phase.ENDED)], True),
        ([event(Phase.BEGINS)], False),
        ([event(Phase.RUNS)], False),
        ([], False),
    ],
)
def test_what_tells_of_an_end_or_a_failure_wakes(
    events: list[TaskEvent | RemovedUser], *, wakes: bool
) -> None:
    store = Store()
    callbacks, waker = source(store)
    store.events += events
    callbacks.look(store.read)
    assert waker.wait(0) == (REASON if wakes else [])


def test_what_was_there_before_the_first_round_wakes_nobody_and_all_is_read_once() -> None:
    store = Store(event(Phase.ENDED))
    callbacks, waker = source(store)
    callbacks.look(store.read)
    store.events.append(event(Phase.RUNS))
    callbacks.look(store.read)
    assert (waker.wait(0), store.asked) == ([], ["", "1", "1"])


def test_many_wake_at_once_and_then_no_more_often_than_that() -> None:
    clock, store, woken = Clock(), Store(), []
    callbacks, waker = source(store, clock)
    begun = clock.now
    for _ in range(40):
        store.events += [event(Phase.ENDED)] if clock.now < begun + 12 else []
        callbacks.look(store.read)
        woken += [clock.now - begun] * bool(waker.wait(0))
        clock.now += 1
    assert woken == [0, BETWEEN_CALLBACKS, 2 * BETWEEN_CALLBACKS, 3 * BETWEEN_CALLBACKS]


def test_a_store_that_could_not_be_read_tells_all_of_it_once_it_can() -> None:
    store = Store(event(Phase.ENDED))
    store.fails = True
    callbacks, waker = source(store)
    with pytest.raises(StateError):
        callbacks.look(store.read)
    assert waker.wait(0) == []
    store.fails = False
    callbacks.look(store.read)
    assert waker.wait(0) == REASON
