"""No test changes what a signal does to the next."""

import signal

import pytest

from ..conftest import SIGNALS, pytest_runtest_protocol


def nothing(number: int, frame: object) -> None:
    """What no other test would do about a signal."""


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_what_a_test_lets_a_signal_do_ends_with_it(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    around = pytest_runtest_protocol()
    next(around)
    signal.signal(number, nothing)
    with pytest.raises(StopIteration):
        around.send(True)
    assert signal.getsignal(number) is before is not nothing
