"""Recorded against observed: every record that the cloud contradicts, and what apply would do.

Drift is what nobody wrote in a manifest: a task that ended, a forbid that was set or lifted, a
push that is silent. A value, like a plan, and made from one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model import Address, Impact, Observation, Standing, Status, Verb
from reconciler.moments import rfc3339
from reconciler.plaintext import masked
from reconciler.plan.codec import plan_to_json
from reconciler.plan.model import Change, Plan
from reconciler.planning.expiry import expiry_of_signature
from reconciler.state.model import Entry
from reconciler.words import and_more

CONTRADICTED = (Standing.DEGRADED, Standing.SILENT, Standing.FORBIDDEN, Standing.FAILED)
"""What a record of a running task is contradicted by, without anything being done about it."""
ENDED_WORDS = "the API told the last apply that the task has ended"


@dataclass(frozen=True, slots=True)
class Drifted:
    """One contradicted record: how it stands, since when it was recorded otherwise, who says so.

    `change` is what apply would do; its verb is `unchanged` where that is nothing.
    """

    change: Change
    status: str
    recorded: str
    since: str | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Drift:
    """All that has drifted, with counts of what has not and of what cannot be observed."""

    plan: Plan
    rows: tuple[Drifted, ...]
    as_recorded: int
    unobservable: int


def find_drift(
    plan: Plan, entries: Mapping[Address, Entry], observed: Mapping[Address, Observation]
) -> Drift:
    """The drift of the entries; `plan` was made with the same observations."""
    changes = {change.address: change for change in plan.changes}
    rows = []
    for address, entry in sorted(entries.items()):
        accepted = address in changes and changes[address].accepts_end
        found = None if accepted else _contradiction(entry, observed.get(address))
        if found is not None:
            seen = observed.get(address)
            expired = seen is not None and _is_contradicted(seen) and bool(expired_words(entry, seen.at))
            change = changes.get(address) or _nothing(address, expired=expired)
            rows.append(Drifted(change, found[0], str(entry.status), entry.started_at, found[1]))
    unseen = sum(address not in observed for address in entries)
    drifted_unseen = sum(row.change.address not in observed for row in rows)
    as_recorded = len(entries) - len(rows) - (unseen - drifted_unseen)
    return Drift(plan, tuple(rows), as_recorded, unseen - drifted_unseen)


def _contradiction(entry: Entry, observation: Observation | None) -> tuple[str, str] | None:
    """(how it stands, the evidence) where that is not what is recorded."""
    if entry.status is Status.UNCERTAIN:
        return str(entry.status), unknown_words(entry)
    if observation is not None and _is_contradicted(observation):
        return str(observation.standing), observation.evidence + expired_words(entry, observation.at)
    if observation is not None and observation.status not in (None, entry.status):
        return str(observation.status), observation.evidence
    if entry.status in (Status.ENDED, Status.FAILED):
        return str(entry.status), entry.end.evidence if entry.end else ENDED_WORDS
    return None


def _is_contradicted(observation: Observation) -> bool:
    return observation.status is None and observation.standing in CONTRADICTED


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


def drift_to_json(drift: Drift) -> dict[str, Any]:
    """The plan's shape, with each change's status, since and evidence; only what has drifted is in it."""
    counted = Plan(
        workspace=drift.plan.workspace,
        lineage=drift.plan.lineage,
        serial=drift.plan.serial,
        fingerprint=drift.plan.fingerprint,
        changes=tuple(row.change for row in drift.rows),
        unchanged=drift.as_recorded,
        eta_seconds=drift.plan.eta_seconds,
        warnings=drift.plan.warnings,
        state_location=drift.plan.state_location,
        state_status=drift.plan.state_status,
        cloud=drift.plan.cloud,
        refusals=drift.plan.refusals,
        selection=drift.plan.selection,
        expiries=drift.plan.expiries,
    )
    data = plan_to_json(counted)
    for change, row in zip(data["changes"], drift.rows, strict=True):
        change.update(
            {"status": row.status, "recorded": row.recorded, "since": row.since, "evidence": row.evidence}
        )
    data["summary"]["unobservable"] = drift.unobservable
    return data
