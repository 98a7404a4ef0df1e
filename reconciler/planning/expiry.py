"""What ends by itself: the calendar of a plan, and what is renewed before its end."""

from collections.abc import Iterator, Sequence

from reconciler.kinds.base import Settings
from reconciler.kinds.expirations import Expiration, moment_of
from reconciler.kinds.records import Recorded
from reconciler.kinds.registered import Registered
from reconciler.kinds.timing import timing_of
from reconciler.model import Address, Status
from reconciler.moments import rfc3339
from reconciler.plaintext import has_digest, masked
from reconciler.plan.model import Expiry
from reconciler.state.model import Entry
from reconciler.words import listed

DAY = 86400
TASK_ID = "TaskId"
SIGNATURE = "push signature"
_TOLD_EACH = 3
_DECIMAL_DIGITS = 10
"""So many expired signatures are told each by itself."""


def expiries_of(recorded: Recorded, now: float) -> tuple[Expiry, ...]:
    """The calendar of one record, the first to end first; what has ended stays, and with what is so since.

    `now` in unix seconds.
    """
    found = [_expiry(recorded.address, term, now) for term in _expirations(recorded)]
    return tuple(sorted(found, key=lambda one: (one.at, one.what)))


def _expiry(address: Address, term: Expiration, now: float) -> Expiry:
    over = term.at <= now
    return Expiry(
        address,
        term.what,
        rfc3339(term.at),
        (term.over if over else "") or term.note,
        soon=term.at - term.warn_seconds <= now,
        expired=over,
    )


def _expirations(recorded: Recorded) -> Iterator[Expiration]:
    kind, entry = recorded.kind, recorded.entry
    handle = handle_ends(kind, entry)
    if handle is not None:
        note = (
            "the task keeps running but can no longer be updated or stopped by its TaskId; it ends only when "
        )
        yield Expiration(
            TASK_ID,
            handle,
            f"{note}its robot is started again, which is what a stop or apply --replace does",
            5 * DAY,
        )
    for url, tx_time in sorted(entry.signed.items()):
        yield _signature(recorded, url, expiry_of_signature(tx_time))
    if kind.expires is not None:
        yield from kind.expires.expirations(entry)


def _signature(recorded: Recorded, url: str, at: float) -> Expiration:
    """The end of a push's signature. Before it nothing is warned of.

    To sign it anew cuts the push, so that only whoever plans the event can weigh it.
    """
    address, in_place = recorded.address, recorded.kind.signs is not None
    todo = f"`reconciler apply --replace {address}` restarts the task"
    if in_place:
        todo = (
            f"`reconciler apply --resign {address}` signs the push again, which interrupts and reconnects it"
        )
    push = f"a push to {masked(url) if has_digest(url) else url} that breaks"
    now = f"{push}, or has broken since then, cannot reconnect; {todo}"
    return Expiration(SIGNATURE, at, f"{push} after that cannot reconnect; {todo}", 0, now)


def expiry_of_signature(tx_time: str) -> float:
    """Until when (unix seconds) a signature lets its push connect: the txTime is that moment (signing §4).

    In hex it has eight digits until the year 2106, in decimal ten from 2001 on.
    """
    return float(int(tx_time, 10 if len(tx_time) == _DECIMAL_DIGITS and tx_time.isdecimal() else 16))


def has_expired_signature(entry: Entry, now: float) -> bool:
    """Whether a push of it could not connect at a moment in unix seconds."""
    return any(expiry_of_signature(tx_time) <= now for tx_time in entry.signed.values())


def handle_ends(kind: Registered, entry: Entry) -> float | None:
    """When the API stops knowing a task by its TaskId (semantics §1); None if it does not."""
    started = moment_of(entry.started_at)
    if started is None or entry.task_id is None or kind.handle_expires is None:
        return None
    return started + kind.handle_expires.handle_seconds


def awaited(address: Address, until: str) -> Expiry:
    """The end of a probation: until then (RFC 3339 UTC) a call that was never answered may arrive."""
    return Expiry(address, "an unanswered call may still arrive", until, "", soon=True)


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
    protected = timing_of(entry.spec, "protect", now)
    if protected is not None and protected.is_open:
        return False
    if entry.status is not Status.RUNNING or now < ends - renewal.lead_seconds:
        return False
    return any(window.holds(now) for window in renewal.windows)


def is_set_again(recorded: Recorded, now: float) -> bool:
    """Whether what ends by itself is set again now, so that it goes on."""
    renews = recorded.kind.renews
    at = renews.renew_at(recorded.entry) if renews else None
    return at is not None and at <= now


def warning(expiry: Expiry) -> str:
    """What a plan says of an end that is near, or has passed."""
    ends = "expired since" if expiry.expired else "ends at"
    return f"{expiry.address}: {expiry.what} {ends} {expiry.at}: {expiry.note}"


def signature_warnings(expired: Sequence[Expiry]) -> Iterator[str]:
    """What a plan says of the push signatures that have expired: each by itself, or all in a word."""
    if len(expired) <= _TOLD_EACH:
        yield from map(warning, expired)
        return
    first = min(one.at for one in expired)
    whose = listed(list(dict.fromkeys(one.address for one in expired)), _TOLD_EACH)
    yield (
        f"{len(expired)} push signatures have expired, the first at {first}: a push that breaks, or has "
        "broken since then, cannot reconnect; `reconciler apply --resign ADDRESS` signs the pushes of a "
        f"stream again, which interrupts and reconnects them ({whose})"
    )
