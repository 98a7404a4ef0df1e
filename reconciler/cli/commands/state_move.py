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
    help="The state of another workspace to move the record to.",
)
@writing_options
def move(
    source: str,
    rest: tuple[str, ...],
    to: StateLocation | None,
    state_file: StateLocation | None,
    patience: float,
) -> int:
    """Rename a resource in the state, for example after metadata.name was changed in its manifest. Makes no
    calls; a running task keeps its robot. Both addresses must be of the same kind, and the new one must not
    be in the state.

    With --to, the record moves to another state with everything known about its task, under the same name or
    a new one. That state must exist and belong to the same cloud. To complete an interrupted move, run the
    command again; the next command that writes the source state also completes it.
    """
    if to is None:
        if not rest:
            raise UsageError("Missing argument 'NEW_ADDRESS'", "pass the new address")
        return _rename(source, Address.parse(rest[0]), which_state(rest[1:], state_file), patience)
    named = rest[:1] if rest and rest[0].partition("/")[0] in PACKAGES else ()
    which = which_state(rest[len(named) :], state_file)
    return _move(source, Address.parse(named[0] if named else source), which, to, patience)


def _rename(source: str, new: Address, which: Which, patience: float) -> int:
    with held_for(which, "mv", patience) as held:
        old, entry = recorded(held.state, source)
        if new.kind != old.kind:
            hint = f"pass a NEW_ADDRESS that begins with {old.kind}/"
            if new.name != old.name:
                hint += f", as in `reconciler state mv {old} {old.kind}/{new.name}`"
            raise UsageError(f"cannot rename {old} to {new}: the kinds differ", hint)
        if new in held.state.entries:
            hint = f"choose another name; if that record is wrong, remove it with `reconciler state rm {new}`"
            raise UsageError(f"{new} is already in the state", hint)
        entries = {address: kept for address, kept in held.state.entries.items() if address != old}
        serial = write(held, {**entries, new: entry}).serial
    say(f"{old} is recorded as {new}; state serial {serial}", err=False)
    kind = registered(old.kind)
    if kind is not None and not kind.is_switch:
        say("note: a running task keeps its names, such as its robot's user ID")
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
                f"{address} is already being moved to {departure.state} by a run that did not finish",
                f"complete that move first, with --to {departure.state}",
            )
        arrived = deliver(held, target, address)
        if arrived is None:
            raise StateError(
                f"{to} already records {departure.address}, so {address} stays where it is",
                f"pass another address after this one, or see `reconciler state list --state {to}`",
            )
        _tell(address, arrived, held, target, to)
    return 0


def _tell(address: Address, arrived: Address, held: Session, target: Session, to: StateLocation) -> None:
    say(
        f"{address} moved to {to} as {arrived}, in workspace {target.snapshot.workspace}; state serial "
        f"{target.state.serial} there, {held.state.serial} here",
        err=False,
    )
    say(
        "note: a running task keeps its names, such as its robot's user ID; move its manifest too before "
        "the next apply of either workspace"
    )


def _has_arrived(text: str, new: Address, held: Session, target: Session, to: StateLocation) -> bool:
    """Whether all but the very last write of the move was done before; then that is done now."""
    if text in map(str, held.state.entries) or new not in target.state.entries:
        return False
    clear_arrivals(held, target)
    say(f"nothing to move: {new} is already in {to}, and {text} is not here", err=False)
    return True


def _check_there(source: StateLocation, to: StateLocation) -> None:
    """Raises UsageError or StateError where the target is this state, or none; changes nothing."""
    if _real(source) == _real(to):
        raise UsageError(f"{to} is the state that already records it", "choose another workspace's state")
    snapshot = look_at(to, None)
    if snapshot.missing is not None:
        raise snapshot.missing
    if snapshot.standing is Standing.NEW:
        raise StateError(
            f"no state at {to}",
            "correct the path, or create the state with `reconciler apply PATH --new-state`, where PATH "
            "holds that workspace's manifests without this resource",
        )


def _check_cloud(held: Session) -> None:
    if held.state.cloud == SIMULATOR:
        raise StateError(
            "with endpoint: simulator, each state has its own simulated cloud, which does not know the "
            "tasks of another",
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
