"""`reconciler state mv`: a record under another address, or in another state."""

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click

from reconciler.backends.local.location import path_of
from reconciler.backends.protocol import Growth, Session, StateLocation
from reconciler.backends.snapshots import Standing
from reconciler.cli.holding import held_as_it_is, look_at, say
from reconciler.cli.placing import option_of
from reconciler.cli.state_shared import Which, held_for, recorded, which_state, write, writing_options
from reconciler.errors import StateError, UsageError
from reconciler.kinds import PACKAGES, registered
from reconciler.kinds.workspace.endpoint import SIMULATOR
from reconciler.model import Address, canonical_json
from reconciler.running.moving import check_moves, clear_arrivals, deliver, mark, move_name
from reconciler.state.codec import entry_to_json
from reconciler.state.model import Departure

_COMMAND = "state mv"
_ROOM = 1024
"""Bytes for what a move adds to a record."""


@click.command("mv")
@click.argument("source", metavar="ADDRESS")
@click.argument("rest", nargs=-1, metavar="[NEW_ADDRESS] [PATH]...")
@click.option(
    "--to",
    type=click.Path(),
    callback=option_of,
    metavar="STATE",
    help="The state of another workspace that the record is moved to.",
)
@writing_options
def move(
    source: str,
    rest: tuple[str, ...],
    to: StateLocation | None,
    state_file: StateLocation | None,
    patience: float,
) -> int:
    """Record a resource under another name, as after metadata.name was changed in its manifest.

    Calls nothing, and what runs keeps its robot. Both addresses are of one kind, and the new one is not
    recorded yet.

    With --to the record is moved to another state, with all that is known of its task, under the same name or
    a new one. That state is there already and of the same cloud. A move that was interrupted is ended by
    running it again, or by the next command that writes the state it began in.
    """
    if to is None:
        if not rest:
            raise UsageError("Missing argument 'NEW_ADDRESS'", "name what it is to be recorded as")
        return _rename(source, Address.parse(rest[0]), which_state(rest[1:], state_file), patience)
    named = rest[:1] if rest and rest[0].partition("/")[0] in PACKAGES else ()
    which = which_state(rest[len(named) :], state_file)
    return _move(source, Address.parse(named[0] if named else source), which, to, patience)


def _rename(source: str, new: Address, which: Which, patience: float) -> int:
    with held_for(which, "mv", patience) as held:
        old, entry = recorded(held.state, source)
        if new.kind != old.kind:
            hint = f"name another {old.kind}, as in `reconciler state mv {old} {old.kind}/{new.name}`"
            raise UsageError(f"{old} cannot become {new}", hint)
        if new in held.state.entries:
            hint = f"choose another name; or, if that record is wrong, `reconciler state rm {new}` forgets it"
            raise UsageError(f"{new} is recorded already", hint)
        entries = {address: kept for address, kept in held.state.entries.items() if address != old}
        serial = write(held, {**entries, new: entry}).serial
    say(f"{old} is recorded as {new}; state serial {serial}", err=False)
    kind = registered(old.kind)
    if kind is not None and not kind.is_switch:
        say("note: what runs keeps the names it runs by, such as a robot's user ID")
    return 0


def _move(source: str, new: Address, which: Which, to: StateLocation, patience: float) -> int:
    """The record of another state: both are held, so that no other run sees the move half done."""
    _check_there(which.location, to)
    with _held_both(which, to, patience) as (held, target):
        if held.snapshot.missing is not None:
            raise held.snapshot.missing
        if _has_arrived(source, new, held, target, to):
            return 0
        address, entry = recorded(held.state, source)
        departure = entry.departure
        if departure is None:
            _check_cloud(held)
            check_moves(address, held.state, target.state, new, str(to))
            target.preflight(Growth(state=len(canonical_json(entry_to_json(entry))) + _ROOM))
            departure = Departure(
                move_name(held.state, str(uuid.uuid4())), str(to), target.state.lineage, new
            )
            mark(held, address, departure)
        elif departure.lineage != target.state.lineage:
            raise UsageError(
                f"{address} is on its way to {departure.state} already, by a run that did not finish",
                f"end that first, with --to {departure.state}",
            )
        arrived = deliver(held, target, address)
        if arrived is None:
            raise StateError(
                f"{to} records {departure.address} by now, so {address} stays where it is",
                f"name another address behind this one, or see `reconciler state list --state {to}`",
            )
        _tell(address, arrived, held, target, to)
    return 0


def _tell(address: Address, arrived: Address, held: Session, target: Session, to: StateLocation) -> None:
    say(
        f"{address} is recorded in {to} as {arrived}, of workspace {target.snapshot.workspace}; state serial "
        f"{target.state.serial} there, {held.state.serial} here",
        err=False,
    )
    say(
        "note: what runs keeps the names it runs by, such as a robot's user ID; move its manifest, too, "
        "before the next apply of either workspace"
    )


def _has_arrived(text: str, new: Address, held: Session, target: Session, to: StateLocation) -> bool:
    """Whether all but the very last write of the move was done before; then that is done now."""
    if text in map(str, held.state.entries) or new not in target.state.entries:
        return False
    clear_arrivals(held, target)
    say(f"{new} is recorded in {to} already, and {text} not here: there is nothing to move", err=False)
    return True


def _check_there(source: StateLocation, to: StateLocation) -> None:
    """Raises UsageError or StateError where the target is this state, or none; changes nothing."""
    if _real(source) == _real(to):
        raise UsageError(f"{to} is the state that it is recorded in", "name another workspace's state")
    snapshot = look_at(to, None)
    if snapshot.missing is not None:
        raise snapshot.missing
    if snapshot.standing is Standing.NEW:
        raise StateError(
            f"there is no state at {to}",
            "correct the path, or begin it: `reconciler apply PATH --new-state`, PATH being the manifests of "
            "its workspace as they are without this resource",
        )


def _check_cloud(held: Session) -> None:
    if held.state.cloud == SIMULATOR:
        raise StateError(
            "with endpoint: simulator each state has a simulated cloud of its own, which knows no task of "
            "another's",
            "run `reconciler simulator` and set RECONCILER_ENDPOINT for both workspaces",
        )


@contextmanager
def _held_both(which: Which, to: StateLocation, patience: float) -> Iterator[tuple[Session, Session]]:
    """Both states, taken in one order whoever asks, so that no two moves wait for each other."""
    run = str(uuid.uuid4())
    with ExitStack() as stack:
        held: dict[str, Session] = {}
        wanted = ((_real(which.location), which.location, which.owner), (_real(to), to, None))
        for name, location, owner in sorted(wanted, key=lambda one: one[0]):
            held[name] = stack.enter_context(held_as_it_is(location, owner, _COMMAND, run, patience))
        yield held[_real(which.location)], held[_real(to)]


def _real(location: StateLocation) -> str:
    """What is the same for two names of one state."""
    return os.path.realpath(path_of(location))
