"""Sound manifests as somebody might write them: any style, any indentation, comments anywhere.

Every comment is a word of its own, so that each can be found again; those above and behind keys
are remembered with their key.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

PLAIN = st.sampled_from(
    [
        "hall",
        "a b",
        "rtmp://x/live/a-b",
        "no",
        "012",
        "0xFF",
        "12:30",
        "3d",
        "1_0",
        "y",
        "a#b",
        "-x",
        "é",
        "ü b",
    ]
)
ANY = st.sampled_from(
    ["", " a", "a ", "# x", "a: b", "- a", "'", '"', "\\", "a\tb", "{x", "1", "true", "~", "%a"]
)
BLOCKS = st.sampled_from(
    [
        "a\n",
        "a",
        "a\n\n",
        "a\nb\n",
        "a\n\nb",
        " a\nb\n",
        "a\n  b\n",
        "\na\n",
        "# x\ny\n",
        "k: v\n",
        "a\n \nb\n",
    ]
)
NUMBERS = st.sampled_from([0, 1, -1, 295066, 1.0, 0.5, True, False, None])
FIELDS = ["room", "url", "auth", "video", "layout", "publish", "agent", "users", "userId", "name", "slots"]
FREE = ["zeta", "alpha", "b-c", "on", "x.y/z", "two words"]
# What looks like a number is quoted: without quotes a room would be asked about.
PLAIN_FORM = re.compile(r"[A-Za-zéü](?:[\w /.#-]|:(?=\S))*(?<!\s)(?<! #)|\d+:\d+|(?!0x)\d[a-z]\w*|-[a-z]")
INDENTS = st.integers(1, 5)


def scalars() -> st.SearchStrategy[Any]:
    return PLAIN | ANY | BLOCKS | NUMBERS


def mappings(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(FIELDS + FREE), inner, max_size=4)


values = st.recursive(scalars(), lambda inner: mappings(inner) | st.lists(inner, max_size=3), max_leaves=12)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A document whose spec says anything; nothing but its syntax is looked at."""
    kind = draw(st.sampled_from(["MixStream", "Workspace", "MixLayout", "IngestStream", "Other"]))
    pairs: list[tuple[str, Any]] = [
        ("apiVersion", "reconciler/v1"),
        ("kind", kind),
        ("metadata", draw(mappings(scalars())) | {"name": "x"}),
        ("spec", draw(mappings(values))),
    ]
    return dict(draw(st.permutations(pairs)))


@dataclass
class Hand:
    """Writes values down; `above` and `behind` say which comment was put at which key."""

    draw: st.DrawFn
    count: int = 0
    kept: bool = False
    comments: list[str] = field(default_factory=list)
    above: dict[str, str] = field(default_factory=dict)
    behind: dict[str, str] = field(default_factory=dict)

    def chance(self, of: int = 3) -> bool:
        return self.draw(st.integers(1, of)) == 1

    def word(self) -> str:
        self.count += 1
        self.kept = False
        word = f"c{self.count}c"
        self.comments.append(word)
        return f"#{'' if self.chance() else ' '}{word}"

    def lines_above(self, column: int, key: str | None) -> list[str]:
        """Comments and blank lines above a key, at its own column; the key is remembered."""
        found = []
        while self.chance():
            if self.chance() and not self.kept:
                found.append(" " * self.draw(st.integers(0, 2)))
                continue
            comment = self.word()
            found.append(" " * column + comment)
            if key is not None:
                self.above[self.comments[-1]] = key
        self.kept = False
        return found

    def tail(self, key: str | None = None) -> str:
        """Perhaps a comment behind something."""
        if not self.chance(4):
            return " " * self.draw(st.integers(0, 1))
        found = " " * self.draw(st.integers(1, 3)) + self.word()
        if key is not None:
            self.behind[self.comments[-1]] = key
        return found

    # Values

    def flow(self, value: Any, *, broken: bool, column: int) -> str:
        """A value in brackets; `broken` puts line breaks and comments between its parts."""
        if isinstance(value, dict):
            parts = [
                f"{self.flow_key(key)}: {self.flow(one, broken=broken, column=column)}"
                for key, one in value.items()
            ]
            return self.bracketed("{", parts, "}", broken, column)
        if isinstance(value, list):
            return self.bracketed(
                "[", [self.flow(one, broken=broken, column=column) for one in value], "]", broken, column
            )
        return self.scalar(value, flow=True)

    def bracketed(self, left: str, parts: list[str], right: str, broken: bool, column: int) -> str:
        text = left
        for number, part in enumerate(parts):
            text += self.space(broken, column) + part + self.space(broken, column)
            text += "," if number < len(parts) - 1 or self.chance() else ""
        return text + self.space(broken, column) + right

    def space(self, broken: bool, column: int) -> str:
        if not broken or self.chance(2):
            return " " * self.draw(st.integers(0, 1))
        lines = [self.tail()]
        while self.chance():
            lines.append(" " * self.draw(st.integers(0, 9)) + self.word() if self.chance(2) else "")
        return "\n".join([*lines, " " * (column + self.draw(st.integers(1, 3)))])

    def flow_key(self, key: str) -> str:
        return json.dumps(key) if self.chance() else self.key(key)

    def key(self, key: str) -> str:
        if self.chance(6):
            return f"'{key}'" if self.chance(2) else json.dumps(key)
        return key

    def scalar(self, value: Any, *, flow: bool = False) -> str:
        """On one line."""
        if not isinstance(value, str):
            return json.dumps(value)
        if is_plain(value) and self.chance(2):
            return value
        if value.isprintable() and self.chance(2):
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=self.chance(2))

    # Blocks

    def pairs(self, value: dict[str, Any], column: int, *, first_above: bool = True) -> list[str]:
        """The lines of a block mapping; the first line's indentation is there too."""
        lines: list[str] = []
        for number, (key, one) in enumerate(value.items()):
            if number or first_above:
                lines += self.lines_above(column, key)
            if self.chance(12):
                lines += [" " * column + "? " + self.key(key) + self.tail()]
                lines += self.value(" " * column + ":", one, column, None)
            else:
                gap = " " if self.chance(8) else ""
                lines += self.value(" " * column + self.key(key) + gap + ":", one, column, key)
        while self.chance(4):
            lines.append(" " * column + self.word())
        return lines

    def items(self, value: list[Any], column: int) -> list[str]:
        lines: list[str] = []
        for one in value:
            lines += self.lines_above(column, None)
            head = " " * column + "-"
            if isinstance(one, dict | list) and one and self.chance(2):
                inner = column + self.draw(st.integers(2, 4))
                below = (
                    self.pairs(one, inner, first_above=False)
                    if isinstance(one, dict)
                    else self.items_now(one, inner)
                )
                lines += [head + below[0][column + 1 :], *below[1:]]
            else:
                lines += self.value(head, one, column, None)
        return lines

    def items_now(self, value: list[Any], column: int) -> list[str]:
        """A list whose first line is a dash."""
        lines = self.items(value, column)
        while not lines[0].lstrip().startswith("-"):
            if "#" in lines[0]:
                self.comments.remove(lines[0].strip("# "))
            lines = lines[1:]
        return lines

    def value(self, head: str, one: Any, column: int, key: str | None) -> list[str]:
        """The lines of a value behind a colon or a dash."""
        inner = column + self.draw(INDENTS)
        if one is None and self.chance(2):
            return [head + self.tail(key)]
        if isinstance(one, dict | list) and one and not self.chance():
            lines = [head + self.tail(key)]
            if isinstance(one, dict):
                return lines + self.pairs(one, inner)
            same = head.strip() != "-" and head.strip() != ":" and self.chance()
            return lines + self.items(one, column if same else inner)
        if isinstance(one, dict | list):
            broken = self.chance(2)
            text = self.flow(one, broken=broken, column=column)
            return f"{head} {text}{self.tail(None if broken else key)}".split("\n")
        if isinstance(one, str) and "\n" in one and is_block(one) and not self.chance(4):
            return self.block(head, one, column, inner)
        if isinstance(one, str) and re.fullmatch(r"\S+ \S+", one) and self.chance(2):
            return self.folded(head, one, inner)
        text = self.scalar(one)
        if self.chance(5):
            return [head + self.tail(), *self.own(), " " * inner + text + self.tail(key)]
        return [f"{head}{' ' * self.draw(INDENTS)}{text}{self.tail(key)}"]

    def own(self) -> list[str]:
        return [" " * self.draw(st.integers(0, 6)) + self.word()] if self.chance() else []

    def folded(self, head: str, one: str, inner: int) -> list[str]:
        left, right = one.split(" ")
        quote = "" if is_plain(one) and not right.startswith("#") and self.chance(2) else "'"
        return [f"{head} {quote}{left}", f"{' ' * inner}{right}{quote}{self.tail()}"]

    def block(self, head: str, one: str, column: int, inner: int) -> list[str]:
        body = one.rstrip("\n")
        breaks = len(one) - len(body)
        chomp = "-" if not breaks else "" if breaks == 1 and self.chance(2) else "+"
        given = one.startswith((" ", "\n")) or self.chance(4)
        content = [" " * inner + line if line else "" for line in body.split("\n")]
        content += [""] * (breaks - 1 if chomp == "+" else self.draw(st.integers(0, 2)))
        depth = str(inner - column) if given else ""
        lines = [f"{head} |{depth}{chomp}{self.tail()}", *content]
        self.kept = chomp == "+"
        return lines


def is_plain(value: str) -> bool:
    """Whether the reader takes it for a text without quotes, wherever it stands."""
    return value not in ("", "true", "null", "1") and PLAIN_FORM.fullmatch(value) is not None


def is_block(value: str) -> bool:
    return value.strip("\n ") != "" and "\t" not in value


@dataclass(frozen=True)
class Written:
    """A file's text, what it says, and where its comments stood."""

    text: str
    values: list[dict[str, Any]]
    comments: list[str]
    above: dict[str, str]
    behind: dict[str, str]


@st.composite
def files(draw: st.DrawFn) -> Written:
    """A file of one document or several."""
    hand = Hand(draw)
    values = draw(st.lists(documents(), min_size=1, max_size=2))
    lines: list[str] = ["---" + hand.tail()] if hand.chance() else []
    for number, value in enumerate(values):
        if number:
            lines += ["..." + hand.tail()] if hand.chance(4) else []
            lines += ["---" + hand.tail()]
        column = draw(st.sampled_from([0, 0, 0, 2]))
        first = next(iter(value))
        if hand.chance(6):
            lines += (" " * column + hand.flow(value, broken=True, column=column)).split("\n")
        else:
            lines += hand.pairs(value, column)
        # What stands above a document's first key is about the document, and stays on top.
        hand.above = {word: key for word, key in hand.above.items() if key != first}
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end.join(lines) + draw(st.sampled_from(["", end]))
    return Written(text, values, hand.comments, hand.above, hand.behind)
