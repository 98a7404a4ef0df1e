"""How an apply is followed: a bar on a terminal, a line a change elsewhere; on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reconciler.applying.results import ChangeResult
from reconciler.cli.environment import current_environment
from reconciler.cli.json_log import say_fields
from reconciler.reports.escape import safe
from reconciler.words import shortened

DRAWN_PER_SECOND = 10


@contextmanager
def progress(total: int) -> Iterator[Callable[[ChangeResult], None]]:
    """Gives what is to be called with each ending."""
    environment = current_environment()
    drawn = environment.is_terminal("stderr") and not environment.get("CI") and not environment.is_dumb
    shown = _bar(total, no_color=bool(environment.get("NO_COLOR"))) if drawn else _lines(total)
    for tell in shown:
        yield _forgiving(tell)


@contextmanager
def progress_lines(total: int) -> Iterator[Callable[[ChangeResult], None]]:
    """The same in lines, whatever standard error is."""
    for tell in _lines(total):
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
    drawing = Drawing(Progress(*columns, console=console, auto_refresh=False), total)
    # A terminal may be gone before the bar is drawn, and before it is drawn for the last time.
    with suppress(OSError):
        drawing.begin()
    try:
        yield drawing.tell
    finally:
        with suppress(OSError):
            drawing.end()


class Drawing:
    """A bar with the lines above it, drawn some times a second and not with each of the changes.

    What a terminal that has gone makes of it is raised by the next `tell`.
    """

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("applying", total=total)
        self._lines: list[str] = []
        self._mutex = Lock()
        self._over = Event()
        self._gone: OSError | None = None
        self._thread = Thread(target=self._draw_on, name="progress", daemon=True)

    def begin(self) -> None:
        """Draws the bar, and from then on what is told."""
        self._bar.start()
        self._thread.start()

    def tell(self, ending: ChangeResult) -> None:
        """Notes a change that has ended."""
        if self._gone is not None:
            raise self._gone
        with self._mutex:
            self._lines.append(_line(ending))

    def end(self) -> None:
        """Draws what is left."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self._draw()
        self._bar.stop()

    def _draw_on(self) -> None:
        try:
            while not self._over.wait(1 / DRAWN_PER_SECOND):
                self._draw()
        except OSError as error:
            self._gone = error

    def _draw(self) -> None:
        with self._mutex:
            lines, self._lines = self._lines, []
        if lines:
            self._bar.console.print("\n".join(lines))
            self._bar.advance(self._task, len(lines))
        self._bar.refresh()
