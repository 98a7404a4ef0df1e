"""`reconciler state push` and `unlock`: the state's file as a whole, and its lock."""

import uuid
from dataclasses import replace

import click

from reconciler.backends.protocol import Replacement, Replacing, StateLocation
from reconciler.cli.holding import said, say, waiting, warn
from reconciler.cli.options import paths_argument
from reconciler.cli.state_documents import read_document
from reconciler.cli.state_shared import Which, which_state, writing_options
from reconciler.cli.world import backend_for, runs_kept
from reconciler.errors import LockedError, StateError
from reconciler.state.comparing import entry_changes, same_content, without_stale_digests


@click.command("push")
@click.argument("source", metavar="FILE")
@paths_argument
@writing_options
@click.option("--force", is_flag=True, help="Even over another lineage, a newer serial or a foreign journal.")
def push(
    source: str, paths: tuple[str, ...], state_file: StateLocation | None, patience: float, force: bool
) -> int:
    """Put a state in the place of the one that is recorded; - is standard input.

    FILE is what `state pull` printed, as it is or edited, or a copy from the history. It is compared by what
    it says: nothing is written where that is what is recorded. What an edit changes is told.
    """
    given = read_document(source)
    which = _which(given, paths, state_file)
    backend = backend_for(which.location, runs_kept())
    run = str(uuid.uuid4())
    with backend.overrule(which.owner, said("state push", run), waiting(patience)) as replacing:
        if replacing.trouble is not None:
            say(f"replaced is: {replacing.trouble.message}")
        if not given.checksum:
            given = replace(given, state=without_stale_digests(given.state, replacing.known))
        if _is_recorded(given, replacing):
            serial = replacing.known.serial
            say(
                f"{which.location} says the same already: nothing was written; state serial {serial}",
                err=False,
            )
            return 0
        _check(given, replacing, source, force=force)
        changes = [*entry_changes(replacing.known, given.state)] if not given.checksum else []
        written = replacing.put(given, str(uuid.uuid4()))
        warn(backend.notices)
        say(f"{which.location}: state serial {written.serial} of lineage {written.lineage}", err=False)
        for address, words in changes:
            say(f"{address}: {words}", err=False)
        for address, task_id in replacing.forgotten(written):
            say(f"{address} is no longer recorded with TaskId {task_id}, which may run on", err=False)
    return 0


def _is_recorded(given: Replacement, replacing: Replacing) -> bool:
    """Whether the state that is given is what is recorded, with nothing left of an interrupted run."""
    found = replacing.recorded
    if found is None or found.interrupted or given.workspace != found.workspace:
        return False
    return same_content(found.state, given.state)


def _check(given: Replacement, replacing: Replacing, source: str, *, force: bool) -> None:
    """Raises StateError for a state that does not follow what is recorded, unless that is meant."""
    objections = replacing.objections(given)
    if replacing.known.moved:
        objections.append(f"what was here was moved to {replacing.known.moved}")
    if not replacing.known.lineage and not given.checksum and given.edited_from:
        objections.append("its checksum does not fit what it holds, and nothing here tells what was changed")
    if not objections or force:
        return
    found = replacing.recorded
    if found is not None and found.interrupted:
        raise StateError(
            f"{source} does not follow what is recorded: {'; '.join(objections)}",
            "`reconciler state pull > FILE` prints the state with what that run did, and `reconciler state "
            "push FILE` as it is works that in; then edit that; --force sets what the run did aside",
        )
    raise StateError(
        f"{source} does not follow what is recorded: {'; '.join(objections)}",
        "`reconciler state pull` prints what is recorded, to be edited; `reconciler state push --force` puts "
        "the file there all the same",
    )


def _which(given: Replacement, paths: tuple[str, ...], state_file: StateLocation | None) -> Which:
    which = which_state(paths, state_file)
    if which.workspace not in (None, given.workspace):
        raise StateError(
            f"the file is the state of workspace {given.workspace!r}, not of {which.workspace!r}",
            "push it to its own workspace, by its PATH; if the workspace was renamed, `reconciler state "
            "rebind` makes its state that of the new name",
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
                "wait for it (--lock-timeout), or end its process: the kernel frees the lock then. If it ran "
                "on another machine and is surely dead, `reconciler state unlock --run RUN` breaks its lock",
            ) from error
    unlock.break_open(run, mine["host"])
    say(f"the lock of run {run} is broken; if that run lives, it begins nothing more", err=False)
    return 0
