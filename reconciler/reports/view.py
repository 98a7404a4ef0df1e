"""What every report of a plan or of drift shows, before it is rendered for any medium: impact first."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.model import Address, Impact, Verb
from reconciler.plan.model import Expiry, Plan, Refusal
from reconciler.planning.drift import Drift
from reconciler.planning.planner import eta
from reconciler.reports.groups import Group, grouped, in_order
from reconciler.reports.rows import Labels, Row, drifted_row, row_of

_WORDS = {
    Verb.STOP: "to stop",
    Verb.REPLACE: "to replace",
    Verb.PAUSE: "to pause",
    Verb.UPDATE: "to update",
    Verb.RESUME: "to resume",
    Verb.START: "to start",
    Verb.FORGET: "to forget",
}
GRAVE = (Impact.STOP, Impact.RESTART, Impact.RECONNECT)
Section = tuple[str, tuple[Impact, ...]]
"""A heading, and the impacts of the changes below it."""
_BY_IMPACT: tuple[Section, ...] = (
    ("Stops and restarts", (Impact.STOP, Impact.RESTART)),
    ("Reconnects", (Impact.RECONNECT,)),
    ("Other changes", (Impact.START, Impact.NONE)),
)
PLAN, DRIFT = "Plan", "Drift"
MISSING = "missing"
"""The status of a state that was written and is there no more."""


@dataclass(frozen=True, slots=True)
class View:
    """A plan or drift for readers: rows with the gravest impact first, then sums and warnings.

    `title` is `Plan`, `Drift` or another word for a plan that no state was read for; `summary` counts in
    words; `cloud` is where its calls go, empty where none are made; `status` is how the state stands.
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
    refusals: tuple[Refusal, ...] = ()
    calendar: tuple[Expiry, ...] = ()
    impacts: Mapping[Impact, int] = field(default_factory=dict)
    cloud: str = ""
    status: str = ""

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
        return _BY_IMPACT if not self.of_drift else (("Records that do not hold", tuple(Impact)),)

    @property
    def interruptions(self) -> str:
        """`interrupts: 1 stop, 2 restarts`, and how many other changes are visible."""
        maybe = sum(row.may_interrupt for row in self.rows)
        counts = {**self.impacts, Impact.RESTART: self.impacts.get(Impact.RESTART, 0) - maybe}
        graver = [f"{_many(counts[one], str(one))}" for one in GRAVE if counts.get(one)]
        graver += [f"{_many(maybe, 'start')} (may interrupt)"] if maybe else []
        text = f"interrupts: {', '.join(graver)}" if graver else "interrupts nothing"
        if not graver and not self.serial and self.title == PLAN and self.impacts.get(Impact.START):
            text += " that is recorded; what runs already by the same robots is ended"
        seen = sum(row.visible and row.impact not in GRAVE for row in self.rows)
        other = " other" if graver else ""
        if seen:
            text += f"; {_many(seen, f'{other} change'.strip())} visible to viewers"
        return text

    @property
    def work(self) -> str:
        """`5 calls, about 12 s at the API's pace`."""
        calls = _many(self.calls, "call")
        return f"{calls}, {_pace(self.eta_seconds)} at the API's pace" if self.calls else calls


def view_of(
    plan: Plan,
    state: str = "",
    labels: Mapping[Address, Labels] | None = None,
    title: str = PLAN,
    cloud: str = "",
) -> View:
    """The view of a plan; `state` names the file that it was planned against, `labels` are by address.

    `cloud` is where its calls go. `title` is another word for a plan that no state was read for, such as
    `Review`.
    """
    known = labels or {}
    rows = in_order(row_of(change, known.get(change.address)) for change in plan.changes)
    return replace(_view(title, plan, state, rows, summary(plan.summary())), cloud=cloud)


def view_of_drift(
    drift: Drift, state: str = "", labels: Mapping[Address, Labels] | None = None, cloud: str = ""
) -> View:
    """The view of drift: a row for each record that the cloud contradicts, with what apply would do."""
    known = labels or {}
    rows = in_order(drifted_row(row, known.get(row.change.address)) for row in drift.rows)
    text = (
        f"{len(drift.rows)} drifted, {drift.as_recorded} as recorded, {drift.unobservable} cannot be observed"
    )
    return replace(_view(DRIFT, _as_plan(drift), state, rows, text), cloud=cloud)


def _as_plan(drift: Drift) -> Plan:
    """The plan of what has drifted alone, as far as sums go."""
    steps = [step for row in drift.rows for step in row.change.steps]
    return replace(drift.plan, eta_seconds=eta(step.call for step in steps))


def _view(title: str, plan: Plan, state: str, rows: list[Row], told: str) -> View:
    waiting = (
        Expiry(address, "an unanswered call may still arrive", until, "", soon=True)
        for address, until in plan.probation.items()
    )
    return View(
        title=title,
        workspace=plan.workspace,
        serial=plan.serial,
        state=state,
        rows=tuple(rows),
        groups=grouped(rows),
        summary=told,
        calls=sum(len(row.calls) for row in rows),
        eta_seconds=plan.eta_seconds,
        warnings=plan.warnings,
        refusals=plan.refusals,
        calendar=tuple(sorted((*plan.expiries, *waiting), key=lambda due: (due.at, due.address))),
        impacts=Counter(row.impact for row in rows),
        status=plan.state_status,
    )


def summary(counts: Mapping[str, int]) -> str:
    """`1 to start, 2 to update, 3 unchanged`."""
    parts = [f"{counts[verb]} {words}" for verb, words in _WORDS.items() if counts[verb]]
    return ", ".join([*parts, f"{counts['unchanged']} unchanged"])


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _pace(seconds: float) -> str:
    if seconds < 1:
        return "less than 1 s"
    minutes, rest = divmod(round(seconds), 60)
    return f"about {minutes} min {rest} s" if minutes > 1 else f"about {seconds:g} s"
