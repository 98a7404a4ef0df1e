"""What a command imports: who looks only at a state waits for no model, no HTTP and no deepdiff."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.state.codec import state_to_json
from reconciler.state.model import State
from reconciler.state.seal import seal
from tests.support import LINEAGE, WORKSPACE

HEAVY = ("pydantic", "deepdiff", "requests", "urllib3", "yaml", "rich")
PROBE = """
import sys
from reconciler.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print("imported:", *sorted(sys.modules), file=sys.stderr)
"""


def imported(arguments: list[str], cwd: Path) -> set[str]:
    """The modules that a command imports which succeeds."""
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], cwd=cwd, capture_output=True, text=True, check=True
    )
    return set(ran.stderr.rpartition("imported: ")[2].split())


def recorded(folder: Path) -> Path:
    """A state in which nothing is recorded, as a run left it that ended all."""
    path = folder / "state.json"
    state = State(lineage=LINEAGE, serial=1, digest_key="key", cleared="run")
    path.write_bytes(seal(state_to_json("demo", state)))
    return path


@pytest.mark.parametrize(
    "arguments",
    ["--help", "--version", "completion bash", "state list", "state pull", "state unlock"],
    ids=lambda text: text.replace(" ", "-"),
)
def test_a_command_that_needs_no_model_imports_none(arguments: str, tmp_path: Path) -> None:
    words = arguments.split()
    given = [*words, "--state", str(recorded(tmp_path))] if words[0] == "state" else words
    assert imported(given, tmp_path).isdisjoint(HEAVY)


@pytest.mark.parametrize("arguments", ["--version", "completion bash"])
def test_what_asks_for_nothing_imports_no_log_and_no_traceback(arguments: str, tmp_path: Path) -> None:
    slow = {"logging", "traceback", "json", "difflib", "zoneinfo"}
    assert imported(arguments.split(), tmp_path).isdisjoint(slow)


@pytest.mark.parametrize(
    "module",
    ["reconciler.plan.model", "reconciler.plan.codec", "reconciler.plan.saved", "reconciler.reports.text"],
)
def test_a_plan_is_read_and_told_without_its_kinds(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(ran.stdout)).isdisjoint({"pydantic", "deepdiff", "requests", "reconciler.kinds"})


MIX = """\
---
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: hall}
spec:
  room: hall
  user: {userId: host}
  publish: [{url: rtmp://push.example.com/live/hall}]
"""


@pytest.mark.parametrize(
    "command", ["plan --new-state", "plan --new-state --no-refresh", "validate", "status"]
)
def test_what_asks_the_cloud_nothing_imports_no_http(command: str, tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "all.yaml").write_text(WORKSPACE + MIX)
    found = imported(command.split(), tmp_path)
    assert found.isdisjoint({"requests", "urllib3", "deepdiff"}) and "pydantic" in found


@pytest.mark.parametrize("command", ["plan --new-state", "validate", "status"])
@pytest.mark.parametrize("count", [1, 1000])
def test_kinds_that_no_document_is_of_are_not_loaded(command: str, count: int, tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    text = "".join(MIX.replace("hall", f"hall-{number}") for number in range(count))
    (tmp_path / "manifests" / "all.yaml").write_text(WORKSPACE + text)
    found = imported(command.split(), tmp_path)
    kinds = {name.split(".")[-2] for name in found if re.fullmatch(r"reconciler\.kinds\.\w+\.kind", name)}
    assert kinds == {"relay_stream", "workspace"}
