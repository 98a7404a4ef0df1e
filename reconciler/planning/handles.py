"""Until when a task is known by its TaskId; apart from what reads specs for what else ends."""

from reconciler.kinds.expirations import moment_of
from reconciler.kinds.registration import Registered
from reconciler.state.model import Entry


def handle_ends(kind: Registered, entry: Entry) -> float | None:
    """When the API stops knowing a task by its TaskId (semantics §1); None if it does not."""
    started = moment_of(entry.started_at)
    if started is None or entry.task_id is None or kind.handle_expires is None:
        return None
    return started + kind.handle_expires.handle_seconds(entry.spec)
