"""A plan for a terminal: aligned, coloured where that is wanted, impact first.

IMPACT     VERB     RESOURCE
reconnect  update   Kind/name  visible
             spec.publish[0].url  "rtmp://…" → "rtmp://…"  reconnect
"""

from io import StringIO

from rich.console import Console
from rich.text import Text

from reconciler.model import Impact
from reconciler.reports.escape import safe
from reconciler.reports.view import Group, Line, View

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
_MOST_NAMES = 6
_WARNING = "warning: "


class Page:
    """Lines of text for a terminal of some width."""

    def __init__(self, width: int, *, color: bool) -> None:
        self._out = StringIO()
        self._console = Console(
            file=self._out,
            width=max(width, MIN_WIDTH),
            force_terminal=color,
            color_system="standard" if color else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )
        self.width = self._console.width

    def line(self, text: Text) -> None:
        """One line as it is."""
        self._console.print(text, no_wrap=True, overflow="ignore", crop=False)

    def hanging(self, text: Text, indent: int, first: Text | None = None) -> None:
        """The text wrapped at the page's width, every line indented; `first` stands before the first."""
        lines = text.wrap(self._console, max(self.width - indent, 20), overflow="fold")
        for number, line in enumerate(lines):
            before = first if first is not None and not number else Text(" " * indent)
            self.line(Text.assemble(before, line))

    def warning(self, text: str) -> None:
        """A warning, wrapped."""
        self.hanging(Text(safe(text)), len(_WARNING), Text(_WARNING, "bold yellow"))

    def text(self) -> str:
        """Everything, without blanks at line ends."""
        return "\n".join(line.rstrip() for line in self._out.getvalue().splitlines()) + "\n"


def render_text(view: View, *, width: int, color: bool) -> str:
    """The plan as text of at most `width` columns, with terminal colours if `color`."""
    page = Page(width, color=color)
    serial = f"state serial {view.serial}" if view.serial else "no state yet"
    where = f" ({safe(view.state)})" if view.state else ""
    head = Text.assemble(("Plan", "bold"), f" for workspace {safe(view.workspace)}, {serial}{where}")
    page.hanging(head, 0)
    page.line(Text())
    if view.rows:
        page.line(Text(f"{'IMPACT':<{_IMPACT}}{'VERB':<{_VERB}}RESOURCE", _QUIET))
    for group in view.groups:
        _group(page, group)
    for warning in view.warnings:
        page.warning(warning)
    if view.rows or view.warnings:
        page.line(Text())
    page.line(_sum(view))
    return page.text()


def _group(page: Page, group: Group) -> None:
    row, style = group.row, _STYLES[group.row.impact]
    page.hanging(
        Text.assemble((safe(group.title), "bold"), ("  visible", "cyan") if row.visible else ""),
        _IMPACT + _VERB,
        Text.assemble((f"{row.impact:<{_IMPACT}}", style), (f"{row.verb:<{_VERB}}", style)),
    )
    told_by_fields = row.lines and row.impact not in (Impact.RESTART, Impact.STOP)
    if not told_by_fields:
        page.hanging(Text(safe(row.reason), _QUIET), _DETAIL)
    longest = max((len(line.path) for line in row.lines), default=0)
    for line in row.lines:
        _field(page, line, min(longest, 40))
    if len(group.addresses) > 1:
        page.hanging(Text(safe(f"in {_names(group)}")), _DETAIL)
    each = " each" if len(group.addresses) > 1 else ""
    if row.calls:
        page.hanging(Text(f"calls {', '.join(row.calls)}{each}", _QUIET), _DETAIL)
    elif row.lines:
        page.hanging(Text("no call; it is recorded, and counts from the next start", _QUIET), _DETAIL)


def _names(group: Group) -> str:
    """The first addresses, and how many more."""
    shown = ", ".join(map(str, group.addresses[:_MOST_NAMES]))
    more = len(group.addresses) - _MOST_NAMES
    return shown if more <= 0 else f"{shown} and {more} more"


def _field(page: Page, line: Line, longest: int) -> None:
    path = Text(f"{safe(line.path):<{longest}}  ")
    hit = f" of {safe(line.hits)}" if line.hits and line.hits not in line.before + line.after else ""
    note = Text() if line.impact is Impact.NONE else Text(f"  {line.impact}{hit}", _STYLES[line.impact])
    before, after = Text(safe(line.before), "red"), Text(safe(line.after), "green")
    if not line.before or not line.after:
        word = Text("added ") if line.after else Text("removed ")
        values = Text.assemble(word, after if line.after else before, note)
    else:
        values = Text.assemble(before, " → ", after, note)
    if _DETAIL + len(path) + len(values) <= page.width:
        page.line(Text.assemble(" " * _DETAIL, path, values))
        return
    page.line(Text.assemble(" " * _DETAIL, path, note))
    for sign, value in (("- ", before), ("+ ", after)):
        if value:
            page.hanging(value, _DETAIL + 4, Text(" " * (_DETAIL + 2) + sign))


def _sum(view: View) -> Text:
    if not view.rows:
        return Text(f"Nothing to do: {view.summary}.")
    calls = f"{view.calls} call{'s' if view.calls != 1 else ''}"
    pace = f", about {view.eta_seconds:g} s at the API's pace" if view.eta_seconds >= 1 else ""
    return Text.assemble((f"{view.summary}", "bold"), f"; {calls}{pace}")
