"""What ends by itself: the calendar of a plan, and what is renewed before its end."""

from collections.abc import Iterator

from reconciler.kinds import managed
from reconciler.kinds.base import CanStart, Expires, Forgets, Managed, Renews, Settings
from reconciler.kinds.terms import Term, moment_of
from reconciler.model import Address, Status
from reconciler.moments import rfc3339, unix_seconds
from reconciler.plan import Expiry, Plan
from reconciler.state import Entry

DAY = 86400
PLAN_SECONDS = 7 * DAY
RENEWAL_SECONDS = 3600
_TASK = "TaskId"
_SIGNATURE = "push signature"


def expiries_of(kind: Managed, address: Address, entry: Entry, now: float) -> tuple[Expiry, ...]:
    """The calendar of one record, the first to end first; what has ended before is left out.

    All but a TaskId, of which it stays true that it is of no use. `now` in unix seconds.
    """
    found = [
        Expiry(address, term.what, rfc3339(term.at), term.note, soon=term.at - term.warn_seconds <= now)
        for term in _terms(kind, entry)
        if term.at > now or term.what == _TASK
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.what)))


def _terms(kind: Managed, entry: Entry) -> Iterator[Term]:
    handle = handle_ends(kind, entry)
    if handle is not None:
        note = "the task runs on, and can then be neither updated nor stopped by its TaskId; only sending "
        yield Term(_TASK, handle, f"{note}its robot again ends it, as apply --replace and a stop do", 5 * DAY)
    for url, tx_time in sorted(entry.signed.items()):
        note = f"a push to {url} that breaks after that is refused until the task is replaced"
        # No warning: to sign it anew cuts the push, so only whoever plans the event can weigh it.
        yield Term(_SIGNATURE, float(int(tx_time, 16)), note, 0)
    if isinstance(kind, Expires):
        yield from kind.terms(entry)


def handle_ends(kind: Managed, entry: Entry) -> float | None:
    """When the API stops knowing a task by its TaskId (semantics §1); None if it does not."""
    started = moment_of(entry.started_at)
    if started is None or entry.task_id is None or not isinstance(kind, Forgets):
        return None
    return started + kind.handle_seconds


def valid_until(plan: Plan, now: float) -> str:
    """Until when a saved plan holds (RFC 3339 UTC): a week, or less where its calls go out of date.

    A renewal is meant for the window that is open now, and a TaskId ends on its thirtieth day.
    """
    ends = [now + PLAN_SECONDS]
    for change in plan.changes:
        handle = change.before and handle_ends(managed(change.address, change.before), change.before)
        if handle and handle > now:
            ends.append(handle)
        if change.renewal:
            ends.append(now + RENEWAL_SECONDS)
    return rfc3339(min(ends))


def is_due(kind: Managed, entry: Entry, settings: Settings, now: float) -> bool:
    """Whether a running task is replaced now, because its TaskId ends soon and a window for it is open."""
    renewal, ends = settings.renewal, handle_ends(kind, entry)
    if renewal is None or ends is None or not isinstance(kind, CanStart):
        return False
    if "restart" in (entry.spec.get("prevent") or ()):
        return False  # the calendar warns of its end all the same
    if entry.status is not Status.RUNNING or now < ends - renewal.lead_seconds:
        return False
    return any(window.holds(now) for window in renewal.windows)


def is_set_again(kind: Managed, entry: Entry, now: float) -> bool:
    """Whether what ends by itself is set again now, so that it goes on."""
    at = kind.renew_at(entry) if isinstance(kind, Renews) else None
    return at is not None and at <= now


def warning(expiry: Expiry, now: float) -> str:
    """What a plan says of an end that is near, or of a TaskId that has ended."""
    over = unix_seconds(expiry.at) <= now
    return f"{expiry.address}: {expiry.what} {'ended' if over else 'ends'} at {expiry.at}: {expiry.note}"
