"""What is recorded of one workspace: the newest copy, and what the log says behind it, number by number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from reconciler.backends.objects.batches import LOG, NO_LOG, End, followed, glance, log_key, numbers_in
from reconciler.backends.objects.client import Client
from reconciler.backends.objects.copies import Copy, copy_keys, in_parallel, newest_copy, serial_of
from reconciler.backends.objects.failures import strange, told
from reconciler.backends.objects.hold import lock_of
from reconciler.backends.objects.location import ObjectPlace
from reconciler.backends.objects.locks import NO_LOCK, Lock
from reconciler.backends.objects.replaying import Replay
from reconciler.backends.ownership import check_owner
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import ReconcilerError, StateError
from reconciler.state.codec import state_from_json
from reconciler.state.journal import replayed
from reconciler.state.model import Owner, State

Conceal = Callable[[State], State]


@dataclass(frozen=True)
class Raw:
    """What was read, before anything is made of it: a copy, and the log's objects behind it.

    `newest` is the highest serial that was ever written, `gap` a number that is missing although later ones
    are there.
    """

    lock: Lock = NO_LOCK
    copy: Copy | None = None
    items: Sequence[bytes] = ()
    newest: int = 0
    gap: int | None = None

    @property
    def start(self) -> End:
        """The end of the log that the objects follow."""
        return NO_LOG if self.copy is None else self.copy.end

    @property
    def end(self) -> End:
        """The end of the log as it stands; a number that a holder was told of is never given again."""
        end = self.start
        for data in self.items:
            end = followed(end, data, glance(data)[1])
        return end if self.is_whole else End(self.lock.number, "", end.records)

    @property
    def is_whole(self) -> bool:
        """Whether everything is there that a holder was told to be durable."""
        return self.start.number + len(self.items) >= self.lock.number

    @property
    def fence(self) -> int:
        """The highest fence of the log."""
        fences = [glance(data)[0] for data in self.items]
        return max([0 if self.copy is None else self.copy.fence, *fences])


@dataclass(frozen=True)
class Recorded:
    """What was read: the state with its entries as they stand, and with what is in doubt by open intents."""

    raw: Raw
    replay: Replay
    owner: str
    stored: State
    state: State


class Reader:
    """Reads one place; `token` gives a fresh random name each time, `conceal` is as LocalBackend has it."""

    def __init__(self, place: ObjectPlace, token: Callable[[], str], conceal: Conceal) -> None:
        self.place = place
        self._token = token
        self._conceal = conceal

    def of(self, workspace: str) -> "Reader":
        """The reader of another workspace of the same prefix."""
        return Reader(self.place.of(workspace), self._token, self._conceal)

    def snapshot(self, client: Client, owner: Owner | None) -> Snapshot:
        """What is recorded, for its owner; without one, for anybody. Raises StateError."""
        return self.shown(self.recorded(self.raw(client)), owner)

    def raw(self, client: Client) -> Raw:
        """What stands there; raises StateError.

        The lock is read first: whatever it says to be durable is there when the log is read.
        """
        lock = lock_of(self.place, client)
        copies = copy_keys(self.place, client)
        copy = newest_copy(self.place, client, copies)
        start = 0 if copy is None else copy.end.number
        items, gap = self._log(client, start)
        return Raw(lock, copy, items, max([lock.serial, *map(serial_of, copies)]), gap)

    def recorded(self, raw: Raw) -> Recorded:
        """What stands there, understood; raises StateError for what no reconciler wrote."""
        if raw.gap is not None and raw.is_whole:
            raise strange(self.place, f"object {raw.gap} of the log", "it is missing, but later ones exist")
        try:
            replay = self._replayed(raw)
            owner, empty = self._headed(raw, replay)
        except (KeyError, TypeError, ValueError, AttributeError, ReconcilerError) as error:
            raise strange(self.place, "the log", error) from error
        stored = replace(empty, entries=dict(replay.entries))
        intents = [intent for _, intent in sorted(replay.open.values(), key=_number)]
        state = replace(stored, entries=replayed(stored.entries, intents)) if intents else stored
        return Recorded(raw, replay, owner, stored, state)

    def shown(self, found: Recorded, owner: Owner | None) -> Snapshot:
        """What was read, as a snapshot for its owner; raises StateError where it is another's."""
        raw, written = found.raw, found.replay.written
        lost = not raw.is_whole or found.state.serial < raw.newest
        state = State(serial=raw.newest) if lost else found.state
        check_owner(Owner(found.owner, state.bound), owner, str(self.place.location))
        return Snapshot(
            state if state.digest_key else self.concealed(state),
            found.owner,
            interrupted=bool(found.replay.run) and not lost,
            mark=f"{written.number}:{written.link}",
            missing=self._missing(raw.newest) if lost else None,
        )

    def concealed(self, state: State) -> State:
        """The state with a key of its own and no secret in clear."""
        return self._conceal(state.keyed("".join(self._token() for _ in range(2))))

    def _log(self, client: Client, start: int) -> tuple[list[bytes], int | None]:
        """(the log's objects behind a number, a number that is missing before later ones)."""

        def get(key: str) -> bytes | None:
            with told(self.place):
                found = client.get(key)
            return None if found is None else found.data

        base = self.place.base
        with told(self.place):
            listed = numbers_in(client.keys(f"{base}{LOG}", log_key(base, start)))
        whole = [number for place, number in enumerate(listed, start + 1) if number == place]
        items = in_parallel([log_key(base, number) for number in whole], get)
        known = [one for one in takewhile(lambda one: one is not None, items) if one is not None]
        # A list may be behind: what is there is known by asking for it.
        while (data := get(log_key(base, start + len(known) + 1))) is not None:
            known.append(data)
        after = start + len(known)
        return known, after + 1 if any(number > after for number in listed) else None

    def _replayed(self, raw: Raw) -> Replay:
        replay = Replay()
        if raw.copy is not None:
            copy = raw.copy
            replay = Replay(
                entries=dict(copy.state.entries), end=copy.end, written=copy.written, fence=copy.fence
            )
        replay.add_all(raw.items)
        return replay

    def _headed(self, raw: Raw, replay: Replay) -> tuple[str, State]:
        """(owner's name, state without entries) by the last head of all."""
        if replay.head:
            return state_from_json({**replay.head, "resources": {}}, str(self.place.location))
        if raw.copy is None:
            return "", State()
        return raw.copy.owner, replace(raw.copy.state, entries={})

    def _missing(self, newest: int) -> StateError:
        place = self.place.location
        return StateError(
            f"{place} is missing, but serial {newest} was written here: tasks that it recorded may still be "
            "running and would be started twice",
            f"restore it with `reconciler state push FILE --state '{place}'`, where FILE is a backup or the "
            "output of `state pull`, or restore the bucket's objects; if you meant another state, pass that "
            "one with --state",
        )


def _number(one: tuple[int, object]) -> int:
    return one[0]
