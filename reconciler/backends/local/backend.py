"""State, journal and lock as files beside each other: NAME.json, NAME.journal and NAME.lock (see paths).

The journal is appended and synced record by record while an apply runs; the state is replaced
in one step at its end, then copied to NAME.history, and the journal removed after that. The lock
is the kernel's, on a file of its own, as a lock on the state file would be lost with each
replacement.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.backends.local.audit import LocalAudit
from reconciler.backends.local.events import LocalEvents
from reconciler.backends.local.files import Files
from reconciler.backends.local.former import FormerNames
from reconciler.backends.local.generations import Generations
from reconciler.backends.local.identity import check_alone
from reconciler.backends.local.keeper import AS_USUAL, KeepingRuns, RunKeeper
from reconciler.backends.local.neighbours import LocalNeighbours
from reconciler.backends.local.paths import paths_of
from reconciler.backends.local.reader import Reader
from reconciler.backends.local.replacement import LocalReplacing
from reconciler.backends.local.session import LocalSession
from reconciler.backends.parts import Parts
from reconciler.backends.protocol import Capabilities, Holder
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.waiting import NO_WAIT, Wait, patient
from reconciler.errors import StateError
from reconciler.state.document import checked_whole
from reconciler.state.model import Owner, State

CAPABILITIES = Capabilities(fenced=False, notifies=False, frees_after=0.0, shares_pace=False)
"""No file system refuses a write for what stands in another file; the kernel frees what a process held."""


class LocalBackend:
    """The files of one workspace's state (a Backend); `token` gives a fresh random name each time.

    `conceal` takes secrets in clear, which older versions recorded, out of a state; `how` says how runs
    are kept.
    """

    def __init__(
        self,
        path: Path,
        files: Files,
        token: Callable[[], str],
        conceal: Callable[[State], State] = lambda state: state,
        how: KeepingRuns = AS_USUAL,
    ) -> None:
        self.paths = paths_of(path, files, token, conceal)
        self.reader = Reader(self.paths)
        self.capabilities = CAPABILITIES
        self.parts = Parts(
            history=Generations(self.reader, self.paths.history),
            audit=LocalAudit(self.reader, self.paths),
            unlock=self,
            neighbours=LocalNeighbours(self.paths, conceal),
            events=LocalEvents(self.paths.events),
        )
        self._former = FormerNames(self.paths)
        self._how = how

    @property
    def notices(self) -> list[str]:
        """See Backend.notices."""
        return self.paths.notices

    def snapshot(self, owner: Owner | None) -> Snapshot:
        """See Backend.snapshot."""
        reader = Reader(self._former.seen())
        return reader.snapshot(reader.read_files(), owner)

    @contextmanager
    def hold(self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT) -> Iterator[LocalSession]:
        """See Backend.hold."""
        with patient(lambda: self._alone(holder), wait):
            raw = self.reader.read_files()
            snapshot = self.reader.snapshot(raw, owner)
            checked_whole(snapshot.state)
            held = owner or snapshot.owner
            if not held.workspace:
                message = f"{self.paths.path}: no state yet"
                hint = (
                    "pass its manifests, as in `reconciler state list PATH`, or pass the state itself with "
                    "--state"
                )
                raise snapshot.missing or StateError(message, hint)
            leftover = raw.journal is not None
            keeper = RunKeeper(self.paths, self._how, holder)
            yield LocalSession(self.paths, snapshot, held, raw.state, keeper, leftover=leftover)

    @contextmanager
    def overrule(self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT) -> Iterator[LocalReplacing]:
        """See Backend.overrule."""
        with patient(lambda: self._alone(holder), wait):
            keeper = RunKeeper(self.paths, self._how, holder)
            yield LocalReplacing(self.paths, self.reader, owner, keeper)

    @contextmanager
    def locked(self, holder: Holder, wait: Wait = NO_WAIT) -> Iterator[None]:
        """See Unlock.locked."""
        with patient(lambda: self._locked(holder), wait):
            yield

    def break_open(self, run: str, host: str) -> None:
        """See Unlock.break_open: only what the kernel of this machine cannot know."""
        self.paths.lock.break_open(run, host, self.paths.token())

    @contextmanager
    def _locked(self, holder: Holder) -> Iterator[None]:
        self.paths.lock.take(holder)
        try:
            self.notices.extend(filter(None, [self.paths.lock.warning()]))
            yield
        finally:
            self.paths.lock.free()

    @contextmanager
    def _alone(self, holder: Holder) -> Iterator[None]:
        """The lock, of a state to which no other name leads: it would have another lock."""
        with self._locked(holder):
            check_alone(self.paths.files, self.paths.path)
            self._former.take_over(holder)
            yield
