"""A plan for a terminal: aligned, coloured where that is wanted, impact first.

IMPACT     VERB     RESOURCE
reconnect  update   Kind/name  visible
                    spec.publish[0].url  "rtmp://…" → "rtmp://…"  reconnect
"""

from collections.abc import Iterable
from io import StringIO

from rich.console import Console
from rich.text import Text

from reconciler.model import Impact
from reconciler.reports.escape import safe
from reconciler.reports.view import Line, Row, View

MIN_WIDTH = 60
_STYLES = {
    Impact.NONE: "green",
    Impact.START: "green",
    Impact.RECONNECT: "yellow",
    Impact.RESTART: "bold red",
    Impact.STOP: "bold red",
}
_IMPACT, _VERB, _DETAIL = 11, 9, 13
_QUIET = "bright_black"


def render_text(view: View, *, width: int, color: bool) -> str:
    """The plan as text of at most `width` columns, with terminal colours if `color`."""
    out = StringIO()
    console = Console(
        file=out,
        width=max(width, MIN_WIDTH),
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for line in _lines(view, console):
        console.print(line, no_wrap=True, overflow="ignore", crop=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _lines(view: View, console: Console) -> Iterable[Text]:
    serial = f"state serial {view.serial}" if view.serial else "no state yet"
    yield Text.assemble(("Plan", "bold"), f" for workspace {safe(view.workspace)}, {serial}")
    yield Text()
    if view.rows:
        yield Text(f"{'IMPACT':<{_IMPACT}}{'VERB':<{_VERB}}RESOURCE", _QUIET)
    for row in view.rows:
        yield from _row(row, console)
    for warning in view.warnings:
        first, *rest = _hanging(Text(safe(warning)), len("warning: "), console)
        yield Text.assemble(("warning: ", "bold yellow"), first[len("warning: ") :])
        yield from rest
    if view.rows or view.warnings:
        yield Text()
    yield _sum(view)


def _row(row: Row, console: Console) -> Iterable[Text]:
    style = _STYLES[row.impact]
    yield Text.assemble(
        (f"{row.impact:<{_IMPACT}}", style),
        (f"{row.verb:<{_VERB}}", style),
        (safe(str(row.address)), "bold"),
        ("  visible", "cyan") if row.visible else "",
    )
    told_by_fields = row.lines and row.impact not in (Impact.RESTART, Impact.STOP)
    if not told_by_fields:
        yield from _hanging(Text(safe(row.reason), _QUIET), _DETAIL, console)
    longest = max((len(line.path) for line in row.lines), default=0)
    for line in row.lines:
        yield from _field(line, min(longest, 40), console)
    if row.calls:
        yield from _hanging(Text(f"calls {', '.join(row.calls)}", _QUIET), _DETAIL, console)


def _field(line: Line, longest: int, console: Console) -> Iterable[Text]:
    path = Text(f"{safe(line.path):<{longest}}  ")
    note = Text() if line.impact is Impact.NONE else Text(f"  {line.impact}", _STYLES[line.impact])
    before, after = Text(safe(line.before), "red"), Text(safe(line.after), "green")
    if not line.before or not line.after:
        word = Text("added ") if line.after else Text("removed ")
        values = Text.assemble(word, after if line.after else before, note)
    else:
        values = Text.assemble(before, " → ", after, note)
    if _DETAIL + len(path) + len(values) <= console.width:
        yield Text.assemble(" " * _DETAIL, path, values)
        return
    yield Text.assemble(" " * _DETAIL, path, note)
    for sign, value in (("- ", before), ("+ ", after)):
        if value:
            first, *rest = _hanging(value, _DETAIL + 4, console)
            yield Text.assemble(" " * (_DETAIL + 2), sign, first[_DETAIL + 4 :])
            yield from rest


def _hanging(text: Text, indent: int, console: Console) -> Iterable[Text]:
    """The text wrapped at the console's width, every line indented alike."""
    for line in text.wrap(console, max(console.width - indent, 20), overflow="fold"):
        yield Text.assemble(" " * indent, line)


def _sum(view: View) -> Text:
    if not view.rows:
        return Text(f"Nothing to do: {view.summary}.")
    calls = f"{view.calls} call{'s' if view.calls != 1 else ''}"
    pace = f", about {view.eta_seconds:g} s at the API's pace" if view.eta_seconds >= 1 else ""
    return Text.assemble((f"{view.summary}", "bold"), f"; {calls}{pace}")
