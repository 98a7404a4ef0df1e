"""`reconciler completion`: what a shell needs to complete commands, options, kinds, addresses and paths."""

import click
from click.shell_completion import get_completion_class

from reconciler.cli.main import COMPLETE, PROGRAM, cli

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> int:
    """Print a completion script for a shell to source. The script asks reconciler itself, so it never needs
    to be regenerated. Addresses are completed from the manifests that the command reads.
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, PROGRAM, COMPLETE).source())
    return 0
