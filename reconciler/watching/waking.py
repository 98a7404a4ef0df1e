"""What wakes the loop: files that change, and whatever else something tells of. Any thread may wake it."""

from collections.abc import Callable
from threading import Event, Lock, Thread

SETTLES = 0.5
"""Seconds between two looks at the files: what has not changed from one to the next is taken as settled."""


class Waker:
    """The one seam by which a source of events makes the loop begin a round before its time.

    A source calls `wake` with a word for why; callbacks of the cloud and schedules are such sources.
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
        self._thread = Thread(target=self._run, name="files", daemon=True)

    def begin(self) -> None:
        """Looks from now on, until the loop is stopped."""
        self._thread.start()

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
