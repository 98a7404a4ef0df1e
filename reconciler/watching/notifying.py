"""Tells recipients of events: one message a round for each, a digest where there is much to tell."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from threading import Thread

from reconciler.watching.events import Event, EventKind
from reconciler.words import and_more

MANY = 5
"""Up to how many events a message has each in full; of more it has counts, and the first ones."""
MOST_WAITING = 100
"""Messages that wait for a recipient that does not answer; the oldest is dropped for another."""
ATTEMPTS = 3
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to tell, known by a `name` that is no secret; of which kinds of events, None for all."""

    name: str
    kinds: frozenset[EventKind] | None = None

    def wants(self, event: Event) -> bool:
        """Whether it is to be told of an event."""
        return self.kinds is None or event.kind in self.kinds


@dataclass(frozen=True, slots=True)
class Message:
    """What a recipient is told; the `address` is a secret."""

    to: str
    title: str
    text: str
    address: str = field(default="", repr=False)


def messages_of(workspace: str, events: Sequence[Event], recipients: Sequence[Recipient]) -> list[Message]:
    """A message for each recipient that is to be told of any of the events of a round."""
    found = []
    for one in recipients:
        wanted = [event for event in events if one.wants(event)]
        if wanted:
            found.append(Message(one.name, _title(workspace, wanted), _text(wanted)))
    return found


def _title(workspace: str, events: Sequence[Event]) -> str:
    if len(events) == 1:
        return f"{workspace}: {events[0].kind}"
    return f"{workspace}: {', '.join(f'{count} {kind}' for kind, count in _counts(events).items())}"


def _text(events: Sequence[Event]) -> str:
    shown = [f"{event.kind}: {event.text[:_LONGEST]}" for event in events[:MANY]]
    more = len(events) - len(shown)
    return "\n".join([*shown, *([f"{and_more(more)}; see the wall or `reconciler status`"] if more else [])])


def _counts(events: Sequence[Event]) -> Mapping[EventKind, int]:
    counts: dict[EventKind, int] = {}
    for event in events:
        counts[event.kind] = counts.get(event.kind, 0) + 1
    return counts


class Postman:
    """Sends messages in a thread of its own, so that a recipient that does not answer delays no round.

    `send` returns "" or why it could not be sent; `report` gets the result of each message (sent, failed or
    dropped) and why. `pause` waits some seconds and tells whether to give up.
    """

    def __init__(
        self,
        send: Callable[[Message], str],
        report: Callable[[str, str], None],
        pause: Callable[[float], bool],
    ) -> None:
        self._send, self._report, self._pause = send, report, pause
        self._waiting: Queue[Message | None] = Queue(MOST_WAITING)
        self._thread = Thread(target=self._run, name="messages", daemon=True)

    def begin(self) -> None:
        """Sends from now on."""
        self._thread.start()

    def post(self, message: Message) -> None:
        """Has a message sent."""
        self._put(message)

    def end(self, seconds: float) -> None:
        """Waits so long for what is left to be sent."""
        self._put(None)
        self._thread.join(seconds)

    def _put(self, message: Message | None) -> None:
        while True:
            try:
                self._waiting.put_nowait(message)
                return
            except Full:
                with suppress(Empty):
                    self._waiting.get_nowait()
                    self._report("dropped", "too many messages wait")

    def _run(self) -> None:
        while (message := self._waiting.get()) is not None:
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        why = ""
        for attempt in range(ATTEMPTS):
            why = self._send(message)
            if not why:
                self._report("sent", "")
                return
            if attempt + 1 < ATTEMPTS and self._pause(2.0**attempt):
                break
        self._report("failed", f"a message to {message.to} could not be sent: {why}")
