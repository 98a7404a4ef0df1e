"""The state while one run has it: its journal as it grows, and the state that ends the journal.

What must be so is on the disk before anything depends on it. After a failed write or sync nothing
more goes to the same file: what it holds is not known, and asking again proves nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock

from reconciler.backends.local.failures import unwritable
from reconciler.backends.local.files import create_with, replace_file, strays, temporary
from reconciler.backends.local.identity import said_of_links
from reconciler.backends.local.keeper import RunKeeper
from reconciler.backends.local.paths import StatePaths
from reconciler.backends.local.preflight import preflight
from reconciler.backends.protocol import Growth
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.state.document import read_document, write_document
from reconciler.state.ending import NOTHING_INTENDED, SIMPLY_DONE, Ended, Intended
from reconciler.state.journal import START, Begin, Outcome, Record, encode
from reconciler.state.model import Entry, Owner, State
from reconciler.state.runs import kept_record
from reconciler.state.seal import checksum_of


class LocalSession:
    """The state while this run has it (a Session).

    `owner` is whose it is from the next write on. `found` are the bytes of its file, None if there was
    none; `interrupted` tells that a journal is there whose records are in `state` but not in the file,
    `leftover` whether there is one at all. `keeper` keeps what this run does, for the history.
    """

    def __init__(
        self,
        paths: StatePaths,
        snapshot: Snapshot,
        owner: Owner,
        found: bytes | None,
        keeper: RunKeeper,
        *,
        leftover: bool,
    ) -> None:
        self.snapshot = replace(snapshot, workspace=owner.workspace)
        self.state = snapshot.state
        self.interrupted = snapshot.interrupted
        self.owner = owner
        self._leftover = leftover
        self._paths = paths
        self._files = paths.files
        self._found = found
        self._keeper = keeper
        self._aside: Path | None = None
        self._link = START
        self._records: list[Record] = []
        self._journal: int | None = None
        self._broken: OSError | MemoryError | None = None
        self.lost: StateError | None = None
        self._mutex = Lock()

    @property
    def token(self) -> int:
        """See Session.token: the serial that this run writes, if it does."""
        return self.snapshot.state.serial + 1

    @property
    def notices(self) -> list[str]:
        """See Session.notices."""
        return self._paths.notices

    def preflight(self, growth: Growth) -> None:
        """Raises StateError for whatever would keep a run that adds so much from writing its state.

        To be called before anything is sent.
        """
        self._check_lock()
        try:
            self._check_unwritten()
        except OSError as error:
            raise self._failed(error) from error
        written = self._found or b""
        if self.interrupted:
            written = write_document(self.owner.workspace, self.state)
        preflight(self._paths, self._found, len(written) + growth.state, growth.journal)

    def recover(self) -> None:
        """Writes what an interrupted run left in its journal into the state, and ends the journal."""
        if self.interrupted:
            self.finish(self.state)
        elif self._leftover:
            try:
                # The state that took the journal in may have its name only until the power goes.
                self._files.sync_directory(self._paths.path.parent)
                if self._found is not None:
                    self._keep_copy(self.state.serial, self._found)
                self._keeper.keep_unfinished(self._paths.journal, {}, self.state)
                self._end_journal()
            except OSError as error:
                raise self._failed(error) from error

    def begin(
        self,
        run: str,
        at: str,
        lineage: str,
        plan: str | None = None,
        intended: Intended = NOTHING_INTENDED,
    ) -> None:
        """See Session.begin: the journal appears with its first line, or not at all."""
        if self.interrupted:
            raise StateError(
                "the journal of an interrupted run has not been recovered yet", "report this as a bug"
            )
        paths, base = self._paths, checksum_of(self._found)
        state = replace(self.state, lineage=self.state.lineage or lineage)
        owner = replace(self.owner, cloud=state.bound or self.owner.cloud)
        begin = Begin(
            *(state.lineage, state.serial, run, at, base, plan, state.digest_key, owner),
            holder=self._keeper.holder,
            intended=intended,
        )
        self.state = replace(state, cloud=owner.cloud).begun(run, plan)
        self._check_lock()
        line, link = encode(begin, START)
        try:
            # One without its first line is never what a run has left.
            self._journal = create_with(
                self._files, paths.journal, line, temporary(paths.path, paths.token())
            )
        except OSError as error:
            raise self._failed(error) from error
        self._link, self._records = link, [begin]

    def append(self, record: Record) -> None:
        """Returns once the record is on the disk; may be called from several threads.

        After a failure nothing more is written to this journal: what a failed write or sync has
        left is not known, and a line behind it could not be trusted. Raises StateError then, and
        where another run may have the state, so that nothing new is begun.
        """
        with self._mutex:
            if self._journal is None:
                raise StateError("the journal is not open", "report this as a bug")
            if self._broken is not None:
                raise self._failed(self._broken)
            if not isinstance(record, Outcome):
                self._check_lock()
            line, link = encode(record, self._link)
            try:
                self._files.write(self._journal, line)
                self._files.sync(self._journal)
                self._records.append(kept_record(record))
            except (OSError, MemoryError) as error:
                self._broken = error
                raise self._failed(error) from error
            self._link = link

    def alive(self) -> bool:
        """See Session.alive: the lock file is looked at, and is this machine's or mounted there."""
        try:
            self._check_lock()
        except StateError:
            return False
        return True

    def _check_lock(self) -> None:
        """Raises StateError once the lock was found lost, or could not be looked at, for ever after."""
        if self.lost is not None:
            raise self.lost
        try:
            self._paths.lock.check()
        except StateError as error:
            self.lost = error
            raise

    def finish(self, result: State, ended: Ended = SIMPLY_DONE) -> State:
        """See Session.finish: the file must hold the very bytes that were found, or written by this run."""
        self._paths.lock.check()
        written = replace(result, serial=result.serial + 1, cloud=result.cloud or self.owner.cloud)
        data, base = write_document(self.owner.workspace, written), self._found
        try:
            self._check_unwritten()
            self._tell_of_other_names()
            replace_file(self._files, self._paths.path, data, self._paths.token())
            self._found = data
            self._keep_copy(written.serial, data)
            self._keep_run(base, written, ended)
            self._end_journal()
        except OSError as error:
            raise self._failed(error) from error
        self.state, self.interrupted, self._leftover = written, False, False
        return written

    def rebind(self, owner: Owner) -> State:
        """See Session.rebind."""
        self.owner = owner
        return self.finish(replace(self.state, cloud=owner.cloud))

    def _check_unwritten(self) -> None:
        """Raises StateError if the state is not what was found; OSError if it cannot be read."""
        if self._files.read(self._paths.path) != self._found:
            raise StateError(
                f"{self._paths.path}: another program wrote to it while this run held it",
                "keep the journal beside it and this output; make sure no other run is active",
            )

    def _tell_of_other_names(self) -> None:
        """A name that was added meanwhile fails nothing: what it leads to stays as it was."""
        names = self._files.aliases(self._paths.path)
        if names is not None and names.links > 1:
            self.notices.append(
                f"{self._paths.path}: {said_of_links(names.links)}; the other names were added during this "
                "run and still have the old state: never apply with them"
            )

    def _keep_copy(self, serial: int, data: bytes) -> None:
        """Keeps a copy to go back to, and removes what runs that died left half written.

        That either cannot be done is told, and fails nothing of what has been done.
        """
        paths = self._paths
        try:
            paths.history.keep(serial, data, paths.token())
            for stray in strays(self._files.listing(paths.path.parent), paths.path.name):
                self._files.remove(paths.path.with_name(stray))
        except OSError as error:
            reason = error.strerror or error
            self.notices.append(f"{paths.history.folder}: cannot keep copies of the state: {reason}")

    def _keep_run(self, base: bytes | None, written: State, ended: Ended) -> None:
        """Keeps this run for the history, and the one that it took over; `base` is what the file held."""
        known, keeper = self.state, self._keeper
        if self._journal is not None:
            keeper.keep_own(self._records, known.entries, written, ended)
            return
        taken_over = self._aside is not None or self.interrupted or self._leftover
        serial = written.serial if taken_over else known.serial
        # Before what it took over, so that none is said to have done that of which nothing is kept.
        keeper.keep_edit(replace(known, serial=serial), written, self.owner)
        if self._aside is not None:
            keeper.keep_unfinished(self._aside, {}, replace(written, entries={}))
        elif taken_over:
            before = _entries_in(base) if self.interrupted else {}
            keeper.keep_unfinished(self._paths.journal, before, replace(written, entries=known.entries))

    def set_journal_aside(self) -> None:
        """Keeps the journal that is there under another name; it is not in the state that is written next."""
        try:
            aside = self._paths.journal_aside(self._paths.token())
            self._files.rename(self._paths.journal, aside)
            self._files.sync_directory(aside.parent)
        except OSError as error:
            raise self._failed(error) from error
        self._aside = aside
        self.notices.append(f"the old journal is now {aside}; it lists tasks that the state may lack")

    def _end_journal(self) -> None:
        if self._journal is not None:
            descriptor, self._journal = self._journal, None
            self._files.close(descriptor)
        self._files.remove(self._paths.journal)
        self._files.sync_directory(self._paths.journal.parent)
        self._link = START

    def _failed(self, error: OSError | MemoryError) -> StateError:
        kept = self.interrupted or self._leftover or self._journal is not None or self._broken is not None
        then = ", then run apply again: the journal beside the state records what was done"
        alone = ", then check `reconciler state list` and run the command again"
        return unwritable(f"cannot write {self._paths.path}", error, then if kept else alone)


def _entries_in(base: bytes | None) -> Mapping[Address, Entry]:
    """What the state's file held, which was found to be sound; nothing where there was none."""
    return {} if base is None else read_document(base, "the state").state.entries
