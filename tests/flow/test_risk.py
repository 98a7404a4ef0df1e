"""A record that is dropped while its task runs on: the state knows, and a start of it is no harmless one."""

import json

from .kit import Kit
from .test_state_owner import APPLY, INGEST, ONE, STREAM

FILM = "IngestStream/film"


def impacts(kit: Kit) -> dict[str, tuple[str, str]]:
    changes = json.loads(kit.run("plan", "--format", "json").out)["changes"]
    return {change["address"]: (change["verb"], change["impact"]) for change in changes}


def test_what_state_rm_forgot_and_is_still_declared(kit: Kit) -> None:
    kit.write("one.yaml", STREAM)
    kit.write("film.yaml", INGEST)
    assert kit.run(*APPLY).code == 0
    assert kit.run("state", "rm", ONE).code == 0
    assert kit.state()["untracked"] == [ONE]
    assert impacts(kit) == {ONE: ("start", "restart")}
    ran = kit.run(*APPLY, "--max-impact", "reconnect")
    assert ran.code == 1 and "highest allowed impact, reconnect" in ran.err
    assert kit.run(*APPLY).code == 0
    assert "untracked" not in kit.state() and impacts(kit) == {}
    assert len(kit.running()) == 2


def test_what_was_left_running_and_is_declared_again(kit: Kit) -> None:
    kit.write("one.yaml", STREAM.replace("{name: one}", "{name: one, onRemoval: leave}"))
    kit.write("film.yaml", INGEST)
    assert kit.run(*APPLY).code == 0
    (kit.root / "manifests" / "one.yaml").unlink()
    assert kit.run(*APPLY).code == 0
    assert kit.state()["untracked"] == [ONE]
    kit.write("one.yaml", STREAM)
    assert impacts(kit) == {ONE: ("start", "restart")}
