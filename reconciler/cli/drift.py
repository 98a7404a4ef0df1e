"""`reconciler drift`: observed against recorded; changes nothing."""

import json
import os
from pathlib import Path

import click

from reconciler.cli.holding import read_state
from reconciler.cli.main import CHANGES, DONE
from reconciler.cli.options import Selection, paths_argument, selection_options, state_option
from reconciler.cli.planning import Request, looked_at, page_width, wants_color
from reconciler.cli.world import connect, read_workspace, target_of
from reconciler.drift import drift_to_json, find_drift
from reconciler.reports.drift import render_drift


@click.command("drift")
@paths_argument
@state_option
@selection_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to show it.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there is drift, 0 if there is none.")
def command(
    paths: tuple[str, ...],
    state_file: Path | None,
    selection: Selection,
    form: str,
    detailed_exitcode: bool,
) -> int:
    """Show what the cloud says otherwise than the state records, and what apply would do about it.

    Changes neither cloud nor state. What the API does not tell is counted, not guessed.
    """
    workspace = read_workspace(paths)
    target = target_of(workspace, state_file)
    state = read_state(target.state, workspace.name)
    request = Request(workspace, selection)
    plan, entries, observed = looked_at(request, state, lambda: connect(target))
    drift = find_drift(plan, entries, observed)
    if form == "json":
        click.echo(json.dumps(drift_to_json(drift), indent=2))
    else:
        color = wants_color(os.environ.get("NO_COLOR"))
        click.echo(render_drift(drift, width=page_width(), color=color), nl=False, color=color)
    return CHANGES if detailed_exitcode and drift.rows else DONE
