"""What makes the command line comfortable: init, explain, completion, examples, guesses, any encoding."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.shell_completion import BashComplete, CompletionItem

from reconciler.cli import main
from reconciler.cli.commands.completion import SHELLS
from reconciler.cli.examples import examples
from reconciler.cli.main import COMMANDS, COMPLETE, cli
from reconciler.kinds import KINDS
from reconciler.manifests.formatting.document import formatted
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.header import Header
from reconciler.manifests.loading.loader import load
from reconciler.schema import samples
from reconciler.schema.changes import change_words
from reconciler.schema.lookup import find
from reconciler.schema.samples import sample_of, sample_text
from reconciler.schema.survey import all_fields
from reconciler.schema.words import default_words, type_words

from ..support import WORKSPACE, one_in

DEMO = Path(__file__).parents[2] / "manifests" / "demo"
FIELDS = [(kind, path, one) for kind in KINDS for path, one in all_fields(KINDS[kind])]


class Terminal(TextIOWrapper):
    def isatty(self) -> bool:
        return True


class Line:
    """The command line, in a directory of its own and without any variable of ours."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Runs a command that ends with that code; what it prints, or what it says of an error."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as exit_info:
            main([*arguments])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        assert exit_info.value.code == code, out + err
        return out if code in (0, 2) else err

    def process(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )

    def demo(self) -> None:
        shutil.copytree(DEMO, self.root / "manifests")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    ours = ("TENCENTCLOUD_", "TRTC_", "STREAM_", "RECONCILER_", "CI", "GITHUB_", "COLUMNS", "NO_COLOR")
    for name in list(os.environ):
        if name.startswith(ours):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO()))
    return Line(tmp_path, capsys)


# init


@pytest.mark.slow
def test_a_new_workspace_plans_applies_and_settles(line: Line) -> None:
    out = line("init", "--no-input")
    written = ["manifests/workspace.yaml", "manifests/streams.yaml", "manifest.schema.json", ".gitignore"]
    assert out.splitlines() == written
    assert line("fmt", "--check") == ""
    assert "no problems" in line("validate")
    line("plan", "--detailed-exitcode", code=2)
    line("plan")
    assert "1 done" in line("apply", "--auto-approve")
    line("plan", "--detailed-exitcode")
    assert json.loads(Path("manifest.schema.json").read_text()) == json.loads(line("schema"))


def test_new_environments_plan_and_differ_in_one_field(line: Line) -> None:
    out = line("init", "--environments", "staging,production", "--name", "show", "--no-input")
    assert out.splitlines() == [
        "streams/streams.yaml",
        "envs/staging/workspace.yaml",
        "envs/production/workspace.yaml",
        "envs/staging/overrides.yaml",
        "manifest.schema.json",
        ".gitignore",
    ]
    assert line("fmt", "--check", ".") == ""
    rates = {}
    for one in ("staging", "production"):
        plan = json.loads(line("plan", f"envs/{one}", "streams", "--format", "json"))
        assert plan["workspace"] == f"show-{one}"
        assert "1 done" in line("apply", f"envs/{one}", "streams", "--auto-approve")
        line("plan", f"envs/{one}", "streams", "--detailed-exitcode")
        (spec,) = json.loads(Path(f"state/show-{one}.json").read_text())["resources"].values()
        rates[one] = (spec["spec"]["video"]["encode"]["bitRate"], spec["spec"]["publish"][0]["url"])
    assert rates == {
        "staging": (800, "rtmp://push-staging.example.com/live/main-stage"),
        "production": (1500, "rtmp://push-production.example.com/live/main-stage"),
    }


def test_two_environments_are_not_planned_together(line: Line) -> None:
    line("init", "--environments", "a,b", "--no-input")
    assert "a second Workspace" in line("plan", "envs", "streams", code=1)


@pytest.mark.parametrize("names", ["", ",", "a,a", "a,B", "../a", "a b"])
def test_what_is_no_environment_is_refused(line: Line, names: str) -> None:
    assert "Invalid value" in line("init", "--environments", names, "--no-input", code=64)
    assert not Path("envs").exists() and not Path("streams").exists()


@pytest.mark.parametrize("file", ["streams/mine.yaml", "envs/b/workspace.yaml"])
def test_environments_that_are_there_stay(line: Line, file: str) -> None:
    Path(file).parent.mkdir(parents=True)
    Path(file).write_text("mine")
    assert "not overwritten" in line("init", "--environments", "a,b", "--no-input", code=64)
    assert Path(file).read_text() == "mine" and not Path("envs/a").exists()


@pytest.mark.slow
@pytest.mark.parametrize("file", ["workspace.yaml", "streams.yaml"])
def test_an_editor_finds_the_schema(line: Line, file: str) -> None:
    line("init", "--no-input")
    first = Path("manifests", file).read_text().splitlines()[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(.*)", first)
    assert (
        match is not None and Path("manifests", match[1]).resolve() == Path("manifest.schema.json").resolve()
    )


def test_options_say_what_is_not_asked(line: Line) -> None:
    given = (
        "--name",
        "hall",
        "--endpoint",
        "tencentcloud-intl",
        "--region",
        "ap-hongkong",
        "--sdk-app-id",
        "77",
    )
    line("init", "new/one", *given)
    (document,) = yaml.safe_load_all(Path("new/one/manifests/workspace.yaml").read_text())
    assert document["metadata"] == {"name": "hall"}
    assert document["spec"]["endpoint"] == "tencentcloud-intl"
    assert document["spec"]["region"] == "ap-hongkong"
    assert document["spec"]["trtc"] == {"sdkAppId": 77, "secretKey": {"env": "TRTC_SECRET_KEY"}}
    line("validate", "new/one/manifests")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("directory", "name"),
    [
        ("Town Hall", "town-hall"),
        ("2026", "2026"),
        ("no", "no"),
        ("...", "streams"),
        ("ünï", "n"),
        ("a" * 90, "a" * 63),
    ],
)
def test_a_workspace_is_called_like_its_directory(line: Line, directory: str, name: str) -> None:
    line("init", f"below/{directory}x"[:-1] if directory != "..." else "below/-.-", "--no-input")
    folder = next(Path("below").iterdir()) / "manifests"
    assert load([str(folder)], bytes, LoadContext()).name == name


def test_a_real_cloud_needs_an_application(line: Line) -> None:
    assert "--sdk-app-id" in line("init", "--endpoint", "tencentcloud", "--no-input", code=64)
    assert not Path("manifests").exists()


@pytest.mark.parametrize(
    "arguments", [("--name", "A B"), ("--region", "mars"), ("--sdk-app-id", "0"), ("--endpoint", "https://x")]
)
def test_what_cannot_be_is_refused(line: Line, arguments: tuple[str, str]) -> None:
    assert "Invalid value" in line("init", *arguments, code=64)
    assert not Path("manifests").exists()


def test_a_region_that_the_site_does_not_serve_is_refused(line: Line) -> None:
    given = ("--endpoint", "tencentcloud-intl", "--region", "ap-beijing", "--sdk-app-id", "77")
    assert "ap-guangzhou, ap-hongkong, ap-singapore" in line("init", *given, code=64)
    assert not Path("manifests").exists()


@pytest.mark.parametrize("file", ["workspace.yaml", "streams.yaml", "other.yml"])
def test_nothing_is_written_over(line: Line, file: str) -> None:
    Path("manifests").mkdir()
    Path("manifests", file).write_text("mine")
    err = line("init", "--no-input", code=64)
    assert f"manifests/{file} already exists" in err and "another directory" in err
    assert [path.name for path in Path().rglob("*.*")] == [file]
    assert Path("manifests", file).read_text() == "mine"


@pytest.mark.slow
def test_files_beside_are_kept_and_told(line: Line) -> None:
    Path(".gitignore").write_text("mine")
    Path("manifest.schema.json").write_text("{}")
    ran = line.process("init")
    assert ran.returncode == 0
    assert Path(".gitignore").read_text() == "mine" and Path("manifest.schema.json").read_text() == "{}"
    assert b".gitignore already exists; make sure it contains: /state/" in ran.stderr
    assert b"regenerate it with `reconciler schema > manifest.schema.json`" in ran.stderr


def test_a_place_that_cannot_be_written_is_told(line: Line) -> None:
    Path("file").write_text("")
    assert "file" in line("init", "file/below", "--no-input", code=64)


def test_answers_are_asked_for_on_standard_error(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    answers = iter(["Bad Name", "hall", "tencentcloud-intl", "", "12"])

    def answer(prompt: str = "") -> str:
        asked.append(prompt)
        return next(answers)

    monkeypatch.setattr("sys.stdin", Terminal(BytesIO()))
    monkeypatch.setattr("click.termui.visible_prompt_func", answer)
    out = line("init")
    assert [one for one in out.splitlines() if "workspace.yaml" in one] == ["manifests/workspace.yaml"]
    document = yaml.safe_load(Path("manifests/workspace.yaml").read_text())
    assert (document["metadata"]["name"], document["spec"]["region"]) == ("hall", "ap-singapore")
    assert document["spec"]["trtc"]["sdkAppId"] == 12


# explain


CONFERENCE = str(Path(__file__).parents[2] / "manifests" / "conference")
STAGING = (f"{CONFERENCE}/staging", f"{CONFERENCE}/streams")


def test_a_resource_is_explained_with_where_each_field_comes_from(line: Line) -> None:
    out = "".join(line("explain", "MixStream/hall-a", *STAGING).split()).replace(f"{CONFERENCE}/", "")
    told = (
        "MixStream/hall-a Declared at streams/halls.yaml:3.",
        "spec.room 1001 (streams/halls.yaml:5:9)",
        "spec.video.encode.bitRate 800 (staging/overrides.yaml:5:62, overrides staging/workspace.yaml:12:78)",
        "spec.video.encode.fps 15 (staging/workspace.yaml:12:65, the workspace's defaults)",
        'spec.publish[0].url "rtmp://push.staging.example/live/hall-a" (streams/halls.yaml:6:36, '
        "by the name of a push domain)",
    )
    for words in told:
        assert words.replace(" ", "") in out


def test_what_cannot_be_explained(line: Line) -> None:
    assert "did you mean MixStream/hall-a?" in line("explain", "MixStream/hall-aa", *STAGING, code=64)
    assert "give an address" in line("explain", "MixStream", *STAGING, code=64)


def test_what_is_resolved_is_planned_alike(line: Line) -> None:
    """Without push domains, defaults and overrides: they are written out."""
    text = line("render", "--resolved", *STAGING)
    written = [one for one in yaml.safe_load_all(text) if one["kind"] not in ("Workspace", "MixLayout")]
    assert "pushDomains" not in text and "defaults" not in text and "kind: Override" not in text
    before, after = (load(paths, text.encode, LoadContext()) for paths in (STAGING, ["-"]))
    plain = [replace(one, digest="", uses={}, location=None) for one in before.resources]
    assert plain == [replace(one, digest="", uses={}, location=None) for one in after.resources]
    assert len(written) == len(plain)
    assert formatted(text.encode(), "-") == text


def test_what_is_resolved_tells_what_overrides_set(line: Line) -> None:
    text = line("render", "--resolved", *STAGING, "--target", "MixStream/hall-a")
    place = f"{CONFERENCE}/staging/overrides.yaml:5:62"
    assert text.splitlines()[0] == f"# {place}: spec.video.encode.bitRate is 800, was 1500"
    assert [one["metadata"]["name"] for one in yaml.safe_load_all(text)] == ["hall-a"]


def test_a_secret_in_clear_is_resolved_to_the_reference_to_write(line: Line) -> None:
    stream = (
        "apiVersion: reconciler/v1\nkind: MixStream\nmetadata: {name: a}\nspec: {room: 7, publish: "
        '[{url: "rtmp://push.example/live/a?token=9f8e7d6c5b4a3928"}]}\n'
    )
    over = (
        "---\napiVersion: reconciler/v1\nkind: Override\nmetadata: {name: a}\nspec: {of: MixStream/a, set: "
        '{publish: [{url: "rtmp://push.example/live/b?token=1a2b3c4d5e6f7081"}]}}\n---\n'
    )
    Path("a.yaml").write_text(WORKSPACE + "---\n" + over[4:] + stream)
    for ran in (line("render", "--resolved", "a.yaml"), line("explain", "MixStream/a", "a.yaml")):
        assert "9f8e7d6c" not in ran and "1a2b3c4d" not in ran and "STREAM_A_PUBLISH_0_URL" in ran


def test_all_kinds_are_listed(line: Line) -> None:
    out = line("explain")
    assert [one.split()[0] for one in out.splitlines() if one.startswith("  ") and one[2] != " "] == list(
        KINDS
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_explained(line: Line, kind: str) -> None:
    out = line("explain", kind)
    top = [path for path, one in all_fields(KINDS[kind]) if one.model is KINDS[kind].spec]
    assert out.startswith(f"{kind}\n")
    for path in top:
        assert f"\n  {path} " in out
    assert f"kind: {kind}" in out.partition("Example:")[2]


@pytest.mark.share(60)
@pytest.mark.parametrize("field", one_in(5, FIELDS, lambda field: f"{field[0]}.{field[1]}"))
def test_a_field_is_explained_as_on_the_page(line: Line, field: tuple[str, str, Any]) -> None:
    kind, path, one = field
    found = find(f"{kind}.{path}", Header)
    assert found.field is not None and found.path == path
    plain = find(f"{kind}.{path.replace('[]', '').replace('.*', '')}", Header)
    assert plain.names == found.names
    out = line("explain", f"{kind}.{path}")
    told = (type_words(one), default_words(one), change_words(one))
    assert all(word in " ".join(out.split()) for words in told for word in words.replace("`", "").split())


def test_the_page_of_a_field(line: Line) -> None:
    out = line("explain", "MixStream.video.encode.bitRate")
    assert out.splitlines()[0] == "MixStream.video.encode.bitRate"
    assert "type        whole number, 0 to 10000" in out
    assert "default     required" in out
    assert "in the API  VideoParams.VideoEncode.BitRate" in out
    assert "on change   in place, visible" in out
    assert out.endswith("Example:\n  spec:\n    video:\n      encode:\n        bitRate: 1500\n")
    assert line("explain", "MixStream.spec.video.encode.bitRate") == out
    assert line("explain", "MixStream.publish[0].url") == line("explain", "MixStream.publish.url")
    assert "user" in line("explain", "MixStream.layout.users.speaker.userId")
    assert "a valid name:" in line("explain", "LiveStream.metadata.name")


@pytest.mark.parametrize(
    ("what", "hint"),
    [
        ("MixStrem", "did you mean MixStream?"),
        ("mixstream", "did you mean MixStream?"),
        ("Nothing", "use one of Workspace,"),
        ("LiveStream.domaniName", "did you mean LiveStream.domainName?"),
        (
            "MixStream.bitRate",
            "did you mean MixStream.audio.encode.bitRate or MixStream.video.encode.bitRate?",
        ),
        ("MixStream.video.zzz", "its fields: encode"),
        ("MixStream.room.x", "`reconciler explain MixStream.room`"),
        ("IngestStream.speed", None),
    ],
)
def test_what_was_meant(line: Line, what: str, hint: str | None) -> None:
    err = line("explain", what, code=64)
    assert hint is None or hint in err


def test_a_withdrawn_field_says_what_to_write_instead(line: Line) -> None:
    kinds = [(name, kind.spec.withdrawn) for name, kind in KINDS.items() if kind.spec.withdrawn]
    assert kinds
    for name, withdrawn in kinds:
        for field, text in withdrawn.items():
            assert text in line("explain", f"{name}.{field}", code=64)


@pytest.mark.parametrize("columns", ["20", "60", "200"])
def test_a_page_is_as_wide_as_the_terminal(line: Line, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out = line("explain", "MixStream.layout").partition("Example:")[0]
    assert max(map(len, out.splitlines())) <= max(40, min(int(columns), 100))


def test_the_examples_are_one_sound_workspace() -> None:
    text = (Path(samples.__file__).parent / samples.FILE).read_text()
    workspace = load(["-"], text.encode, LoadContext())
    assert workspace.warnings == () and workspace.count == len(KINDS)
    assert formatted(text.encode(), "examples.yaml") == text
    assert all(sample_text(kind) for kind in KINDS.values())


@pytest.mark.parametrize(("kind", "path", "one"), FIELDS, ids=[f"{kind}.{path}" for kind, path, _ in FIELDS])
def test_an_example_of_a_field_is_allowed(kind: str, path: str, one: Any) -> None:
    value = sample_of(path, one, {})
    if value is None:
        return
    for part in path.replace("[]", ".[]").split("."):
        value = value[0] if part == "[]" else value["name" if part == "*" else part]
    if path.endswith("[]"):
        value = [value]
    field = one.model.__pydantic_validator__
    kept = dict.fromkeys(one.model.model_fields)
    try:
        field.validate_assignment(one.model.model_construct(**kept), one.facts.attribute, value)
    except Exception as error:  # the models are frozen: the value is judged before that is
        assert "frozen" in str(error), f"{path}: {value!r}: {error}"


# completion


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell(line: Line, shell: str) -> None:
    out = line("completion", shell)
    assert COMPLETE in out and f"{shell}_complete" in out


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("4.4", "_reconciler_completion"),
        ("5.2", "_reconciler_completion"),
        ("3.2", "4.4 or newer"),
        ("4.3", "4.4"),
    ],
)
def test_the_bash_that_sources_the_script_says_whether_it_can(line: Line, version: str, told: str) -> None:
    """No bash is started to be asked beforehand: the one on PATH may be another."""
    major, minor = version.split(".")
    script = line("completion", "bash").replace("BASH_VERSINFO[0]", major).replace("BASH_VERSINFO[1]", minor)
    command = f"{script}\ncomplete -p reconciler"
    ran = subprocess.run(["bash", "--norc", "-c", command], capture_output=True, text=True)
    assert told in ran.stdout + ran.stderr
    assert (ran.returncode == 0) == (told == "_reconciler_completion")


def offered(*words: str) -> list[str]:
    """What is offered for the last word."""
    *before, last = words
    items = BashComplete(cli, {}, "reconciler", COMPLETE).get_completions(before, last)
    assert all(isinstance(item, CompletionItem) for item in items)
    return [item.value if item.type == "plain" else item.type for item in items]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("pl",), ["plan"]),
        (("",), list(COMMANDS)),
        (("state", "p"), ["pull", "push"]),
        (("plan", "--tar"), ["--target"]),
        (
            ("plan", "--target", "Mix"),
            ["MixLayout/stage", "MixStream/town-hall", "MixStream/town-hall-french"],
        ),
        (("plan", "manifests/live.yaml", "--exclude", ""), ["LiveStream/town-hall"]),
        (("plan", "no-such", "--exclude", ""), []),
        (("apply", "--replace", "Rel"), ["RelayStream/moderator"]),
        (("state", "show", "Live"), ["LiveMix/two-sides", "LiveStream/town-hall"]),
        (("plan", "man"), ["file"]),
        (("convert", ""), ["file"]),
        (("init", "x"), ["dir"]),
        (("schema", "Mix"), ["MixLayout", "MixStream"]),
        (("explain", "MixStream.vi"), ["MixStream.video"]),
        (("explain", "MixStream.video."), ["MixStream.video.encode"]),
        (("explain", "Nothing."), []),
        (("explain", "Live"), ["LiveStream", "LiveMix"]),
        (("explain", "LiveStream/"), ["LiveStream/town-hall"]),
        (("completion", ""), list(SHELLS)),
        (("plan", "--format", "te"), ["text"]),
        (("plan", "--select", ""), ["event=autumn"]),
        (("plan", "--select", "event=a"), ["event=autumn"]),
        (("apply", "--select", "other"), []),
    ],
)
def test_what_is_offered(line: Line, words: tuple[str, ...], found: list[str]) -> None:
    line.demo()
    assert offered(*words) == found


def test_addresses_of_broken_manifests_are_offered_as_far_as_they_are_sound(line: Line) -> None:
    line.demo()
    Path("manifests/zz.yaml").write_text("kind: [\n")
    assert offered("plan", "--target", "Live") == ["LiveMix/two-sides", "LiveStream/town-hall"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param(["dri"], "drift", marks=pytest.mark.slow),
        pytest.param(["plan", "--detailed"], "--detailed-exitcode", marks=pytest.mark.slow),
        (["plan", "--target", "Rend"], "RenderStream/poll"),
        pytest.param(["state", "show", "Inge"], "IngestStream/opening-film", marks=pytest.mark.slow),
    ],
)
def test_bash_completes(line: Line, words: list[str], found: str) -> None:
    line.demo()
    bin_directory = line.root / "bin"
    bin_directory.mkdir()
    program = bin_directory / "reconciler"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m reconciler "$@"\n')
    program.chmod(0o755)
    script = f"""
        source <(reconciler completion bash)
        complete -p reconciler > /dev/null || exit 3
        COMP_WORDS=(reconciler {shlex.join(words)}); COMP_CWORD={len(words)}
        _reconciler_completion reconciler
        echo "${{COMPREPLY[@]}}"
    """
    path = f"{bin_directory}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, f"{found}\n"), ran.stderr


# Examples in the help


def commands() -> Iterator[tuple[list[str], click.Command]]:
    """Every command with its path."""
    waiting: list[tuple[list[str], click.Command]] = [([], cli)]
    for path, command in waiting:
        yield path, command
        if isinstance(command, click.Group):
            context = context_of(path, command)
            found = ((name, command.get_command(context, name)) for name in command.list_commands(context))
            waiting += [([*path, name], one) for name, one in found if one is not None]


def context_of(path: list[str], command: click.Command) -> click.Context:
    context = click.Context(cli, info_name="reconciler", **cli.context_settings)
    for name in path:
        context = click.Context(command, parent=context, info_name=name, **command.context_settings)
    return context


PATHS = [" ".join(path) for path, _ in commands()]
LINES = [(name, text) for name, lines in examples().items() for text in lines if not text.startswith("#")]


@pytest.mark.parametrize("path", PATHS)
def test_every_help_has_examples(line: Line, path: str) -> None:
    out = line(*path.split(), "--help")
    shown = out.partition("  Examples:\n")[2].splitlines()
    assert [one.removeprefix("    ") for one in shown if one] == examples()[path]


@pytest.mark.parametrize("path", PATHS)
def test_every_help_tells_its_arguments_once(line: Line, path: str) -> None:
    """All but those whose choices stand in the first line."""
    out = line(*path.split(), "--help")
    usage = out.partition("\n\n")[0].partition("[OPTIONS]")[2]
    words = [] if "COMMAND" in usage else list(dict.fromkeys(re.findall(r"[A-Z][A-Z_]+", usage)))
    told = out.partition("  Arguments:\n")[2].partition("\n\n")[0].splitlines()
    assert [one.split()[0] for one in told] == words
    assert all(len(one.split()) > 2 for one in told) and out.count("Arguments:") == bool(words)


def test_no_examples_are_of_a_command_that_is_gone() -> None:
    assert examples().keys() == set(PATHS)


def arguments_of(text: str) -> list[str]:
    """What an example gives to reconciler: without redirections, and out of a `source <(…)`."""
    inner = re.fullmatch(r"source <\((.*)\)", text)
    words = shlex.split(inner[1] if inner else text)
    assert words[0] == "reconciler"
    found: list[str] = []
    waiting = iter(words[1:])
    for word in waiting:
        if word in ("<", ">"):
            next(waiting)
        else:
            found.append(word)
    return found


@pytest.mark.parametrize(("path", "text"), LINES, ids=[text for _, text in LINES])
def test_an_example_can_be_parsed(line: Line, path: str, text: str) -> None:
    command: click.Command = cli
    rest = arguments_of(text)
    context = click.Context(cli, info_name="reconciler", **cli.context_settings)
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command = found
        context = click.Context(command, parent=context, info_name=name, **command.context_settings)
    if not path.split()[:1] or context.command_path.split()[1:][: len(path.split())] == path.split():
        command.make_context(context.info_name, rest, parent=context.parent)
        return
    # A command's examples may end with another's, as a saved plan is for apply.
    assert (path, context.info_name) == ("plan", "apply")


ALONE = (
    "validate",
    "fmt",
    "plan",
    "explain",
    "schema",
    "drift",
    "status",
    "render",
    "state list",
    "state show",
    "history",
)
EXAMPLE_RUN = "5c594428"
RUNNING = [text for path, text in LINES if path in ALONE and not {"-", "apply"} & set(text.split())]


@pytest.mark.slow
def test_examples_run_with_the_demo(line: Line) -> None:
    """Those that need nothing but the demo, applied, as `manifests` and as `manifests/demo`."""
    line.demo()
    Path("state").mkdir()  # the project's root is here, however its manifests are named
    line("apply", "--auto-approve")
    (kept,) = Path("state").glob("*.runs/*")
    run = kept.stem.split("-", 3)[3]
    for text in RUNNING:
        if "manifests/demo" in text:
            Path("manifests").rename("kept")
            shutil.copytree(DEMO, "manifests/demo")
        with pytest.raises(SystemExit) as exit_info:
            main(arguments_of(text.replace(EXAMPLE_RUN, run)))
        assert exit_info.value.code in (0, 2), text
        if Path("kept").exists():
            shutil.rmtree("manifests")
            Path("kept").rename("manifests")


# What was meant


def test_a_command_that_is_none(line: Line) -> None:
    assert "No such command 'plna'. Did you mean 'plan'?" in line("plna", code=64)
    assert "No such command 'shwo'. Did you mean 'show'?" in line("state", "shwo", code=64)
    err = line("xxxxxxxx", code=64)
    assert "No such command" in err and "Did you mean" not in err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("plan", "--target", "MixStream/town-hal"), "did you mean MixStream/town-hall?"),
        (("plan", "--exclude", "RelayStrem/moderator"), "did you mean RelayStream/moderator?"),
        (("plan", "--target", "moderator"), "did you mean RelayStream/moderator?"),
        (
            ("plan", "--target", "town-hall"),
            "did you mean LiveStream/town-hall, MixStream/town-hall or Recording/town-hall?",
        ),
        (("plan", "--target", "zzz"), "use Kind/name"),
        (("apply", "--auto-approve", "--replace", "RenderStream/pol"), "did you mean RenderStream/poll?"),
        (("state", "show", "RenderStream/polls"), "did you mean RenderStream/poll?"),
        (("state", "show", "poll"), "did you mean RenderStream/poll?"),
        (("state", "rm", "poll"), "did you mean RenderStream/poll?"),
        (("schema", "MixStrem"), "did you mean MixStream?"),
    ],
)
def test_an_address_that_is_none(line: Line, arguments: tuple[str, ...], hint: str) -> None:
    line.demo()
    if arguments[0] == "state":
        line("apply", "--auto-approve")
    assert hint in line(*arguments, code=64)


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("kind: RenderStream", "kind: RenderStraem", "did you mean RenderStream?"),
        ("  userId: poll", "  userID: poll", "did you mean userId?"),
        ("validFor: 24h", "validfor: 24h", "did you mean validFor?"),
    ],
)
def test_a_field_or_kind_that_is_none(line: Line, old: str, new: str, hint: str) -> None:
    line.demo()
    path = Path("manifests/render.yaml")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert hint in line("validate", code=1)


# Any terminal


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_any_encoding_of_the_terminal_will_do(line: Line, encoding: str) -> None:
    line.demo()
    line("apply", "--auto-approve")
    streams = Path("manifests/streams.yaml")
    streams.write_text(streams.read_text().replace("fps: 15", "fps:  20").replace("# The", "# …→ The"))
    for arguments in (
        ["convert", "--help"],
        ["plan"],
        ["fmt", "--diff"],
        ["plan", "--target", "MixStream/→"],
    ):
        ran = line.process(*arguments, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert b"Traceback" not in ran.stderr and b"UnicodeEncode" not in ran.stderr
        assert ran.returncode == (64 if "--target" in arguments else 0), ran.stderr


@pytest.mark.slow
def test_characters_that_a_terminal_lacks_are_replaced(line: Line) -> None:
    line.demo()
    line("apply", "--auto-approve")
    streams = Path("manifests/streams.yaml")
    streams.write_text(streams.read_text().replace("fps: 15", "fps: 20"))
    ran = line.process("plan", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert b"15 -> 20" in ran.stdout
    ran = line.process("plan", "--target", "日", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert ran.returncode == 64 and b"'?' is not a valid address" in ran.stderr


@pytest.mark.slow
def test_manifests_and_schemas_are_utf8_whatever_the_terminal_is(line: Line) -> None:
    Path("a.yaml").write_text("kind: A\nspec: {text: 日→}\n")
    with Path("a.yaml").open() as file:
        ran = subprocess.run(
            [sys.executable, "-m", "reconciler", "fmt", "-"],
            stdin=file,
            env={**os.environ, "PYTHONIOENCODING": "cp1252"},
            capture_output=True,
            check=True,
        )
    assert ran.stdout.decode() == "kind: A\nspec: {text: 日→}\n"
    schema = line.process("schema", PYTHONIOENCODING="cp1252").stdout
    assert schema == line.process("schema", PYTHONIOENCODING="utf-8").stdout


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["explain", "MixStream"], ["plan"]])
def test_nothing_is_coloured_where_it_is_not_wanted(line: Line, arguments: list[str]) -> None:
    line.demo()
    ran = line.process(*arguments, NO_COLOR="1", FORCE_COLOR="1")
    assert b"\x1b" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_help_imports_no_command(line: Line, option: str) -> None:
    code = (
        "import sys; from reconciler.cli.main import cli\n"
        f"try: cli.main([{option!r}], 'reconciler')\n"
        "except SystemExit: pass\n"
        "heavy = ('pydantic', 'requests', 'yaml', 'rich', 'jinja2', 'deepdiff')\n"
        "print([one for one in heavy if one in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
