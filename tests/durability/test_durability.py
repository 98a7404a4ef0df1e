"""What the state's files promise, each check whole; and that each would fail if the promise were broken."""

from contextlib import nullcontext

import pytest

from ..support import one_in
from . import checks
from .mutants import MUTANTS, caught_by
from .power import cut_power


@pytest.mark.slow
def test_every_flipped_bit_and_every_truncation_of_a_state_is_refused() -> None:
    checks.state_damage()


@pytest.mark.slow
def test_every_flipped_bit_and_every_truncation_of_a_saved_plan_is_refused() -> None:
    checks.plan_damage()


@pytest.mark.slow
def test_every_flipped_bit_of_a_journal_is_refused_and_a_truncation_leaves_what_stands_before_it() -> None:
    checks.journal_damage()


def test_a_line_of_another_journal_is_refused() -> None:
    checks.spliced_journal()


def test_an_older_state_that_is_put_back_is_refused() -> None:
    checks.put_back()


def test_a_plan_is_used_up_before_its_first_call() -> None:
    checks.used_once()


def test_the_lock_is_held_by_one_and_its_loss_is_noticed() -> None:
    checks.held_by_one()


def test_what_another_run_wrote_meanwhile_is_not_written_over() -> None:
    checks.overtaken()


@pytest.mark.slow
def test_wherever_a_process_dies_the_next_apply_puts_all_in_order() -> None:
    checks.killed()


@pytest.mark.slow
def test_whichever_operation_fails_nothing_is_begun_after_it_and_the_next_apply_converges() -> None:
    checks.failing_disk()


def test_on_a_disk_of_any_size_nothing_is_sent_or_all_is_done() -> None:
    checks.rehearsal()


def test_probes_are_called_as_long_as_the_longest_name() -> None:
    checks.probes()


def test_a_state_has_one_name_and_files_of_its_own() -> None:
    checks.one_name()


def test_a_journal_without_its_first_line_is_refused() -> None:
    checks.emptied_journal()


def test_what_is_no_regular_file_is_not_read() -> None:
    checks.no_regular_file()


@pytest.mark.slow
def test_through_power_cuts_nothing_acknowledged_is_lost() -> None:
    """The long form is `python -m tests.durability.power --images 50000 --seed 1`."""
    images = 3000
    figures = cut_power(images, seed=1)
    assert figures.images >= images and figures.applied > images / 300


@pytest.mark.share(4)
@pytest.mark.slow
@pytest.mark.parametrize("name", one_in(9, MUTANTS))
def test_each_bug_is_caught(name: str) -> None:
    """All at once, with what catches each: `python -m tests.durability.mutants`."""
    assert caught_by(MUTANTS[name]) is not None


@pytest.mark.slow
def test_without_a_bug_nothing_is_caught() -> None:
    assert caught_by(nullcontext) is None
