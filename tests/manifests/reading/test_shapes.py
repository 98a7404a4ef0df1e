"""Documents of a known shape: they come out exactly as they do when each is read by itself."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from reconciler.errors import ManifestError, Problem
from reconciler.manifests.reading.reader import Document, read_documents
from reconciler.manifests.reading.shapes import Shapes
from reconciler.model import Path

from ...hostile.fuzz_seeds import Seed, seeds
from .test_reader import mutate

# Simple values, values that are none, and what ends the value or the document that it is put into.
SIMPLE_VALUES = "a|town-hall|12|0.10|true|null|a/b:c/d|rtmp://push.example.com/live/a|12:30|a b|1e3"
OTHERS = """\
012|0x1F|1_000|1 000|1,000|-1|+1|.5|5.|1e400|True|yes|~|NULL|.inf|.nan|a:b|a:|a: b|
a  b|a -b|a- b|- a|a - b|a#b|a #b|a, b|{a}|[a]|[]|{}|a%b|a@b|a+b|a=b|a?|?a|é|<<|---|...|2026-12-01|a |a # b
"a"|""|"a b"|"a: b"|"a- b"|"a, b"|"a}"|"a\\"b"|"\\u202e"|"\\n"|"12"|"012"|"true"|"é"|"\\/"|"a\\x41"|"a" #
'a'|'a: b'|&a b|*a|!a b|%a|@a|`a|a\\b|a\tb|a\t|\ta"""
LINES = ["a\n  b", "a\n    b", "a\nb: c", "a\n\n", '"a\n  b"', "|", ">\n  a", "|\n  a\n\n", "a\n---"]
LONG = ["a" * 20_000, "a:" * 2000]
COMMON = SIMPLE_VALUES.split("|")
VALUES = [*COMMON, *(one for line in OTHERS.splitlines() for one in line.split("|")), *LINES, *LONG]
SIMPLE = re.compile(r"(?<=[:-] )[\w./:-]+(?=[\n,}\]])")
TEXTS = [
    "a: HERE\nb: 1\n",
    "- a: HERE\n",
    "a: {b: HERE, c: d}\n",
    "a:\n- HERE\n",
    "a: [HERE,\n  HERE]\n",
    "kind: A\nspec: {room: HERE, users: [a, b], note: 'a'}\nroom: HERE\n",
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file: its documents, the places of some of their values, and what is wrong with it."""

    documents: tuple[Document, ...]
    places: tuple[tuple[int, int], ...]
    problems: tuple[Problem, ...]

    @property
    def known(self) -> int:
        """How many documents were known by their shape."""
        return sum(is_known(one) for one in self.documents)


def is_known(one: Document) -> bool:
    """Whether it was known by its shape: it has no marks of its own."""
    return one.marks is None or one.marks.value is not one.value


def outcome(data: bytes, shapes: Shapes | None) -> Outcome:
    documents: list[Document] = []
    problems: tuple[Problem, ...] = ()
    try:
        documents.extend(read_documents(data, "f", shapes=shapes))
    except ManifestError as error:
        problems = error.problems
    light = [(one.lightened(), path) for one in documents for path in paths(one.value)]
    places = (place for one, path in light for place in (one.where(path), one.where_key(path)))
    return Outcome(tuple(documents), tuple(places), problems)


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """The paths of all values, and one that is not there."""
    yield at
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*at, key))
    else:
        yield (*at, "nothing")


def check(data: bytes) -> int:
    """Reads a file in both ways, and gives how many of its documents were known by their shape."""
    alone, found = outcome(data, None), outcome(data, Shapes())
    assert found == alone
    assert [type(one) for one in leaves(found)] == [type(one) for one in leaves(alone)]
    return found.known


def leaves(one: Outcome) -> Iterator[object]:
    """All values; 1, 1.0 and True are equal, and are not the same."""
    left: list[object] = [document.value for document in one.documents]
    while left:
        value = left.pop()
        yield value
        if isinstance(value, dict | list):
            left.extend(value.values() if isinstance(value, dict) else value)


def test_the_third_of_a_shape_is_known_by_it() -> None:
    first = "# of a stage\n  a: one\n  b:\n  - {c: 1, d: true}\n  - '0'\n\n"
    data = "---\n".join(
        ["", first, first.replace("one", "two"), first.replace("one", "3").replace("true", "x")]
    )
    shapes = Shapes()
    *_, known = read_documents(data.encode(), "f", shapes=shapes)
    assert is_known(known)
    assert known.value == {"a": 3, "b": [{"c": 1, "d": "x"}, "0"]}
    assert (known.line, known.margin, known.text[:8]) == (17, 0, "  a: 3\n ")
    assert known.where(("b", 0, "d")) == (19, 15)
    (other,) = read_documents(b"---\n" + first.encode(), "g", shapes=shapes)
    assert (is_known(other), other.where(("a",))) == (True, (3, 6))


def test_values_of_a_shape_do_not_change_those_of_others() -> None:
    data = b"a: {b: [c, d]}\n"
    shapes = Shapes()
    one, two, three, four = (next(read_documents(data, "f", shapes=shapes)).value for _ in range(4))
    three["a"]["b"].append("e")
    assert one == two == four == {"a": {"b": ["c", "d"]}}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("text", TEXTS)
def test_any_value_in_a_shape_is_what_it_is_alone(text: str, value: str) -> None:
    texts = [text.replace("HERE", new) for new in ("x", "y", value, "z")]
    for file in (texts, [*texts[:2], texts[3], texts[2], texts[3]], [value, *texts], [texts[2], *texts]):
        check("---\n".join(file).encode())


def sets() -> list[Seed]:
    found = seeds()
    return [*found.corpus, *found.examples, *found.generated]


@pytest.mark.parametrize("part", range(4))
def test_mutated_documents(part: int) -> None:
    source, known = random.Random(part), 0
    every = sets()
    for seed in every[part::4]:
        text = seed.data.decode("utf-8", "replace")
        put = [SIMPLE.sub(partial(_other, source), text) for _ in range(3)]
        broken = [mutate(source, seed.data) if seed.data else b"" for _ in range(2)]
        data = [seed.data, seed.data, *(one.encode() for one in put), *broken, seed.data]
        known += check(b"\n---\n".join(data))
    assert known > len(every) // 4


def _other(source: random.Random, found: re.Match[str]) -> str:
    """Another value in most places; that which was there in the others, as one that is refused hides many."""
    return source.choice(COMMON) if source.random() < 0.9 else source.choice([found[0], *VALUES])
