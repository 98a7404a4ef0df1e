"""How an apply is followed: a bar on a terminal, a line a change elsewhere; on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reconciler.applying.results import ChangeResult
from reconciler.cli.environment import current_environment
from reconciler.cli.json_log import say_fields
from reconciler.reports.escape import safe
from reconciler.words import shortened


@contextmanager
def progress(total: int) -> Iterator[Callable[[ChangeResult], None]]:
    """Gives what is to be called with each ending."""
    environment = current_environment()
    drawn = environment.is_terminal("stderr") and not environment.get("CI") and not environment.is_dumb
    shown = _bar(total, no_color=bool(environment.get("NO_COLOR"))) if drawn else _lines(total)
    for tell in shown:
        yield _forgiving(tell)


def _forgiving(tell: Callable[[ChangeResult], None]) -> Callable[[ChangeResult], None]:
    """The same, but a reader of standard error that has gone ends the telling and not the run."""
    reads = True

    def told(ending: ChangeResult) -> None:
        nonlocal reads
        if reads:
            try:
                tell(ending)
            except OSError:
                reads = False

    return told


def _line(ending: ChangeResult) -> str:
    task = f" (TaskId {shortened(str(ending.task_id))})" if ending.task_id else ""
    return safe(f"{ending.change.address}: {ending.change.verb} {ending.result}{task}")


def _fields(ending: ChangeResult) -> dict[str, object]:
    """What the line tells, by its names in a plan."""
    change = ending.change
    task = {"taskId": ending.task_id} if ending.task_id else {}
    return {"address": str(change.address), "verb": str(change.verb), "result": str(ending.result), **task}


def _lines(total: int) -> Iterator[Callable[[ChangeResult], None]]:
    done = 0

    def tell(ending: ChangeResult) -> None:
        nonlocal done
        done += 1
        say_fields(f"[{done}/{total}] {_line(ending)}", done=done, total=total, **_fields(ending))

    yield tell


def _bar(total: int, *, no_color: bool) -> Iterator[Callable[[ChangeResult], None]]:
    console = Console(stderr=True, no_color=no_color, highlight=False, markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console)
    task = bar.add_task("applying", total=total)

    def tell(ending: ChangeResult) -> None:
        console.print(_line(ending))
        bar.advance(task)

    # A terminal may be gone before the bar is drawn, and before it is drawn for the last time.
    with suppress(OSError):
        bar.start()
    try:
        yield tell
    finally:
        with suppress(OSError):
            bar.stop()
