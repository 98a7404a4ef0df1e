"""A plan of manifests of which most are left unread: what has to do with what it changes is read, too."""

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.backends.snapshots import Snapshot
from reconciler.cli.indexed import IndexedManifests
from reconciler.errors import ReconcilerError
from reconciler.index.model import Subject
from reconciler.kinds.callbacks import NOTHING_RECEIVED, Received
from reconciler.kinds.records import records_of
from reconciler.manifests.loading.known import touched
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address
from reconciler.plan.model import Plan
from reconciler.planning.checks import Ties
from reconciler.planning.renames import follow_renames
from reconciler.running.indexing import Version, index_of, nothing_of
from reconciler.running.known import settled_in, tied_to_changes, tied_to_records, unsettled, without
from reconciler.running.planning import Planned


@dataclass(frozen=True, slots=True)
class Opening:
    """What decides which documents are read: what is recorded, what is to be done again, what is asked.

    `received` gives the callbacks behind a place in their store; None where the cloud is not asked, and they
    are not read, either. `sees` tells that the cloud is asked after everything.
    """

    manifests: IndexedManifests
    snapshot: Snapshot
    named: frozenset[str]
    received: Callable[[str], Received] | None
    sees: bool = False

    def plan(self, subject: Subject, now: float, plan: Callable[[Workspace], Planned]) -> Plan:
        """The plan, by an index of the subject where there is one; and the index is kept as it is by then."""
        return self.look(subject, now, plan).plan

    def look(self, subject: Subject, now: float, plan: Callable[[Workspace], Planned]) -> Planned:
        """The same, with all that the plan was made of but for what is known."""
        workspace, told = self.manifests.known_of(subject), self._received(subject)
        made = self.planned(workspace, now, plan, told)
        if made.settled and self.manifests.keeps:
            manifests, entries, mark = self.manifests, self.snapshot.state.entries, self.snapshot.mark or ""
            pieces, workspace = manifests.pieces, manifests.workspace
            all_of_it = (manifests.digest, workspace, made.plan, made.settled, entries)
            is_whole = bool(mark) and not made.unanswered
            version = Version(mark, told.place, nothing_of(*all_of_it) if is_whole else None)
            manifests.keep(index_of(subject, pieces, workspace, made.settled, entries, version))
        return made

    def _received(self, subject: Subject) -> Received:
        """The callbacks that the index of the subject does not know; all of them without one."""
        index = self.manifests.index
        if self.received is None:
            return NOTHING_RECEIVED
        return self.received(index.events if index is not None and index.subject == subject else "")

    def planned(
        self,
        workspace: Workspace,
        now: float,
        plan: Callable[[Workspace], Planned],
        told: Received = NOTHING_RECEIVED,
    ) -> Planned:
        """The plan, once no document is left unread that has to do with any change; `now` in unix seconds.

        `told` are the callbacks that were not known when the others were planned. Raises what `plan` does
        where everything was read.
        """
        try:
            index, mark = self.manifests.index, self.snapshot.mark
            as_before = index is not None and mark is not None and index.mark == mark
            again = unsettled(
                workspace.known,
                self.snapshot.state,
                self.named,
                now,
                asks=self.received is not None,
                in_question=told.named if self.sees else told.in_question,
                as_before=as_before,
                sees=self.sees,
            )
            workspace = self.manifests.open(again)
            while workspace.known:
                tied = self._tied(workspace, self._records(workspace))
                planned = None if tied else plan(workspace)
                if planned is not None:
                    tied = self._tied(workspace, tied_to_changes(planned.plan.changes)) | planned.otherwise
                    if not tied:
                        return planned
                workspace = self.manifests.open(tied)
        except ReconcilerError:
            if not self.manifests.workspace.known:
                raise
            workspace = self.manifests.read_all()
        return plan(workspace)

    def _records(self, workspace: Workspace) -> Ties:
        """What ties the records that are not settled to others."""
        state = without(self.snapshot.state, settled_in(workspace))
        records = records_of(follow_renames(workspace.resources, state).state)
        return tied_to_records(list(records.values()))

    @staticmethod
    def _tied(workspace: Workspace, ties: Ties) -> set[Address]:
        """The documents that were left unread and have to do with any of that."""
        return touched({*ties.has}, {*ties.needs}, workspace.known)
