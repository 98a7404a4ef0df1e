"""A file is refused by a true limit and never by its density, as long as its documents are sound."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import ManifestError
from reconciler.manifests.formatting.document import formatted
from reconciler.manifests.loading import loader
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.manifests.reading import guard
from reconciler.manifests.reading.reader import Document

from ..support import WORKSPACE

LABELS = ",".join(f"{letter}: b" for letter in "acdefghijk")
RELAY = (
    "--- {{apiVersion: reconciler/v1,kind: RelayStream,metadata: {{name: s{0},labels: {{{labels}}}}},"
    'spec: {{room: {0},user: {{userId: c}},publish: [{{url: "rtmp://p.example/live/s{0}"}}]}}}}\n'
)
DEFAULTS = WORKSPACE + "  defaults: {RelayStream: {user: {userId: c}}}\n"
DOCUMENTS = 40
Mutant = Callable[[Document], bool]


def relays(count: int) -> str:
    return "".join(RELAY.format(number, labels=LABELS) for number in range(1, count + 1))


@pytest.fixture(autouse=True)
def _tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few values a file that a few documents are too many by their density."""
    monkeypatch.setattr(guard, "MAX_EVENTS", 80)


def read(text: str, tmp_path: Path) -> tuple[int, str]:
    """(how many documents there are, the problems told)."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    try:
        return load([str(path)], lambda: b"", LoadContext()).count, ""
    except ManifestError as error:
        return 0, "\n".join(map(str, error.problems))


def dense_and_sound(tmp_path: Path) -> None:
    text = WORKSPACE + relays(DOCUMENTS)
    assert read(text, tmp_path) == (DOCUMENTS + 1, "")
    assert formatted(text.encode(), "a.yaml")


JUNK = {
    "no manifest": "--- {a: [1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7]}\n",
    "another kind": RELAY.replace("RelayStream", "Relay").format(0, labels=LABELS),
    "an unknown field": RELAY.replace("room:", "x: [1,2,3,4,5],room:").format(0, labels=LABELS),
    "what is missing in a list": RELAY.replace('url: "rtmp://p.example/live/s{0}"', "").format(
        0, labels=LABELS
    ),
    "labels that are none": RELAY.format(0, labels="a: [1,2,3,4,5,6],c: {}"),
}


def dense_and_wrong(tmp_path: Path, junk: str) -> None:
    _, told = read(WORKSPACE + relays(DOCUMENTS) + junk * 3, tmp_path)
    assert "found more values and documents than" in told and "correct this document" in told


def test_a_dense_file_of_sound_documents_is_read(tmp_path: Path) -> None:
    dense_and_sound(tmp_path)


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_what_is_not_sound_must_not_be_dense(junk: str, tmp_path: Path) -> None:
    dense_and_wrong(tmp_path, junk)


def test_what_the_defaults_fill_in_is_sound(tmp_path: Path) -> None:
    text = DEFAULTS + relays(DOCUMENTS).replace(",user: {userId: c}", "")
    assert "userId" not in text.removeprefix(DEFAULTS)
    assert read(text, tmp_path) == (DOCUMENTS + 1, "")


MUTANTS: dict[str, tuple[Mutant, Callable[[Path], None]]] = {
    "density alone refuses": (lambda document: False, dense_and_sound),
    "everything is let off": (lambda document: True, lambda tmp: dense_and_wrong(tmp, JUNK["no manifest"])),
}


@pytest.mark.parametrize(("mutant", "check"), MUTANTS.values(), ids=MUTANTS)
def test_a_bug_is_found(
    mutant: Mutant, check: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "is_sound", mutant)
    with pytest.raises(AssertionError):
        check(tmp_path)
