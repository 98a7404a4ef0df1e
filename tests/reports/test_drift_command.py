"""`drift --format`: every form on standard output; where nothing is recorded, nothing is asked."""

import json
from pathlib import Path

import pytest

from reconciler.cli import main
from tests.reports.fuzz import html_shape, markdown_shape
from tests.support import WORKSPACE


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "a.yaml").write_text(WORKSPACE)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["drift", *arguments])
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (0, "")
    return out


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    shown = run(capsys)
    first = (
        f"Drift of workspace demo on tencentcloud, no state yet ({Path.cwd()}/manifests/state/demo.json)\n"
    )
    last = "No drift: 0 checked\n"
    assert shown.startswith(first) and shown.endswith(last)
    concise = run(capsys, "--concise")
    assert concise.startswith(first) and concise.endswith(last)
    assert "no state was ever written" in shown and "1 warning, hidden by --concise" in concise


def test_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = run(capsys, "--format", "markdown")
    assert shown.startswith(
        "<!-- reconciler drift demo -->\n### Drift of workspace `demo`: No drift: 0 checked"
    )
    assert markdown_shape(shown)


def test_html(capsys: pytest.CaptureFixture[str]) -> None:
    shown = run(capsys, "--format", "html")
    assert "<h1>Drift of workspace demo</h1>" in shown
    assert html_shape(shown)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(run(capsys, "--format", "json"))["summary"]["unobservable"] == 0
