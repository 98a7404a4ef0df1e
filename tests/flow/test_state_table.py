"""How the state stands, by every command that looks at it, at a real endpoint and on this machine.

Each cell says how the command ends and with which words. A real endpoint is never called, but where the
table says that the command has come as far as sending.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from reconciler.backends.local.location import file_location
from reconciler.backends.protocol import Backend
from reconciler.cli import connection
from reconciler.cli.world import backend_for
from reconciler.moments import rfc3339
from reconciler.state.model import Owner

from ..support import one_in
from .kit import Kit

REAL = "https://trtc.example.com"
STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: one}
spec:
  room: 1
  agent: {userId: mixer-one}
  publish:
    - {url: "rtmp://push.example.com/live/one", isTencentCdn: false, auth: {key: {env: STREAM_PUSH_KEY}}}
"""


class Cell(NamedTuple):
    """A command's exit code, and words that it says."""

    code: int
    words: str


class Sends(Cell):
    """The same on this machine; at a real endpoint the command comes as far as a call."""


class Either(NamedTuple):
    """Where it matters which endpoint it is."""

    real: Cell
    loopback: Cell


COMMANDS: Mapping[str, tuple[str, ...]] = {
    "plan": ("plan", "manifests"),
    "apply": ("apply", "manifests", "--auto-approve"),
    "apply FILE": ("apply", "plan.json", "--auto-approve"),
    "destroy": ("destroy", "manifests", "--auto-approve"),
    "drift": ("drift", "manifests"),
    "state list": ("state", "list", "manifests"),
    "state rm": ("state", "rm", "MixStream/one", "manifests"),
    "state rebind": ("state", "rebind", "manifests", "--auto-approve"),
    "state import": (
        *("state", "import", "MixStream/one", "T-1", "manifests", "--no-verify"),
        *("--since", rfc3339(time.time() - 3600), "--sequence-number", "0"),
    ),
}

IDLE, DONE, BOUND = Cell(0, "Nothing to do"), Sends(0, "1 done"), Cell(0, "is already bound to")
MAYBE = "interrupts: 1 start (may interrupt)"
MISSING = Cell(1, "is missing, but serial 2 was written here")
NEVER = "no state was ever written at"
UNRECORDED = Cell(64, "is not in the state")
OLDER, IN_USE = Cell(1, "it was replaced by an older file"), Cell(1, "the state is in use")
CLOUD = Cell(1, "but calls would go to")
WORKSPACE = Cell(1, "is the state of workspace 'other', not 'demo'")
NO_DRIFT = Cell(0, "No drift")
IMPORTED = Cell(0, "is recorded as running with TaskId T-1")

TABLE: Mapping[str, tuple[Cell | Either, ...]] = {
    #        plan, apply, apply FILE, destroy, drift, state list, state rm, state rebind, state import
    "there": (
        *(IDLE, IDLE, IDLE, DONE, NO_DRIFT, Cell(0, "running"), Cell(0, "removed from the state"), BOUND),
        Cell(64, "is already recorded with TaskId"),
    ),
    "empty": (
        Cell(0, MAYBE),
        Sends(0, MAYBE),
        Sends(0, MAYBE),
        IDLE,
        NO_DRIFT,
        Cell(0, ""),
        UNRECORDED,
        BOUND,
        IMPORTED,
    ),
    "never": (
        Either(Cell(0, NEVER), Cell(0, "no state yet")),
        Either(Cell(1, "add --new-state"), DONE),
        Either(Cell(1, "add --new-state"), DONE),
        Either(Cell(0, NEVER), IDLE),
        Either(Cell(0, NEVER), Cell(0, "no state yet")),
        Cell(0, "no state yet, and so nothing is recorded"),
        UNRECORDED,
        Cell(1, "no state yet"),
        Either(Cell(1, "add --new-state"), IMPORTED),
    ),
    "lost": (
        Cell(0, "is missing, but serial 2 was written here"),
        MISSING,
        MISSING,
        MISSING,
        Cell(0, "is missing, but serial 2 was written here"),
        MISSING,
        MISSING,
        MISSING,
        MISSING,
    ),
    "older": (OLDER,) * 9,
    "other cloud": (
        CLOUD,
        CLOUD,
        Cell(1, "but its calls would now go to"),
        CLOUD,
        CLOUD,
        Cell(0, "running"),
        Cell(0, "removed from the state"),
        Cell(0, "is bound to workspace demo on"),
        CLOUD,
    ),
    "other workspace": (*(WORKSPACE,) * 7, Cell(0, "workspace: other → demo"), WORKSPACE),
    "held": (IDLE, IN_USE, IN_USE, IN_USE, NO_DRIFT, Cell(0, "running"), IN_USE, IN_USE, IN_USE),
}


class NeverCalled:
    """A transport that notes that it was used, lets nothing out, and has every key refused."""

    used = 0

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> "NeverCalled":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def post(self, *_: object) -> tuple[int, bytes]:
        NeverCalled.used += 1
        error = {"Code": "AuthFailure.SecretIdNotFound", "Message": "no call leaves this test"}
        return 200, json.dumps({"Response": {"Error": error, "RequestId": "none"}}).encode()


class World(NamedTuple):
    """A workspace whose stream was applied once, and where it is said that calls go."""

    kit: Kit
    real: bool
    set_endpoint: Callable[[str], None]
    stack: ExitStack

    @property
    def backend(self) -> Backend:
        return backend_for(file_location(self.kit.state_path))

    @property
    def cloud(self) -> str:
        return REAL if self.real else self.kit.url

    def rewritten(self, owner: Owner) -> None:
        with self.backend.hold(None, {"run": "r"}) as session:
            session.rebind(owner)


@pytest.fixture(params=[True, False], ids=["real", "loopback"])
def world(request: pytest.FixtureRequest, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    kit.write("one.yaml", STREAM)
    assert kit.run("apply", "--auto-approve").code == 0
    with ExitStack() as stack:
        made = World(kit, request.param, lambda url: monkeypatch.setenv("RECONCILER_ENDPOINT", url), stack)
        made.rewritten(Owner("demo", made.cloud))
        made.set_endpoint(made.cloud)
        if made.real:
            monkeypatch.setattr(connection, "RequestsTransport", NeverCalled)
            monkeypatch.setattr(NeverCalled, "used", 0)
        yield made


def there(world: World) -> None:
    """As it was applied."""


def empty(world: World) -> None:
    assert world.kit.run("state", "rm", "MixStream/one").code == 0


def never(world: World) -> None:
    lock = world.kit.state_path.with_name("demo.lock").read_bytes()
    shutil.rmtree(world.kit.state_path.parent)
    world.kit.state_path.parent.mkdir()
    world.kit.state_path.with_name("demo.lock").write_bytes(lock)


def lost(world: World) -> None:
    world.kit.state_path.unlink()


def older(world: World) -> None:
    before = world.kit.state_path.read_bytes()
    world.rewritten(Owner("demo", world.cloud))
    world.kit.state_path.write_bytes(before)


def other_cloud(world: World) -> None:
    world.set_endpoint("https://elsewhere.example.com" if world.real else "http://127.0.0.1:9")


def other_workspace(world: World) -> None:
    world.rewritten(Owner("other", world.cloud))


def held(world: World) -> None:
    world.stack.enter_context(world.backend.hold(None, {"run": "r", "host": "h", "command": "apply"}))


SPOIL: Mapping[str, Callable[[World], None]] = {
    one.__name__.replace("_", " "): one
    for one in (there, empty, never, lost, older, other_cloud, other_workspace, held)
}
PLANNED_AFTER = ("never", "empty")
"""Where a plan can be saved once the state stands so; in all else it was saved before."""
CELLS = [
    (state, command, cell)
    for state, cells in TABLE.items()
    for command, cell in zip(COMMANDS, cells, strict=True)
]


@pytest.mark.share(60)
@pytest.mark.parametrize("row", one_in(3, CELLS, lambda row: f"{row[0]}-{row[1]}"))
def test_the_table(world: World, row: tuple[str, str, Cell | Either]) -> None:
    state, command, cell = row
    kit = world.kit
    save = ("plan", "--out", "plan.json", "manifests")
    if command == "apply FILE" and state not in PLANNED_AFTER:
        assert kit.run(*save).code == 0
    SPOIL[state](world)
    if command == "apply FILE" and state in PLANNED_AFTER:
        assert kit.run(*save).code == 0
    before = kit.get("calls")["calls"]
    ran = kit.run(*COMMANDS[command])
    expected = cell if isinstance(cell, Cell) else cell[0] if world.real else cell[1]
    told = " ".join((ran.out + ran.err).split())
    if world.real:
        assert bool(NeverCalled.used) == isinstance(expected, Sends), told
        assert kit.get("calls")["calls"] == before
        if isinstance(expected, Sends):
            return
    assert (ran.code, expected.words in told) == (expected.code, True), told
    if expected.code:
        assert kit.get("calls")["calls"] == before
        assert "hint: " in ran.err


def test_the_table_is_whole() -> None:
    assert TABLE.keys() == SPOIL.keys()
    assert {len(cells) for cells in TABLE.values()} == {len(COMMANDS)}


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
@pytest.mark.parametrize("state", ["never", "lost"])
def test_every_form_says_it(world: World, state: str, form: str) -> None:
    SPOIL[state](world)
    ran = world.kit.run("plan", "--format", form)
    words = "is missing, but serial 2 was written here" if state == "lost" else NEVER
    assert ran.code == 0
    if state == "lost" or world.real:
        assert words in " ".join(ran.out.split())
    if form == "json":
        assert f'"stateStatus": "{"missing" if state == "lost" else "new"}"' in ran.out
        assert f'"stateLocation": "{world.kit.state_path}"' in ran.out


def test_a_new_state_at_a_real_endpoint_is_asked_for_by_name(world: World) -> None:
    never(world)
    for arguments in (("plan", "--out", "plan.json", "--new-state"), ("plan", "--new-state")):
        ran = world.kit.run(*arguments)
        assert ran.code == 0 and NEVER not in ran.out + ran.err
    ran = world.kit.run("apply", "plan.json", "--auto-approve", "--new-state")
    assert bool(NeverCalled.used) == world.real
    if not world.real:
        assert ran.code == 0, ran.err
