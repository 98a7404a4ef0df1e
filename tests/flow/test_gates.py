"""What is not done without being asked for by name: many stops, what is protected, what is too grave."""

import pytest

from reconciler.cloud import circuit

from .kit import WORKSPACE, Kit
from .test_mix_stream import LAYOUT, STREAMS

MANY = 12


@pytest.fixture
def many(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    for number in range(MANY - 2):
        stream = STREAMS.replace("name: hall", f"name: hall{number}").replace(
            "name: side", f"name: side{number}"
        )
        stream = stream.replace("295066", str(3000 + number)).replace("live/", f"live/n{number}-")
        kit.write(f"more{number}.yaml", stream.partition("\n---")[0])
    kit.apply()
    assert len(kit.running()) == MANY
    return kit


def remove(kit: Kit, count: int) -> None:
    for number in range(count):
        (kit.root / "manifests" / f"more{number}.yaml").unlink()


def test_more_than_a_share_is_not_stopped_unless_asked_for(many: Kit) -> None:
    remove(many, 4)
    plan = many.plan()
    (refusal,) = plan["refusals"]
    assert refusal["gate"] == "stops" and len(refusal["addresses"]) == 4
    assert "4 of 12 running tasks (33 percent)" in many.run("plan").out
    before = len(many.calls())
    ran = many.run("apply", "--auto-approve")
    assert ran.code == 1 and "--allow" in ran.err
    assert len(many.calls()) == before and len(many.running()) == MANY
    assert many.run("apply", "--auto-approve", "--allow").code == 0
    assert len(many.running()) == MANY - 4


def test_a_small_share_is_stopped(many: Kit) -> None:
    remove(many, 3)
    many.apply()
    assert len(many.running()) == MANY - 3


def test_a_saved_plan_that_is_refused_stays_refused(many: Kit) -> None:
    remove(many, 4)
    many.plan("--out", "refused.json")
    ran = many.run("apply", "--auto-approve", "refused.json")
    assert ran.code == 1 and len(many.running()) == MANY
    assert many.run("apply", "--auto-approve", "--allow", "refused.json").code == 64
    many.plan("--allow", "--out", "allowed.json")
    assert many.run("apply", "--auto-approve", "allowed.json").code == 0
    assert len(many.running()) == MANY - 4


def test_destroy_is_not_held_to_shares(many: Kit) -> None:
    assert many.run("destroy", "--auto-approve").code == 0
    assert many.running() == []


def test_a_number_of_stops_that_the_workspace_declares(many: Kit) -> None:
    many.write("workspace.yaml", WORKSPACE + "  safety: {maxStops: {count: 1}}\n")
    remove(many, 2)
    assert many.run("apply", "--auto-approve").code == 1
    many.write("workspace.yaml", WORKSPACE + "  safety: {maxStops: {count: 2}}\n")
    many.apply()
    assert len(many.running()) == MANY - 2


@pytest.fixture
def two(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    kit.apply()
    return kit


def test_what_is_too_grave_is_refused(two: Kit) -> None:
    two.edit("streams.yaml", "room: 295066", "room: 777")
    before = len(two.calls())
    for most in ("none", "reconnect"):
        ran = two.run("apply", "--auto-approve", "--max-impact", most, "--allow")
        assert ran.code == 1 and f"highest allowed impact, {most}" in ran.err
    assert len(two.calls()) == before
    assert two.run("apply", "--auto-approve", "--max-impact", "restart").code == 0


def test_the_narrower_of_two_impacts_counts(two: Kit) -> None:
    two.write("workspace.yaml", WORKSPACE + "  safety: {maxImpact: none}\n")
    two.edit("streams.yaml", "room: 295066", "room: 777")
    assert two.run("apply", "--auto-approve", "--max-impact", "restart").code == 1


@pytest.mark.parametrize(("prevent", "edit"), [("stop", ""), ("restart", "room: 777")])
def test_what_is_protected_stays(two: Kit, prevent: str, edit: str) -> None:
    two.edit("streams.yaml", "spec:\n", f"spec:\n  prevent: [{prevent}]\n")
    two.apply()
    if edit:
        two.edit("streams.yaml", "room: 295066", edit)
    else:
        (two.root / "manifests" / "streams.yaml").write_text("")
    running = two.running()
    ran = two.run("apply", "--auto-approve", "--allow")
    assert ran.code == 1 and "spec.prevent forbids" in ran.err
    assert two.running() == running


def test_what_is_protected_outlives_destroy(two: Kit) -> None:
    two.edit("streams.yaml", "spec:\n", "spec:\n  prevent: [stop]\n")
    two.apply()
    assert two.run("destroy", "--auto-approve").code == 1
    assert len(two.running()) == 2


def test_protection_that_goes_in_the_same_change_still_counts(two: Kit) -> None:
    two.edit("streams.yaml", "spec:\n", "spec:\n  prevent: [restart]\n")
    two.apply()
    two.edit("streams.yaml", "  prevent: [restart]\n", "")
    two.edit("streams.yaml", "room: 295066", "room: 777")
    ran = two.run("apply", "--auto-approve")
    assert ran.code == 1 and "spec.prevent forbids" in ran.err


def test_what_may_run_is_protected_too(two: Kit) -> None:
    assert two.run("destroy", "--auto-approve").code == 0
    two.edit("streams.yaml", "spec:\n", "spec:\n  prevent: [restart]\n")
    two.faults({"action": "StartPublishCdnStream", "nth": 1, "count": 2, "kind": "drop-response"})
    assert two.run("apply", "--auto-approve").code == 1
    two.edit("streams.yaml", "room: 295066", "room: 777")
    before = two.running()
    for arguments in ([], ["--max-impact", "none"]):
        assert two.run("apply", "--auto-approve", *arguments).code == 1
    assert two.running() == before


def test_tasks_in_doubt_count_as_running(many: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit, "FEW", MANY + 1)  # an outage leaves fewer in doubt than it takes here
    assert many.run("destroy", "--auto-approve").code == 0
    many.faults({"action": "StartPublishCdnStream", "nth": 1, "count": MANY, "kind": "drop-response"})
    assert many.run("apply", "--auto-approve").code == 1
    remove(many, 8)
    assert [refusal["gate"] for refusal in many.plan()["refusals"]] == ["stops"]


def test_protection_is_recorded_of_what_cannot_be_updated(kit: Kit) -> None:
    kit.write(
        "render.yaml",
        """
        apiVersion: reconciler/v1
        kind: RenderStream
        metadata: {name: poll}
        spec: {userId: poll}
        """,
    )
    kit.apply()
    kit.edit("render.yaml", "{userId: poll}", "{userId: poll, prevent: [stop]}")
    kit.apply()
    (kit.root / "manifests" / "render.yaml").write_text("")
    assert kit.run("apply", "--auto-approve").code == 1
    assert len(kit.running()) == 1
