"""Drift of manifests of which most are left unread: what the cloud tells the same of as it did last time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reconciler.backends.snapshots import Snapshot
from reconciler.cli.indexed import IndexedManifests
from reconciler.cli.opening import Opening
from reconciler.index.model import Subject
from reconciler.kinds.callbacks import Happening, Received, TaskEvent
from reconciler.manifests.loading.loader import Workspace
from reconciler.observing.observer import Round
from reconciler.plan.drift import Drift
from reconciler.planning.drift import find_drift
from reconciler.running.planning import Planned
from reconciler.running.remembered import as_remembered


@dataclass(frozen=True, slots=True)
class Drifting:
    """What drift is found in: manifests, what is recorded, and all callbacks that were received."""

    manifests: IndexedManifests
    snapshot: Snapshot
    events: Sequence[Happening]

    def find(
        self, subject: Subject, now: float, plan: Callable[[Workspace, Round], Planned], since: Round
    ) -> Drift:
        """The drift, by an index of the subject where there is one, which is kept; `now` in unix seconds.

        `plan` sees all that can be seen, and asks nothing that was asked since the round began, as in this
        one. Raises what it does where everything was read.
        """
        if not all(isinstance(one, TaskEvent) for one in self.events):
            # Whose robot was removed, or whose push has ended, is known by reading all.
            return drift_in(plan(self.manifests.read_all(), since))

        def seen(workspace: Workspace) -> Planned:
            since.look()
            found = plan(workspace, since)
            drifted = [row.change.address for row in drift_in(found).rows]
            return replace(found, settled=as_remembered(found.settled, found.known, found.seen, drifted))

        told = Received(tuple(self.events))
        opening = Opening(self.manifests, self.snapshot, frozenset(), lambda place: told, sees=True)
        return drift_in(opening.look(subject, now, seen))


def drift_in(seen: Planned) -> Drift:
    """The drift in all that was seen, and what is known to be as recorded beside it."""
    return find_drift(seen.plan, seen.entries, seen.observed, seen.known)
