"""What is posted: the text of a comment or issue, never too long for a forge, and found again by a mark."""

import hashlib
import re
import unicodedata

LIMIT = 65_536
"""The most characters of a comment or issue of GitHub's; GitLab takes more."""
_TAIL = 6_000
_KEPT = "\n\t"
_UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def mark_of(kind: str, name: str) -> str:
    """The hidden first line of what is posted, by which it is found again.

    Six digits of a digest, so that it is never longer than the line it replaces in the tool's
    report, which may be as long as a comment can be. The tool's own cannot be used, since it names
    the workspace, and manifests that cannot be read have none.
    """
    digest = hashlib.sha256(f"{kind}\0{name}".encode()).hexdigest()
    return f"<!-- reconciler {digest[:6]} -->"


def posted(mark: str, report: str, footer: str) -> str:
    """The tool's Markdown under our mark, with the footer if there is room for it."""
    first, _, rest = report.partition("\n")
    body = f"{mark}\n{rest if first.startswith('<!-- reconciler ') else report}"
    whole = f"{body.rstrip()}\n\n{footer}\n"
    return whole if len(whole) <= LIMIT else body


def failed(mark: str, title: str, said: str, footer: str) -> str:
    """What stands in the place of a report that could not be made: the end of what the tool said."""
    tail = clean(said)[-_TAIL:] or "it said nothing"
    return f"{mark}\n### {title}\n\n{fence(tail)}\n\n{footer}\n".lstrip()


def quoted(mark: str, title: str, text: str, footer: str) -> str:
    """A text that somebody else made, as a text: nothing in it links, mentions, shows a picture or hides."""
    head, tail = f"{mark}\n### {title}\n\n", f"\n\n{footer}\n"
    lines = clean(text).rstrip().split("\n")
    shown = lines
    while len(head) + len(fence(_cut(lines, shown))) + len(tail) > LIMIT:
        shown = shown[: len(shown) * 9 // 10]
    return f"{head}{fence(_cut(lines, shown))}{tail}"


def _cut(lines: list[str], shown: list[str]) -> str:
    left = len(lines) - len(shown)
    return "\n".join([*shown, *([f"[{left} more lines are not shown here]"] if left else [])])


def fence(text: str) -> str:
    """A block of code with a fence that the text cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}text\n{text.rstrip()}\n{ticks}"


def clean(text: str) -> str:
    """The text without control and direction characters, which could show something else than is there."""
    return "".join(
        char if char in _KEPT or unicodedata.category(char) not in _UNSHOWN else "\N{REPLACEMENT CHARACTER}"
        for char in text.replace("\r\n", "\n")
    )
