"""`reconciler state`: looks after what is recorded."""

import json
from collections.abc import Mapping

import click

from reconciler.backends.protocol import StateLocation
from reconciler.cli.audits import entry_after
from reconciler.cli.groups import Group
from reconciler.cli.holding import say
from reconciler.cli.options import paths_argument, state_option
from reconciler.cli.state_shared import (
    is_begun,
    no_state,
    read_state,
    recorded,
    which_state,
    workspace_option,
)
from reconciler.model import Address
from reconciler.reports.escape import safe
from reconciler.state.codec import entry_to_json
from reconciler.state.document import write_document
from reconciler.state.lines import briefs
from reconciler.words import shortened_apart

json_option = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


_COMMANDS = "reconciler.cli.commands"


class StateGroup(Group):
    """Imports what edits a state, which needs the kinds, only when it is called."""

    modules: Mapping[str, tuple[str, str]] = {
        "backend": (f"{_COMMANDS}.state_backend", "group"),
        "import": (f"{_COMMANDS}.state_import", "record"),
        "migrate": (f"{_COMMANDS}.state_migrate", "migrate_command"),
        "mv": (f"{_COMMANDS}.state_move", "move"),
        "push": (f"{_COMMANDS}.state_file", "push"),
        "rebind": (f"{_COMMANDS}.state_rebind", "rebind"),
        "recover": (f"{_COMMANDS}.state_recover", "recover"),
        "rm": (f"{_COMMANDS}.state_edit", "remove"),
        "unlock": (f"{_COMMANDS}.state_file", "unlock"),
    }


@click.group("state", cls=StateGroup)
def command() -> None:
    """Manage the state: its records, and the file or database that keeps them."""


@command.command("list")
@paths_argument
@state_option
@workspace_option
@json_option
def list_command(paths: tuple[str, ...], state_file: StateLocation | None, form: str) -> int:
    """List what is recorded: address, status, start time, TaskId (`state show` has long ones in full)."""
    which = which_state(paths, state_file)
    known = read_state(which)
    if not is_begun(known):
        say(f"note: {which.location}: no state yet, so nothing is recorded")
    if form == "json":
        click.echo(write_document(known.workspace or which.workspace or "", known.state), nl=False)
        return 0
    entries = briefs(known.state.entries)
    tasks = shortened_apart([brief.task or "-" for _, brief in entries])
    rows = [
        (str(address), brief.status, brief.since or "-", task)
        for (address, brief), task in zip(entries, tasks, strict=True)
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    cells = [[cell.ljust(width) for cell, width in zip(row, widths, strict=False)] for row in rows]
    lines = [safe("  ".join([*cells, row[3]])) for row, cells in zip(rows, cells, strict=True)]
    click.echo("".join(f"{line}\n" for line in lines), nl=False)
    return 0


@command.command("show")
@click.argument("address")
@paths_argument
@click.option("--at", "run", metavar="RUN", help="As of the end of this run (see `reconciler history`).")
@state_option
@workspace_option
def show_command(
    address: str, paths: tuple[str, ...], state_file: StateLocation | None, run: str | None
) -> int:
    """Show the full record of one resource as JSON; secrets appear as references."""
    which = which_state(paths, state_file)
    if run is not None:
        entry = entry_after(which.location, Address.parse(address), run)
    else:
        _, entry = recorded(read_state(which).state, address)
    click.echo(json.dumps(entry_to_json(entry), indent=2))
    return 0


@command.command("pull")
@paths_argument
@state_option
@workspace_option
def pull_command(paths: tuple[str, ...], state_file: StateLocation | None) -> int:
    """Print the state in the format of `state push`, with what an interrupted run left in its journal."""
    which = which_state(paths, state_file)
    known = read_state(which)
    if not is_begun(known):
        raise no_state(which)
    click.echo(write_document(known.workspace or which.workspace or "", known.state), nl=False)
    return 0
