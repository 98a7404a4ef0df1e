"""A cloud-render push's whole life against the simulator; nothing is concluded about it."""

from typing import Any

import pytest

from .kit import Kit

STREAM = """
apiVersion: reconciler/v1
kind: RenderStream
metadata: {name: game}
spec:
  userId: player-1
"""

GAME = "RenderStream/game"
TO_AN_ADDRESS = "  publish: {url: rtmp://3891.livepush.myqcloud.com/live/game}\n"


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("game.yaml", STREAM)
    assert [change["verb"] for change in kit.apply()["changes"]] == ["start"]
    return kit


def renders(kit: Kit, status: str | None = None) -> list[dict[str, Any]]:
    return [task for task in kit.tasks(status) if task["kind"] == "render"]


def test_start_to_the_bound_domain(applied: Kit) -> None:
    assert [call["action"] for call in applied.calls()] == ["StartPublishStream"]
    assert applied.calls()[0]["request"] == {"UserId": "player-1"}
    entry = applied.entry(GAME)
    assert entry["status"] == "running" and "taskId" not in entry and entry["startedAt"]


def test_start_with_arguments(kit: Kit) -> None:
    kit.write("game.yaml", STREAM + "  publishStreamArgs: a=b\n")
    kit.apply()
    assert kit.calls()[0]["request"] == {"UserId": "player-1", "PublishStreamArgs": "a=b"}


def test_start_to_an_address(kit: Kit) -> None:
    kit.write("game.yaml", STREAM + TO_AN_ADDRESS)
    kit.apply()
    assert [call["action"] for call in kit.calls()] == ["StartPublishStreamWithURL"]
    assert kit.live() == {"game": "active"}


def test_an_address_can_be_signed(kit: Kit) -> None:
    kit.write(
        "game.yaml", STREAM + TO_AN_ADDRESS.replace("game}", "game, auth: {key: {env: STREAM_PUSH_KEY}}}")
    )
    kit.apply()
    assert "txSecret=" in kit.calls()[0]["request"]["PublishStreamURL"]
    kit.edit("game.yaml", "{env: STREAM_PUSH_KEY}", "{env: STREAM_PUSH_KEY}, validFor: 2h")
    (change,) = kit.changes()
    assert (change["verb"], change["impact"], change["calls"]) == ("update", "none", [])
    kit.apply()


REPLACES = {
    "user": ("player-1", "player-2"),
    "address": ("  userId: player-1\n", "  userId: player-1\n" + TO_AN_ADDRESS),
    "arguments": ("  userId: player-1\n", "  userId: player-1\n  publishStreamArgs: a=b\n"),
}


@pytest.mark.parametrize(("old", "new"), REPLACES.values(), ids=REPLACES)
def test_any_change_replaces(applied: Kit, old: str, new: str) -> None:
    applied.edit("game.yaml", old, new)
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("replace", "restart")
    assert {field["impact"] for field in change["fields"]} == {"restart"}
    applied.apply()
    assert len(renders(applied, "running")) == 1


def test_stop(applied: Kit) -> None:
    applied.edit("game.yaml", "spec:\n", "spec:\n  state: stopped\n")
    assert applied.verbs() == {GAME: "stop"}
    applied.apply()
    assert renders(applied, "running") == []
    applied.edit("game.yaml", "  state: stopped\n", "")
    applied.apply()


def test_no_session_is_an_error_that_says_so(kit: Kit) -> None:
    kit.write("game.yaml", STREAM)
    kit.post("sessions", [{"userId": "player-1", "session": False}])
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1
    assert "ResourceNotFound.SessionNotFound" in ran.err and "create a cloud-rendering session" in ran.err
    assert kit.state()["resources"] == {}
    kit.post("sessions", [{"userId": "player-1", "session": True}])
    kit.apply()


def test_stopping_without_a_session_is_done(applied: Kit) -> None:
    applied.post("sessions", [{"userId": "player-1", "session": False}])
    (applied.root / "manifests" / "game.yaml").write_text("")
    applied.apply()
    assert applied.state()["resources"] == {}


@pytest.mark.parametrize("second", ["OperationDenied", "success", "moves"])
def test_a_start_without_an_answer_is_resolved_whatever_a_second_one_does(kit: Kit, second: str) -> None:
    kit.post("variants", {"second-render": second})
    kit.write("game.yaml", STREAM)
    kit.faults({"action": "StartPublishStream", "kind": "drop-response"})
    # Not repeated: the first may still arrive, and a second could end in what it was not sent for.
    assert kit.run("apply", "--auto-approve").code == 1
    (change,) = kit.changes()
    assert [call["action"] for call in change["calls"]] == ["StopPublishStream", "StartPublishStream"]
    kit.apply()
    assert len(renders(kit, "running")) == 1
    kit.assert_settled()


def test_a_session_that_pushes_already_is_ended_first_and_the_plan_says_so(applied: Kit) -> None:
    applied.forget_all()
    (change,) = applied.changes()
    (call,) = change["calls"]
    assert (call["action"], call["ifTaskExists"]["action"]) == ("StartPublishStream", "StopPublishStream")
    before = len(applied.calls())
    assert applied.run("apply", "--auto-approve").code == 0
    assert [call["action"] for call in applied.calls()][before:] == [
        "StartPublishStream",
        "StopPublishStream",
        "StartPublishStream",
    ]
    assert len(renders(applied, "running")) == 1


def test_a_session_that_pushes_all_the_same_is_in_doubt(kit: Kit) -> None:
    kit.write("game.yaml", STREAM)
    kit.faults({"action": "StartPublishStream", "count": 2, "kind": "error", "code": "OperationDenied"})
    ran = kit.run("apply", "--auto-approve")
    assert ran.code == 1 and "OperationDenied" in ran.err
    assert kit.entry(GAME)["status"] == "uncertain"
    kit.apply()
    assert len(renders(kit, "running")) == 1


def test_the_live_stream_is_resumed_first(kit: Kit) -> None:
    kit.write("game.yaml", STREAM + TO_AN_ADDRESS)
    kit.write(
        "live.yaml",
        """
        apiVersion: reconciler/v1
        kind: LiveStream
        metadata: {name: game}
        spec: {domainName: 3891.livepush.myqcloud.com, streamName: game}
        """,
    )
    kit.apply()
    assert [call["action"] for call in kit.calls()] == ["ResumeLiveStream", "StartPublishStreamWithURL"]
