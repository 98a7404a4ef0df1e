"""What a watch sees of a workspace, in this process and with a clock of its own."""

import time
from threading import Event
from typing import Any

import pytest
from click import Command, Context

from reconciler.cli import planning, watch_desk
from reconciler.cli.environment import read_environment
from reconciler.cli.options import NOTHING_MORE
from reconciler.cli.watch_desk import WatchDesk, Watched
from reconciler.running.planning import Planned

from .kit import Kit, set_clock
from .test_watch import FILM

pytestmark = pytest.mark.slow


def test_a_restart_that_comes_due_during_a_look_is_still_to_come(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its plan was made before that, so nothing else would have a watch look again before its interval."""
    kit.write("film.yaml", FILM)
    kit.edit("workspace.yaml", "region:", "restarts: {backOff: 40s}\n  region:")
    for _ in range(2):
        kit.apply()
        kit.end_task(kit.running()[0]["taskId"])
    kit.apply()
    assert (kit.entry("IngestStream/film")["status"], kit.verbs()) == ("ended", {})
    later: list[float] = []

    def looked_at(*arguments: Any) -> Planned:
        found = planning.looked_at(*arguments)
        later.append(3600.0)
        return found

    monkeypatch.setattr(watch_desk, "looked_at", looked_at)
    set_clock(monkeypatch, lambda: time.time() + sum(later), watch_desk)
    monkeypatch.chdir(kit.root)
    desk = WatchDesk(Watched((), None, False, False, NOTHING_MORE, 60.0, False), Event())
    with Context(Command("watch"), obj=read_environment()):
        reading = desk.read()
        assert reading is not None
        due = desk.look(reading).due_at
    assert later == [3600.0]
    assert due is not None and due - time.time() < 40
