"""`reconciler state`: records are renamed, forgotten, imported, taken out, put back; and who holds them."""

import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.files import PosixFiles
from reconciler.errors import StateError
from reconciler.moments import rfc3339
from reconciler.state.model import Owner
from reconciler.state.seal import seal

from ..support import one_in
from .kit import Kit, wait_until
from .test_mix_stream import HALL, LAYOUT, SIDE, STREAMS

START, UPDATE = "StartPublishCdnStream", "UpdatePublishCdnStream"
OTHER = """
apiVersion: reconciler/v1
kind: LiveStream
metadata: {name: solo}
spec: {domainName: 3891.livepush.myqcloud.com, streamName: solo}
---
apiVersion: reconciler/v1
kind: RenderStream
metadata: {name: game}
spec: {userId: player-1}
---
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: 295066, userId: film, streamUrl: "https://media.example/film.mp4", repeatNum: -1}
"""
FILM, GAME, SOLO = "IngestStream/film", "RenderStream/game", "LiveStream/solo"


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.apply()
    return kit


def task_of(kit: Kit, address: str) -> str:
    return str(kit.entry(address)["taskId"])


def history(kit: Kit) -> list[int]:
    return sorted(
        int(path.name.removesuffix(".json.gz")) for path in kit.state_path.with_name("demo.history").iterdir()
    )


def unsealed(kit: Kit, **changes: Any) -> bytes:
    """The state as somebody edits it by hand: with the line of its checksum taken out."""
    data = {**kit.state(), **changes}
    return json.dumps({key: value for key, value in data.items() if key != "checksum"}, indent=2).encode()


def untouched(kit: Kit, *arguments: str, code: int = 1) -> str:
    """What a command says that is refused, calls nothing and leaves the state alone."""
    before = kit.state_path.read_bytes(), len(kit.calls())
    ran = kit.run("state", *arguments)
    assert ran.code == code, ran.out + ran.err
    assert (kit.state_path.read_bytes(), len(kit.calls())) == before
    return ran.err


# mv and rm


def test_a_renamed_resource_keeps_its_task(applied: Kit) -> None:
    applied.edit("streams.yaml", "metadata: {name: side}", "metadata: {name: main}")
    assert applied.verbs() == {SIDE: "stop", "MixStream/main": "start"}
    task, calls = task_of(applied, SIDE), len(applied.calls())
    ran = applied.run("state", "mv", SIDE, "MixStream/main")
    assert (ran.code, ran.out) == (0, f"{SIDE} is recorded as MixStream/main; state serial 2\n")
    assert "robot's user ID" in ran.err
    assert task_of(applied, "MixStream/main") == task and SIDE not in applied.state()["resources"]
    assert applied.verbs() == {} and len(applied.calls()) == calls
    applied.edit(
        "streams.yaml", '  room: "295066"\n', '  room: "295066"\n  audio: {encode: {channel: 1}}\n', 1
    )
    robots = [applied.entry("MixStream/main")["spec"]["agent"]]
    applied.apply("--target", "MixStream/main")
    assert [applied.entry("MixStream/main")["spec"]["agent"]] == robots


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mv", "MixStream/hal", "MixStream/x"), f"did you mean {HALL}?"),
        (("mv", HALL, SIDE), "is already in the state"),
        (("mv", HALL, "RelayStream/hall"), "pass a NEW_ADDRESS that begins with MixStream/"),
        (("mv", HALL, "hall"), "is not a valid address"),
        (("rm", "MixStream/hal"), f"did you mean {HALL}?"),
        (("rm", HALL, "MixStream/no-such"), "is not in the state"),
        (("rm", "hall"), "is not a valid address"),
        (("rm",), "Missing argument"),
        (("mv", HALL, "MixStream/x", "--lock-timeout", "soon"), "is not a duration"),
    ],
)
def test_what_cannot_be_moved_or_forgotten(applied: Kit, arguments: tuple[str, ...], words: str) -> None:
    assert words in untouched(applied, *arguments, code=64)


def test_forgetting_says_which_tasks_run_on(applied: Kit) -> None:
    tasks = {address: task_of(applied, address) for address in (HALL, SIDE)}
    ran = applied.run("state", "rm", HALL, SIDE, "manifests")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"{HALL} removed from the state; its task keeps running as TaskId {tasks[HALL]}",
        f"{SIDE} removed from the state; its task keeps running as TaskId {tasks[SIDE]}",
        "state serial 2",
    ]
    assert applied.state()["resources"] == {}
    assert {task["taskId"] for task in applied.running()} == set(tasks.values())


def test_forgetting_says_what_may_run_and_what_stays(kit: Kit) -> None:
    kit.write("other.yaml", OTHER.replace("streamName: solo}", "streamName: solo, state: forbidden}"))
    kit.faults({"action": "StartStreamIngest", "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 1
    ran = kit.run("state", "rm", FILM, GAME, SOLO)
    lines = ran.out.splitlines()
    assert (
        "a task may be running: StartStreamIngest sent at " in lines[0] and "was never answered" in lines[0]
    )
    assert lines[1] == f"{GAME} removed from the state; what was started for it keeps running"
    assert "stays forbidden until" in lines[2]


def test_a_state_file_needs_no_manifests(applied: Kit) -> None:
    shutil.rmtree(applied.root / "manifests")
    assert applied.run("state", "rm", HALL, "--state", "state/demo.json").code == 0
    assert list(applied.state()["resources"]) == [SIDE] and applied.state()["workspace"] == "demo"


def test_without_a_state_there_is_nothing_to_forget(kit: Kit) -> None:
    assert kit.run("state", "rm", HALL).code == 64
    ran = kit.run("state", "rm", HALL, "--state", "state/none.json")
    assert ran.code == 1 and "no state yet" in ran.err


# import; what is taken over of what others have started is in test_state_import


def unstarted(robot: str) -> tuple[str, ...]:
    """What is said of a task that has just begun and was never updated."""
    return ("--robot", robot, "--since", rfc3339(time.time() - 60), "--sequence-number", "0")


def test_an_uncertain_start_is_resolved_by_an_import(kit: Kit) -> None:
    """The platform's callback of the relay names the robot and its TaskId."""
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.faults({"action": START, "nth": 1, "count": 2, "kind": "drop-response"})
    assert kit.run("apply", "--auto-approve").code == 1
    found = {task["request"]["RoomIdType"]: task["taskId"] for task in kit.running()}
    for address, kind in ((HALL, 0), (SIDE, 1)):
        robot = kit.entry(address)["spec"]["agent"]["userId"]
        assert kit.run("state", "import", address, found[kind], *unstarted(robot)).code == 0
    kit.assert_settled()
    assert {task["taskId"] for task in kit.running()} == set(found.values())


@pytest.mark.parametrize("task", ["-8LesMYh27p1hexU9go-aam7e3F6..", "--h=1", "-h"])
def test_a_task_id_may_look_like_an_option(applied: Kit, task: str) -> None:
    robot = applied.entry(HALL)["spec"]["agent"]["userId"]
    applied.run("state", "rm", HALL)
    assert applied.run("state", "import", HALL, task, *unstarted(robot), "--no-verify").code == 0
    assert task_of(applied, HALL) == task


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((HALL, "T1"), "already"),
        (("MixStream/hal", "T1"), f"did you mean {HALL}?"),
        (("MixStream/stranger", "T1"), "is not in the manifests"),
        ((GAME, "T1"), "has no TaskId to import"),
        ((SOLO, "T1"), "has no TaskId to import"),
        ((FILM, "T 1"), "is not a TaskId"),
        ((FILM, ""), "is not a TaskId"),
        ((FILM, "T1", "--sequence-number", "-1"), "is not a SequenceNumber"),
        (("MixStream/off", "T1"), "declares MixStream/off stopped"),
    ],
)
def test_what_cannot_be_imported(applied: Kit, arguments: tuple[str, ...], words: str) -> None:
    off = STREAMS.split("---")[0].replace("name: hall", "name: off").replace("live/hall", "live/off")
    applied.write("other.yaml", OTHER + "---" + off.replace("spec:", "spec:\n  state: stopped"))
    assert words in untouched(applied, "import", *arguments, code=64)


def test_a_task_is_recorded_once(applied: Kit) -> None:
    task = task_of(applied, HALL)
    applied.run("state", "rm", SIDE)
    assert f"is already recorded as {HALL}" in untouched(applied, "import", SIDE, task, code=64)


# pull and push


def test_pull_prints_the_file_and_push_takes_it_back(applied: Kit) -> None:
    ran = applied.run("state", "pull")
    assert ran.out.encode() == applied.state_path.read_bytes()
    (applied.root / "copy.json").write_text(ran.out)
    before = applied.state()
    ran = applied.run("state", "push", "copy.json")
    told = f"{applied.state_path} is unchanged; state serial 1\n"
    assert (ran.code, ran.out) == (0, told)
    assert applied.state() == before
    applied.assert_settled()


def test_pull_of_no_state_is_an_error(kit: Kit) -> None:
    ran = kit.run("state", "pull")
    assert ran.code == 1 and not ran.out


def test_push_reads_standard_input(applied: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(unsealed(applied, serial=7))

    monkeypatch.setattr(sys, "stdin", Stdin)
    applied.run("state", "rm", HALL)
    assert applied.run("state", "push", "-").code == 0
    assert applied.state()["serial"] == 8 and HALL in applied.state()["resources"]


def test_an_older_serial_is_pushed_by_force_only_and_what_is_lost_is_said(applied: Kit) -> None:
    applied.edit("streams.yaml", "metadata: {name: side}", "metadata: {name: side, labels: {a: b}}")
    applied.write("other.yaml", OTHER)
    applied.apply()
    film, old = task_of(applied, FILM), str(applied.state_path.with_name("demo.history") / "1.json.gz")
    assert "its serial is 1, but serial 2 was written here" in untouched(applied, "push", old)
    ran = applied.run("state", "push", "--force", old)
    assert ran.code == 0
    assert f"{FILM} is no longer recorded with TaskId {film}, which may still be running" in ran.out
    assert applied.state()["serial"] == 3 and FILM not in applied.state()["resources"]


def test_another_lineage_is_pushed_by_force_only(applied: Kit) -> None:
    mine = applied.state()["lineage"]
    (applied.root / "other.json").write_bytes(seal({**json.loads(unsealed(applied)), "lineage": "another"}))
    assert f"lineage is another, but the recorded one is {mine}" in untouched(applied, "push", "other.json")
    assert applied.run("state", "push", "--force", "other.json").code == 0
    assert (applied.state()["lineage"], applied.state()["serial"]) == ("another", 2)
    applied.assert_settled()


def test_a_damaged_file_is_never_pushed(applied: Kit) -> None:
    copy = applied.root / "copy.json"
    text = applied.state_path.read_text()
    for damaged in (text[:-3], text.replace('"lineage"', '"lin"'), "", "{}", "[]", "5", "{"):
        copy.write_text(damaged)
        for force in ((), ("--force",)):
            untouched(applied, "push", "copy.json", *force)


def test_a_file_of_another_workspace_is_never_pushed(applied: Kit) -> None:
    (applied.root / "other.json").write_bytes(seal({**json.loads(unsealed(applied)), "workspace": "x"}))
    assert "of workspace 'x', not 'demo'" in untouched(applied, "push", "--force", "other.json")


def test_a_state_edited_by_hand_is_refused_until_it_is_pushed(applied: Kit) -> None:
    text = applied.state_path.read_text()
    applied.state_path.write_text(text.replace(task_of(applied, HALL), "T-by-hand"))
    for arguments in (("plan",), ("apply", "--auto-approve"), ("state", "list"), ("state", "pull")):
        ran = applied.run(*arguments)
        assert ran.code == 1 and "edited by hand" in ran.err and "reconciler state push" in ran.err
    applied.state_path.write_bytes(unsealed(applied))
    ran = applied.run("plan")
    assert ran.code == 1 and "no checksum" in ran.err
    assert applied.run("state", "push", str(applied.state_path)).code == 0
    assert (task_of(applied, HALL), applied.state()["serial"]) == ("T-by-hand", 2)
    assert applied.run("plan", "--no-refresh").code == 0


def test_an_edit_with_a_mistake_in_a_key_is_not_pushed(applied: Kit) -> None:
    (applied.root / "edited.json").write_bytes(unsealed(applied, Serial=7))
    assert "Serial: unknown key; did you mean serial?" in untouched(applied, "push", "--force", "edited.json")


def test_a_damaged_state_is_put_back_from_its_history(applied: Kit) -> None:
    before = applied.state()
    applied.state_path.write_bytes(applied.state_path.read_bytes()[:-40])
    ran = applied.run("plan")
    assert ran.code == 1
    copy = str(applied.state_path.with_name("demo.history") / "1.json.gz")
    assert f"reconciler state push {copy}" in ran.err
    ran = applied.run("state", "push", copy)
    assert ran.code == 0, ran.err
    assert (applied.state()["resources"], applied.state()["serial"]) == (before["resources"], 2)
    applied.assert_settled()


def test_copies_that_older_versions_kept_are_read_and_give_way_to_younger_ones(applied: Kit) -> None:
    folder = applied.state_path.with_name("demo.history")
    (folder / "1.json").write_bytes(gzip.decompress((folder / "1.json.gz").read_bytes()))
    (folder / "1.json.gz").unlink()
    assert applied.run("plan").code == 0
    applied.state_path.unlink()
    assert f"reconciler state push {folder / '1.json'} " in applied.run("state", "list").err
    assert applied.run("state", "push", str(folder / "1.json")).code == 0
    for one, other in ((HALL, "MixStream/x"), ("MixStream/x", HALL)) * 5:
        assert applied.run("state", "mv", one, other).code == 0
    assert "1.json" not in {path.name for path in folder.iterdir()}


def test_an_older_file_put_back_is_refused_and_taken_by_force(applied: Kit) -> None:
    old = applied.state_path.read_bytes()
    applied.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    applied.apply()
    applied.state_path.write_bytes(old)
    for arguments in (("plan",), ("apply", "--auto-approve"), ("drift",), ("state", "list")):
        ran = applied.run(*arguments)
        assert ran.code == 1 and "it was replaced by an older file" in ran.err
    assert "serial is 1, but serial 2 was written here" in untouched(applied, "push", str(applied.state_path))
    assert applied.run("state", "push", "--force", str(applied.state_path)).code == 0
    assert applied.state()["serial"] == 3


def test_the_file_of_another_run_with_the_same_serial_is_refused(applied: Kit) -> None:
    applied.state_path.write_bytes(seal({**json.loads(unsealed(applied)), "run": "another"}))
    ran = applied.run("plan")
    assert ran.code == 1 and "it was replaced by another run's file" in ran.err


def test_a_lost_state_is_pushed_from_its_history(applied: Kit) -> None:
    applied.state_path.unlink()
    assert applied.run("state", "push", "state/demo.history/1.json.gz").code == 0
    applied.assert_settled()


def killed(kit: Kit) -> None:
    """An apply that was killed while two starts waited for their answers."""
    kit.faults({"action": START, "nth": 1, "count": 2, "kind": "delay", "seconds": 30})
    process = kit.spawn("apply", "--auto-approve")
    wait_until(lambda: len(kit.running()) == 2)
    process.kill()
    process.communicate()
    kit.faults()


@pytest.mark.slow
def test_what_an_interrupted_run_left_is_pulled_and_pushed(kit: Kit) -> None:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    killed(kit)
    ran = kit.run("state", "pull")
    pulled = json.loads(ran.out)
    assert {entry["status"] for entry in pulled["resources"].values()} == {"uncertain"}
    (kit.root / "pulled.json").write_text(ran.out)
    assert kit.run("state", "push", "pulled.json").code == 0
    assert kit.state()["resources"] == pulled["resources"]
    assert not kit.state_path.with_name("demo.journal").exists()


@pytest.mark.slow
def test_a_journal_is_worked_into_the_state_it_belongs_to(applied: Kit) -> None:
    applied.edit("streams.yaml", "room: 295066\n", "room: 295067\n")
    applied.faults({"action": START, "nth": 1, "kind": "delay", "seconds": 30})
    process = applied.spawn("apply", "--auto-approve")
    wait_until(lambda: len(applied.calls()) == 4)
    process.kill()
    process.communicate()
    applied.faults()
    applied.state_path.write_bytes(b"")
    assert applied.run("state", "push", "state/demo.history/1.json.gz").code == 0
    assert applied.entry(HALL)["status"] == "uncertain"
    applied.apply()


def test_a_foreign_journal_is_set_aside_by_force_only(applied: Kit) -> None:
    journal = applied.state_path.with_name("demo.journal")
    journal.write_text("{}\n{}\n")
    for arguments in (("plan",), ("apply", "--auto-approve"), ("state", "list")):
        ran = applied.run(*arguments)
        assert ran.code == 1 and "the journal is damaged" in ran.err and "--force" in ran.err
    assert "which is damaged" in untouched(applied, "push", str(applied.state_path))
    ran = applied.run("state", "push", "--force", str(applied.state_path))
    assert ran.code == 0
    (aside,) = applied.state_path.parent.glob("demo.journal.*")
    assert str(aside) in ran.err and aside.read_text() == "{}\n{}\n"
    applied.assert_settled()


# The last generations


def test_the_last_ten_states_are_kept(applied: Kit) -> None:
    for _ in range(6):
        for one, other in ((HALL, "MixStream/x"), ("MixStream/x", HALL)):
            assert applied.run("state", "mv", one, other).code == 0
    assert history(applied) == list(range(4, 14))
    newest = applied.state_path.with_name("demo.history") / "13.json.gz"
    assert gzip.decompress(newest.read_bytes()) == applied.state_path.read_bytes()


def test_a_history_that_cannot_be_written_is_told_and_fails_nothing(applied: Kit) -> None:
    folder = applied.state_path.with_name("demo.history")
    shutil.rmtree(folder)
    folder.symlink_to("/proc/self")
    ran = applied.run("state", "rm", HALL)
    assert ran.code == 0 and "cannot keep copies of the state" in ran.err
    assert applied.state()["serial"] == 2


def test_half_written_files_of_runs_that_died_are_removed(applied: Kit) -> None:
    folder = applied.state_path.parent
    left = [folder / ".demo.json.0123abcd.tmp", folder / "demo.history" / ".9.json.gz.0123abcd.tmp"]
    others = [
        folder / ".demo.json.mine",
        folder / ".other.json.0123abcd.tmp",
        folder / "demo.history" / "note.txt",
    ]
    for path in (*left, *others):
        path.write_text("x")
    assert applied.run("state", "rm", HALL).code == 0
    assert [path.exists() for path in left] == [False, False]
    assert all(path.exists() for path in others)


# The lock


@pytest.fixture
def waiting(applied: Kit) -> Iterator[subprocess.Popen[str]]:
    """An apply that holds the lock while the cloud takes its time."""
    applied.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    applied.faults({"action": UPDATE, "count": 9, "kind": "delay", "seconds": 3})
    process = applied.spawn("apply", "--auto-approve")
    wait_until(lambda: sum(call["action"] == UPDATE for call in applied.calls()) == 2)
    yield process
    process.kill()
    process.communicate()


EDITS = [
    ("mv", HALL, "MixStream/x"),
    ("rm", HALL),
    ("import", HALL, "T1"),
    ("push", "state/demo.history/1.json.gz"),
]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", one_in(4, EDITS, lambda arguments: str(arguments[0])))
def test_every_edit_is_made_under_the_lock(
    applied: Kit, waiting: "subprocess.Popen[str]", arguments: tuple[str, ...]
) -> None:
    run = json.loads(applied.state_path.with_name("demo.lock").read_text())["run"]
    words = untouched(applied, *arguments)
    assert f"process {waiting.pid} on {os.uname().nodename} (apply, since " in words
    assert f", run {run})" in words and "--lock-timeout" in words


@pytest.mark.slow
def test_whoever_waits_long_enough_gets_the_lock(applied: Kit, waiting: "subprocess.Popen[str]") -> None:
    ran = applied.run("state", "rm", HALL, "--lock-timeout", "30s")
    assert ran.code == 0, ran.err
    assert f"waiting: the state is in use by process {waiting.pid} " in ran.err
    assert applied.state()["serial"] == 3


@pytest.mark.slow
def test_whoever_waits_too_short_does_not(applied: Kit, waiting: "subprocess.Popen[str]") -> None:
    begun = time.monotonic()
    ran = applied.run("apply", "--auto-approve", "--lock-timeout", "500ms")
    assert ran.code == 1 and time.monotonic() - begun >= 0.5
    assert f"in use by process {waiting.pid} " in ran.err


@pytest.mark.slow
def test_a_kill_frees_the_lock(applied: Kit, waiting: "subprocess.Popen[str]") -> None:
    waiting.send_signal(signal.SIGKILL)
    waiting.wait()
    assert applied.run("state", "rm", HALL).code == 0


@pytest.mark.slow
def test_unlock_leaves_to_the_kernel_what_the_kernel_knows(
    applied: Kit, waiting: "subprocess.Popen[str]"
) -> None:
    run = json.loads(applied.state_path.with_name("demo.lock").read_text())["run"]
    assert f"process {waiting.pid} " in untouched(applied, "unlock")
    assert "is on this machine" in untouched(applied, "unlock", "--run", run, code=64)
    assert "not by run x" in untouched(applied, "unlock", "--run", "x", code=64)
    waiting.kill()
    waiting.wait()
    ran = applied.run("state", "unlock")
    assert (ran.code, ran.out) == (0, "the state is not locked\n")


def test_unlock_breaks_the_lock_of_a_dead_run_on_another_machine(applied: Kit) -> None:
    """As a network file system leaves it; the run, should it live, begins nothing more."""
    backend = LocalBackend(applied.state_path, PosixFiles(), lambda: "0")
    elsewhere = {"pid": 1, "host": "elsewhere", "command": "apply", "since": "then", "run": "r1"}
    with backend.hold(Owner("demo"), elsewhere) as held:
        assert "on elsewhere" in untouched(applied, "rm", HALL)
        assert "--run" in untouched(applied, "unlock")
        assert applied.run("state", "unlock", "--run", "r1").code == 0
        assert applied.run("state", "rm", HALL).code == 0
        for attempt in (lambda: held.begin("r1", "now", "l"), lambda: held.finish(held.state)):
            with pytest.raises(StateError, match="removed or replaced while this run held it"):
                attempt()
    assert applied.state()["serial"] == 2
