"""Where a state is: the decision as a table, and that nothing about how manifests are named changes it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from reconciler.cli import main
from reconciler.cli.placing import located
from reconciler.cli.world import read_workspace, target_of
from reconciler.kinds.workspace.place import Declared, Given, state_path
from reconciler.kinds.workspace.stores import LocalStore

HERE, DOCUMENT = "/here", "/project/env/prod"
LOCAL = LocalStore(backend="local", path="kept/prod.json")

TABLE = [
    # option, variable, what the document says, what is there, the state
    ("", "", None, [], "/project/env/prod/state/prod.json"),
    ("", "", None, ["/project/.git"], "/project/state/prod.json"),
    ("", "", None, ["/project/state"], "/project/state/prod.json"),
    ("", "", None, ["/project/env/state", "/project/.git"], "/project/env/state/prod.json"),
    ("", "", None, ["/project/env/prod/state", "/project/.git"], "/project/env/prod/state/prod.json"),
    ("", "", None, ["/project/env/prod/.git", "/project/state"], "/project/env/prod/state/prod.json"),
    ("", "", None, ["/.git"], "/state/prod.json"),
    ("", "", None, ["/here/.git", "/here/state"], "/project/env/prod/state/prod.json"),
    ("", "", "kept.json", ["/project/.git"], "/project/env/prod/kept.json"),
    ("", "", "../kept.json", [], "/project/env/prod/../kept.json"),
    ("", "", "/var/kept.json", ["/project/.git"], "/var/kept.json"),
    ("", "", LOCAL, ["/project/.git"], "/project/env/prod/kept/prod.json"),
    ("", "named.json", "kept.json", ["/project/.git"], "/here/named.json"),
    ("", "/var/named.json", LOCAL, [], "/var/named.json"),
    ("given.json", "named.json", "kept.json", ["/project/.git"], "/here/given.json"),
    ("/var/given.json", "/var/named.json", None, ["/project/.git"], "/var/given.json"),
    ("given.json", "", None, ["/project/.git"], "/here/given.json"),
]


@pytest.mark.parametrize(("option", "variable", "declared", "there", "state"), TABLE)
def test_the_table(
    option: str, variable: str, declared: str | LocalStore | None, there: Sequence[str], state: str
) -> None:
    asked: list[str] = []

    def is_there(path: str) -> bool:
        asked.append(path)
        return path in there

    found = state_path(Given(option, variable, HERE), Declared("prod", declared, DOCUMENT), is_there)
    assert found == state
    assert {Path(path).name for path in asked} <= {"state", ".git"}
    assert not asked or not (option or variable or declared)


WORKSPACE = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: prod}
spec: {region: ap-guangzhou, endpoint: simulator}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with manifests two directories down, and a working directory elsewhere."""
    for name in ("RECONCILER_STATE", "RECONCILER_ENDPOINT", "CI"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "project" / "env" / "prod"
    folder.mkdir(parents=True)
    (folder / "workspace.yaml").write_text(WORKSPACE)
    (tmp_path / "project" / ".git").mkdir()
    (tmp_path / "elsewhere" / "state").mkdir(parents=True)
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "one.yaml").symlink_to(folder / "workspace.yaml")
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([*arguments])
    return int(ended.value.code or 0), *capsys.readouterr()


def first_line(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code, out, err = ran(capsys, "plan", *arguments)
    assert code == 0, err
    return out.splitlines()[0]


@pytest.mark.parametrize(
    ("directory", "path"),
    [
        ("project", "env/prod"),
        ("project/env", "prod"),
        ("project/env/prod", "."),
        ("project/env/prod", "workspace.yaml"),
        ("elsewhere", "../project/env/prod"),
        ("elsewhere", "../link"),
        ("elsewhere", "../link/workspace.yaml"),
        ("elsewhere", "../one.yaml"),
        ("elsewhere/state", "{root}/project/env/prod"),
        ("project/env", "./prod/../prod//workspace.yaml"),
    ],
)
def test_however_the_manifests_are_named(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    directory: str,
    path: str,
) -> None:
    monkeypatch.chdir(project / directory)
    state = f"({project}/project/state/prod.json)"
    assert first_line(capsys, path.format(root=project)).endswith(state)


def test_standard_input_is_in_the_working_directory(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("reconciler.cli.manifest_files.read_stdin", WORKSPACE.encode)
    monkeypatch.chdir(project / "elsewhere")
    assert first_line(capsys, "-").endswith(f"({project}/elsewhere/state/prod.json)")


def test_who_wins_and_what_a_relative_path_is_relative_to(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = project / "project" / "env" / "prod" / "workspace.yaml"
    document.write_text(WORKSPACE.replace("simulator}", "simulator, state: ../kept.json}"))
    monkeypatch.chdir(project / "elsewhere")
    assert first_line(capsys, "../link").endswith(f"({project}/project/env/kept.json)")
    monkeypatch.setenv("RECONCILER_STATE", "named.json")
    assert first_line(capsys, "../link").endswith(f"({project}/elsewhere/named.json)")
    given = first_line(capsys, "../link", "--state", "../given.json")
    assert given.endswith(f"({project}/given.json)")
    monkeypatch.setenv("RECONCILER_STATE", "")
    assert first_line(capsys, "../link").endswith(f"({project}/project/env/kept.json)")


@pytest.mark.parametrize("store", ["gs://bucket/prefix", "file:///state.json"])
def test_a_store_that_this_version_has_not(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: str
) -> None:
    monkeypatch.chdir(project)
    code, _, err = ran(capsys, "plan", "link", "--state", store)
    assert code == 64 and "this version stores states in files" in err and "use a file" in err
    monkeypatch.setenv("RECONCILER_STATE", store)
    for arguments in (("plan", "link"), ("state", "list")):
        code, _, err = ran(capsys, *arguments)
        assert code == 64 and "RECONCILER_STATE is an unsupported URL" in err


DATABASE = "postgresql://db.example/streams"
BUCKET = "s3://states/live?endpoint=https://s3.example&region=eu"
LOCATIONS = [
    # --state, RECONCILER_STATE, RECONCILER_STATE_URL, what the document says, where the state is
    ("", "", "", "{backend: postgres}", "postgresql://?schema=reconciler&workspace=prod"),
    (
        "",
        "",
        "",
        "{backend: postgres, service: live}",
        "postgresql://?service=live&schema=reconciler&workspace=prod",
    ),
    ("", "", DATABASE, "{backend: postgres, schema: live}", f"{DATABASE}?schema=live&workspace=prod"),
    ("", "", f"{DATABASE}?schema=live", "{backend: postgres}", f"{DATABASE}?schema=live&workspace=prod"),
    ("", "", DATABASE, "{backend: postgres, service: x}", f"{DATABASE}?schema=reconciler&workspace=prod"),
    ("", DATABASE, "postgresql://other/x", "kept.json", f"{DATABASE}?schema=reconciler&workspace=prod"),
    (DATABASE, "named.json", "", "{backend: postgres}", f"{DATABASE}?schema=reconciler&workspace=prod"),
    (f"{DATABASE}?workspace=own", "", "", "kept.json", f"{DATABASE}?schema=reconciler&workspace=own"),
    ("", "postgresql://u:secret@h/x", "", "kept.json", "postgresql://u@h/x?schema=reconciler&workspace=prod"),
    (
        "",
        "",
        "postgresql://u:secret@h/x",
        "{backend: postgres}",
        "postgresql://u@h/x?schema=reconciler&workspace=prod",
    ),
    ("", "", DATABASE, "kept.json", "kept.json"),
    ("", "", DATABASE, "", "state/prod.json"),
    ("given.json", DATABASE, DATABASE, "{backend: postgres}", "given.json"),
    ("", "", "", "{backend: s3, bucket: states}", "s3://states?workspace=prod"),
    ("", "", "", "{backend: s3, bucket: states, prefix: a/b}", "s3://states/a/b?workspace=prod"),
    ("", "", "", "{backend: cos, bucket: states-125}", "cos://states-125?workspace=prod"),
    ("", "", BUCKET, "{backend: s3}", f"{BUCKET}&workspace=prod"),
    ("", "", BUCKET, "{backend: s3, prefix: own}", f"{BUCKET}&workspace=prod".replace("live", "own")),
    ("", "", BUCKET, "{backend: s3, bucket: own}", f"{BUCKET}&workspace=prod".replace("states/live", "own")),
    ("", "", "", "{backend: objects, bucket: states-125}", "cos://states-125?workspace=prod"),
    ("", "", BUCKET, "{backend: objects}", f"{BUCKET}&workspace=prod"),
    (
        "",
        "",
        "",
        "{backend: objects, bucket: own, prefix: a, endpoint: 'https://s3.example/', region: eu}",
        "s3://own/a?endpoint=https://s3.example&region=eu&workspace=prod",
    ),
    (
        "",
        "",
        "",
        "{backend: objects, bucket: own-125, endpoint: 'https://cos.ap-x.myqcloud.com'}",
        "cos://own-125?endpoint=https://cos.ap-x.myqcloud.com&workspace=prod",
    ),
    (
        "",
        "",
        BUCKET,
        "{backend: objects, bucket: own, endpoint: 'https://other.example'}",
        f"{BUCKET}&workspace=prod".replace("states/live", "own"),
    ),
    ("", BUCKET, DATABASE, "{backend: postgres}", f"{BUCKET}&workspace=prod"),
    (f"{BUCKET}&workspace=own", "", "", "kept.json", f"{BUCKET}&workspace=own"),
]


@pytest.mark.parametrize(("option", "variable", "connection", "declared", "wanted"), LOCATIONS)
def test_which_store_is_meant(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    option: str,
    variable: str,
    connection: str,
    declared: str,
    wanted: str,
) -> None:
    monkeypatch.chdir(project / "project" / "env" / "prod")
    monkeypatch.setenv("RECONCILER_STATE", variable)
    monkeypatch.setenv("RECONCILER_STATE_URL", connection)
    state = f"\n  state: {declared}" if declared else ""
    text = (
        "apiVersion: reconciler/v1\nkind: Workspace\nmetadata: {name: prod}\nspec:\n  region: ap-guangzhou\n"
    )
    Path("workspace.yaml").write_text(f"{text}  endpoint: simulator{state}\n")
    target = target_of(read_workspace((".",)), located(option, "--state") if option else None)
    assert target.state.text.removeprefix(f"{project}/project/").removeprefix("env/prod/") == wanted


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("state", "list", "--workspace", "x"), "no store specified"),
        (("state", "list", "--workspace", "x", "--state", "a.json"), "no store specified"),
        (
            ("state", "list", "link", "--workspace", "x", "--state", DATABASE),
            "--workspace and PATH cannot be combined",
        ),
        (("state", "backend", "init", "--state", "a.json"), "needs no setup"),
        (("state", "backend", "list"), "no store specified"),
        (("plan", "link", "--state", "postgresql://db.example/x?sslmode=require"), "sslmode=require"),
        (("plan", "link", "--state", "postgresql://h/x?schema=A"), "not a valid schema name"),
        (("plan", "link", "--state", "s3://key:secret@states"), "has credentials in its URL"),
        (("plan", "link", "--state", "s3://states?region=eu&x=1"), "not the URL of a bucket"),
        (("plan", "link", "--state", "s3://states"), "neither an endpoint nor a region"),
        (("plan", "link", "--state", "cos://states-125"), "has no region"),
        (("plan", "link", "--state", "s3://states?endpoint=http://s3.example"), "is plain HTTP"),
    ],
)
def test_a_store_that_cannot_be_meant(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: Sequence[str],
    words: str,
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.delenv("RECONCILER_STATE_URL", raising=False)
    code, _, err = ran(capsys, *arguments)
    assert code == 64 and words in err and "hint:" in err, err


def test_a_stranger_says_nothing_of_the_state(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("RECONCILER_STATE", "named.json")
    code, _, err = ran(capsys, "plan", "link", "--untrusted")
    assert code == 64 and "pass it with --state FILE" in err


def test_commands_without_manifests_take_the_variable(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project / "elsewhere")
    monkeypatch.setenv("RECONCILER_STATE", "named.json")
    code, _, err = ran(capsys, "state", "pull")
    assert code == 1 and f"{project}/elsewhere/named.json: no state yet" in err
    monkeypatch.delenv("RECONCILER_STATE")
    code, _, err = ran(capsys, "state", "pull", "../link")
    assert code == 1 and f"{project}/project/state/prod.json: no state yet" in err


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_every_form_has_the_full_location(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    monkeypatch.chdir(project)
    commands = ("plan", "drift") if form == "markdown" else ("plan", "drift", "status")
    for command in commands:
        code, out, err = ran(capsys, command, "link", "--format", form)
        assert code == 0, err
        assert f"{project}/project/state/prod.json" in out


def test_a_saved_plan_has_it_too(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    assert ran(capsys, "plan", "link", "--out", "plan.json")[0] == 0
    state = f"{project}/project/state/prod.json"
    text = (project / "plan.json").read_text()
    assert f'"stateLocation": "{state}"' in text and f'"state": "{state}"' in text
