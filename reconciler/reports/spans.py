"""Text from outside in Markdown: in code spans and fences that nothing in the text can end.

In them no mention, link, number of an issue, table or HTML is read; inside of `<summary>` the same
is escaped HTML in `<code>`.
"""

import html
import re
from collections.abc import Iterable

from reconciler.reports.escape import safe
from reconciler.reports.rows import cut

MOST = 800
SHORT = 200
"""The most characters of a long text, and of one that is usually short, as a path is."""


def code(text: object, most: int = MOST) -> str:
    """A code span; nothing of an empty text."""
    shown = safe(cut(str(text), most))
    if not shown:
        return ""
    ticks = "`" * (_longest_run(shown) + 1)
    needs_space = shown[0] in "` " or shown[-1] in "` "
    return f"{ticks} {shown} {ticks}" if needs_space else f"{ticks}{shown}{ticks}"


def cell(text: object) -> str:
    """A code span in a table, where a bar ends the cell even inside of code."""
    return code(text, SHORT).replace("|", r"\|")


def html_code(text: object) -> str:
    """The same inside a block of HTML."""
    return f"<code>{html.escape(safe(cut(str(text), MOST)))}</code>"


def fence(lines: Iterable[str], word: str) -> str:
    """A fenced block of lines, each safe by itself, in the language that is called `word`."""
    body = "\n".join(lines)
    ticks = "`" * max(3, _longest_run(body) + 1)
    return f"{ticks}{word}\n{body}\n{ticks}"


def size(text: str) -> int:
    """How long a text is for those who count in UTF-16, which is never less than its characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
