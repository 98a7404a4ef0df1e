"""Whose a state is, and whose it is not: a state belongs to one workspace and one cloud."""

from reconciler.errors import StateError
from reconciler.state.model import Owner

REBIND = "`reconciler state rebind`"


def check_owner(found: Owner, wanted: Owner | None, place: str) -> None:
    """Raises StateError, with both values and the way out, where a state is another's than is wanted.

    What either does not say is not compared; `place` is where the state is, as in messages.
    """
    if wanted is None:
        return
    if _differ(found.workspace, wanted.workspace):
        raise StateError(
            f"{place} is the state of workspace {found.workspace!r}, not {wanted.workspace!r}",
            "choose another file with --state, or correct metadata.name of the workspace; if the workspace "
            f"was renamed, {REBIND} binds the state and its records to {wanted.workspace!r}",
        )
    if _differ(found.cloud, wanted.cloud):
        raise StateError(
            f"{place} was applied to {found.cloud}, but calls would go to {wanted.cloud}, where its TaskIds "
            "are unknown",
            "restore the endpoint (RECONCILER_ENDPOINT, or spec.endpoint of the workspace), or choose "
            f"another file with --state; if both are the same cloud, {REBIND} binds the state to "
            f"{wanted.cloud}",
        )


def _differ(found: str, wanted: str) -> bool:
    return bool(found and wanted) and found != wanted
