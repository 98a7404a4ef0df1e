"""The bar of an apply: every change is told above it, and it is drawn some times a second."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console
from rich.progress import Progress

from reconciler.applying.results import ChangeResult, Result
from reconciler.cli.progress import Drawing
from reconciler.planning.planner import make_plan
from reconciler.state.model import State

from ..support import MIX, loaded

COUNT = 2000


class Counted(Progress):
    """How often it was drawn."""

    drawn = 0

    def refresh(self) -> None:
        self.drawn += 1
        super().refresh()


@pytest.fixture
def ending() -> ChangeResult:
    found = loaded(MIX)
    return ChangeResult(
        make_plan(found.settings, found.resources, State(), {}, now=0.0).changes[0], Result.DONE
    )


@pytest.fixture
def screen() -> Iterator[io.StringIO]:
    with io.StringIO() as written:
        yield written


def bar_on(file: io.StringIO) -> Counted:
    return Counted(console=Console(file=file, force_terminal=True, width=200), auto_refresh=False)


def test_thousands_of_endings_are_all_told_and_seldom_drawn(
    ending: ChangeResult, screen: io.StringIO
) -> None:
    bar = bar_on(screen)
    drawing = Drawing(bar, COUNT)
    drawing.begin()
    for _ in range(COUNT):
        drawing.tell(ending)
    drawing.end()
    assert screen.getvalue().count("start done") == COUNT
    assert bar.finished and bar.drawn < COUNT / 10


class Gone(io.StringIO):
    """A terminal that nobody is at any more."""

    def write(self, text: str) -> int:
        raise OSError("gone")


def test_a_terminal_that_has_gone_is_told_to_the_run_and_ends_no_thread_loudly(ending: ChangeResult) -> None:
    drawing = Drawing(bar_on(Gone()), COUNT)
    with pytest.raises(OSError):
        drawing.begin()
        for _ in range(10**9):
            drawing.tell(ending)
    with pytest.raises(OSError):
        drawing.end()
