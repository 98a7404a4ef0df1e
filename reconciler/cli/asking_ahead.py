"""Asks the cloud while manifests are read: after the tasks of a state that are asked after one by one.

Those are what takes long, at the API's pace, and every plan of everything asks after each of them, whatever
its manifest says by now. Where a workspace is small or anything is wrong, nothing is asked ahead.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from reconciler.backends.protocol import StateLocation
from reconciler.backends.snapshots import Standing
from reconciler.cli.connecting import Connected, connect
from reconciler.cli.environment import current_environment
from reconciler.cli.manifest_files import ManifestFiles
from reconciler.cli.placing import state_of
from reconciler.cli.workers import Workers
from reconciler.cli.world import Target, backend_for, check_target, load_context
from reconciler.errors import ReconcilerError
from reconciler.kinds import registered
from reconciler.kinds.base import Settings
from reconciler.kinds.records import Recorded, recorded
from reconciler.manifests.loading.loader import find_settings
from reconciler.observing.asking import Connection
from reconciler.observing.expected import Expected
from reconciler.observing.observer import Observations, Round, observe
from reconciler.running.moving import departures

if TYPE_CHECKING:  # it is loaded once there is something to ask
    from reconciler.cli.connection import Cloud

LARGE = 256 * 1024
"""Bytes of manifests from which on reading them takes long enough for something to be asked meanwhile."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What may be asked ahead: for which manifests, where the state is said to be, and of which round it is.

    `kept` and `plain_http` are the options of these names. `tell` gets the calls that are about to be made.
    """

    files: ManifestFiles
    state_file: StateLocation | None
    since: Round
    kept: bool
    plain_http: bool
    tell: Callable[[Expected], None]


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is asked after, and where."""

    target: Target
    settings: Settings
    records: list[Recorded]


@contextmanager
def asking_ahead(ahead: Ahead) -> Iterator[Connected | None]:
    """Asks within the block; gives a connection for what else is to be asked, None where nothing is.

    That is had once everything was answered that is asked ahead: what came of it is in the round from then
    on. When the block is left, nothing more is sent.
    """
    about = _subject(ahead)
    stop = Event()
    with ExitStack() as stack:
        cloud = _connected(about.target, stop, stack) if about is not None else None
        if about is None or cloud is None:
            yield None
            return
        clock = current_environment().clock
        connection = Connection(cloud.send, cloud.executor, clock, ahead.tell)
        worker = Workers(1)
        asking = worker.submit(
            observe, about.records, about.settings, connection, only_authoritative=True, since=ahead.since
        )
        try:
            yield lambda: _once(asking, cloud)
        finally:
            stop.set()
            worker.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _once(asking: "Future[Observations]", cloud: "Cloud") -> "Iterator[Cloud]":
    """The connection, once what was asked ahead is answered."""
    asking.exception()  # what could not be asked is in the round, and raised by whoever asks on
    yield cloud


def _connected(target: Target, stop: Event, stack: ExitStack) -> "Cloud | None":
    """A connection for as long as the stack; None where there is none, which whoever asks later tells."""
    try:
        return stack.enter_context(connect(target, stop))
    except ReconcilerError:
        return None


def _subject(ahead: Ahead) -> _Subject | None:
    """What is asked ahead, if anything is; what is wrong is told by whoever reads everything."""
    if sum(len(source.data) for source in ahead.files.sources) < LARGE:
        return None
    try:
        context = load_context()
        found = find_settings(ahead.files.with_settings, context)
        target = Target(found.spec.endpoint, state_of(found, ahead.state_file))
        check_target(target, kept=ahead.kept, plain_http=ahead.plain_http)
        if target.is_embedded:  # its world is opened once, by whoever plans
            return None
        records = _asked_one_by_one(target, found.name)
    except ReconcilerError:
        return None
    return _Subject(target, found.spec.settings(found.name, context.region), records) if records else None


def _asked_one_by_one(target: Target, workspace: str) -> list[Recorded]:
    """The records of the tasks that each have a question of their own; raises StateError."""
    snapshot = backend_for(target.state).snapshot(target.owner(workspace))
    state = snapshot.state
    if snapshot.standing is not Standing.PRESENT or snapshot.interrupted or state.moved:
        return []
    asked = [one for one in state.entries if (kind := registered(one.kind)) is not None and kind.observes]
    # What is being moved away may be another state's by now.
    return [recorded(one, state.entries[one]) for one in asked] if asked and not departures(state) else []
