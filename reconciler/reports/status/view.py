"""What every report of a status shows, before it is rendered for any medium: what is not as wanted first."""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model import Address, Source, Verb
from reconciler.moments import unix_seconds
from reconciler.plan.model import Expiry
from reconciler.plan.status import Condition, Health, ResourceStatus, StatusReport
from reconciler.reports.calendar import Clock, Due, calendar_of, duration
from reconciler.reports.notices import Notice, notices_of
from reconciler.reports.rows import Labels
from reconciler.reports.scope import selected

SOURCES = {
    Source.DESCRIBE: "Describe",
    Source.CALLBACK: "callback",
    Source.UPDATE: "answered update",
    Source.LIVE: "live stream state",
    Source.LIVE_EVENT: "live stream event",
    Source.STATE: "recorded",
    Source.NOBODY: "none",
}
_HEALTHS = {
    Health.DOWN: "should run and {do} not",
    Health.DOUBT: "may not be running",
    Health.DIFFERS: "{is} not as the manifests want",
}


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One resource; `held` is how long it has stood so, empty where that is not known.

    `soon` is what of it ends soon or has expired, in words.
    """

    resource: ResourceStatus
    held: str
    calendar: tuple[Due, ...]
    soon: tuple[str, ...] = ()

    @property
    def address(self) -> Address:
        """Of which resource it is."""
        return self.resource.address

    @property
    def labels(self) -> Labels:
        """Its labels."""
        return self.resource.labels

    @property
    def source(self) -> str:
        """Who says how it stands."""
        return SOURCES[self.resource.source]

    @property
    def is_well(self) -> bool:
        """Whether it stands as the manifests want it."""
        return self.resource.health is Health.OK

    @property
    def advice(self) -> str:
        """`wanted: running; apply would start it`; nothing where it stands as wanted."""
        if self.is_well:
            return ""
        one = self.resource
        wanted = "no longer in the manifests" if one.wanted is None else f"wanted: {one.wanted}"
        would = "leave it as it is" if one.verb is Verb.UNCHANGED else f"{one.verb} it"
        return f"{wanted}; apply would {would}"


@dataclass(frozen=True, slots=True)
class StatusView:
    """A status for readers: rows with the gravest health first, then sums and warnings.

    `summary` counts in words, `verdict` tells whether all is as wanted, and `unseen` how much of it only the
    state tells, empty for nothing. `scope` says, in sentences, what it is not about.
    """

    workspace: str
    at: str
    standing: str
    state: str
    cloud: str
    rows: tuple[StatusRow, ...]
    summary: str
    verdict: str
    worst: Health
    unseen: str = ""
    notices: tuple[Notice, ...] = ()
    warnings: tuple[str, ...] = ()
    calendar: tuple[Due, ...] = ()
    scope: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is, and whether of a part of the resources only."""
        return f"{'Partial status' if self.scope else 'Status'} of workspace {self.workspace}"


def view_of_status(report: StatusReport, cloud: str, clock: Clock) -> StatusView:
    """The view of a status; `cloud` is where calls go, for people."""
    counts = report.summary()
    return StatusView(
        workspace=report.workspace,
        at=report.at,
        standing=f"state serial {report.serial}" if report.serial else "no state yet",
        state=report.state_location,
        cloud=cloud,
        rows=tuple(_row(one, report.at, clock) for one in report.resources),
        summary=_summary(counts),
        verdict=_verdict(counts, len(report.resources)),
        worst=next((one for one in Health if counts[one]), Health.OK),
        unseen=_unseen(counts["unobservable"]),
        notices=notices_of(report.warnings),
        warnings=report.warnings,
        calendar=calendar_of((end for one in report.resources for end in one.ends), clock),
        scope=(selected(report.selection),) if report.selection else (),
    )


def _row(one: ResourceStatus, at: str, clock: Clock) -> StatusRow:
    now = unix_seconds(at)
    held = "" if one.since is None else duration(max(now - unix_seconds(one.since), 0))
    soon = tuple(_left(end, now) for end in one.ends if end.soon or end.expired)
    return StatusRow(one, held, calendar_of(one.ends, clock), soon)


def _left(end: Expiry, now: float) -> str:
    """`the pause: 1 h 30 min left`, `push signature: expired 3 h ago`."""
    seconds = unix_seconds(end.at) - now
    return f"{end.what}: {f'expired {duration(seconds)} ago' if seconds < 0 else f'{duration(seconds)} left'}"


def _summary(counts: dict[str, int]) -> str:
    """`3 running, 1 paused, 1 silent`."""
    parts = [f"{counts[one]} {one}" for one in Condition if counts[one]]
    return ", ".join(parts) or "nothing is declared or recorded"


def _verdict(counts: dict[str, int], total: int) -> str:
    """`1 should run and does not; 1 should run, but may not`, or that all is as wanted."""
    parts = [_health(words, counts[one]) for one, words in _HEALTHS.items() if counts[one]]
    known = ", as far as is known" if counts["unobservable"] else ""
    return "; ".join(parts) or (f"all as the manifests want{known}" if total else "nothing to run")


def _health(words: str, count: int) -> str:
    forms = {"do": "does", "is": "is"} if count == 1 else {"do": "do", "is": "are"}
    return f"{count} {words.format(**forms)}"


def _unseen(count: int) -> str:
    if not count:
        return ""
    verb, pronoun = ("runs by its", "it") if count == 1 else ("run by their", "them")
    return f"{count} {verb} record alone: the cloud does not tell of {pronoun}"


def status_line(report: StatusReport) -> str:
    """`3 running, 1 silent; 1 may not be running`."""
    counts = report.summary()
    return f"{_summary(counts)}; {_verdict(counts, len(report.resources))}"


def changed_lines(before: StatusReport, after: StatusReport) -> Iterator[str]:
    """What stands otherwise than in the report before, a line each: `Kind/name: running → silent (…)`."""
    known = {one.address: one for one in before.resources}
    for one in after.resources:
        old = known.pop(one.address, None)
        if old is None or old.status is not one.status:
            was = old.status if old else "unknown"
            yield f"{one.address}: {was} → {one.status} ({one.evidence})"
    for address, gone in known.items():
        yield f"{address}: {gone.status} → no longer recorded or declared"
