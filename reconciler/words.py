"""Phrases that messages and reports share: what is close to a mistyped word, how many more there are."""

import re
from collections.abc import Iterable, Sequence
from importlib import import_module

_PLAIN_PART = re.compile(r"[A-Za-z0-9_-]{1,60}")
_SHOWN = 60


def nearest(word: str, known: Iterable[str], closeness: float) -> list[str]:
    """The known word that is closest to the one that was found, if any is close enough.

    `closeness` is between 0, which everything is, and 1, which only the word itself is.
    """
    # Imported where a word is wrong: `--help` and most commands never need it.
    found: list[str] = import_module("difflib").get_close_matches(word, list(known), 1, closeness)
    return found


def did_you_mean(meant: Sequence[str]) -> str:
    """`did you mean a, b or c?`; nothing if nothing is close."""
    return f"did you mean {' or '.join(filter(None, [', '.join(meant[:-1]), meant[-1]]))}?" if meant else ""


def guess(word: str, known: Iterable[str], closeness: float) -> str:
    """The same of the nearest word, to stand before what is allowed, with a blank at its end."""
    meant = did_you_mean(nearest(word, known, closeness))
    return f"{meant} " if meant else ""


def and_more(count: int) -> str:
    """`and 3 more`."""
    return f"and {count} more"


def listed(items: Sequence[object], most: int) -> str:
    """The first items, and how many more there are: `a, b and 3 more`."""
    shown = ", ".join(map(str, items[:most]))
    return shown if len(items) <= most else f"{shown} {and_more(len(items) - most)}"


def shortened(text: str, most: int = 20) -> str:
    """A long name by its beginning and its end, for lists; it is told in full elsewhere."""
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def shortened_apart(texts: Sequence[str], most: int = 20) -> list[str]:
    """The same of several; those that would read alike stay whole."""
    short = [shortened(text, most) for text in texts]
    whole: dict[str, set[str]] = {}
    for text, one in zip(texts, short, strict=True):
        whole.setdefault(one, set()).add(text)
    return [one if len(whole[one]) == 1 else text for text, one in zip(texts, short, strict=True)]


def path_text(path: Sequence[str | int]) -> str:
    """A path as people write it: `spec.publish[0].url`, `metadata.labels["a/b"]`."""
    return "".join(map(_part_text, path)).removeprefix(".")


def path_order(path: Sequence[str | int]) -> list[tuple[str, int]]:
    """What paths are sorted by: names as texts, places in lists as numbers."""
    return [("", part) if isinstance(part, int) else (part, 0) for part in path]


def _part_text(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _PLAIN_PART.fullmatch(part):
        return f".{part}"
    # Imported where a name is no plain one, as above.
    quoted: str = import_module("json").dumps(part if len(part) <= _SHOWN else f"{part[:_SHOWN]}...")
    return f"[{quoted}]"
