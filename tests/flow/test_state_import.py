"""`state import`: what a script has started is taken over, judged by the state of the simulator's world.

Whatever is imported, the next plan is empty: no task is restarted, none doubled, none left unrecorded.
"""

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import click
import pytest

from reconciler.backends.local.session import LocalSession
from reconciler.cli import environment
from reconciler.moments import rfc3339, unix_seconds

from ..support import one_in
from .kit import Kit, Later, Ran, wait_until
from .test_mix_stream import HALL, LAYOUT, SIDE, STREAMS
from .test_state_commands import FILM, GAME, OTHER, SOLO

START, UPDATE, ASK = "StartPublishCdnStream", "UpdatePublishCdnStream", "DescribeStreamIngest"
ENTRY = Mapping[str, Any]


@dataclass
class Script:
    """What runs and nothing has recorded, as a script has left it; `entries` is what the script knows."""

    kit: Kit
    entries: Mapping[str, Any]

    def robot(self, address: str) -> str:
        spec = self.entries[address]["spec"]
        return str(spec["userId"] if "userId" in spec else spec["agent"]["userId"])

    def line(self, of: str, **changes: Any) -> dict[str, Any]:
        """The line of its log about one task; None takes a key out."""
        entry = self.entries[of]
        line = {
            "address": of,
            "taskId": entry["taskId"],
            "robot": self.robot(of),
            "since": entry["startedAt"],
            "sequenceNumber": 0 if of != FILM else None,
        }
        return {key: value for key, value in {**line, **changes}.items() if value is not None}

    def log(self, *lines: Any) -> str:
        path = self.kit.root / "tasks.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return "tasks.jsonl"

    def all(self) -> list[dict[str, Any]]:
        return [self.line(address) for address in self.entries]

    def options(self, address: str, **changes: Any) -> list[str]:
        """The same as options of a single import."""
        names = {
            "taskId": "--task-id",
            "robot": "--robot",
            "since": "--since",
            "sequenceNumber": "--sequence-number",
        }
        line = self.line(address, **changes)
        return [text for key, option in names.items() if key in line for text in (option, str(line[key]))]

    def event(self, address: str, status: int, seconds: float, url: str = "", **changes: Any) -> Any:
        """The callback about a task, so many seconds after its start."""
        entry = self.entries[address]
        at = int(1000 * (unix_seconds(entry["startedAt"]) + seconds))
        if address == FILM:
            info = {"EventMsTs": at, "TaskId": entry["taskId"], "Status": 0}
            kind = 702 if status == 0 else 701
            return {"EventGroupId": 7, "EventType": kind, "CallbackMsTs": at, "EventInfo": info}
        room = entry["spec"]["room"]
        info = {
            "RoomId": str(room),
            "RoomType": int(isinstance(room, str)),
            "EventMsTs": at,
            "UserId": self.robot(address),
            "TaskId": entry["taskId"],
            "Payload": {
                "Url": url or entry["spec"]["publish"][0]["url"],
                "Status": status,
                "ErrorCode": 0,
                "ErrorMsg": "",
            },
            **changes,
        }
        return {"EventGroupId": 4, "EventType": 401, "CallbackTs": at, "EventInfo": info}

    def assert_taken_over(self) -> None:
        """0 restarts, 0 doubles, 0 unrecorded: what ran runs, nothing else does, all is recorded."""
        kit = self.kit
        tasks = {entry["taskId"] for entry in self.entries.values()}
        assert {task["taskId"] for task in [*kit.running(), *kit.tasks("paused")]} == tasks
        assert {entry.get("taskId") for entry in kit.state()["resources"].values()} == tasks
        kit.assert_settled()


@pytest.fixture
def script(kit: Kit) -> Script:
    """Two mixes and an ingest that run."""
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.write("film.yaml", OTHER.split("---")[2])
    kit.apply()
    entries = dict(kit.state()["resources"])
    kit.forget_all()
    return Script(kit, entries)


def untouched(script: Script, *arguments: str) -> Ran:
    """An import that is refused, changes nothing that runs and writes nothing."""
    calls = len(script.kit.calls())
    ran = script.kit.run("state", "import", *arguments)
    assert ran.code in (1, 64), ran.out + ran.err
    assert len(script.kit.calls()) == calls and not script.kit.state_path.exists()
    return ran


# One task


def test_one_task_is_looked_for_and_recorded_as_it_is_said(script: Script) -> None:
    kit, before = script.kit, script.entries[HALL]
    ran = kit.run("state", "import", HALL, *script.options(HALL, sequenceNumber=7))
    task = before["taskId"]
    assert (ran.code, ran.out) == (0, f"{HALL} is recorded as running with TaskId {task}; state serial 1\n")
    call = kit.calls()[-1]
    assert call["action"] == UPDATE and call["errorCode"] is None
    assert call["request"] == {
        "SdkAppId": 1400188366,
        "TaskId": task,
        "SequenceNumber": 8,
        "WithTranscoding": 1,
    }
    entry = kit.entry(HALL)
    assert entry == {**before, "sequenceNumber": 8, "answeredAt": entry["answeredAt"]}
    assert kit.verbs("--target", HALL) == {}
    kit.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    kit.apply("--target", HALL)
    assert kit.calls()[-1]["request"]["SequenceNumber"] == 9


def test_what_looks_for_a_task_changes_nothing_of_it(script: Script) -> None:
    """Also where the manifest is not what runs: what it says is not sent."""
    kit = script.kit
    before = {task["taskId"]: task["request"] for task in kit.running()}
    kit.edit("streams.yaml", "[{userId: alice}]", "[{userId: nobody}]")
    assert kit.run("state", "import", HALL, *script.options(HALL)).code == 0
    assert {task["taskId"]: task["request"] for task in kit.running()} == before


def test_an_ingest_is_asked_after(script: Script) -> None:
    kit, calls = script.kit, len(script.kit.calls())
    assert kit.run("state", "import", FILM, *script.options(FILM)).code == 0
    assert len(kit.calls()) == calls and kit.get("calls")["calls"][-1]["action"] == ASK
    assert kit.verbs("--target", FILM) == {}


@pytest.mark.parametrize("address", [HALL, FILM])
def test_a_task_that_has_ended_is_refused(script: Script, address: str) -> None:
    script.kit.end_task(script.entries[address]["taskId"])
    ran = script.kit.run("state", "import", address, *script.options(address))
    assert ran.code == 1 and "no such task is running" in ran.err
    assert not script.kit.state_path.exists() or script.kit.state()["resources"] == {}


def test_a_state_in_which_nothing_could_be_recorded_vouches_for_nothing(script: Script) -> None:
    """A start may end what runs: no run has ended all of it."""
    wrong = script.options(HALL, taskId="T-1")
    for _ in range(2):
        assert script.kit.run("state", "import", HALL, *wrong).code == 1
        changes = {one["address"]: one["impact"] for one in script.kit.changes()}
        assert changes == dict.fromkeys(script.entries, "restart")


def test_a_number_that_was_overtaken_is_refused(script: Script) -> None:
    kit = script.kit
    assert kit.run("state", "import", HALL, *script.options(HALL, sequenceNumber=50)).code == 0
    kit.run("state", "rm", HALL)
    ran = kit.run("state", "import", HALL, *script.options(HALL, sequenceNumber=3))
    assert ran.code == 1 and "SequenceNumber is lower than one the task was already updated with" in ran.err
    assert kit.state()["resources"] == {}
    assert kit.run("state", "import", HALL, *script.options(HALL, sequenceNumber=51)).code == 0


def test_an_import_where_an_update_has_to_change_something(script: Script) -> None:
    """What no source states: then a task cannot be looked for, and is recorded as it is said."""
    script.kit.post("variants", {"bare-update": "refuse"})
    ran = script.kit.run("state", "import", HALL, *script.options(HALL))
    assert ran.code == 1 and "cannot be verified" in ran.err and "--no-verify" in ran.err
    assert script.kit.run("state", "import", HALL, *script.options(HALL), "--no-verify").code == 0
    assert script.kit.verbs("--target", HALL) == {}


@pytest.mark.slow
def test_an_import_at_an_endpoint_that_cannot_be_reached(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit, url = script.kit, os.environ["RECONCILER_ENDPOINT"]
    monkeypatch.setenv("RECONCILER_ENDPOINT", "http://127.0.0.1:9")
    for address in (HALL, FILM):
        ran = kit.run("state", "import", address, *script.options(address), "--outage-timeout", "0s")
        assert ran.code == 1 and "--no-verify records the task without checking it" in ran.err
        assert not kit.state_path.exists() or kit.state()["resources"] == {}
    kit.forget_all()
    for address in script.entries:
        assert kit.run("state", "import", address, *script.options(address), "--no-verify").code == 0
    monkeypatch.setenv("RECONCILER_ENDPOINT", url)
    assert kit.run("state", "rebind", "--auto-approve").code == 0
    script.assert_taken_over()


def test_what_is_not_looked_for_needs_no_credentials(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "STREAM_PUSH_KEY", "TRTC_SECRET_KEY"):
        monkeypatch.delenv(name)
    log = script.log(*script.all())
    ran = script.kit.run("state", "import", "--from-log", log)
    assert ran.code == 1 and "TENCENTCLOUD_SECRET" in ran.err + ran.out
    assert script.kit.run("state", "import", "--from-log", log, "--no-verify").code == 0


def test_a_task_whose_id_is_of_no_use_any_more_is_not_looked_for(script: Script, later: Later) -> None:
    """The API no longer knows it by its TaskId, though it runs on."""
    later(31 * 86400)
    calls = len(script.kit.calls())
    ran = script.kit.run("state", "import", HALL, *script.options(HALL))
    assert ran.code == 0, ran.err
    assert "its TaskId has expired" in ran.err and len(script.kit.calls()) == calls


def test_a_lost_answer_leaves_a_record_that_the_next_apply_makes_sure_of(script: Script) -> None:
    kit = script.kit
    kit.faults({"action": UPDATE, "count": 9, "kind": "drop-response"})
    ran = kit.run("state", "import", HALL, *script.options(HALL), "--outage-timeout", "0s")
    kit.faults()
    assert ran.code == 1 and "was never answered" in ran.err and "recorded as running" in ran.out
    assert kit.entry(HALL)["taskId"] == script.entries[HALL]["taskId"]
    assert kit.verbs("--target", HALL) == {HALL: "update"}
    assert kit.run("apply", "--target", HALL, "--auto-approve").code == 0
    assert kit.run("state", "import", SIDE, *script.options(SIDE)).code == 0
    assert kit.run("state", "import", FILM, *script.options(FILM)).code == 0
    script.assert_taken_over()


# What was not said


@pytest.mark.parametrize(
    ("address", "left_out", "words"),
    [
        (HALL, "robot", "missing: robot"),
        (HALL, "since", "missing: since"),
        (HALL, "sequenceNumber", "missing: sequenceNumber"),
        (HALL, "taskId", "no TaskId given"),
    ],
)
def test_what_is_not_said_is_refused_where_nobody_can_be_asked(
    script: Script, address: str, left_out: str, words: str
) -> None:
    ran = untouched(script, address, *script.options(address, **{left_out: None}))
    assert ran.code == 64 and words in ran.err
    option = {"sequenceNumber": "--sequence-number", "taskId": "--task-id"}.get(left_out, f"--{left_out}")
    assert f"add {option}" in ran.err


def test_a_robot_that_the_manifest_names_need_not_be_said(script: Script) -> None:
    script.kit.edit("film.yaml", "userId: film, ", "")
    ran = script.kit.run("state", "import", FILM, *script.options(FILM, robot=None))
    assert ran.code == 64 and "missing: robot (an uncertain task is ended by removing its robot" in ran.err
    script.kit.edit("film.yaml", "spec: {", "spec: {userId: film, ")
    assert script.kit.run("state", "import", FILM, *script.options(FILM, robot=None)).code == 0


def test_a_start_that_nothing_depends_on_need_not_be_said(script: Script) -> None:
    assert script.kit.run("state", "import", FILM, *script.options(FILM, since=None)).code == 0
    script.kit.run("state", "rm", FILM)
    script.kit.edit("film.yaml", "repeatNum: -1", "repeatNum: -1, maxDuration: 600")
    ran = script.kit.run("state", "import", FILM, *script.options(FILM, since=None))
    assert ran.code == 64 and "maxDuration counts from the start of the task" in ran.err


def test_what_is_not_said_is_asked_on_a_terminal(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    kit, asked = script.kit, list[str]()
    said = {
        "TaskId": script.entries[HALL]["taskId"],
        "robot": script.robot(HALL),
        "when it started": script.entries[HALL]["startedAt"],
        "SequenceNumber": "0",
    }

    def prompt(text: str, value_proc: Any = str, **_: Any) -> Any:
        asked.append(next(word for word in said if word in text))
        return value_proc(said[asked[-1]])

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr(environment, "_is_terminal", lambda name: name != "stdout")
    ran = kit.run("state", "import", HALL)
    assert ran.code == 0, ran.err
    assert asked == ["TaskId", "robot", "when it started", "SequenceNumber"]
    entry = kit.entry(HALL)
    assert entry == {**script.entries[HALL], "sequenceNumber": 1, "answeredAt": entry["answeredAt"]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"robot": "another"}, "set agent.userId: another below spec"),
        ({"since": "2026-11-20"}, "is not a time with a time zone"),
        ({"since": "2026-11-20T10:00:00"}, "is not a time with a time zone"),
        ({"since": "2999-01-01T00:00:00Z"}, "is in the future"),
        ({"sequenceNumber": -1}, "is not a SequenceNumber"),
        ({"taskId": "T 1"}, "is not a TaskId"),
    ],
)
def test_what_is_said_and_cannot_be(script: Script, changes: Mapping[str, Any], words: str) -> None:
    ran = untouched(script, HALL, *script.options(HALL, **changes))
    assert ran.code == 64 and words in ran.err and "hint:" in ran.err
    ran = untouched(script, "--from-log", script.log(script.line(HALL, **changes)))
    assert words in ran.out


def test_a_number_where_there_is_none(script: Script) -> None:
    ran = untouched(script, FILM, *script.options(FILM, sequenceNumber=3))
    assert "does not use a SequenceNumber" in ran.err


def test_a_pause_is_said_since_when(kit: Kit) -> None:
    kit.write("film.yaml", OTHER.split("---")[2].replace("repeatNum: -1", "repeatNum: -1, state: paused"))
    kit.apply()
    script = Script(kit, dict(kit.state()["resources"]))
    kit.forget_all()
    assert "a task ends after 12 hours in pause" in untouched(script, FILM, *script.options(FILM)).err
    paused = script.entries[FILM]["pausedAt"]
    assert kit.run("state", "import", FILM, *script.options(FILM), "--paused-since", paused).code == 0
    assert kit.entry(FILM) == script.entries[FILM]
    script.assert_taken_over()


def test_a_signature_can_be_said(script: Script) -> None:
    kit = script.kit
    assert "--tx-time was not given" in kit.run("state", "import", SIDE, *script.options(SIDE)).err
    kit.run("state", "rm", SIDE)
    (url, tx_time), *_ = script.entries[SIDE]["signed"].items()
    assert (
        kit.run("state", "import", SIDE, *script.options(SIDE, sequenceNumber=9), "--tx-time", tx_time).code
        == 0
    )
    assert kit.entry(SIDE)["signed"] == {url: tx_time}


# Many


def test_a_log_is_taken_over(script: Script) -> None:
    ran = script.kit.run("state", "import", "--from-log", script.log(*script.all()))
    assert ran.code == 0, ran.out + ran.err
    assert "Import: 3 imported; state serial 1." in ran.out
    script.assert_taken_over()
    assert sum(call["action"] == UPDATE for call in script.kit.calls()) == 2


def test_a_log_is_read_from_standard_input_and_told_in_json(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stdin:
        buffer = io.BytesIO(json.dumps(script.all(), indent=1).encode())

        @staticmethod
        def isatty() -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", Stdin)
    ran = script.kit.run("state", "import", "--from-log", "-", "--format", "json")
    told = json.loads(ran.out)
    assert ran.code == 0 and told["stateSerial"] == 1 and told["workspace"] == "demo"
    assert [(one["address"], one["outcome"], one["verified"]) for one in told["tasks"]] == [
        (address, "imported", True) for address in script.entries
    ]
    assert told["summary"]["imported"] == 3
    script.assert_taken_over()


def test_an_import_that_is_repeated_changes_nothing(script: Script) -> None:
    log = script.log(*script.all())
    assert script.kit.run("state", "import", "--from-log", log).code == 0
    before, calls = script.kit.state_path.read_bytes(), len(script.kit.calls())
    ran = script.kit.run("state", "import", "--from-log", log)
    assert ran.code == 0 and "3 recorded" in ran.out
    assert (script.kit.state_path.read_bytes(), len(script.kit.calls())) == (before, calls)


WRONG_LINES = [
    ({"address": "MixStream/hal"}, "did you mean MixStream/hall?"),
    ({"address": "hall"}, "is not a valid address"),
    ({"address": "MixStream/stranger-of-these"}, "is not in the manifests"),
    ({"address": None}, "address is missing"),
    ({"address": 5}, "address is not a string"),
    ({"taskId": None}, "taskId is missing"),
    ({"robot": None}, "missing: robot"),
    ({"robott": "x"}, "unknown key 'robott'"),
    ({"sequenceNumber": "7"}, "sequenceNumber is not a whole number"),
    ({"sequenceNumber": True}, "sequenceNumber is not a whole number"),
    ({"txTime": "soon"}, "is not a txTime"),
]


@pytest.mark.parametrize("case", one_in(2, WRONG_LINES, lambda case: str(case[1])[:20]))
def test_one_line_that_is_refused_keeps_all_from_being_recorded(
    script: Script, case: tuple[Mapping[str, Any], str]
) -> None:
    changes, words = case
    ran = untouched(script, "--from-log", script.log(script.line(SIDE), script.line(HALL, **changes)))
    assert words in ran.out and "tasks.jsonl:2" in ran.out
    assert "Import: 1 refused, 1 not begun" in ran.out
    assert "hint: " in ran.out


def test_what_is_no_line(script: Script) -> None:
    (script.kit.root / "tasks.jsonl").write_text('{"address": \n{"a": 1}\n"x"\n')
    ran = untouched(script, "--from-log", "tasks.jsonl")
    assert "not valid JSON" in ran.out and "not a JSON object" in ran.out
    (script.kit.root / "tasks.jsonl").write_text("")
    assert "the file is empty" in untouched(script, "--from-log", "tasks.jsonl").err
    assert "cannot be read" in untouched(script, "--from-log", "none.jsonl").err


def test_a_resource_and_a_task_are_named_once(script: Script) -> None:
    log = script.log(script.line(HALL), script.line(HALL, taskId="T-2"))
    ran = untouched(script, "--from-log", log)
    assert f"{HALL} was already given at tasks.jsonl:1" in ran.out
    log = script.log(script.line(HALL), script.line(SIDE, taskId=script.line(HALL)["taskId"]))
    assert "this TaskId was already given at tasks.jsonl:1" in untouched(script, "--from-log", log).out


def test_what_has_ended_is_told_and_all_others_are_recorded(script: Script) -> None:
    kit, ended = script.kit, script.entries[SIDE]["taskId"]
    kit.end_task(ended)
    ran = kit.run("state", "import", "--from-log", script.log(*script.all()))
    assert ran.code == 1 and "no such task is running" in ran.out and "2 imported, 1 refused" in ran.out
    assert sorted(kit.state()["resources"]) == sorted({HALL, FILM})
    assert kit.verbs() == {SIDE: "start"}


def test_bounds_for_all_lines_are_taken_where_a_line_says_nothing(script: Script) -> None:
    lines = [script.line(one, since=None, sequenceNumber=None) for one in (HALL, SIDE)]
    lines[1]["sequenceNumber"] = 4
    since = rfc3339(unix_seconds(script.entries[HALL]["startedAt"]) - 60)
    ran = script.kit.run(
        "state", "import", "--from-log", script.log(*lines), "--since", since, "--sequence-number", "9"
    )
    assert ran.code == 0, ran.out
    numbers = {one: script.kit.entry(one)["sequenceNumber"] for one in (HALL, SIDE)}
    assert numbers == {HALL: 10, SIDE: 5} and script.kit.entry(SIDE)["startedAt"] == since


@pytest.mark.slow
def test_an_import_that_was_killed_is_done_by_being_done_again(script: Script) -> None:
    kit, log = script.kit, script.log(*script.all())
    kit.faults({"action": UPDATE, "nth": 1, "count": 2, "kind": "delay", "seconds": 30})
    calls = len(kit.calls())
    process = kit.spawn("state", "import", "--from-log", log)
    wait_until(lambda: len(kit.calls()) == calls + 2)
    process.kill()
    process.communicate()
    kit.faults()
    assert not kit.state_path.exists() and kit.state_path.with_name("demo.journal").exists()
    ran = kit.run("state", "import", "--from-log", log)
    assert ran.code == 0, ran.out + ran.err
    kit.run("apply", "--auto-approve")
    script.assert_taken_over()


class Died(BaseException):
    """The process is gone, in the middle of what it did."""


@pytest.mark.slow
@pytest.mark.parametrize("record", one_in(2, range(5)))
@pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
def test_an_import_that_dies_at_a_record_is_done_by_being_done_again(
    script: Script, monkeypatch: pytest.MonkeyPatch, record: int, written: bool
) -> None:
    """Its journal has an intent and an outcome for each mix, and an outcome for the ingest."""
    kit, log, counted = script.kit, script.log(*script.all()), count()
    append = LocalSession.append

    def dies(session: LocalSession, what: Any) -> None:
        number = next(counted)
        if number == record and written:
            append(session, what)
        if number >= record:
            raise Died
        append(session, what)

    with monkeypatch.context() as patched, pytest.raises(Died):
        patched.setattr(LocalSession, "append", dies)
        kit.run("state", "import", "--from-log", log)
    ran = kit.run("state", "import", "--from-log", log)
    assert ran.code == 0, ran.out + ran.err
    assert kit.run("apply", "--auto-approve").code == 0
    script.assert_taken_over()


# Callbacks


def events(script: Script, *more: Any) -> Sequence[Any]:
    """The events of the two mixes and of what else was going on, in no order and some of them twice."""
    begun = [
        script.event(HALL, 1, 0.5),
        script.event(HALL, 2, 1.5),
        script.event(SIDE, 2, 1.4),
        script.event(SIDE, 1, 0.4),
        script.event(SIDE, 2, 1.4),
        {"EventGroupId": 1, "EventType": 103, "CallbackTs": 1, "EventInfo": {"RoomId": 5, "UserId": "x"}},
        {"event_type": 1, "stream_id": "hall", "sequence": "1"},
    ]
    return [*begun, *more]


def imported(script: Script, told: Iterable[Any], *options: str, as_list: bool = False) -> Ran:
    path = script.kit.root / "events.jsonl"
    listed = [json.dumps(one, indent=1) for one in told]
    path.write_text(f"[{', '.join(listed)}]" if as_list else "\n".join(listed))
    return script.kit.run("state", "import", "--from-callbacks", "events.jsonl", *options)


@pytest.mark.parametrize("as_list", [False, True], ids=["lines", "list"])
def test_callbacks_are_taken_over(script: Script, as_list: bool) -> None:
    ran = imported(script, events(script), "--sequence-number", "0", as_list=as_list)
    assert ran.code == 0, ran.out + ran.err
    assert "2 imported, 1 skipped" in ran.out and "2 of its events are not about a task" in ran.out
    for address in (HALL, SIDE):
        entry = script.kit.entry(address)
        assert entry["taskId"] == script.entries[address]["taskId"]
        assert abs(unix_seconds(entry["startedAt"]) - unix_seconds(script.entries[address]["startedAt"])) <= 1
    assert script.kit.run("state", "import", FILM, *script.options(FILM)).code == 0
    script.assert_taken_over()


def test_what_callbacks_do_not_tell_is_not_made_up(script: Script) -> None:
    ran = imported(script, events(script))
    assert ran.code == 1 and ran.out.count("missing: sequenceNumber") == 2
    middle = [script.event(HALL, 2, 5.0), script.event(HALL, 3, 4.0)]
    ran = imported(script, middle, "--sequence-number", "0")
    assert ran.code == 1 and "missing: since" in ran.out
    assert not script.kit.state_path.exists()


def test_a_task_that_ended_is_skipped_and_one_that_gave_up_is_looked_for(script: Script) -> None:
    ended = [script.event(HALL, status, 2.0 + status) for status in (5,)] + [script.event(HALL, 0, 9.0)]
    gave_up = [script.event(SIDE, 4, 8.0), script.event(SIDE, 0, 9.0)]
    ran = imported(script, events(script, *ended, *gave_up), "--sequence-number", "0", "--format", "json")
    rows = {one["taskId"]: one for one in json.loads(ran.out)["tasks"]}
    assert ran.code == 0
    assert rows[script.entries[HALL]["taskId"]]["outcome"] == "skipped"
    assert "it had ended by " in rows[script.entries[HALL]["taskId"]]["message"]
    assert rows[script.entries[SIDE]["taskId"]]["outcome"] == "imported"


def test_what_fits_none_is_told_and_left_alone(script: Script) -> None:
    stranger = script.event(HALL, 1, 1.0, "rtmp://push.example.com/live/x", TaskId="T-9", UserId="other")
    ran = imported(script, events(script, stranger, script.event(FILM, 1, 1.0)), "--sequence-number", "0")
    assert ran.code == 0 and "2 imported, 3 skipped" in ran.out
    assert "no resource has its robot other in room 295066 or pushes to rtmp://push.example.com" in ran.out
    assert "its events name neither robot nor room" in ran.out
    assert "assign it with `reconciler state import ADDRESS --task-id T-9`" in ran.out


def test_a_task_of_another_robot_is_known_by_what_it_pushes_to(script: Script) -> None:
    """And is refused until its manifest names that robot: by another one, a restart would not end it."""
    other = [script.event(HALL, status, status, UserId="by-hand") for status in (1, 2)]
    ran = imported(script, other, "--sequence-number", "0")
    assert ran.code == 1 and "set agent.userId: by-hand below spec in its manifest" in ran.out
    elsewhere = [script.event(HALL, status, status, UserId="by-hand", RoomId=7) for status in (1, 2)]
    ran = imported(script, elsewhere, "--sequence-number", "0")
    assert "the task is in room 7" in ran.out and "set room: 7 in its manifest" in ran.out


def test_two_tasks_that_fit_one_resource_are_refused(script: Script) -> None:
    second = [script.event(HALL, status, 2 + status, TaskId="T-2") for status in (1, 2)]
    ran = imported(script, events(script, *second), "--sequence-number", "0")
    assert ran.code == 1 and f"{HALL} was already given" in ran.out
    assert not script.kit.state_path.exists()


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"EventInfo": {}}, "EventGroupId is missing"),
        ({"EventGroupId": 4, "EventType": 401}, "EventInfo is missing"),
        ({"EventGroupId": 4, "EventType": 401, "EventInfo": {"Payload": {"Status": 9}}}, "found Status 9"),
        ({"EventGroupId": 7, "EventType": 702, "EventInfo": {"Status": 0}}, "EventInfo.TaskId is required"),
        (
            {"EventGroupId": 7, "EventType": 702, "EventInfo": {"Status": 0, "TaskId": "T"}},
            "EventTsMs is missing",
        ),
        (
            {
                "EventGroupId": 4,
                "EventType": 401,
                "EventInfo": {"TaskId": "T", "EventMsTs": 1, "Payload": {"Status": 1, "Url": "rtmp://a/b/c"}},
            },
            "EventInfo.UserId",
        ),
    ],
)
def test_what_is_no_callback(script: Script, event: Any, words: str) -> None:
    ran = imported(script, events(script, event), "--sequence-number", "0")
    assert ran.code == 1 and words in ran.out and not script.kit.state_path.exists()


# What goes together


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from-log", "x", "--from-callbacks", "y"), "cannot be combined"),
        (("--from-log", "x", "--task-id", "T"), "apply to a single task"),
        ((), "Missing argument"),
        ((GAME, "T1"), "is not in the manifests"),
    ],
)
def test_what_does_not_go_together(script: Script, arguments: tuple[str, ...], words: str) -> None:
    assert words in untouched(script, *arguments).err


def test_a_kind_without_a_task(script: Script) -> None:
    script.kit.write("film.yaml", OTHER)
    for address in (GAME, SOLO):
        assert "has no TaskId to import" in untouched(script, address, "T1").err
