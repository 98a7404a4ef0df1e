"""`reconciler convert`: what raw requests become, and in which words it is told what the requests lack.

tests/golden/convert/<situation>/ has the files of requests, `arguments` as they are typed there,
and what must come of them: `manifests.yaml` on standard output, or none, and `told.txt` on standard
error. UPDATE_GOLDEN=1 rewrites those two; read what it wrote as a user would. Every secret in these
files has `canary` in it.
"""

import json
import os
import re
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import main
from reconciler.cli.commands import convert as command
from reconciler.errors import ManifestError
from reconciler.kinds import KINDS
from reconciler.kinds.base import Managed
from reconciler.kinds.capabilities import CanConvert
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.manifests.reading.reader import read_documents

from ...flow.kit import set_clock
from ...support import TESTS
from .scan import complaints

GOLDEN = TESTS / "golden" / "convert"
SITUATIONS = sorted(path for path in GOLDEN.iterdir())
CONVERTED = [path for path in SITUATIONS if (path / "manifests.yaml").exists()]
each_situation = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda path: str(path.name))
each_converted = pytest.mark.parametrize("situation", CONVERTED, ids=lambda path: str(path.name))

NOW = 1_796_000_000.0
"""30 November 2026: what a signature's end is told by."""

Ran = tuple[int, str, str]


@pytest.fixture(autouse=True)
def at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, lambda: NOW, command)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    """(exit code, standard output, standard error) of the command."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit_info:
        main(["convert", *arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return int(exit_info.value.code or 0), out, err


def situation_ran(
    situation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ran:
    monkeypatch.chdir(situation)
    return run(capsys, *(situation / "arguments").read_text().split())


@each_situation
def test_what_requests_become(
    situation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = situation_ran(situation, monkeypatch, capsys)
    goldens = {situation / "manifests.yaml": out, situation / "told.txt": err}
    if os.environ.get("UPDATE_GOLDEN"):
        for path, text in goldens.items():
            if text:
                path.write_text(text)
            else:
                path.unlink(missing_ok=True)
    for path, text in goldens.items():
        assert text == (path.read_text() if path.exists() else "")
    assert code == (0 if out else 1)
    assert "canary" not in out + err


@each_situation
def test_each_message_stands_on_a_line_with_its_place(situation: Path) -> None:
    told = situation / "told.txt"
    for line in told.read_text().splitlines() if told.exists() else ():
        place = r"(?:[\w./-]+(?::\d+)?|[A-Z]\w+/[\w.-]+)"
        summary = r"error: \d+ problems? in the requests; nothing was written"
        assert re.fullmatch(rf"(?:warning|error): {place}: \S.*|{summary}", line), line
        assert line.isprintable()
        assert len(line) < 600


@each_converted
def test_a_converted_manifest_has_the_manifests_words(situation: Path) -> None:
    text = (situation / "manifests.yaml").read_bytes()
    documents = [one.value for one in read_documents(text, "manifests.yaml")]
    assert documents
    assert [text for document in documents for text in complaints(document)] == []


# In these the requests break a rule between their fields, which is warned of, or cannot stand side by
# side: most seeds have one robot and one address.
REFUSED = {
    "rules-that-a-manifest-would-break",
    "seeds",
    "several-files",
    "what-the-api-needs-is-missing",
    "workspace-of-two-sites",
}


@each_converted
def test_a_converted_manifest_is_one_that_validate_takes(situation: Path) -> None:
    text = (situation / "manifests.yaml").read_text()
    whole = text
    if "kind: Workspace" not in text:
        settings = "{region: ap-guangzhou, trtc: {secretKey: {env: TRTC_SECRET_KEY}}}"
        head = "apiVersion: reconciler/v1\nkind: Workspace\nmetadata: {name: demo}\n"
        whole = f"{head}spec: {settings}\n---\n{text}"
    if situation.name in REFUSED:
        with pytest.raises(ManifestError):
            load(["-"], whole.encode, LoadContext())
        return
    workspace = load(["-"], whole.encode, LoadContext())
    assert len(workspace.resources) == text.count("\nkind: ") - text.count("\nkind: Workspace")


def test_each_action_of_a_kind_is_converted_or_declined() -> None:
    managed = [kind for kind in KINDS.values() if isinstance(kind, Managed)]
    assert all(isinstance(kind, CanConvert) for kind in managed)
    for kind in managed:
        assert isinstance(kind, CanConvert)
        for action in kind.actions:
            bodies: list[dict[str, Any]] = [{}, {"WithTranscoding": 0}, {"WithTranscoding": 1}]
            converts = any(kind.converts(action.name, body) for body in bodies)
            assert converts is not (action.name in kind.declined), action.name


# The command line

BODY = {"UserId": "abc123"}
REQUEST = {"action": "StartPublishStream", "request": BODY}
MANIFEST = """\
apiVersion: reconciler/v1
kind: RenderStream
metadata:
  name: abc123
spec:
  userId: abc123
"""


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "request.json").write_text(json.dumps(REQUEST))
    (tmp_path / "bodies.jsonl").write_text(f"{json.dumps(BODY)}\n{json.dumps({'UserId': 'b'})}\n")
    return tmp_path


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(data)))


def test_standard_input(
    there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, json.dumps(REQUEST).encode())
    assert run(capsys, "-") == (0, MANIFEST, "")
    given(monkeypatch, json.dumps(BODY).encode())
    assert run(capsys, "-", "--action", "StartPublishStream") == (0, MANIFEST, "")
    given(monkeypatch, b"")
    problem = "error: -: found no request\nerror: 1 problem in the requests; nothing was written\n"
    assert run(capsys, "-") == (1, "", problem)


def test_a_byte_order_mark_is_passed_over(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (there / "request.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(REQUEST).encode())
    assert run(capsys, "request.json") == (0, MANIFEST, "")


def test_a_name_is_for_one_request(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "request.json", "--name", "stage")
    assert (code, out, err) == (0, MANIFEST.replace("name: abc123", "name: stage"), "")
    code, out, err = run(capsys, "bodies.jsonl", "--action", "StartPublishStream", "--name", "stage")
    assert (code, out) == (64, "")
    assert "--name needs exactly one request; found 2 requests" in err


def test_a_name_names_the_secrets_too(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = {"UserId": "a", "PublishStreamURL": "rtmp://cdn.example.com/live/a?token=canary"}
    (there / "url.json").write_text(json.dumps({"action": "StartPublishStreamWithURL", "request": body}))
    _, out, err = run(capsys, "url.json", "--name", "stage.one")
    assert "env: STREAM_STAGE_ONE_PUSH_URL" in out
    assert "set STREAM_STAGE_ONE_PUSH_URL to it" in err
    assert "canary" not in out + err


@pytest.mark.parametrize("name", ["Stage", "-a", "", "a b"])
def test_a_name_that_is_none(there: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, out, err = run(capsys, "request.json", "--name", name)
    assert (code, out) == (64, "")
    assert "is not a valid name" in err


@pytest.mark.parametrize("arguments", [[], ["--workspace"], ["request.json", "--nothing"]])
def test_usage(there: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, _ = run(capsys, *arguments)
    assert (code, out) == (64, "")


def test_a_file_that_cannot_be_read_does_not_hide_the_others(
    there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (there / "broken.json").write_text("{")
    code, out, err = run(capsys, "missing.json", "request.json", ".", "broken.json", "a\0b")
    assert (code, out) == (1, "")
    assert [line.partition(": ")[2] for line in err.splitlines()] == [
        "missing.json: cannot be read: No such file or directory",
        ".: cannot be read: Is a directory",
        "broken.json:1: not valid JSON: expecting property name enclosed in double quotes (column 2)",
        "a\\u{0}b: cannot be read: not a valid path",
        "4 problems in the requests; nothing was written",
    ]


def test_a_hopeless_file_is_cut_short(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (there / "many.jsonl").write_text("{}\n" * 1000)
    code, out, err = run(capsys, "many.jsonl")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 101
    assert err.endswith("error: 1000 problems in the requests; nothing was written\n")


def test_what_is_told_is_harmless_for_a_terminal(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (there / "r.json").write_text(json.dumps({"action": "Start\u001b[2J\u202e", "request": {}}))
    code, _, err = run(capsys, "r.json")
    assert code == 1
    assert "\u001b" not in err and "\u202e" not in err
    (there / "r.json").write_text(json.dumps({"action": "StartPublishStream", "request": {"a\u202eb": 1}}))
    code, _, err = run(capsys, "r.json")
    assert code == 1
    assert "\u202e" not in err
