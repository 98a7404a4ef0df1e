"""Bugs on purpose in what is noted, what has expired and what is signed anew: a check must fail of each.

python -m tests.planning.mutants
"""

import sys
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from reconciler.cloud.resolve import SecretResolver
from reconciler.kinds.publish.base import PublishKind
from reconciler.planning import cases, drafting, drift, expiry, noted, reasons, resigning, signing
from reconciler.planning.cases import Case
from reconciler.planning.signing import Signing
from reconciler.planning.steps import StepBuilder
from reconciler.state import unanswered

from ..mutants import Mutant, report
from . import test_expiry as expires
from . import test_noted as notes
from . import test_resigning as resigns

EXPIRY, ATTEMPTS, UPDATE = expiry._expiry, unanswered._attempts, PublishKind.update


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a class or a module, replaced."""

    def switched() -> AbstractContextManager[Any]:
        return patch.multiple(owner, **attributes)

    return switched


def what_is_noted_is_recorded() -> None:
    """Labels and annotations."""
    notes.test_each_label_that_changes_is_a_field()
    for kind in notes.KINDS:
        state = notes.applied(notes.loaded(notes.text_of(kind, {"a": "1"}, {"b": "2"})))
        for wanted in (
            notes.text_of(kind, {"a": "2"}, {"b": "2"}),
            notes.text_of(kind, {"a": "1"}, {"b": "3"}),
        ):
            plan = notes.planned(wanted, state)
            assert len(plan.changes) == 1
            assert notes.planned(wanted, notes.after(plan, state)).changes == ()


def what_has_expired_is_told() -> None:
    """With what is so, and what to do."""
    for case in expires.CALENDARS:
        expires.test_calendar(*case)
    for over in expires.OVER.values():
        expires.test_what_has_ended_says_since_when_what_is_so_and_what_to_do(*over)
    expires.test_many_signatures_are_told_in_a_word(300)


def pushes_are_signed_anew() -> None:
    """In one update, as asked for, and after a lost answer."""
    text = resigns.text_of(resigns.HALL, ["signed", "plain"])
    state = resigns.applied(resigns.loaded(text))
    change = resigns.the_change(resigns.planned(text, state, resigns.HALL))
    first, plain = resigns.sent(change)
    assert isinstance(first, resigns.PushUrl) and first.tx_time is None and isinstance(plain, str)
    assert change.impact is resigns.Impact.RECONNECT
    resigns.test_a_lost_answer_is_settled_with_the_signature_that_was_sent()
    resigns.test_a_lost_update_of_something_else_leaves_signatures_alone()


def rotated_keys_are_told() -> None:
    """Of a push that is to stay as it is, before the first call."""
    resigns.test_a_key_that_was_rotated_is_told_before_the_first_call()


def renewals_have_their_reasons() -> None:
    """Whatever else has ended."""
    resigns.test_a_renewal_is_for_the_taskid_whatever_else_has_ended()
    resigns.test_a_forbid_that_has_ended_and_is_still_wanted_is_set_again()


def silence_has_its_cause() -> None:
    """Before and after the end of a signature."""
    for after in (-1, 0, 86400):
        resigns.test_silence_and_signatures(after)


CHECKS = (
    what_is_noted_is_recorded,
    what_has_expired_is_told,
    pushes_are_signed_anew,
    silence_has_its_cause,
    rotated_keys_are_told,
    renewals_have_their_reasons,
)


def without_over(*arguments: Any) -> Any:
    return replace(EXPIRY(*arguments), expired=False)


def as_before(*arguments: Any) -> Any:
    """What follows from an end is told the same once it has passed."""
    address, term, now = arguments
    return EXPIRY(address, replace(term, over=""), now)


def never_resends(self: PublishKind, subject: Any) -> Any:
    return UPDATE(self, replace(subject, resends=False))


def never_in_doubt(before: Any, intended: Any) -> Any:
    same = intended is None or intended.spec == before.spec
    return before.attempted if same else ATTEMPTS(before, intended)


MUTANTS: dict[str, Mutant] = {
    "labels are not compared": changed(noted, _differing=lambda name, before, after: iter(())),
    "nothing is noted": changed(cases, noted_fields=lambda resource, entry: ()),
    "what is noted is not recorded": changed(drafting, noted_of=lambda resource: {}),
    "what has expired is told as what ends": changed(expiry, _expiry=without_over),
    "what has expired says what will be": changed(expiry, _expiry=as_before),
    "a signature is known for ever": changed(expiry, expiry_of_signature=lambda text: 10.0**11),
    "every expired signature by itself": changed(expires, signature_warnings=lambda found: map(str, found)),
    "nothing is sent anew": changed(PublishKind, update=never_resends),
    "the old signature is sent": changed(resigning, signing_of=lambda case: Signing.AGAIN),
    "the same in its calls alone": changed(drafting, signing_of=lambda case: Signing.AGAIN),
    "a lost signature is taken for known": changed(unanswered, _attempts=never_in_doubt),
    "a lost signature is made once more": changed(StepBuilder, _still_signed=lambda self, spec, bases: {}),
    "a rotated key is not told": changed(SecretResolver, _is_rotated=lambda self, push: False),
    "nor by which key a push was signed": changed(signing, replace=lambda push, signed_by: push),
    "a push that is cut is not told": changed(drafting, signing_fields=lambda case: ()),
    "what is asked for changes nothing": changed(Case, resigning=property(lambda self: False)),
    "a renewal is for what ended first": changed(reasons, TASK_ID="push signature"),
    "silence has no cause": changed(drift, expired_words=lambda entry, now: ""),
    "silence has one always": changed(drift, expired_words=lambda entry, now: "; the likely cause"),
}


def main() -> int:
    """Prints what catches each."""
    return report(MUTANTS, CHECKS)


if __name__ == "__main__":
    sys.exit(main())
