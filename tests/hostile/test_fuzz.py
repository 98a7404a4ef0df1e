"""The short form of the fuzz; the long one is `python -m tests.hostile.fuzz --count 200000 --seed 1`."""

import os
import signal
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reconciler.kinds import KINDS
from reconciler.kinds.marks import Model, models_in
from reconciler.manifests.loading import messages
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.manifests.reading import builder, events, guard, refusals
from reconciler.model import Path as FieldPath
from reconciler.schema.survey import many

from . import fuzz
from .fuzz_judge import Input, judge
from .fuzz_secrets import PLACES, Secret
from .fuzz_seeds import seeds, sound_names

COUNT = 4000
FEW = 1500


@pytest.fixture(autouse=True)
def kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.share(1)
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_inputs(seed: int) -> None:
    figures = fuzz.run(seed, range(COUNT))
    assert figures.failures == {}, "\n".join(fuzz.report(seed, figures))
    assert figures.count == COUNT
    # It would find nothing if it went no further than to what cannot be read, or changed nothing.
    assert figures.sound > COUNT / 100
    assert len(figures.messages) > 250


@pytest.mark.parametrize("name", sound_names())
def test_what_is_to_be_sound_is(name: str) -> None:
    (seed,) = (one for one in (*seeds().examples, *seeds().generated) if one.name == name)
    assert load(["-"], lambda: seed.data, LoadContext()).resources


def test_an_input_can_be_made_again() -> None:
    def data() -> list[bytes]:
        return [fuzz.made(7, number).data for number in range(200)]

    assert data() == data()
    assert len(set(data())) > 190


def test_every_field_for_secrets_is_planted() -> None:
    def fields(model: type[Model], path: FieldPath = ()) -> set[FieldPath]:
        found: set[FieldPath] = set()
        for info in model.model_fields.values():
            for inner in models_in(info.annotation):
                if issubclass(inner, Model):
                    here = (*path, str(info.alias), *(("main",) if many(info.annotation) == ".*" else ()))
                    found |= {here} if inner.holds_secret else fields(inner, here)
        return found

    listed = {
        (kind, *(part for part in path if isinstance(part, str)))
        for kind, paths in PLACES.items()
        for path in paths
    }
    assert listed == {(name, *path) for name, kind in KINDS.items() for path in fields(kind.spec)}


def _raise(*ignored: object) -> Any:
    raise KeyError("not ours")


MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "an error of Python's": (refusals.Refusals, "alias", _raise, "KeyError"),
    "one of YAML's": (builder, "FAILURES", (OverflowError,), "yaml.scanner.ScannerError"),
    "a place behind the end": (
        refusals,
        "_within",
        lambda text, mark: (mark.line, mark.column),
        "not in its file",
    ),
    "no place": (
        guard.Findings,
        "add",
        lambda self, line, column, path, text: self.whole_file(text),
        "no place",
    ),
    "a secret in a path": (messages, "tellable", lambda path: path, "shows a secret"),
    "a secret as a value": (messages, "holds_secret", lambda model, path: False, "shows a secret"),
    "a character that hides": (guard, "character", lambda char: char, "cannot be shown"),
    "a text at length": (messages, "_SHOWN", 1 << 20, "characters long"),
}


@pytest.mark.parametrize(("where", "name", "mutant", "told"), MUTANTS.values(), ids=MUTANTS)
def test_a_bug_is_found(
    where: Any, name: str, mutant: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, mutant)
    found: list[str] = []
    for number in range(FEW):
        found += judge(fuzz.made(1, number)).faults
        if any(told in fault for fault in found):
            return
    pytest.fail(f"{FEW} inputs do not show it; they show {found[:3]}")


def test_a_failing_input_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "complaint", _raise)
    monkeypatch.setattr(builder, "complaint", _raise)
    figures = fuzz.run(3, range(200))
    number = next(iter(figures.failures))
    told = "\n".join(fuzz.report(3, figures))
    kept = tmp_path / f"hostile-seed-3-input-{number}.yaml"
    assert f"input {number} of seed 3, kept in {kept}: Traceback" in told
    assert kept.read_bytes() == fuzz.made(3, number).data
    assert told.endswith(f"{len(figures.failures)} inputs failed")


ENDS: dict[str, tuple[Callable[[Input], Any], signal.Signals]] = {
    "it crashes": (lambda one: os.kill(os.getpid(), signal.SIGSEGV), signal.SIGSEGV),
    "it hangs": (lambda one: next(number for number in count() if number < 0), signal.SIGABRT),
}


@pytest.mark.parametrize(("end", "told"), ENDS.values(), ids=ENDS)
def test_an_input_that_ends_the_process_is_kept(
    end: Callable[[Input], Any],
    told: signal.Signals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    last = fuzz.made(5, 3).data
    monkeypatch.setattr(fuzz, "HANGS", 0.5)
    monkeypatch.setattr(fuzz, "judge", lambda one: end(one) if one.data == last else judge(one))
    assert fuzz.watched(5, range(10)) == 1
    kept = tmp_path / "hostile-seed-5-input-3.yaml"
    assert f"input 3 of seed 5, kept in {kept}: ended by signal {told.value}\n" in capfd.readouterr().out
    assert kept.read_bytes() == last


def test_a_secret_is_known_by_its_beginning_its_end_and_its_digits() -> None:
    secret = Secret(Random(1))
    for form in ("S", "S cut", "0.D", "-D"):
        assert secret.shown_in(f"found {secret.form(form)}; allowed: a string")
    assert secret.shown_in(f"found '{secret.text[:12]}…")
    assert secret.shown_in(f"{float(secret.digits)}")
    assert not secret.shown_in("found a plain text; allowed: a reference to a secret")
