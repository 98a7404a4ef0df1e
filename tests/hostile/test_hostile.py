"""Every hostile input through `reconciler validate`: clean errors with their places, and nothing else.

What an input may say, and which exit code it must have, is its class's (expectations.py). Time is
printed and not judged; memory is judged, and nets of CPU time and address space catch a hang.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..support import one_in
from .expectations import CLASSES, FILES, WORKSPACE, Expected, small_files
from .inputs import MADE
from .judge import MOST_MEMORY, faults
from .measure import ROOT, Job, Ran, Runner, running

SMALL = small_files()
MOST_BYTES = 4096


@dataclass
class Worst:
    """The worst of what was measured, to be printed at the end."""

    seconds: float = 0
    slowest: str = ""
    peak: int = 0
    largest: str = ""
    count: int = 0

    def note(self, name: str, ran: Ran) -> None:
        self.count += 1
        if ran.seconds > self.seconds:
            self.seconds, self.slowest = ran.seconds, name
        if ran.peak > self.peak:
            self.peak, self.largest = ran.peak, name


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def worst(request: pytest.FixtureRequest) -> Iterator[Worst]:
    found = Worst()
    yield found
    plugins = request.config.pluginmanager
    reporter = plugins.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(
            f"\n{found.count} hostile inputs: worst time {found.seconds:.2f} s ({found.slowest}), "
            f"worst memory {found.peak / 2**20:.0f} MiB ({found.largest})"
        )


def paths_of(path: Path, expected: Expected) -> list[Path]:
    return [path] if expected.alone else [WORKSPACE, path]


Check = Callable[[str, Path, Expected], None]


@pytest.fixture
def check(runner: Runner, worst: Worst) -> Check:
    def checked(name: str, path: Path, expected: Expected) -> None:
        ran = runner.validate(paths_of(path, expected))
        worst.note(name, ran)
        assert faults(ran, expected) == []

    return checked


def test_the_corpus_is_large_and_each_file_small_and_different() -> None:
    contents = [path.read_bytes() for path in SMALL.values()]
    assert len(contents) >= 200
    assert len(set(contents)) == len(contents)
    assert max(map(len, contents)) < MOST_BYTES
    assert {path.name for path in FILES.iterdir() if path.is_dir()} == CLASSES.keys()


@pytest.mark.share(120)
@pytest.mark.parametrize("name", one_in(40, SMALL))
def test_small_file(name: str, check: Check) -> None:
    path = SMALL[name]
    check(name, path, CLASSES[path.parent.name])


@pytest.mark.share(60)
@pytest.mark.parametrize("name", one_in(23, MADE))
def test_made_input(name: str, check: Check, tmp_path: Path) -> None:
    path, made = tmp_path / "made.yaml", MADE[name]
    path.write_bytes(made.make())
    check(name, path, made.expected)
    path.unlink()


@pytest.mark.slow
def test_standard_input(runner: Runner) -> None:
    path = SMALL["aliases/bomb-of-lists.yaml"]
    job = Job(("validate", str(WORKSPACE), "-"), str(ROOT), str(path))
    ran = runner.run(job)
    assert faults(ran, CLASSES["aliases"]) == []
    assert "error: -:1:5: l0: found an anchor" in ran.err


@pytest.mark.slow
def test_everything_at_once(runner: Runner, tmp_path: Path) -> None:
    """One file that is broken hides no other, and all are told in the order of their paths."""
    for name, path in SMALL.items():
        (tmp_path / f"{name.replace('/', '-')}.yaml").write_bytes(path.read_bytes())
    ran = runner.validate([WORKSPACE, "."], tmp_path)
    assert faults(ran, Expected(1, "a second Workspace")) == []
    told = list(dict.fromkeys(line.split(":")[1].strip() for line in ran.err.splitlines()))
    inside = [file for file in told if file.startswith("./")]
    assert inside == sorted(inside)
    broken = ("aliases", "control-raw", "encoding", "roots", "tags")
    found = {f"./{name.replace('/', '-')}.yaml" for name in SMALL if name.split("/")[0] in broken}
    assert found <= set(inside)


ALONE = [
    "aliases/bomb-of-merges.yaml",
    "control-raw/escape-clears-the-screen.yaml",
    "encoding/utf-16-big-with-mark.yaml",
    "injection/newlines.yaml",
    "nesting/open-lists.yaml",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", one_in(5, ALONE))
def test_a_process_of_its_own_does_the_same(name: str, runner: Runner) -> None:
    """The runner's forks are no other program than the one that a user starts."""
    paths = [str(WORKSPACE), str(SMALL[name])]
    command = [sys.executable, "-m", "reconciler", "validate", *paths]
    alone = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    forked = runner.validate(paths)
    assert (alone.returncode, alone.stdout, alone.stderr) == (forked.code, forked.out, forked.err)


@pytest.mark.slow
def test_the_judge_sees_what_it_is_there_for() -> None:
    fine = Ran(1, 0.1, 1, "", "error: a.yaml:1:2: a: found b\nerror: 1 problem in the manifests\n")
    expected = Expected(1, "found b")
    assert faults(fine, expected) == []
    spoilt = {
        "exit code": Ran(0, 0.1, 1, "", fine.err),
        "a signal": Ran(-11, 0.1, 1, "", fine.err),
        "other words": Ran(1, 0.1, 1, "", fine.err.replace("found b", "found c")),
        "memory": Ran(1, 0.1, MOST_MEMORY + 1, "", fine.err),
        "a traceback": Ran(1, 0.1, 1, "", "Traceback (most recent call last):\n" + fine.err),
        "no place": Ran(1, 0.1, 1, "", fine.err.replace(":1:2:", ":")),
        "line 0": Ran(1, 0.1, 1, "", fine.err.replace(":1:2:", ":0:0:")),
        "a secret": Ran(1, 0.1, 1, "", fine.err.replace("found b", "found b PLANTED")),
        "a control": Ran(1, 0.1, 1, "", fine.err.replace("found b", "found b\x1b[2J")),
        "an override": Ran(1, 0.1, 1, "\u202e", fine.err),
        "wrong bytes": Ran(1, 0.1, 1, "\udcff", fine.err),
    }
    assert [name for name, ran in spoilt.items() if not faults(ran, expected)] == []
