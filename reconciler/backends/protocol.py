"""What a run asks of the store that keeps its state: one protocol, whatever the store is.

A backend keeps one workspace's state, the journal of the run that is at work, and who that is. Rows,
objects or files are its own affair: above this module nothing knows of them. `tests/backends/` says
the same in executable form, and every backend passes it. What not every store has is in `parts`.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from reconciler.backends.parts import Parts
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.waiting import NO_WAIT, Wait
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.ending import NOTHING_INTENDED, SIMPLY_DONE, Ended, Intended
from reconciler.state.journal import Record
from reconciler.state.model import Owner, State

FILE = "file"

Holder = Mapping[str, Any]
"""Who holds a state, to be shown to others: pid, host, command, since (RFC 3339 UTC) and run.

What else there is, such as user, pipeline and revision, is kept of the run with it (Audit).
"""


@dataclass(frozen=True, slots=True)
class StateLocation:
    """Where a state is kept: its text as options, manifests and saved plans have it, and the sort of store.

    Only the backends of that sort know how to read the text.
    """

    text: str
    store: str = FILE

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Growth:
    """How many bytes a run may add at most: to what is recorded, and in its journal."""

    state: int = 0
    journal: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a store can do, to be said where it is less than the best.

    `fenced`: the store itself refuses every write of a holder that another one has followed. Without it
    the holder looks before each write, which leaves a moment in between. `notifies`: who waits is told
    at once when a hold ends. `frees_after`: seconds after which the hold of a process that died is free;
    0 is at once, None never. `shares_pace`: all who use the store share its slots.
    """

    fenced: bool
    notifies: bool
    frees_after: float | None
    shares_pace: bool


class Session(Protocol):
    """The state while one run holds it.

    Every write carries `token`. Once another holder has come, no write of this one takes effect: a
    fenced store refuses it, another one's session looks first. All methods raise StateError, with what
    to do next, where the store fails.
    """

    @property
    def snapshot(self) -> Snapshot:
        """What was found when the hold began."""
        ...

    @property
    def state(self) -> State:
        """What is recorded by now, but for what was appended: begin and finish change it."""
        ...

    @property
    def token(self) -> int:
        """Rises with each holder; where the store is not fenced, at least with each that wrote."""
        ...

    @property
    def notices(self) -> list[str]:
        """What a user should know of the store, and what stops nothing; it may grow."""
        ...

    @property
    def lost(self) -> StateError | None:
        """Why the hold may be somebody else's by now; None as long as nothing speaks for that."""
        ...

    def preflight(self, growth: Growth) -> None:
        """Raises StateError for whatever would keep a run that adds so much from being recorded.

        To be called before anything is sent: a call cannot be taken back. Changes nothing recorded.
        """
        ...

    def recover(self) -> None:
        """Makes what an interrupted run left in its journal a part of the state, and ends the journal.

        May be repeated: a process that dies meanwhile leaves what it found, or what it was to make.
        """
        ...

    def begin(
        self,
        run: str,
        at: str,
        lineage: str,
        plan: str | None = None,
        intended: Intended = NOTHING_INTENDED,
    ) -> None:
        """Opens the journal of a run; `at` is RFC 3339 UTC, `lineage` for a state that has none yet.

        `plan` is the nonce of a saved plan, used up from here on, whatever becomes of the run; `intended` is
        kept of it, with its holder (Audit). Refused while an interrupted run is not recovered.
        """
        ...

    def append(self, record: Record) -> None:
        """Returns once the record is durable, in the order of the calls that returned.

        May be called from many threads, and several records may share one round trip. After a failure
        nothing more is taken: what is durable then is known to the next reader only. An outcome is
        taken as long as it can be, for it tells what was done; an intent only while the hold is sure.
        """
        ...

    def alive(self) -> bool:
        """Whether this run surely still holds the state: asked right before each call is sent.

        A local answer, without a round trip, and conservative: false before anybody else can hold
        it, and false for ever after.
        """
        ...

    def finish(self, result: State, ended: Ended = SIMPLY_DONE) -> State:
        """Ends the run with what is recorded from now on; the state as written, its serial one up.

        `ended` says how, for those who ask later (Audit).

        A compare-and-swap: refused, with the journal left for the next run, unless the store holds the
        very version that this session found, or itself wrote since. Also without a journal, for an
        edit of what is recorded. A state that is bound to no cloud yet is bound to its holder's.
        """
        ...

    def rebind(self, owner: Owner) -> State:
        """Makes the state another owner's, and what an interrupted run left a part of it.

        One step, as `finish` is; the state as written, its serial one up.
        """
        ...


@dataclass(frozen=True, slots=True)
class Replacement:
    """A state to be put in place; `checksum` is that of its document, "" if it was edited by hand.

    `edited_from` is the checksum that an edited document still bears: that of the one that was edited.
    """

    state: State
    workspace: str
    checksum: str = ""
    edited_from: str = ""


class Replacing(Protocol):
    """The state that is to be replaced, while this run holds it; `trouble` is why it cannot be used."""

    @property
    def recorded(self) -> Snapshot | None:
        """What is recorded, with what an interrupted run left; None where nothing can be used."""
        ...

    @property
    def known(self) -> State:
        """The same, or else what is known of it, as by the last sound copy."""
        ...

    @property
    def trouble(self) -> StateError | None:
        """Why what is recorded cannot be read, if so; it can be replaced all the same."""
        ...

    def objections(self, given: Replacement) -> list[str]:
        """What speaks against it, in words for people; nothing if it simply follows what is recorded."""
        ...

    def forgotten(self, written: State) -> list[tuple[Address, str]]:
        """The tasks that are known here to run, and that the written state does not record."""
        ...

    def put(self, given: Replacement, lineage: str) -> State:
        """Writes it under a serial above any that was written here; `lineage` is for one without.

        A journal that belongs to it is worked in, also into a state that says what is recorded; any other one
        is kept aside. Raises StateError.
        """
        ...


class Backend(Protocol):
    """One place where a state is kept. Nothing is read or written before a method is called."""

    @property
    def capabilities(self) -> Capabilities:
        """What the store can do."""
        ...

    @property
    def parts(self) -> Parts:
        """What else the store has."""
        ...

    @property
    def notices(self) -> list[str]:
        """What a user should know of the store, and what stops nothing; it may grow."""
        ...

    def snapshot(self, owner: Owner | None) -> Snapshot:
        """What is recorded at one moment, though a run may be writing; read-only rights are enough.

        Changes nothing. Without an owner, of whichever is kept there. Raises StateError for what
        cannot be trusted, and for another owner's state (`ownership.check_owner`).
        """
        ...

    def hold(
        self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT
    ) -> AbstractContextManager[Session]:
        """The state for one run alone, until the block is left or the process dies.

        Without an owner, there must be a state, and it may be of any. Raises LockedError, which
        says who holds it, once `wait` is over; StateError as `snapshot` does.
        """
        ...

    def overrule(
        self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT
    ) -> AbstractContextManager[Replacing]:
        """The same, to put another state in the place of this one, whatever is kept there."""
        ...
