"""`reconciler state push` and `unlock`: the state's file as a whole, and its lock."""

import uuid
from dataclasses import replace

import click

from reconciler.backends.protocol import Replacement, Replacing, StateLocation
from reconciler.cli.holding import said, say, waiting, warn
from reconciler.cli.options import paths_argument
from reconciler.cli.state_documents import given_state
from reconciler.cli.state_shared import Which, which_state, writing_options
from reconciler.cli.world import backend_for, runs_kept
from reconciler.errors import LockedError, StateError
from reconciler.state.comparing import entry_changes, same_content, without_stale_digests


@click.command("push")
@click.argument("source", metavar="FILE")
@paths_argument
@writing_options
@click.option(
    "--force",
    is_flag=True,
    help="Replace the state even if the lineage differs, the recorded serial is newer, or a journal exists.",
)
def push(
    source: str, paths: tuple[str, ...], state_file: StateLocation | None, patience: float, force: bool
) -> int:
    """Replace the recorded state with FILE (- for standard input): the output of `state pull`, edited or not,
    or a copy from the history. Nothing is written if the content is the same. Prints what an edit changes.
    """
    given = given_state(source)
    which = _which(given, paths, state_file)
    backend = backend_for(which.location, runs_kept())
    run = str(uuid.uuid4())
    with backend.overrule(which.owner, said("state push", run), waiting(patience)) as replacing:
        if replacing.trouble is not None:
            say(f"replacing a state that cannot be used: {replacing.trouble.message}")
        if not given.checksum:
            given = replace(given, state=without_stale_digests(given.state, replacing.known))
        if _is_recorded(given, replacing):
            serial = replacing.known.serial
            say(
                f"{which.location} is unchanged; state serial {serial}",
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
            say(
                f"{address} is no longer recorded with TaskId {task_id}, which may still be running",
                err=False,
            )
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
        objections.append(
            "its checksum does not match its content, and there is no state here to compare it with"
        )
    if not objections or force:
        return
    found = replacing.recorded
    if found is not None and found.interrupted:
        raise StateError(
            f"{source} is not based on the recorded state: {'; '.join(objections)}",
            "to record what the interrupted run did, run `reconciler state pull > FILE` and then "
            "`reconciler state push FILE`; then edit. --force sets aside what that run did",
        )
    raise StateError(
        f"{source} is not based on the recorded state: {'; '.join(objections)}",
        "edit the output of `reconciler state pull` instead; to replace the state anyway, use `reconciler "
        "state push --force`",
    )


def _which(given: Replacement, paths: tuple[str, ...], state_file: StateLocation | None) -> Which:
    which = which_state(paths, state_file)
    if which.workspace not in (None, given.workspace):
        raise StateError(
            f"the file is the state of workspace {given.workspace!r}, not {which.workspace!r}",
            "pass the PATH of the workspace that it belongs to; if the workspace was renamed, use "
            "`reconciler state rebind`",
        )
    return which


@click.command("unlock")
@paths_argument
@writing_options
@click.option("--run", metavar="RUN", help="The run known to be dead, as shown by this command.")
def unlock(paths: tuple[str, ...], state_file: StateLocation | None, patience: float, run: str | None) -> int:
    """Show who holds the lock; break one left by a dead run on another machine. On one machine, the kernel
    releases a lock when its process ends for any reason, so there is nothing to break. On a network file
    system the lock may remain: to break it, pass the dead run with --run.
    """
    which = which_state(paths, state_file)
    backend = backend_for(which.location)
    unlock = backend.parts.unlock
    if unlock is None:
        raise StateError(
            f"{which.location}: the store releases the hold of a dead run automatically",
            "wait for it with --lock-timeout",
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
                "wait for it (--lock-timeout) or end its process, which releases the lock. If it ran on "
                "another machine and is known to be dead, break its lock with `reconciler state unlock "
                "--run RUN`",
            ) from error
    unlock.break_open(run, mine["host"])
    say(f"broke the lock of run {run}; if that run is still alive, it starts nothing more", err=False)
    return 0
