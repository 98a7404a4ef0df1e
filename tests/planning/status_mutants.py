"""Bugs on purpose in what a status says, and in how it is shown: a check must fail of each.

python -m tests.planning.status_mutants
"""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from reconciler.cli import status_watch
from reconciler.kinds import essence as kinds_essence
from reconciler.model import Status
from reconciler.plan.status import Condition, Health, ResourceStatus, Source, StatusReport
from reconciler.planning import status
from reconciler.reports.status import STATUS_FORMS, cards, text, view, wall

from ..mutants import Mutant, report
from ..reports import test_status as shown
from . import test_status as standing

EVIDENCE, SINCE, ROW = status._evidence, status._since, view._row


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a class or a module, replaced."""

    def switched() -> AbstractContextManager[Any]:
        return patch.multiple(owner, **attributes)

    return switched


def healthy(wanted: Status, condition: Condition) -> Mutant:
    """A cell of the table says that all is well."""

    def switched() -> AbstractContextManager[Any]:
        cells: Mapping[Condition, Health] = {**status.HEALTH[wanted], condition: Health.OK}
        return patch.dict(status.HEALTH, {wanted: cells})

    return switched


def each_stands_as_recorded_and_seen() -> None:
    """The whole table."""
    for case in standing.CASES:
        standing.test_how_it_stands(case)


def what_is_wanted_is_told() -> None:
    """Its health, and what an apply would do."""
    standing.test_every_pair_has_its_health()
    standing.test_what_left_the_manifests_says_so()
    standing.test_where_records_were_lost_nobody_knows_that_nothing_runs()
    standing.test_what_is_declared_stopped_and_not_recorded_is_as_wanted()


def ends_and_places_are_told() -> None:
    """Of what runs alone, without what has ended."""
    standing.test_what_ends_is_told_while_it_runs()
    standing.test_where_it_goes_is_told_of_every_kind()
    standing.test_silence_names_an_expired_signature()


def sums_are_right() -> None:
    """With what nobody can be asked about, and what is missed."""
    standing.test_sums_and_what_is_missed()


def nothing_is_leaked() -> None:
    """In any form, of what is recorded and of what is only declared."""
    for form in STATUS_FORMS:
        shown.test_no_secret_in_clear_is_in_any_form(form, recorded=True)
        shown.test_no_secret_in_clear_is_in_any_form(form, recorded=False)


def reports_are_as_expected() -> None:
    """Text, json and html of each situation."""
    for name in shown.SITUATIONS:
        for file, expected in shown.reports(name).items():  # which UPDATE_GOLDEN must not write here
            assert (shown.GOLDEN / name / file).read_text() == expected
        shown.test_lines_fit_and_colour_changes_nothing_else(name)
        shown.test_a_page_is_sound_and_shows_each_resource_once(name)


def rounds_are_told() -> None:
    """What has changed, in as many lines as fit."""
    shown.test_what_has_changed_is_told_in_a_line_each()
    shown.test_as_one_line_it_says_the_same()
    for rows in range(12):
        shown.test_what_is_too_high_for_a_terminal_keeps_its_sums(rows)


CHECKS = (
    each_stands_as_recorded_and_seen,
    what_is_wanted_is_told,
    ends_and_places_are_told,
    sums_are_right,
    nothing_is_leaked,
    reports_are_as_expected,
    rounds_are_told,
)


def said_by_the_cloud(*arguments: Any) -> tuple[Source, str]:
    source, evidence = EVIDENCE(*arguments)
    return Source.LIVE if source is Source.STATE else source, evidence


def since_the_start(entry: Any, condition: Condition) -> str | None:
    return entry.started_at or SINCE(entry, condition)


def always_as_observed(entry: Any, observation: Any, change: Any) -> Condition:
    return Condition(str((observation and observation.status) or entry.status))


MUTANTS: dict[str, Mutant] = {
    "a record is taken for the cloud's word": changed(status, _evidence=said_by_the_cloud),
    "what cannot be asked seems not to answer": changed(status, UNASKED="recorded; asked"),
    "it stands so since its start, whatever happened": changed(status, _since=since_the_start),
    "silence does not count": changed(status, _condition=always_as_observed),
    "silence is health": healthy(Status.RUNNING, Condition.SILENT),
    "what has ended is as wanted": healthy(Status.RUNNING, Condition.ENDED),
    "a forbid behind its back is as wanted": healthy(Status.ALLOWED, Condition.FORBIDDEN),
    "silence has no cause": changed(status, expired_words=lambda entry, now: ""),
    "an unanswered call is awaited no more": changed(status, awaited=lambda address, until: None),
    "nothing ends": changed(status, expiries_of=lambda recorded, now: ()),
    "what is over ends once more": changed(status, _OVER=()),
    "the gravest stand anywhere": changed(status, _gravest_first=lambda rows: list(rows)[::-1]),
    "what is not recorded does not run": changed(status, MAY_RUN=status.NOT_RECORDED),
    "nothing is missed": changed(StatusReport, missed=property(lambda self: 0)),
    "what runs unseen is not counted": changed(ResourceStatus, runs_unseen=property(lambda self: False)),
    "an address is shown with its secrets": changed(kinds_essence, masked=str),
    "nobody knows that it is known in part": changed(view, _unseen=lambda count: ""),
    "why is told to nobody": changed(text, _why=lambda row: (0, "", "", "")),
    "the wall is in no order": changed(wall, _sections=lambda cards: [("All", cards)]),
    "a ring is a dot": changed(ResourceStatus, asked=property(lambda self: True)),
    "what is off looks as if it were on": changed(cards.Card, is_off=property(lambda self: False)),
    "what is on is grey": changed(cards, tone_of=lambda one: "quiet"),
    "a change is told to nobody": changed(shown, changed_lines=lambda before, after: iter(())),
    "the sums are cut off": changed(status_watch, _LAST=0),
}


def main() -> int:
    """Prints what catches each."""
    return report(MUTANTS, CHECKS)


if __name__ == "__main__":
    sys.exit(main())
