"""The rules of purity and of layers see what they are for: every violation is put in, and each is found."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.project.house import (
    MODULES,
    PYPROJECT,
    ROOT,
    contracts,
    every,
    impurities,
    pure_rooms,
    room_of,
    tree_of,
)
from tests.support import one_in

PURE = [file for file in MODULES if room_of(file) in pure_rooms()]
# What is put into every pure module, one after the other.
TOUCHES = {
    "the clock": "import time\ntime.time()",
    "a file": "open('state.json')",
    "the environment": "import os\nos.environ['HOME']",
    "randomness": "import random\nrandom.random()",
    "the network": "import socket\nsocket.socket()",
}
# The same in other words, put into a module of their own.
SPELLINGS = {
    "a function of a module": "from time import time as moment\nmoment()",
    "inside a function": "def late() -> float:\n    import time\n    return time.time()",
    "a module by its name": "from importlib import import_module\nimport_module('time').time()",
    "by its name from importlib": "import importlib\nimportlib.import_module('os.path')",
    "the clock of datetime": "from datetime import UTC, datetime\ndatetime.now(UTC)",
    "open, called as something else": "read = open",
    "open, of the built-in ones": "import builtins\nbuiltins.open('state.json')",
    "a path": "from pathlib import Path\nPath('state.json').read_text()",
    "a submodule": "import os.path",
    "the environment alone": "from os import environ\nenviron['HOME']",
    "__import__": "__import__('os').environ",
    "a choice": "from random import choice\nchoice([1])",
    "a module, called as something else": "import socket as network\nnetwork.create_connection(('', 1))",
    "a request": "from urllib.request import urlopen\nurlopen('http://localhost')",
}


@pytest.mark.slow
@every(PURE)
def test_whatever_a_pure_module_touches_is_found(file: Path) -> None:
    tree = tree_of(file)
    assert impurities(tree) == set()
    unseen = [
        name
        for name, touch in TOUCHES.items()
        if not impurities(ast.Module([*tree.body, *ast.parse(touch).body], tree.type_ignores))
    ]
    assert unseen == []


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_world_is_found_however_it_is_written(spelling: str) -> None:
    assert impurities(ast.parse(SPELLINGS[spelling]))


def test_what_is_like_the_world_but_pure_is_left_alone() -> None:
    pure = "from urllib.parse import quote\nfrom datetime import datetime\ndatetime.fromtimestamp(0)"
    assert impurities(ast.parse(pure)) == set()


# Each contract with an import that breaks it and no other: (module, what is appended to it).
BREAKS = {
    "Imports go down only": ("layout/scene.py", "import reconciler.planning.planner"),
    "Cloud and backends know no kind and no plan": ("cloud/client.py", "import reconciler.kinds"),
    "Only the command line knows the simulator": ("running/run.py", "import reconciler.simulator.world"),
    "Below the cloud everything is pure": ("planning/planner.py", "import time"),
    "deepdiff has one user": ("applying/scheduler.py", "import deepdiff"),
}
# More ways to break the layers: a neighbour, a new room without a place, a simulator that shares code.
SIDEWAYS = {
    "a neighbour": ("reports/view.py", "import reconciler.manifests"),
    "a new room": ("corridor/__init__.py", '"""Has no place among the layers."""'),
    "a new module in a room": ("layout/new.py", "import reconciler.kinds"),
    "the simulator imports": ("simulator/world.py", "import reconciler.errors"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house that may be broken."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT, copy / ROOT.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PYPROJECT, copy)
    return copy


def broken(house: Path) -> set[str]:
    """The contracts that do not hold in that copy."""
    lint = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(house), "NO_COLOR": "1"}
    run = subprocess.run(lint, cwd=house, env=environment, capture_output=True, text=True, check=False)
    lines = [line.strip() for line in run.stdout.splitlines()]
    assert any(line.startswith("Contracts: ") for line in lines), run.stdout + run.stderr
    return {name for line in lines for name in contracts() if line.startswith(f"{name} BROKEN")}


@contextmanager
def with_line(house: Path, place: str, line: str) -> Iterator[None]:
    """Appends the line while the test runs; what was not there before is gone after."""
    file = house / ROOT.name / place
    before = file.read_text() if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{before or ''}\n{line}\n")
    try:
        yield
    finally:
        if before is not None:
            file.write_text(before)
        else:
            file.unlink()


def test_every_contract_is_broken_below() -> None:
    assert list(BREAKS) == list(contracts())


def test_the_copy_holds_as_it_stands(house: Path) -> None:
    assert broken(house) == set()


@pytest.mark.slow
@pytest.mark.parametrize("contract", one_in(2, BREAKS))
def test_what_breaks_a_contract_is_found(house: Path, contract: str) -> None:
    with with_line(house, *BREAKS[contract]):
        assert broken(house) == {contract}


@pytest.mark.slow
@pytest.mark.parametrize("way", one_in(2, SIDEWAYS))
def test_the_layers_hold_sideways_and_what_is_new(house: Path, way: str) -> None:
    with with_line(house, *SIDEWAYS[way]):
        assert broken(house) == {"Imports go down only"}
