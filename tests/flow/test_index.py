"""What has not changed is left unread; an index that is not wholly of this is noticed, and costs nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import reconciler
from reconciler.backends.parts import Event
from reconciler.backends.protocol import StateLocation
from reconciler.cli import manifest_files
from reconciler.cli.world import backend_for
from reconciler.index import codec

from .kit import Kit, texts_read

STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: stream-{number}}}
spec:
  room: {number}
  publish: [{{url: "rtmp://push.example/live/stream-{number}"}}]
"""
COUNT = 8


@pytest.fixture
def read(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of documents that are parsed; an index of each workspace in a directory of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(kit.root / "cache"))
    kit.write("streams.yaml", "---".join(STREAM.format(number=number) for number in range(1, COUNT + 1)))
    return texts_read(monkeypatch)


@pytest.fixture
def applied(kit: Kit, read: list[str]) -> Kit:
    assert kit.run("apply", "--auto-approve").code == 0
    assert len(kit.running()) == COUNT
    read.clear()
    return kit


def index_of(kit: Kit) -> Path:
    (path,) = (kit.root / "cache" / "reconciler" / "index").iterdir()
    return path


def names(texts: list[str]) -> set[str]:
    return {
        line.split("name: ")[1].rstrip("}")
        for text in texts
        for line in text.splitlines()
        if "name: " in line
    }


def test_after_an_apply_nothing_is_read(applied: Kit, read: list[str]) -> None:
    assert applied.changes() == []
    assert read == []
    assert applied.plan()["summary"]["unchanged"] == COUNT
    told = [applied.run("plan", *more).out for more in ((), ("--no-cache",))]
    assert told[0] == told[1]


IMPORTED = """
import sys
from reconciler.cli import main
try:
    main(sys.argv[2:])
except SystemExit as ended:
    print(ended.code, sorted(set(sys.argv[1].split()) & sys.modules.keys()), file=sys.stderr)
"""
NEEDLESS = (
    "pydantic yaml requests deepdiff reconciler.kinds.capabilities reconciler.kinds.callbacks "
    "reconciler.kinds.records reconciler.planning.planner reconciler.plan.codec reconciler.backends.work"
)
"""Half of a plan of what has not changed is imports, so that each of these would be felt."""


@pytest.mark.parametrize(
    ("form", "loaded"), [("text", []), ("markdown", []), ("json", ["reconciler.plan.codec"])]
)
def test_it_needs_no_models_no_parser_and_no_network(applied: Kit, form: str, loaded: list[str]) -> None:
    command = [sys.executable, "-c", IMPORTED, NEEDLESS, "plan", "--format", form]
    ran = subprocess.run(command, cwd=applied.root, capture_output=True, text=True)
    assert ran.stderr.splitlines()[-1] == f"0 {loaded}", ran.stderr


def test_moved_documents_are_not_read(applied: Kit, read: list[str]) -> None:
    path = applied.root / "manifests" / "streams.yaml"
    *first, last = path.read_text().split("---")
    path.write_text("---".join(first))
    applied.write("last.yaml", f"---{last}")
    assert applied.changes() == []
    assert names(read) == {"demo"}


def test_one_changed_document_costs_that_document(applied: Kit, read: list[str]) -> None:
    applied.edit("streams.yaml", "room: 3\n", "room: 33\n")
    assert applied.verbs() == {"MixStream/stream-3": "replace"}
    assert names(read) == {"demo", "stream-3"}


def test_a_callback_costs_the_document_of_the_task_that_it_questions(applied: Kit, read: list[str]) -> None:
    """One that a task runs costs nothing; one that a push of it gave up has its document read, each time."""
    events = backend_for(StateLocation(str(applied.state_path))).parts.events
    assert events is not None
    task, robot = applied.entry("MixStream/stream-3")["taskId"], {"UserId": "u", "RoomId": "3", "RoomType": 0}
    for number, status in ((1, 2), (2, 4)):
        info = {"EventMsTs": 1_700_000_000_000 + number, "TaskId": task, **robot}
        payload = {"Url": "rtmp://push.example/live/stream-3", "Status": status}
        body = {"EventGroupId": 4, "EventType": 401, "EventInfo": {**info, "Payload": payload}}
        events.put(Event(f"key-{number}", "2026-01-01T00:00:00Z", body))
        for _ in range(2):
            read.clear()
            assert applied.changes() == []
            assert names(read) == (set() if status == 2 else {"demo", "stream-3"})


def test_one_removed_document_is_stopped(applied: Kit, read: list[str]) -> None:
    last = "---" + STREAM.format(number=COUNT)
    applied.edit("streams.yaml", last, "")
    assert applied.verbs() == {f"MixStream/stream-{COUNT}": "stop"}
    assert names(read) == {"demo"}


def test_what_another_document_takes_is_read_with_it(applied: Kit, read: list[str]) -> None:
    """A new stream that takes a push address over is refused, with the place of the one that has it."""
    applied.write("more.yaml", STREAM.format(number=90).replace("live/stream-90", "live/stream-2"))
    ran = applied.run("plan")
    assert ran.code == 1
    assert "MixStream/stream-2 at manifests/streams.yaml:" in ran.err


def test_a_record_that_was_edited_is_planned_anew(applied: Kit, read: list[str]) -> None:
    assert applied.run("state", "rm", "MixStream/stream-4").code == 0
    read.clear()
    assert applied.verbs() == {"MixStream/stream-4": "start"}
    assert names(read) == {"demo", "stream-4"}


def test_no_cache_reads_everything_and_keeps_nothing(applied: Kit, read: list[str]) -> None:
    index_of(applied).unlink()
    assert applied.changes("--no-cache") == []
    assert len(names(read)) == COUNT + 1
    assert list((applied.root / "cache" / "reconciler" / "index").iterdir()) == []


def test_strangers_manifests_are_planned_without_it(applied: Kit, read: list[str]) -> None:
    before = index_of(applied).stat()
    ran = applied.run("plan", "--untrusted", "--state", str(applied.state_path))
    assert ran.code == 0, ran.err
    assert len(names(read)) == COUNT + 1
    assert index_of(applied).stat() == before


def cut(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    index_of(kit).write_bytes(index_of(kit).read_bytes()[:-1])


def of_another_format(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "FORMAT", codec.FORMAT + 1)


def of_another_version(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_files, "__version__", f"{reconciler.__version__}.1")


def of_another_lineage(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    data = index_of(kit).read_bytes()
    lineage = kit.state()["lineage"].encode()
    assert data.count(lineage) == 1
    index_of(kit).write_bytes(data.replace(lineage, lineage[::-1]))


def stale(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """From before all records and documents were replaced."""
    old = index_of(kit).read_bytes()
    for number in range(1, COUNT + 1):
        kit.edit("streams.yaml", f"room: {number}\n", f"room: {number}00\n")
    assert kit.run("apply", "--auto-approve", "--allow").code == 0
    index_of(kit).write_bytes(old)


def of_other_secrets(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_SECRETS", "MY_KEY")


Unfit = Callable[[Kit, pytest.MonkeyPatch], None]
UNFIT: tuple[Unfit, ...] = (
    cut,
    of_another_format,
    of_another_version,
    of_another_lineage,
    stale,
    of_other_secrets,
)


@pytest.mark.parametrize("how", UNFIT, ids=lambda how: how.__name__)
def test_one_that_is_not_of_this_is_noticed_and_made_anew(
    how: Unfit, applied: Kit, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    how(applied, monkeypatch)
    read.clear()
    assert applied.plan("--no-refresh") == applied.plan("--no-refresh", "--no-cache")
    assert len(names(read)) == COUNT + 1
    read.clear()
    assert applied.changes() == []
    assert read == []


def test_where_it_cannot_be_kept_nothing_is_lost_but_time(applied: Kit, read: list[str]) -> None:
    index_of(applied).unlink()
    os.rmdir(applied.root / "cache" / "reconciler" / "index")
    (applied.root / "cache" / "reconciler" / "index").write_text("a file")
    for _ in range(2):
        read.clear()
        assert applied.changes() == []
        assert len(names(read)) == COUNT + 1


def test_a_replace_asked_for_by_name_is_planned(applied: Kit, read: list[str]) -> None:
    ran = applied.run("apply", "--auto-approve", "--replace", "MixStream/stream-5")
    assert ran.code == 0, ran.err
    assert names(read) == {"demo", "stream-5"}
    assert applied.changes() == []
