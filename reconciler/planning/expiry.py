"""What ends by itself: the calendar of a plan, and what is renewed before its end."""

from collections.abc import Iterator

from reconciler.kinds.base import Settings
from reconciler.kinds.expirations import Expiration, Renewal
from reconciler.kinds.records import Recorded
from reconciler.kinds.registration import Registered
from reconciler.kinds.timing import timing_of
from reconciler.model import Address, Status
from reconciler.moments import rfc3339
from reconciler.plaintext import has_digest, masked
from reconciler.plan.model import Expiry
from reconciler.planning.ends import expiry_of_signature
from reconciler.planning.expiry_words import SIGNATURE
from reconciler.planning.handles import handle_ends
from reconciler.state.model import Entry

TASK_ID = "TaskId"


def expiries_of(recorded: Recorded, now: float) -> tuple[Expiry, ...]:
    """The calendar of one record, the first to end first; what has ended stays, and with what is so since.

    `now` in unix seconds.
    """
    found = [_expiry(recorded.address, term, now) for term in expirations_of(recorded)]
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


def expirations_of(recorded: Recorded) -> Iterator[Expiration]:
    """What of one record ends by itself, in no order."""
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
            _warned_before(kind, entry),
        )
    for url, tx_time in sorted(entry.signed.items()):
        yield _signature(recorded, url, expiry_of_signature(tx_time))
    if kind.expires is not None:
        yield from kind.expires.expirations(entry)


def _warned_before(kind: Registered, entry: Entry) -> float:
    """How many seconds before the end of a TaskId a plan warns: the last sixth of its time, 5 days of 30."""
    return kind.handle_expires.handle_seconds(entry.spec) / 6 if kind.handle_expires is not None else 0.0


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


def has_expired_signature(entry: Entry, now: float) -> bool:
    """Whether a push of it could not connect at a moment in unix seconds."""
    return any(expiry_of_signature(tx_time) <= now for tx_time in entry.signed.values())


def renewal_begins(recorded: Recorded, renewal: Renewal) -> float | None:
    """From when on a task may be replaced as its TaskId ends; None where it does not.

    In its last days; one that is of use for no longer than those is left alone for half of its time.
    """
    ends, handle = handle_ends(recorded.kind, recorded.entry), recorded.kind.handle_expires
    if ends is None or handle is None:
        return None
    life, lead = handle.handle_seconds(recorded.entry.spec), renewal.lead_seconds
    return ends - (lead if lead < life else life / 2)


def is_due(recorded: Recorded, settings: Settings, now: float) -> bool:
    """Whether a running task is replaced now, because its TaskId ends soon and a window for it is open."""
    renewal, entry = settings.renewal, recorded.entry
    if renewal is None or recorded.kind.is_switch:
        return False
    begins = renewal_begins(recorded, renewal)
    if begins is None:
        return False
    if "restart" in (entry.spec.get("prevent") or ()):
        return False  # the calendar warns of its end all the same
    protected = timing_of(entry.spec, "protect", now)
    if protected is not None and protected.is_open:
        return False
    if entry.status is not Status.RUNNING or now < begins:
        return False
    return any(window.holds(now) for window in renewal.windows)


def is_set_again(recorded: Recorded, now: float) -> bool:
    """Whether what ends by itself is set again now, so that it goes on."""
    renews = recorded.kind.renews
    at = renews.renew_at(recorded.entry) if renews else None
    return at is not None and at <= now


def has_reached_its_end(recorded: Recorded, now: float) -> bool:
    """Whether it has ended by itself as far as is recorded, whatever was not seen of that."""
    expires = recorded.kind.expires
    return expires is not None and any(one.at <= now for one in expires.expirations(recorded.entry))
