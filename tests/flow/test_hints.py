"""Hints that fit every way to the error: what is told beside an option, and of a file."""

import pytest

from reconciler.cli.commands import apply

from .kit import Kit

MIX = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: one}
spec:
  room: 295066
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/one}]
"""


@pytest.fixture
def ready(kit: Kit) -> Kit:
    kit.write("one.yaml", MIX)
    return kit


@pytest.mark.parametrize("option", ["--target", "--exclude"])
def test_an_address_that_is_not_drawn_can_be_corrected_or_left_out(ready: Kit, option: str) -> None:
    ran = ready.run("render", option, "MixStream/nobody", "--out", "pictures")
    told = " ".join(ran.err.split())
    assert ran.code == 64 and "correct the address, or remove the option" in told, told


@pytest.mark.parametrize(
    "options", [("--replace", "MixStream/one"), ("--resign", "MixStream/one"), ("--max-impact", "none")]
)
def test_each_option_that_a_saved_plan_excludes_is_named(ready: Kit, options: tuple[str, str]) -> None:
    ready.run("plan", "--out", "plan.json", "--new-state")
    ran = ready.run("apply", "plan.json", "--auto-approve", *options)
    told = " ".join(ran.err.split())
    assert (
        ran.code == 64 and "select, replace, re-sign or ask resources, or that change what is allowed" in told
    )


def test_a_saved_plan_that_is_too_large_is_told_how_to_be_smaller(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.run("plan", "--out", "plan.json", "--new-state")
    monkeypatch.setattr(apply, "MAX_PLAN_BYTES", 10)
    ran = ready.run("apply", "plan.json", "--auto-approve")
    told = " ".join(ran.err.split())
    assert ran.code == 1 and "the limit is 10" in told and "plan fewer resources with --target" in told, told
    assert "neither a saved plan" not in told
