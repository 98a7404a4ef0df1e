"""`reconciler validate`: reads and checks manifests."""

import click

from reconciler.cli.options import paths_argument
from reconciler.cli.world import read_workspace


@click.command("validate")
@paths_argument
def command(paths: tuple[str, ...]) -> int:
    """Read and check the manifests below each PATH (default: manifests).

    Needs no network, no credentials and no state. Every problem is reported at once.
    """
    workspace = read_workspace(paths)
    for warning in workspace.warnings:
        click.echo(f"warning: {warning}", err=True)
    documents = f"{workspace.count} document{'s' if workspace.count != 1 else ''}"
    click.echo(f"workspace {workspace.name}: {documents}, {len(workspace.resources)} planned, no problems")
    return 0
