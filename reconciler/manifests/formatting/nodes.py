"""What a document is made of where its text counts: each scalar as it is written, and every comment."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.manifests.formatting.trivia import Trivia


@dataclass(slots=True)
class Scalar:
    """A scalar's source and its value; `style` is its quote, `|` or `>`, or empty.

    `indent` is the column of the block collection that it stands in: what is in a block scalar is
    indented against that.
    """

    source: str
    value: str
    style: str
    indent: int

    @property
    def is_block(self) -> bool:
        """Whether it is a literal or folded block."""
        return self.style in ("|", ">")

    @property
    def keeps(self) -> bool:
        """Whether it is a block to which the blank lines below it belong."""
        return self.is_block and "+" in self.source.partition("\n")[0]


@dataclass(slots=True)
class Entry:
    """What stands at a key or, without one, at a place of a list, with its comments.

    `before` are those above it, with `BLANK` for blank lines; `behind` the one behind it, with the
    blanks before its `#`.
    """

    key: Scalar | None = None
    value: "Scalar | Collection | None" = None
    before: list[str] = field(default_factory=list)
    behind: str = ""

    _above: int = 0

    def put_behind(self, comment: Trivia) -> None:
        """Puts a comment behind it; an earlier one makes room, and goes where it would have been."""
        if self.behind:
            self.before.insert(self._above, self.behind.lstrip())
        self.behind, self._above = comment.behind, len(self.before)


@dataclass(slots=True)
class Collection:
    """A mapping or a list; `inline` if it is in brackets on one line. `foot` are the comments at its end."""

    is_list: bool
    inline: bool = False
    entries: list[Entry] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tree:
    """A document, or comments where there is none.

    `directives` are the lines above its `---`, where it has directives; `head` are the comments above
    the first key, which stay there whichever key is the first.
    """

    directives: list[str]
    head: list[str]
    root: Collection | None
    foot: list[str]


def comments_in(tree: Tree) -> Iterator[str]:
    """Every comment of a document, in no order that means anything."""
    yield from (one for one in (*tree.directives, *tree.head, *tree.foot) if one)
    waiting = [tree.root] if tree.root else []
    for node in waiting:
        yield from (one for one in node.foot if one)
        for entry in node.entries:
            yield from (one for one in (*entry.before, entry.behind.lstrip()) if one)
            if isinstance(entry.value, Collection):
                waiting.append(entry.value)
