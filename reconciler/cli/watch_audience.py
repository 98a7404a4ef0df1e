"""Whom a watch tells: the log, the wall, the metrics, the recipients that the workspace names."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import Counter

from reconciler.cli.environment import current_environment
from reconciler.cli.holding import say
from reconciler.cli.json_log import say_fields
from reconciler.cli.watch_desk import WatchDesk
from reconciler.cli.watch_messages import addressed, check_installed
from reconciler.errors import ReconcilerError, StateError
from reconciler.manifests.loading.loader import Workspace
from reconciler.reports.escape import safe
from reconciler.state.runs import RunRecord
from reconciler.watching.board import Board
from reconciler.watching.events import Event, EventKind, Ledger
from reconciler.watching.metrics import Metrics
from reconciler.watching.model import Doing, Round
from reconciler.watching.notifying import Postman

_WARNING = frozenset(
    {EventKind.DOWN, EventKind.DOUBT, EventKind.FAILED, EventKind.TROUBLE, EventKind.MANIFESTS}
)


@dataclass
class WatchAudience:
    """Hears the loop; only who leads sends messages, and each is sent once.

    `memory` is the file that keeps over a restart what was told already.
    """

    desk: WatchDesk
    board: Board
    metrics: Metrics
    postman: Postman
    memory: Path
    ledger: Ledger = field(default_factory=Ledger)
    is_leader: bool = False
    _runs: Sequence[RunRecord] = ()
    _leader: str | None = None

    def begins(self, reasons: list[str]) -> None:
        """Tells what woke it before its time."""
        self.board.begins(current_environment().clock())
        for reason in reasons:
            say(f"looking at once: {reason}")

    def leads(self, leader: str) -> None:
        """Tells who leads, when that changes."""
        self.is_leader = not leader
        self.metrics.leader.set(1 if self.is_leader else 0)
        self.board.leads(leader)
        if leader != self._leader:
            say("this watch leads" if self.is_leader else f"standing by: {leader}")
        self._leader = leader

    def hears(self, made: Round) -> None:
        """Tells what is new of a round."""
        if self.desk.stop.is_set() and not made.results:
            return  # what was cut off by the end of the watch is no news
        self.metrics.hears(made)
        self.board.hears(made, self._last_runs())
        events = self.ledger.news(made)
        for event in events:
            if event.kind is not EventKind.APPLIED:  # each change was a line when it was made
                log_event(event)
        if made.doing is not Doing.STAND_BY:
            self._send(events)
            self._keep()

    def _last_runs(self) -> Sequence[RunRecord]:
        with suppress(StateError):  # what is shown of it stays as it was; a round tells of the store itself
            self._runs = self.desk.runs()
        return self._runs

    def _send(self, events: Sequence[Event]) -> None:
        reading = self.desk.last
        if reading is not None:
            send_events(self.postman, self.metrics.messages, reading.workspace, events)

    def _keep(self) -> None:
        try:
            self.memory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self.memory.with_suffix(".new")
            new.write_text(json.dumps(dict(self.ledger.told)), encoding="utf-8")
            new.replace(self.memory)
        except OSError as error:
            say(f"warning: {self.memory}: what was told cannot be kept: {error.strerror}")


def log_event(event: Event) -> None:
    """An event as a line of the log, or a record."""
    words = f"{event.kind}: {event.text}"
    text = safe(f"warning: {words}" if event.kind in _WARNING else words)
    with suppress(OSError):  # the reader of standard error may have gone
        say_fields(text, event=str(event.kind))


def send_events(postman: Postman, counter: Counter, workspace: Workspace, events: Sequence[Event]) -> None:
    """Events on their way to whom the workspace names; that they cannot be sent is counted and said."""
    if not events:
        return
    try:
        check_installed(workspace.spec.notify)
        messages = addressed(workspace.name, events, workspace.spec.notify)
    except ReconcilerError as error:
        counter.labels("failed").inc()
        say(f"warning: {error.message}; {error.hint}")
        return
    for message in messages:
        postman.post(message)


def remembered(memory: Path) -> Ledger:
    """What was told before a restart, as far as that is known."""
    try:
        found = json.loads(memory.read_text(encoding="utf-8"))
        return Ledger({str(key): str(text) for key, text in found.items()})
    except (OSError, ValueError, AttributeError):
        return Ledger()


def told_result(counter: Counter) -> Callable[[str, str], None]:
    """What a postman tells of each message."""

    def told(result: str, why: str) -> None:
        counter.labels(result).inc()
        if why:
            say(f"warning: {why}")

    return told
