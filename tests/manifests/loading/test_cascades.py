"""One mistake in what a set of manifests has once is one problem, however many documents follow it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import pytest

from reconciler.errors import ManifestError, Problem
from reconciler.manifests.loading import declarations, loader, validating
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.notes import Notes

EACH = 4
"""Documents of each kind."""

WORKSPACE = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: demo}
spec:
  region: ap-guangzhou
  trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}
  defaults:
    MixStream: {video: {encode: {width: 640, height: 360, fps: 15, bitRate: 1500, gop: 2}}}
    IngestStream: {repeatNum: -1}
    RelayStream: {user: {userId: anna}}
"""
DOCUMENTS = """\
apiVersion: reconciler/v1
kind: MixLayout
metadata: {name: stage-NUMBER}
spec: {mode: grid}
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall-NUMBER}
spec:
  room: 1
  publish: [{url: "rtmp://3891.livepush.myqcloud.com/live/hall-NUMBER"}]
  layout: {ref: stage-NUMBER}
---
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: relay-NUMBER}
spec: {room: 3NUMBER, publish: [{url: "rtmp://3891.livepush.myqcloud.com/live/relay-NUMBER"}]}
---
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film-NUMBER}
spec: {room: 7, streamUrl: "https://media.example/NUMBER.mp4", maxDuration: 60}
---
apiVersion: reconciler/v1
kind: RenderStream
metadata: {name: game-NUMBER}
spec: {userId: player-NUMBER}
---
apiVersion: reconciler/v1
kind: LiveStream
metadata: {name: talk-NUMBER}
spec: {domainName: a.example.com, streamName: talk-NUMBER}
"""


def other(name: str) -> str:
    return WORKSPACE.replace("demo", name)


def without(text: str) -> str:
    assert text in WORKSPACE
    return WORKSPACE.replace(text, "")


def instead(old: str, new: str) -> str:
    assert old in WORKSPACE
    return WORKSPACE.replace(old, new)


MISTAKES: dict[str, tuple[str, str]] = {
    "none": ("", "no Workspace in the manifests"),
    "two": (f"{WORKSPACE}---\n{other('two')}", "a second Workspace"),
    "four": ("---\n".join([WORKSPACE, *map(other, ("two", "three", "four"))]), "(2 more follow)"),
    "one twice": (f"{WORKSPACE}---\n{WORKSPACE}", "is already declared"),
    "a mistyped kind": (instead("Workspace", "Workspce"), "did you mean Workspace?"),
    "a kind in small letters": (instead("Workspace", "workspace"), "did you mean Workspace?"),
    "no kind": (without("kind: Workspace\n"), "is required"),
    "another kind of value": (instead("kind: Workspace", "kind: [Workspace]"), "allowed: a string"),
    "another version": (instead("/v1", "/v2"), "allowed: reconciler/v1"),
    "no name": (instead("{name: demo}", "{}"), "is required"),
    "no good name": (instead("demo", "De mo"), "not a valid name"),
    "no YAML": (instead("{name: demo}", "{name: demo"), "not valid YAML"),
    "a tab": (instead("  region", "\tregion"), "not valid YAML"),
    "no spec": (f"{WORKSPACE.partition('spec:')[0]}spec:\n", "found nothing"),
    "a spec that is a list": (f"{WORKSPACE.partition('spec:')[0]}spec: []\n", "found a list"),
    "an unknown field": (instead("region:", "regio:"), "did you mean region?"),
    "a wrong value": (instead("1400188366", "many"), "allowed: a whole number"),
    "a placeholder": (instead("ap-guangzhou", "${REGION}"), "the placeholder"),
    "a region that is none": (instead("ap-guangzhou", "mars"), "not a TRTC region"),
    "a region that some kinds do not have": (instead("ap-guangzhou", "ap-hongkong"), "film-0 and 3 more"),
    "an unknown endpoint": (instead("  region", "  endpoint: mars\n  region"), "not an endpoint"),
    "a key in clear": (instead("{env: TRTC_SECRET_KEY}", "abc"), "a reference to a secret"),
    "a key that may not be named": (instead("TRTC_SECRET_KEY", "OTHER"), "RECONCILER_SECRETS"),
    "no region": (without("  region: ap-guangzhou\n"), "is not set: 12 documents have none of their own"),
    "no application": (without("sdkAppId: 1400188366, "), "is not set: 12 documents have none"),
    "no key": (without(", secretKey: {env: TRTC_SECRET_KEY}"), "is not set: 12 documents have none"),
    "mistyped defaults": (instead("RelayStream: {user:", "RelayStream: {use:"), "did you mean user"),
    "defaults with a wrong value": (instead("gop: 2", "gop: two"), "allowed: a whole number"),
    "defaults of no kind": (instead("RelayStream:", "RelaySteam:"), "did you mean RelayStream?"),
}


def whole(workspace: str) -> Iterator[str]:
    if workspace:
        yield workspace
    for number in range(EACH):
        text = DOCUMENTS.replace("NUMBER", str(number))
        yield text.replace("room: 1\n", f"room: 1{number}\n").replace("room: 7", f"room: 7{number}")


def told(workspace: str) -> tuple[Problem, ...]:
    try:
        loader.load(["-"], "---\n".join(whole(workspace)).encode, LoadContext())
    except ManifestError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("name", ["none", "two", "four"])
def test_what_is_wrong_elsewhere_waits_for_the_one_workspace(name: str) -> None:
    workspace, words = MISTAKES[name]
    wrong = DOCUMENTS.replace("NUMBER", "0").replace("spec: {domainName", "spec: {bogus: 1, domainName")
    with pytest.raises(ManifestError) as error:
        loader.load(["-"], "---\n".join(filter(None, (workspace, wrong))).encode, LoadContext())
    (problem,) = error.value.problems
    assert words in problem.message


def test_there_is_no_other_mistake() -> None:
    assert told(WORKSPACE) == ()


@pytest.mark.parametrize("name", MISTAKES)
def test_one_mistake_is_one_problem(name: str) -> None:
    workspace, words = MISTAKES[name]
    (problem,) = told(workspace)
    assert words in problem.message


@pytest.mark.parametrize("name", ["no name", "a wrong value"])
def test_what_is_wrong_by_itself_is_told_beside(name: str) -> None:
    workspace, words = MISTAKES[name]
    bad = DOCUMENTS.replace("NUMBER", "9").replace("mode: grid", "mode: heap")
    try:
        loader.load(["-"], "---\n".join([*whole(workspace), bad]).encode, LoadContext())
    except ManifestError as error:
        assert sorted(words in one.message for one in error.problems) == [False, True]
        assert any("heap" in one.message for one in error.problems)
    else:
        raise AssertionError("nothing is told")


def test_one_document_that_needs_a_setting_is_told_itself() -> None:
    workspace, ingest = without("  region: ap-guangzhou\n"), DOCUMENTS.split("---")[3].replace("NUMBER", "1")
    with pytest.raises(ManifestError) as caught:
        loader.load(["-"], f"{workspace}---{ingest}".encode, LoadContext())
    (problem,) = caught.value.problems
    assert problem.path == "spec.region" and "or region here" in problem.message


def _each(self: Notes, document: Any, faults: Any, address: Any) -> None:
    for fault in faults:
        self.fault(document, ("spec", *fault.path), fault.message)


MUTANTS: dict[str, tuple[Callable[[], AbstractContextManager[Any]], str]] = {
    "what lacks defaults is told": (
        lambda: patch.object(loader, "validate", lambda *one, incomplete=False: validating.validate(*one)),
        "a wrong value",
    ),
    "what may be the workspace is told as missing, too": (
        lambda: patch.object(declarations, "SETTINGS", "None such"),
        "a mistyped kind",
    ),
    "wrong defaults are told in each document": (
        lambda: patch.object(loader, "check_defaults", lambda *one: (validating.check_defaults(*one), ())[1]),
        "mistyped defaults",
    ),
    "a setting is told in each document": (lambda: patch.object(Notes, "add_faults", _each), "no region"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_bug_on_purpose_is_caught(name: str) -> None:
    mutant, mistake = MUTANTS[name]
    with mutant():
        problems = told(MISTAKES[mistake][0])
    assert len(problems) > 1 or MISTAKES[mistake][1] not in problems[0].message
