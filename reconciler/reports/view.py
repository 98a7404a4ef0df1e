"""What every report of a plan or of drift shows, before it is rendered for any medium: impact first."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.model import Address, Impact, Verb
from reconciler.plan.drift import Drift
from reconciler.plan.eta import eta
from reconciler.plan.model import Plan, Refusal
from reconciler.planning.ends import awaited
from reconciler.reports.calendar import Clock, Due, calendar_of
from reconciler.reports.groups import GRAVE, Group, grouped, in_order
from reconciler.reports.notices import Notice, notices_of
from reconciler.reports.parts import Part, parted
from reconciler.reports.rows import Labels, Row, SharedLines, drifted_row, row_of
from reconciler.reports.scope import left_out, scope_of

_WORDS = {
    Verb.START: "to start",
    Verb.RESUME: "to resume",
    Verb.UPDATE: "to update",
    Verb.REPLACE: "to replace",
    Verb.PAUSE: "to pause",
    Verb.STOP: "to stop",
    Verb.FORGET: "to forget",
}
Section = tuple[str, tuple[Impact, ...]]
"""A heading, and the impacts of the changes below it."""
_BY_IMPACT: tuple[Section, ...] = (
    ("Stops, pauses and restarts", (Impact.STOP, Impact.PAUSE, Impact.RESTART)),
    ("Reconnects", (Impact.RECONNECT,)),
    ("Other changes", (Impact.START, Impact.NONE)),
)
PLAN, DRIFT = "Plan", "Drift"
FIRST = "No known stream is interrupted; tasks already running under these robots will be ended"
UNTOLD = Clock()
MISSING = "missing"
"""The status of a state that was written and is there no more."""


@dataclass(frozen=True, slots=True)
class View:
    """A plan or drift for readers: rows with the gravest impact first, then sums and warnings.

    `title` is `Plan`, `Drift` or another word for a plan that no state was read for; `summary` counts in
    words; `cloud` is where its calls go, empty where none are made; `status` is how the state stands.
    `parts` are what several groups share;
    `notices` are the warnings by cause. `scope` says, in sentences, what it is not about, and `left_out`
    counts that; see Selection.
    `calendar` has what ends by itself, and until when calls that were never answered may arrive, by time.
    """

    title: str
    workspace: str
    serial: int
    state: str
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    summary: str
    calls: int
    eta_seconds: float
    warnings: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    calendar: tuple[Due, ...] = ()
    impacts: Mapping[Impact, int] = field(default_factory=dict)
    cloud: str = ""
    status: str = ""
    scope: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    left_out: str = ""

    @property
    def heading(self) -> str:
        """The title, and whether it is about a part of the resources only."""
        return f"Partial {self.title.lower()}" if self.left_out else self.title

    @property
    def sum(self) -> str:
        """The summary, with what is left out of it."""
        return f"{self.summary}; {self.left_out}" if self.left_out else self.summary

    @property
    def of_drift(self) -> bool:
        """Whether its rows are records that do not hold, and not what is to be done."""
        return self.title == DRIFT

    @property
    def standing(self) -> str:
        """Which state it was made from; nothing where none was read."""
        if self.title not in (PLAN, DRIFT):
            return ""
        if self.status == MISSING:
            return "the state is missing"
        return f"state serial {self.serial}" if self.serial else "no state yet"

    @property
    def nothing(self) -> str:
        """What to say in front of the summary where there are no rows."""
        if self.rows or self.of_drift:
            return ""
        return "Nothing to do: " if self.title == PLAN else "Nothing changes: "

    @property
    def sections(self) -> tuple[Section, ...]:
        """The headings that its groups stand under, in their order."""
        return _BY_IMPACT if not self.of_drift else (("Drifted", tuple(Impact)),)

    @property
    def interrupted(self) -> int:
        """How many changes interrupt something, or may."""
        return sum(row.impact in GRAVE for row in self.rows)

    @property
    def is_calm(self) -> bool:
        """Whether nothing is interrupted for all that can be known."""
        return not self.interrupted and not self._is_first

    @property
    def _is_first(self) -> bool:
        """Whether it starts something though nothing is recorded."""
        return not self.serial and self.title == PLAN and bool(self.impacts.get(Impact.START))

    @property
    def risks(self) -> str:
        """`1 stop, 2 restarts, 1 start (may interrupt)`; nothing where nothing is interrupted."""
        maybe = sum(row.may_interrupt for row in self.rows)
        counts = {**self.impacts, Impact.RESTART: self.impacts.get(Impact.RESTART, 0) - maybe}
        graver = [_many(counts[one], str(one)) for one in GRAVE if counts.get(one)]
        return ", ".join([*graver, *([f"{_many(maybe, 'start')} (may interrupt)"] if maybe else [])])

    @property
    def interruptions(self) -> str:
        """`interrupts: 1 stop, 2 restarts`, and how many other changes are visible."""
        text = f"interrupts: {self.risks}" if self.risks else "interrupts nothing"
        if self.is_calm or self.risks:
            seen = sum(row.visible and row.impact not in GRAVE for row in self.rows)
            other = "other change" if self.risks else "change"
            return f"{text}; {_many(seen, other)} visible to viewers" if seen else text
        return FIRST

    @property
    def work(self) -> str:
        """`5 calls, about 12 s within the API's rate limit`."""
        calls = _many(self.calls, "call")
        return f"{calls}, {_pace(self.eta_seconds)} within the API's rate limit" if self.calls else calls


def view_of(
    plan: Plan,
    state: str = "",
    labels: Mapping[Address, Labels] | None = None,
    title: str = PLAN,
    cloud: str = "",
    clock: Clock = UNTOLD,
) -> View:
    """The view of a plan; `state` names the file that it was planned against, `labels` are by address.

    `cloud` is where its calls go. `title` is another word for a plan that no state was read for, such as
    `Review`.
    """
    known = labels or {}
    lines = SharedLines()
    rows = in_order(row_of(change, known.get(change.address), lines=lines) for change in plan.changes)
    return replace(_view(title, plan, state, rows, summary(plan.summary()), clock), cloud=cloud)


def view_of_drift(
    drift: Drift,
    state: str = "",
    labels: Mapping[Address, Labels] | None = None,
    cloud: str = "",
    clock: Clock = UNTOLD,
) -> View:
    """The view of drift: a row for each record that the cloud contradicts, with what apply would do."""
    known = labels or {}
    rows = in_order(drifted_row(row, known.get(row.change.address)) for row in drift.rows)
    return replace(_view(DRIFT, _as_plan(drift), state, rows, drift_summary(drift), clock), cloud=cloud)


def drift_summary(drift: Drift) -> str:
    """`2 drifted, 12 as recorded, 1 not observable`, or `No drift: 14 checked`."""
    unseen = f", {drift.unobservable} not observable" if drift.unobservable else ""
    if drift.rows:
        return f"{len(drift.rows)} drifted, {drift.as_recorded} as recorded{unseen}"
    return f"No drift: {drift.as_recorded} checked{unseen}"


def _as_plan(drift: Drift) -> Plan:
    """The plan of what has drifted alone, as far as sums go."""
    return replace(drift.plan, eta_seconds=eta(row.change for row in drift.rows))


def _view(title: str, plan: Plan, state: str, rows: list[Row], told: str, clock: Clock) -> View:
    shown = parted(rows)
    waiting = (awaited(address, until) for address, until in plan.probation.items())
    return View(
        title=title,
        workspace=plan.workspace,
        serial=plan.serial,
        state=state,
        rows=tuple(rows),
        groups=grouped(shown.rows),
        parts=shown.parts,
        summary=told,
        calls=sum(len(row.calls) for row in rows),
        eta_seconds=plan.eta_seconds,
        warnings=plan.warnings,
        notices=notices_of(plan.warnings),
        refusals=plan.refusals,
        calendar=calendar_of((*plan.expiries, *waiting), clock),
        impacts=Counter(row.impact for row in rows),
        status=plan.state_status,
        scope=scope_of(plan),
        left_out=left_out(plan.selection),
    )


def summary(counts: Mapping[str, int]) -> str:
    """`1 to start, 2 to update, 3 unchanged`; those unchanged only where there are any, or nothing else."""
    parts = [f"{counts[verb]} {words}" for verb, words in _WORDS.items() if counts[verb]]
    unchanged = counts["unchanged"]
    return ", ".join([*parts, *([f"{unchanged} unchanged"] if unchanged or not parts else [])])


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _pace(seconds: float) -> str:
    if seconds < 1:
        return "under 1 s"
    minutes, rest = divmod(round(seconds), 60)
    return f"about {minutes} min {rest} s" if minutes > 1 else f"about {seconds:g} s"
