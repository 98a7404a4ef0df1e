"""What ends by itself: the calendar of a plan, and what is renewed before its end."""

from collections.abc import Iterator

from reconciler.kinds.base import Settings
from reconciler.kinds.capabilities import Registered
from reconciler.kinds.expirations import Expiration, moment_of
from reconciler.kinds.records import Recorded
from reconciler.model import Status
from reconciler.moments import rfc3339, unix_seconds
from reconciler.plan.model import Expiry
from reconciler.state.model import Entry

DAY = 86400
_TASK = "TaskId"
_SIGNATURE = "push signature"


def expiries_of(recorded: Recorded, now: float) -> tuple[Expiry, ...]:
    """The calendar of one record, the first to end first; what has ended before is left out.

    All but a TaskId, of which it stays true that it is of no use. `now` in unix seconds.
    """
    found = [
        Expiry(
            recorded.address,
            term.what,
            rfc3339(term.at),
            term.note,
            soon=term.at - term.warn_seconds <= now,
        )
        for term in _expirations(recorded.kind, recorded.entry)
        if term.at > now or term.what == _TASK
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.what)))


def _expirations(kind: Registered, entry: Entry) -> Iterator[Expiration]:
    handle = handle_ends(kind, entry)
    if handle is not None:
        note = "the task runs on, and can then be neither updated nor stopped by its TaskId; only sending "
        yield Expiration(
            _TASK, handle, f"{note}its robot again ends it, as apply --replace and a stop do", 5 * DAY
        )
    for url, tx_time in sorted(entry.signed.items()):
        note = f"a push to {url} that breaks after that is refused until the task is replaced"
        # No warning: to sign it anew cuts the push, so only whoever plans the event can weigh it.
        yield Expiration(_SIGNATURE, float(int(tx_time, 16)), note, 0)
    if kind.expires is not None:
        yield from kind.expires.expirations(entry)


def handle_ends(kind: Registered, entry: Entry) -> float | None:
    """When the API stops knowing a task by its TaskId (semantics §1); None if it does not."""
    started = moment_of(entry.started_at)
    if started is None or entry.task_id is None or kind.handle_expires is None:
        return None
    return started + kind.handle_expires.handle_seconds


def is_due(recorded: Recorded, settings: Settings, now: float) -> bool:
    """Whether a running task is replaced now, because its TaskId ends soon and a window for it is open."""
    renewal, entry = settings.renewal, recorded.entry
    if renewal is None or recorded.kind.is_switch:
        return False
    ends = handle_ends(recorded.kind, entry)
    if ends is None:
        return False
    if "restart" in (entry.spec.get("prevent") or ()):
        return False  # the calendar warns of its end all the same
    if entry.status is not Status.RUNNING or now < ends - renewal.lead_seconds:
        return False
    return any(window.holds(now) for window in renewal.windows)


def is_set_again(recorded: Recorded, now: float) -> bool:
    """Whether what ends by itself is set again now, so that it goes on."""
    renews = recorded.kind.renews
    at = renews.renew_at(recorded.entry) if renews else None
    return at is not None and at <= now


def warning(expiry: Expiry, now: float) -> str:
    """What a plan says of an end that is near, or of a TaskId that has ended."""
    over = unix_seconds(expiry.at) <= now
    return f"{expiry.address}: {expiry.what} {'ended' if over else 'ends'} at {expiry.at}: {expiry.note}"
