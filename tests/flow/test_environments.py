"""The conference in two environments, on a simulator each: the same streams, and one override."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from reconciler.simulator import running

from ..support import TESTS
from .conftest import SECRETS
from .kit import Kit
from .test_review import commit, git

CONFERENCE = TESTS.parent / "manifests" / "conference"
HALL = "MixStream/hall-a"
OTHERS = ("STREAM_STAGING_KEY", "TRTC_STAGING_KEY")


class Environments:
    """A kit for each environment, in one directory with the conference, and the paths that it plans."""

    def __init__(self, kits: dict[str, Kit], monkeypatch: pytest.MonkeyPatch) -> None:
        self.kits = kits
        self._monkeypatch = monkeypatch

    def at(self, name: str) -> Kit:
        """The kit of an environment, whose simulator calls go to from now on."""
        kit = self.kits[name]
        self._monkeypatch.setenv("RECONCILER_ENDPOINT", kit.url)
        return kit

    def paths(self, name: str) -> tuple[str, str]:
        return (f"manifests/{name}", "manifests/streams")

    def rates(self, name: str) -> dict[str, int]:
        """The bitrate of each hall's picture that runs, by its robot's live stream."""
        found = {}
        for task in self.kits[name].running():
            request = task["request"]
            if "PublishCdnParams" in request and request.get("WithTranscoding"):
                stream = request["PublishCdnParams"][0]["PublishCdnUrl"].partition("?")[0].rpartition("/")[2]
                video = request.get("VideoParams", {}).get("VideoEncode", {})
                found[stream] = video.get("BitRate", 0)
        return found


@pytest.fixture
def environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Environments]:
    for name, value in {**SECRETS, **dict.fromkeys(OTHERS, "canary-other-key-0005")}.items():
        monkeypatch.setenv(name, value)
    for name in ("TENCENTCLOUD_REGION", "RECONCILER_SECRETS", "RECONCILER_SECRETS_DIR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    credentials = {SECRETS["TENCENTCLOUD_SECRET_ID"]: SECRETS["TENCENTCLOUD_SECRET_KEY"]}
    with ExitStack() as stack:
        kits = {}
        for name in ("staging", "production"):
            kits[name] = Kit(stack.enter_context(running(credentials=credentials)), tmp_path, capsys)
            stack.callback(kits[name].close)
        (tmp_path / "manifests" / "workspace.yaml").unlink()
        copytree(CONFERENCE, tmp_path / "manifests", dirs_exist_ok=True)
        yield Environments(kits, monkeypatch)


def test_the_conference_runs_in_both_and_an_override_shows_in_one(environments: Environments) -> None:
    for name in environments.kits:
        kit, paths = environments.at(name), environments.paths(name)
        saved = kit.apply(*paths)
        assert len(saved["changes"]) == 15
    assert environments.rates("staging")["hall-a"] == 800
    assert environments.rates("production")["hall-a"] == 2500
    assert environments.rates("staging")["hall-b"] == 1500

    production = environments.at("production")
    before = len(production.calls())
    staging = environments.at("staging")
    staging.edit("staging/overrides.yaml", "bitRate: 800", "bitRate: 600")
    (change,) = staging.changes(*environments.paths("staging"))
    assert (change["address"], change["verb"]) == (HALL, "update")
    assert [(one["path"], one["before"], one["after"]) for one in change["fields"]] == [
        ("spec.video.encode.bitRate", 800, 600)
    ]
    staging.apply(*environments.paths("staging"))
    assert environments.rates("staging")["hall-a"] == 600

    environments.at("production").assert_settled(*environments.paths("production"))
    assert len(production.calls()) == before
    assert environments.rates("production")["hall-a"] == 2500
    states = {path.name for path in (staging.root / "state").glob("conference-*.json")}
    assert states == {"conference-staging.json", "conference-production.json"}


def test_a_changed_override_is_a_change_of_the_resource_between_revisions(environments: Environments) -> None:
    staging = environments.at("staging")
    git(staging.root, "init", "-q", "-b", "main")
    commit(staging.root, "as it is")
    staging.edit("staging/overrides.yaml", "bitRate: 800", "bitRate: 600")
    commit(staging.root, "changed")
    for name, expected in (("staging", [HALL]), ("production", [])):
        ran = staging.run("diff", "--format", "json", "--git", "main~1..main", *environments.paths(name))
        assert ran.code == 0, ran.err
        plan: dict[str, Any] = json.loads(ran.out)
        assert [change["address"] for change in plan["changes"]] == expected


def test_both_environments_are_short() -> None:
    files = [file for file in CONFERENCE.rglob("*.yaml") if file.name != "layouts.yaml"]
    assert sum(len(file.read_text().splitlines()) for file in files) <= 120
