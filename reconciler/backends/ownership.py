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
            f"{place} is the state of workspace {found.workspace!r}, not of {wanted.workspace!r}",
            "name another file with --state, or correct metadata.name of the workspace; if the workspace was "
            f"renamed, {REBIND} makes it the state of {wanted.workspace!r}, with all that it records",
        )
    if _differ(found.cloud, wanted.cloud):
        raise StateError(
            f"{place} was applied to {found.cloud}, and calls would go to {wanted.cloud}, where none of its "
            "TaskIds is known",
            "set the endpoint (RECONCILER_ENDPOINT, or spec.endpoint of the workspace) as it was, or name "
            f"another file with --state; if both are one cloud, {REBIND} binds the state to {wanted.cloud}",
        )


def _differ(found: str, wanted: str) -> bool:
    return bool(found and wanted) and found != wanted
