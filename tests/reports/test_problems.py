"""`validate --format`: the line of each problem, for people, for scripts and for services that mark it."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from reconciler.cli import main
from reconciler.errors import Problem
from reconciler.reports.problems import Checked, problems_json, problems_sarif, uri_of
from tests.support import WORKSPACE

BROKEN = """---
apiVersion: reconciler/v1
kind: LiveStream
metadata: {name: hall}
spec:
  domainName: push.example.com
  streamNam: hall
"""
SILENT = """---
apiVersion: reconciler/v1
kind: MixLayout
metadata: {name: stage}
spec:
  mode: custom
  canvas: {width: 1280, height: 720}
  slots:
    - {name: a, imageWidth: 640, imageHeight: 480}
    - {name: b, imageWidth: 640, imageHeight: 480}
"""


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifests").mkdir()
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["validate", *arguments])
    out, err = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


def sarif_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code, out, err = run(capsys, *arguments, "--format", "sarif")
    assert err == ""
    Sarif.model_validate_json(out)
    return code, json.loads(out)["runs"][0]


def test_sarif_marks_the_line_of_the_file(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (inside / "manifests" / "live stream.yaml").write_text(WORKSPACE + BROKEN)
    code, log = sarif_of(capsys)
    assert code == 1
    places = {
        (
            result["ruleId"],
            result["level"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            *result["locations"][0]["physicalLocation"]["region"].values(),
            result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
        )
        for result in log["results"]
    }
    lines = (WORKSPACE + BROKEN).splitlines()
    line = lines.index("  streamNam: hall") + 1
    assert ("manifest-error", "error", "manifests/live%20stream.yaml", line, 3, "spec.streamNam") in places
    rules = [rule["id"] for rule in log["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in log["results"])


def test_sarif_of_sound_manifests_has_no_results(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (inside / "manifests" / "a.yaml").write_text(WORKSPACE)
    code, log = sarif_of(capsys)
    assert (code, log["results"]) == (0, [])


def test_a_warning_is_one_and_does_not_fail(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (inside / "manifests" / "a.yaml").write_text(WORKSPACE + SILENT)
    code, log = sarif_of(capsys)
    assert code == 0
    assert {result["level"] for result in log["results"]} == {"warning"}
    code, out, _ = run(capsys, "--format", "json")
    data = json.loads(out)
    assert (code, data["valid"], data["workspace"], data["documents"]) == (0, True, "demo", 2)
    assert {problem["severity"] for problem in data["problems"]} == {"warning"}


def test_json_has_every_problem_with_its_place(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (inside / "manifests" / "a.yaml").write_text(WORKSPACE + BROKEN)
    code, out, err = run(capsys, "--format", "json")
    data = json.loads(out)
    assert (code, err, data["valid"], data["workspace"]) == (1, "", False, None)
    text = run(capsys)[2]
    for one in data["problems"]:
        assert f"{one['file']}:{one['line']}:{one['column']}: {one['path']}: {one['message']}" in text


def test_text_is_as_ever(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (inside / "manifests" / "a.yaml").write_text(WORKSPACE)
    code, out, _ = run(capsys)
    assert (code, out) == (0, "workspace demo: 1 document, 0 to plan, no problems\n")
    (inside / "manifests" / "a.yaml").write_text(WORKSPACE + BROKEN)
    code, out, err = run(capsys)
    assert (code, out) == (1, "") and "error: manifests/a.yaml:" in err


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("manifests/a.yaml", "manifests/a.yaml"),
        ("./a.yaml", "a.yaml"),
        ("/repo/work/x/a.yaml", "x/a.yaml"),
        ("../a.yaml", "file:///repo/a.yaml"),
        ("/other/a b.yaml", "file:///other/a%20b.yaml"),
        ("..a/b#c?.yaml", "..a/b%23c%3F.yaml"),
        ("直播.yaml", "%E7%9B%B4%E6%92%AD.yaml"),
        ("a\udcff.yaml", "a%FF.yaml"),
    ],
)
def test_a_file_is_named_relative_to_the_directory(file: str, uri: str) -> None:
    assert uri_of(file, Path("/repo/work")) == uri


def test_what_comes_by_standard_input_has_no_file() -> None:
    checked = Checked(
        errors=(Problem("-", 3, 5, "spec.room", "is required"), Problem("a.yaml", 0, 0, "", "x"))
    )
    log = json.loads(problems_sarif(checked, Path("/repo"), "1.0"))
    first, second = log["runs"][0]["results"]
    assert first["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "spec.room"}]}]
    assert second["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "a.yaml"}}}]
    data = json.loads(problems_json(checked))
    assert [(one["line"], one["column"]) for one in data["problems"]] == [(3, 5), (None, None)]
