"""`reconciler fmt`: one style, nothing that is said changed, every comment where it belongs."""

import re
import stat
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from reconciler.cli import main
from reconciler.errors import ManifestError
from reconciler.manifests.converting.writer import write_documents
from reconciler.manifests.formatting import document as formatting
from reconciler.manifests.formatting.document import formatted
from reconciler.manifests.reading.reader import read_documents

from ...cli.written import Written, files
from ...support import examples

ROOT = Path(__file__).parents[3]


def fmt(text: str) -> str:
    return formatted(text.encode(), "file.yaml")


def values(text: str) -> list[dict[str, Any]]:
    return [document.value for document in read_documents(text.encode(), "file.yaml")]


# Whatever somebody has written


@settings(examples(60), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files())
def test_nothing_is_lost(written: Written) -> None:
    assert values(written.text) == written.values, "the test's own writer"
    out = fmt(written.text)
    assert [repr(one) for one in map(by_key, values(out))] == [
        repr(one) for one in map(by_key, written.values)
    ]
    assert fmt(out) == out
    assert "\r" not in out and "\t" not in re.sub(r"#.*|\".*|'.*", "", out)
    lines = out.split("\n")
    for word in written.comments:
        assert len(re.findall(rf"\b{word}\b", out)) == 1
    for word, key in written.above.items():
        assert key_of(below(lines, word)) == key
    for word, key in written.behind.items():
        assert key_of(next(line for line in lines if re.search(rf"# ?{word}$", line))) == key


def by_key(value: Any) -> Any:
    """The value with its keys sorted, so that its text tells 1, 1.0 and true apart, but no order of keys."""
    if isinstance(value, dict):
        return {key: by_key(value[key]) for key in sorted(value)}
    return [by_key(one) for one in value] if isinstance(value, list) else value


def below(lines: list[str], word: str) -> str:
    """The first line below a comment that is more than a comment."""
    at = next(number for number, line in enumerate(lines) if re.search(rf"# ?{word}$", line))
    return next(line for line in lines[at:] if line.strip() and not line.lstrip().startswith("#"))


def key_of(line: str) -> str:
    match = re.match(r'[ -]*(?:"([^"]*)"|([^":]+?)):( |$)', line)
    assert match is not None, line
    return match[1] or match[2]


# What the one style is


def head(spec: str) -> str:
    return f"apiVersion: reconciler/v1\nkind: MixStream\nmetadata:\n  name: x\nspec:\n{spec}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  layout: {}\n  room: 1\n", "  room: 1\n  layout: {}\n"),
        ('  room: "295066"\n', '  room: "295066"\n'),
        ("  room: 295066\n", "  room: 295066\n"),
        ("  room: '295066'\n", '  room: "295066"\n'),
        ("  room: hall\n", '  room: "hall"\n'),
        ("  stop: 012\n  zeta: 0x1F\n", '  stop: "012"\n  zeta: "0x1F"\n'),
        ("  state:   running\n", "  state: running\n"),
        ("  state: 'it''s'\n", '  state: "it\'s"\n'),
        ("  state: 'a\"b'\n", "  state: 'a\"b'\n"),
        ('  state: "a\\tb"\n', '  state: "a\\tb"\n'),
        ("  on: 12:30\n", '  "on": "12:30"\n'),
        ('  "state": off\n', '  state: "off"\n'),
        ("  state: ~\n", "  state: ~\n"),
        ("  agent: { maxIdleTime : 5,userId: a, }\n", "  agent: {userId: a, maxIdleTime: 5}\n"),
        ("  agent: {userId: a,\n    maxIdleTime: 5}\n", "  agent:\n    userId: a\n    maxIdleTime: 5\n"),
        ("  agent: {userId: , maxIdleTime}\n", "  agent: {userId: null, maxIdleTime: null}\n"),
        ("  publish:\n  - url: a\n", "  publish:\n    - url: a\n"),
        ("  publish:\n  -   auth: b\n      url: a\n", "  publish:\n    - url: a\n      auth: b\n"),
        ("  publish:\n  - - a\n    - b\n", "  publish:\n    - - a\n      - b\n"),
        ("  publish: [a,\n   b]\n", "  publish:\n    - a\n    - b\n"),
        ("  publish: [\n  ]\n", "  publish: []\n"),
        ("  publish: [a: 1]\n", "  publish: [{a: 1}]\n"),
        ("  ? room\n  : 1\n", "  room: 1\n"),
        ("  ? |-\n    room\n  : 1\n", "  room: 1\n"),
        ("  ? a\n    b\n  : 1\n", '  "a b": 1\n'),
        ("  ? |\n    a\n  : 1\n", '  "a\\n": 1\n'),
        ("  stop: |\n       a\n         b\n", "  stop: |\n    a\n      b\n"),
        ("  stop: >1-\n    a\n   b\n", "  stop: >2-\n     a\n    b\n"),
        ("  stop: 'a\n     b'\n", "  stop: 'a\n    b'\n"),
        ('  stop: "a\\\n\n     b"\n', '  stop: "a\\\n\n    b"\n'),
        ("\n\n  room: 1\n\n\n  stop: {}\n\n", "  room: 1\n\n  stop: {}\n"),
        ("    room: 1\n", "  room: 1\n"),
        ("  zz: 1\n  aa: 2\n  room: 1\n", "  room: 1\n  zz: 1\n  aa: 2\n"),
        (
            "  layout:\n    users: {b: {room: 1, userId: x}, a: {}}\n    mode: grid\n",
            "  layout:\n    mode: grid\n    users: {b: {userId: x, room: 1}, a: {}}\n",
        ),
    ],
)
def test_the_style(before: str, after: str) -> None:
    assert fmt(head(before)) == head(after)
    assert fmt(head(after)) == head(after)


def test_a_room_that_is_no_number_is_asked_about_and_not_quoted() -> None:
    with pytest.raises(ManifestError) as caught:
        fmt(head("  room: 012\n"))
    assert "012" in caught.value.problems[0].message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "  layout: {}\n\n  # of the room\n  room: 1   # its number\n",
            "  # of the room\n  room: 1   # its number\n  layout: {}\n",
        ),
        ("  room: # a\n    # b\n    1 # c\n", "  # a\n  # b\n  room: 1 # c\n"),
        (
            "  publish:\n    - # item\n      # auth\n      auth: 1\n      # url\n      url: 2\n",
            "  publish:\n    # item\n    # url\n    - url: 2\n      # auth\n      auth: 1\n",
        ),
        (
            "  agent: {  # a\n   userId: b, # c\n   # d\n  } # e\n",
            "  # a\n  agent: # e\n    userId: b # c\n    # d\n",
        ),
        ("  agent: {\n  # a\n  }\n", "  # a\n  agent: {}\n"),
        (
            "  agent:\n    userId: a\n    # the agent's foot\n  # of the room\n  room: 1\n  # the foot\n",
            "  # of the room\n  room: 1\n  agent:\n    userId: a\n    # the agent's foot\n  # the foot\n",
        ),
        (
            "  publish:\n  - a\n  # of the room\n  room: 1\n",
            "  # of the room\n  room: 1\n  publish:\n    - a\n",
        ),
        ("  stop: | # a\n    b\n\n  # c\n  x: 1\n", "  stop: | # a\n    b\n\n  # c\n  x: 1\n"),
        ("  stop: |+\n    b\n\n  room: 1\n", "  room: 1\n  stop: |+\n    b\n\n"),
        ("  room: 1\n# the end\n", "  room: 1\n# the end\n"),
    ],
)
def test_comments_stay_with_their_keys(before: str, after: str) -> None:
    assert fmt(head(before)) == head(after)
    assert fmt(head(after)) == head(after)


def test_what_stands_above_a_document_stays_on_top() -> None:
    text = "# yaml-language-server: x\n\n# about it\nkind: MixStream\n# version\napiVersion: reconciler/v1\n"
    assert fmt(text) == (
        "# yaml-language-server: x\n\n# about it\n# version\napiVersion: reconciler/v1\nkind: MixStream\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\nkind: A\n---\nkind: B\n", "kind: A\n---\nkind: B\n"),
        ("kind: A\n---\n---\n\n---\nkind: B\n---\n", "kind: A\n---\nkind: B\n"),
        ("# c\n---\nkind: A\n", "# c\n---\nkind: A\n"),
        ("--- # c\nkind: A\n", "# c\nkind: A\n"),
        ("kind: A\n... # c\n---\nkind: B\n", "kind: A\n---\n# c\n---\nkind: B\n"),
        ("kind: A\n...\n%YAML 1.2\n# c\n---\nkind: B\n", "kind: A\n...\n%YAML 1.2\n# c\n---\nkind: B\n"),
        ("%YAML 1.1\n---\nkind: A", "%YAML 1.1\n---\nkind: A\n"),
        ("\ufeffkind: A\r\n\r\nspec: {}\r\n", "kind: A\n\nspec: {}\n"),
        ('{"spec": {"room": 1}, "kind": "A"}', 'kind: "A"\nspec: {room: 1}\n'),
        ("  kind: A\n", "kind: A\n"),
        ("? --- a\n: 1\n? ... b\n: 2\n", '"--- a": 1\n"... b": 2\n'),
        ("", ""),
        ("\n\n", ""),
        ("# only this", "# only this\n"),
    ],
)
def test_documents(before: str, after: str) -> None:
    assert fmt(before) == after
    assert fmt(after) == after


def test_defaults_are_in_the_order_of_their_kind() -> None:
    text = (
        "kind: Workspace\nspec:\n  defaults:\n    MixStream: {agent: {}, room: 1}\n    Other: {b: 1, a: 2}\n"
    )
    assert "MixStream: {room: 1, agent: {}}\n    Other: {b: 1, a: 2}\n" in fmt(text)


def test_what_is_set_is_in_the_order_of_the_kind_that_it_is_of() -> None:
    text = (
        "kind: Override\nspec:\n  set:\n    publish:\n      - {$patch: delete, stream: a, domain: b}\n"
        "    room: 1\n  of: MixStream/a\n"
    )
    assert fmt(text) == (
        "kind: Override\nspec:\n  of: MixStream/a\n  set:\n    room: 1\n    publish:\n"
        "      - {domain: b, stream: a, $patch: delete}\n"
    )
    for of in ("Other/a", "[a]", "7"):
        unknown = f"kind: Override\nspec:\n  of: {of}\n  set: {{b: 1, a: 2}}\n"
        assert fmt(unknown) == unknown


@pytest.mark.parametrize("length", [900, 1100, 5000])
def test_a_key_may_be_as_long_as_the_reader_takes_it(length: int) -> None:
    key = "k" * length
    for text in (f"  ? {key}\n  : - 1 # c\n    - 2\n", f"  a: {{? {key} : 1}}\n"):
        out = fmt(head(text))
        assert values(out) == values(head(text)) and fmt(out) == out


def test_what_convert_writes_is_in_the_one_style() -> None:
    for file in sorted((ROOT / "manifests").rglob("*.yaml")):
        documents = values(file.read_text())
        ordered = values(fmt(file.read_text()))
        assert documents == ordered
        written = write_documents(ordered, ["room"])
        assert fmt(written) == written


@pytest.mark.parametrize("file", sorted((ROOT / "manifests").rglob("*.yaml")), ids=lambda file: file.name)
def test_our_own_manifests_are_in_the_one_style(file: Path) -> None:
    assert fmt(file.read_text()) == file.read_text(), "run reconciler fmt"


def test_a_fault_of_the_formatter_is_told_and_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "_joined", lambda pieces: "kind: B\n")
    with pytest.raises(ManifestError) as caught:
        fmt("kind: A\n")
    assert "without changing its meaning" in caught.value.problems[0].message


def test_a_comment_that_would_be_lost_is_a_fault_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "_joined", lambda pieces: "kind: A\n")
    with pytest.raises(ManifestError):
        fmt("kind: A  # c\n")


@pytest.mark.parametrize("value", ["1", "1.0", "true"])
def test_a_number_is_not_taken_for_another_type(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "_joined", lambda pieces: "a: 1\n")
    if value == "1":
        assert fmt("a: 1") == "a: 1\n"
        return
    with pytest.raises(ManifestError):
        fmt(f"a: {value}")


# The command

WILD = "kind: MixStream\napiVersion: reconciler/v1\n"
TAME = "apiVersion: reconciler/v1\nkind: MixStream\n"


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifests").mkdir()

    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_info:
            main(["fmt", *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Ran(int(exit_info.value.code or 0), out, err)

    return call


def test_files_are_written_and_named(run: Any) -> None:
    Path("manifests/a.yaml").write_text(WILD)
    Path("manifests/b.yaml").write_text(TAME)
    inode = Path("manifests/b.yaml").stat().st_ino
    ran = run()
    assert (ran.code, ran.out, ran.err) == (0, "manifests/a.yaml\n", "")
    assert Path("manifests/a.yaml").read_text() == TAME
    assert Path("manifests/b.yaml").stat().st_ino == inode
    assert sorted(path.name for path in Path("manifests").iterdir()) == ["a.yaml", "b.yaml"]
    assert run().out == ""


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664, 0o755])
def test_the_mode_is_kept(run: Any, mode: int) -> None:
    path = Path("manifests/a.yaml")
    path.write_text(WILD)
    path.chmod(mode)
    assert run().code == 0
    assert path.read_text() == TAME and stat.S_IMODE(path.stat().st_mode) == mode


def test_check_writes_nothing(run: Any) -> None:
    path = Path("manifests/a.yaml")
    path.write_text(WILD)
    ran = run("--check")
    assert (ran.code, ran.out, path.read_text()) == (1, "manifests/a.yaml\n", WILD)
    path.write_text(TAME)
    assert (run("--check").code, run("--check").out) == (0, "")


def test_diff_writes_nothing(run: Any) -> None:
    path = Path("manifests/a.yaml")
    path.write_text(WILD.rstrip())
    ran = run("--diff")
    assert ran.code == 0 and path.read_text() == WILD.rstrip()
    assert ran.out == (
        "--- manifests/a.yaml\n+++ manifests/a.yaml\n@@ -1,2 +1,2 @@\n"
        "+apiVersion: reconciler/v1\n kind: MixStream\n"
        "-apiVersion: reconciler/v1\n\\ No newline at end of file\n"
    )
    assert run("--diff", "--check").code == 1


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(data)))


def test_standard_input_goes_to_standard_output(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, (WILD + "spec: {room: ü}\n").encode())
    assert run("-").out == TAME + 'spec: {room: "ü"}\n'
    give(monkeypatch, TAME.encode())
    assert run("-").out == TAME
    give(monkeypatch, WILD.encode())
    assert (run("-", "--check").out, run("-", "manifests").code) == ("-\n", 64)


def test_broken_files_are_left_alone_and_others_are_not(run: Any) -> None:
    Path("manifests/a.yaml").write_text("kind: A\nkind: B\n")
    Path("manifests/b.yaml").write_text(WILD)
    ran = run()
    assert ran.code == 1
    assert "manifests/a.yaml:2:1: kind: found the key" in ran.err
    assert Path("manifests/a.yaml").read_text() == "kind: A\nkind: B\n"
    assert ran.out == "manifests/b.yaml\n" and Path("manifests/b.yaml").read_text() == TAME


def test_a_link_is_not_written_through(run: Any) -> None:
    Path("real.yaml").write_text(WILD)
    Path("manifests/link.yaml").symlink_to(Path("real.yaml").absolute())
    ran = run("manifests/link.yaml")
    assert ran.code == 1 and "symbolic link" in ran.err
    assert Path("real.yaml").read_text() == WILD and Path("manifests/link.yaml").is_symlink()
    assert run("--check", "manifests/link.yaml").code == 1


def test_what_has_changed_meanwhile_is_left_alone(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("manifests/a.yaml")
    path.write_text(WILD)

    def slow(data: bytes, file: str) -> str:
        path.write_text(WILD + "# more\n")
        return formatted(data, file)

    monkeypatch.setattr("reconciler.cli.commands.fmt.formatted", slow)
    ran = run()
    assert ran.code == 1 and "changed while it was being formatted" in ran.err
    assert path.read_text() == WILD + "# more\n"
    assert [one.name for one in Path("manifests").iterdir()] == ["a.yaml"]


def test_a_full_disk_leaves_the_file_as_it_was(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("manifests/a.yaml")
    path.write_text(WILD)

    def full(*arguments: Any, **named: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reconciler.manifests.formatting.files.os.rename", full)
    ran = run()
    assert ran.code == 1 and "No space left on device" in ran.err
    assert path.read_text() == WILD
    assert [one.name for one in Path("manifests").iterdir()] == ["a.yaml"]


def test_what_is_no_file_is_refused(run: Any, tmp_path: Path) -> None:
    ran = run("/dev/null")
    assert ran.code == 1 and "not a regular file" in ran.err
    assert run("manifests").code == 1
