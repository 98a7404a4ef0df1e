"""Drift leaves unread what the cloud tells the same of as before, and says what one says that reads all."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from reconciler.backends.parts import Event
from reconciler.backends.protocol import StateLocation
from reconciler.cli.world import backend_for
from reconciler.state import lines

from .kit import Kit, texts_read

STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: stream-{number}}}
spec:
  room: {number}
  publish: [{{url: "rtmp://3891.livepush.myqcloud.com/live/stream-{number}"}}]
"""
UNWATCHED = """
apiVersion: reconciler/v1
kind: RenderStream
metadata: {{name: stream-{number}}}
spec: {{userId: player-{number}}}
"""
WATCHED, UNSEEN = 24, 2
LIST, STATE = "DescribeLiveStreamOnlineList", "DescribeLiveStreamState"


@pytest.fixture
def read(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of documents that are parsed, of a workspace of which an apply and a drift were made."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(kit.root / "cache"))
    numbers = range(1, WATCHED + UNSEEN + 1)
    every = ((STREAM if one <= WATCHED else UNWATCHED).format(number=one) for one in numbers)
    kit.write("streams.yaml", "---".join(every))
    assert kit.run("apply", "--auto-approve").code == 0
    assert kit.run("drift").out.splitlines()[-1] == f"No drift: {WATCHED} checked, {UNSEEN} not observable"
    return texts_read(monkeypatch)


def names(texts: list[str]) -> set[str]:
    every = (line for text in texts for line in text.splitlines() if "name: " in line)
    return {line.split("name: ")[1].rstrip("}") for line in every}


def drift(kit: Kit, read: list[str]) -> tuple[list[str], set[str]]:
    """(what was asked, which documents were read); what is told is what is told where all of them are."""
    calls = len(kit.get("calls")["calls"])
    read.clear()
    by_index = [kit.run("drift", "--format", form) for form in ("json", "text")]
    documents, asked = names(read), [call["action"] for call in kit.get("calls")["calls"][calls:]]
    all_read = [kit.run("drift", "--no-cache", "--format", form) for form in ("json", "text")]
    assert [ran.code for ran in by_index] == [ran.code for ran in all_read] == [0, 0]
    assert [ran.out for ran in by_index] == [ran.out for ran in all_read]
    return asked, documents


def test_the_same_answers_leave_every_stream_unread(kit: Kit, read: list[str]) -> None:
    asked, documents = drift(kit, read)
    assert asked == [LIST, LIST]
    assert documents == set()


IMPORTED = """
import sys
from reconciler.cli import main
try:
    main(["drift"])
except SystemExit as ended:
    print(ended.code, sorted({"pydantic", "yaml", "deepdiff"} & sys.modules.keys()))
"""


def test_the_same_answers_need_no_models_and_no_parser(kit: Kit, read: list[str]) -> None:
    ran = subprocess.run([sys.executable, "-c", IMPORTED], cwd=kit.root, capture_output=True, text=True)
    assert ran.stdout.splitlines()[-1] == "0 []", ran.stderr


def test_a_forbidden_live_stream_is_found_by_its_own_answer(kit: Kit, read: list[str]) -> None:
    """What a list lacks is asked itself, as it may be forbidden."""
    document = """
        apiVersion: reconciler/v1
        kind: LiveStream
        metadata: {name: stage}
        spec: {domainName: 3891.livepush.myqcloud.com, streamName: stage}
        """
    kit.write("stage.yaml", document)
    kit.apply()
    kit.run("drift")
    for state in ("inactive", "forbid"):
        asked, documents = drift(kit, read)
        assert asked == [LIST, STATE, LIST, STATE]
        assert documents == (set() if state == "inactive" else {"demo", "stage"})
        forbid(kit, "stage")


def forbid(kit: Kit, name: str) -> None:
    """As somebody does at the console."""
    world = kit.root / "elsewhere"
    world.mkdir(exist_ok=True)
    text = (kit.root / "manifests" / "workspace.yaml").read_text()
    head = "apiVersion: reconciler/v1\nkind: LiveStream\nmetadata: {name: other}\n"
    spec = f"spec: {{domainName: 3891.livepush.myqcloud.com, streamName: {name}, state: forbidden}}\n"
    (world / "all.yaml").write_text(f"{text}\n---\n{head}{spec}")
    state = str(world / "state.json")
    assert kit.run("apply", str(world), "--state", state, "--auto-approve").code == 0


def test_no_entry_is_read_where_nothing_has_drifted(
    kit: Kit, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = entries_read(monkeypatch)
    assert kit.run("drift").code == 0
    assert entries == []


def test_a_plan_with_one_change_reads_one_entry(
    kit: Kit, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = entries_read(monkeypatch)
    kit.edit("streams.yaml", "room: 3\n", "room: 33\n")
    assert kit.verbs() == {"MixStream/stream-3": "replace"}
    assert len(entries) == 1


def entries_read(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The entries that are read from now on."""
    found: list[object] = []
    decode = lines.entry_from_json

    def noted(data: object) -> object:
        found.append(data)
        return decode(data)

    monkeypatch.setattr(lines, "entry_from_json", noted)
    return found


def test_what_has_fallen_silent_is_read(kit: Kit, read: list[str]) -> None:
    kit.end_task(kit.entry("MixStream/stream-7")["taskId"])
    for _ in range(2):  # and again, as it is still otherwise than it is recorded
        asked, documents = drift(kit, read)
        assert asked == [LIST, LIST]
        assert documents == {"demo", "stream-7"}
    assert "silent" in kit.run("drift").out


def test_an_edited_document_is_read_and_what_it_pushes_to_asked_with_the_others(
    kit: Kit, read: list[str]
) -> None:
    kit.edit("streams.yaml", "room: 3\n", "room: 33\n")
    asked, documents = drift(kit, read)
    assert asked == [LIST, LIST]
    assert documents == {"demo", "stream-3"}


def test_a_callback_has_the_document_of_its_task_read(kit: Kit, read: list[str]) -> None:
    """Also one that only says that the task runs: what else is told of it may be another thing then."""
    info = {
        "EventMsTs": int(time.time() * 1000),
        "TaskId": kit.entry("MixStream/stream-5")["taskId"],
        "UserId": "u",
        "RoomId": "5",
        "RoomType": 0,
        "Payload": {"Url": "rtmp://3891.livepush.myqcloud.com/live/stream-5", "Status": 2},
    }
    put(kit, {"EventGroupId": 4, "EventType": 401, "EventInfo": info})
    _, documents = drift(kit, read)
    assert documents == {"demo", "stream-5"}


def test_a_robot_that_was_removed_has_everything_read(kit: Kit, read: list[str]) -> None:
    """By whom a task runs stands in its record alone."""
    info = {"RoomId": "3", "EventMsTs": int(time.time() * 1000), "UserId": "robot", "Reason": 4}
    put(kit, {"EventGroupId": 1, "EventType": 104, "EventInfo": info})
    _, documents = drift(kit, read)
    assert len(documents) == 1 + WATCHED + UNSEEN


def put(kit: Kit, body: dict[str, object]) -> None:
    events = backend_for(StateLocation(str(kit.state_path))).parts.events
    assert events is not None
    events.put(Event("key", "2026-01-01T00:00:00Z", body))


def test_a_question_that_is_refused_has_everything_read(kit: Kit, read: list[str]) -> None:
    """As little is sure then; once it is answered again, all is as it was."""
    refused = {"kind": "error", "code": "UnauthorizedOperation.Other", "nth": 1, "count": 10_000}
    kit.faults({"action": LIST, **refused}, {"action": STATE, **refused})
    ran = kit.run("drift")
    assert ran.out == kit.run("drift", "--no-cache").out
    assert names(read) == {"demo", *(f"stream-{one}" for one in range(1, WATCHED + UNSEEN + 1))}
    kit.faults()
    kit.run("drift")
    _, documents = drift(kit, read)
    assert documents == set()


def test_without_a_cache_of_its_own_it_reads_everything(kit: Kit, read: list[str]) -> None:
    for path in Path(kit.root / "cache" / "reconciler" / "index").iterdir():
        path.unlink()
    asked, documents = drift(kit, read)
    assert asked == [LIST, LIST]
    assert len(documents) == 1 + WATCHED + UNSEEN
