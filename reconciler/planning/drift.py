"""Recorded against observed: every record that the cloud contradicts, and what apply would do.

Drift is what nobody wrote in a manifest: a task that ended, a forbid that was set or lifted, a
push that is silent. A value, like a plan, and made from one.
"""

from collections.abc import Mapping

from reconciler.kinds.records import recorded
from reconciler.model import Address, Impact, Observation, Standing, Status, Verb
from reconciler.moments import rfc3339
from reconciler.plaintext import masked
from reconciler.plan.drift import Drift, Drifted
from reconciler.plan.model import Change, Plan
from reconciler.planning.ends import expiry_of_signature
from reconciler.planning.seen import OUTSIDE, drifted_paths
from reconciler.planning.settled import NONE_SETTLED, Settled
from reconciler.state.model import Entry
from reconciler.words import and_more

CHANGED = "changed"
CONTRADICTED = (Standing.DEGRADED, Standing.SILENT, Standing.FORBIDDEN, Standing.FAILED)
"""What a record of a running task is contradicted by, without anything being done about it."""
ENDED_WORDS = "the API told the last apply that the task has ended"


def find_drift(
    plan: Plan,
    entries: Mapping[Address, Entry],
    observed: Mapping[Address, Observation],
    known: Mapping[Address, Settled] = NONE_SETTLED,
) -> Drift:
    """The drift of the entries; `plan` was made with the same observations.

    `known` is what is beside them as it is recorded, by the same answers as before, or as nothing can tell.
    """
    changes = {change.address: change for change in plan.changes}
    rows = []
    for address, entry in sorted(entries.items()):
        outside = _outside(address, entry, observed.get(address))
        accepted = address in changes and changes[address].accepts_end
        found = None if accepted else _contradiction(entry, observed.get(address), outside)
        if found is not None:
            seen = observed.get(address)
            expired = seen is not None and _is_contradicted(seen) and bool(expired_words(entry, seen.at))
            change = changes.get(address) or _nothing(address, expired=expired)
            rows.append(Drifted(change, found[0], str(entry.status), entry.started_at, found[1]))
    unseen = sum(address not in observed for address in entries)
    drifted_unseen = sum(row.change.address not in observed for row in rows)
    as_recorded = len(entries) - len(rows) - (unseen - drifted_unseen)
    known_by_answers = sum(bool(one.seen) for one in known.values())
    unobservable = unseen - drifted_unseen + len(known) - known_by_answers
    return Drift(plan, tuple(rows), as_recorded + known_by_answers, unobservable)


def _outside(address: Address, entry: Entry, observation: Observation | None) -> list[str]:
    """The fields that the cloud has otherwise than they are recorded."""
    if observation is None or not observation.specs:
        return []
    return drifted_paths(recorded(address, entry), observation)


def _contradiction(
    entry: Entry, observation: Observation | None, outside: list[str]
) -> tuple[str, str] | None:
    """(how it stands, the evidence) where that is not what is recorded; `outside` are fields that differ."""
    if entry.status is Status.UNCERTAIN:
        return str(entry.status), unknown_words(entry)
    if observation is not None and _is_contradicted(observation):
        return str(observation.standing), observation.evidence + expired_words(entry, observation.at)
    if observation is not None and observation.status not in (None, entry.status):
        return str(observation.status), observation.evidence
    if observation is not None and outside:
        return CHANGED, f"{observation.evidence}; {OUTSIDE}: {', '.join(outside)}"
    if entry.status in (Status.ENDED, Status.FAILED):
        return str(entry.status), entry.end.evidence if entry.end else ENDED_WORDS
    return None


def _is_contradicted(observation: Observation) -> bool:
    return observation.status in (None, Status.RUNNING) and observation.standing in CONTRADICTED


def unknown_words(entry: Entry) -> str:
    """What is told of an entry whose call was never answered."""
    return f"the outcome of {entry.pending.action if entry.pending else 'a call'} is unknown"


def expired_words(entry: Entry, now: float) -> str:
    """The signatures that had expired at a moment in unix seconds, which nothing can connect by any more."""
    expired = {url: at for url, text in entry.signed.items() if (at := expiry_of_signature(text)) <= now}
    if not expired:
        return ""
    (url, at), *more = sorted(expired.items(), key=lambda one: (one[1], one[0]))
    beside = f" ({and_more(len(more))})" if more else ""
    return (
        f"; the signature of {masked(url)} expired at {rfc3339(at)}{beside}: a push that has broken since "
        "then cannot reconnect, which is the likely cause"
    )


def _nothing(address: Address, *, expired: bool) -> Change:
    quiet = "the room may just be empty, so this proves nothing; apply --replace restarts the task"
    signs = (
        f"an expired signature is the likely cause; `reconciler apply --resign {address}` signs the push "
        "again"
    )
    return Change(address, Verb.UNCHANGED, Impact.NONE, False, signs if expired else quiet)
