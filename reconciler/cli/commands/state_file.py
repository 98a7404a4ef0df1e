"""`reconciler state push` and `unlock`: the state's file as a whole, and its lock."""

import uuid

import click

from reconciler.backends.local.regular import MAX_BYTES
from reconciler.backends.protocol import Replacement, StateLocation
from reconciler.cli.files_given import content
from reconciler.cli.holding import said, say, waiting, warn
from reconciler.cli.options import paths_argument
from reconciler.cli.state_shared import Which, which_state, writing_options
from reconciler.cli.world import backend_for
from reconciler.errors import LockedError, StateError
from reconciler.state.codec import state_from_json, state_to_json
from reconciler.state.model import State
from reconciler.state.seal import KEY, Damaged, unseal

_KEYS = set(state_to_json("", State(run="x", used_plans=("x",), digest_key="x", cloud="x", cleared="x")))


@click.command("push")
@click.argument("source", metavar="FILE")
@paths_argument
@writing_options
@click.option("--force", is_flag=True, help="Even over another lineage, a newer serial or a foreign journal.")
def push(
    source: str, paths: tuple[str, ...], state_file: StateLocation | None, patience: float, force: bool
) -> int:
    """Put a state in the place of the one that is recorded; - is standard input.

    FILE is what `state pull` printed, a copy from the history, or one of these that was edited and
    whose checksum was taken out. One that is damaged is never taken.
    """
    given = _given(source)
    which = _which(given, paths, state_file)
    backend = backend_for(which.location)
    run = str(uuid.uuid4())
    with backend.overrule(which.owner, said("state push", run), waiting(patience)) as replacing:
        if replacing.trouble is not None:
            say(f"replaced is: {replacing.trouble.message}")
        objections = replacing.objections(given)
        if objections and not force:
            raise StateError(
                f"{source} does not follow what is recorded: {'; '.join(objections)}",
                "`reconciler state pull` prints what is recorded; --force puts the file there all the same",
            )
        written = replacing.put(given, str(uuid.uuid4()))
        warn(backend.notices)
        say(f"{which.location}: state serial {written.serial} of lineage {written.lineage}", err=False)
        for address, task_id in replacing.forgotten(written):
            say(f"{address} is no longer recorded with TaskId {task_id}, which may run on", err=False)
    return 0


def _given(source: str) -> Replacement:
    """The state in a file; raises StateError for one that is damaged or none of ours."""
    data = content(source, MAX_BYTES)
    try:
        sealed = unseal(data)
    except Damaged as error:
        raise StateError(
            f"{source}: {error}",
            f"take another copy; or, if it was edited on purpose, take the line of its {KEY} out first",
        ) from error
    workspace, state = state_from_json(sealed.value, source)
    strange = set(sealed.value) - _KEYS
    if not sealed.checksum and strange:
        raise StateError(
            f"{source}: unknown key {min(strange)!r}", "correct it: nothing else tells of a mistake"
        )
    return Replacement(state, workspace, sealed.checksum)


def _which(given: Replacement, paths: tuple[str, ...], state_file: StateLocation | None) -> Which:
    which = which_state(paths, state_file)
    if which.workspace not in (None, given.workspace):
        raise StateError(
            f"the file is the state of workspace {given.workspace!r}, not of {which.workspace!r}",
            "push it to its own workspace",
        )
    return which


@click.command("unlock")
@paths_argument
@writing_options
@click.option("--run", metavar="RUN", help="The run that is surely dead, as this command tells it.")
def unlock(paths: tuple[str, ...], state_file: StateLocation | None, patience: float, run: str | None) -> int:
    """Tell who holds the lock; break one that a dead run on another machine left.

    On one machine the kernel frees a lock when its process ends, whatever ends it, so that there is
    nothing to break. On a network file system it may not know: then --run names the run.
    """
    which = which_state(paths, state_file)
    backend = backend_for(which.location)
    unlock = backend.parts.unlock
    if unlock is None:
        raise StateError(
            f"{which.location}: the store frees the hold of a dead run by itself",
            "wait for it, as --lock-timeout does",
        )
    mine = said("state unlock", str(uuid.uuid4()))
    try:
        with unlock.locked(mine, waiting(patience)):
            say("the state is not locked", err=False)
            return 0
    except LockedError as error:
        if run is None:
            raise StateError(
                error.message,
                "wait for it, or end its process: the kernel frees the lock then. If it ran on another "
                "machine and is surely dead, name it with --run",
            ) from error
    unlock.break_open(run, mine["host"])
    say(f"the lock of run {run} is broken; if that run lives, it begins nothing more", err=False)
    return 0
