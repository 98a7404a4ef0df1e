"""`diff` and `plan --untrusted`: what a review of strangers' manifests may touch, next to nothing."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from ..support import one_in
from .kit import WORKSPACE, Kit
from .test_mix_stream import HALL, LAYOUT, SIDE, STREAMS

WHO = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


@pytest.fixture
def repository(kit: Kit) -> Kit:
    """The manifests, committed as they are, and a branch that adds a push and renames a stream."""
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    git(kit.root, "init", "-q", "-b", "main")
    commit(kit.root, "as it is")
    git(kit.root, "checkout", "-q", "-b", "change")
    kit.edit("streams.yaml", "live/hall\n", "live/hall\n    - url: rtmp://push.example/live/hall\n")
    kit.edit("streams.yaml", "name: side", "name: aside")
    commit(kit.root, "changed")
    return kit


def git(root: Path, *arguments: str) -> str:
    run = subprocess.run(["git", *WHO, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def commit(root: Path, message: str) -> None:
    git(root, "add", "manifests")
    git(root, "commit", "-q", "-m", message)


def difference(kit: Kit, *arguments: str) -> dict[str, Any]:
    ran = kit.run("diff", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert isinstance(found, dict)
    return found


def verbs(plan: dict[str, Any]) -> dict[str, str]:
    return {change["address"]: change["verb"] for change in plan["changes"]}


EXPECTED = {HALL: "update", SIDE: "stop", "MixStream/aside": "start"}


@pytest.mark.parametrize("between", ["main..change", "main...change", "main..", "main"])
def test_two_revisions(repository: Kit, between: str) -> None:
    plan = difference(repository, "--git", between)
    assert verbs(plan) == EXPECTED
    assert [
        field["path"] for change in plan["changes"] for field in change["fields"] if "label" not in field
    ] == ["spec.publish[1]"]
    assert plan["summary"]["unchanged"] == 0
    assert repository.calls() == [] and not repository.state_path.exists()


def test_the_way_back(repository: Kit) -> None:
    assert verbs(difference(repository, "--git", "change..main")) == {
        HALL: "update",
        SIDE: "start",
        "MixStream/aside": "stop",
    }


def test_only_what_the_branch_changed_counts_from_where_it_parted(repository: Kit) -> None:
    git(repository.root, "checkout", "-q", "main")
    repository.edit("layouts.yaml", "imageHeight: 720, zOrder: 1", "imageHeight: 700, zOrder: 1")
    commit(repository.root, "meanwhile")
    assert verbs(difference(repository, "--git", "main...change")) == EXPECTED
    assert difference(repository, "--git", "main..change")["summary"]["update"] == 1


def test_what_is_not_committed_is_the_work_tree(repository: Kit) -> None:
    assert verbs(difference(repository, "--git", "HEAD")) == {}
    repository.edit("streams.yaml", "room: 295066", "room: 777")
    (change,) = difference(repository, "--git", "HEAD")["changes"]
    assert (change["address"], change["verb"], change["impact"]) == (HALL, "replace", "restart")


def test_two_directories(repository: Kit) -> None:
    git(repository.root, "worktree", "add", "-q", "old", "main")
    assert verbs(difference(repository, "old/manifests", "manifests")) == EXPECTED


def test_all_of_it_is_new(kit: Kit) -> None:
    git(kit.root, "init", "-q", "-b", "main")
    git(kit.root, "commit", "-q", "--allow-empty", "-m", "nothing")
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    plan = difference(kit, "--git", "main")
    assert verbs(plan) == {HALL: "start", SIDE: "start"}
    assert {change["reason"] for change in plan["changes"]} == {"new"}
    assert kit.run("diff", "--git", "main", "--detailed-exitcode").code == 2


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("  state: elsewhere.json\n", "the state file changes"),
        ("  safety: {maxStops: {percent: 100}}\n", "spec.safety.maxStops.percent changes: 30 → 100"),
        ("  endpoint: tencentcloud-intl\n", "apply will refuse the state until `reconciler state rebind`"),
    ],
)
def test_settings_that_change_are_told(repository: Kit, settings: str, says: str) -> None:
    git(repository.root, "checkout", "-q", "main")
    repository.write("workspace.yaml", WORKSPACE + settings)
    ran = repository.run("diff", "--git", "HEAD", "--detailed-exitcode", "--format", "json")
    assert ran.code == 2
    plan = json.loads(ran.out)
    assert plan["changes"] == [] and says in plan["warnings"][0]


@pytest.mark.parametrize(
    "written", ["./manifests", "manifests/", "{root}/manifests", "./manifests/../manifests"]
)
def test_a_path_is_the_same_however_it_is_written(repository: Kit, written: str) -> None:
    assert verbs(difference(repository, "--git", "main", written.format(root=repository.root))) == EXPECTED


def test_from_below_the_root(repository: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository.root / "below").mkdir()
    monkeypatch.chdir(repository.root / "below")
    assert verbs(difference(repository, "--git", "main", "../manifests")) == EXPECTED


def test_a_directory_that_is_a_link_in_the_revision_is_refused(repository: Kit) -> None:
    os.symlink("manifests", repository.root / "linked")
    git(repository.root, "add", "linked")
    git(repository.root, "commit", "-q", "-m", "linked")
    ran = repository.run("diff", "--git", "main..change", "linked")
    assert ran.code == 1 and "symbolic link" in ran.err


def test_objects_that_are_not_there_are_told(repository: Kit) -> None:
    blob = git(repository.root, "rev-parse", "main:manifests/streams.yaml")
    (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    ran = repository.run("diff", "--git", "main..change")
    assert ran.code == 64 and "is missing objects" in ran.err


def test_settings_of_the_repository_do_not_matter(repository: Kit) -> None:
    git(repository.root, "config", "core.excludesFile", "~/ignored")
    git(repository.root, "config", "include.path", "~/more")
    assert verbs(difference(repository, "--git", "main..change")) == EXPECTED


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--git", "nowhere"], 64, "unknown git revision"),
        (["--git", "--help..main"], 64, "unknown git revision"),
        (["--git", "main\x1b"], 64, "is not a revision"),
        (["manifests"], 64, "diff compares two sets"),
        ([], 64, "diff compares two sets"),
        (["--git", "main..change", "elsewhere"], 64, "has no manifests"),
        (["--git", "main..change", "../outside"], 64, "cannot list"),
        (["manifests", "nowhere"], 1, "no such file or directory"),
    ],
)
def test_what_cannot_be_compared_is_told(repository: Kit, arguments: list[str], code: int, says: str) -> None:
    ran = repository.run("diff", *arguments)
    assert ran.code == code and says in ran.err and "\x1b" not in ran.err


def test_a_broken_side_is_named_with_its_place(repository: Kit) -> None:
    repository.edit("streams.yaml", "fps: 15", "fps: 99")
    commit(repository.root, "broken")
    ran = repository.run("diff", "--git", "main..change")
    assert ran.code == 1 and "change:manifests/streams.yaml:10:19" in ran.err, ran.err


def test_links_in_a_revision_are_refused(repository: Kit) -> None:
    os.symlink("/etc/hostname", repository.root / "manifests" / "link.yaml")
    commit(repository.root, "a link")
    ran = repository.run("diff", "--git", "main..change")
    assert ran.code == 1 and "symbolic link" in ran.err


# What is touched

GUARDED = """
    import dataclasses, importlib, json, os, pkgutil, sys

    root, allowed, touched = sys.argv[1], tuple(json.loads(sys.argv[2])), []
    import reconciler
    code = (*sys.path, sys.prefix, sys.base_prefix, os.path.dirname(reconciler.__file__))
    libraries = tuple({os.path.realpath(path) for path in code if path})
    asked = set()

    def hook(event, arguments):
        if event.startswith("socket.") or event in ("os.system", "os.exec", "ctypes.dlopen"):
            touched.append(event)
        elif event == "subprocess.Popen" and arguments[0] != "git":
            touched.append(f"runs {arguments[0]}")
        elif event == "open" and isinstance(arguments[0], (str, bytes)):
            path = os.fsdecode(arguments[0])
            if arguments[2] & os.O_NOFOLLOW and not os.path.isabs(path):
                path = os.path.join(root, "manifests", path)  # opened from its directory, link by link
            path = os.path.realpath(path)
            if not path.startswith((*libraries, *(os.path.join(root, one) for one in allowed), "/dev/null")):
                touched.append(f"opens {path}")

    class Asked(dict):
        def __getitem__(self, name):
            asked.add(name)
            return super().__getitem__(name)
        def get(self, name, default=None):
            asked.add(name)
            return super().get(name, default)
        def __contains__(self, name):
            asked.add(name)
            return super().__contains__(name)

    from reconciler.cli import environment, main
    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):  # what libraries ask on import
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    os.environ = Asked(os.environ)
    os.getenv = os.environ.get
    read = environment.read_environment
    read_asked = lambda: dataclasses.replace(read(), variables=os.environ)
    sys.modules["reconciler.cli.main"].read_environment = read_asked
    sys.addaudithook(hook)
    try:
        main(sys.argv[3:])
    except SystemExit as ended:
        print(json.dumps({"code": ended.code, "touched": touched, "asked": sorted(asked)}), file=sys.stderr)
"""

TERMINAL = {"NO_COLOR", "COLUMNS", "LINES", "TERM", "COLORTERM", "FORCE_COLOR", "TTY_COMPATIBLE"}
TERMINAL |= {"TTY_INTERACTIVE", "UNICODE_VERSION", "LANGUAGE", "LANG", "LC_ALL", "TZ", "LC_MESSAGES", "PATH"}
TERMINAL |= {"_RECONCILER_COMPLETE"}


def guarded(root: Path, allowed: list[str], *arguments: str) -> dict[str, Any]:
    """What a command touched, run in a process that notes sockets, files, programs and variables."""
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(GUARDED),
            str(root.resolve()),
            json.dumps(allowed),
            *arguments,
        ],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = json.loads(run.stderr.strip().splitlines()[-1])
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("form", one_in(4, ["html", "text", "json", "markdown"]))
def test_diff_touches_manifests_alone(repository: Kit, form: str) -> None:
    found = guarded(repository.root, ["manifests"], "diff", "--git", "main", "--format", form)
    assert (found["code"], found["touched"]) == (0, [])
    assert set(found["asked"]) <= TERMINAL


@pytest.mark.slow
def test_an_untrusted_plan_touches_manifests_and_the_named_state_alone(repository: Kit) -> None:
    git(repository.root, "checkout", "-q", "main")
    repository.apply()
    git(repository.root, "checkout", "-q", "change")
    arguments = ("plan", "--untrusted", "--state", "state/demo.json", "--format", "json")
    found = guarded(repository.root, ["manifests", "state/demo."], *arguments)
    assert (found["code"], found["touched"]) == (0, [])
    assert set(found["asked"]) <= TERMINAL | {"TENCENTCLOUD_REGION", "RECONCILER_SECRETS"}


def test_an_untrusted_plan_takes_no_state_from_the_manifests(repository: Kit) -> None:
    repository.write("workspace.yaml", WORKSPACE + "  state: /etc/hostname\n")
    ran = repository.run("plan", "--untrusted")
    assert ran.code == 64 and "--state" in ran.err


@pytest.mark.slow
def test_a_guard_that_sees_nothing_would_not_be_one(repository: Kit) -> None:
    found = guarded(repository.root, [], "plan", "manifests")
    assert any("opens" in one for one in found["touched"])
    assert "RECONCILER_ENDPOINT" in found["asked"]


# Where a pipeline keeps its state


@pytest.mark.parametrize(
    ("environment", "arguments", "code"),
    [
        ({"CI": "true", "RECONCILER_ENDPOINT": "https://cloud.example"}, [], 1),
        ({"CI": "true", "RECONCILER_ENDPOINT": "https://cloud.example"}, ["--runner-keeps-state"], 0),
        ({"CI": "true"}, [], 0),
        ({"CI": "false", "RECONCILER_ENDPOINT": "https://cloud.example"}, [], 0),
        ({"RECONCILER_ENDPOINT": "https://cloud.example"}, [], 0),
    ],
)
def test_a_runner_that_forgets_is_refused(
    repository: Kit,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: list[str],
    code: int,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ran = repository.run("plan", *arguments)
    assert ran.code == code
    assert ("the TaskIds of running tasks are lost" in ran.err) is (code == 1)
    if code:
        assert repository.run("apply", "--auto-approve").code == 1
        assert repository.run("drift").code == 1
        assert repository.run("destroy", "--auto-approve").code == 1
