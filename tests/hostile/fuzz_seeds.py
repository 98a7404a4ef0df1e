"""What the fuzz begins with: the hostile corpus, the example manifests, and sound ones made at random.

The sound ones are what `reconciler convert` makes of random requests that are built from the vendor's
own model classes, so that every field the API has stands in some of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from reconciler.errors import ManifestError
from reconciler.kinds.converting.reading import QUOTED_FIELDS
from reconciler.manifests.converting.converter import convert
from reconciler.manifests.converting.requests import RawRequest
from reconciler.manifests.converting.writer import write_documents
from reconciler.manifests.reading.reader import read_documents

from ..manifests.converting.generator import requests
from ..manifests.converting.sdk import ACTIONS
from .corpus import CORPUS
from .expectations import CLASSES, small_files
from .measure import ROOT

MOST_BYTES = 4096
"""Of a file of the corpus: larger ones take long, and are hostile by their size alone."""

MADE = 120
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seed:
    """An input to be mutated; `alone` tells that it brings its own workspace."""

    name: str
    data: bytes
    alone: bool


@dataclass(frozen=True)
class Seeds:
    """All inputs to be mutated, by where they come from, and the documents of those that are sound."""

    corpus: tuple[Seed, ...]
    examples: tuple[Seed, ...]
    generated: tuple[Seed, ...]
    sound: tuple[tuple[dict[str, Any], ...], ...]
    """The documents of each example and generated seed, the workspace's among them."""


@cache
def seeds() -> Seeds:
    """The same in every run, so that a number and a seed are enough to make an input again."""
    examples, generated = tuple(_examples()), tuple(_generated(Random(1)))
    sound = tuple(_documents(seed) for seed in (*examples, *generated))
    return Seeds(tuple(_corpus()), examples, generated, sound)


def _corpus() -> Iterator[Seed]:
    for name, path in small_files().items():
        yield Seed(name, path.read_bytes(), CLASSES[path.parent.name].alone)
    for name, data in CORPUS.items():
        if 0 < len(data) <= MOST_BYTES:
            yield Seed(f"generated/{name}", data, False)


def sound_names() -> list[str]:
    """The names of the sound ones, which take their time to be made."""
    examples = [_example_name(workspace) for workspace in _workspaces()]
    return [*examples, *map(_made_name, range(MADE))]


def _workspaces() -> list[Path]:
    return sorted((ROOT / "manifests").rglob("workspace.yaml"))


def _example_name(workspace: Path) -> str:
    return f"examples/{workspace.parent.name}"


def _made_name(number: int) -> str:
    return f"sound/{number}"


def _examples() -> Iterator[Seed]:
    for workspace in _workspaces():
        shared = workspace.parent.parent.glob("streams/*.yaml")  # of several environments
        files = sorted([*workspace.parent.glob("*.yaml"), *shared])
        data = b"---\n".join(file.read_bytes() for file in files)
        yield Seed(_example_name(workspace), data, True)


def _generated(random: Random) -> Iterator[Seed]:
    numbers = count(1)
    makers = [(action, requests(action, random, numbers, _NOW)) for action in ACTIONS]
    for number in range(MADE):
        drawn = [random.choice(makers) for _ in range(random.randint(1, 3))]
        raw = [
            RawRequest("requests.jsonl", line, None, action, next(maker))
            for line, (action, maker) in enumerate(drawn, 1)
        ]
        made = convert(raw, None, workspace=True, now=0.0)
        assert made.documents, made.problems
        yield Seed(_made_name(number), write_documents(made.documents, QUOTED_FIELDS).encode(), True)


def _documents(seed: Seed) -> tuple[dict[str, Any], ...]:
    try:
        return tuple(document.value for document in read_documents(seed.data, seed.name))
    except ManifestError as error:
        raise AssertionError(f"{seed.name} is to be sound: {error.problems}") from error
