"""What a watch makes its rounds with: the manifests, the state and the cloud, read anew each time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Event
from uuid import uuid4

from reconciler.applying.results import ChangeResult
from reconciler.backends.local.location import file_location, path_of
from reconciler.backends.protocol import FILE, Backend, StateLocation
from reconciler.backends.snapshots import Snapshot, Standing
from reconciler.cli.applying import ApplyOptions, carried_out
from reconciler.cli.connection import connect
from reconciler.cli.environment import current_environment
from reconciler.cli.holding import said, say
from reconciler.cli.options import EVERYTHING, Consent, Selection
from reconciler.cli.placing import bound_to, store_of
from reconciler.cli.planning import Request, looked_at, plan_for
from reconciler.cli.progress import progress_lines
from reconciler.cli.unfinished_moves import as_if_ended
from reconciler.cli.watch_variables import refresh_variables
from reconciler.cli.world import DEFAULT_PATHS, Target, backend_for, check_target, read_workspace, target_of
from reconciler.errors import LockedError, PlanRefused, UsageError
from reconciler.manifests.revisions.standing import revision_of
from reconciler.model import Address
from reconciler.plan.model import Plan
from reconciler.planning.status import status_of
from reconciler.planning.task_ends import next_restart
from reconciler.planning.timing import next_change
from reconciler.running.migrating import moved_away
from reconciler.running.planning import Planned
from reconciler.running.run import RunResult
from reconciler.state.model import Owner
from reconciler.state.runs import RunRecord
from reconciler.watching.files import fingerprint, is_busy
from reconciler.watching.model import Reading, Seen

LABEL, FROZEN = "watch", "frozen"
"""The label of the document with the settings by which a workspace is frozen."""
_LEADER = "watch"
_SHOWN_RUNS = 10


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched and how, as it was said on the command line.

    `outage` is how many seconds an endpoint is waited for that does not answer; `variables` a file with more
    variables, or None; `patience` how long to wait for the state, as nobody does who is to look again soon.
    """

    paths: tuple[str, ...]
    state_file: StateLocation | None
    kept: bool
    plain_http: bool
    consent: Consent
    outage: float
    new_state: bool
    variables: str | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """Where the manifests are."""
        return self.paths or DEFAULT_PATHS


@dataclass(frozen=True, slots=True)
class _Unseen:
    """Whom a run of a watch is for: nobody is asked, and each change is a line of the log."""

    stop: Event

    def show(self, plan: Plan) -> None:
        """Its changes are told as they are made."""

    def approve(self, plan: Plan) -> bool:
        """Unless the watch is to end."""
        return not self.stop.is_set()

    def follow(self, total: int) -> AbstractContextManager[Callable[[ChangeResult], None]]:
        """A line a change."""
        return progress_lines(total)


@dataclass
class WatchDesk:
    """Reads, looks and applies for one workspace, until `stop` is set; see watching's Desk."""

    watched: Watched
    stop: Event
    version: Callable[[Sequence[str]], str] = fingerprint
    """What tells one reading from another: on one machine the files' times do, on several their contents."""
    was_there: bool = False
    """Whether a state was found, so that none is begun in the place of one that has gone."""
    _first: tuple[str, Target] | None = None
    _read: Reading | None = None
    _print: str = ""
    _leading: tuple[Mapping[str, str], Backend] | None = None
    _said: set[str] = field(default_factory=set)

    def read(self) -> Reading | None:
        """The manifests, parsed anew where a file has changed; None while something is at work in them."""
        refresh_variables(self.watched.variables)
        places = self.watched.places
        before = fingerprint(places)
        if self._read is not None and self._print == before:
            return self._read
        if is_busy(places):
            return None
        workspace, version = read_workspace(self.watched.paths), self.version(places)
        if is_busy(places) or fingerprint(places) != before:
            return None
        self._check_same(workspace.name, target_of(workspace, self.watched.state_file))
        for warning in workspace.warnings:
            self._say_once(f"warning: {warning}")
        self._print, self._read = before, Reading(version, workspace)
        return self._read

    @property
    def last(self) -> Reading | None:
        """The manifests that are in force."""
        return self._read

    def look(self, reading: Reading) -> Seen:
        """How everything stands now."""
        began = current_environment().clock()
        name, target = reading.workspace.name, self._target(reading)
        backend = backend_for(target.state)
        found = backend.snapshot(target.owner(name))
        for notice in backend.notices:
            self._say_once(f"warning: {notice}")
        if found.state.moved:
            raise moved_away(str(target.state), found.state)
        self.was_there = self.was_there or found.standing is not Standing.NEW
        snapshot = as_if_ended(found, lambda text: self._say_once(f"note: {text}"))
        request = self._request(reading, EVERYTHING)
        seen = looked_at(request, snapshot, lambda: connect(target, self.stop))
        now = current_environment().clock()
        report = status_of(seen.plan, seen.resources, seen.records, seen.observed, now)
        return Seen(
            report,
            seen.plan,
            target.cloud,
            found.standing,
            found.interrupted,
            self._frozen(reading, found),
            _due_at(seen, reading, began),
        )

    def apply(self, reading: Reading, held_back: frozenset[Address]) -> RunResult | None:
        """One apply as the command makes it, of all but what is held back."""
        revision = revision_of(self.watched.places)
        options = ApplyOptions(
            self._target(reading),
            reading.workspace.name,
            "watch",
            auto_approve=True,
            outage=self.watched.outage,
            revision=revision,
        )
        selection = Selection((), tuple(sorted(map(str, held_back))), ())
        request = self._request(reading, selection)

        def planned(snapshot: Snapshot) -> Plan:
            self._check_still(reading, snapshot)
            return plan_for(request, snapshot, lambda: connect(options.target, self.stop))

        with carried_out(options, planned, _Unseen(self.stop), self.stop) as (result, _):
            return result

    def runs(self) -> Sequence[RunRecord]:
        """The last runs of the state, the newest first."""
        if self._first is None:
            return ()
        audit = backend_for(self._first[1].state).parts.audit
        return () if audit is None else audit.runs(_SHOWN_RUNS)

    @contextmanager
    def leading(self) -> Iterator[Callable[[], bool]]:
        """The right to lead; raises LockedError where another watch has it."""
        if self._first is None:
            raise UsageError("the manifests were not read yet")
        name, target = self._first
        place, owner = leading_place(target.state, name)
        try:
            held = self._leader(place).hold(owner, said("watch", str(uuid4())))
            session = held.__enter__()
        except LockedError as error:
            raise LockedError(f"another watch leads: {error.message}") from error
        try:
            yield session.alive
        finally:
            held.__exit__(None, None, None)

    def _leader(self, place: StateLocation) -> Backend:
        """One backend for all attempts, as it remembers for how long nobody has heard of who leads.

        With other variables, such as a password that was rotated, it is another one.
        """
        variables = current_environment().variables
        if self._leading is None or self._leading[0] != variables:
            self._leading = variables, backend_for(place)
        return self._leading[1]

    def _request(self, reading: Reading, selection: Selection) -> Request:
        target = self._target(reading)
        new_state = self.watched.new_state and not self.was_there
        place = target.place(reading.workspace.name, sends=True, new_state=new_state)
        revision = revision_of
        return Request(
            reading.workspace,
            target,
            place,
            selection,
            consent=self.watched.consent,
            revision=lambda: revision(self.watched.places),
        )

    def _target(self, reading: Reading) -> Target:
        target = target_of(reading.workspace, self.watched.state_file)
        check_target(target, kept=self.watched.kept, plain_http=self.watched.plain_http)
        return target

    def _check_same(self, name: str, target: Target) -> None:
        """Raises UsageError for manifests of another workspace, state or cloud than the watch began with."""
        self._first = self._first or (name, target)
        if self._first != (name, target):
            raise UsageError(
                f"the manifests are now of workspace {name}, state {target.state}, on {target.cloud}",
                "start the watch again if that is meant",
            )

    def _check_still(self, reading: Reading, snapshot: Snapshot) -> None:
        """Raises PlanRefused where what was decided on has changed before the state was held."""
        if frozen := self._frozen(reading, snapshot):
            raise PlanRefused(f"frozen by {frozen}")
        if snapshot.standing is Standing.NEW and not self.watched.new_state:
            raise PlanRefused("the state is new", "the next round looks again")

    @staticmethod
    def _frozen(reading: Reading, snapshot: Snapshot) -> str:
        if reading.workspace.labels.get(LABEL) == FROZEN:
            return f"the label {LABEL}: {FROZEN} in {reading.workspace.file}"
        return snapshot.state.frozen

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            say(text)


def leading_place(state: StateLocation, workspace: str) -> tuple[StateLocation, Owner]:
    """Where the right to lead is held: beside the state, as if it were that of a workspace of its own.

    So the same lock or lease is behind it, with the same guarantees; nothing is ever recorded there.
    """
    name = f"{workspace}.{_LEADER}"
    if state.store == FILE:
        path = path_of(state)
        return file_location(path.with_name(f"{path.stem}.{_LEADER}.json")), Owner(name)
    return bound_to(store_of(state), name), Owner(name)


def _due_at(seen: Planned, reading: Reading, began: float) -> float | None:
    """When the clock makes something to be done, as it stood when a look began.

    What came due since the plan was made is not in it, and waits for nothing any more.
    """
    restart = next_restart(
        seen.records, seen.resources, seen.observed, reading.workspace.settings.restarts, began
    )
    return min((at for at in (restart, next_change(seen.resources, began)) if at is not None), default=None)
