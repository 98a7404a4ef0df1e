"""Cases that are settled: nothing is to be done of them, and how long that is certain."""

from collections.abc import Iterator

from reconciler.kinds.base import Settings
from reconciler.kinds.records import Recorded
from reconciler.model import OnEnd, Source, Standing, Status
from reconciler.planning.cases import Case
from reconciler.planning.expiry import expirations_of, renewal_begins
from reconciler.planning.settled import FOR_EVER, Settled
from reconciler.planning.task_ends import EndedTask
from reconciler.state.model import Entry

_PLAIN = (
    *(Status.RUNNING, Status.PAUSED, Status.ALLOWED, Status.FORBIDDEN),
    *(Status.FINISHED, Status.FAILED),
)


def settled(case: Case) -> Settled | None:
    """What is known for longer of a case that comes to no change; None of one that is to be planned anew.

    Its warnings and expiries are those that the plan has of it, and are filled in by whoever has them.
    """
    recorded, resource = case.recorded, case.resource
    if recorded is None or resource is None or not (_is_plain(recorded.entry) and _is_by_itself(case)):
        return None
    if case.ended is not None and not _stays_ended(case.ended, recorded.entry):
        return None
    kind, moments = recorded.kind, [*_changing(recorded, case.settings)]
    if _ends_by_itself(case) or any(one <= case.now for one in moments):
        return None
    bulk = kind.observed_in_bulk
    asked = bool(kind.observes or kind.reads_back or (bulk and bulk.authoritative)) or _is_in_question(case)
    moments += [one for one in _told(recorded) if one > case.now]
    if case.schedule is not None and case.schedule.changes is not None:
        moments.append(case.schedule.changes)
    until = min(moments, default=FOR_EVER)
    return Settled(resource.labels, until, asked=asked, alive=recorded.alive)


def _is_plain(entry: Entry) -> bool:
    """Whether a record has nothing in it that is under way, or was never answered."""
    return (
        entry.status in _PLAIN
        and entry.pending is None
        and entry.departure is None
        and not entry.late_calls
        and not entry.attempted
    )


def _stays_ended(ended: EndedTask, entry: Entry) -> bool:
    """Whether what has ended does not start again once some time has passed."""
    return ended.policy is OnEnd.LEAVE or entry.status is Status.FAILED


def _is_by_itself(case: Case) -> bool:
    """Whether nothing else than the document, the record and the moment has led to what is planned."""
    asked_for = case.forced or case.resigning or case.former is not None
    as_recorded = case.entry is not None and case.actual is case.entry.status
    as_written = case.recorded is case.original
    return as_recorded and as_written and not (asked_for or case.moved or case.left)


def _is_in_question(case: Case) -> bool:
    """Whether what the cloud has told of it may come to something else, by what it tells later or by time.

    Of a callback that its task runs, only another callback can take anything; of an event of a push nothing
    follows, whatever comes after it.
    """
    seen = case.observation
    if seen is None or seen.source is Source.LIVE_EVENT:
        return False
    return not (seen.source is Source.CALLBACK and seen.standing is Standing.RUNNING)


def _ends_by_itself(case: Case) -> bool:
    """Whether what is wanted is ever over by its own terms."""
    expirable, desired = case.kind.expirable, case.desired
    return expirable is not None and desired is not None and bool(expirable.lapsed(desired.spec, FOR_EVER))


def _changing(recorded: Recorded, settings: Settings) -> Iterator[float]:
    """From when on something may be done about what ends by itself."""
    begins = None if settings.renewal is None else renewal_begins(recorded, settings.renewal)
    if begins is not None:
        yield begins
    renews = recorded.kind.renews
    again = renews.renew_at(recorded.entry) if renews else None
    if again is not None:
        yield again


def _told(recorded: Recorded) -> Iterator[float]:
    """When another thing is told of what ends by itself."""
    for term in expirations_of(recorded):
        yield term.at
        yield term.at - term.warn_seconds
