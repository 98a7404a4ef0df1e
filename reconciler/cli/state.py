"""`reconciler state`: looks into what is recorded."""

import json
from pathlib import Path

import click

from reconciler.cli.options import paths_argument, state_option
from reconciler.cli.world import backend_for, read_workspace, target_of
from reconciler.errors import UsageError
from reconciler.model import Address
from reconciler.reports.escape import safe
from reconciler.state import State, entry_to_json, state_to_json

json_option = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


@click.group("state")
def command() -> None:
    """Look after the state."""


@command.command("list")
@paths_argument
@state_option
@json_option
def list_command(paths: tuple[str, ...], state_file: Path | None, form: str) -> int:
    """List what is recorded: address, status, since when, TaskId."""
    name, state = _load(paths, state_file)
    if form == "json":
        click.echo(json.dumps(state_to_json(name, state), indent=2))
        return 0
    rows = [
        (str(address), str(entry.status), entry.started_at or "-", str(entry.task_id or "-"))
        for address, entry in sorted(state.entries.items())
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo(safe("  ".join([*cells, row[3]])))
    return 0


@command.command("show")
@click.argument("address")
@paths_argument
@state_option
def show_command(address: str, paths: tuple[str, ...], state_file: Path | None) -> int:
    """Show all that is recorded of one resource, as JSON; secrets are references."""
    _, state = _load(paths, state_file)
    entry = state.entries.get(Address.parse(address))
    if entry is None:
        raise UsageError(f"{address} is not recorded", "`reconciler state list` shows what is")
    click.echo(json.dumps(entry_to_json(entry), indent=2))
    return 0


def _load(paths: tuple[str, ...], state_file: Path | None) -> tuple[str, State]:
    """(workspace, state); manifests are read only to find the file."""
    if state_file is not None and not paths:
        return "", backend_for(state_file).load(None)
    workspace = read_workspace(paths)
    return workspace.name, backend_for(target_of(workspace, state_file).state).load(workspace.name)
