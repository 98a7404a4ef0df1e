"""A plan of manifests of which most are left unread: what has to do with what it changes is read, too."""

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.cli.indexed import IndexedManifests
from reconciler.errors import ReconcilerError
from reconciler.index.model import Subject
from reconciler.kinds import records_of
from reconciler.manifests.loading.known import touched
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address
from reconciler.plan.model import Plan
from reconciler.planning.checks import Ties
from reconciler.planning.renames import follow_renames
from reconciler.running.indexing import index_of
from reconciler.running.known import settled_in, tied_to_changes, tied_to_records, unsettled, without
from reconciler.running.planning import Planned
from reconciler.state.model import State


@dataclass(frozen=True, slots=True)
class Opening:
    """What decides which documents are read: the records, what is named to be done again, what is asked."""

    manifests: IndexedManifests
    state: State
    named: frozenset[str]
    asks: bool

    def plan(self, subject: Subject, now: float, plan: Callable[[Workspace], Planned]) -> Plan:
        """The plan, by an index of the subject where there is one; and the index is kept as it is by then."""
        made = self.planned(self.manifests.known_of(subject), now, plan)
        if made.settled and self.manifests.keeps:
            pieces, workspace = self.manifests.pieces, self.manifests.workspace
            self.manifests.keep(index_of(subject, pieces, workspace, made.settled, self.state.entries))
        return made.plan

    def planned(self, workspace: Workspace, now: float, plan: Callable[[Workspace], Planned]) -> Planned:
        """The plan, once no document is left unread that has to do with any change; `now` in unix seconds.

        Raises what `plan` does where everything was read.
        """
        try:
            again = unsettled(workspace.known, self.state, self.named, now, asks=self.asks)
            workspace = self.manifests.open(again)
            while workspace.known:
                tied = self._tied(workspace, self._records(workspace))
                planned = None if tied else plan(workspace)
                if planned is not None:
                    tied = self._tied(workspace, tied_to_changes(planned.plan.changes))
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
        state = without(self.state, settled_in(workspace))
        records = records_of(follow_renames(workspace.resources, state).state)
        return tied_to_records(list(records.values()))

    @staticmethod
    def _tied(workspace: Workspace, ties: Ties) -> set[Address]:
        """The documents that were left unread and have to do with any of that."""
        return touched({*ties.has}, {*ties.needs}, workspace.known)
