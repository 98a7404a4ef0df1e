"""`reconciler completion`: what a shell needs to complete commands, options, kinds, addresses and paths."""

import click
from click.shell_completion import get_completion_class

from reconciler.cli.main import COMPLETE, PROGRAM, cli

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> int:
    """Print the completion script of a shell, to be sourced by it.

    The script asks reconciler itself, so it needs no renewal. Addresses are those of the manifests
    that the command is about.
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, PROGRAM, COMPLETE).source())
    return 0
