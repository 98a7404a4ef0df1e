"""What wakes the loop: files that change, and whatever else something tells of. Any thread may wake it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from threading import Event, Lock, Thread

from reconciler.errors import StateError
from reconciler.kinds.callbacks import Received

SETTLES = 0.5
"""Seconds between two looks at the files: what has not changed from one to the next is taken as settled."""
HEARS = 1.0
"""Seconds between two looks at the callbacks received."""
BETWEEN_CALLBACKS = 5.0
"""Seconds between two rounds that callbacks begin: each push that ends brings one, and a round asks much."""


class Waker:
    """The one seam by which a source of events makes the loop begin a round before its time.

    A source calls `wake` with a word for why; files and callbacks of the cloud are such sources.
    """

    def __init__(self) -> None:
        self._event = Event()
        self._lock = Lock()
        self._reasons: list[str] = []
        self.stopping = Event()

    def wake(self, reason: str) -> None:
        """Has the next round begin at once; several reasons make one round."""
        with self._lock:
            if reason not in self._reasons:
                self._reasons.append(reason)
        self._event.set()

    def stop(self) -> None:
        """Has the loop end, with nothing new begun."""
        self.stopping.set()
        self._event.set()

    def wait(self, seconds: float) -> list[str]:
        """Why the wait ended before its time; empty where it did not, or the loop is to end."""
        self._event.wait(seconds)
        with self._lock:
            reasons, self._reasons = self._reasons, []
            if not self.stopping.is_set():
                self._event.clear()
        return reasons


class FilesSource:
    """Looks whether manifests have changed, and wakes the loop once they have settled.

    It polls: a few stats a second cost next to nothing, and are told of changes where the kernel's events are
    not, as in network file systems, ConfigMaps and mounts of another machine. `fingerprint` is of the files'
    names, sizes and times.
    """

    def __init__(self, fingerprint: Callable[[], str], waker: Waker) -> None:
        self._fingerprint = fingerprint
        self._waker = waker
        self._known = self._last = fingerprint()

    def begin(self) -> None:
        """Looks from now on, until the loop is stopped."""
        Thread(target=self._run, name="files", daemon=True).start()

    def look(self) -> None:
        """One look."""
        found = self._fingerprint()
        if found == self._last and found != self._known:
            self._known = found
            self._waker.wake("the manifests changed")
        self._last = found

    def _run(self) -> None:
        while not self._waker.stopping.wait(SETTLES):
            self.look()


Reader = Callable[[str], Received]
"""Gives the callbacks behind a place in their store; raises StateError where they cannot be read."""


class CallbacksSource:
    """Looks whether callbacks were received, and wakes the loop for those that tell of an end or a failure.

    It polls: a file tells nobody that it was written to, nor does a database through a pooler. `reading`
    opens their store for as long as its block lasts; `clock` gives unix seconds.
    """

    def __init__(
        self, reading: Callable[[], AbstractContextManager[Reader]], waker: Waker, clock: Callable[[], float]
    ) -> None:
        self._reading = reading
        self._waker = waker
        self._clock = clock
        self._place = ""
        self._is_news = False
        self._again_at = 0.0

    def begin(self) -> None:
        """Looks from now on, until the loop is stopped; to be called before the first round."""
        with suppress(StateError), self._reading() as read:  # all of them are news, then
            self._place = read("").place  # what is there by now, the first round reads itself
        Thread(target=self._run, name="callbacks", daemon=True).start()

    def look(self, read: Reader) -> None:
        """One look."""
        found = read(self._place)
        self._is_news, self._place = self._is_news or found.is_news, found.place
        if self._is_news and self._clock() >= self._again_at:
            self._is_news = False
            self._again_at = self._clock() + BETWEEN_CALLBACKS
            self._waker.wake("a callback was received")

    def _run(self) -> None:
        with self._reading() as read:
            while not self._waker.stopping.wait(HEARS):
                try:
                    self.look(read)
                except StateError:
                    continue  # each round reads them, too, and tells what is the matter with their store
