"""A plan for a terminal: aligned, coloured where that is wanted, impact first."""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reconciler.model import Impact, Verb
from reconciler.reports.escape import safe
from reconciler.reports.view import Line, Row, View

_STYLES = {
    Impact.NONE: "green",
    Impact.START: "green",
    Impact.RECONNECT: "yellow",
    Impact.RESTART: "bold red",
    Impact.STOP: "bold red",
}
_SYMBOLS = {
    Verb.START: "+",
    Verb.UPDATE: "~",
    Verb.RESUME: ">",
    Verb.PAUSE: "=",
    Verb.STOP: "-",
    Verb.REPLACE: "!",
    Verb.FORGET: ".",
}


def render_text(view: View, *, width: int, color: bool) -> str:
    """The plan as text of at most `width` columns, with terminal colours if `color`."""
    out = StringIO()
    console = Console(
        file=out,
        width=max(width, 60),
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    _head(console, view)
    for row in view.rows:
        _row(console, row)
    _foot(console, view)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _head(console: Console, view: View) -> None:
    serial = f"state serial {view.serial}" if view.serial else "no state yet"
    console.print(Text.assemble(("Plan", "bold"), f" for workspace {safe(view.workspace)} ({serial})"))
    console.print()


def _row(console: Console, row: Row) -> None:
    style = _STYLES[row.impact]
    impact = f"impact {row.impact}" + (", visible" if row.visible else "")
    console.print(
        Text.assemble(
            (f"{_SYMBOLS[row.verb]} {row.verb:<8}", style),
            (safe(str(row.address)), "bold"),
            "  ",
            (impact, style),
        )
    )
    console.print(_indented(safe(row.reason), 4), style="dim")
    if row.lines:
        console.print(_fields(row.lines))
    if row.calls:
        console.print(_indented(f"calls {', '.join(row.calls)}", 4), style="dim")
    console.print()


def _fields(lines: tuple[Line, ...]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=False, overflow="fold", min_width=10)
    table.add_column(overflow="fold", ratio=1)
    for line in lines:
        note = "" if line.impact is Impact.NONE else f"  ({line.impact})"
        table.add_row(
            Text(f"    {safe(line.path)}"),
            Text.assemble(_values(line), (note, _STYLES[line.impact])),
        )
    return table


def _values(line: Line) -> Text:
    before, after = safe(line.before), safe(line.after)
    if not before:
        return Text.assemble(("added ", "green"), after)
    if not after:
        return Text.assemble(("removed ", "red"), before)
    return Text.assemble((before, "red"), " → ", (after, "green"))


def _indented(text: str, columns: int) -> Table:
    """A paragraph that keeps its indentation where it wraps."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=0)
    table.add_column(width=columns)
    table.add_column(overflow="fold")
    table.add_row("", Text(text))
    return table


def _foot(console: Console, view: View) -> None:
    for warning in view.warnings:
        console.print(Text.assemble(("warning: ", "bold yellow"), safe(warning)))
    if view.warnings:
        console.print()
    if not view.rows:
        console.print(Text(f"Nothing to do: {view.summary}."))
        return
    calls = f"{view.calls} call{'s' if view.calls != 1 else ''}"
    pace = f", about {view.eta_seconds:g} s at the API's pace" if view.eta_seconds >= 1 else ""
    console.print(Text.assemble((f"{view.summary}", "bold"), f"; {calls}{pace}"))
