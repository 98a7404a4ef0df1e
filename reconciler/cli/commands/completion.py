"""`reconciler completion`: what a shell needs to complete commands, options, kinds, addresses and paths."""

import click
from click.shell_completion import ShellComplete, get_completion_class

from reconciler.cli.main import COMPLETE, PROGRAM, cli

SHELLS = ("bash", "zsh", "fish")

_BASH = """\
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
    echo "reconciler: completion needs bash 4.4 or newer, and this is bash $BASH_VERSION" >&2
else
{script}
fi
"""
"""What is asked of the shell that sources the script; click would start the bash on PATH to ask that one."""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> int:
    """Print a completion script for a shell to source. The script asks reconciler itself, so it never needs
    to be regenerated. Addresses are completed from the manifests that the command reads.
    """
    found = get_completion_class(shell)
    assert found is not None
    script = ShellComplete.source(found(cli, {}, PROGRAM, COMPLETE))
    click.echo(_BASH.format(script=script.strip()) if shell == "bash" else script)
    return 0
