"""Half of the documents validated in a second process: what comes of them all is the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reconciler.cli import second_process
from reconciler.cli.second_process import SecondProcess
from reconciler.errors import ManifestError, Problem
from reconciler.manifests.loading import notes, validation
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.helping import Result
from reconciler.manifests.loading.loader import Workspace, load

WORKSPACE = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: many}
spec: {region: ap-guangzhou, trtc: {sdkAppId: 1400000000, secretKey: {env: TRTC_KEY}}}
"""
STREAM = """\
---
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: stage-NUMBER, labels: {event: autumn}, annotations: {by: somebody}}
spec:
  room: room-NUMBER
  user: {userId: host}
  publish: [{url: 'rtmp://push.example.com/live/stage-NUMBER'}]
"""
LAYOUT = """\
---
apiVersion: reconciler/v1
kind: MixLayout
metadata: {name: pair}
spec: {mode: grid}
"""
MIX = """\
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: mix-NUMBER}
spec:
  room: mix-NUMBER
  video: {encode: {width: 1280, height: 720, fps: 25, bitRate: 1500, gop: 2}}
  layout: {ref: pair}
  publish: [{url: 'rtmp://push.example.com/live/mix-NUMBER'}]
"""
OVERRIDE = """\
---
apiVersion: reconciler/v1
kind: Override
metadata: {name: other}
spec: {of: RelayStream/stage-7, set: {room: "8"}}
"""
KEPT_SECRET = "rtmp://a.rtmp.youtube.com/live2/abcd-NUMBER"


def streams(count: int = 8, *, wrong: tuple[int, ...] = (), by: Callable[[str], str] = str) -> str:
    """So many streams, with those that are `wrong` changed."""
    texts = (
        (by if number in wrong else str)(STREAM).replace("NUMBER", str(number)) for number in range(count)
    )
    return "".join(texts)


def unknown(text: str) -> str:
    return text.replace("  user:", "  uesr: 1\n  user:")


def in_clear(text: str) -> str:
    return text.replace("rtmp://push.example.com/live/stage-NUMBER", KEPT_SECRET)


def same(text: str) -> str:
    return text.replace("/live/stage-NUMBER", "/live/stage-0")


HELPED = {
    "sound": WORKSPACE + streams(),
    "layouts": WORKSPACE + LAYOUT + "".join(MIX.replace("NUMBER", str(one)) for one in range(8)),
    "an override": WORKSPACE + streams() + OVERRIDE,
    "wrong in the first half": WORKSPACE + streams(wrong=(1,), by=unknown),
    "secrets in clear": WORKSPACE + streams(wrong=(2, 6, 7), by=in_clear),
    "the same address in both halves": WORKSPACE + streams(wrong=(3, 6), by=same),
    "what the workspace breaks": WORKSPACE.replace("ap-guangzhou", "ap-singapore") + streams(),
}
NOT_HELPED = {
    "wrong in the second half": WORKSPACE + streams(wrong=(6, 7), by=unknown),
    "wrong in both": WORKSPACE + streams(wrong=(1, 2, 6), by=unknown),
    "all wrong": WORKSPACE + streams(wrong=tuple(range(8)), by=unknown),
    "what the workspace would mend": WORKSPACE.replace("sdkAppId: 1400000000, ", "") + streams(),
    "a wrong workspace": WORKSPACE.replace("sdkAppId", "sdkAppID") + streams(wrong=(6,), by=unknown),
}
CASES = HELPED | NOT_HELPED


@pytest.fixture(autouse=True)
def _forking(monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests run beside others in processes with threads, which hold no lock that the work needs.
    monkeypatch.setattr(second_process, "can_fork", lambda: True)
    monkeypatch.setattr(validation, "FEWEST", 2)


class Counting:
    """A helper that has everything done as `by` does it, and counts the results that were of use."""

    def __init__(self, by: SecondProcess) -> None:
        self._by = by
        self.helped = 0

    @contextmanager
    def beside(self, work: Callable[[], Any]) -> Iterator[Result]:
        with self._by.beside(work) as result:

            def counted() -> Any:
                found = result()
                self.helped += found is not None
                return found

            yield counted


def outcome(text: str, helper: Counting | None) -> Workspace | tuple[Problem, ...]:
    try:
        return load(["-"], text.encode, LoadContext(learn=True, helper=helper))
    except ManifestError as error:
        return error.problems


@pytest.mark.parametrize("name", CASES)
def test_the_outcome_is_the_same(name: str) -> None:
    helper = Counting(SecondProcess())
    assert outcome(CASES[name], helper) == outcome(CASES[name], None)
    assert helper.helped == (name in HELPED)


@pytest.mark.parametrize("most", range(1, 9))
def test_as_many_warnings_and_problems_are_told(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_PROBLEMS", most)
    every = tuple(range(8))
    for by in (unknown, in_clear):
        text = WORKSPACE + streams(wrong=every, by=by)
        assert outcome(text, Counting(SecondProcess())) == outcome(text, None)


def test_a_helper_that_fails_leaves_the_work_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = outcome(CASES["sound"], None)

    def failing() -> int:
        raise OSError("no more processes")

    monkeypatch.setattr("os.fork", failing)
    helper = Counting(SecondProcess())
    assert (outcome(CASES["sound"], helper), helper.helped) == (alone, 0)
