"""What starts or stops as a whole, for a terminal: signed lines, and the places of each where they are many.

+ room     295066
+ to       rtmp://…
+ picture  1280x720, 25 fps, 1500 kbit/s
"""

from collections.abc import Sequence

from reconciler.reports.escape import safe
from reconciler.reports.groups import Group
from reconciler.reports.page import DETAIL, Page, cells, plain
from reconciler.reports.rows import Line
from reconciler.words import and_more, listed

_MOST_MEMBERS = 10
_STYLES = {"+": "green", "-": "red"}


def write_whole(page: Page, group: Group) -> None:
    """The lines of a change; of several that are alike what they share, then ten of them with their places.

    Of what is interrupted every address is told.
    """
    if len(group.rows) == 1:
        _lines(page, group.row.lines)
        return
    _lines(page, group.row.settings)
    sign = group.row.lines[0].sign
    for row in group.rows[:_MOST_MEMBERS]:
        named = [(safe(str(row.address)), ""), (safe(f"  {row.places}"), "")]
        page.hanging(named, DETAIL + 2, [(" " * DETAIL, ""), (f"{sign} ", _STYLES[sign])])
    rest = group.addresses[_MOST_MEMBERS:]
    if rest:
        most = len(rest) if group.is_grave else 0
        page.hanging([plain(f"and {listed(rest, most)}" if most else and_more(len(rest)))], DETAIL)


def _lines(page: Page, lines: Sequence[Line]) -> None:
    longest = max((cells(safe(line.label)) for line in lines), default=0)
    for line in lines:
        label = safe(line.label)
        head = f"{line.sign} {label}{' ' * (longest - cells(label))}  "
        first = [(" " * DETAIL, ""), (head, _STYLES[line.sign])]
        page.hanging([plain(line.words)], DETAIL + longest + 4, first)
