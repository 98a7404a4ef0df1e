"""The hold of one workspace while it lasts: taken, proven, written under, freed."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Event, Lock
from typing import Any

from reconciler.backends.holders import said_of
from reconciler.backends.lease import Lease
from reconciler.backends.objects.batches import Batch, End, batch_of, followed, glance, log_key
from reconciler.backends.objects.client import TTL, Client
from reconciler.backends.objects.failures import moved, overtaken, strange, told
from reconciler.backends.objects.location import ObjectPlace
from reconciler.backends.objects.locks import STALE, Watch, read_lock
from reconciler.backends.objects.locks import Lock as Held
from reconciler.backends.protocol import Holder
from reconciler.errors import LockedError, StateError
from reconciler.state.journal import Record

_FREEING = 2.0
"""Seconds for which freeing is tried; what is not freed frees itself."""


def lock_key(place: ObjectPlace) -> str:
    """The key of the object that says who has a workspace."""
    return f"{place.base}lock"


class Hold:
    """One workspace, held under a fence: a number that rises with each holder, as `token` is one of a kind.

    Each write creates the object of the next number, so once another run has sealed the log none succeeds.
    Raises StateError then, and where the store is away for longer than the client's patience.
    """

    def __init__(self, place: ObjectPlace, client: Client, held: Held, version: str, asked: float) -> None:
        self.place = place
        self.client = client
        self.token = held.token
        self.holder = held.holder
        self.lease = Lease(client.tools.clock, client.tools.ttl, asked, "the object store")
        self._held = held
        self._version = version
        self._mutex = Lock()
        self._ended = Event()

    @property
    def fence(self) -> int:
        """Rises with each holder."""
        return self._held.fence

    @property
    def serial(self) -> int:
        """The highest serial that any holder says was written."""
        return self._held.serial

    def next_batch(
        self, after: End, records: Sequence[Record], head: Mapping[str, Any] | None = None
    ) -> Batch:
        """What this run writes behind the end of the log."""
        return batch_of(after, self.fence, self.token, records, head)

    def seal(self, end: End, fence: int) -> tuple[list[bytes], End]:
        """(what others had written meanwhile, the end of the log with the seal): they write no more.

        `fence` is the highest that the log has so far.
        """
        others: list[bytes] = []
        while True:
            self._held = replace(self._held, fence=max(self.fence, fence + 1))
            batch = self.next_batch(end, ())
            theirs = self._place(batch)
            if theirs is None:
                self.durable(batch.end.number)
                return others, batch.end
            their_fence, records = glance(theirs)
            if their_fence >= self.fence:
                raise self._lose(overtaken(self.place, self._who_has_it()))
            others.append(theirs)
            end, fence = followed(end, theirs, records), max(fence, their_fence)

    def append(self, batch: Batch) -> None:
        """An object of the log, durable on return; after a failure the very same one is to be asked again."""
        self._beat(self.client.tools.ttl / 2)  # which the heart has done already, as a rule
        if self._place(batch) is not None:
            holder = self._who_has_it()
            raise self._lose(overtaken(self.place, holder) if holder else moved(self.place, batch.end.number))
        self.durable(batch.end.number)

    def durable(self, number: int, serial: int = 0) -> None:
        """What is told to others of how far the log and the state have come, with the next sign of life."""
        with self._mutex:
            most = max(self._held.serial, serial)
            self._held = replace(self._held, number=max(self._held.number, number), serial=most)

    def beat(self) -> None:
        """Proves the hold, and tells others of it."""
        self._beat(0.0)

    def keep(self) -> None:
        """Proves it from time to time, beside the caller, until it is freed."""
        self.client.tools.spawn(self._keep)

    def free(self) -> None:
        """Gives it back, as far as the store can be told; otherwise it frees itself."""
        self._ended.set()
        with self._mutex, suppress(StateError), told(self.place):
            line = replace(self._held, free=True).line(self.client.tools.token())
            self.client.swap(lock_key(self.place), self._version, line, _FREEING)

    def _keep(self) -> None:
        often = self.client.tools.ttl / 4
        while self.lease.lost is None and not self._ended.wait(often / 2):
            with suppress(StateError):  # what is lost is kept as such; what is away may come back
                self._beat(often, 0.0)

    def _beat(self, age: float, patience: float | None = None) -> None:
        """Proves the hold unless that was done less than `age` seconds ago."""
        with self._mutex:
            if self._ended.is_set() or (age and self.lease.age < age):
                return
            asked = self.client.tools.clock()
            line = self._held.line(self.client.tools.token())
            with told(self.place, ": all answers so far are recorded"):
                version = self.client.swap(lock_key(self.place), self._version, line, patience)
            if version is not None:
                self._version = version
                self.lease.prove(asked)
                return
        raise self._lose(overtaken(self.place, self._who_has_it()))

    def _place(self, batch: Batch) -> bytes | None:
        """Writes an object of the log; what somebody else has written in its place."""
        key = log_key(self.place.base, batch.end.number)
        with told(self.place, ": all answers so far are recorded"):
            if self.client.create(key, batch.data) is not None:
                return None
            found = self.client.get(key)
        return b"" if found is None else found.data

    def _lose(self, error: StateError) -> StateError:
        self.lease.lose(error)
        return error

    def _who_has_it(self) -> Mapping[str, Any] | None:
        """Another run that has the state now; None where nobody is known to."""
        with suppress(StateError):
            found = lock_of(self.place, self.client)
            if not found.free and found.token != self.token:
                return found.holder
        return None


def lock_of(place: ObjectPlace, client: Client) -> Held:
    """What the lock's object says; raises StateError."""
    with told(place):
        found = client.get(lock_key(place))
    return Held() if found is None else lock_in(place, found.data)


def lock_in(place: ObjectPlace, data: bytes) -> Held:
    """The lock that an object says; raises StateError."""
    if not data:  # what a store has kept of a write that was cut off: of a holder that may live
        return Held(free=False, ttl=TTL)
    try:
        return read_lock(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise strange(place, "its lock", error) from error


def take(place: ObjectPlace, client: Client, holder: Holder, watch: Watch, notices: list[str]) -> Hold:
    """The hold of a workspace; a notice tells of a run that it is taken from.

    The log is not sealed yet. Raises LockedError, which says who has it, and StateError.
    """
    tools, key = client.tools, lock_key(place)
    asked = tools.clock()
    with told(place):
        found = client.get(key)
    before = Held() if found is None else lock_in(place, found.data)
    silent = None if found is None or before.free else watch.silent(found, before)
    if not before.free and silent is None:
        raise _busy(before)
    mine = replace(
        before, fence=before.fence + 1, token=tools.token(), holder=dict(holder), ttl=tools.ttl, free=False
    )
    line = mine.line(tools.token())
    with told(place):
        version = client.create(key, line) if found is None else client.swap(key, found.version, line)
    if version is None:
        raise _busy(lock_of(place, client))
    if silent is not None:
        whose = said_of(before.holder)
        notices.append(f"taken over from {whose}, which was out of contact for {round(silent)} s")
    return Hold(place, client, mine, version, asked)


def _busy(lock: Held) -> LockedError:
    return LockedError(
        f"the state is in use by {said_of(lock.holder)}",
        f"wait for it with --lock-timeout; if it died, the state is released after {round(lock.ttl)} s to a "
        f"run that waits (--lock-timeout {round(lock.ttl) + 10}s), and after {round(STALE * lock.ttl)} s to "
        f"any run",
    )
