"""A saved plan is used once: whatever came of its first apply, a second is refused before its first call."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from reconciler.backends.local.files import PosixFiles
from reconciler.running import run
from reconciler.state.seal import seal

from ..flow.kit import Kit, wait_until
from ..flow.test_mix_stream import LAYOUT, STREAMS
from ..support import one_in

START = "StartPublishCdnStream"


@pytest.fixture
def ready(kit: Kit) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    return kit


@pytest.fixture(params=["an empty state", "a state"])
def planned(ready: Kit, request: pytest.FixtureRequest) -> Path:
    """A plan that starts both streams."""
    if request.param == "a state":
        assert ready.run("apply", "--auto-approve").code == 0
        assert ready.run("destroy", "--auto-approve").code == 0
    return saved(ready)


def saved(kit: Kit, name: str = "plan.json") -> Path:
    file = kit.root / name
    assert kit.run("plan", "--out", str(file)).code == 0
    return file


def apply(kit: Kit, file: Path, *arguments: str) -> int:
    return kit.run("apply", str(file), "--auto-approve", *arguments).code


def refused(kit: Kit, file: Path, *words: str) -> None:
    before, running = len(kit.calls()), kit.running()
    ran = kit.run("apply", str(file), "--auto-approve")
    assert ran.code == 1 and all(word in ran.err for word in words), ran.err
    assert (len(kit.calls()), kit.running()) == (before, running)


def succeeds(kit: Kit, file: Path, patch: pytest.MonkeyPatch) -> None:
    assert apply(kit, file) == 0


def is_refused_by_the_cloud(kit: Kit, file: Path, patch: pytest.MonkeyPatch) -> None:
    kit.faults({"action": START, "count": 9, "kind": "error", "code": "InvalidParameter"})
    assert apply(kit, file) == 1
    kit.faults()


def gets_no_answer(kit: Kit, file: Path, patch: pytest.MonkeyPatch) -> None:
    kit.faults({"action": START, "count": 9, "kind": "drop-response"})
    assert apply(kit, file) == 1
    kit.faults()


def cannot_write_its_state(kit: Kit, file: Path, patch: pytest.MonkeyPatch) -> None:
    """All its calls were refused, so that the journal records nothing but that it was begun."""
    kit.faults({"action": START, "count": 9, "kind": "error", "code": "InvalidParameter"})

    before, rename = len(kit.calls()), PosixFiles.rename

    def fail(files: PosixFiles, old: Path, new: Path) -> None:
        if len(kit.calls()) > before:
            raise OSError(28, "No space left on device")
        rename(files, old, new)

    with patch.context() as full:
        full.setattr(PosixFiles, "rename", fail)
        assert apply(kit, file) == 1
    kit.faults()


def dies_before_its_first_call(kit: Kit, file: Path, patch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with patch.context() as dying:
        dying.setattr(run, "apply_plan", die)
        assert apply(kit, file) == 130


def is_killed_in_its_midst(kit: Kit, file: Path, patch: pytest.MonkeyPatch) -> None:
    before = len(kit.running())
    kit.faults({"action": START, "count": 2, "kind": "delay", "seconds": 30})
    process = kit.spawn("apply", str(file), "--auto-approve")
    wait_until(lambda: len(kit.running()) == before + 2)
    process.kill()
    process.communicate()
    kit.faults()


ENDS: list[Callable[[Kit, Path, pytest.MonkeyPatch], None]] = [
    succeeds,
    is_refused_by_the_cloud,
    gets_no_answer,
    cannot_write_its_state,
    dies_before_its_first_call,
    is_killed_in_its_midst,
]


@pytest.mark.parametrize("first", one_in(3, ENDS, lambda first: str(first.__name__)))
def test_a_plan_that_was_begun_is_not_begun_again(
    ready: Kit,
    planned: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: Callable[[Kit, Path, pytest.MonkeyPatch], None],
) -> None:
    first(ready, planned, monkeypatch)
    refused(ready, planned, "this plan was already applied", "make a new plan")
    assert ready.run("apply", "--auto-approve").code == 0
    refused(ready, planned, "this plan was already applied", "make a new plan")
    assert len(ready.running()) == 2
    ready.assert_settled()


def test_of_two_plans_of_one_state_only_one_is_carried_out(ready: Kit) -> None:
    one, other = saved(ready), saved(ready, "other.json")
    assert apply(ready, one) == 0
    refused(ready, other, "the state has changed since")


def test_a_plan_that_could_not_be_begun_may_be_tried_again(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = saved(ready)
    with monkeypatch.context() as without:
        without.delenv("STREAM_PUSH_KEY")
        assert apply(ready, file) == 1
    assert ready.calls() == [] and apply(ready, file) == 0


def test_a_plan_for_an_empty_state_is_carried_out_at_its_place_only(ready: Kit) -> None:
    """Another empty state would take it a second time, and start everything twice."""
    file = saved(ready)
    ran = ready.run("apply", str(file), "--auto-approve", "--state", "elsewhere.json")
    assert ran.code == 1 and "applied twice" in ran.err and ready.calls() == []
    assert apply(ready, file, "--state", str(ready.state_path)) == 0


def test_a_plan_is_refused_though_the_state_was_lost_meanwhile(ready: Kit) -> None:
    file = saved(ready)
    assert apply(ready, file) == 0
    ready.state_path.unlink()
    refused(ready, file, "is missing, but serial 1 was written here")


def test_a_plan_is_refused_though_an_older_state_was_pushed(ready: Kit) -> None:
    assert ready.run("apply", "--auto-approve").code == 0
    ready.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    file = saved(ready)
    assert apply(ready, file) == 0
    old = str(ready.state_path.with_name("demo.history") / "1.json.gz")
    assert ready.run("state", "push", "--force", old).code == 0
    refused(ready, file, "this plan was already applied")


@pytest.mark.slow
def test_the_last_plans_are_remembered_and_no_more(ready: Kit) -> None:
    nonces = []
    for number in range(23):
        ready.edit("layouts.yaml", f"locationX: {640 - number}", f"locationX: {639 - number}")
        nonces.append(json.loads(saved(ready).read_text())["nonce"])
        assert apply(ready, ready.root / "plan.json") == 0
    assert ready.state()["usedPlans"] == nonces[-20:] and len(set(nonces)) == 23


STALE: dict[str, tuple[dict[str, Any], str]] = {
    "another serial": ({"stateSerial": 7}, "was made for serial 7"),
    "another lineage": ({"stateLineage": "x"}, "lineage x"),
    "another state": ({"stateFingerprint": "sha256:0"}, "the state has changed since"),
    "another version of the tool": ({"toolVersion": "0.0.0"}, "0.0.0"),
    "no nonce": ({"nonce": None}, "not a saved plan"),
    "an empty nonce": ({"nonce": ""}, "not a saved plan"),
    "another format": ({"formatVersion": 2}, "is not supported"),
}


@pytest.mark.parametrize(("change", "words"), STALE.values(), ids=STALE)
def test_a_stale_plan_is_refused(ready: Kit, change: dict[str, Any], words: str) -> None:
    assert ready.run("apply", "--auto-approve").code == 0
    ready.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    file = saved(ready)
    data = {key: value for key, value in json.loads(file.read_text()).items() if key != "checksum"}
    file.write_bytes(seal({**data, **change}))
    refused(ready, file, words)
    file.write_text(json.dumps({**data, **change}, indent=2))
    refused(ready, file, "no checksum")


def test_a_truncated_plan_is_refused(ready: Kit) -> None:
    file = saved(ready)
    data = file.read_bytes()
    for end in (0, 1, 2, 5, 20, 100, len(data) // 2, len(data) - 1):
        file.write_bytes(data[:end])
        refused(ready, file, "error:")


def test_a_plan_is_refused_where_another_state_took_the_place(ready: Kit) -> None:
    """As many serials on, in another lineage."""
    file = saved(ready)
    assert ready.run("apply", "--auto-approve").code == 0
    shutil.rmtree(ready.state_path.parent)
    assert apply(ready, file) == 0
    shutil.rmtree(ready.state_path.with_name("demo.history"))
    data = {**ready.state(), "lineage": "another", "serial": 0, "usedPlans": []}
    del data["checksum"]
    ready.state_path.write_bytes(seal(data))
    refused(ready, file, "lineage another")
