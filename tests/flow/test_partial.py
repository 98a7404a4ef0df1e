"""What is chosen on the command line: every command says that it is about a part, and what it leaves out."""

import json

import pytest

from .kit import Kit
from .test_state_owner import APPLY, INGEST, ONE, STREAM

FILM = "IngestStream/film"


@pytest.fixture
def both(kit: Kit) -> Kit:
    kit.write("one.yaml", STREAM)
    kit.write("film.yaml", INGEST)
    return kit


def test_a_plan_of_one_of_two(both: Kit) -> None:
    plan = json.loads(both.run("plan", "--target", ONE, "--format", "json").out)
    assert plan["selection"] == {
        "targets": [ONE],
        "excludes": [],
        "labels": [],
        "leftOut": 1,
        "leftOutChanges": 1,
    }
    shown = both.run("plan", "--exclude", FILM).out
    assert shown.startswith("Partial plan for workspace demo")
    assert "Partial plan: 1 to start; 1 resource left out, which would change" in shown


def test_an_apply_and_a_saved_plan_say_so_too(both: Kit) -> None:
    assert both.run("plan", "--target", ONE, "--out", "plan.json").code == 0
    ran = both.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 0 and ran.out.startswith("Partial plan for workspace demo")
    ran = both.run(*APPLY, "--target", ONE)
    assert "Nothing to do: 1 unchanged; 1 resource left out, which would change." in ran.out
    assert both.run(*APPLY).out.startswith("Plan for workspace demo")
    assert "1 resource left out, which would not change" in both.run("plan", "--target", ONE).out


def test_destroy_drift_and_diff_say_so_too(both: Kit) -> None:
    assert both.run(*APPLY).code == 0
    drift = both.run("drift", "--target", FILM)
    assert drift.out.startswith("Partial drift of workspace demo")
    assert drift.out.endswith("No drift: 1 checked; 1 resource left out, which would not change\n")
    assert (
        json.loads(both.run("drift", "--target", FILM, "--format", "json").out)["selection"]["leftOut"] == 1
    )
    (both.root / "empty").mkdir()
    (both.root / "empty" / "workspace.yaml").write_text((both.root / "manifests/workspace.yaml").read_text())
    review = both.run("diff", "empty", "manifests", "--target", FILM)
    assert review.out.startswith("Partial review for workspace demo"), review
    ran = both.run("destroy", "--auto-approve", "--target", FILM)
    assert ran.code == 0 and ran.out.startswith("Partial plan for workspace demo")
    assert "1 to stop; 1 resource left out, which would change" in ran.out


def test_a_plan_without_a_refresh_says_so(both: Kit) -> None:
    assert json.loads(both.run("plan", "--no-refresh", "--format", "json").out)["notRefreshed"] is True
    assert "The cloud was not queried" in both.run("plan", "--no-refresh").out
    assert "The cloud was not queried" not in both.run("plan").out
