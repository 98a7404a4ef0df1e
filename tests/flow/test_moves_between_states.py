"""A record moves between two workspaces' states, judged by the simulator's world, wherever a process dies."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from reconciler.backends.local.files import PosixFiles
from reconciler.cli import main, world
from reconciler.cli.commands import state_move
from reconciler.simulator import running
from reconciler.state.seal import unseal

from .conftest import SECRETS
from .kit import WORKSPACE, Kit
from .test_moves import APPLY, FILM, INGEST, STREAM, A, B, World

WRITES = ("make_directory", "create", "write", "truncate", "rename", "remove", "sync_directory", "lock")


class Killed(BaseException):
    """The process is gone."""


class Two(Kit):
    """Two workspaces of one cloud: that of the kit, and `stage`, which mixes a stream of its own."""

    stage: Path
    stage_state: Path

    def prepare(self) -> None:
        self.stage = self.root / "stage"
        self.stage_state = self.root / "state" / "stage.json"
        (self.stage).mkdir()
        (self.stage / "workspace.yaml").write_text(WORKSPACE.replace("demo", "stage"))
        own = STREAM.replace("{name: a}", "{name: own}").replace("live/one", "live/own")
        (self.stage / "own.yaml").write_text(own.replace("room: 1", "room: 3").replace("room: 5", "room: 7"))
        self.write("a.yaml", STREAM)
        self.write("film.yaml", INGEST)
        assert self.run(*APPLY).code == 0
        assert self.run(*APPLY, "stage").code == 0

    def move_manifest(self, name: str = "a.yaml") -> None:
        shutil.move(self.root / "manifests" / name, self.stage / name)

    def states(self) -> tuple[dict[str, Any], dict[str, Any]]:
        here, there = (json.loads(one.read_text()) for one in (self.state_path, self.stage_state))
        return here, there

    def where(self, address: str) -> list[str]:
        return [one["workspace"] for one in self.states() if address in one["resources"]]

    def move_and_die(self) -> None:
        with pytest.raises((Killed, SystemExit)):
            main(["state", "mv", A, "manifests", "--to", str(self.stage_state)])

    def move(self, *arguments: str) -> Any:
        return self.run("state", "mv", *arguments, "manifests", "--to", str(self.stage_state))


@pytest.fixture
def two(kit: Kit, capsys: pytest.CaptureFixture[str]) -> Iterator[Two]:
    made = Two(kit.url, kit.root, capsys)
    made.prepare()
    yield made
    made.close()


def test_a_moved_record_runs_on_under_the_other_workspace(two: Two) -> None:
    world, entry = World(two), two.entry(A)
    ran = two.move(A)
    assert ran.code == 0 and f"{A} moved to {two.stage_state} as {A}, in workspace stage" in ran.out
    again = two.run(*APPLY)  # its document is here still
    assert again.code == 1 and "would end MixStream/a, which uses the same robot" in again.err
    here, there = two.states()
    assert here["resources"].keys() == {FILM} and there["resources"][A] == entry
    assert "arrivals" not in there and "moving" not in json.dumps(here)
    world.is_untouched(here, there)
    two.move_manifest()
    for path in ("manifests", "stage"):
        assert two.run("plan", path, "--detailed-exitcode").code == 0
    again = two.move(A)
    assert again.code == 0 and "nothing to move" in again.out
    assert two.run("state", "mv", A, B, "stage", "--to", str(two.state_path)).code == 0
    assert two.where(B) == ["demo"] and two.where(A) == []
    world.is_untouched(*two.states())


def test_by_which_key_a_push_was_signed_is_not_known_under_another_key(two: Two) -> None:
    """The digest is under the key of the state that it was made in; in another it would never fit."""
    signed = STREAM.replace('live/one"', 'live/one", auth: {key: {env: STREAM_PUSH_KEY}}')
    two.write("a.yaml", signed)
    assert two.run(*APPLY).code == 0
    entry = two.entry(A)
    assert entry["signedBy"].keys() == entry["signed"].keys()
    assert two.move(A).code == 0
    moved = two.states()[1]["resources"][A]
    assert moved == {key: value for key, value in entry.items() if key != "signedBy"}
    two.move_manifest()
    (two.stage / "a.yaml").write_text(
        signed.replace("publish: [", 'publish: [{url: "rtmp://p.example/live/x"}, ')
    )
    assert two.run(*APPLY, "stage").code == 0
    assert two.states()[1]["resources"][A]["signedBy"].keys() == entry["signed"].keys()


@pytest.mark.slow
@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_each_of_its_steps_the_record_is_in_one_state(
    two: Two, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Then by turns the move is run again, or the next apply where the record was."""
    kept, folder = two.root / "kept", two.state_path.parent
    shutil.copytree(folder, kept)
    two.move_manifest()
    world = World(two)
    for turn, number in enumerate(count(1, step)):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        with killing(monkeypatch, number) as died:
            two.move_and_die()
        begun = "moving" in two.state_path.read_text() or two.where(A) != ["demo"]
        assert two.where(A) in (["demo"], ["stage"], ["demo", "stage"])
        if begun and turn % 2:
            ran = two.run(*APPLY, "manifests")
            assert ran.code == 0, ran.err
        else:
            assert two.move(A).code == 0
        assert two.where(A) == ["stage"]
        world.is_untouched(*two.states())
        if not died:
            assert number > 40
            break
    for path in ("manifests", "stage"):
        assert two.run("plan", path, "--detailed-exitcode").code == 0


@contextmanager
def killing(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[list[str]]:
    """A process that dies before its operation of that number, and does nothing more; which that was."""
    left, died, opened = iter(range(number - 1)), list[str](), set[int]()

    class Dying(PosixFiles):
        def close(self, descriptor: int) -> None:
            opened.discard(descriptor)
            super().close(descriptor)

    def dying(name: str) -> Any:
        real = getattr(PosixFiles, name)

        def called(self: PosixFiles, *arguments: Any) -> Any:
            if died or next(left, None) is None:
                died.append(name)
                raise Killed
            found = real(self, *arguments)
            if isinstance(found, int):
                opened.add(found)
            return found

        return called

    for name in WRITES:
        setattr(Dying, name, dying(name))
    with monkeypatch.context() as patch:
        patch.setattr(world, "PosixFiles", Dying)
        yield died
    for descriptor in opened:  # as the kernel does when a process ends
        os.close(descriptor)


def half_moved(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move whose process died once the record was marked, and before it was written anywhere else."""
    for number in count(1):
        with killing(monkeypatch, number) as died:
            two.move_and_die()
        assert died
        if "moving" in two.state_path.read_text():
            assert two.where(A) == ["demo"]
            return


def test_an_unfinished_move_is_told_and_ended_by_the_next_command(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_moved(two, monkeypatch)
    two.move_manifest()
    world = World(two)
    assert "moving" in two.run("state", "show", A).out
    again = ("plan", "--no-refresh")  # twice, as the second could be told by an index alone
    for arguments in (("plan",), again, again, ("drift",), ("drift",)):
        ran = two.run(*arguments, "--detailed-exitcode")
        assert ran.code == 0 and f"{A} is now in {two.stage_state} as {A}" in ran.err, ran.out
    away = two.stage_state.rename(two.root / "away.json")
    history = two.stage_state.with_name("stage.history").rename(two.root / "away")
    for arguments in (("plan",), APPLY, ("destroy", "--auto-approve"), ("state", "rm", FILM)):
        ran = two.run(*arguments)
        assert ran.code == 1 and "a run did not finish" in ran.err and "state push" in ran.err
    world.is_untouched(two.state(), json.loads(away.read_text()))
    away.rename(two.stage_state)
    history.rename(two.stage_state.with_name("stage.history"))
    ran = two.run("state", "mv", FILM, "IngestStream/movie")
    assert ran.code == 0 and "and no longer here" in ran.err and two.where(A) == ["stage"]
    world.is_untouched(*two.states())


def test_what_is_on_its_way_to_a_state_is_not_started_there(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_moved(two, monkeypatch)
    two.move_manifest()
    world = World(two)
    ran = two.run(*APPLY, "stage")
    assert ran.code == 1 and "which an unfinished run was moving here" in ran.err
    command = re.search(r"`reconciler (state mv [^`]*)`", " ".join(ran.err.split()))
    assert command is not None and two.run(*command[1].split()).code == 0
    assert two.run(*APPLY, "stage").code == 0 and two.where(A) == ["stage"]
    world.is_untouched(*two.states())


def test_a_move_to_what_is_gone_for_good_is_taken_back_by_hand(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_moved(two, monkeypatch)
    world = World(two)
    for path in (two.stage_state, two.stage_state.with_name("stage.history")):
        path.rename(two.root / f"away-{path.name}")
    data = unseal(two.run("state", "pull").out.encode()).value
    del data["resources"][A]["moving"]
    edited = two.root / "edited.json"
    edited.write_text(json.dumps({key: value for key, value in data.items() if key != "checksum"}))
    ran = two.run("state", "push", str(edited))
    assert ran.code == 0 or "--force" in ran.err
    assert ran.code == 0 or two.run("state", "push", "--force", str(edited)).code == 0
    assert two.run("plan", "--detailed-exitcode").code == 0
    world.is_untouched(two.state(), json.loads((two.root / "away-stage.json").read_text()))


def test_what_cannot_be_moved_is_left_where_it_is(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    before = two.state_path.read_bytes(), two.stage_state.read_bytes()
    copy = two.root / "copy.json"
    shutil.copy(two.state_path, copy)
    nowhere = two.root / "no" / "such.json"
    for code, words, arguments in (
        (1, "no state at", (A, "--to", str(nowhere))),
        (64, "is the state that already records it", (A, "--to", str(two.state_path))),
        (1, "is a copy of this state", (A, "--to", str(copy))),
        (64, "is not in the state", (B, "--to", str(two.stage_state))),
        (64, "did you mean", ("MixStream/aa", "--to", str(two.stage_state))),
        (64, "is already in", (A, "MixStream/own", "--to", str(two.stage_state))),
        (
            64,
            "pass a NEW_ADDRESS that begins with MixStream/",
            (A, "RelayStream/a", "--to", str(two.stage_state)),
        ),
        (64, "Missing argument", (A,)),
        (64, "an unsupported URL", (A, "--to", "https://host")),
    ):
        ran = two.run("state", "mv", *arguments)
        assert ran.code == code and words in ran.err, (arguments, ran.err)
        assert (two.state_path.read_bytes(), two.stage_state.read_bytes()) == before
    assert not nowhere.parent.exists()
    credentials = {SECRETS["TENCENTCLOUD_SECRET_ID"]: SECRETS["TENCENTCLOUD_SECRET_KEY"]}
    with running(credentials=credentials) as elsewhere:
        monkeypatch.setenv("RECONCILER_ENDPOINT", elsewhere)
        other = two.root / "state" / "other.json"
        assert two.run(*APPLY, "stage", "--state", str(other)).code == 0
        ran = two.run("state", "mv", A, "--state", str(two.state_path), "--to", str(other))
        assert ran.code == 1 and "state rebind" in ran.err and elsewhere in ran.err
    assert two.state_path.read_bytes() == before[0]


def test_a_state_that_is_to_be_moved_to_can_be_begun_empty(two: Two) -> None:
    world, place = World(two), two.root / "state" / "empty.json"
    empty = two.root / "empty"
    empty.mkdir()
    (empty / "workspace.yaml").write_text(WORKSPACE.replace("demo", "empty"))
    assert two.run(*APPLY, "empty").code == 0 and not place.exists()
    ran = two.run(*APPLY, "empty", "--new-state")
    assert ran.code == 0 and "created, with nothing recorded yet" in ran.err
    assert two.run("state", "mv", A, "manifests", "--to", str(place)).code == 0
    assert json.loads(place.read_text())["resources"].keys() == {A}
    here, there = two.states()
    world.is_untouched(here, there, json.loads(place.read_text()))


def test_two_opposite_moves_take_the_states_in_one_order(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    real = state_move.held_as_it_is

    @contextmanager
    def held(location: Any, *arguments: Any) -> Iterator[Any]:
        taken.append(str(location))
        with real(location, *arguments) as session:
            yield session

    monkeypatch.setattr(state_move, "held_as_it_is", held)
    assert two.move(A).code == 0
    assert two.run("state", "mv", A, B, "stage", "--to", str(two.state_path)).code == 0
    assert taken == sorted({*taken}) * 2


def test_a_state_in_use_is_not_moved_to(two: Two) -> None:
    backend = world.backend_for(state_move.StateLocation(str(two.stage_state)))
    with backend.hold(None, {"pid": 1, "host": "h", "command": "apply", "since": "now", "run": "r"}):
        ran = two.move(A)
    assert ran.code == 1 and "in use" in ran.err and two.where(A) == ["demo"]
