"""Whether later manifests than these were applied already."""

from collections.abc import Callable, Sequence

from reconciler.backends.protocol import StateLocation
from reconciler.cli.world import backend_for
from reconciler.errors import StateError
from reconciler.manifests.revisions.standing import Revision, is_older
from reconciler.state.runs import SHORT, RunRecord

_LOOKED_AT = 50
"""Runs among which one that says its revision is looked for."""
_COMMIT = 12


def older_than_applied(state: StateLocation, revision: Callable[[], Revision | None] | None) -> list[str]:
    """That later manifests than these were applied already, where git knows that; and what hides it.

    `revision` gives that of the manifests; None is a stranger's, of which nothing is asked.
    """
    backend = backend_for(state)
    audit, told = backend.parts.audit if revision else None, len(backend.notices)
    try:
        runs = () if audit is None else audit.runs(_LOOKED_AT)
    except StateError as error:
        return [f"{error.message}; it is unknown whether newer manifests than these were already applied"]
    return [*backend.notices[told:], *_later_ones(revision, runs)]


def _later_ones(revision: Callable[[], Revision | None] | None, runs: Sequence[RunRecord]) -> list[str]:
    """A warning of the newest run that says its revision, where that is later than the manifests'."""
    applied = next((run for run in runs if "revision" in run.holder), None)
    found = revision() if revision and applied else None
    if applied is None or found is None or not is_older(found, str(applied.holder["revision"])):
        return []
    these, later = found.commit[:_COMMIT], str(applied.holder["revision"])[:_COMMIT]
    return [
        f"these manifests are from commit {these}, which is older than {later}, applied by run "
        f"{applied.run[:SHORT]} at {applied.begin.at}: changes made since would be undone"
    ]
